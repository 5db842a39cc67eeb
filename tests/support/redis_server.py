"""A real redis-server for a test: on a unix socket in a directory of its own, with the settings that the journal asks
for, ended with the test.

Outside of continuous integration a machine without redis-server skips what needs it.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from waiting_room.journal.redis_line import REQUIRED, packed

READY_SECONDS = 20.0  # a busy machine's


class RedisServer:
    """One server. ``settings`` are words of its command line, over those that the journal needs; with ``conf``, over
    those of this file, which then has to say what the journal needs."""

    def __init__(self, binary: str, directory: Path, conf: Path | None = None, **settings: str) -> None:
        self.directory, self.socket = directory, directory / "redis.sock"
        self._words = [binary] if conf is None else [binary, str(conf)]
        ours = {**REQUIRED, "save": ""} if conf is None else {}
        self.settings = {**ours, "port": "0", **settings}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self, until: bytes = b"+PONG") -> None:
        """Run it, and return once a PING is answered so: with its data loaded, unless ``until`` says otherwise."""
        own = ["--dir", str(self.directory), "--unixsocket", str(self.socket), "--daemonize", "no"]
        words = [*self._words, *own]
        for name, value in self.settings.items():
            words += [f"--{name}", value]
        with (self.directory / "log").open("ab") as log:
            # As Python has it: a file that may not grow is an error and no signal, as on a disk that is full.
            self._process = subprocess.Popen(words, stdout=log, stderr=log, restore_signals=False)
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers(until):
            assert self._process.poll() is None, (self.directory / "log").read_text()[-2_000:]
            assert time.monotonic() < deadline, "redis-server does not answer"
            time.sleep(0.01)  # it has no other way to say so

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def fill_disk(self, left: int) -> None:
        """So many bytes can be appended to what it has; until it is started anew."""
        assert self._process is not None
        largest = max(path.stat().st_size for path in self.directory.rglob("*") if path.is_file())
        _, hard = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (largest + left, hard))

    @property
    def alive(self) -> bool:
        """It has not ended, by itself or killed."""
        return self._process is not None and self._process.poll() is None

    def ended(self) -> int:
        """Its exit status, once it has ended by itself."""
        assert self._process is not None
        return self._process.wait(READY_SECONDS)

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def renew(self) -> None:
        """As it was when it started, and empty."""
        self.ask("REPLICAOF", "NO", "ONE")
        for name, value in {**REQUIRED, "save": "", "maxmemory": "0", "rdbcompression": "yes"}.items():
            self.ask("CONFIG", "SET", name, value)
        self.ask("SLOWLOG", "RESET")
        self.ask("FLUSHALL")

    def ask(self, *words: str) -> bytes:
        """One command and the first bytes of its answer, on a connection of its own."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(READY_SECONDS)
            connection.connect(str(self.socket))
            connection.sendall(packed(*words))
            return connection.recv(65_536)

    def _answers(self, until: bytes) -> bool:
        with suppress(OSError):
            return self.ask("PING").startswith(until)
        return False


@contextmanager
def redis_server(conf: Path | None = None, **settings: str) -> Iterator[RedisServer]:
    """A running server in a fresh directory (a short path: a unix socket's has 107 bytes at most)."""
    binary = shutil.which("redis-server")
    if binary is None:
        missing = "redis-server is not installed (sudo apt install redis-server)"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{missing}, and in continuous integration nothing is skipped")
        pytest.skip(missing)
    with tempfile.TemporaryDirectory(prefix="genkan-redis-") as directory:
        server = RedisServer(binary, Path(directory), conf, **settings)
        server.start()
        try:
            yield server
        finally:
            server.kill()
