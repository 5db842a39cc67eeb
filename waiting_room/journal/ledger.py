"""The SQLite file as one thread sees it: tables, transactions, and the head of every journal in memory.

Nothing here knows asyncio. Whoever holds a ``Ledger`` opens a transaction, lets any number of appends into it and
commits them together. An append decides everything from the heads in memory before its first write, so a refused one
has written nothing and the others in the transaction go on; only a failing store undoes the whole, and then the
heads are dropped and read again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

from waiting_room.journal.chain import canonical_bytes
from waiting_room.journal.port import (
    MAX_ENTRIES,
    Appended,
    Batch,
    Conflict,
    Document,
    Draft,
    EpochChanged,
    Fenced,
    Head,
    JournalError,
    JournalExists,
    NoSuchJournal,
    Position,
    Row,
    TooLarge,
    Unavailable,
)

APPLICATION_ID = 0x67656E6B  # "genk", so that `file` and a puzzled operator can tell
FORMAT = 1
BUSY_SECONDS = 5.0  # an operator's sqlite3 shell may hold the file this long before we answer Unavailable
SPAN = 2**32  # ids of one event: number * SPAN + offset, so that an append goes to the end of one b-tree

# What sqlite3 raises for a store that fails; the second for a damaged file whose error message is no text either.
STORE_ERRORS = (sqlite3.Error, UnicodeDecodeError)

SCHEMA = """
CREATE TABLE event (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL) STRICT;
CREATE TABLE entry (id INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL, at INTEGER NOT NULL,
  body BLOB NOT NULL, crc INTEGER NOT NULL) STRICT;
CREATE TABLE private (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE document (event INTEGER NOT NULL, collection TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (event, collection, id)) STRICT;
CREATE TABLE command (event INTEGER NOT NULL, id TEXT NOT NULL, after INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY (event, id)) STRICT, WITHOUT ROWID;
"""

INSERT_COMMAND = "INSERT OR IGNORE INTO command VALUES (?, ?, ?, ?)"
INSERT_ENTRY = "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)"
INSERT_PRIVATE = "INSERT INTO private VALUES (?, ?)"
PUT_DOCUMENT = "INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?)"
DELETE_DOCUMENT = "DELETE FROM document WHERE event = ? AND collection = ? AND id = ?"
# The casts keep our types whatever a damaged file says that a value is; its check then does not match.
SELECT_ENTRIES = """
SELECT id - ?, CAST(COALESCE(stream, '') AS TEXT), CAST(COALESCE(version, 0) AS INTEGER),
  CAST(COALESCE(at, 0) AS INTEGER), CAST(COALESCE(body, '') AS BLOB), CAST(COALESCE(crc, 0) AS INTEGER)
FROM entry WHERE id > ? AND id <= ? ORDER BY id LIMIT ?
"""
SELECT_EVENTS = "SELECT number, CAST(COALESCE(name, '') AS TEXT) FROM event"
SELECT_EPOCH = "SELECT CAST(COALESCE(epoch, '') AS TEXT) FROM event WHERE number = ?"
SELECT_LAST = "SELECT max(id), max(CAST(at AS INTEGER)) FROM entry WHERE id > ? AND id < ?"
SELECT_VERSIONS = """
SELECT CAST(COALESCE(stream, '') AS TEXT), max(CAST(version AS INTEGER)) FROM entry WHERE id > ? AND id < ? GROUP BY 1
"""
SELECT_PRIVATE = "SELECT id - ?, CAST(body AS BLOB) FROM private WHERE id = ? AND body IS NOT NULL"


@dataclass(slots=True)
class Stand:
    """Where one journal stands, inside the transaction that is open."""

    base: int  # id of offset 0
    epoch: str
    offset: int
    at: int
    versions: dict[str, int] = field(default_factory=dict)


def connect(path: str) -> sqlite3.Connection:
    """A connection that any one thread may use at a time. Text that a damaged file made no UTF-8 of is read as it is
    (``surrogateescape``), so that verification can name the entry instead of failing on it."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS)
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    return connection


def prepare(connection: sqlite3.Connection) -> None:
    """Settings of the writing connection, and the tables where there are none."""
    for setting in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {setting}")
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > FORMAT:
        raise JournalError(f"written in format {found} by a later release; this one knows {FORMAT}")
    if found < FORMAT:
        stamps = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT};"
        connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} {stamps} COMMIT;")


def rows_between(connection: sqlite3.Connection, base: int, after: int, last: int, limit: int) -> list[Row]:
    """At most ``limit`` rows of the journal at ``base`` with after < offset <= last."""
    found = connection.execute(SELECT_ENTRIES, (base, base + after, base + last, limit))
    return [Row(*record) for record in found]


