"""What only the Redis engine has to hold: cuts, restarts, settings, several gateways, a journal that is another one."""

from __future__ import annotations

import asyncio
import hashlib
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from pathlib import Path

import pytest

from tests.support.redis_server import RedisServer, redis_server
from tests.waiting_room.journal.records import NAME, NUMBER, HeldRecordKeys, seal_day, write_day
from waiting_room.journal.book import Book
from waiting_room.journal.chain import intact
from waiting_room.journal.port import (
    Appended,
    Batch,
    Conflict,
    Document,
    Draft,
    EpochChanged,
    NoSuchJournal,
    Position,
    Row,
    Unavailable,
)
from waiting_room.journal.redis import REQUIRED, NotDurable, RedisJournal
from waiting_room.journal.vault import MemoryEventKeys

EVENT = "kitahama-2027"
SECRET = b"ciphertext-of-a-name-" * 8
META, LOG = (f"genkan:{{{EVENT}}}:{name}" for name in ("meta", "log"))
OpenGateway = Callable[..., Awaitable[RedisJournal]]


@pytest.fixture
def own_server() -> Iterator[RedisServer]:
    """One that the test may kill."""
    with redis_server() as server:
        yield server


@pytest.fixture
async def open_gateway() -> AsyncIterator[OpenGateway]:
    """Opens journals, each as a gateway of its own would, and closes them."""
    async with AsyncExitStack() as stack:

        async def opened(server: RedisServer, patience: float = 5.0) -> RedisJournal:
            journal = await RedisJournal.open(server.url, patience=patience)
            stack.push_async_callback(journal.close)
            return journal

        yield opened


async def append(journal: RedisJournal, epoch: str, command: str, stream: str = "i:1", **guards: int) -> Appended:
    named = {stream.replace("_", ":"): version for stream, version in guards.items()}
    batch = Batch((Draft(stream, command.encode()),))
    return await journal.append(EVENT, batch, guards=named, command_id=command, epoch=epoch)


async def persist(journal: RedisJournal, epoch: str, command: str) -> Appended:
    """As a gateway does: until there is an answer, always with the same command id."""
    while True:
        with suppress(Unavailable):
            return await append(journal, epoch, command)
        await asyncio.sleep(0.01)


async def tailed(journal: RedisJournal, after: Position, up_to: int) -> list[int]:
    offsets: list[int] = []
    async with aclosing(journal.tail(EVENT, after)) as pages:  # type: ignore[type-var]
        async for page in pages:
            offsets.extend(row.offset for row in page)
            if offsets[-1] >= up_to:
                break
    return offsets


async def bodies(journal: RedisJournal) -> list[bytes]:
    return [row.body for row in await journal.read(EVENT, 0)]


# --- the server goes away ----------------------------------------------------------------------------------------


@pytest.mark.process
async def test_what_was_acknowledged_is_there_after_kill_9_and_a_tail_misses_and_repeats_nothing(
    own_server: RedisServer, open_gateway: OpenGateway
) -> None:
    journal = await open_gateway(own_server)
    start = await journal.create(EVENT)
    total, acknowledged = 300, dict[str, Appended]()
    answers = asyncio.Semaphore(0)

    async def visit(first: int) -> None:
        for n in range(first, total, 10):
            acknowledged[f"c{n}"] = await persist(journal, start.epoch, f"c{n}")
            answers.release()

    async with asyncio.TaskGroup() as tasks:
        tail = tasks.create_task(tailed(journal, start, total))
        for first in range(10):
            tasks.create_task(visit(first))
        for more in (60, 120):
            for _ in range(more):
                await answers.acquire()
            own_server.kill()
            before = dict(acknowledged)
            await asyncio.to_thread(own_server.start)
            rows = await journal.read(EVENT, 0)
            for done in before.values():
                assert rows[done.position.offset - 1] == done.rows[0]
    assert tail.result() == list(range(1, total + 1))
    assert Counter(await bodies(journal)) == Counter(f"c{n}".encode() for n in range(total))


