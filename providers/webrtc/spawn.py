"""Finding the media worker, or starting one.

The worker is detached: a gateway that dies leaves it, and the calls, running, and the next gateway finds it on the
same socket. Its readiness is told through a pipe. Two gateways that start at once are kept apart by a lock file.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import stat
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from .client import WorkerClient, WorkerError, WorkerGone, WorkerRefused

SOCKET = "worker.sock"
LOCK = "worker.lock"
SECRET = "GENKAN_WORKER_SECRET"  # noqa: S105 - the variable's name
READY_WITHIN = 20.0  # seconds: importing takes one, a machine that boots ten gateways at once takes ten
STOPPED_WITHIN = 10.0  # seconds: two for goodbyes, the rest for a busy machine
LOOK = 0.05  # seconds between two looks at a worker that is stopping
# The worker outlives us: holding our standard output would keep a reader of it waiting after our end.
STDERR = 2
log = structlog.get_logger()


class WorkerNotStarted(WorkerError):
    """The worker's process ended, or was not ready in time. Its own log says why."""


async def ensure_worker(
    run_dir: Path,
    host: str,
    port: int,
    advertise: Sequence[str],
    secret: str,
    *,
    orphan_seconds: float = 900.0,
) -> WorkerClient:
    """A client of the worker on ``run_dir``/worker.sock: the one that lives there, else a new one.

    ``run_dir`` is made with mode 0700 if it is not there. WorkerNotStarted; WorkerRefused secret_wrong when the one
    that lives there has another secret."""
    _own(run_dir)
    async with _alone(run_dir):
        client = WorkerClient(run_dir / SOCKET, secret)
        if await _lives(client):
            log.info("worker found")
            return client
        arguments = ["--host", host, "--port", str(port), "--orphan-seconds", str(orphan_seconds)]
        arguments += ["--advertise", ",".join(advertise)] if advertise else []
        await _start(run_dir, arguments, secret)
        return client


def _own(run_dir: Path) -> None:
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if stat.S_IMODE(run_dir.stat().st_mode) & 0o077:
        raise PermissionError("the worker's directory must be its owner's alone (mode 0700)")


async def stop_worker(client: WorkerClient) -> None:
    """Stop the worker, and wait until its socket is gone. Does nothing if there is none. TimeoutError."""
    try:
        await client.stop()
        async with asyncio.timeout(STOPPED_WITHIN):
            while await _answers(client):  # noqa: ASYNC110 - another process, it sets no event of ours
                await asyncio.sleep(LOOK)
    except WorkerGone:
        pass
    finally:
        await client.close()


async def _answers(client: WorkerClient) -> bool:
    try:
        await client.status()
    except WorkerGone:
        return False
    return True


async def _lives(client: WorkerClient) -> bool:
    try:
        lives = await _answers(client)
    except WorkerRefused:
        await client.close()
        raise
    if not lives:
        await client.close()
    return lives


@asynccontextmanager
async def _alone(run_dir: Path) -> AsyncIterator[None]:
    descriptor = os.open(run_dir / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        await asyncio.to_thread(fcntl.flock, descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


async def _start(run_dir: Path, arguments: Sequence[str], secret: str) -> None:
    """Start the worker and wait for its word. It forks itself off, so that it is nobody's child: asyncio kills the
    children of a loop that closes."""
    read, write = os.pipe()
    command = [sys.executable, "-m", "providers.webrtc.worker", "--detach", "--control", str(run_dir / SOCKET)]
    try:
        starter = await asyncio.create_subprocess_exec(
            *command, "--ready-fd", str(write), *arguments,
            stdin=asyncio.subprocess.DEVNULL, stdout=STDERR, pass_fds=(write,), start_new_session=True,
            env={**os.environ, SECRET: secret},
        )  # fmt: skip
    finally:
        os.close(write)
    ready = await _word(read)
    await starter.wait()
    if not ready:
        raise WorkerNotStarted("the media worker did not start")
    log.info("worker started")


async def _word(descriptor: int) -> bool:
    """Whether the worker said that it is ready; its end closes the pipe, so that is known at once."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(descriptor, readable.set)
    try:
        async with asyncio.timeout(READY_WITHIN):
            await readable.wait()
            return os.read(descriptor, 16).startswith(b"ready")
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
