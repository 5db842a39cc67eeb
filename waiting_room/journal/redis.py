"""The journal in Redis: the engine for several gateways.

Each append is one run of ``append.lua``, which Redis runs alone: guards, stamps, entries, private payloads and
documents are one step. What ``port.py`` promises holds between processes as it does within one. How the keys lie is in
``redis_rows``, what the server must be set to in ``redis_line`` (``NotDurable``, raised by any method when the server
is not), following in ``redis_tail``.

After a cut, what was under way is sent again once under the same command id, so an append may be answered as
``repeated`` although its caller asked once. Redis is one primary on a persistent volume: never a cluster that fails
over, for a replica lacks what was acknowledged last.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any
from zlib import crc32

from waiting_room.journal import redis_purge
from waiting_room.journal.bounds import bound_name, measure
from waiting_room.journal.chain import canonical, canonical_bytes
from waiting_room.journal.contact import Contact
from waiting_room.journal.leases import Fence
from waiting_room.journal.port import (
    MAX_ENTRIES,
    MAX_READ,
    Appended,
    Batch,
    Conflict,
    Document,
    Draft,
    EpochChanged,
    Fenced,
    Head,
    JournalExists,
    NoSuchJournal,
    Position,
    Row,
    TooLarge,
    Unavailable,
)
from waiting_room.journal.redis_beside import RedisBeside
from waiting_room.journal.redis_leases import RedisLeases
from waiting_room.journal.redis_line import REQUIRED, Line, Lines, NotDurable, packed
from waiting_room.journal.redis_rows import EVENTS, check_digits, keys_of, row_of, script_keys, transaction
from waiting_room.journal.redis_tail import Followers
from waiting_room.journal.redis_writer import SCRIPT_ID, Writer
from waiting_room.journal.storeclock import StoreClock

__all__ = ["REQUIRED", "NotDurable", "RedisJournal"]

PATIENCE = 5.0  # seconds for an answer: longer than a slow disk's sync, short enough to tell a person


def random_epoch() -> str:
    return secrets.token_hex(8)


class RedisJournal:
    """The ``Journal`` of ``port.py``. Make one with ``open``; it belongs to the running event loop. ``contact`` says
    whether Redis is there; tails wait for it in silence."""

    shared = True

    def __init__(self, url: str, patience: float, new_epoch: Callable[[], str]) -> None:
        self.contact, self.clock = Contact(), StoreClock()
        self._new_epoch = new_epoch
        new_line = functools.partial(Line, url, patience, self.contact)
        self._lines = Lines(new_line)
        self.leases, self.beside = RedisLeases(self._ask, self.clock), RedisBeside(self._ask, new_line, self.contact)
        self._writer = Writer(new_line())
        self._followers = Followers(self._ask, new_line)
        self._known: dict[tuple[str, str], Row] = {}  # the last entry that was seen, by event and epoch
        self._closed = False

    @classmethod
    async def open(
        cls, url: str, *, patience: float = PATIENCE, new_epoch: Callable[[], str] = random_epoch
    ) -> RedisJournal:
        """The journals in this Redis (redis://, rediss:// or unix://). ``patience``: seconds until a call raises
        Unavailable. Unavailable, NotDurable."""
        journal = cls(url, patience, new_epoch)
        try:
            await journal.leases.look_at_clock()
        except BaseException:
            await journal.close()
            raise
        return journal

    async def create(self, event: str) -> Position:
        bound_name("event", event)
        epoch = self._new_epoch()
        # Known first: an event without a journal is left out of events(), a journal that is not known would be lost.
        _, made = await self._ask(packed("SADD", EVENTS, event), packed("HSETNX", keys_of(event).meta, "epoch", epoch))
        if not made:
            raise JournalExists(event)
        return Position(epoch, 0)

    async def events(self) -> Sequence[str]:
        (names,) = await self._ask(packed("SMEMBERS", EVENTS))
        events = sorted(name.decode() for name in names)
        if not events:
            return []
        there = await self._ask(*(packed("EXISTS", keys_of(event).meta) for event in events))
        return [event for event, exists in zip(events, there, strict=True) if exists]

    async def append(
        self,
        event: str,
        batch: Batch,
        *,
        guards: Mapping[str, int],
        command_id: str,
        epoch: str,
        fence: Fence | None = None,
    ) -> Appended:
        measure(batch, command_id)
        self._check_open()
        known = self._known.get((event, epoch))
        head = (epoch, command_id, *_check_of(known), MAX_ENTRIES, *_fence(fence))
        command = _append_command(event, batch, guards, head)
        outcome, *numbers = (await self._writer.submit(command)).decode().split(" ")
        if outcome == "A":
            done = _appended(epoch, batch.drafts, numbers)
            self._see(event, epoch, done.rows)
            return done
        if outcome == "R":
            return await self._first_answer(event, epoch, int(numbers[0]), int(numbers[1]))
        if outcome == "C":
            stream, expected = list(guards.items())[int(numbers[0]) - 1]
            raise Conflict(stream, expected, int(numbers[1]))
        if outcome == "L":
            raise Fenced(event)
        if outcome == "F":
            raise TooLarge(f"more than {MAX_ENTRIES} entries")
        raise EpochChanged(event) if outcome == "E" else NoSuchJournal(event)

    async def read(self, event: str, after: int, limit: int = MAX_READ) -> Sequence[Row]:
        count = max(0, min(limit, MAX_READ))
        if not count:  # for XRANGE, COUNT 0 is none, but a negative one is all
            await self._of(event)
            return []
        (entries,) = await self._of(
            event, packed("XRANGE", keys_of(event).log, f"{max(0, after) + 1}-0", "+", "COUNT", count)
        )
        return [row_of(entry) for entry in entries]

    async def tail(self, event: str, after: Position) -> AsyncIterator[Sequence[Row]]:
        self._check_open()
        async for rows in self._followers.tail(event, after):
            self._see(event, after.epoch, rows)
            yield rows

    async def head(self, event: str) -> Head:
        keys = keys_of(event)
        meta = packed("HMGET", keys.meta, "epoch", "offset", "at")
        (epoch, offset, at), found = await transaction(self._ask, meta, packed("HGETALL", keys.versions))
        if epoch is None:
            raise NoSuchJournal(event)
        versions = {stream.decode(): int(version) for stream, version in _pairs(found)}
        return Head(Position(epoch.decode(), int(offset or 0)), int(at or 0), versions)

    async def private(self, event: str, offsets: Sequence[int]) -> Mapping[int, bytes]:
        asked = (packed("HMGET", keys_of(event).private, *offsets),) if offsets else ()
        found = await self._of(event, *asked)
        bodies = zip(offsets, found[0], strict=True) if found else ()
        return {offset: body for offset, body in bodies if body is not None}

    async def document(self, event: str, collection: str, id: str) -> bytes | None:  # noqa: A002 - the port's word
        (body,) = await self._of(event, packed("HGET", keys_of(event).documents(collection), id))
        found: bytes | None = body
        return found

    async def documents(self, event: str, collection: str) -> Mapping[str, bytes]:
        (found,) = await self._of(event, packed("HGETALL", keys_of(event).documents(collection)))
        return dict(sorted((id_.decode(), body) for id_, body in _pairs(found)))

    async def purge(self, event: str, keep: Sequence[Document] = ()) -> None:
        await self._of(event)
        await redis_purge.purge(self._ask, keys_of(event), keep)

    def forget(self, event: str) -> None:
        for place in [place for place in self._known if place[0] == event]:
            del self._known[place]

    async def close(self) -> None:
        self._closed = True
        await self.beside.close()
        await self._followers.close()
        await self._writer.close()
        await self._lines.close()

    async def ask(self, *commands: bytes) -> list[Any]:
        """The server's answers, for who moves journals into it. Unavailable, NotDurable."""
        return await self._ask(*commands)

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("the journal is closed")

    async def _ask(self, *commands: bytes) -> list[Any]:
        self._check_open()
        return await self._lines.ask(*commands)

    async def _of(self, event: str, *commands: bytes) -> list[Any]:
        """The answers about an event. NoSuchJournal."""
        exists, *answers = await self._ask(packed("EXISTS", keys_of(event).meta), *commands)
        if not exists:
            raise NoSuchJournal(event)
        return answers

    def _see(self, event: str, epoch: str, rows: Sequence[Row]) -> None:
        """The next append asks for these to be there still: between a restore and the tail that finds it out, nothing
        is written."""
        known = self._known.get((event, epoch))
        if rows and (known is None or known.offset < rows[-1].offset):
            self._known[event, epoch] = rows[-1]

    async def _first_answer(self, event: str, epoch: str, after: int, last: int) -> Appended:
        rows: list[Row] = []
        while len(rows) < last - after and (
            page := await self.read(event, after + len(rows), last - after - len(rows))
        ):
            rows.extend(page)
        return Appended(Position(epoch, last), tuple(rows), repeated=True)


def _append_command(event: str, batch: Batch, guards: Mapping[str, int], head: Sequence[str | bytes | int]) -> bytes:
    """What ``append.lua`` is called with; ``head``: epoch, command id, the entry that is known, most entries,
    fence."""
    keys = [*script_keys(event), *(keys_of(event).documents(one.collection) for one in batch.documents)]
    words: list[bytes | str | int] = [*head]
    words += (len(guards), len(batch.drafts), len(batch.documents))
    for stream, version in guards.items():
        words += (stream, version)
    for draft in batch.drafts:
        words += (draft.stream, draft.body, *_maybe(draft.private))
    for one in batch.documents:
        words += (one.collection, one.id, *_maybe(one.body))
    return packed("EVALSHA", SCRIPT_ID, len(keys), *keys, *words)


def _check_of(known: Row | None) -> tuple[int, bytes]:
    return (0, b"") if known is None else (known.offset, check_digits(canonical(known)))


def _fence(fence: Fence | None) -> tuple[str, int]:
    return ("", 0) if fence is None else (fence.what, fence.token)


def _maybe(body: bytes | None) -> tuple[str, bytes]:
    return ("0", b"") if body is None else ("1", body)


def _appended(epoch: str, drafts: Sequence[Draft], numbers: Sequence[str]) -> Appended:
    """The rows as the script stamped them."""
    after, at = int(numbers[0]), int(numbers[1])
    rows = []
    for offset, (draft, number) in enumerate(zip(drafts, numbers[2:], strict=True), after + 1):
        version = int(number)
        check = crc32(canonical_bytes(offset, draft.stream, version, at, draft.body))
        rows.append(Row(offset, draft.stream, version, at, draft.body, check))
    return Appended(Position(epoch, after + len(drafts)), tuple(rows))


def _pairs(found: Sequence[bytes]) -> zip[tuple[bytes, bytes]]:
    """Fields and values of a hash."""
    return zip(found[::2], found[1::2], strict=True)