@pytest.mark.process
async def test_a_server_that_is_loading_refuses_appends_and_is_waited_for_by_tails(
    own_server: RedisServer, open_gateway: OpenGateway
) -> None:
    journal = await open_gateway(own_server)
    start = await journal.create(EVENT)
    other = await journal.create("other")
    keys_to_load = Batch((), tuple(Document(f"c{n}", "1", bytes(100)) for n in range(400)))
    await journal.append("other", keys_to_load, guards={}, command_id="c", epoch=other.epoch)
    await append(journal, start.epoch, "c1")
    await journal.purge(EVENT)  # writes the file anew, as a snapshot that is loaded key by key
    async with aclosing(journal.tail(EVENT, start)) as pages:  # type: ignore[type-var]
        assert [row.offset for row in await anext(pages)] == [1]
        own_server.kill()
        own_server.settings |= {"key-load-delay": "4000", "loading-process-events-interval-bytes": "1024"}
        await asyncio.to_thread(own_server.start, b"-LOADING")
        with pytest.raises(Unavailable):
            await append(journal, start.epoch, "c2")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(persist(journal, start.epoch, "c2"))
            assert [row.offset for row in await anext(pages)] == [2]


@pytest.mark.process
async def test_a_server_that_does_not_answer_is_unavailable_and_the_repeat_finds_out(
    own_server: RedisServer, open_gateway: OpenGateway
) -> None:
    journal = await open_gateway(own_server, patience=0.2)
    start = await journal.create(EVENT)
    own_server.signal(signal.SIGSTOP)
    with pytest.raises(Unavailable):
        await append(journal, start.epoch, "c1")
    own_server.signal(signal.SIGCONT)
    await persist(journal, start.epoch, "c1")
    assert await bodies(journal) == [b"c1"]


@pytest.mark.process
async def test_that_the_server_is_gone_and_back_is_known_without_asking(
    own_server: RedisServer, open_gateway: OpenGateway
) -> None:
    """Whoever tails hears of it; nobody appends."""
    journal = await open_gateway(own_server)
    start = await journal.create(EVENT)
    async with asyncio.TaskGroup() as tasks:
        tail = tasks.create_task(tailed(journal, start, 2))
        await append(journal, start.epoch, "c1")
        assert await tailed(journal, start, 1) == [1]
        bell = journal.contact.changed
        own_server.kill()
        assert await lost(journal, bell)
        bell = journal.contact.changed
        await asyncio.to_thread(own_server.start)
        assert not await lost(journal, bell)
        await append(journal, start.epoch, "c2")
    assert tail.result() == [1, 2]


async def lost(journal: RedisJournal, bell: asyncio.Event) -> bool:
    """What the next change, of which the bell tells, is."""
    await bell.wait()
    return journal.contact.lost


# --- connections and scripts go away -----------------------------------------------------------------------------


async def test_a_script_that_was_flushed_is_loaded_again(server: RedisServer, open_gateway: OpenGateway) -> None:
    journal = await open_gateway(server)
    start = await journal.create(EVENT)
    for turn in range(5):
        async with asyncio.TaskGroup() as tasks:
            done = [tasks.create_task(append(journal, start.epoch, f"{turn}-{n}")) for n in range(20)]
        assert not any(task.result().repeated for task in done)
        server.ask("SCRIPT", "FLUSH")
    assert len(await bodies(journal)) == 100


async def test_a_tail_whose_connection_is_cut_goes_on_where_it_was(
    server: RedisServer, open_gateway: OpenGateway
) -> None:
    journal, other = await open_gateway(server), await open_gateway(server)
    start = await journal.create(EVENT)
    async with asyncio.TaskGroup() as tasks:
        tails = [tasks.create_task(tailed(journal, start, 60)) for _ in range(3)]
        for n in range(60):
            if n % 10 == 5:  # every one, those of the appends too
                server.ask("CLIENT", "KILL", "TYPE", "normal")
            await persist(other, start.epoch, f"c{n}")
    assert [task.result() for task in tails] == [list(range(1, 61))] * 3
    assert await bodies(journal) == [f"c{n}".encode() for n in range(60)]


