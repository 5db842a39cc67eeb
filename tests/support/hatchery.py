"""Processes in a tenth of a second: one that has imported everything, and forks a child for each order.

    async with hatchery("tests.support.dying_gateway") as nest:
        child = await nest.hatch({"port": 8080})
        code = await child.ended

The module's ``main`` is called in the child with what was ordered. Whatever was hatched ends with the ``async with``.
"""

from __future__ import annotations

import asyncio
import importlib
import itertools
import json
import os
import selectors
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CHUNK = 65_536  # bytes read at once


@dataclass
class Child:
    """A process. ``ended``: how, as ``subprocess`` says it (-9: killed)."""

    pid: int
    ended: asyncio.Future[int]

    def signal(self, number: signal.Signals) -> None:
        """Nothing happens to one that has ended."""
        if not self.ended.done():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Hatchery:
    """The test's end of it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = itertools.count(1)
        self._born: dict[int, asyncio.Future[int]] = {}
        self._children: dict[int, Child] = {}

    async def hatch(self, order: Mapping[str, Any]) -> Child:
        number = next(self._numbers)
        born = self._born[number] = asyncio.get_running_loop().create_future()
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"number": number, "order": order}).encode() + b"\n")
        await born
        return self._children[number]

    async def hear(self) -> None:
        """Take what the process tells, until it is gone."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            if "pid" in told:
                ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
                self._children[told["number"]] = Child(told["pid"], ended)
                self._born.pop(told["number"]).set_result(told["pid"])
            else:
                self._children.pop(told["number"]).ended.set_result(told["ended"])


@asynccontextmanager
async def hatchery(module: str) -> AsyncIterator[Hatchery]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.hatchery", module),
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    nest = Hatchery(process)
    try:
        async with asyncio.TaskGroup() as tasks:
            hearing = tasks.create_task(nest.hear())
            try:
                yield nest
            finally:
                assert process.stdin is not None
                process.stdin.close()
                await process.wait()
                await hearing
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


# --- the process that forks ----------------------------------------------------------------------------------------


def serve(module: str) -> None:
    """Until standard input ends."""
    main = importlib.import_module(module).main
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    alive: dict[int, int] = {}  # pid -> number
    with selectors.DefaultSelector() as ready:
        ready.register(0, selectors.EVENT_READ)
        ready.register(reading, selectors.EVENT_READ)
        rest = b""
        while True:
            for key, _ in ready.select():
                found = os.read(key.fd, CHUNK)
                if key.fd == reading:
                    _reap(alive)
                elif not found:
                    _end(alive)
                    return
                else:
                    *lines, rest = (rest + found).split(b"\n")
                    for line in lines:
                        told = json.loads(line)
                        alive[_fork(main, told)] = told["number"]


def _fork(main: Any, told: Mapping[str, Any]) -> int:
    pid = os.fork()
    if pid:
        _tell(number=told["number"], pid=pid)
        return pid
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(2, 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        main(told["order"])
        os._exit(0)
    except BaseException:  # noqa: BLE001 - a child never goes on as its parent
        sys.excepthook(*sys.exc_info())
        os._exit(1)


def _reap(alive: dict[int, int]) -> None:
    while alive:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        _tell(number=alive.pop(pid), ended=os.waitstatus_to_exitcode(status))


def _end(alive: dict[int, int]) -> None:
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
    for pid in alive:
        os.waitpid(pid, 0)


def _tell(**words: int) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(sys.argv[1])
