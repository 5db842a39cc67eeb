"""Moving journals from SQLite to Redis, each whole or not at all, and able to go on after a crash at any step.

Rows keep their offsets, versions, times and epoch, so that the chain and its seals hold at both ends. An event is
listed in Redis once it is there to the last byte and has been verified: until then no gateway opens it. What was copied
before a crash is compared, not copied again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from waiting_room.journal.chain import PublicKeys, canonical
from waiting_room.journal.port import Document, JournalError, Row
from waiting_room.journal.redis import RedisJournal
from waiting_room.journal.redis_line import packed
from waiting_room.journal.redis_rows import EVENTS, Keys, keys_of, row_of
from waiting_room.journal.sqlite import SqliteJournal
from waiting_room.journal.vault import EventKeys
from waiting_room.journal.verify import Report, verify

ROWS = 500  # copied in one step
VALUES = 500  # documents, and ids of commands, written in one step

# KEYS  meta, log, versions, private · ARGV  epoch, offset of the last row that is there, at of the last of these, then
# for each row: canonical bytes, stream, version, "1" and ciphertext or "0" and ""
_PUT = b"""
local head = redis.call('HMGET', KEYS[1], 'epoch', 'offset')
if head[1] ~= ARGV[1] or (head[2] or '0') ~= ARGV[2] then return 'D' end
local offset = tonumber(ARGV[2])
for place = 4, #ARGV, 5 do
  offset = offset + 1
  local entry = ARGV[place]
  redis.call('XADD', KEYS[2], string.format('%.0f-0', offset), 'e', entry, 'c', string.sub(redis.sha1hex(entry), 1, 16))
  redis.call('HSET', KEYS[3], ARGV[place + 1], ARGV[place + 2])
  if ARGV[place + 3] == '1' then redis.call('HSET', KEYS[4], string.format('%.0f', offset), ARGV[place + 4]) end
end
redis.call('HSET', KEYS[1], 'offset', string.format('%.0f', offset), 'at', ARGV[3])
return 'P'
"""

Progress = Callable[[str, int, int], None]
T = TypeVar("T")


class NotMoved(JournalError):
    """This event was not moved. ``code``: not_whole (the source's journal has a fault), target_differs (Redis has
    another journal of this event), not_the_same (what arrived is not what was sent). The source was not changed."""

    def __init__(self, event: str, code: str, sentence: str) -> None:
        super().__init__(f"{event}: {sentence}")
        self.event, self.code, self.sentence = event, code, sentence


@dataclass(frozen=True, slots=True)
class Moved:
    """``chain``: hex, the same at both ends. ``already``: it had been moved before."""

    event: str
    entries: int
    chain: str
    already: bool


class Moving:
    """From one store to the other. ``progress`` is told the event, and how many of how many entries are there."""

    def __init__(
        self, source: SqliteJournal, target: RedisJournal, keys: EventKeys, records: PublicKeys, progress: Progress
    ) -> None:
        self._source, self._target, self._keys, self._records = source, target, keys, records
        self._progress = progress

    async def move(self, event: str) -> Moved:
        """One event. NotMoved; Unavailable: run it again."""
        report = await self._verified(event, self._source, "not_whole")
        if event in await self._target.events():
            await self._compare(event, report)
            return Moved(event, report.entries, report.chain, already=True)
        await self._copy_rows(event, report)
        await self._copy_documents(event)
        await self._copy_commands(event)
        arrived = await self._verified(event, self._target, "not_the_same")
        if (arrived.chain, arrived.entries, arrived.private_checked) != (
            report.chain,
            report.entries,
            report.private_checked,
        ):
            raise NotMoved(event, "not_the_same", "what arrived is not what was sent")
        await self._ask(packed("SADD", EVENTS, event))
        return Moved(event, report.entries, report.chain, already=False)

    # --- steps -----------------------------------------------------------------------------------------------------

    async def _verified(self, event: str, journal: SqliteJournal | RedisJournal, code: str) -> Report:
        report = await verify(journal, event, self._keys.get(event), self._records)
        if report.fault is not None:
            raise NotMoved(event, code, report.fault.sentence)
        return report

    async def _compare(self, event: str, report: Report) -> None:
        """What is there begins as the source does: it was moved before, and may have gone on since."""
        keys = keys_of(event)
        (epoch,) = await self._ask(packed("HGET", keys.meta, "epoch"))
        if epoch is None or epoch.decode() != report.epoch or await self._common(event) < report.entries:
            raise NotMoved(event, "target_differs", "Redis has another journal of this event")

    async def _copy_rows(self, event: str, report: Report) -> None:
        keys = keys_of(event)
        await self._ask(packed("HSETNX", keys.meta, "epoch", report.epoch))
        epoch, offset = (await self._ask(packed("HMGET", keys.meta, "epoch", "offset")))[0]
        there = int(offset or 0)
        if epoch.decode() != report.epoch or await self._common(event) < there:
            raise NotMoved(event, "target_differs", "Redis has the beginning of another journal of this event")
        self._progress(event, there, report.entries)
        while rows := await self._source.read(event, there, ROWS):
            bodies = await self._source.private(event, [row.offset for row in rows])
            (done,) = await self._ask(_put(keys, report.epoch, there, rows, bodies))
            if done != b"P":
                raise NotMoved(event, "target_differs", "somebody else writes to it")
            there = rows[-1].offset
            self._progress(event, there, report.entries)

    async def _copy_documents(self, event: str) -> None:
        """What an attempt before this one has copied gives way: the source may have gone on since."""
        keys = keys_of(event)
        (collections,) = await self._ask(packed("SMEMBERS", keys.collections))
        stale = [keys.documents(name.decode()) for name in collections]
        await self._ask(packed("DEL", keys.collections, *stale))
        for part in _parts(await self._source.all_documents(event)):
            await self._ask(*itertools.chain.from_iterable(_document(keys, one) for one in part))

    async def _copy_commands(self, event: str) -> None:
        """So that a command which is repeated there gets its first answer."""
        keys = keys_of(event)
        for part in _parts(await self._source.commands(event)):
            words = itertools.chain.from_iterable((id_, f"{after} {last}") for id_, after, last in part)
            await self._ask(packed("HSET", keys.commands, *words))

    async def _common(self, event: str) -> int:
        """The offset up to which both have the same entries."""
        after = 0
        while True:
            rows = await self._source.read(event, after)
            if not rows:
                return after
            asked = packed("XRANGE", keys_of(event).log, f"{after + 1}-0", "+", "COUNT", len(rows))
            theirs = [row_of(entry) for entry in (await self._ask(asked))[0]]
            for mine, other in itertools.zip_longest(rows, theirs):
                if mine != other:
                    return after
                after = mine.offset

    async def _ask(self, *commands: bytes) -> list[Any]:
        return await self._target.ask(*commands)


def _put(keys: Keys, epoch: str, after: int, rows: Sequence[Row], bodies: Any) -> bytes:
    words: list[bytes | str | int] = [epoch, after, rows[-1].at]
    for row in rows:
        body = bodies.get(row.offset)
        words += (canonical(row), row.stream, row.version, *(("0", b"") if body is None else ("1", body)))
    return packed("EVAL", _PUT, 4, keys.meta, keys.log, keys.versions, keys.private, *words)


def _document(keys: Keys, one: Document) -> Iterator[bytes]:
    yield packed("SADD", keys.collections, one.collection)
    yield packed("HSET", keys.documents(one.collection), one.id, one.body or b"")


def _parts(values: Iterable[T]) -> Iterator[list[T]]:
    left = iter(values)
    while part := list(itertools.islice(left, VALUES)):
        yield part
