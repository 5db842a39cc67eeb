"""What is particular to the SQLite engine: its file, its thread, its transactions, its failures."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest

from waiting_room.journal.chain import Chain, intact
from waiting_room.journal.lock import Owned
from waiting_room.journal.port import Batch, Conflict, Document, Draft, JournalError, JournalExists, Unavailable
from waiting_room.journal.sqlite import SqliteJournal

EVENT = "kitahama-2027"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
async def journal(path: Path) -> AsyncIterator[SqliteJournal]:
    async with AsyncExitStack() as stack:
        opened = await SqliteJournal.open(path)
        stack.push_async_callback(opened.close)
        yield opened


def one(stream: str = "i:1", size: int = 2) -> Batch:
    return Batch((Draft(stream, b"x" * size),))


# --- one owner ---------------------------------------------------------------------------------------------------

CONTENDER = """
import asyncio, sys
from waiting_room.journal.lock import Owned
from waiting_room.journal.sqlite import SqliteJournal
async def main():
    try:
        journal = await SqliteJournal.open(sys.argv[1])
    except Owned as error:
        print("owned:", error)
    else:
        print("mine")
        await journal.close()
asyncio.run(main())
"""


async def contend(path: Path) -> str:
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", CONTENDER, str(path)], cwd=ROOT, check=True, capture_output=True
    )
    return done.stdout.decode()


@pytest.mark.process
async def test_a_second_process_is_refused_while_the_first_has_the_file(path: Path) -> None:
    journal = await SqliteJournal.open(path)
    try:
        answer = await contend(path)
    finally:
        await journal.close()
    assert answer.startswith("owned: journal.db belongs to another running process")
    assert str(path.parent) not in answer
    assert await contend(path) == "mine\n"


async def test_a_second_open_in_the_same_process_is_refused_too(journal: SqliteJournal, path: Path) -> None:
    with pytest.raises(Owned):
        await SqliteJournal.open(path)
    await journal.create(EVENT)  # and the first goes on


async def test_files_are_for_their_owner_only(journal: SqliteJournal, path: Path) -> None:
    await journal.create(EVENT)
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file.name


async def test_a_file_that_is_no_journal_is_refused_and_left_alone(path: Path) -> None:
    spreadsheet = b"a spreadsheet, perhaps" * 100
    await asyncio.to_thread(path.write_bytes, spreadsheet)
    with pytest.raises(Unavailable):
        await SqliteJournal.open(path)
    assert await asyncio.to_thread(path.read_bytes) == spreadsheet


async def test_a_file_of_a_later_release_is_refused_and_the_lock_given_back(path: Path) -> None:
    await (await SqliteJournal.open(path)).close()
    with closing(sqlite3.connect(path)) as sql:
        sql.execute("PRAGMA user_version = 2")
    for _ in range(2):
        with pytest.raises(JournalError, match="later release"):
            await SqliteJournal.open(path)


async def test_everything_is_there_after_opening_again(path: Path) -> None:
    journal = await SqliteJournal.open(path, clock=lambda: 5_000)
    start = await journal.create(EVENT)
    batch = Batch((Draft("i:1", b"a", b"p"), Draft("i:1", b"b")), (Document("roster", "1", b"row"),))
    first = await journal.append(EVENT, batch, guards={}, command_id="c1", epoch=start.epoch)
    await journal.close()
    journal = await SqliteJournal.open(path, clock=lambda: 1_000)  # the machine's clock was set back meanwhile
    try:
        assert (await journal.head(EVENT)).position == first.position
        assert await journal.read(EVENT, 0) == list(first.rows)
        assert await journal.document(EVENT, "roster", "1") == b"row"
        again = await journal.append(EVENT, batch, guards={}, command_id="c1", epoch=start.epoch)
        assert (again.repeated, again.rows) == (True, first.rows)
        following = await journal.append(EVENT, one(), guards={"i:1": 2}, command_id="c2", epoch=start.epoch)
        assert [(row.offset, row.version, row.at) for row in following.rows] == [(3, 3, 5_000)]
    finally:
        await journal.close()


# --- group commit ------------------------------------------------------------------------------------------------


async def test_what_queues_up_during_a_commit_becomes_one_transaction() -> None:
    """The writer is held inside its first append; fifty wait by then, one of them to be refused."""
    inside, go_on = threading.Event(), threading.Event()

    def clock() -> int:
        inside.set()
        assert go_on.wait(10)
        return 1

    journal = await SqliteJournal.open(":memory:", clock=clock)
    statements: list[str] = []
    try:
        start = await journal.create(EVENT)
        journal._ledger._sql.set_trace_callback(statements.append)
        async with asyncio.TaskGroup() as tasks:
            first = tasks.create_task(
                journal.append(EVENT, one("i:first"), guards={}, command_id="first", epoch=start.epoch)
            )
            await asyncio.to_thread(inside.wait, 10)
            rest = [
                tasks.create_task(attempt(journal, n, {"i:first": 0 if n == 25 else 1}, start.epoch)) for n in range(50)
            ]
            while journal._queued < 51 or journal._asked:  # noqa: ASYNC110 - no event says that all have asked
                await asyncio.sleep(0)
            go_on.set()
    finally:
        go_on.set()
        await journal.close()
    assert first.result().position.offset == 1
    answers = [task.result() for task in rest]
    assert [n for n, answer in enumerate(answers) if answer is None] == [25]
    assert [answer for answer in answers if answer is not None] == list(range(2, 51))
    assert statements.count("COMMIT") == 2
    assert sum(statement.startswith("INSERT INTO entry") for statement in statements) == 50


async def attempt(journal: SqliteJournal, n: int, guards: dict[str, int], epoch: str) -> int | None:
    try:
        done = await journal.append(EVENT, one(f"i:{n}"), guards=guards, command_id=f"c{n}", epoch=epoch)
    except Conflict:
        return None
    return done.position.offset


async def test_a_request_that_runs_alone_takes_its_turn_among_the_others(journal: SqliteJournal) -> None:
    start = await journal.create(EVENT)
    private = Batch((Draft("i:1", b"{}", b"p"),))
    async with asyncio.TaskGroup() as tasks:
        for n in range(20):
            work = journal.append(EVENT, private, guards={}, command_id=f"c{n}", epoch=start.epoch)
            tasks.create_task(work)
            if n == 9:
                tasks.create_task(journal.purge(EVENT))
    assert sorted(await journal.private(EVENT, range(1, 21))) == list(range(11, 21))


async def test_more_than_the_queue_holds_is_refused_at_once(
    journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = await journal.create(EVENT)
    monkeypatch.setattr("waiting_room.journal.sqlite.MAX_QUEUED", 10)
    work = [journal.append(EVENT, one(), guards={}, command_id=f"c{n}", epoch=start.epoch) for n in range(30)]
    answers = await asyncio.gather(*work, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Unavailable)]
    assert len(refused) == 20
    assert (await journal.head(EVENT)).position.offset == 10
    await journal.append(EVENT, one(), guards={}, command_id="later", epoch=start.epoch)


# --- a store that fails ------------------------------------------------------------------------------------------


async def test_a_full_disk_is_unavailable_writes_nothing_and_passes(journal: SqliteJournal) -> None:
    start = await journal.create(EVENT)
    done = await journal.append(EVENT, one(), guards={}, command_id="c1", epoch=start.epoch)
    (pages,) = journal._ledger._sql.execute("PRAGMA page_count").fetchone()
    journal._ledger._sql.execute(f"PRAGMA max_page_count = {pages + 2}")  # SQLite's own "disk is full"
    large = Batch((Draft("i:2", b"x" * 100_000, b"p"),), (Document("roster", "1", b"row"),))
    answers = await asyncio.gather(
        journal.append(EVENT, one("i:3"), guards={"i:1": 1}, command_id="c2", epoch=start.epoch),
        journal.append(EVENT, large, guards={}, command_id="c3", epoch=start.epoch),
        journal.create("another"),
        return_exceptions=True,
    )
    assert isinstance(answers[1], Unavailable)
    survivors = 0 if isinstance(answers[0], Unavailable) else 1  # it may have had a transaction of its own
    assert (await journal.head(EVENT)).position.offset == done.position.offset + survivors
    assert await journal.document(EVENT, "roster", "1") is None
    journal._ledger._sql.execute("PRAGMA max_page_count = 1000000")
    again = await journal.append(EVENT, large, guards={"i:1": 1}, command_id="c3", epoch=start.epoch)
    assert not again.repeated
    rows = await journal.read(EVENT, 0)
    assert [row.offset for row in rows] == list(range(1, len(rows) + 1))
    assert all(intact(row) for row in rows)


async def test_an_event_whose_making_failed_can_be_made_again(journal: SqliteJournal) -> None:
    journal._ledger._sql.execute("PRAGMA query_only = ON")
    with pytest.raises(Unavailable):
        await journal.create(EVENT)
    assert await journal.events() == []
    journal._ledger._sql.execute("PRAGMA query_only = OFF")
    await journal.create(EVENT)
    with pytest.raises(JournalExists):
        await journal.create(EVENT)


FILLER = """
import asyncio, resource, sys
from pathlib import Path
from waiting_room.journal.port import Batch, Draft, Unavailable
from waiting_room.journal.sqlite import SqliteJournal
async def main():
    path = Path(sys.argv[1])
    journal = await SqliteJournal.open(path)
    epoch = (await journal.create("e")).epoch
    def append(n):
        batch = Batch((Draft("i:1", b"x" * 3000),))
        return journal.append("e", batch, guards={}, command_id=f"c{n}", epoch=epoch)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    failed, acknowledged = 0, 0
    for n in range(400):
        try:
            acknowledged = (await append(n)).position.offset
        except Unavailable:
            failed += 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    rows = await journal.read("e", 0)
    assert [row.offset for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) == acknowledged, (len(rows), acknowledged)
    repeated = sum([(await append(n)).repeated for n in range(400)])
    assert repeated == acknowledged
    assert (await journal.head("e")).position.offset == 400
    await journal.close()
    print(failed, acknowledged)
