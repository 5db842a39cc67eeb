"""Entries in, entries out: what the book adds above any engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.waiting_room.journal.records import NAME, NUMBER, HeldRecordKeys, counted_random, seal_day, write_day
from waiting_room.entries import EVENT, CheckedIn, HallClosed, HallOpened, NewEntry, Sealed, Stamped, Unknown
from waiting_room.errors import Malformed
from waiting_room.journal.book import Book, Unreadable
from waiting_room.journal.port import (
    Batch,
    Conflict,
    Draft,
    EpochChanged,
    JournalExists,
    NoSuchJournal,
    Position,
)
from waiting_room.journal.sqlite import SqliteJournal
from waiting_room.journal.vault import CannotOpen, MemoryEventKeys, NoKey

DAY = "kitahama-2027"


@pytest.fixture
def keys() -> MemoryEventKeys:
    return MemoryEventKeys(counted_random(b"keys"))


@pytest.fixture
async def book(keys: MemoryEventKeys) -> AsyncIterator[Book]:
    ticks = iter(range(1_000, 10**9))
    async with AsyncExitStack() as stack:
        journal = await SqliteJournal.open(":memory:", clock=lambda: next(ticks), new_epoch=lambda: "epoch")
        book = Book(journal, keys, counted_random(b"book"))
        stack.push_async_callback(book.close)
        yield book


async def put_raw(book: Book, body: bytes) -> None:
    await book.journal.append(DAY, Batch((Draft("event", body),)), guards={}, command_id="raw", epoch="epoch")


async def test_entries_come_back_as_they_were_answered(book: Book) -> None:
    position = await write_day(book, DAY, interviews=1)
    entries = await book.read(DAY, 0)
    assert len(entries) == position.offset == 5
    assert entries[4].private_digest is not None
    expected = CheckedIn("s1", "personal", 1_799_999_000)
    assert entries[4] == Stamped(5, "i:0", 3, 1_001, "c:0", expected, entries[4].private_digest)
    assert [entry.private_digest is None for entry in entries] == [True, True, False, True, False]


async def test_the_answer_to_an_append_is_what_a_reader_sees_and_so_is_a_repeat(book: Book) -> None:
    start = await book.create(DAY)
    new = [NewEntry(EVENT, HallOpened(), "admin"), NewEntry("i:1", CheckedIn("s", "shared", 5), "c:1", {"name": NAME})]
    first = await book.append(DAY, new, guards={EVENT: 0}, command_id="c", epoch=start.epoch)
    again = await book.append(DAY, new, guards={EVENT: 0}, command_id="c", epoch=start.epoch)
    assert first.entries == again.entries == await book.read(DAY, 0)
    assert (first.position, first.repeated, again.repeated) == (Position("epoch", 2), False, True)
    assert await book.private(DAY, [2]) == {2: {"name": NAME}}  # the first answer's, still opening


async def test_the_journals_refusals_come_through(book: Book) -> None:
    await write_day(book, DAY)
    new = [NewEntry(EVENT, HallClosed(), "admin")]
    with pytest.raises(Conflict):
        await book.append(DAY, new, guards={EVENT: 0}, command_id="c", epoch="epoch")
    with pytest.raises(EpochChanged):
        await book.append(DAY, new, guards={}, command_id="c", epoch="another")
    with pytest.raises(NoSuchJournal):
        await book.append("nobody", new, guards={}, command_id="c", epoch="epoch")


async def test_a_tail_gives_entries_that_are_there_and_then_those_that_come(book: Book) -> None:
    await write_day(book, DAY, interviews=1)
    tail = book.tail(DAY, Position("epoch", 3))
    assert [entry.offset for entry in await anext(tail)] == [4, 5]
    await book.append(DAY, [NewEntry(EVENT, HallClosed(), "a")], guards={}, command_id="c", epoch="epoch")
    assert [entry.entry for entry in await anext(tail)] == [HallClosed()]
    rows = await anext(book.rows(DAY, Position("epoch", 5)))
    assert rows[0].body == b'{"a":"a","d":{},"k":"hall_closed"}'


async def test_nothing_personal_is_in_an_entry(book: Book) -> None:
    await write_day(book, DAY)
    for row in await book.journal.read(DAY, 0):
        assert NAME.encode() not in row.body
        assert NUMBER.encode() not in row.body
        assert b"example" not in row.body


async def test_documents_are_replaced_deleted_and_bound_to_their_place(book: Book) -> None:
    await write_day(book, DAY, interviews=2)
    assert (await book.document(DAY, "roster", "1") or {})["name"] == NAME
    assert sorted(await book.documents(DAY, "roster")) == ["0", "1"]
    await book.append(
        DAY, [], documents=[("roster", "0", None), ("roster", "1", {"v": 2})], guards={}, command_id="c", epoch="epoch"
    )
    assert await book.documents(DAY, "roster") == {"1": {"v": 2}}
    assert await book.document(DAY, "roster", "0") is None
    assert await book.documents(DAY, "staff") == {}


async def test_a_payload_moved_to_another_entry_does_not_open(book: Book) -> None:
    await write_day(book, DAY, interviews=1)
    sql = book.journal._ledger._sql  # type: ignore[attr-defined]
    sql.execute("UPDATE private SET body = (SELECT body FROM private ORDER BY id LIMIT 1)")
    with pytest.raises(CannotOpen):
        await book.private(DAY, [5])


async def test_purge_leaves_entries_and_takes_everything_personal(book: Book) -> None:
    await write_day(book, DAY)
    before = await book.read(DAY, 0)
    await book.purge(DAY)
    assert await book.read(DAY, 0) == before
    assert await book.private(DAY, range(1, 15)) == {}
    assert await book.documents(DAY, "roster") == {}
    with pytest.raises(NoKey):
        await book.append(
            DAY, [NewEntry("i:1", HallClosed(), "a", {"name": NAME})], guards={}, command_id="c", epoch="epoch"
        )
    await book.append(DAY, [NewEntry(EVENT, HallClosed(), "a")], guards={}, command_id="c", epoch="epoch")


async def test_with_the_key_destroyed_nothing_opens_even_before_the_files_are_purged(book: Book) -> None:
    await write_day(book, DAY, interviews=1)
    book.destroy_key(DAY)
    assert await book.private(DAY, [3, 5]) == {}
    with pytest.raises(NoKey):
        await book.document(DAY, "roster", "0")
    with pytest.raises(NoKey):
        await book.documents(DAY, "roster")


async def test_an_event_is_made_once_and_a_purged_one_gets_no_new_key(book: Book, keys: MemoryEventKeys) -> None:
    await write_day(book, DAY)
    await book.purge(DAY)
    with pytest.raises(JournalExists):
        await book.create(DAY)
    assert keys.get(DAY) is None


async def test_a_key_left_by_a_crash_before_the_journal_was_made_is_used(book: Book, keys: MemoryEventKeys) -> None:
    key = keys.create(DAY)
    await book.create(DAY)
    assert keys.get(DAY) == key


async def test_a_value_without_json_is_refused_before_anything_is_written(book: Book) -> None:
    start = await book.create(DAY)
    for value in (float("nan"), object(), "\ud800"):
        with pytest.raises(Malformed):
            await book.append(
                DAY, [], documents=[("settings", "x", {"v": value})], guards={}, command_id="c", epoch=start.epoch
            )
    assert (await book.head(DAY)).position == start


async def test_a_kind_of_a_later_release_is_read_as_unknown(book: Book) -> None:
    await book.create(DAY)
    await put_raw(book, b'{"a":"x","d":{"new":1},"k":"teleported"}')
    assert [entry.entry for entry in await book.read(DAY, 0)] == [Unknown("teleported", {"new": 1})]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"a":"x"}', b"\xff", b'{"a":"x","d":{},"k":"checked_in"}'])
async def test_an_entry_that_nobody_can_read_is_named(book: Book, body: bytes) -> None:
    await book.create(DAY)
    await put_raw(book, body)
    with pytest.raises(Unreadable) as unreadable:
        await book.read(DAY, 0)
    assert unreadable.value.offset == 1


async def test_sealing_the_same_place_twice_is_one_seal(book: Book) -> None:
    records = HeldRecordKeys()
    position = await write_day(book, DAY)
    offset = await seal_day(book, DAY, records)
    (sealed,) = await book.read(DAY, offset - 1)
    assert isinstance(sealed.entry, Sealed)
    assert (sealed.entry.offset, sealed.entry.kid, sealed.actor) == (position.offset, "k1", "gateway")
