"""What every engine of the journal promises (``waiting_room/journal/port.py``). A new engine adds a fixture."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import pytest

from tests.support.redis_server import RedisServer
from waiting_room.journal.chain import intact
from waiting_room.journal.port import (
    MAX_BATCH_BYTES,
    MAX_BATCH_ENTRIES,
    MAX_READ,
    Appended,
    Batch,
    Conflict,
    Document,
    Draft,
    EpochChanged,
    Journal,
    JournalExists,
    NoSuchJournal,
    Position,
    Row,
    TooLarge,
    Unavailable,
)
from waiting_room.journal.redis import RedisJournal
from waiting_room.journal.sqlite import SqliteJournal, microseconds

Open = Callable[..., Awaitable[Journal]]
EVENT = "kitahama-2027"


SQLITE = ["sqlite-file", "sqlite-memory"]


@pytest.fixture(params=[*SQLITE, "redis"])
async def open_journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Open]:
    """Opens the engine under test; takes ``clock`` (microseconds UTC) where the engine's own clock can be set."""
    async with AsyncExitStack() as stack:

        async def in_redis() -> Journal:
            server: RedisServer = request.getfixturevalue("server")
            return await RedisJournal.open(server.url)

        async def opened(clock: Callable[[], int] = microseconds) -> Journal:
            path = ":memory:" if request.param == "sqlite-memory" else str(tmp_path / "journal.db")
            redis = request.param == "redis"
            journal = await in_redis() if redis else await SqliteJournal.open(path, clock=clock)
            stack.push_async_callback(journal.close)
            return journal

        yield opened


@pytest.fixture
async def journal(open_journal: Open) -> Journal:
    return await open_journal()


@pytest.fixture
async def start(journal: Journal) -> Position:
    return await journal.create(EVENT)


def draft(stream: str = "i:1", body: bytes = b"{}", private: bytes | None = None) -> Draft:
    return Draft(stream, body, private)


async def append(journal: Journal, epoch: str, *drafts: Draft, command: str, **guards: int) -> Appended:
    """Guards by keyword: ``i_1=3`` is the stream ``i:1`` at version 3."""
    named = {stream.replace("_", ":"): version for stream, version in guards.items()}
    return await journal.append(EVENT, Batch(drafts), guards=named, command_id=command, epoch=epoch)


async def every_row(journal: Journal) -> list[Row]:
    rows: list[Row] = []
    while page := await journal.read(EVENT, rows[-1].offset if rows else 0):
        rows.extend(page)
    return rows


# --- one append --------------------------------------------------------------------------------------------------


async def test_a_new_journal_is_empty(journal: Journal) -> None:
    position = await journal.create(EVENT)
    head = await journal.head(EVENT)
    assert (head.position, head.at, dict(head.versions)) == (position, 0, {})
    assert position.offset == 0
    assert position.epoch
    assert await journal.events() == [EVENT]


async def test_an_event_has_one_journal(journal: Journal, start: Position) -> None:
    with pytest.raises(JournalExists):
        await journal.create(EVENT)
    assert (await journal.head(EVENT)).position == start


async def test_each_journal_has_an_epoch_of_its_own(journal: Journal) -> None:
    made = [await journal.create(name) for name in ("b", "a", "c")]
    assert len({position.epoch for position in made}) == 3
    assert await journal.events() == ["a", "b", "c"]


async def test_entries_are_stamped_and_read_back_as_answered(journal: Journal, start: Position) -> None:
    first = await append(journal, start.epoch, draft("i:1", b"1"), draft("r:A", b"2"), command="c1")
    second = await append(journal, start.epoch, draft("i:1", b"3"), command="c2")
    rows = await every_row(journal)
    assert rows == [*first.rows, *second.rows]
    assert [(row.offset, row.stream, row.version, row.body) for row in rows] == [
        (1, "i:1", 1, b"1"),
        (2, "r:A", 1, b"2"),
        (3, "i:1", 2, b"3"),
    ]
    assert all(intact(row) for row in rows)
    assert second.position == Position(start.epoch, 3)
    assert not second.repeated
    head = await journal.head(EVENT)
    assert (head.position, dict(head.versions), head.at) == (
        second.position,
        {"i:1": 2, "r:A": 1},
        rows[-1].at,
    )


