"""A roster beside the one that is there: who is new, who changed, who is at another time or in another room, who is
missing from the file.

Lines and interviews meet by the exam number, folded. A column that the file does not have says nothing: what is known
stays. Nothing here decides: ``amendments`` are what the core is asked for, and refuses when a place has changed since.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from gateway.eventfile import EventFile, say
from gateway.moments import local
from gateway.roster import BY_KEY, COLUMNS, SECOND, Entrant, Preview
from gateway.rosterfaults import RosterFault, fault
from waiting_room.codec import canonical_json
from waiting_room.commands import Amendment, Place
from waiting_room.deciding.timetable import WITHDRAWABLE
from waiting_room.identity import fold_number
from waiting_room.interview import Interview

PERSONAL = tuple(c.key for c in COLUMNS if c.key not in ("room", "date", "start", "minutes", "resits"))
GONE = ("cancelled", "absent")  # their slots are free for others
MAX_SHOWN = 1_000  # differences on the wire, some 300 bytes each; the counts are of all

Kind = Literal["added", "moved", "changed", "missing", "unchanged"]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One cell that differs. ``column``: its key; texts as a spreadsheet has them."""

    column: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One person. ``entrant`` is None for one who is missing from the file, ``interview`` for one who is new; ``row``
    is the roster document as it would be. ``resits``: the interview that a new one re-sits; ``earlier_absences``: of
    the same person, where the rules let them be shown."""

    kind: Kind
    interview: Interview | None
    entrant: Entrant | None
    row: Row
    fields: tuple[Field, ...] = ()
    resits: str | None = None
    earlier_absences: int = 0

    @property
    def withdrawable(self) -> bool:
        """Missing, and not checked in: may be withdrawn by the file."""
        missing = self.kind == "missing" and self.interview is not None
        return missing and self.interview is not None and self.interview.phase in WITHDRAWABLE

    @property
    def place(self) -> Place | None:
        """Where the file has it."""
        if self.entrant is None:
            return None
        return Place(self.entrant.room, self.entrant.starts_at, self.entrant.ends_at)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an event has: its interviews and the roster's documents, as they were at one moment."""

    interviews: Sequence[Interview]
    roster: Mapping[str, Row]


def differences(preview: Preview, event: EventFile, standing: Standing) -> tuple[Difference, ...]:
    """Every line of the file in its order, then who is missing from it, by start."""
    again = {fold_number(one.number) for one in preview.entrants if one.resits}
    known, compared = _Known(standing, again), _Comparison(preview, event, standing)
    over = sat_again(standing, also_resat=True)
    found = [compared.with_known(one, known.take(one), over.get(fold_number(one.resits))) for one in preview.entrants]
    rest = sorted(known.left(), key=lambda interview: (interview.starts_at, interview.id))
    missing = [Difference("missing", one, None, standing.roster.get(one.id, {})) for one in rest if not one.over]
    return (*found, *missing)


def sat_again(standing: Standing, *, also_resat: bool = False) -> dict[str, str]:
    """Folded number -> the interview that may be sat again: the latest that is over and that nothing re-sits.
    ``also_resat``: those, too, that are sat again already."""
    resat = {interview.resits for interview in standing.interviews}
    over = (i for i in standing.interviews if i.over and i.room and (also_resat or i.id not in resat))
    found: dict[str, str] = {}
    for interview in sorted(over, key=lambda i: (i.starts_at, i.id)):
        if also_resat and interview.resits is not None and _number(standing, interview) in found:
            continue  # of a re-sit that is over, the first is what the file's row re-sits
        if number := _number(standing, interview):
            found[number] = interview.id
    return found


def standing_faults(
    found: Sequence[Difference], standing: Standing, *, withdrawing: bool | None
) -> tuple[list[RosterFault], list[RosterFault]]:
    """(faults, warnings) of lines that cannot be as the file has them, for what is there already. ``withdrawing``:
    whether those who are missing go; None: that is still to be said, and their slots are worth a warning."""
    taken, of_missing = _slots(found, standing)
    if withdrawing is False:
        taken, of_missing = [*taken, *of_missing], []
    faults = [fault(*_named(one, "is_in_room")) for one in _moved(found) if _interview(one).in_room]
    faults += [fault(*_named(one, "is_over")) for one in _moved(found) if _interview(one).over]
    faults += [fault(*_named(one, "slot_taken")) for one in found if _is_taken(one, taken)]
    closed = [one for one in found if one.kind in ("changed", "unchanged") and _interview(one).phase in GONE]
    warnings = [fault(*_named(one, "stays_closed")) for one in closed]
    if withdrawing is None:
        warnings += [fault(*_named(one, "slot_of_missing")) for one in found if _is_taken(one, of_missing)]
    return faults, warnings


