"""The journal in one SQLite file (or in memory): the engine for one process.

Every writing request goes to one thread, which takes all that has queued up and commits it as one transaction
(group commit): one fsync for all who waited while the one before ran. Answers go back to the event loop after COMMIT,
in commit order, and with them the rows to whoever tails. Reads use a second connection, so that opening a large
event does not hold up check-ins.
"""

from __future__ import annotations

import asyncio
import functools
import secrets
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from waiting_room.journal.beside import LocalBeside
from waiting_room.journal.bounds import bound_name, measure
from waiting_room.journal.contact import Contact
from waiting_room.journal.feed import Feed
from waiting_room.journal.leases import Fence, LocalLeases
from waiting_room.journal.ledger import (
    SELECT_PRIVATE,
    SPAN,
    STORE_ERRORS,
    Ledger,
    connect,
    create_private_file,
    prepare,
    rows_between,
)
from waiting_room.journal.lock import OwnerLock
from waiting_room.journal.port import (
    MAX_BATCH_BYTES,
    MAX_READ,
    Appended,
    Batch,
    Document,
    EpochChanged,
    Head,
    JournalError,
    NoSuchJournal,
    Position,
    Row,
    Unavailable,
)

MAX_QUEUED = 10_000  # requests waiting for the writer: two to three seconds of work, then callers are told
MAX_QUEUED_BYTES = 4 * MAX_BATCH_BYTES  # the same in memory: four imports of the largest size at once
MAX_GROUP = 500  # requests in one transaction: bounds how long the first of them waits for the last

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Request:
    work: Callable[[], Any]
    answer: asyncio.Future[Any]
    size: int
    feed: str | None = None  # the event whose tails want the rows
    alone: bool = False  # runs outside of any transaction, with nobody reading


_Answered = tuple[_Request, Any, Exception | None]


def microseconds() -> int:
    """The store's clock unless another is given."""
    return time.time_ns() // 1_000


def random_epoch() -> str:
    return secrets.token_hex(8)