async def test_journals_do_not_see_each_other(journal: Journal, start: Position) -> None:
    other = await journal.create("other")
    await append(journal, start.epoch, draft(), command="same")
    done = await journal.append(
        "other", Batch((draft("i:9"),)), guards={"i:1": 0}, command_id="same", epoch=other.epoch
    )
    assert [row.offset for row in done.rows] == [1]
    assert not done.repeated
    assert [row.stream for row in await journal.read("other", 0)] == ["i:9"]


async def test_an_event_without_a_journal_is_said_so(journal: Journal) -> None:
    calls = (
        lambda: journal.head("nobody"),
        lambda: journal.read("nobody", 0),
        lambda: journal.private("nobody", [1]),
        lambda: journal.document("nobody", "staff", "1"),
        lambda: journal.documents("nobody", "staff"),
        lambda: journal.purge("nobody"),
        lambda: journal.append("nobody", Batch(), guards={}, command_id="c", epoch="e"),
        lambda: anext(journal.tail("nobody", Position("e", 0))),
    )
    for call in calls:
        with pytest.raises(NoSuchJournal):
            await call()


# --- guards and epochs -------------------------------------------------------------------------------------------


async def test_a_guard_that_still_holds_lets_the_entry_in(journal: Journal, start: Position) -> None:
    await append(journal, start.epoch, draft("i:1"), command="c1", i_1=0, r_A=0)
    done = await append(journal, start.epoch, draft("r:A"), command="c2", i_1=1, r_A=0)
    assert done.position.offset == 2


@pytest.mark.parametrize("stale", [{"i_1": 0}, {"i_1": 2}, {"i_1": 1, "r_A": 1}])
async def test_a_guard_that_has_moved_on_changes_nothing(
    journal: Journal, start: Position, stale: dict[str, int]
) -> None:
    before = await append(journal, start.epoch, draft("i:1"), command="c1")
    with pytest.raises(Conflict) as refused:
        await append(journal, start.epoch, draft("i:1"), command="c2", **stale)
    assert refused.value.expected != refused.value.actual
    assert (await journal.head(EVENT)).position == before.position
    again = await append(journal, start.epoch, draft("i:1"), command="c2", i_1=1)  # refused is not answered
    assert not again.repeated


async def test_a_refused_batch_leaves_no_document_and_no_payload(journal: Journal, start: Position) -> None:
    await journal.append(
        EVENT,
        Batch((), (Document("roster", "1", b"old"),)),
        guards={},
        command_id="c0",
        epoch=start.epoch,
    )
    batch = Batch((draft(private=b"p"),), (Document("roster", "1", b"new"), Document("roster", "2", b"more")))
    with pytest.raises(Conflict):
        await journal.append(EVENT, batch, guards={"i:1": 7}, command_id="c1", epoch=start.epoch)
    assert await every_row(journal) == []
    assert await journal.private(EVENT, [1]) == {}
    assert await journal.documents(EVENT, "roster") == {"1": b"old"}


async def test_another_epoch_is_another_journal(journal: Journal, start: Position) -> None:
    await append(journal, start.epoch, draft(), command="c1")
    with pytest.raises(EpochChanged):
        await append(journal, "another", draft(), command="c2")
    with pytest.raises(EpochChanged):
        await append(journal, "another", draft(), command="c1")
    with pytest.raises(EpochChanged):
        await anext(journal.tail(EVENT, Position("another", 0)))
    assert (await journal.head(EVENT)).position.offset == 1


async def test_a_reader_that_is_ahead_of_the_journal_is_told(journal: Journal, start: Position) -> None:
    with pytest.raises(EpochChanged):
        await anext(journal.tail(EVENT, Position(start.epoch, 5)))


# --- repeats -----------------------------------------------------------------------------------------------------


async def test_a_repeat_gets_the_first_answer_whatever_its_guards_say(journal: Journal, start: Position) -> None:
    first = await append(journal, start.epoch, draft("i:1", b"a"), draft("r:A", b"b"), command="c1", i_1=0)
    await append(journal, start.epoch, draft("i:1"), command="c2")
    for guards in ({"i_1": 0}, {"i_1": 2}, {}):
        again = await append(journal, start.epoch, draft("i:1", b"other"), command="c1", **guards)
        assert again == Appended(first.position, first.rows, repeated=True)
    assert (await journal.head(EVENT)).position.offset == 3


