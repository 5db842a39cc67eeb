"""The media worker's process: a gateway's own, ``python -m providers.webrtc.worker --control /run/genkan/worker.sock``,
or one that stands by itself, ``genkan media``.

It forwards packets for the calls that gateways tell it about and knows no store. It lives on when a gateway dies, so
that calls go on; a gateway's own ends by itself when nobody has asked for it for ``--orphan-seconds``. SIGTERM ends it
or, where it is to drain, has it take no new call and end when its last one is over.

The control secret comes in the environment, GENKAN_WORKER_SECRET, or a file, never on the command line.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import math
import os
import resource
import secrets
import signal
import socket
import stat
import sys
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from .bulletin import Bulletin
from .control import Control
from .rounds import Rounds
from .switchboard import SEATS, Switchboard

SECRET = "GENKAN_WORKER_SECRET"  # noqa: S105 - the variable's name
SHORTEST_SECRET = 16  # characters
FAREWELL = 2.0  # seconds for goodbyes to be sent when the worker stops
LOOK = 0.1  # seconds: the least between two looks at whether anybody still cares
# A draining worker without anybody is there so long, in seconds: gateways move its rooms, and a page that was just
# reloading comes back.
LINGER = 5.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Settings:
    """``control``: a unix socket, or host and port. ``hosts`` to listen on (at most one per address family),
    ``advertised`` addresses to answer with, each with its port or None for the one that is listened on. ``capacity``:
    people. ``drain``: seconds that calls may go on after SIGTERM."""

    control: Path | tuple[str, int]
    hosts: tuple[str, ...]
    port: int
    advertised: tuple[tuple[str, int | None], ...]
    orphan_seconds: float = math.inf
    ready_fd: int | None = None
    detach: bool = False
    name: str = ""
    capacity: int = SEATS
    drain: float = 0.0


def parse_arguments(arguments: Sequence[str]) -> Settings:
    parser = argparse.ArgumentParser(prog="providers.webrtc.worker", description="Genkan's media worker")
    parser.add_argument("--control", type=Path, required=True, help="path of the control socket")
    parser.add_argument("--host", type=_addresses, default=("127.0.0.1",), help="UDP address, or one per family")
    parser.add_argument("--port", type=int, default=0, help="UDP port (0: any)")
    parser.add_argument("--advertise", type=_addresses, default=(), help="addresses that browsers reach, by commas")
    parser.add_argument("--orphan-seconds", type=float, default=900.0)
    parser.add_argument("--ready-fd", type=int, default=None, help="written to and closed when ready")
    parser.add_argument("--detach", action="store_true", help="live on when the process that started this one ends")
    given = parser.parse_args(arguments)
    return Settings(
        given.control,
        given.host,
        given.port,
        tuple((host, None) for host in given.advertise or given.host),
        given.orphan_seconds,
        given.ready_fd,
        given.detach,
    )


def _addresses(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for part in found:
        ipaddress.ip_address(part)
    if not found:
        raise ValueError(text)
    return found


def control_socket(path: Path) -> socket.socket:
    """A listening unix socket that only the owner may open. Its directory must be the owner's alone.

    A socket left by a worker that died is replaced; one that answers is not."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if stat.S_IMODE(path.parent.stat().st_mode) & 0o077:
        raise PermissionError(f"the directory of {path.name} must be its owner's alone (mode 0700)")
    if path.exists():
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                raise FileExistsError("another worker listens on this socket")
        path.unlink()
    sock = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        sock.bind(str(path))
    finally:
        os.umask(before)
    return sock


