"""Verification: a whole journal is said to be whole, any change to a sealed entry is found and named."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.waiting_room.journal.records import NAME, NUMBER, HeldRecordKeys, counted_random, seal_day, write_day
from waiting_room.entries import EVENT, HallClosed, NewEntry, RoomReady, Sealed
from waiting_room.journal.book import Book
from waiting_room.journal.chain import Chain, canonical_bytes
from waiting_room.journal.ledger import SPAN
from waiting_room.journal.port import Batch, Conflict, Draft, JournalError
from waiting_room.journal.sqlite import SqliteJournal
from waiting_room.journal.vault import EventKeys, FileEventKeys, MemoryEventKeys
from waiting_room.journal.verify import Report

DAY = "kitahama-2027"
SEALED = 14  # entries of the sample day that the first seal covers; the seal is the 15th
COLUMNS = ("id", "stream", "version", "at", "body", "crc")


def the_keys() -> MemoryEventKeys:
    keys = MemoryEventKeys(counted_random(b"keys"))
    keys.create(DAY)
    return keys


async def with_book(path: str | Path, keys: EventKeys) -> Book:
    ticks = iter(range(1_000, 10**9))
    journal = await SqliteJournal.open(path, clock=lambda: next(ticks), new_epoch=lambda: "epoch")
    return Book(journal, keys, counted_random(b"book"))


async def verified(path: Path, keys: EventKeys | None = None) -> Report:
    book = await with_book(path, keys or the_keys())
    try:
        return await book.verify(DAY, HeldRecordKeys())
    finally:
        await book.close()


async def write_sealed(path: Path) -> None:
    book = await with_book(path, the_keys())
    await write_day(book, DAY)
    await seal_day(book, DAY, HeldRecordKeys())
    await book.append(DAY, [NewEntry(EVENT, HallClosed(), "a")], guards={}, command_id="close", epoch="epoch")
    await book.close()


@pytest.fixture(scope="module")
def sealed_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with 14 entries, their seal and one entry after it. Tests change copies of it."""
    path = tmp_path_factory.mktemp("sealed") / "journal.db"
    asyncio.run(write_sealed(path))
    return path


@pytest.fixture
def copy(sealed_day: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sealed_day, tmp_path / "journal.db"))


