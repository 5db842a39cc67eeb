"""What ``genkan.toml`` says, checked as a whole and frozen.

A setting that is wrong stops the start, with the key's path and all faults at once; a key that nobody knows is one
of them. No secret is a setting with a default: secrets are made at the first start (``keys.py``).
"""

from __future__ import annotations

import ipaddress
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from gateway.faults import Fault, Faulty, schema_faults, unknown_key
from gateway.mail.settings import MailSettings, mail_faults
from gateway.store import RedisSettings, store_faults
from providers.base import AskAPerson
from providers.configuration import value
from providers.registry import KINDS

DEFAULT_PORT = 8080
DEFAULT_MEDIA_PORT = 40_000
DEFAULT_METRICS_PORT = 9_464  # what exporters of metrics commonly have
SHORTEST_SECRET = 16  # characters, of what is shared with media workers
SOCKET_NAME = "genkan.sock"
MAX_SOCKET_PATH = 100  # bytes; unix(7) allows 107, and the worker's socket is two directories deeper at most
MAX_SETTINGS_BYTES = 256 * 2**10  # a settings file is a page; this keeps a mistaken path from being read whole

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Language = Literal["ja", "en"]


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files. The key is read by the process that listens, never copied."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class IceServer:
    """As a browser's ``RTCIceServer``. ``secret``: where the one lies that passwords are made of (``relays.py``)."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = field(default=None, repr=False)
    secret: Mapping[str, str] | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, Any]:
        wire: dict[str, Any] = {"urls": list(self.urls)}
        if self.username is not None:
            wire["username"] = self.username
        if self.credential is not None:
            wire["credential"] = self.credential
        return wire


@dataclass(frozen=True, slots=True)
class Media:
    """Where the built-in room's own worker listens (UDP) and which addresses it tells browsers; none: those it finds.
    ``workers``: the control addresses of those that stand by themselves, in its place; ``secret``: where that lies
    which they ask for, never itself, relative to ``base``."""

    host: str = "0.0.0.0"  # noqa: S104 - media has to be reachable; every packet is authenticated by DTLS
    port: int = DEFAULT_MEDIA_PORT
    advertise: tuple[str, ...] = ()
    ice_servers: tuple[IceServer, ...] = ()
    workers: tuple[str, ...] = ()
    secret: Mapping[str, str] | None = field(default=None, repr=False)
    base: Path = Path()

    def worker_secret(self, environ: Mapping[str, str] | None = None) -> str | None:
        """The secret between gateways and workers, None where none is set. Faulty when it is not where it should be,
        or too short to be one."""
        if self.secret is None:
            return None
        try:
            found = value("media.secret", self.secret, os.environ if environ is None else environ, self.base)
        except AskAPerson as error:
            fault = Fault("media.secret", "secret_missing", "is not where it should be", "共有秘密が見つかりません")
            raise Faulty([fault]) from error
        if len(found) < SHORTEST_SECRET:
            short = f"has fewer than {SHORTEST_SECRET} characters", f"{SHORTEST_SECRET} 文字より短い秘密です"
            raise Faulty([Fault("media.secret", "secret_short", *short)])
        return found


@dataclass(frozen=True, slots=True)
class Metrics:
    """Where Prometheus asks. Plain HTTP without a question for whom: an address that only it reaches."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_METRICS_PORT