def at_new_times(found: Iterable[Difference]) -> list[Entrant]:
    """The lines whose slot the event's rules have not been asked about."""
    new = [one for one in found if one.kind == "added" or _changes_time(one)]
    return [one.entrant for one in new if one.entrant is not None]


def amendments(found: Iterable[Difference]) -> Iterator[Amendment]:
    """What changes of the interviews that are known."""
    for one in found:
        if one.kind in ("moved", "changed") and one.interview is not None and one.place is not None:
            was = place_of(one.interview)
            columns = tuple(field.column for field in one.fields if field.column in PERSONAL)
            yield Amendment(
                one.interview.id,
                was,
                one.place if one.kind == "moved" else was,
                columns,
                companions=len(one.row.get("companions", ())),
                reissue=tuple(_changed_hands(one)),
                private=one.row if columns else None,
            )


def place_of(interview: Interview) -> Place:
    return Place(interview.room, interview.starts_at, interview.ends_at)


def token(data: bytes, found: Iterable[Difference]) -> str:
    """What was looked at: the file, and all that it would change as it is now. 32 hexadecimal digits."""
    seen = [
        [one.kind, one.interview.id if one.interview else "", _was(one), [[f.column, f.old, f.new] for f in one.fields]]
        for one in found
        if one.kind != "unchanged"
    ]
    said = [hashlib.sha256(data).hexdigest(), seen]
    return hashlib.sha256(canonical_json(said)).hexdigest()[:32]


def to_json(found: Sequence[Difference], event: EventFile, data: bytes, language: str) -> dict[str, Any]:
    """For the administrator: counts, the differences with old and new, how many could be withdrawn, and the token."""
    counts = {kind: sum(one.kind == kind for one in found) for kind in ("added", "moved", "changed", "missing")}
    counts["unchanged"] = len(found) - sum(counts.values())
    order = ("moved", "changed", "missing", "added")
    told = sorted((one for one in found if one.kind != "unchanged"), key=lambda one: order.index(one.kind))
    return {
        "counts": counts,
        "withdrawable": sum(one.withdrawable for one in found),
        "rows": [_wire(one, event, language) for one in told[:MAX_SHOWN]],
        "more": max(0, len(told) - MAX_SHOWN),
        "token": token(data, found),
    }


# --- comparing -----------------------------------------------------------------------------------------------------


class _Known:
    """The interviews that lines meet, by number. Of several of one number (a re-sit) the one that is not over, else the
    latest; where the file has the re-sit on a line of its own (``again``), each its own."""

    def __init__(self, standing: Standing, again: Collection[str]) -> None:
        self._again = again
        self._left: dict[tuple[str, bool], Interview] = {}
        of_number: dict[tuple[str, bool], list[Interview]] = defaultdict(list)
        for interview in standing.interviews:
            number = _number(standing, interview)
            if number and interview.room:
                of_number[number, number in again and interview.resits is not None].append(interview)
        for key, several in of_number.items():
            self._left[key] = max(several, key=lambda one: (not one.over, one.starts_at, one.id))

    def take(self, entrant: Entrant) -> Interview | None:
        """The interview that this line is about; no other line meets it."""
        return self._left.pop((fold_number(entrant.number), bool(entrant.resits)), None)

    def left(self) -> Collection[Interview]:
        """Those that no line is about."""
        return self._left.values()


def _number(standing: Standing, interview: Interview) -> str:
    return fold_number(str(standing.roster.get(interview.id, {}).get("number") or ""))


@dataclass(frozen=True, slots=True)
class _Comparison:
    """What every line is compared with."""

    preview: Preview
    event: EventFile
    standing: Standing

    def with_known(self, entrant: Entrant, interview: Interview | None, resits: str | None) -> Difference:
        if interview is None:
            return Difference("added", None, entrant, entrant.document(), resits=resits)
        if "minutes" not in self.preview.columns:  # a length that an earlier file gave
            entrant = replace(entrant, ends_at=entrant.starts_at + interview.ends_at - interview.starts_at)
        before = self.standing.roster.get(interview.id, {})
        row = {**before, **_said(entrant, self.preview.columns)}
        places = tuple(_place_fields(place_of(interview), entrant, self.event))
        fields = (*places, *_person_fields(before, row))
        kind: Kind = "moved" if places else "changed" if fields else "unchanged"
        return Difference(kind, interview, entrant, row, fields)