async def test_a_repeat_writes_no_document(journal: Journal, start: Position) -> None:
    for body in (b"first", b"second"):
        batch = Batch((), (Document("settings", "x", body),))
        done = await journal.append(EVENT, batch, guards={}, command_id="same", epoch=start.epoch)
    assert done.repeated
    assert done.rows == ()
    assert done.position == start
    assert await journal.document(EVENT, "settings", "x") == b"first"


async def test_the_same_command_from_many_at_once_happens_once(journal: Journal, start: Position) -> None:
    answers = await asyncio.gather(
        *(append(journal, start.epoch, draft(body=b"%d" % n), command="once", i_1=0) for n in range(50))
    )
    assert Counter(answer.repeated for answer in answers) == {False: 1, True: 49}
    assert len({answer.rows for answer in answers}) == 1
    assert len(await every_row(journal)) == 1


# --- concurrency -------------------------------------------------------------------------------------------------


async def test_two_hundred_tasks_with_guards_make_one_whole_history(journal: Journal, start: Position) -> None:
    """Each task rests on its interview and on a room that twenty share, and tries again when it was too late."""
    conflicts = 0
    all_have_looked = asyncio.Barrier(200)

    async def admit(task: int) -> None:
        nonlocal conflicts
        room, interview = f"r:{task % 10}", f"i:{task}"
        for attempt in itertools.count():
            versions = (await journal.head(EVENT)).versions
            if attempt == 0:
                await all_have_looked.wait()
            guards = {room: versions.get(room, 0), interview: 0}
            batch = Batch((draft(interview, b"%d" % task), draft(room, b"%d" % task)))
            try:
                await journal.append(EVENT, batch, guards=guards, command_id=f"t{task}", epoch=start.epoch)
            except Conflict:
                conflicts += 1
            else:
                return

    await asyncio.gather(*(admit(task) for task in range(200)))
    rows = await every_row(journal)
    assert [row.offset for row in rows] == list(range(1, 401))
    assert conflicts >= 190  # all but the first of each room came too late at least once
    assert all(left.body == right.body for left, right in zip(rows[::2], rows[1::2], strict=True))
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row.stream] += 1
        assert row.version == seen[row.stream]
    assert dict((await journal.head(EVENT)).versions) == dict(seen)


async def test_of_two_who_rest_on_the_same_version_one_wins(journal: Journal, start: Position) -> None:
    for turn in range(100):
        both = await asyncio.gather(
            *(append(journal, start.epoch, draft("r:A"), command=f"{turn}-{who}", r_A=turn) for who in "ab"),
            return_exceptions=True,
        )
        assert Counter(type(one) for one in both) == {Appended: 1, Conflict: 1}


async def test_an_append_that_nobody_waits_for_any_more_hurts_nobody(journal: Journal, start: Position) -> None:
    async with asyncio.TaskGroup() as tasks:
        gone = tasks.create_task(append(journal, start.epoch, draft(), command="gone"))
        await asyncio.sleep(0)  # it has been asked for
        gone.cancel()
    await append(journal, start.epoch, draft(), command="next")
    rows = await every_row(journal)
    assert [row.version for row in rows] == list(range(1, len(rows) + 1))
    assert (await append(journal, start.epoch, draft(), command="next")).repeated


# --- time --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("open_journal", SQLITE, indirect=True)  # Redis's clock is its own: see test_redis.py
async def test_time_never_goes_back(open_journal: Open) -> None:
    ticks = iter([1_000, 5_000, 2_000, 4_999, 6_000])
    journal = await open_journal(clock=lambda: next(ticks))
    start = await journal.create(EVENT)
    for n in range(5):
        await append(journal, start.epoch, draft(), command=f"c{n}")
    assert [row.at for row in await every_row(journal)] == [1_000, 5_000, 5_000, 5_000, 6_000]


# --- bounds ------------------------------------------------------------------------------------------------------


