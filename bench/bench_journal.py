"""What an append costs, durable and in memory, and how fast an event's entries are read before any fold.

The CPU is that of the whole process: event loop and writer thread, codec, encryption and all (``Book``), or the
engine alone. Redis's own CPU is a figure beside it; where there is no redis-server, its lines are left out.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.figures import Figure, table
from bench.load import cpu_seconds
from bench.store import Store, redis
from waiting_room.entries import CheckedIn, NewEntry
from waiting_room.journal.book import Book
from waiting_room.journal.port import MAX_BATCH_ENTRIES, Batch, Draft, Journal
from waiting_room.journal.redis import RedisJournal
from waiting_room.journal.sqlite import SqliteJournal
from waiting_room.journal.vault import MemoryEventKeys

APPENDS = 20_000
WAITING = 100  # check-ins in flight: the minute before the first slots of a large exam
READ_ROWS = 200_000  # the largest journal (MAX_ENTRIES)
BODY = b'{"a":"c:7f3a","d":{"received_at":1800000000000000,"sid":"s1","via":"personal"},"k":"checked_in"}'
EVENT = "bench"


async def append_all(append: Callable[[int], Awaitable[object]]) -> tuple[float, float]:
    """(appends a second, µs of CPU each)."""
    numbers = iter(range(APPENDS))

    async def one_after_the_other() -> None:
        for number in numbers:
            await append(number)

    cpu, wall = time.process_time(), time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(WAITING):
            tasks.create_task(one_after_the_other())
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return APPENDS / wall, cpu / APPENDS * 1e6


async def open_journal(place: str) -> Journal:
    """At a Redis's address, in a file, or in memory."""
    return await (RedisJournal.open(place) if "://" in place else SqliteJournal.open(place))


async def engine_alone(place: str) -> tuple[float, float]:
    """Rows with a guard and a private payload of 150 bytes, nothing encoded or encrypted."""
    journal = await open_journal(place)
    epoch = (await journal.create(EVENT)).epoch

    async def append(number: int) -> None:
        batch = Batch((Draft(f"i:{number}", BODY, bytes(150)),))
        command = f"{number:032x}"
        await journal.append(EVENT, batch, guards={f"i:{number}": 0}, command_id=command, epoch=epoch)

    try:
        return await append_all(append)
    finally:
        await journal.close()


async def through_the_book(place: str) -> tuple[float, float]:
    """The same as a check-in: encoded, its private payload digested and encrypted, its answer stamped."""
    book = Book(await open_journal(place), MemoryEventKeys())
    epoch = (await book.create(EVENT)).epoch
    typed = {"number": "北浜2027-0042", "name": "髙橋 さくら"}

    async def append(number: int) -> None:
        stream = f"i:{number}"
        new = NewEntry(stream, CheckedIn("s1", "personal", 1_800_000_000_000_000), "c:7f3a", typed)
        await book.append(EVENT, [new], guards={stream: 0}, command_id=f"{number:032x}", epoch=epoch)

    try:
        return await append_all(append)
    finally:
        await book.close()


async def read_all(path: str) -> tuple[float, float]:
    """(seconds for the rows, seconds for decoded entries) of a full journal."""
    book = Book(await SqliteJournal.open(path), MemoryEventKeys())
    try:
        epoch = (await book.create(EVENT)).epoch
        for first in range(0, READ_ROWS, MAX_BATCH_ENTRIES):
            drafts = tuple(Draft(f"i:{(first + n) % 5_000}", BODY) for n in range(MAX_BATCH_ENTRIES))
            await book.journal.append(EVENT, Batch(drafts), guards={}, command_id=f"{first}", epoch=epoch)
        return await _timed(book.journal.read), await _timed(book.read)
    finally:
        await book.close()


async def _timed(read: Callable[[str, int], Awaitable[object]]) -> float:
    started = time.perf_counter()
    for after in itertools.count(0, 2_000):
        if not await read(EVENT, after):
            return time.perf_counter() - started
    raise AssertionError("unreachable")


def in_redis() -> list[Figure]:
    """Against a redis-server of its own; nothing where there is none."""
    with redis() as store:
        return _redis_figures(store) if store is not None else []


def _redis_figures(store: Store) -> list[Figure]:
    figures: list[Figure] = []
    for database, (name, measured) in enumerate(MEASURED):
        before = cpu_seconds(store.pid)
        rate, cpu = asyncio.run(measured(f"{store.url}?db={database}"))
        servers = (cpu_seconds(store.pid) - before) / APPENDS * 1e6
        figures += [
            Figure(f"journal in Redis, {name}: appends", rate, "/s", note="appendfsync always"),
            Figure(f"journal in Redis, {name}: CPU of an append", cpu, "µs", note="of the gateway"),
            Figure(f"journal in Redis, {name}: CPU of an append", servers, "µs", note="of redis-server"),
        ]
    return figures


MEASURED = (("engine alone", engine_alone), ("with codec and encryption", through_the_book))


def main() -> list[Figure]:
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as directory:
        for name, measured in MEASURED:
            file = str(Path(directory) / f"{measured.__name__}.db")
            rate, cpu = asyncio.run(measured(file))
            memory_rate, memory_cpu = asyncio.run(measured(":memory:"))
            figures += [
                Figure(f"journal, {name}: appends", rate, "/s", note="file, synchronous=FULL"),
                Figure(f"journal, {name}: CPU of an append", cpu, "µs", note="file, synchronous=FULL"),
                Figure(f"journal, {name}: appends in memory", memory_rate, "/s"),
                Figure(f"journal, {name}: CPU in memory", memory_cpu, "µs"),
            ]
        figures += in_redis()
        rows, entries = asyncio.run(read_all(str(Path(directory) / "full.db")))
    note = f"{READ_ROWS:,} entries"
    figures.append(Figure("journal, read of a full event: rows", rows, "s", note=note))
    figures.append(
        Figure("journal, read of a full event: entries, decoded", entries, "s", 4.0, note=f"{note}, no fold")
    )
    return figures


if __name__ == "__main__":
    print(table(main()))