def change(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as sql:
        sql.execute(statement, values)
        sql.commit()


async def test_a_whole_journal_is_whole(copy: Path) -> None:
    report = await verified(copy)
    assert report.ok
    assert (report.entries, report.seals, report.sealed_to, report.unsealed) == (16, 1, SEALED, 2)
    assert report.private_checked == 8
    assert report.epoch == "epoch"


async def test_an_empty_journal_is_whole() -> None:
    book = await with_book(":memory:", MemoryEventKeys())
    try:
        await book.create(DAY)
        report = await book.verify(DAY, HeldRecordKeys())
    finally:
        await book.close()
    assert (report.ok, report.entries, report.sealed_to) == (True, 0, 0)


@given(
    offset=st.integers(1, SEALED),
    column=st.sampled_from(COLUMNS),
    place=st.integers(0, 10**6),
    flip=st.integers(1, 255),
)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_byte_that_flips_in_a_sealed_entry_is_found_at_its_offset(
    sealed_day: Path, offset: int, column: str, place: int, flip: int
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(shutil.copy(sealed_day, directory))
        assume(flip_stored(path, offset, column, place, flip))
        report = asyncio.run(verified(path))
    assert report.fault is not None
    assert report.fault.offset == offset, report.fault
    assert report.fault.code == ("missing" if column == "id" else "check")


def flip_stored(path: Path, offset: int, column: str, place: int, flip: int) -> bool:
    """Flip bits of one byte of one column; whether SQLite took it (an id may be another entry's)."""
    with closing(sqlite3.connect(path)) as sql:
        sql.text_factory = bytes
        (value,) = sql.execute(f"SELECT {column} FROM entry WHERE id = ?", (SPAN + offset,)).fetchone()  # noqa: S608 - a column of ours
        raw = bytearray(value if isinstance(value, bytes) else value.to_bytes(8, signed=True))
        raw[place % len(raw)] ^= flip
        changed = bytes(raw) if isinstance(value, bytes) else int.from_bytes(raw, signed=True)
        cast = "CAST(? AS TEXT)" if column == "stream" else "?"
        try:
            sql.execute(f"UPDATE entry SET {column} = {cast} WHERE id = ?", (changed, SPAN + offset))  # noqa: S608 - a column of ours
        except sqlite3.IntegrityError:
            return False
        sql.commit()
        return True


@given(place=st.integers(0, 10**9), flip=st.integers(1, 255))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_byte_that_flips_anywhere_in_the_file_is_never_taken_for_another_history(
    sealed_day: Path, place: int, flip: int
) -> None:
    """Either the store says that it cannot be read, or a fault is named, or every entry is what it was."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(shutil.copy(sealed_day, directory))
        raw = bytearray(path.read_bytes())
        raw[place % len(raw)] ^= flip
        path.write_bytes(raw)
        try:
            report = asyncio.run(verified(path))
        except JournalError:
            return
    original = asyncio.run(verified(sealed_day))
    assert report.fault is not None or report.chain == original.chain or report.entries < original.entries


@pytest.mark.parametrize("offset", [1, 9, SEALED])
async def test_an_entry_changed_together_with_its_check_is_found_by_the_next_seal(copy: Path, offset: int) -> None:
    with closing(sqlite3.connect(copy)) as sql:
        query = "SELECT stream, version, at, body FROM entry WHERE id = ?"
        stream, version, at, body = sql.execute(query, (SPAN + offset,)).fetchone()
    body = body.replace(b'"a":"', b'"a":"x')
    check = crc32(canonical_bytes(offset, stream, version, at, body))
    change(copy, "UPDATE entry SET body = ?, crc = ? WHERE id = ?", body, check, SPAN + offset)
    report = await verified(copy)
    assert report.fault is not None
    assert (report.fault.code, report.fault.offset) == ("seal_chain", SEALED + 1)
    assert "entries 1 to 14" in report.fault.sentence


def forge(offset: int, column: str, value: object) -> Callable[[Path], None]:
    """Change one column and make the entry's check match again."""

    def forged(path: Path) -> None:
        change(path, f"UPDATE entry SET {column} = ? WHERE id = ?", value, SPAN + offset)  # noqa: S608 - a column of ours
        with closing(sqlite3.connect(path)) as sql:
            query = "SELECT stream, version, at, body FROM entry WHERE id = ?"
            row = sql.execute(query, (SPAN + offset,)).fetchone()
        change(path, "UPDATE entry SET crc = ? WHERE id = ?", crc32(canonical_bytes(offset, *row)), SPAN + offset)

    return forged


@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        (lambda path: change(path, "DELETE FROM entry WHERE id = ?", SPAN + 4), "missing"),
        (lambda path: change(path, "DELETE FROM private WHERE id = ?", SPAN + 3), "private_missing"),
        (lambda path: change(path, "UPDATE private SET body = x'00' WHERE id = ?", SPAN + 3), "private_digest"),
        (forge(4, "version", 7), "version"),
        (forge(4, "at", 1), "time"),
        (forge(4, "body", b"{}"), "body"),
        (forge(4, "body", b'{"a": "x", "d": {}, "k": "hall_opened"}'), "body"),
        (forge(4, "body", b'{"a":"x","a":"x","d":{},"k":"hall_opened"}'), "body"),
        (forge(4, "body", b'{"a":1,"d":{},"k":"hall_opened"}'), "body"),
        (forge(4, "body", b'{"a":"x","d":{},"k":"link_opened"}'), "body"),
    ],
)
async def test_each_kind_of_change_has_its_code(copy: Path, tamper: Callable[[Path], None], code: str) -> None:
    tamper(copy)
    report = await verified(copy)
    assert report.fault is not None
    assert report.fault.code == code
    assert report.fault.offset in {3, 4}
    assert report.entries == report.fault.offset - 1 or code.startswith("private")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda seal: Sealed(seal.offset, seal.chain, "k9", seal.signature), "seal_key"),
        (lambda seal: Sealed(seal.offset, seal.chain, seal.kid, "A" + seal.signature[1:]), "seal_signature"),
        (lambda seal: Sealed(seal.offset, seal.chain, seal.kid, "ü"), "seal_signature"),
        (lambda seal: Sealed(seal.offset, "00" * 32, seal.kid, seal.signature), "seal_chain"),
        (lambda seal: Sealed(seal.offset - 1, seal.chain, seal.kid, seal.signature), "seal_chain"),
        (lambda seal: Sealed(99, seal.chain, seal.kid, seal.signature), "seal_offset"),
        (lambda seal: Sealed(-1, seal.chain, seal.kid, seal.signature), "seal_offset"),
    ],
)
async def test_a_seal_that_does_not_hold_is_a_fault(spoil: Callable[[Sealed], Sealed], code: str) -> None:
    book = await with_book(":memory:", MemoryEventKeys())
    records = HeldRecordKeys()
    try:
        position = await write_day(book, DAY)
        chain = Chain(DAY, position.epoch)
        for row in await book.journal.read(DAY, 0):
            chain.feed(row)
        new = [NewEntry(EVENT, spoil(chain.seal(records)), "gateway")]
        await book.append(DAY, new, guards={}, command_id="seal", epoch="epoch")
        report = await book.verify(DAY, records)
    finally:
        await book.close()
    assert report.fault is not None
    assert (report.fault.offset, report.fault.code) == (15, code)