asyncio.run(main())
"""


@pytest.mark.process
async def test_a_file_system_that_refuses_to_grow_loses_nothing(path: Path) -> None:
    """The kernel itself refuses the write (file size limit): what was refused is not there, what was acknowledged is,
    and once there is room every repeat goes through."""
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", FILLER, str(path)], cwd=ROOT, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    failed, acknowledged = map(int, done.stdout.split())
    assert failed > 0
    assert acknowledged > 0


# --- kill -9 -----------------------------------------------------------------------------------------------------

APPENDER = """
import asyncio, os, sys
from waiting_room.journal.port import Batch, Document, Draft
from waiting_room.journal.sqlite import SqliteJournal
async def main():
    journal = await SqliteJournal.open(sys.argv[1])
    known = await journal.events()
    epoch = (await journal.head("e")).position.epoch if known else (await journal.create("e")).epoch
    async def append(n):
        name = f"{sys.argv[2]}-{n}"
        batch = Batch((Draft(f"i:{n % 7}", name.encode(), b"p"), Draft("r:A", b"{}")), (Document("d", name, b"v"),))
        done = await journal.append("e", batch, guards={}, command_id=name, epoch=epoch)
        os.write(1, f"{done.position.offset} {name}\\n".encode())
    async def one_of_fifty(first):
        for n in range(first, 1_000_000, 50):
            await append(n)
    await asyncio.gather(*(one_of_fifty(first) for first in range(50)))
