"""Where an event's journal lies in Redis, and how its rows are read.

| key (all with the hash tag of the event) | is                                                             |
|------------------------------------------|----------------------------------------------------------------|
| genkan:{event}:meta                      | hash: epoch, offset and at of the head                         |
| genkan:{event}:log                       | stream: id offset-0; e, the canonical bytes; c, their check    |
| genkan:{event}:versions                  | hash: stream to version                                        |
| genkan:{event}:private                   | hash: offset to ciphertext                                     |
| genkan:{event}:commands                  | hash: command id to "after last"                               |
| genkan:{event}:collections               | set: collections that may have documents                       |
| genkan:{event}:leases                    | hash: what is done to "token until holder" (redis_leases)      |
| genkan:{event}:documents:COLLECTION      | hash: id to ciphertext                                         |
| genkan:beside:KEY                        | what need not last (redis_beside), with a time to live         |
| genkan:events                            | set: every event that may have a journal                       |

An entry is stored as the canonical bytes that the chain covers, with the first 16 hex digits of their SHA-1: made by
the script, in C, where a CRC-32 in Lua would cost more than all the rest of an append. ``Row.check`` is the CRC-32 that
every engine gives, made when the row is read, and wrong when the stored check does not match.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from zlib import crc32

from waiting_room.journal.chain import canonical_bytes
from waiting_room.journal.port import MAX_READ, EpochChanged, NoSuchJournal, Row
from waiting_room.journal.redis_line import EXEC, MULTI, Ask, packed, whole

EVENTS = b"genkan:events"
CHECK_DIGITS = 16  # of 40: an accident that keeps 64 bits is not to be feared, and an entry costs 24 bytes less


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of one event's keys. The event is percent-encoded, so that no two events' names can run together."""

    base: str

    @property
    def script(self) -> tuple[bytes, ...]:
        """The keys of append.lua, in its order."""
        return self.meta, self.log, self.versions, self.private, self.commands, self.collections, self.leases

    @property
    def meta(self) -> bytes:
        return self._key("meta")

    @property
    def log(self) -> bytes:
        return self._key("log")

    @property
    def versions(self) -> bytes:
        return self._key("versions")

    @property
    def private(self) -> bytes:
        return self._key("private")

    @property
    def commands(self) -> bytes:
        return self._key("commands")

    @property
    def collections(self) -> bytes:
        return self._key("collections")

    @property
    def leases(self) -> bytes:
        return self._key("leases")

    def documents(self, collection: str) -> bytes:
        return self._key(f"documents:{collection}")

    def _key(self, name: str) -> bytes:
        return f"{self.base}:{name}".encode()


@lru_cache(1_024)  # events that one process has open, with room to spare
def keys_of(event: str) -> Keys:
    return Keys(f"genkan:{{{quote(event, safe='')}}}")


@lru_cache(1_024)
def script_keys(event: str) -> tuple[bytes, ...]:
    """``keys_of(event).script``, made once."""
    return keys_of(event).script


def check_digits(stored: bytes) -> bytes:
    """The check beside these canonical bytes, as the script makes it."""
    return hashlib.sha1(stored, usedforsecurity=False).hexdigest()[:CHECK_DIGITS].encode()


def row_of(entry: Any) -> Row:
    """A stored entry. One that is damaged beyond reading gets a check that does not match."""
    offset = int(entry[0].partition(b"-")[0])
    fields = dict(zip(entry[1][::2], entry[1][1::2], strict=False))
    stored, digits = fields.get(b"e", b""), fields.get(b"c", b"")
    sound = check_digits(stored) == digits
    try:
        _, version, at, length, rest = stored.split(b":", 4)
        end = int(length)
        stream, body = rest[:end].decode("utf-8", "surrogateescape"), rest[end + 1 :]
        row = Row(offset, stream, int(version), int(at), body, crc32(stored))
    except ValueError:
        row, sound = Row(offset, "", 0, 0, stored, 0), False
    return row if sound else _unsound(row)


def _unsound(row: Row) -> Row:
    covered = canonical_bytes(row.offset, row.stream, row.version, row.at, row.body)
    return Row(row.offset, row.stream, row.version, row.at, row.body, crc32(covered) ^ 0xFFFF_FFFF)


@dataclass(slots=True)
class Place:
    """Where one reader of a journal stands: epoch, offset, and the entry there, once it has seen one."""

    epoch: str
    offset: int
    last: Row | None = None

    def go_on(self, rows: Sequence[Row]) -> None:
        """To the last of these rows. EpochChanged when they do not follow on: entries are missing from the journal."""
        for offset, row in enumerate(rows, self.offset + 1):
            if row.offset != offset:
                raise EpochChanged(f"entry {offset} is missing")
        if rows:
            self.offset, self.last = rows[-1].offset, rows[-1]


async def next_rows(ask: Ask, event: str, place: Place) -> Sequence[Row]:
    """At most MAX_READ rows after the place, read in one transaction with the epoch and the entry at the place, which
    must be the one that the reader knows. NoSuchJournal; EpochChanged for another epoch, a journal that ends before
    the place, or one that was forked (restored at equal length, say)."""
    keys = keys_of(event)
    read = packed("XRANGE", keys.log, f"{max(place.offset, 1)}-0", "+", "COUNT", MAX_READ + 1)
    (epoch,), entries = await transaction(ask, packed("HMGET", keys.meta, "epoch"), read)
    if epoch is None:
        raise NoSuchJournal(event)
    if epoch != place.epoch.encode():
        raise EpochChanged(event)
    rows = [row_of(entry) for entry in entries]
    if not place.offset:
        return rows[:MAX_READ]
    if not rows or rows[0].offset != place.offset or (place.last is not None and rows[0] != place.last):
        raise EpochChanged(f"entry {place.offset} is not the one that was read")
    place.last = rows[0]
    return rows[1:]


async def transaction(ask: Ask, *commands: bytes) -> list[Any]:
    """The answers of commands between which nobody else writes."""
    found: list[Any] = whole(await ask(MULTI, *commands, EXEC))[-1]
    return whole(found)