async def test_seals_hold_across_a_change_of_key_and_entries_that_slip_in_between() -> None:
    book = await with_book(":memory:", MemoryEventKeys())
    records = HeldRecordKeys()
    try:
        await write_day(book, DAY)
        await seal_day(book, DAY, records)
        records.rotate()
        chain = Chain(DAY, "epoch")
        for row in await book.journal.read(DAY, 0):
            chain.feed(row)
        await book.append(DAY, [NewEntry("r:1", RoomReady(), "a")], guards={}, command_id="c", epoch="epoch")
        version = (await book.head(DAY)).versions[EVENT]
        await book.seal(DAY, chain, records, version=version, actor="gateway")
        report = await book.verify(DAY, records)
    finally:
        await book.close()
    assert report.ok
    assert (report.seals, report.sealed_to, report.unsealed) == (2, 15, 2)


async def test_a_journal_with_another_name_or_origin_does_not_pass_for_this_one(copy: Path) -> None:
    change(copy, "UPDATE event SET epoch = 'epoch.restored'")
    assert (await verified(copy)).ok  # a restore keeps the origin
    change(copy, "UPDATE event SET epoch = 'another'")
    report = await verified(copy)
    assert report.fault is not None
    assert report.fault.code == "seal_chain"


async def test_an_entry_that_the_store_cannot_read_is_named(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page with a bad block in it fails as a whole; the first entry that fails by itself is the fault."""
    from waiting_room.journal.port import Row, Unavailable

    read = SqliteJournal.read

    async def read_around(self: SqliteJournal, event: str, after: int, limit: int = 2_000) -> list[Row]:
        rows = list(await read(self, event, after, limit))
        if any(row.offset == 6 for row in rows):
            raise Unavailable("database disk image is malformed")
        return rows

    monkeypatch.setattr(SqliteJournal, "read", read_around)
    report = await verified(copy)
    assert report.fault is not None
    assert (report.fault.offset, report.fault.code, report.entries) == (6, "unreadable", 5)


def found_in(directory: Path, needles: list[bytes]) -> list[str]:
    """Files below the directory that hold one of these."""
    contents = {file: file.read_bytes() for file in directory.rglob("*") if file.is_file()}
    return [f"{file.name}: {needle!r}" for file, raw in contents.items() for needle in needles if needle in raw]


async def test_after_key_and_payloads_are_gone_the_day_verifies_and_no_trace_is_in_any_file(tmp_path: Path) -> None:
    """Ciphertexts are looked for too, those of replaced and deleted documents included, while the gateway runs."""
    keys = FileEventKeys(tmp_path / "keys")
    book = await with_book(tmp_path / "journal.db", keys)
    try:
        position = await write_day(book, DAY, interviews=200)
        written = list((await book.journal.documents(DAY, "roster")).values())
        for n in range(0, 200, 3):
            value = {"name": NAME, "number": NUMBER, "note": "x" * (n * 17 % 900)}
            await book.append(
                DAY,
                [],
                documents=[("roster", f"{n}", value), ("roster", f"{n + 1}", None)],
                guards={},
                command_id=f"d{n}",
                epoch="epoch",
            )
        written += (await book.journal.documents(DAY, "roster")).values()
        written += (await book.journal.private(DAY, range(1, position.offset + 1))).values()
        await seal_day(book, DAY, HeldRecordKeys())
        key = keys.get(DAY)
        assert key is not None
        needles = [text.encode() for text in (NAME, NUMBER, "sakura@kitahama.example")]
        needles += [key, *(body[:20] for body in written), *(body[-20:] for body in written)]
        assert len(await asyncio.to_thread(found_in, tmp_path, needles)) > 800  # the search does find
        await book.purge(DAY)
        assert await asyncio.to_thread(found_in, tmp_path, needles) == []
        assert (await asyncio.to_thread((tmp_path / "journal.db-wal").stat)).st_size == 0
        report = await book.verify(DAY, HeldRecordKeys())
    finally:
        await book.close()
    assert report.ok
    assert (report.entries, report.seals, report.private_checked) == (603, 1, 0)
    assert await asyncio.to_thread(found_in, tmp_path, needles) == []


async def test_a_payload_missing_while_the_key_exists_is_a_fault_but_not_after(copy: Path) -> None:
    change(copy, "DELETE FROM private")
    with_key = await verified(copy)
    without_key = await verified(copy, MemoryEventKeys())
    assert with_key.fault is not None
    assert with_key.fault.code == "private_missing"
    assert without_key.ok


async def test_the_draft_of_a_stranger_is_a_fault() -> None:
    book = await with_book(":memory:", MemoryEventKeys())
    try:
        await book.create(DAY)
        batch = Batch((Draft("event", b"not json"),))
        await book.journal.append(DAY, batch, guards={}, command_id="c", epoch="epoch")
        report = await book.verify(DAY, HeldRecordKeys())
    finally:
        await book.close()
    assert report.fault is not None
    assert report.fault.code == "body"


async def test_a_seal_that_another_gateway_has_overtaken_is_not_appended() -> None:
    """It would cover less than the one before it, which is what a forged one does."""
    book = await with_book(":memory:", MemoryEventKeys())
    records = HeldRecordKeys()
    try:
        await write_day(book, DAY)
        late = Chain(DAY, "epoch")
        for row in await book.journal.read(DAY, 0):
            late.feed(row)
        version = (await book.head(DAY)).versions[EVENT]
        await book.append(DAY, [NewEntry("r:1", RoomReady(), "a")], guards={}, command_id="c", epoch="epoch")
        await seal_day(book, DAY, records)
        with pytest.raises(Conflict):
            await book.seal(DAY, late, records, version=version, actor="gateway")
        report = await book.verify(DAY, records)
    finally:
        await book.close()
    assert report.ok
    assert report.seals == 1
