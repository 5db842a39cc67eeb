"""A sheet of links that a provider issued: a spreadsheet's lines to a link each, or every fault in it.

All or nothing. A line is a candidate's, by their number, or a room's, for its interviewers. A fault names the line, the
column and what is wrong, and never repeats the cell: whoever has a link can enter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway import roster, rosterfaults
from gateway.roster import MAX_ROWS, Column, fold_header, fold_room
from gateway.spreadsheet import Line, Table, Unreadable, read_table, write_table
from providers.harutaka import faults, urls
from providers.harutaka.urls import MAX_FAULTS, Pair, Taken
from waiting_room.identity import fold_number

COLUMNS: tuple[Column, ...] = (
    roster.BY_KEY["number"],
    roster.BY_KEY["room"],
    Column("candidate", "候補者URL", "candidate URL", ("候補者url", "候補者ライブurl", "候補者用url", "候補者", "受験者url", "受験者用url", "応募者url", "candidateurl", "candidatelink", "candidate")),  # noqa: E501 - a table reads in rows
    Column("evaluator", "評価者URL", "evaluator URL", ("評価者url", "評価者ライブurl", "評価者用url", "評価者", "面接官url", "面接官用url", "evaluatorurl", "evaluatorlink", "evaluator", "interviewerurl", "interviewerlink", "interviewer")),  # noqa: E501 - see above
)  # fmt: skip
BY_KEY: Mapping[str, Column] = {column.key: column for column in COLUMNS}
_BY_NAME: Mapping[str, str] = {name: column.key for column in COLUMNS for name in column.names}
_PASSED_BY = frozenset(name for column in roster.COLUMNS for name in column.names)  # a roster with links beside it
_NEEDED = (("number", "room"), ("candidate", "evaluator"))  # one of each


@dataclass(frozen=True, slots=True)
class SheetFault:
    """``line`` counts from 1 as an editor does, 0: the whole file. ``column`` is a column's key, empty: the line.
    ``text``: language -> sentence."""

    line: int
    column: str
    code: str
    text: Mapping[str, str]

    def to_json(self, language: str) -> dict[str, Any]:
        return {
            "line": self.line,
            "column": self.column,
            "code": self.code,
            "value_hidden": True,
            "sentence": self.text["ja" if language == "ja" else "en"],
        }


@dataclass(frozen=True, slots=True)
class Addressees:
    """Whom a line can be for. ``numbers``: folded number -> the interviews that are still to be held; empty where they
    are all over, and the line is passed by. ``rooms``: folded id or name -> id."""

    numbers: Mapping[str, Sequence[str]] = field(repr=False)
    rooms: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file says. ``pairs`` (by interview, with interviewers' links of their own only) and ``rooms`` (by room)
    are empty as soon as there is one fault; warnings hold nothing up."""

    rows: int
    encoding: str
    pairs: Mapping[str, Pair] = field(default_factory=dict, repr=False)
    rooms: Mapping[str, str] = field(default_factory=dict, repr=False)
    faults: tuple[SheetFault, ...] = ()
    warnings: tuple[SheetFault, ...] = ()


def read_links(data: bytes, whom: Addressees, taken: Taken, *, hosts: Collection[str] = ()) -> Sheet:
    """What is in the file. Never raises for what is in it. ``hosts`` and ``taken`` as ``urls.check`` has them."""
    try:
        table = read_table(data)
    except Unreadable as error:
        return Sheet(0, "", faults=(fault(error.line, "", error.code),))
    places, found = _header(table)
    if not found and not table.lines:
        found = [fault(0, "", "empty")]
    if not found and len(table.lines) > MAX_ROWS:
        found = [fault(table.lines[MAX_ROWS].number, "", "too_many_rows")]
    if found:
        return Sheet(len(table.lines), table.encoding, faults=tuple(found))
    return _read_lines(table, places, whom, taken, hosts)


def template(language: str) -> bytes:
    """An empty sheet to fill in."""
    return write_table([[column.title(language).rstrip("*") for column in COLUMNS]])


