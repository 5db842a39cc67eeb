"""The roster: a spreadsheet's lines to people with a slot each, or every fault in it.

All or nothing. A fault names the line in the file, the column and what is wrong, and never repeats the cell: it is
personal, and faults are shown, logged and mailed around.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gateway.eventfile import EventFile, Text
from gateway.moments import parse_day, parse_day_and_time, parse_time, to_microseconds
from gateway.rosterfaults import RosterFault, fault
from gateway.spreadsheet import Line, Table, Unreadable, read_table, write_table
from waiting_room.identity import fold_number

MAX_ROWS = 5_000  # the largest exam of a prefecture is half of it; one batch of the journal holds them
MAX_COMPANIONS = 4  # an interpreter, a helper, two more; each has a link and a place in the room
MAX_INTERVIEWERS = 12  # a panel has three to five
MAX_SLOT_MINUTES = 480  # a working day
MAX_ROSTER_FAULTS = 500  # named one by one; the file is sent again after these are mended
SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the template. ``names`` are folded headers that mean it."""

    key: str
    ja: str
    en: str
    names: tuple[str, ...]
    required: bool = False
    longest: int = 100

    def title(self, language: str) -> str:
        """As the template has it: required ones are marked."""
        name = self.ja if language == "ja" else self.en
        return f"{name}*" if self.required else name


COLUMNS: tuple[Column, ...] = (
    Column("number", "受験番号", "number", ("受験番号", "番号", "受付番号", "求職者番号", "整理番号", "examnumber", "examno", "number"), True, 40),  # noqa: E501 - a table reads in rows
    Column("name", "氏名", "name", ("氏名", "氏名漢字", "名前", "お名前", "受験者氏名", "受験者名", "name", "fullname"), True),  # noqa: E501 - see above
    Column("kana", "フリガナ", "kana", ("フリガナ", "ふりがな", "カナ", "かな", "氏名カナ", "カナ氏名", "氏名フリガナ", "kana", "reading", "furigana")),  # noqa: E501 - see above
    Column("email", "メールアドレス", "email", ("メールアドレス", "メール", "eメール", "電子メール", "email", "mail", "emailaddress", "mailaddress"), False, 254),  # noqa: E501 - see above
    Column("telephone", "電話番号", "telephone", ("電話番号", "電話", "tel", "telephone", "phone", "携帯電話", "携帯番号", "連絡先", "phonenumber"), False, 30),  # noqa: E501 - see above
    Column("birth", "生年月日", "birth date", ("生年月日", "誕生日", "birthdate", "birth", "dateofbirth", "birthday", "dob"), False, 30),  # noqa: E501 - see above
    Column("room", "面接室", "room", ("面接室", "部屋", "会場", "室", "面接会場", "room"), True),
    Column("date", "面接日", "date", ("面接日", "日付", "実施日", "年月日", "date", "day"), False, 30),
    Column("start", "開始時刻", "start", ("開始時刻", "開始", "開始時間", "面接時刻", "面接開始時刻", "時刻", "開始日時", "面接日時", "start", "starttime", "startsat", "time"), True, 40),  # noqa: E501 - see above
    Column("minutes", "時間(分)", "minutes", ("時間分", "所要時間", "所要分", "所要時間分", "minutes", "duration"), False, 10),  # noqa: E501 - see above
    Column("interviewers", "面接官", "interviewers", ("面接官", "担当面接官", "相談員", "担当者", "interviewers", "interviewer"), False, 300),  # noqa: E501 - see above
    Column("companions", "同伴者", "companion", ("同伴者", "付添人", "付添者", "介助者", "通訳", "同席者", "companion", "companions"), False, 300),  # noqa: E501 - see above
    Column("resits", "再面接の元", "re-sits", ("再面接の元", "再実施の元", "再面接", "再実施", "再試", "元の受験番号", "resits", "resit", "resitof"), False, 40),  # noqa: E501 - see above
    Column("note", "備考", "note", ("備考", "メモ", "注記", "配慮事項", "note", "notes", "remarks"), False, 500),
)  # fmt: skip
BY_KEY: Mapping[str, Column] = {column.key: column for column in COLUMNS}
_BY_NAME: Mapping[str, str] = {name: column.key for column in COLUMNS for name in column.names}

