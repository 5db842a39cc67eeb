"""Rosters: read as offices write them, all or nothing, every fault named and no cell repeated."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.eventfile import EventFile
from gateway.roster import COLUMNS, MAX_ROWS, Preview, Taken, read_roster, roster_table, template
from gateway.rosterfaults import SENTENCES
from gateway.spreadsheet import (
    FORMULA_STARTS,
    MAX_BYTES,
    CannotEncode,
    Unreadable,
    guard,
    read_table,
    unguard,
    write_table,
)
from tests.support.samples import HEADER, csv_bytes, event_document, roster_row, sample_event, sample_roster

EVENT = EventFile.parse(event_document())
SLOT = 20 * 60 * 1_000_000


def preview(*rows: dict[str, str], **changes: Any) -> Preview:
    return read_roster(csv_bytes(rows, **changes), EVENT, today=date(2026, 11, 28))


def codes(found: Preview) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.column, fault.code) for fault in found.faults]


def test_the_sample_is_cp932_and_without_fault() -> None:
    found = read_roster(sample_roster(), EventFile.read(sample_event()), today=date(2026, 11, 28))
    assert (found.encoding, found.rows, found.faults) == ("cp932", 24, ())
    assert {e.room for e in found.entrants} == {"r1", "r2", "r3"}
    assert all(sum(e.room == room for e in found.entrants) == 8 for room in ("r1", "r2", "r3"))
    names = "".join(e.name for e in found.entrants)
    assert all(letter in names for letter in "髙邉﨑濵德")
    assert any(e.number == "２００１" and e.kana.startswith("ﾀ") for e in found.entrants)
    assert [dict(c) for e in found.entrants for c in e.companions] == [{"name": "木村 理恵", "role": "通訳"}]
    assert next(e for e in found.entrants if e.number == "2003").birth == "2000-04-03"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_each_encoding_is_read_as_it_is(encoding: str) -> None:
    found = preview(roster_row(氏名="髙﨑 德子①"), encoding=encoding)
    assert found.encoding == encoding
    assert found.entrants[0].name == "髙﨑 德子①"


def test_columns_come_in_any_order_under_many_names_with_tabs_or_commas() -> None:
    text = "Start\tRoom\tNAME\tExam Number\te-mail\n2026-11-28 10:00\tr2\t山田\t00１\ta@example.jp\n"
    (entrant,) = read_roster(text.encode(), EVENT).entrants
    assert (entrant.room, entrant.number, entrant.email) == ("r2", "00１", "a@example.jp")


def test_every_synonym_means_one_column() -> None:
    names = [name for column in COLUMNS for name in column.names]
    assert len(names) == len(set(names))


def test_the_template_can_be_filled_in_and_marks_what_is_required() -> None:
    for language in ("ja", "en"):
        header = read_table(template(language)).header.cells
        assert [title.endswith("*") for title in header] == [column.required for column in COLUMNS]
        rows = roster_table([{"number": "1", "name": "甲", "room": "r1", "start": "10:00"}], language)
        assert read_roster(write_table(rows), EVENT).faults == ()


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"受験番号": ""}, "number", "missing"),
        ({"氏名": " 　"}, "name", "missing"),
        ({"面接室": "第9面接室"}, "room", "unknown_room"),
        ({"開始時刻": "朝"}, "start", "bad_start"),
        ({"開始時刻": "2026-02-30 10:00"}, "start", "bad_start"),
        ({"開始時刻": "1026-02-20 10:00"}, "start", "bad_start"),
        ({"メールアドレス": "nobody"}, "email", "bad_email"),
        ({"電話番号": "内線"}, "telephone", "bad_telephone"),
        ({"生年月日": "先月"}, "birth", "bad_date"),
        ({"生年月日": "2027-01-01"}, "birth", "bad_date"),
        ({"氏名": "あ" * 101}, "name", "too_long"),
        ({"氏名": "山田\x07花子"}, "name", "control_character"),
        ({"氏名": "山田\u202e花子"}, "name", "control_character"),
        ({"同伴者": "甲(乙)丙"}, "companions", "bad_companions"),
        ({"同伴者": "一;二;三;四;五"}, "companions", "bad_companions"),
    ],
)
def test_each_bad_cell_is_named_with_line_and_column(cells: dict[str, str], column: str, code: str) -> None:
    found = preview(roster_row("1000", 開始時刻="9:00"), roster_row(**cells))
    assert codes(found) == [(3, column, code)]
    assert found.entrants == ()


def test_all_bad_lines_are_named_at_once() -> None:
    found = preview(roster_row("1", 面接室="x"), roster_row("2"), roster_row("", 開始時刻="y"))
    assert codes(found) == [(2, "room", "unknown_room"), (4, "number", "missing"), (4, "start", "bad_start")]


def test_a_line_is_counted_as_an_editor_does_after_a_cell_of_several_lines() -> None:
    found = preview(roster_row("1", 備考='"一\r\n二\r\n三"'), roster_row("2", 開始時刻="11:00", 面接室="x"))
    assert codes(found) == [(5, "room", "unknown_room")]


def test_the_same_number_is_found_however_it_is_typed() -> None:
    found = preview(roster_row("A-1"), roster_row("ａ－１", 開始時刻="11:00"))
    assert codes(found) == [(3, "number", "duplicate_number")]
    assert found.faults[0].details == {"other": 2}


def test_slots_that_overlap_in_a_room_are_found_and_those_that_touch_are_not() -> None:
    found = preview(roster_row("1"), roster_row("2", 開始時刻="10:20"), roster_row("3", 開始時刻="10:30"))
    assert codes(found) == [(4, "start", "slot_overlap")]
    assert preview(roster_row("1"), roster_row("2", 面接室="r2")).faults == ()


def test_what_the_event_has_already_is_taken() -> None:
    at = preview(roster_row("1")).entrants[0].starts_at
    taken = Taken(frozenset({"2"}), {"r1": [(at - SLOT // 2, at + SLOT // 2)]})
    found = read_roster(csv_bytes([roster_row("1"), roster_row("２", 開始時刻="12:00")]), EVENT, taken)
    assert codes(found) == [(2, "start", "slot_taken"), (3, "number", "already_on_roster")]


def test_a_time_needs_a_day_from_somewhere() -> None:
    no_date = EventFile.parse({k: v for k, v in event_document().items() if k != "date"})
    assert [f.code for f in read_roster(csv_bytes([roster_row()]), no_date).faults] == ["no_date"]
    header = (*HEADER, "面接日")
    rows = [roster_row() | {"面接日": "令和8年11月28日(土)"}]
    assert read_roster(csv_bytes(rows, header=header), no_date).entrants == preview(roster_row()).entrants


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\x00" * 10, "column_missing"),
        ("受験番号,氏名,面接室,開始時刻\n".encode(), "empty"),
        ("受験番号,氏名,面接室\n".encode(), "column_missing"),
        ("受験番号,番号,氏名,面接室,開始時刻\n".encode(), "column_twice"),
        ("受験番号,氏名,面接室,開始時刻,血液型\n".encode(), "unknown_column"),
        ('受験番号,氏名,面接室,開始時刻\n"1,甲,r1,10:00\n'.encode(), "bad_csv"),
        ("受験番号,氏名,面接室,開始時刻\n1,甲,r1,10:00,余り\n".encode(), "too_many_cells"),
        (b"\x81\x20,\xc3", "bad_encoding"),
        (b"," * 500, "too_many_columns"),
        (b"x" * (MAX_BYTES + 1), "too_large"),
    ],
)
def test_a_file_that_is_none_is_named(data: bytes, code: str) -> None:
    assert code in [fault.code for fault in read_roster(data, EVENT).faults]


def test_more_rows_than_the_bound_are_refused() -> None:
    rows = "".join(f"{n},甲,r1,10:00\n" for n in range(MAX_ROWS + 1))
    found = read_roster(("受験番号,氏名,面接室,開始時刻\n" + rows).encode(), EVENT)
    assert codes(found) == [(MAX_ROWS + 2, "", "too_many_rows")]


def test_no_fault_repeats_a_cell() -> None:
    secret = "ひみつの値"
    rows = [roster_row(**dict.fromkeys(HEADER, secret)), roster_row(secret, 開始時刻=secret)]
    found = preview(*rows)
    assert len(found.faults) >= 5
    for language in ("ja", "en"):
        assert secret not in str(found.to_json(language))


def test_every_fault_has_a_sentence_in_both_languages() -> None:
    for code, (ja, en) in SENTENCES.items():
        assert ja
        assert en.isascii(), code


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_a_crash(data: bytes) -> None:
    found = read_roster(data, EVENT)
    assert bool(found.faults) != bool(found.entrants)


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
tables = st.lists(st.lists(cells.map(str.strip), min_size=2, max_size=2), min_size=1, max_size=6)


@given(tables)
def test_what_was_written_is_what_is_read(rows: list[list[str]]) -> None:
    wanted = [tuple(row) for row in rows if any(row)]
    try:
        table = read_table(write_table(rows))
    except Unreadable:
        assert not wanted
        return
    width = {line: len(line.cells) for line in (table.header, *table.lines)}
    assert set(width.values()) <= {2}
    assert [line.cells for line in (table.header, *table.lines)] == wanted


@given(tables)
def test_no_written_cell_is_a_formula(rows: list[list[str]]) -> None:
    text = write_table(rows).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not any(cell.startswith(FORMULA_STARTS) for cell in row)


@given(st.text(alphabet="'=+-@\t\r＝a1", max_size=6))
def test_the_guard_is_taken_off_again(cell: str) -> None:
    assert unguard(guard(cell)) == cell
    assert not guard(cell).startswith(FORMULA_STARTS)


def test_cells_that_cp932_cannot_hold_are_named_by_place() -> None:
    rows = [["番号", "氏名"], ["1", "𠮷田"], ["2", "髙橋"], ["葛\U000e0100城", "林"]]
    with pytest.raises(CannotEncode) as caught:
        write_table(rows, "cp932")
    assert caught.value.cells == ((2, 2), (4, 1))
    assert "𠮷" not in str(caught.value)
    assert write_table(rows[2:3], "cp932").decode("cp932") == "2,髙橋\r\n"