class SqliteJournal:
    """The ``Journal`` of ``port.py``. Make one with ``open``; it belongs to the running event loop."""

    shared = False

    def __init__(self, ledger: Ledger, reading: sqlite3.Connection, *, shared: bool, lock: OwnerLock | None) -> None:
        self._ledger, self._reading, self._lock = ledger, reading, lock
        self.clock = ledger.clock
        self.leases, self.beside, self.contact = LocalLeases(), LocalBeside(), Contact()
        self._shared = shared  # one connection for both: reads must not see a transaction that is open
        self._read_lock = threading.Lock()
        self._reader = ThreadPoolExecutor(1, "journal-reader")
        self._requests: SimpleQueue[_Request | None] = SimpleQueue()
        self._asked: list[_Request] = []  # in this turn of the loop
        self._queued = self._queued_bytes = 0
        self._feeds: dict[str, Feed] = {}
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._writer = threading.Thread(target=self._write, name="journal-writer", daemon=True)
        self._writer.start()

    @classmethod
    async def open(
        cls,
        path: str | Path,
        *,
        clock: Callable[[], int] = microseconds,
        new_epoch: Callable[[], str] = random_epoch,
    ) -> SqliteJournal:
        """The journal in this file, made if need be, or in memory for ":memory:". ``clock`` gives microseconds UTC and
        is called on the writer's thread. Owned when another process has it."""
        if str(path) == ":memory:":
            connection = connect(":memory:")
            prepare(connection)
            return cls(Ledger(connection, clock, new_epoch), connection, shared=True, lock=None)
        lock = OwnerLock(Path(path))
        try:
            writing, reading = await asyncio.to_thread(_open_file, Path(path))
            ledger = Ledger(writing, clock, new_epoch)
        except BaseException as error:
            lock.release()
            if isinstance(error, STORE_ERRORS):
                raise Unavailable(str(error)) from error
            raise
        return cls(ledger, reading, shared=False, lock=lock)

    async def create(self, event: str) -> Position:
        bound_name("event", event)
        return await self._submit(functools.partial(self._ledger.create, event))

    async def events(self) -> Sequence[str]:
        self._check_open()
        return sorted(self._ledger.bases)

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
        size = measure(batch, command_id)
        stands = None if fence is None else functools.partial(self.leases.stands, event, fence)
        work = functools.partial(self._ledger.append, event, batch, dict(guards), command_id, epoch, stands=stands)
        return await self._submit(work, size=size, feed=event)

    async def head(self, event: str) -> Head:
        return await self._submit(functools.partial(self._ledger.head, event))

    async def purge(self, event: str, keep: Sequence[Document] = ()) -> None:
        await self._submit(functools.partial(self._ledger.purge, event, tuple(keep)), alone=True)

    async def read(self, event: str, after: int, limit: int = MAX_READ) -> Sequence[Row]:
        base = self._base(event)
        bound = max(0, min(limit, MAX_READ))
        return await self._query(lambda sql: rows_between(sql, base, max(0, after), SPAN - 1, bound))

    async def tail(self, event: str, after: Position) -> AsyncIterator[Sequence[Row]]:
        head = await self.head(event)
        if head.position.epoch != after.epoch or head.position.offset < after.offset:
            raise EpochChanged(event)
        feed = self._feeds.setdefault(event, Feed())
        offset = after.offset
        while True:
            self._check_open()
            changed = feed.changed  # taken before looking: what is published from here on rings it
            page = feed.since(offset)
            if page is None:
                page = await self.read(event, offset)
            if page:
                offset = page[-1].offset
                yield page
            else:
                await changed.wait()

    async def private(self, event: str, offsets: Sequence[int]) -> Mapping[int, bytes]:
        base = self._base(event)
        wanted = [base + offset for offset in offsets if 0 < offset < SPAN]

        def select(sql: sqlite3.Connection) -> dict[int, bytes]:
            return dict(row for id_ in wanted for row in sql.execute(SELECT_PRIVATE, (base, id_)))

        return await self._query(select)

    async def document(self, event: str, collection: str, id: str) -> bytes | None:  # noqa: A002 - the port's word
        place = (self._base(event) // SPAN, collection, id)
        query = "SELECT CAST(body AS BLOB) FROM document WHERE event = ? AND collection = ? AND id = ?"
        found = await self._query(lambda sql: sql.execute(query, place).fetchone())
        return found[0] if found else None

    async def documents(self, event: str, collection: str) -> Mapping[str, bytes]:
        place = (self._base(event) // SPAN, collection)
        query = "SELECT id, CAST(body AS BLOB) FROM document WHERE event = ? AND collection = ? ORDER BY id"
        return await self._query(lambda sql: dict(sql.execute(query, place).fetchall()))

    async def all_documents(self, event: str) -> Sequence[Document]:
        """Those of every collection, for who moves the journal elsewhere."""
        place = (self._base(event) // SPAN,)
        query = "SELECT collection, id, CAST(body AS BLOB) FROM document WHERE event = ? ORDER BY collection, id"
        return await self._query(lambda sql: [Document(*found) for found in sql.execute(query, place)])

    async def commands(self, event: str) -> Sequence[tuple[str, int, int]]:
        """Id, and the offsets before and at the last entry, of every command that was done."""
        place = (self._base(event) // SPAN,)
        query = "SELECT id, after, last FROM command WHERE event = ? ORDER BY id"
        return await self._query(lambda sql: sql.execute(query, place).fetchall())

    def forget(self, event: str) -> None:
        """The file is ours: what is known of it is what is in it."""

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._hand_over()
        self._requests.put(None)
        for feed in self._feeds.values():
            feed.ring()
        await asyncio.to_thread(self._shut)
        if self._lock is not None:
            self._lock.release()

    def _shut(self) -> None:
        self._writer.join()
        self._reader.shutdown()
        self._reading.close()
        self._ledger.close()

    # --- on the event loop ---------------------------------------------------------------------------------------

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("the journal is closed")

    def _base(self, event: str) -> int:
        self._check_open()
        if (base := self._ledger.bases.get(event)) is None:
            raise NoSuchJournal(event)
        return base

    async def _submit(self, work: Callable[[], T], *, size: int = 0, feed: str | None = None, alone: bool = False) -> T:
        self._check_open()
        if self._queued >= MAX_QUEUED or self._queued_bytes + size > MAX_QUEUED_BYTES:
            raise Unavailable("too much is waiting to be written; nothing was")
        answer: asyncio.Future[T] = self._loop.create_future()
        self._queued += 1
        self._queued_bytes += size
        if not self._asked:
            self._loop.call_soon(self._hand_over)
        self._asked.append(_Request(work, answer, size, feed, alone))
        return await answer

    def _hand_over(self) -> None:
        """What was asked for in one turn of the loop goes to the writer at its end: woken at the first request, it
        would fight the loop for the interpreter over all the others (a third more CPU for a durable check-in)."""
        for request in self._asked:
            self._requests.put(request)
        self._asked.clear()

    async def _query(self, select: Callable[[sqlite3.Connection], T]) -> T:
        return await self._loop.run_in_executor(self._reader, self._select, select)

    def _deliver(self, answered: Sequence[_Answered]) -> None:
        """After COMMIT, in commit order: answers to those who still wait, rows to those who tail."""
        fresh: dict[str, list[Row]] = {}
        for request, result, error in answered:
            self._queued -= 1
            self._queued_bytes -= request.size
            if request.feed in self._feeds and isinstance(result, Appended) and not result.repeated:
                fresh.setdefault(request.feed, []).extend(result.rows)
            if request.answer.done():
                continue
            if error is not None:
                request.answer.set_exception(error)
            else:
                request.answer.set_result(result)
        for event, rows in fresh.items():
            if rows:
                self._feeds[event].publish(rows)

    # --- on the reader's thread ----------------------------------------------------------------------------------

    def _select(self, select: Callable[[sqlite3.Connection], T]) -> T:
        with self._read_lock:
            try:
                return select(self._reading)
            except STORE_ERRORS as error:
                raise Unavailable(f"the store cannot be read: {error}") from error

    # --- on the writer's thread ----------------------------------------------------------------------------------

    def _write(self) -> None:
        carried: _Request | None = None
        while (first := carried or self._requests.get()) is not None:
            group, carried = [first], None
            while not group[-1].alone and len(group) < MAX_GROUP:
                try:
                    following = self._requests.get_nowait()
                except Empty:
                    break
                if following is None:
                    self._requests.put(None)
                    break
                if following.alone:
                    carried = following
                    break
                group.append(following)
            self._answer(self._commit(group))

    def _commit(self, group: Sequence[_Request]) -> list[_Answered]:
        """Run the requests as one transaction. A refused one has written nothing; a failing store fails them all."""
        alone = group[0].alone
        quiet = self._read_lock if self._shared or alone else nullcontext()
        try:
            with quiet, nullcontext() if alone else self._ledger.transaction():
                return [_attempt(request) for request in group]
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits for an answer
            failure = _unavailable(error)
            return [(request, None, failure) for request in group]

    def _answer(self, answered: Sequence[_Answered]) -> None:
        with suppress(RuntimeError):  # the loop is gone, and with it everyone who waited
            self._loop.call_soon_threadsafe(self._deliver, answered)


def _attempt(request: _Request) -> _Answered:
    try:
        return request, request.work(), None
    except JournalError as error:
        return request, None, error


def _unavailable(error: Exception) -> Exception:
    if isinstance(error, STORE_ERRORS):
        failure = Unavailable(f"the store cannot be written: {error}")
        failure.__cause__ = error
        return failure
    return error


def _open_file(path: Path) -> tuple[sqlite3.Connection, sqlite3.Connection]:
    create_private_file(path)
    writing = connect(str(path))
    try:
        prepare(writing)
        reading = connect(str(path))
        reading.execute("PRAGMA query_only = ON")
    except BaseException:
        writing.close()
        raise
    return writing, reading