_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\\\]]{1,64}@\w(?:[\w.-]*\w)?\.[\w-]{2,63}")
_TELEPHONE = re.compile(r"\+?[0-9(][0-9() -]{3,22}[0-9]")
_COMPANION = re.compile(r"(?P<name>[^()]+?)\s*(?:\((?P<role>[^()]+)\))?")


@dataclass(frozen=True, slots=True)
class Entrant:
    """One row: a person and a slot. Times: microseconds UTC. ``line``: where it stands in the file. ``resits``: the
    number of the earlier interview that this one re-sits; the roster's document does not have it, the journal does."""

    line: int
    number: str
    name: str
    room: str
    starts_at: int
    ends_at: int
    kana: str = ""
    email: str = ""
    telephone: str = ""
    birth: str = ""
    companions: tuple[Mapping[str, str], ...] = ()
    note: str = ""
    interviewers: tuple[str, ...] = ()
    resits: str = ""

    def document(self) -> dict[str, Any]:
        """The roster document of this person."""
        document: dict[str, Any] = {
            "number": self.number,
            "name": self.name,
            "kana": self.kana,
            "email": self.email,
            "telephone": self.telephone,
            "birth": self.birth,
            "companions": [dict(companion) for companion in self.companions],
            "note": self.note,
        }
        return document | ({"interviewers": list(self.interviewers)} if self.interviewers else {})


@dataclass(frozen=True, slots=True)
class Taken:
    """What the event has already: folded numbers, and slots (start, end) by room. ``over``: by folded number, the
    interview that may be sat again."""

    numbers: frozenset[str] = frozenset()
    slots: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    over: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do. ``entrants`` is empty as soon as there is one fault. ``warnings`` stop nothing."""

    rows: int
    columns: tuple[str, ...]
    encoding: str
    entrants: tuple[Entrant, ...]
    faults: tuple[RosterFault, ...]
    warnings: tuple[RosterFault, ...] = ()

    def to_json(self, language: str) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "columns": [BY_KEY[key].title(language) for key in self.columns],
            "encoding": self.encoding,
            "faults": [one.to_json(language) for one in self.faults],
            "warnings": [one.to_json(language) for one in self.warnings],
        }


def read_roster(data: bytes, event: EventFile, taken: Taken | None = None, *, today: date | None = None) -> Preview:
    """What is in the file. Never raises for what is in it. ``today``: nobody is born after it."""
    try:
        table = read_table(data)
    except Unreadable as error:
        return Preview(0, (), "", (), (fault(error.line, "", error.code),))
    return _Reading(table, event, taken or Taken(), today).preview()


def template(language: str) -> bytes:
    """An empty roster to fill in: required columns are marked with an asterisk."""
    return write_table([[column.title(language) for column in COLUMNS]])


def roster_table(people: Iterable[Mapping[str, str]], language: str = "ja") -> list[list[str]]:
    """Rows of a roster file for people given by column key."""
    header = [column.title(language) for column in COLUMNS]
    return [header, *([person.get(column.key, "") for column in COLUMNS] for person in people)]


def fold_header(text: str) -> str:
    """A header as ``Column.names`` has it: no case, spaces, marks or brackets."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"必須|任意|required|optional|[\s*※_\-:・()\[\]]", "", folded)


def fold_room(text: str) -> str:
    """A room's id or name as it is compared."""
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


