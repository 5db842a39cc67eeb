"""CSV as offices' spreadsheets write and read it.

Read: UTF-8 with a byte order mark, then UTF-8, then cp932 (never ``shift_jis``, which has no 髙, 﨑, ①), with commas or
tabs. Written: UTF-8 with a byte order mark, or cp932 on request, with a guard against cells that a spreadsheet would
take for a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

MAX_BYTES = 4 * 2**20  # 5,000 rows of 800 bytes: docs/protocol.md §3
MAX_COLUMNS = 200  # a spreadsheet that somebody drew in has hundreds of empty columns

Encoding = Literal["utf-8-sig", "utf-8", "cp932"]
FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")  # full-width ones too: Japanese spreadsheets fold them


class Unreadable(ValueError):
    """These bytes are no table. ``code`` is stable; ``line`` is 0 where the fault is the whole file's."""

    def __init__(self, code: str, line: int = 0) -> None:
        super().__init__(code)
        self.code, self.line = code, line


class CannotEncode(ValueError):
    """Cells that cp932 cannot hold; ``cells`` are (row, column), both from 1, the header being row 1."""

    def __init__(self, cells: Sequence[tuple[int, int]]) -> None:
        super().__init__(", ".join(f"row {row} column {column}" for row, column in cells))
        self.cells = tuple(cells)


@dataclass(frozen=True, slots=True)
class Line:
    """One row. ``number`` is where it begins in the file, counted from 1 as a text editor does, also when a cell before
    it spans several lines."""

    number: int
    cells: tuple[str, ...]

    @property
    def empty(self) -> bool:
        return not any(self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    header: Line
    lines: tuple[Line, ...]
    encoding: Encoding
    delimiter: str


def read_table(data: bytes) -> Table:
    """The table in a file; empty lines are left out, cells are trimmed. Unreadable."""
    if len(data) > MAX_BYTES:
        raise Unreadable("too_large")
    text, encoding = decode(data)
    delimiter = _delimiter(text)
    lines = [line for line in _lines(text, delimiter) if not line.empty]
    if not lines:
        raise Unreadable("empty")
    return Table(lines[0], tuple(lines[1:]), encoding, delimiter)


def decode(data: bytes) -> tuple[str, Encoding]:
    """Text and the encoding that it was in. Unreadable."""
    if data.startswith(b"\xef\xbb\xbf"):
        candidates: tuple[Encoding, ...] = ("utf-8-sig",)
    else:
        candidates = ("utf-8", "cp932")
    for encoding in candidates:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise Unreadable("bad_encoding")


def write_table(rows: Sequence[Sequence[str]], encoding: Literal["utf-8-sig", "cp932"] = "utf-8-sig") -> bytes:
    """The same rows give the same bytes. CannotEncode, with every cell that cp932 has no characters for."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([guard(cell) for cell in row] for row in rows)
    try:
        return out.getvalue().encode(encoding)
    except UnicodeEncodeError:
        raise CannotEncode(list(_unencodable(rows, encoding))) from None


def guard(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) or _guarded(cell) else cell


def unguard(cell: str) -> str:
    """The cell as it was before ``guard``."""
    return cell[1:] if _guarded(cell) else cell


def _guarded(cell: str) -> bool:
    return cell.startswith("'") and cell.lstrip("'").startswith(FORMULA_STARTS)


def _lines(text: str, delimiter: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable("bad_csv", begins) from error
        if len(cells) > MAX_COLUMNS:
            raise Unreadable("too_many_columns", begins)
        yield Line(begins, tuple(unguard(cell.strip()) for cell in cells))
        begins = reader.line_num + 1


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return "\t" if first.count("\t") > first.count(",") else ","


def _unencodable(rows: Sequence[Sequence[str]], encoding: str) -> Iterator[tuple[int, int]]:
    for row_number, row in enumerate(rows, 1):
        for column, cell in enumerate(row, 1):
            try:
                cell.encode(encoding)
            except UnicodeEncodeError:
                yield row_number, column