# --- settings ----------------------------------------------------------------------------------------------------

WRONG = [
    ("appendonly", "no"),
    ("appendfsync", "everysec"),
    ("no-appendfsync-on-rewrite", "yes"),
    ("aof-load-truncated", "no"),
    ("maxmemory-policy", "allkeys-lru"),
]


def test_every_required_setting_has_its_refusal() -> None:
    assert [name for name, _ in WRONG] == list(REQUIRED)


@pytest.mark.parametrize(("name", "value"), WRONG)
async def test_a_server_that_may_forget_is_refused_with_the_line_to_change(
    server: RedisServer, name: str, value: str
) -> None:
    server.ask("CONFIG", "SET", name, value)
    with pytest.raises(NotDurable) as refused:
        await RedisJournal.open(server.url)
    assert refused.value.line == f"{name} {REQUIRED[name]}"
    assert refused.value.line in str(refused.value)


async def test_a_replica_is_refused(server: RedisServer) -> None:
    server.ask("REPLICAOF", "127.0.0.1", "1")
    with pytest.raises(NotDurable, match="replicaof no one"):
        await RedisJournal.open(server.url)


async def test_settings_are_checked_again_on_every_new_connection(
    server: RedisServer, open_gateway: OpenGateway
) -> None:
    journal = await open_gateway(server)
    start = await journal.create(EVENT)
    await append(journal, start.epoch, "c1")
    server.ask("CONFIG", "SET", "appendfsync", "everysec")
    server.ask("CLIENT", "KILL", "TYPE", "normal")
    for call in (lambda: append(journal, start.epoch, "c2"), lambda: journal.head(EVENT)):
        with pytest.raises(NotDurable, match="appendfsync always"):
            await call()
    server.ask("CONFIG", "SET", "appendfsync", "always")
    assert not (await append(journal, start.epoch, "c2")).repeated
    assert await bodies(journal) == [b"c1", b"c2"]