class Ledger:
    """One writing connection. Not thread-safe: one thread at a time, except ``bases``, which any thread may read."""

    def __init__(self, connection: sqlite3.Connection, clock: Callable[[], int], new_epoch: Callable[[], str]) -> None:
        self._sql = connection
        self.clock, self._new_epoch = clock, new_epoch
        self._stands: dict[str, Stand] = {}
        self._unborn: dict[str, int] = {}  # made in the transaction that is open
        # Of every event that has a journal: the id of its offset 0.
        self.bases: dict[str, int] = {name: number * SPAN for number, name in connection.execute(SELECT_EVENTS)}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside becomes durable at the end, or nothing does and the heads are read again."""
        try:
            self._sql.execute("BEGIN IMMEDIATE")
            yield
            self._sql.execute("COMMIT")
        except BaseException:
            self._stands.clear()
            self._unborn.clear()
            if self._sql.in_transaction:
                self._sql.execute("ROLLBACK")
            raise
        if self._unborn:
            self.bases.update(self._unborn)
            self._unborn.clear()

    def create(self, event: str) -> Position:
        """An empty journal. JournalExists."""
        if event in self.bases or event in self._unborn:
            raise JournalExists(event)
        epoch = self._new_epoch()
        number = self._sql.execute("INSERT INTO event (name, epoch) VALUES (?, ?)", (event, epoch)).lastrowid
        assert number is not None  # noqa: S101 - an INSERT into a rowid table has one
        self._unborn[event] = number * SPAN
        self._stands[event] = Stand(number * SPAN, epoch, 0, 0)
        return Position(epoch, 0)

    def head(self, event: str) -> Head:
        """Where the journal stands. NoSuchJournal."""
        stand = self._stand(event)
        return Head(Position(stand.epoch, stand.offset), stand.at, dict(stand.versions))

    def append(
        self,
        event: str,
        batch: Batch,
        guards: Mapping[str, int],
        command_id: str,
        epoch: str,
        *,
        stands: Callable[[], bool] | None = None,
    ) -> Appended:
        """See the port. All refusals come before the first write. ``stands``: whether the caller's fence does."""
        stand = self._stands.get(event) or self._stand(event)
        if epoch != stand.epoch:
            raise EpochChanged(event)
        last = stand.offset + len(batch.drafts)
        refusal = Fenced(event) if stands is not None and not stands() else _refusal(stand, last, guards)
        if refusal is not None:
            if (first := self._first_answer(stand, command_id)) is None:
                raise refusal
            return first
        number = stand.base // SPAN
        fresh = self._sql.execute(INSERT_COMMAND, (number, command_id, stand.offset, last)).rowcount
        if not fresh and (first := self._first_answer(stand, command_id)) is not None:
            return first
        rows = self._write_entries(stand, batch.drafts) if batch.drafts else ()
        if batch.documents:
            self._write_documents(number, batch.documents)
        return Appended(Position(stand.epoch, last), rows)

    def _write_entries(self, stand: Stand, drafts: Sequence[Draft]) -> tuple[Row, ...]:
        execute, versions = self._sql.execute, stand.versions
        at = stand.at = max(stand.at, self.clock())
        rows = []
        for draft in drafts:
            offset = stand.offset = stand.offset + 1
            version = versions[draft.stream] = versions.get(draft.stream, 0) + 1
            check = crc32(canonical_bytes(offset, draft.stream, version, at, draft.body))
            row = Row(offset, draft.stream, version, at, draft.body, check)
            execute(INSERT_ENTRY, (stand.base + offset, row.stream, version, at, row.body, check))
            if draft.private is not None:
                execute(INSERT_PRIVATE, (stand.base + offset, draft.private))
            rows.append(row)
        return tuple(rows)

    def _write_documents(self, number: int, documents: Sequence[Document]) -> None:
        for one in documents:
            if one.body is None:
                self._sql.execute(DELETE_DOCUMENT, (number, one.collection, one.id))
            else:
                self._sql.execute(PUT_DOCUMENT, (number, one.collection, one.id, one.body))

    def _first_answer(self, stand: Stand, command_id: str) -> Appended | None:
        """What the command was answered the first time, its rows read again; None when it is new."""
        found = self._sql.execute(
            "SELECT after, last FROM command WHERE event = ? AND id = ?", (stand.base // SPAN, command_id)
        ).fetchone()
        if found is None:
            return None
        after, last = found
        rows = rows_between(self._sql, stand.base, after, last, last - after)
        return Appended(Position(stand.epoch, last), tuple(rows), repeated=True)

    def _stand(self, event: str) -> Stand:
        if (known := self._stands.get(event)) is not None:
            return known
        if (base := self.bases.get(event)) is None:
            raise NoSuchJournal(event)
        (epoch,) = self._sql.execute(SELECT_EPOCH, (base // SPAN,)).fetchone()
        span = (base, base + SPAN)
        last, at = self._sql.execute(SELECT_LAST, span).fetchone()
        versions = self._sql.execute(SELECT_VERSIONS, span)
        stand = Stand(base, epoch, (last or base) - base, at or 0, dict(versions))
        return self._stands.setdefault(event, stand)

    def purge(self, event: str, keep: Sequence[Document] = ()) -> None:
        """Delete the event's private payloads and documents but for ``keep``, which is written in their place, then
        every trace of them in the files. Outside of any transaction, with nobody reading; done again, it compacts
        again."""
        base = self._stand(event).base
        with self.transaction():
            self._sql.execute("DELETE FROM private WHERE id > ? AND id < ?", (base, base + SPAN))
            self._sql.execute("DELETE FROM document WHERE event = ?", (base // SPAN,))
            self._write_documents(base // SPAN, keep)
        self._truncate_log()
        self._sql.execute("VACUUM")  # pages that were split may keep old copies in their gaps
        self._truncate_log()

    def _truncate_log(self) -> None:
        (busy, _, _) = self._sql.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise Unavailable("the log could not be emptied: another program reads the file; purge again")

    def close(self) -> None:
        self._sql.close()


def _refusal(stand: Stand, last: int, guards: Mapping[str, int]) -> JournalError | None:
    for stream, expected in guards.items():
        if (actual := stand.versions.get(stream, 0)) != expected:
            return Conflict(stream, expected, actual)
    return TooLarge(f"more than {MAX_ENTRIES} entries") if last > MAX_ENTRIES else None


def create_private_file(path: Path) -> None:
    """An empty file that only its owner can read; SQLite gives its log and index the same rights."""
    path.touch(mode=0o600, exist_ok=True)
