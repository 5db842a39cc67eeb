"""A redis-server for a measurement: its own, on a unix socket, with the settings that the journal asks for."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from waiting_room.journal.redis import REQUIRED

START = 10.0  # s until it answers


@dataclass(frozen=True, slots=True)
class Store:
    url: str
    pid: int


@contextmanager
def redis() -> Iterator[Store | None]:
    """None where there is no redis-server."""
    binary = shutil.which("redis-server")
    if binary is None:
        yield None
        return
    settings = [word for name, value in REQUIRED.items() for word in (f"--{name}", value)]
    with tempfile.TemporaryDirectory(prefix="genkan-redis-") as directory:
        address = Path(directory) / "redis.sock"
        words = [binary, "--port", "0", "--dir", directory, "--unixsocket", str(address), "--save", "", *settings]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL) as server:
            try:
                _wait_for(address)
                yield Store(f"unix://{address}", server.pid)
            finally:
                server.terminate()


def _wait_for(address: Path) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(address))
            probe.sendall(b"PING\r\n")
            if probe.recv(64).startswith(b"+PONG"):
                return
        time.sleep(0.02)
    raise RuntimeError("redis-server did not start")