def _said(entrant: Entrant, columns: Sequence[str]) -> Row:
    """What the file says of the person: the columns that it has. An emptied cell is empty from now on."""
    document = {"interviewers": [], **entrant.document()}
    return {key: document[key] for key in PERSONAL if key in columns}


def _person_fields(before: Row, after: Row) -> Iterator[Field]:
    for key in PERSONAL:
        old, new = written(before, key), written(after, key)
        if old != new:
            yield Field(key, old, new)


def _place_fields(was: Place, now: Entrant, event: EventFile) -> Iterator[Field]:
    if was.room != now.room:
        yield Field("room", _room(event, was.room), _room(event, now.room))
    if was.starts_at != now.starts_at:
        yield Field("start", _clock(was.starts_at, event), _clock(now.starts_at, event))
    lengths = was.ends_at - was.starts_at, now.ends_at - now.starts_at
    if lengths[0] != lengths[1]:
        yield Field("minutes", *(str(length // (60 * SECOND)) for length in lengths))


def written(row: Row, key: str) -> str:
    """A cell as a roster file has it."""
    value: Any = row.get(key) or ""
    if key == "companions":
        return "、".join(f"{one['name']}({one['role']})" if one.get("role") else str(one["name"]) for one in value)
    return "、".join(value) if isinstance(value, list) else str(value)


def _changed_hands(one: Difference) -> Iterator[str]:
    """Companions' links that would open for somebody else, or for nobody."""
    now = [companion.get("name", "") for companion in one.row.get("companions", ())]
    columns = {field.column: field for field in one.fields}
    if "companions" not in columns or one.interview is None:
        return
    before = [part.partition("(")[0] for part in columns["companions"].old.split("、")]
    for place in range(one.interview.companions):
        if place >= len(now) or place >= len(before) or before[place] != now[place]:
            yield f"companion.{place + 1}"


# --- what is there -------------------------------------------------------------------------------------------------


def _moved(found: Iterable[Difference]) -> Iterator[Difference]:
    return (one for one in found if one.kind == "moved")


def _interview(one: Difference) -> Interview:
    assert one.interview is not None  # noqa: S101 - a line that met one
    return one.interview


def _changes_time(one: Difference) -> bool:
    return one.kind == "moved" and any(field.column in ("start", "minutes") for field in one.fields)


def _slots(found: Iterable[Difference], standing: Standing) -> tuple[list[Place], list[Place]]:
    """The slots of interviews that the file does not have: of those that stay, and of those that it may withdraw. What
    it has is compared line by line."""
    known = [one for one in found if one.interview is not None]
    in_file = {_interview(one).id for one in known if one.entrant is not None}
    may_go = {_interview(one).id for one in known if one.withdrawable}
    others = [one for one in standing.interviews if one.phase not in GONE and one.id not in in_file]
    stay = [place_of(one) for one in others if one.id not in may_go]
    return stay, [place_of(one) for one in others if one.id in may_go]


def _is_taken(one: Difference, slots: Iterable[Place]) -> bool:
    place = one.place
    if place is None or one.kind not in ("added", "moved"):
        return False
    of_room = (slot for slot in slots if slot.room == place.room)
    return any(slot.starts_at < place.ends_at and place.starts_at < slot.ends_at for slot in of_room)


def _named(one: Difference, code: str) -> tuple[int, str, str]:
    return (one.entrant.line if one.entrant else 0), "start", code


def _was(one: Difference) -> list[Any]:
    if one.interview is None:
        return []
    return [one.interview.room, one.interview.starts_at, one.interview.ends_at]


# --- the wire ------------------------------------------------------------------------------------------------------


def _wire(one: Difference, event: EventFile, language: str) -> dict[str, Any]:
    place = one.place or place_of(_interview(one))
    return {
        "kind": one.kind,
        "line": one.entrant.line if one.entrant else None,
        "interview": one.interview.id if one.interview else None,
        "number": str(one.row.get("number", "")),
        "name": str(one.row.get("name", "")),
        "room": _room(event, place.room, language),
        "starts_at": place.starts_at // 1000,
        "phase": one.interview.phase if one.interview else None,
        "withdrawable": one.withdrawable,
        "resits": one.entrant.resits if one.entrant is not None and one.resits is not None else "",
        "earlier_absences": one.earlier_absences,
        "fields": [
            {"column": f.column, "title": BY_KEY[f.column].title(language).rstrip("*"), "old": f.old, "new": f.new}
            for f in one.fields
        ],
    }


def _room(event: EventFile, room: str, language: str = "ja") -> str:
    return say(event.rooms.get(room, room), language)


def _clock(at: int, event: EventFile) -> str:
    return local(at, event.zone).strftime("%Y-%m-%d %H:%M")
