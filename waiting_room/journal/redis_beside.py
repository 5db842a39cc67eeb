"""Beside the journals in Redis: keys with a time of their own, and one channel for all gateways.

What is said is published in groups, on no disk; what was said while nobody could be reached is dropped with the oldest
first. Who listens begins anew after each cut.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from urllib.parse import quote

from waiting_room.journal.beside import Hear, bound
from waiting_room.journal.contact import Contact
from waiting_room.journal.port import JournalError
from waiting_room.journal.redis_line import Ask, Line, packed

CHANNEL = b"genkan:words"
MAX_SAID = 5_000  # waiting to be said: half a minute of a hall that shows its presence
GROUP = 200  # said in one exchange
SWAP = (
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end "
    "redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) return 1"
)
RETRY_SECONDS = 0.2  # between attempts to reach a store that is away


class RedisBeside:
    """The ``Beside`` of one Redis. ``new``: makes the line that is listened on. ``contact`` is told that a key was
    kept: unlike a script, which may have had nothing to write, that shows that writes are taken."""

    def __init__(self, ask: Ask, new: Callable[[], Line], contact: Contact) -> None:
        self._ask, self._new, self._contact = ask, new, contact
        self._me = secrets.token_hex(8).encode()
        self._said: deque[bytes] = deque(maxlen=MAX_SAID)
        self._listeners: list[Hear] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        bound(key, value)
        await self._ask(packed("SET", _name(key), value, "PX", _milliseconds(seconds)))
        self._contact.wrote(refused=False)

    async def get(self, key: str) -> bytes | None:
        (found,) = await self._ask(packed("GET", _name(key)))
        value: bytes | None = found
        return value

    async def get_all(self, keys: Sequence[str]) -> list[bytes | None]:
        return await self._ask(*(packed("GET", _name(key)) for key in keys)) if keys else []

    async def take(self, key: str) -> bytes | None:
        (found,) = await self._ask(packed("GETDEL", _name(key)))
        value: bytes | None = found
        return value

    async def agree(self, key: str, value: bytes, seconds: float) -> bytes:
        bound(key, value)
        name = _name(key)
        while True:
            set_new = packed("SET", name, value, "NX", "PX", _milliseconds(seconds))
            _, kept = await self._ask(set_new, packed("GET", name))
            if kept is not None:  # else its time was over in between
                agreed: bytes = kept
                return agreed

    async def swap(self, key: str, old: bytes, new: bytes, seconds: float) -> bool:
        bound(key, new)
        (swapped,) = await self._ask(packed("EVAL", SWAP, 1, _name(key), old, new, _milliseconds(seconds)))
        return bool(swapped)

    def say(self, words: bytes) -> None:
        bound("", words)
        self._said.append(packed("PUBLISH", CHANNEL, self._me + b" " + words))
        if "say" not in self._tasks:
            self._start("say", self._publish)

    def hear(self, listener: Hear) -> None:
        self._listeners.append(listener)
        if "hear" not in self._tasks:
            self._start("hear", self._listen)

    async def close(self) -> None:
        """Say and hear nothing more. Idempotent."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        self._tasks[name] = asyncio.get_running_loop().create_task(work(), name=f"journal-{name}")

    async def _publish(self) -> None:
        try:
            while self._said:
                group = [self._said.popleft() for _ in range(min(GROUP, len(self._said)))]
                with suppress(JournalError):  # lost, as it may be
                    await self._ask(*group)
        finally:
            self._tasks.pop("say", None)

    async def _listen(self) -> None:
        while True:
            line = self._new()
            try:
                async for said in line.listen(CHANNEL):
                    self._take(said)
            except JournalError:
                await asyncio.sleep(RETRY_SECONDS)
            finally:
                await line.close()

    def _take(self, said: bytes) -> None:
        sender, _, words = said.partition(b" ")
        if sender != self._me:
            for listener in tuple(self._listeners):
                listener(words)


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))


def _name(key: str) -> str:
    return f"genkan:beside:{quote(key, safe=':')}"
