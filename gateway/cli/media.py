"""``genkan media``: a media worker that stands by itself. It needs no settings file, no keys and no store."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.reach import Failed
from gateway.cli.show import said
from gateway.logs import configure_logs

SECRET = "GENKAN_WORKER_SECRET"  # noqa: S105 - the variable's name
SHORTEST_SECRET = 16  # characters
LONGEST_SECRET = 4096  # bytes: a larger file is another file
CAPACITY = 160  # people: forty rooms of four, what a core carries (docs/operations.md)
DRAIN = 3600.0  # seconds: the longest interview, and as long again


def add_to(root: typer.Typer) -> None:
    """The command that stands by itself."""
    root.command("media")(media)


def media(
    *,
    name: Annotated[
        str, typer.Option("--name", envvar="GENKAN_MEDIA_NAME", help="One of its own; default: host name and port.")
    ] = "",
    control: Annotated[
        str, typer.Option("--control", envvar="GENKAN_MEDIA_CONTROL", help="HOST:PORT (TCP) for the gateways.")
    ] = "127.0.0.1:9470",
    host: Annotated[
        str, typer.Option("--host", envvar="GENKAN_MEDIA_HOST", help="UDP address, or one per family, by commas.")
    ] = "0.0.0.0",  # noqa: S104 - media has to be reachable; every packet is authenticated by DTLS
    port: Annotated[
        int, typer.Option("--port", envvar="GENKAN_MEDIA_PORT", min=0, max=65535, help="UDP; 0: any free one.")
    ] = 40_000,
    advertise: Annotated[
        str,
        typer.Option("--advertise", envvar="GENKAN_MEDIA_ADVERTISE", help="ADDRESS[:PORT],… that browsers reach."),
    ] = "",
    capacity: Annotated[
        int, typer.Option("--capacity", envvar="GENKAN_MEDIA_CAPACITY", min=4, max=500, help="People.")
    ] = CAPACITY,
    drain: Annotated[
        float,
        typer.Option("--drain", envvar="GENKAN_MEDIA_DRAIN", min=0, help="Seconds that calls go on after SIGTERM."),
    ] = DRAIN,
    secret_file: Annotated[
        Path | None,
        typer.Option("--secret-file", envvar="GENKAN_MEDIA_SECRET_FILE", help=f"Default: the variable {SECRET}."),
    ] = None,
) -> None:
    """A media worker, until SIGTERM and its last call's end; a second SIGTERM ends it at once."""
    from providers.webrtc.worker import Settings, run

    secret = _secret(secret_file)
    hosts = tuple(_address(part, "--host") for part in _parts(host)) or ("0.0.0.0",)  # noqa: S104 - as above
    settings = Settings(
        control=_control(control),
        hosts=hosts,
        port=port,
        advertised=tuple(_advertised(part) for part in _parts(advertise)) or _reached(hosts),
        name=name or f"{socket.gethostname()}-{port}",
        capacity=capacity,
        drain=drain,
    )
    configure_logs("info")
    try:
        run(settings, secret)
    except ExceptionGroup as group:
        refused, others = group.split(OSError)
        if refused is None or others is not None:
            raise
        reason = said("待ち受けられません", "cannot listen there")
        raise Failed("cannot_start", f"{control} (TCP), {host}:{port} (UDP): {reason}") from group


def _secret(path: Path | None) -> str:
    """Failed ``secret_missing``, ``secret_short``; the variable is gone from the environment afterwards."""
    secret = os.environ.pop(SECRET, "").strip()
    if path is not None:
        try:
            with path.open("rb") as file:
                secret = file.read(LONGEST_SECRET).decode().strip()
        except (OSError, UnicodeDecodeError) as error:
            sentence = said("共有秘密のファイルを読めません", "the secret's file cannot be read")
            raise Failed("secret_missing", f"--secret-file: {sentence}", usage=True) from error
    if not secret:
        sentence = said("--secret-file か環境変数が必要です", "needed, or --secret-file")
        raise Failed("secret_missing", f"{SECRET}: {sentence}", usage=True)
    if len(secret) < SHORTEST_SECRET:
        sentence = said(f"秘密は {SHORTEST_SECRET} 文字以上です", f"a secret has {SHORTEST_SECRET} characters or more")
        raise Failed("secret_short", sentence, usage=True)
    return secret


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _address(text: str, option: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        sentence = said(f"{text}: IP アドレスではありません", f"{text}: not an IP address")
        raise typer.BadParameter(sentence, param_hint=option) from None


def _advertised(text: str) -> tuple[str, int | None]:
    """``192.0.2.1``, ``192.0.2.1:30401``, ``2001:db8::1``, ``[2001:db8::1]:30401``."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]") or (":" in host and not host.startswith("[")):
        return _address(text, "--advertise"), None
    return _address(host, "--advertise"), _port(port, "--advertise")


def _control(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return _address(host, "--control"), _port(port, "--control")


def _port(text: str, option: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise typer.BadParameter(said(f"{text}: ポート番号ではありません", f"{text}: not a port"), param_hint=option)
    return int(text)


def _reached(hosts: tuple[str, ...]) -> tuple[tuple[str, int | None], ...]:
    """Without ``--advertise``: the addresses that are listened on. One that stands for all is none."""
    if any(ipaddress.ip_address(host).is_unspecified for host in hosts):
        sentence = said("ブラウザーから届くアドレスを書いてください", "say which addresses browsers reach")
        raise typer.BadParameter(sentence, param_hint="--advertise")
    return tuple((host, None) for host in hosts)