async def test_a_server_without_memory_refuses_and_nothing_is_written(
    server: RedisServer, open_gateway: OpenGateway
) -> None:
    journal = await open_gateway(server)
    start = await journal.create(EVENT)
    server.ask("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(Unavailable, match="OutOfMemory"):
        await append(journal, start.epoch, "c1")
    server.ask("CONFIG", "SET", "maxmemory", "0")
    assert (await journal.head(EVENT)).position == start
    assert not (await append(journal, start.epoch, "c1")).repeated


async def test_nobody_at_the_address_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        await RedisJournal.open(f"unix://{tmp_path}/nobody.sock")


# --- several gateways --------------------------------------------------------------------------------------------


async def test_of_two_gateways_one_wins_each_version_and_both_see_one_history(
    server: RedisServer, open_gateway: OpenGateway
) -> None:
    both = [await open_gateway(server) for _ in range(2)]
    start = await both[0].create(EVENT)
    turns = 50
    async with asyncio.TaskGroup() as tasks:
        tails = [tasks.create_task(tailed(journal, start, turns)) for journal in both]
        for turn in range(turns):
            race = (append(journal, start.epoch, f"{turn}-{n}", "r:A", r_A=turn) for n, journal in enumerate(both))
            answers = await asyncio.gather(*race, return_exceptions=True)
            assert Counter(type(answer) for answer in answers) == {Appended: 1, Conflict: 1}
    assert [task.result() for task in tails] == [list(range(1, turns + 1))] * 2
    assert await both[0].read(EVENT, 0) == await both[1].read(EVENT, 0)


async def test_a_command_repeated_at_another_gateway_gets_the_first_answer(
    server: RedisServer, open_gateway: OpenGateway
) -> None:
    here, there = await open_gateway(server), await open_gateway(server)
    start = await here.create(EVENT)
    first = await append(here, start.epoch, "c1", i_1=0)
    assert await append(there, start.epoch, "c1", i_1=0) == Appended(first.position, first.rows, repeated=True)


async def test_time_never_goes_back(server: RedisServer, open_gateway: OpenGateway) -> None:
    """The server's clock is set back: to it, the last entry is of the future."""
    journal = await open_gateway(server)
    start = await journal.create(EVENT)
    first = await append(journal, start.epoch, "c1")
    ahead = first.rows[0].at + 3_600_000_000
    server.ask("HSET", META, "at", str(ahead))
    for n in (2, 3):
        assert (await append(journal, start.epoch, f"c{n}")).rows[0].at == ahead
    assert (await journal.head(EVENT)).at == ahead


async def test_more_than_the_queue_holds_is_refused_at_once(
    server: RedisServer, open_gateway: OpenGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = await open_gateway(server)
    start = await journal.create(EVENT)
    monkeypatch.setattr("waiting_room.journal.redis_writer.MAX_QUEUED", 10)
    work = (append(journal, start.epoch, f"c{n}") for n in range(30))
    answers = await asyncio.gather(*work, return_exceptions=True)
    assert Counter(type(answer) for answer in answers) == {Appended: 10, Unavailable: 20}
    assert (await journal.head(EVENT)).position.offset == 10
    await append(journal, start.epoch, "later")


async def test_names_that_look_alike_do_not_meet(server: RedisServer, open_gateway: OpenGateway) -> None:
    journal = await open_gateway(server)
    for event in ("a", "a}:documents:x", "{a}", "会場"):
        start = await journal.create(event)
        batch = Batch((), (Document("x}:log", "1", event.encode()),))
        await journal.append(event, batch, guards={}, command_id="c", epoch=start.epoch)
        assert (await journal.head(event)).position == start
        assert await journal.document(event, "x}:log", "1") == event.encode()


# --- a journal that is another one -------------------------------------------------------------------------------


def emptied(server: RedisServer) -> None:
    server.ask("FLUSHALL")


def made_anew(server: RedisServer) -> None:
    server.ask("HSET", META, "epoch", "another")


def taken_back(server: RedisServer) -> None:
    """As a backup of an older state would be."""
    server.ask("XDEL", LOG, "3-0")
    server.ask("HSET", META, "offset", "2")


def forked(server: RedisServer) -> None:
    """A restored one that went on to the same length: as many entries, under the same epoch."""
    server.ask("XDEL", LOG, "3-0")
    server.ask("XSETID", LOG, "2-0")
    entry = b"3:3:5:3:i:1:other"
    check = hashlib.sha1(entry, usedforsecurity=False).hexdigest()[:16]
    server.ask("XADD", LOG, "3-0", "e", entry.decode(), "c", check)


@pytest.mark.parametrize("happens", [emptied, made_anew, taken_back, forked])
@pytest.mark.parametrize("cut", [True, False], ids=["with a cut", "behind an open connection"])
async def test_tails_are_told_that_the_journal_is_another_one(
    server: RedisServer,
    open_gateway: OpenGateway,
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[RedisServer], None],
    *,
    cut: bool,
) -> None:
    monkeypatch.setattr("waiting_room.journal.redis_tail.BLOCK_SECONDS", 0.05)
    journal = await open_gateway(server)
    start = await journal.create(EVENT)
    for n in range(3):
        await append(journal, start.epoch, f"c{n}")
    async with aclosing(journal.tail(EVENT, start)) as pages:  # type: ignore[type-var]
        assert len(await anext(pages)) == 3
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(refused(pages))
            happens(server)
            if cut:
                server.ask("CLIENT", "KILL", "TYPE", "normal")
    if happens is not forked:
        with pytest.raises((EpochChanged, NoSuchJournal)):
            await anext(journal.tail(EVENT, Position(start.epoch, 3)))


@pytest.mark.parametrize("happens", [made_anew, taken_back, forked])
async def test_nothing_is_appended_to_a_journal_that_is_another_one(
    server: RedisServer, open_gateway: OpenGateway, happens: Callable[[RedisServer], None]
) -> None:
    """Not even by a gateway whose tail has not found out yet, and neither by one that has only read."""
    writing, reading = await open_gateway(server), await open_gateway(server)
    start = await writing.create(EVENT)
    for n in range(3):
        await append(writing, start.epoch, f"c{n}")
    await tailed(reading, start, 3)
    happens(server)
    before = await bodies(writing)
    for journal in (writing, reading):
        for command in ("c1", "new"):
            with pytest.raises(EpochChanged):
                await append(journal, start.epoch, command, "i:2", i_2=0)
    assert await bodies(writing) == before


async def refused(pages: AsyncIterator[Sequence[Row]]) -> None:
    """The tail ends with EpochChanged, and without another entry."""
    with pytest.raises(EpochChanged):
        await anext(pages)


async def test_an_entry_that_was_changed_or_is_damaged_has_a_check_that_does_not_match(
    server: RedisServer, open_gateway: OpenGateway
) -> None:
    journal = await open_gateway(server)
    start = await journal.create(EVENT)
    await append(journal, start.epoch, "c1")
    server.ask("XADD", LOG, "2-0", "e", "2:2:5:3:i:1:changed", "c", "0000000000000000")
    server.ask("XADD", LOG, "3-0", "e", "nonsense", "c", "0000000000000000")
    server.ask("XADD", LOG, "4-0", "other", "fields")
    rows = await journal.read(EVENT, 0)
    assert [(row.offset, intact(row)) for row in rows] == [(1, True), (2, False), (3, False), (4, False)]
    assert rows[1].body == b"changed"


# --- purge -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("save", ["", "3600 1"], ids=["append-only file", "and snapshots"])
async def test_after_a_purge_no_ciphertext_is_in_any_file(
    server: RedisServer, open_gateway: OpenGateway, save: str
) -> None:
    journal = await open_gateway(server)
    start = await journal.create(EVENT)
    server.ask("CONFIG", "SET", "save", save)
    if save:
        server.ask("CONFIG", "SET", "rdbcompression", "no")
    batch = Batch((Draft("i:1", b"kept-in-the-entry", SECRET),), (Document("roster", "1", SECRET),))
    await journal.append(EVENT, batch, guards={}, command_id="c1", epoch=start.epoch)
    if save:
        server.ask("SAVE")
    assert traces(server, SECRET)
    await journal.purge(EVENT)
    assert traces(server, SECRET) == []
    assert traces(server, b"kept-in-the-entry")
    assert await journal.private(EVENT, [1]) == {}
    assert server.ask("SLOWLOG", "LEN") == b":0\r\n"


async def test_a_day_is_sealed_verified_and_still_whole_once_it_was_purged(
    server: RedisServer, open_gateway: OpenGateway
) -> None:
    book, keys = Book(await open_gateway(server), MemoryEventKeys()), HeldRecordKeys()
    await write_day(book, EVENT)
    await seal_day(book, EVENT, keys)
    assert await book.document(EVENT, "roster", "0") == {
        "name": NAME,
        "number": NUMBER,
        "email": "sakura@kitahama.example",
    }
    before = await book.verify(EVENT, keys)
    assert (before.ok, before.seals, before.unsealed) == (True, 1, 1)  # the seal itself
    assert before.private_checked > 0
    await book.purge(EVENT)
    after = await book.verify(EVENT, keys)
    assert (after.ok, after.chain, after.private_checked) == (True, before.chain, 0)


def traces(server: RedisServer, words: bytes) -> list[str]:
    files = (path for path in server.directory.rglob("*") if path.is_file())
    return [path.name for path in files if words in path.read_bytes()]