def fault(line: int, column: str, code: str, **details: int) -> SheetFault:
    """A fault with a code of ours, or of a roster's where the sentence is the same."""
    ja, en = SENTENCES.get(code) or rosterfaults.SENTENCES[code]
    return SheetFault(line, column, code, {"ja": ja.format_map(details), "en": en.format_map(details)})


def _header(table: Table) -> tuple[dict[str, int], list[SheetFault]]:
    """Where each column is."""
    number = table.header.number
    places: dict[str, int] = {}
    found: list[SheetFault] = []
    for place, cell in enumerate(table.header.cells):
        key = _BY_NAME.get(fold_header(cell))
        if key is not None and key in places:
            found.append(fault(number, key, "column_twice"))
        elif key is not None:
            places[key] = place
        elif cell and fold_header(cell) not in _PASSED_BY:
            found.append(fault(number, "", "unknown_column", place=place + 1))
    missing = [one_of[0] for one_of in _NEEDED if not places.keys() & {*one_of}]
    return places, [*found, *(fault(number, key, "column_missing") for key in missing)]


def _read_lines(
    table: Table, places: Mapping[str, int], whom: Addressees, taken: Taken, hosts: Collection[str]
) -> Sheet:
    rows = [_row(line, places, whom) for line in table.lines]
    checked = urls.check(rows, hosts=hosts, taken=taken)
    found = [*_whom_faults(rows, whom), *_too_wide(table), *map(_told, checked.faults)]
    warnings = tuple(map(_told, checked.warnings))
    if found:
        return Sheet(len(rows), table.encoding, faults=_first_of_each_cell(found), warnings=warnings)
    pairs = {whom.numbers[number][0]: pair for number, pair in checked.pairs.items() if whom.numbers[number]}
    return Sheet(len(rows), table.encoding, pairs, checked.rooms, (), warnings)


def _row(line: Line, places: Mapping[str, int], whom: Addressees) -> urls.Row:
    cells = {key: line.cells[place] if place < len(line.cells) else "" for key, place in places.items()}
    room = fold_room(cells.get("room", ""))
    return urls.Row(
        line.number,
        fold_number(cells.get("number", "")),
        whom.rooms.get(room, room),
        cells.get("candidate", ""),
        cells.get("evaluator", ""),
    )


def _whom_faults(rows: Iterable[urls.Row], whom: Addressees) -> Iterable[SheetFault]:
    rooms = frozenset(whom.rooms.values())
    for row in rows:
        if row.number and row.number not in whom.numbers:
            yield fault(row.line, "number", "unknown_number")
        elif row.number and len(whom.numbers[row.number]) > 1:
            yield fault(row.line, "number", "ambiguous_number")
        elif not row.number and row.room and row.room not in rooms:
            yield fault(row.line, "room", "unknown_room")


def _too_wide(table: Table) -> Iterable[SheetFault]:
    width = len(table.header.cells)
    return (fault(line.number, "", "too_many_cells") for line in table.lines if any(line.cells[width:]))


def _told(one: faults.Fault) -> SheetFault:
    return SheetFault(one.line, one.column, one.code, one.text)


def _first_of_each_cell(found: Iterable[SheetFault]) -> tuple[SheetFault, ...]:
    """In the order of lines; a second fault of a cell would repeat the first."""
    first: dict[tuple[int, str], SheetFault] = {}
    for one in found:
        first.setdefault((one.line, one.column), one)
    return tuple(sorted(first.values(), key=lambda one: one.line)[:MAX_FAULTS])


SENTENCES: Mapping[str, tuple[str, str]] = {
    "empty": ("ファイルに行がありません。", "The file has no lines."),
    "unknown_number": ("この受験番号は名簿にありません。", "This number is not on the roster."),
    "ambiguous_number": (
        "この受験番号の面接が名簿に二つ以上あります。どれのリンクかわかりません。",
        "The roster has several interviews with this number: whose link it is cannot be told.",
    ),
}