async def test_what_exceeds_a_bound_changes_nothing(journal: Journal, start: Position) -> None:
    half = bytes(MAX_BATCH_BYTES // 2)
    too_large: Sequence[Batch] = (
        Batch((draft(),) * (MAX_BATCH_ENTRIES + 1)),
        Batch((draft(body=half + b"x"), draft(private=half))),
        Batch((draft(body=half),), (Document("roster", "1", half + b"x"),)),
        Batch((draft("i:" + "x" * 300),)),
    )
    for batch in too_large:
        with pytest.raises(TooLarge):
            await journal.append(EVENT, batch, guards={}, command_id="c", epoch=start.epoch)
    for command in ("", "x" * 129):
        with pytest.raises(TooLarge):
            await append(journal, start.epoch, draft(), command=command)
    assert (await journal.head(EVENT)).position == start


async def test_the_largest_batch_goes_in_and_is_read_in_pages(journal: Journal, start: Position) -> None:
    done = await append(journal, start.epoch, *[draft()] * MAX_BATCH_ENTRIES, command="c" * 128)
    assert done.position.offset == MAX_BATCH_ENTRIES
    assert len(await journal.read(EVENT, 0, 10**9)) == MAX_READ
    assert [row.offset for row in await journal.read(EVENT, 10, 3)] == [11, 12, 13]
    assert await journal.read(EVENT, MAX_BATCH_ENTRIES) == []
    assert await every_row(journal) == list(done.rows)


async def test_a_journal_that_is_full_refuses_and_still_answers_repeats(
    journal: Journal, start: Position, monkeypatch: pytest.MonkeyPatch
) -> None:
    for engine in ("ledger", "redis"):
        monkeypatch.setattr(f"waiting_room.journal.{engine}.MAX_ENTRIES", 2)
    await append(journal, start.epoch, draft(), draft(), command="c1")
    with pytest.raises(TooLarge):
        await append(journal, start.epoch, draft(), command="c2")
    assert (await append(journal, start.epoch, draft(), command="c1")).repeated


# --- payloads and documents --------------------------------------------------------------------------------------


async def test_private_payloads_and_documents_go_with_their_entries(journal: Journal, start: Position) -> None:
    batch = Batch(
        (draft(private=b"one"), draft(), draft(private=b"three")),
        (Document("roster", "b", b"B"), Document("roster", "a", b"A"), Document("staff", "a", b"S")),
    )
    await journal.append(EVENT, batch, guards={}, command_id="c1", epoch=start.epoch)
    assert await journal.private(EVENT, [3, 2, 1, 99, -1]) == {1: b"one", 3: b"three"}
    assert list((await journal.documents(EVENT, "roster")).items()) == [("a", b"A"), ("b", b"B")]
    change = Batch((), (Document("roster", "a", None), Document("roster", "b", b"B2")))
    await journal.append(EVENT, change, guards={}, command_id="c2", epoch=start.epoch)
    assert await journal.documents(EVENT, "roster") == {"b": b"B2"}
    assert await journal.document(EVENT, "roster", "a") is None
    assert await journal.document(EVENT, "staff", "a") == b"S"


async def test_purge_takes_payloads_and_documents_and_leaves_the_entries(journal: Journal, start: Position) -> None:
    other = await journal.create("other")
    for event, epoch in ((EVENT, start.epoch), ("other", other.epoch)):
        batch = Batch((draft(private=b"secret"),), (Document("roster", "1", b"row"),))
        await journal.append(event, batch, guards={}, command_id="c1", epoch=epoch)
    before = await every_row(journal)
    await journal.purge(EVENT)
    await journal.purge(EVENT)  # an interrupted one is simply done again
    assert await every_row(journal) == before
    assert await journal.private(EVENT, [1]) == {}
    assert await journal.documents(EVENT, "roster") == {}
    assert await journal.private("other", [1]) == {1: b"secret"}
    assert await journal.documents("other", "roster") == {"1": b"row"}
    done = await append(journal, start.epoch, draft(), command="c2", i_1=1)
    assert done.position.offset == 2


async def test_what_a_purge_keeps_takes_the_place_of_all_other_documents(journal: Journal, start: Position) -> None:
    batch = Batch((draft(private=b"secret"),), (Document("roster", "1", b"row"), Document("kept", "old", b"box")))
    await journal.append(EVENT, batch, guards={}, command_id="c1", epoch=start.epoch)
    for _ in range(2):
        await journal.purge(EVENT, [Document("kept", "1", b"\x00box"), Document("kept", "2", b"another")])
        assert await journal.documents(EVENT, "kept") == {"1": b"\x00box", "2": b"another"}
        assert await journal.documents(EVENT, "roster") == {}
        assert await journal.private(EVENT, [1]) == {}
    await journal.purge(EVENT)
    assert await journal.documents(EVENT, "kept") == {}


# --- tails -------------------------------------------------------------------------------------------------------


async def collect(journal: Journal, after: Position, up_to: int) -> list[int]:
    offsets: list[int] = []
    async with aclosing(journal.tail(EVENT, after)) as pages:  # type: ignore[type-var]
        async for page in pages:
            assert 0 < len(page) <= MAX_READ
            offsets.extend(row.offset for row in page)
            if offsets[-1] >= up_to:
                break
    return offsets


async def test_tails_have_each_entry_once_and_in_order_while_many_append(journal: Journal, start: Position) -> None:
    """Tails start before, between and after the appends; all see the same."""
    total, starts = 600, (0, 1, 250)
    async with asyncio.TaskGroup() as tasks:
        early = [tasks.create_task(collect(journal, start, total)) for _ in range(3)]
        for lot in range(3):
            appends = [
                tasks.create_task(append(journal, start.epoch, draft(f"i:{n}"), command=f"{lot}-{n}"))
                for n in range(200)
            ]
            await asyncio.wait(appends[:50])
            after = Position(start.epoch, starts[lot])
            early.append(tasks.create_task(collect(journal, after, total)))
    for task, after_offset in zip(early, (0, 0, 0, *starts), strict=True):
        assert task.result() == list(range(after_offset + 1, total + 1))


async def test_a_tail_waits_for_what_comes_and_a_cancelled_one_holds_up_nobody(
    journal: Journal, start: Position
) -> None:
    async with asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(collect(journal, start, 1)) for _ in range(4)]
        await journal.head(EVENT)
        waiting[0].cancel()
        await append(journal, start.epoch, draft(), command="c1")
    assert [task.result() for task in waiting[1:]] == [[1], [1], [1]]
    assert await collect(journal, start, 1) == [1]


