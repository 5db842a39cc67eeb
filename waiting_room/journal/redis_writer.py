"""Appends on their way to Redis: whatever has been asked while the last group was away goes as the next one.

With ``appendfsync always`` Redis syncs once for all the commands that it found in its buffers, so a group that arrives
together costs one fsync, as a transaction of the SQLite engine does.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from redis.exceptions import NoScriptError, RedisError

from waiting_room.journal.port import MAX_BATCH_BYTES, Unavailable
from waiting_room.journal.redis_line import Line, packed, unavailable

MAX_QUEUED = 10_000  # requests waiting: two to three seconds of work, then callers are told
MAX_QUEUED_BYTES = 4 * MAX_BATCH_BYTES  # the same in memory: four imports of the largest size at once
MAX_GROUP = 500  # requests sent at once: bounds how long the first of them waits for the last

SCRIPT = files("waiting_room.journal").joinpath("append.lua").read_bytes()
SCRIPT_ID = hashlib.sha1(SCRIPT, usedforsecurity=False).hexdigest().encode()  # as EVALSHA names it
_LOAD = packed("SCRIPT", "LOAD", SCRIPT)


@dataclass(frozen=True, slots=True)
class _Request:
    command: bytes
    answer: asyncio.Future[bytes]


class Writer:
    """Owns a line, and a task while there is something to send."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._queue: list[_Request] = []
        self._waiting = self._waiting_bytes = 0  # queued or under way
        self._sending: asyncio.Task[None] | None = None

    async def submit(self, command: bytes) -> bytes:
        """The script's answer. Unavailable: too much is waiting (nothing was written), or no answer came."""
        if self._waiting >= MAX_QUEUED or self._waiting_bytes + len(command) > MAX_QUEUED_BYTES:
            raise Unavailable("too much is waiting to be written; nothing was")
        loop = asyncio.get_running_loop()
        request = _Request(command, loop.create_future())
        self._waiting += 1
        self._waiting_bytes += len(command)
        self._queue.append(request)
        if self._sending is None:
            self._sending = loop.create_task(self._send_all(), name="journal-writer")
        return await request.answer

    async def close(self) -> None:
        """Everything that was asked has been answered."""
        while self._sending is not None:
            await asyncio.wait([self._sending])
        await self._line.close()

    async def _send_all(self) -> None:
        try:
            while self._queue:
                group = self._queue[:MAX_GROUP]
                del self._queue[:MAX_GROUP]
                _deliver(group, await self._answers([request.command for request in group]))
                self._waiting -= len(group)
                self._waiting_bytes -= sum(len(request.command) for request in group)
        finally:
            self._sending = None

    async def _answers(self, commands: Sequence[bytes]) -> Sequence[Any]:
        try:
            answers = await self._line.ask(*commands)
            unknown = [n for n, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
            if unknown:  # a fresh server, or somebody's SCRIPT FLUSH; in front of the others it cannot be flushed again
                again = await self._line.ask(_LOAD, *(commands[n] for n in unknown))
                for n, answer in zip(unknown, again[1:], strict=True):
                    answers[n] = answer
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits for an answer
            return [error] * len(commands)
        return answers


def _deliver(group: Sequence[_Request], answers: Sequence[Any]) -> None:
    for request, answer in zip(group, answers, strict=True):
        if request.answer.done():  # nobody waits for it any more
            continue
        if isinstance(answer, RedisError):
            request.answer.set_exception(unavailable(answer))
        elif isinstance(answer, Exception):
            request.answer.set_exception(answer)
        else:
            request.answer.set_result(answer)
