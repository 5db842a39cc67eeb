"""The links that harutaka issued, as an office imports them: checked together, all or nothing.

A candidate's link belongs to one candidate, for good: rooms in harutaka are used again, so whoever kept a link could
enter whatever is held there next. A room may have one link for its interviewers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from providers.base import Planned
from providers.harutaka.address import is_my_live, place, trouble
from providers.harutaka.faults import WARNINGS, Column, Fault

MAX_FAULTS = 500  # named one by one; the file is sent again after these are mended


@dataclass(frozen=True, slots=True)
class Pair:
    """The links of one interview. ``evaluator`` is empty where none was imported. Secret until admission."""

    candidate: str = field(repr=False)
    evaluator: str = field(default="", repr=False)


Links = Callable[[str, str, str], Pair | None]  # ids of event, room and interview -> what was imported for it


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file. With a ``number`` (folded) it is about that candidate, whatever ``room`` says; without, about
    the room with that id. Cells that are empty are empty strings."""

    line: int
    number: str = field(repr=False)
    room: str
    candidate: str = field(repr=False)
    evaluator: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import must not give to others. ``candidates``: link -> folded number of whom it was imported for, also
    when that person has another by now and may still hold this one. ``evaluators``: interviewers' links."""

    candidates: Mapping[str, str] = field(default_factory=dict, repr=False)
    evaluators: Collection[str] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Import:
    """What a file says. ``pairs`` (by number) and ``rooms`` (interviewers' links by room) are empty as soon as there is
    one fault; warnings hold nothing up."""

    pairs: Mapping[str, Pair] = field(repr=False)
    rooms: Mapping[str, str] = field(repr=False)
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()

    def pair(self, number: str, room: str) -> Pair | None:
        """The links of a candidate who is interviewed in ``room``: an interviewers' link of their own goes first."""
        own = self.pairs.get(number)
        return own and Pair(own.candidate, own.evaluator or self.rooms.get(room, ""))


@dataclass(frozen=True, slots=True)
class Coverage:
    """Slots of a timetable that are not well provided for. ``shared``: their candidate's link is another slot's, or
    their interviewers' link is some candidate's."""

    without: tuple[Planned, ...]
    without_evaluator: tuple[Planned, ...]
    shared: tuple[Planned, ...]


def check(rows: Sequence[Row], *, hosts: Collection[str] = (), taken: Taken | None = None) -> Import:
    """Every fault of every row, the first one of each cell, in the order of lines. ``hosts``: see ``address.trouble``.
    Pure; the number of rows is the caller's to bound."""
    first: dict[tuple[int, Column], Fault] = {}
    for fault in _faults(rows, hosts, taken or Taken()):
        first.setdefault((fault.line, fault.column), fault)
    told = sorted(first.values(), key=lambda fault: fault.line)
    warnings = tuple(fault for fault in told if fault.code in WARNINGS)[:MAX_FAULTS]
    faults = tuple(fault for fault in told if fault.code not in WARNINGS)[:MAX_FAULTS]
    if faults:
        return Import({}, {}, faults, warnings)
    pairs = {row.number: Pair(row.candidate, row.evaluator) for row in rows if row.number}
    return Import(pairs, {row.room: row.evaluator for row in rows if not row.number}, (), warnings)


def coverage(timetable: Sequence[Planned], links: Links) -> Coverage:
    """Which slots have no link for their candidate, which none for their interviewers, and which share one."""
    known = [(slot, links(slot.event, slot.room, slot.interview)) for slot in timetable]
    have = [(slot, pair) for slot, pair in known if pair is not None]
    candidates = Counter(place(pair.candidate) for _, pair in have)
    return Coverage(
        without=tuple(slot for slot, pair in known if pair is None),
        without_evaluator=tuple(slot for slot, pair in have if not pair.evaluator),
        shared=tuple(
            slot for slot, pair in have if candidates[place(pair.candidate)] > 1 or place(pair.evaluator) in candidates
        ),
    )


def _faults(rows: Sequence[Row], hosts: Collection[str], taken: Taken) -> Iterator[Fault]:
    """Of a cell the gravest first; what is only a warning comes last."""
    for row in rows:
        yield from _row_faults(row)
        yield from _link_faults(row, hosts)
    yield from _key_faults(rows)
    yield from _clashes(rows)
    yield from _taken_faults(rows, taken)
    yield from _warnings(rows)


def _row_faults(row: Row) -> Iterator[Fault]:
    if not row.number and not row.room:
        yield Fault(row.line, "number", "no_key")
    elif row.number and not row.candidate:
        yield Fault(row.line, "candidate", "no_candidate")
    elif not row.number and row.candidate:
        yield Fault(row.line, "candidate", "room_candidate")
    elif not row.number and not row.evaluator:
        yield Fault(row.line, "evaluator", "no_evaluator")


def _link_faults(row: Row, hosts: Collection[str]) -> Iterator[Fault]:
    cells: tuple[tuple[Column, str], ...] = (("candidate", row.candidate), ("evaluator", row.evaluator))
    for column, url in cells:
        if url and (code := trouble(url, hosts)):
            yield Fault(row.line, column, code)
    if is_my_live(row.candidate):
        yield Fault(row.line, "candidate", "my_live_url")


def _key_faults(rows: Sequence[Row]) -> Iterator[Fault]:
    numbers: dict[str, int] = {}
    rooms: dict[str, int] = {}
    for row in rows:
        if row.number and numbers.setdefault(row.number, row.line) != row.line:
            yield Fault(row.line, "number", "duplicate_number", {"other": numbers[row.number]})
        elif not row.number and row.room and rooms.setdefault(row.room, row.line) != row.line:
            yield Fault(row.line, "room", "duplicate_room", {"other": rooms[row.room]})


def _clashes(rows: Sequence[Row]) -> Iterator[Fault]:
    """Links of this file that are also another person's in it."""
    firsts: dict[str, Row] = {}
    for row in rows:
        if row.candidate:
            first = firsts.setdefault(place(row.candidate), row)
            if first.number != row.number:
                yield Fault(row.line, "candidate", "duplicate_candidate", {"other": first.line})
    for row in rows:
        if row.evaluator and (theirs := firsts.get(place(row.evaluator))):
            yield Fault(row.line, "evaluator", "evaluator_is_candidate", {"other": theirs.line})


def _taken_faults(rows: Sequence[Row], taken: Taken) -> Iterator[Fault]:
    candidates = {place(url): number for url, number in taken.candidates.items()}
    evaluators = frozenset(place(url) for url in taken.evaluators)
    for row in rows:
        there = place(row.candidate)
        if there in evaluators or candidates.get(there, row.number) != row.number:
            yield Fault(row.line, "candidate", "taken")
        if row.evaluator and place(row.evaluator) in candidates:
            yield Fault(row.line, "evaluator", "taken")


def _warnings(rows: Sequence[Row]) -> Iterator[Fault]:
    rooms: dict[str, int] = {}
    for row in rows:
        if is_my_live(row.evaluator):
            yield Fault(row.line, "evaluator", "my_live_evaluator")
        elif not row.number and row.evaluator and rooms.setdefault(place(row.evaluator), row.line) != row.line:
            yield Fault(row.line, "evaluator", "evaluator_of_two_rooms", {"other": rooms[place(row.evaluator)]})