async def test_a_tail_that_fell_far_behind_catches_up_page_by_page(journal: Journal, start: Position) -> None:
    """More entries than are kept in memory come in while the reader is busy with its first page."""
    tail = journal.tail(EVENT, start)
    await append(journal, start.epoch, draft(), command="c0")
    offsets = [row.offset for row in await anext(tail)]
    for n in range(4):
        await append(journal, start.epoch, *[draft()] * MAX_BATCH_ENTRIES, command=f"many-{n}")
    while offsets[-1] < 4 * MAX_BATCH_ENTRIES + 1:
        page = await anext(tail)
        assert len(page) <= MAX_READ
        offsets.extend(row.offset for row in page)
    assert offsets == list(range(1, 4 * MAX_BATCH_ENTRIES + 2))


# --- the end -----------------------------------------------------------------------------------------------------


async def test_close_finishes_what_is_queued_and_then_nothing_is_answered(journal: Journal, start: Position) -> None:
    async with asyncio.TaskGroup() as tasks:
        queued = [tasks.create_task(append(journal, start.epoch, draft(), command=f"c{n}")) for n in range(20)]
        await asyncio.sleep(0)  # they have been asked for
        await journal.close()
    assert sorted(task.result().position.offset for task in queued) == list(range(1, 21))
    await journal.close()
    for call in (lambda: journal.head(EVENT), lambda: journal.read(EVENT, 0), journal.events):
        with pytest.raises(Unavailable):
            await call()


async def test_a_tail_ends_with_an_error_when_the_journal_is_closed(journal: Journal, start: Position) -> None:
    async def wait_for_ever() -> None:
        with pytest.raises(Unavailable):
            await collect(journal, start, 1)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(wait_for_ever())
        await journal.head(EVENT)
        await journal.close()