asyncio.run(main())
"""


async def kill_while_appending(path: Path, run: int, acknowledgements: int) -> dict[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", APPENDER, str(path), str(run), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    heard: dict[int, str] = {}
    while len(heard) < acknowledgements:
        offset, name = (await process.stdout.readline()).split()
        heard[int(offset)] = name.decode()
    os.kill(process.pid, signal.SIGKILL)
    rest = await process.stdout.read()
    for line in rest.splitlines(keepends=True):
        if line.endswith(b"\n"):
            offset, name = line.split()
            heard[int(offset)] = name.decode()
    await process.wait()
    return heard


@pytest.mark.process
async def test_whatever_was_acknowledged_survives_kill_9(path: Path) -> None:
    heard: dict[int, str] = {}
    for run, acknowledgements in enumerate((1, 40, 700)):
        heard |= await kill_while_appending(path, run, acknowledgements)
    journal = await SqliteJournal.open(path)
    try:
        head = await journal.head("e")
        rows = [row for after in range(0, head.position.offset, 2_000) for row in await journal.read("e", after)]
        chain = Chain("e", head.position.epoch)
        for row in rows:
            assert intact(row)
            chain.feed(row)  # refuses a gap
        assert chain.offset == head.position.offset
        documents = await journal.documents("e", "d")
        for offset, name in heard.items():
            assert rows[offset - 2].body == name.encode()
            assert documents[name] == b"v"
        assert len(documents) * 2 == len(rows)  # no half batch
        name = next(iter(heard.values()))
        again = await journal.append("e", one(), guards={}, command_id=name, epoch=head.position.epoch)
        assert again.repeated
    finally:
        await journal.close()