async def serve(settings: Settings, secret: str) -> None:
    """Run until told to stop, orphaned, or terminated and drained. OSError where it cannot listen."""
    loop = asyncio.get_running_loop()
    stop, asked = asyncio.Event(), asyncio.Event()

    def terminate() -> None:
        (stop if asked.is_set() or not settings.drain else asked).set()

    loop.add_signal_handler(signal.SIGINT, stop.set)
    loop.add_signal_handler(signal.SIGTERM, terminate)
    async with asyncio.TaskGroup() as tasks:
        board = Switchboard(
            addresses=(), bulletin=Bulletin(lambda: time.time_ns() // 1000),
            spawn=lambda work: tasks.create_task(_guarded(work)), capacity=settings.capacity,
        )  # fmt: skip
        port = board.mux.bind(settings.hosts, settings.port)
        board.addresses = [(host, advertised or port) for host, advertised in settings.advertised]
        control = Control(board, secret, secrets.token_hex(8), stop, settings.name)
        runner = web.AppRunner(control.app(), access_log=None, shutdown_timeout=FAREWELL)
        await runner.setup()
        await _site(runner, settings.control).start()
        board.mux.start(loop)
        running = [
            tasks.create_task(Rounds(board).run()),
            tasks.create_task(_watch(control, settings, stop)),
            tasks.create_task(_drain(board, settings.drain, asked, stop)),
        ]
        _tell_ready(settings.ready_fd)
        log.info("worker ready", name=settings.name, udp_port=port)
        await stop.wait()
        board.bulletin.wake()
        await _shut_down(board, runner, running)
        board.mux.close(loop)
    if isinstance(settings.control, Path):
        settings.control.unlink(missing_ok=True)


def _site(runner: web.AppRunner, control: Path | tuple[str, int]) -> web.BaseSite:
    if isinstance(control, Path):
        return web.SockSite(runner, control_socket(control))
    return web.TCPSite(runner, *control)


async def _drain(board: Switchboard, seconds: float, asked: asyncio.Event, stop: asyncio.Event) -> None:
    """Once asked, take no new call, and stop when nobody is here any more, or after so many seconds."""
    await asked.wait()
    board.draining = True
    log.info("worker draining", peers=len(board.peers))
    now = used_at = time.monotonic()
    ends_at = now + seconds
    while now - used_at < LINGER and now < ends_at:
        await asyncio.sleep(LOOK)
        now = time.monotonic()
        if board.peers:
            used_at = now
    log.info("worker drained", peers=len(board.peers))
    stop.set()


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    """One peer's trouble is not the others': what a handshake raises is noted by type, not passed on."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - the border between one peer and all
        log.warning("peer task failed", error=type(error).__name__)


async def _watch(control: Control, settings: Settings, stop: asyncio.Event) -> None:
    while (idle := control.idle(time.monotonic())) < settings.orphan_seconds:  # noqa: ASYNC110 - each request moves it
        await asyncio.sleep(max(LOOK, settings.orphan_seconds - idle))
    log.info("worker orphaned")
    stop.set()


async def _shut_down(board: Switchboard, runner: web.AppRunner, running: list[asyncio.Task[None]]) -> None:
    for call in list(board.calls):
        board.close_call(call)
    for peer in list(board.peers.values()):
        board.evict(peer, "closed")
    await asyncio.sleep(0)  # let the goodbyes be written before the socket goes
    for task in running:
        task.cancel()
    await runner.cleanup()


def _tell_ready(descriptor: int | None) -> None:
    if descriptor is not None:
        os.write(descriptor, b"ready\n")
        os.close(descriptor)


def main(arguments: Sequence[str] | None = None) -> int:
    settings = parse_arguments(sys.argv[1:] if arguments is None else arguments)
    secret = os.environ.pop(SECRET, "")
    if len(secret) < SHORTEST_SECRET:
        sys.stderr.write(f"{SECRET} must be set, with {SHORTEST_SECRET} characters or more\n")
        return 2
    if settings.detach:
        if os.fork():
            os._exit(0)
        os.setsid()
    run(settings, secret)
    return 0


def run(settings: Settings, secret: str) -> None:
    """The process, until its end. OSError where it cannot listen."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold sound and pictures
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve(settings, secret))


def _loop_factory() -> Any:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


if __name__ == "__main__":
    sys.exit(main())