@dataclass(frozen=True, slots=True)
class Settings:
    """All of a gateway's settings. ``public_origin`` is what browsers send as ``Origin``, without a final slash.
    ``providers``: each provider's own settings by its name, as its schema has them; paths of secret files in there
    start from ``base``. Whether the secrets are there is found out when the providers are made. ``demo``: embedded
    defaults that no file can say; here the provider that carries nobody may stand in for one."""

    data_dir: Path
    keys_dir: Path
    public_origin: str
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    tls: Tls | None = None
    trusted_proxies: tuple[Network, ...] = ()
    media: Media = field(default_factory=Media)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    language: Language = "ja"
    providers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    base: Path = Path()
    mail: MailSettings | None = None
    metrics: Metrics | None = None
    journal: RedisSettings | None = None
    demo: bool = False

    @classmethod
    def load(cls, path: Path) -> Settings:
        """The settings in a TOML file; paths in it are relative to it. Faulty, OSError."""
        data = path.read_bytes()
        if len(data) > MAX_SETTINGS_BYTES:
            raise Faulty(
                [Fault("", "too_large", "is too large for a settings file", "設定ファイルとしては大きすぎます")]
            )
        try:
            document = tomllib.loads(data.decode())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Faulty([Fault("", "not_toml", f"not TOML: {error}", f"TOML として読めません: {error}")]) from error
        return cls.parse(document, base=path.absolute().parent)

    @classmethod
    def parse(cls, document: Mapping[str, Any], *, base: Path) -> Settings:
        """The settings that a parsed document says. Faulty, with every fault at once."""
        faults = [*schema_faults(_schema(), document), *_provider_faults(document.get("providers"))]
        if not faults:
            faults = list(_semantic_faults(document, base))
        if faults:
            raise Faulty(faults)
        return _build(document, base)

    @classmethod
    def for_demo(
        cls, data_dir: Path, *, port: int = 0, media: Media | None = None, language: Language = "ja"
    ) -> Settings:
        """Embedded defaults on loopback, plain HTTP. With port 0 call ``with_port`` once the port is known."""
        return cls(
            data_dir=data_dir,
            keys_dir=data_dir / "keys",
            public_origin=_loopback_origin("127.0.0.1", port, secure=False),
            port=port,
            media=media or Media(host="127.0.0.1", port=0, advertise=("127.0.0.1",)),
            language=language,
            demo=True,
        )

    def with_port(self, port: int) -> Settings:
        """The same settings once the listening port is known; an origin that was made up from the port follows."""
        made_up = _loopback_origin(self.host, self.port, secure=self.tls is not None)
        origin = self.public_origin
        if origin == made_up:
            origin = _loopback_origin(self.host, port, secure=self.tls is not None)
        return replace(self, port=port, public_origin=origin)

    @property
    def secure(self) -> bool:
        """Whether browsers reach us over HTTPS, so that cookies may carry the ``__Host-`` prefix."""
        return self.public_origin.startswith("https://")

    @property
    def journal_path(self) -> Path:
        return self.data_dir / "journal.sqlite"

    @property
    def run_dir(self) -> Path:
        """Sockets and process ids; nothing here outlives a reboot."""
        return self.data_dir / "run"

    @property
    def socket_path(self) -> Path:
        """Where the command line reaches a running gateway."""
        return self.data_dir / SOCKET_NAME


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a listener on ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@cache
def _schema() -> Mapping[str, Any]:
    text = (files("gateway") / "schema" / "settings.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _loopback_origin(host: str, port: int, *, secure: bool) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if secure else 'http'}://{shown}:{port}"


def _provider_faults(sections: object) -> Iterator[Fault]:
    """Each provider's settings by its own schema. A section that is no table is the other schema's to name."""
    for name, section in sections.items() if isinstance(sections, Mapping) else ():
        if name not in KINDS:
            yield unknown_key(["providers", name], sorted(KINDS))
        elif isinstance(section, Mapping):
            for fault in schema_faults(KINDS[name].schema(), section):
                yield replace(fault, path=f"providers.{name}.{fault.path}" if fault.path else f"providers.{name}")


def _semantic_faults(document: Mapping[str, Any], base: Path) -> Iterator[Fault]:
    yield from _reachability_faults(document)
    if "mail" in document and "public_origin" not in document:
        yield Fault("public_origin", "missing", "is required with [mail]", "[mail] を使う場合は必須です")
    if "mail" in document:
        yield from mail_faults(document["mail"], base, loopback=is_loopback(document["mail"]["host"]))
    yield from _media_faults(document.get("media", {}))
    if "journal" in document:
        yield from store_faults(document["journal"])
    for position, text in enumerate(document.get("trusted_proxies", ())):
        if _network(text) is None:
            yield Fault(
                f"trusted_proxies[{position}]",
                "bad_network",
                "must be an address or a network such as 10.0.0.0/8",
                "アドレスか、10.0.0.0/8 のようなネットワークでなければなりません",
            )
    if len(str(base / document.get("data_dir", "data") / SOCKET_NAME).encode()) > MAX_SOCKET_PATH:
        yield Fault(
            "data_dir", "too_long", "is too long a path for a unix socket", "ソケットを置くには長すぎるパスです"
        )
    for name, text in document.get("tls", {}).items():
        if not (base / text).is_file():
            yield Fault(f"tls.{name}", "no_such_file", "names no file that can be read", "ファイルがありません")


def _reachability_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    host = document.get("listen", {}).get("host", "127.0.0.1")
    origin = document.get("public_origin")
    if is_loopback(host) and "trusted_proxies" not in document:
        return
    if origin is None:
        yield Fault("public_origin", "missing", "is required off loopback", "公開する場合は必須です")
    elif urlsplit(origin).scheme != "https" and not is_loopback(urlsplit(origin).hostname or ""):
        yield Fault("public_origin", "not_https", "must begin with https://", "https:// で始まらなければなりません")
    if not is_loopback(host) and "tls" not in document and not document.get("trusted_proxies"):
        yield Fault(
            "listen.host",
            "plain_http",
            "plain HTTP is refused here: set [tls], or name the proxy that has it in trusted_proxies",
            "暗号化なしでは公開できません。[tls] を設定するか、"
            "TLS を受け持つプロキシを trusted_proxies に書いてください",
        )


def _media_faults(section: Mapping[str, Any]) -> Iterator[Fault]:
    if "workers" in section and "secret" not in section:
        sentence = "is required with media.workers: { file = … } or { env = … }, the same as the workers'"
        yield Fault("media.secret", "missing", sentence, "media.workers を使う場合は必須です(ワーカーと同じ秘密)")
    for position, text in enumerate(section.get("workers", ())):
        try:
            port = urlsplit(text).port
        except ValueError:
            port = None
        if not port:
            yield Fault(f"media.workers[{position}]", "no_port", "must name a port", "ポート番号が必要です")
    for name in ("host", "port", "advertise") if "workers" in section else ():
        if name in section:
            sentence = "says nothing with media.workers: each worker has its own (genkan media)"
            yield Fault(f"media.{name}", "of_no_use", sentence, "media.workers と一緒には使えません")


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _build(document: Mapping[str, Any], base: Path) -> Settings:
    listen, tls = document.get("listen", {}), document.get("tls")
    host, port = listen.get("host", "127.0.0.1"), listen.get("port", DEFAULT_PORT)
    data_dir = base / document.get("data_dir", "data")
    return Settings(
        data_dir=data_dir,
        keys_dir=base / document["keys_dir"] if "keys_dir" in document else data_dir / "keys",
        public_origin=document.get("public_origin") or _loopback_origin(host, port, secure=tls is not None),
        host=host,
        port=port,
        tls=Tls(base / tls["certificate"], base / tls["key"]) if tls else None,
        trusted_proxies=tuple(filter(None, map(_network, document.get("trusted_proxies", ())))),
        media=_media(document.get("media", {}), base),
        log_level=document.get("log", {}).get("level", "info"),
        language=document.get("language", "ja"),
        providers=document.get("providers", {}),
        base=base,
        journal=RedisSettings.build(document["journal"], base) if "journal" in document else None,
        mail=MailSettings.build(document["mail"], base) if "mail" in document else None,
        metrics=Metrics(**document["metrics"]) if "metrics" in document else None,
    )


def _media(document: Mapping[str, Any], base: Path) -> Media:
    servers = tuple(
        IceServer(tuple(one["urls"]), one.get("username"), one.get("credential"), one.get("secret"))
        for one in document.get("ice_servers", ())
    )
    plain = {name: document[name] for name in ("host", "port") if name in document}
    return Media(
        **plain,
        advertise=tuple(document.get("advertise", ())),
        ice_servers=servers,
        workers=tuple(dict.fromkeys(document.get("workers", ()))),
        secret=document.get("secret"),
        base=base,
    )
