"""The ``[mail]`` section of ``genkan.toml``. Without it nothing is ever mailed."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from gateway.faults import Fault, Faulty
from providers.base import AskAPerson
from providers.configuration import value

Tls = Literal["starttls", "tls", "none"]
PORTS: Mapping[str, int] = {"starttls": 587, "tls": 465, "none": 25}  # RFC 8314 §3.3, RFC 6409
PER_MINUTE = 120  # mails a minute: a mail server of an office takes twice that, and 5,000 are out within the hour
PER_DOMAIN = 30  # of them to one domain: mobile carriers turn away a sender who comes faster


@dataclass(frozen=True, slots=True)
class MailSettings:
    """``sender``: the From address; ``bounces``: the envelope's sender (RFC 5321 §4.4), where what cannot be delivered
    comes back to. ``password``: where it lies, never itself; paths start from ``base``. ``ca``: certificates (PEM)
    that the server's has to lead to, in the place of those that the machine trusts."""

    host: str
    port: int
    sender: str
    bounces: str
    tls: Tls = "starttls"
    reply_to: str | None = None
    username: str | None = None
    password: Mapping[str, str] | None = field(default=None, repr=False)
    per_minute: int = PER_MINUTE
    per_domain: int = PER_DOMAIN
    templates: Path | None = None
    ca: Path | None = None
    base: Path = Path()

    @classmethod
    def build(cls, section: Mapping[str, Any], base: Path) -> MailSettings:
        """Of a section that has no faults."""
        tls: Tls = section.get("tls", "starttls")
        plain = {name: section[name] for name in _AS_THEY_ARE if name in section}
        return cls(
            host=section["host"],
            port=section.get("port", PORTS[tls]),
            sender=section["from"],
            bounces=section.get("bounces", section["from"]),
            tls=tls,
            templates=base / section["templates"] if "templates" in section else None,
            ca=base / section["ca"] if "ca" in section else None,
            base=base,
            **plain,
        )

    @property
    def domain(self) -> str:
        """Of our own addresses: what Message-IDs end in, and what we greet the mail server with."""
        return self.sender.rpartition("@")[2]

    def secret(self, environ: Mapping[str, str] | None = None) -> str | None:
        """The password, read where it lies; None where none is needed. Faulty when it is not there."""
        if self.password is None:
            return None
        try:
            return value("mail.password", self.password, os.environ if environ is None else environ, self.base)
        except AskAPerson as error:
            fault = Fault("mail.password", "secret_missing", "is not where it should be", "パスワードが見つかりません")
            raise Faulty([fault]) from error


_AS_THEY_ARE = ("reply_to", "username", "password", "per_minute", "per_domain")


def mail_faults(section: Mapping[str, Any], base: Path, *, loopback: bool) -> Iterator[Fault]:
    """What the schema cannot say. ``loopback``: the mail server is on this machine."""
    if section.get("tls") == "none" and not loopback:
        yield Fault(
            "mail.tls",
            "plain_smtp",
            "must be starttls or tls: mail to another machine is full of links and names",
            "starttls か tls でなければなりません(リンクと氏名がそのまま流れます)",
        )
    if ("username" in section) != ("password" in section):
        missing = "password" if "username" in section else "username"
        yield Fault(f"mail.{missing}", "missing", "is required", "必須です")
    if "username" in section and section.get("tls") == "none":
        yield Fault("mail.username", "plain_login", "needs starttls or tls", "starttls か tls が必要です")
    if "ca" in section and not _is_bundle(base / section["ca"]):
        en, ja = "names no file of certificates (PEM)", "証明書(PEM)のファイルではありません"
        yield Fault("mail.ca", "bad_certificates", en, ja)
    if "templates" in section and not (base / section["templates"]).is_dir():
        yield Fault("mail.templates", "no_such_folder", "names no folder", "フォルダーがありません")


def _is_bundle(path: Path) -> bool:
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError):
        return False
    return True