class _Reading:
    """One pass over a table, collecting faults."""

    def __init__(self, table: Table, event: EventFile, taken: Taken, today: date | None) -> None:
        self._table, self._event, self._taken, self._today = table, event, taken, today
        self._rooms = room_ids(event.rooms)
        self._faults: list[RosterFault] = []
        self._named: set[tuple[int, str]] = set()  # cells whose first fault is told: a second would repeat it
        self._places: dict[str, int] = {}

    def preview(self) -> Preview:
        self._read_header()
        entrants: list[Entrant] = []
        if not self._faults and len(self._table.lines) > MAX_ROWS:
            self._add(self._table.lines[MAX_ROWS].number, "", "too_many_rows")
        if not self._faults:
            entrants = [entrant for line in self._table.lines if (entrant := self._read_line(line))]
            self._check_numbers(entrants)
            self._check_slots(entrants)
        if not self._faults and not entrants:
            self._add(0, "", "empty")
        faults = sorted(self._faults, key=lambda one: one.line)[:MAX_ROSTER_FAULTS]
        columns = tuple(sorted(self._places, key=self._places.__getitem__))
        people = () if faults else tuple(entrants)
        return Preview(len(self._table.lines), columns, self._table.encoding, people, tuple(faults))

    def _add(self, line: int, column: str, code: str, **details: int) -> None:
        if not column or (line, column) not in self._named:
            self._named.add((line, column))
            self._faults.append(fault(line, column, code, **details))

    def _read_header(self) -> None:
        number = self._table.header.number
        for place, cell in enumerate(self._table.header.cells):
            key = _BY_NAME.get(fold_header(cell))
            if key in self._places:
                self._add(number, key or "", "column_twice")
            elif key is not None:
                self._places[key] = place
            elif cell:
                self._add(number, "", "unknown_column", place=place + 1)
        for column in COLUMNS:
            if column.required and column.key not in self._places:
                self._add(number, column.key, "column_missing")

    def _read_line(self, line: Line) -> Entrant | None:
        """The entrant, or None and at least one fault."""
        before = len(self._faults)
        if any(line.cells[len(self._table.header.cells) :]):
            self._add(line.number, "", "too_many_cells")
        cells = {key: self._checked(line, key, place) for key, place in self._places.items()}
        starts_at = self._starts_at(line.number, cells)
        made = Entrant(
            line=line.number,
            number=cells["number"],
            name=cells["name"],
            room=self._room(line.number, cells["room"]),
            starts_at=starts_at,
            ends_at=starts_at + self._minutes(line.number, cells.get("minutes", "")) * 60 * SECOND,
            kana=cells.get("kana", ""),
            email=self._matched(line.number, "email", cells, _EMAIL),
            telephone=self._matched(line.number, "telephone", cells, _TELEPHONE),
            birth=self._birth(line.number, cells.get("birth", "")),
            companions=self._companions(line.number, cells.get("companions", "")),
            note=cells.get("note", ""),
            interviewers=self._interviewers(line.number, cells.get("interviewers", "")),
            resits=self._resits(line.number, cells.get("resits", "")),
        )
        return made if len(self._faults) == before else None

    def _checked(self, line: Line, key: str, place: int) -> str:
        """The cell, or once it has a fault something short that no column can read: the others are still read."""
        cell = _cell(line, place)
        self._check_cell(line.number, BY_KEY[key], cell)
        return "?" if (line.number, key) in self._named else cell

    def _check_cell(self, line: int, column: Column, cell: str) -> None:
        if column.required and not cell:
            self._add(line, column.key, "missing")
        if len(cell) > column.longest:
            self._add(line, column.key, "too_long", longest=column.longest)
        if any(_is_control(c, allow_newline=column.key == "note") for c in cell):
            self._add(line, column.key, "control_character")
        if column.key == "number" and cell and not fold_number(cell):
            self._add(line, column.key, "missing")

    def _room(self, line: int, cell: str) -> str:
        room = self._rooms.get(fold_room(cell))
        if room is None:
            self._add(line, "room", "unknown_room")
        return room or ""

    def _starts_at(self, line: int, cells: Mapping[str, str]) -> int:
        """The start; 0 and a fault when it cannot be told."""
        both = parse_day_and_time(cells["start"])
        clock = both[1] if both else parse_time(cells["start"])
        if clock is None:
            self._add(line, "start", "bad_start")
        day = both[0] if both else self._day(line, cells.get("date", ""))
        if day is None or clock is None:
            return 0
        at = to_microseconds(day, clock, self._event.zone)
        if at is None or not 2000 <= day.year < 2100:
            self._add(line, "start", "bad_start")
        return at or 0

    def _day(self, line: int, cell: str) -> date | None:
        if not cell:
            if self._event.date is None:
                self._add(line, "start", "no_date")
            return self._event.date
        day = parse_day(cell)
        if day is None:
            self._add(line, "date", "bad_date")
        return day

    def _minutes(self, line: int, cell: str) -> int:
        """How long the slot is; the event's own length where the line says none."""
        folded = unicodedata.normalize("NFKC", cell).removesuffix("分").strip()
        if not folded:
            return self._event.slot_minutes
        minutes = int(folded) if folded.isascii() and folded.isdecimal() else 0
        if not 0 < minutes <= MAX_SLOT_MINUTES:
            self._add(line, "minutes", "bad_minutes", most=MAX_SLOT_MINUTES)
        return minutes

    def _interviewers(self, line: int, cell: str) -> tuple[str, ...]:
        names = tuple(part.strip() for part in re.split(r"[;；、,\n]", cell) if part.strip())
        if len(names) > MAX_INTERVIEWERS:
            self._add(line, "interviewers", "too_many_interviewers", most=MAX_INTERVIEWERS)
        return names

    def _resits(self, line: int, cell: str) -> str:
        if cell and fold_number(cell) not in self._taken.over:
            self._add(line, "resits", "resits_unknown")
        return cell

    def _birth(self, line: int, cell: str) -> str:
        day = parse_day(cell) if cell else None
        if cell and (day is None or day.year < 1900 or (self._today is not None and day > self._today)):
            self._add(line, "birth", "bad_date")
        return day.isoformat() if day else ""

    def _matched(self, line: int, key: str, cells: Mapping[str, str], pattern: re.Pattern[str]) -> str:
        cell = unicodedata.normalize("NFKC", cells.get(key, ""))
        if key == "telephone":
            cell = re.sub(r"[‐‑‒–—―−ー]", "-", cell)
        if cell and not pattern.fullmatch(cell):
            self._add(line, key, f"bad_{key}")
        return cell

    def _companions(self, line: int, cell: str) -> tuple[Mapping[str, str], ...]:
        """``山田花子(通訳)、…``: names with what they are there for."""
        text = cell.replace("（", "(").replace("）", ")")
        parts = [part.strip() for part in re.split(r"[;；、,\n]", text) if part.strip()]
        matches = [_COMPANION.fullmatch(part) for part in parts]
        found = [match for match in matches if match is not None]
        if len(found) < len(parts) or len(parts) > MAX_COMPANIONS:
            self._add(line, "companions", "bad_companions", most=MAX_COMPANIONS)
            return ()
        return tuple({"name": match["name"], "role": (match["role"] or "").strip()} for match in found)

    def _check_numbers(self, entrants: Sequence[Entrant]) -> None:
        """A number stands once for an interview and once for what re-sits it."""
        seen: dict[tuple[str, bool], int] = {}
        for entrant in entrants:
            folded, again = fold_number(entrant.number), bool(entrant.resits)
            own = again and fold_number(entrant.resits) == folded
            if folded in self._taken.numbers and not own:
                self._add(entrant.line, "number", "already_on_roster")
            elif (folded, again) in seen:
                self._add(entrant.line, "number", "duplicate_number", other=seen[folded, again])
            seen.setdefault((folded, again), entrant.line)

    def _check_slots(self, entrants: Sequence[Entrant]) -> None:
        for room in self._event.rooms:
            here = sorted(self._claimed(room, entrants))
            latest, holder = 0, 0  # the end that reaches furthest so far, and whose it is
            for starts_at, ends_at, line in here:
                if starts_at < latest and (line or holder):
                    self._add(line or holder, "start", "slot_overlap", other=holder if line else 0)
                if ends_at > latest:
                    latest, holder = ends_at, line

    def _claimed(self, room: str, entrants: Sequence[Entrant]) -> list[tuple[int, int, int]]:
        """(start, end, line) of every slot of a room; line 0 for those that the event has already."""
        old = [(starts_at, ends_at, 0) for starts_at, ends_at in self._taken.slots.get(room, ())]
        return [*old, *((e.starts_at, e.ends_at, e.line) for e in entrants if e.room == room and e.starts_at)]


def room_ids(rooms: Mapping[str, Text]) -> dict[str, str]:
    """Folded name or id -> id; the ids win."""
    names: dict[str, str] = {}
    for room, name in rooms.items():
        for text in [name] if isinstance(name, str) else name.values():
            names[fold_room(text)] = room
    return names | {fold_room(room): room for room in rooms}


def _cell(line: Line, place: int) -> str:
    return line.cells[place] if place < len(line.cells) else ""


def _is_control(character: str, *, allow_newline: bool) -> bool:
    """Control and invisible formatting characters, and bytes that are no text."""
    if allow_newline and character in "\r\n\t":
        return False
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
