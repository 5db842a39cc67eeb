"""An oracle: arrival, minutes late and verdict of every interview, from nothing but a bundle's JSON.

Written from the docs and for the tests only. It imports nothing of Genkan, has no phases and no fold, and can be read
in one sitting: who disagrees with it has to say which of the two is wrong.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

SECOND = 1_000_000
MINUTE = 60 * SECOND
HALF_DAY = 12 * 3600 * SECOND  # a pause delays nothing that was planned for later than that
FOR_EVER = 2**62

Span = tuple[int, int]


@dataclass(frozen=True)
class Said:
    """What the oracle says of one interview; the attendance record has to say the same."""

    code: str
    minutes: int
    arrived_at: int | None
    counts_at: int | None


@dataclass
class Story:
    """What the entries of one interview tell, the last word counting."""

    start: int = 0
    timed: tuple[int, int] = (0, 0)  # when the time was set, and by which entry
    rooms: list[tuple[int, str]] = field(default_factory=list)
    arrived: tuple[int, int, int] | None = None  # at, what counts, entry
    arrived_by: str | None = None
    seated: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)
    wrong: dict[str, list[int]] = field(default_factory=dict)  # browser -> when its number was refused
    failed_checks: list[int] = field(default_factory=list)
    cannot_connect: list[int] = field(default_factory=list)
    claims: dict[str, tuple[int, str]] = field(default_factory=dict)
    words: list[tuple[int, int]] = field(default_factory=list)  # contact and notices: at, entry
    too_late: int | None = None
    overdue: bool = False
    end: tuple[str, int, dict[str, Any]] | None = None  # kind, entry, what it says


def read(bundle: bytes) -> dict[str, Said]:
    """The interviews of a bundle."""
    with zipfile.ZipFile(BytesIO(bundle)) as archive:
        journal = [json.loads(line) for line in archive.read("journal.jsonl").splitlines()]
        policies = [json.loads(line) for line in archive.read("policies.jsonl").splitlines()]
    named = sorted({e["stream"][2:] for e in journal if e["stream"].startswith("i:")})
    return {name: _judge(_story(journal, name), journal, policies) for name in named}


def record(bundle: bytes) -> dict[str, Said]:
    """What the bundle's own record says, in the same words."""
    with zipfile.ZipFile(BytesIO(bundle)) as archive:
        lines = [json.loads(line) for line in archive.read("record.jsonl").splitlines()]
    return {
        x["interview"]: Said(x["verdict"]["code"], x["verdict"]["minutes"], x["arrived_at"], x["counts_at"])
        for x in lines
    }


# --- what happened -----------------------------------------------------------------------------------------------


def _story(journal: list[dict[str, Any]], name: str) -> Story:
    story = Story()
    for entry in journal:
        if entry["stream"] == f"i:{name}":
            _timetable(story, entry)
            _coming(story, entry)
            _trying(story, entry)
            _ending(story, entry)
    return story


def _timetable(s: Story, e: dict[str, Any]) -> None:
    if e["kind"] == "scheduled":
        s.rooms = [(e["at"], e["data"]["room"])]
    elif e["kind"] == "moved":
        s.rooms.append((e["at"], e["data"]["room"]))
    elif e["kind"] == "rescheduled":
        s.rooms = [(e["at"], s.rooms[-1][1])]
        s.too_late, s.overdue = None, False
    if e["kind"] in ("scheduled", "rescheduled"):
        s.start, s.timed = e["data"]["starts_at"], (e["at"], e["offset"])


def _coming(s: Story, e: dict[str, Any]) -> None:
    data = e["data"]
    if e["kind"] == "checked_in":
        counts = data.get("counts_from")
        s.arrived = (e["at"], e["at"] if counts is None else counts, e["offset"])
        s.arrived_by = data["sid"]
        s.strangers.discard(data["sid"] or "")
    if e["kind"] in ("checked_in", "taken_over") and data["sid"]:
        s.seated.add(data["sid"])
    if e["kind"] == "difference_settled" and not data["same"]:
        s.strangers |= s.seated
        s.arrived, s.seated = None, set()
    if e["kind"] == "check_in_refused" and data["code"] == "too_late" and s.too_late is None:
        s.too_late = e["at"]


def _trying(s: Story, e: dict[str, Any]) -> None:
    """Of many wrong numbers by one browser the first and the last are kept."""
    kind, data = e["kind"], e["data"]
    if kind == "check_in_refused" and data["code"] == "number_differs":
        tried = s.wrong.setdefault(data["sid"], [])
        s.wrong[data["sid"]] = [*tried[:1], e["at"]]
    elif kind == "device_checked" and data.get("person", "candidate") == "candidate":
        failed = "fail" in (data["camera"], data["microphone"], data["speaker"], data["network"])
        s.failed_checks = [*s.failed_checks, e["at"]] if failed else []
    elif kind == "claim_raised":
        s.claims[data["claim"]] = (e["at"], data["code"])
    elif kind == "claim_settled":
        s.claims.pop(data["claim"], None)
    elif kind == "late_notice":
        s.words.append((e["at"], e["offset"]))
        if data.get("code", "late") == "cannot_connect":
            s.cannot_connect.append(e["at"])
    elif kind == "contact_recorded":
        s.words.append((e["at"], e["offset"]))


def _ending(s: Story, e: dict[str, Any]) -> None:
    if e["kind"] in ("cancelled", "lapsed", "absence_confirmed", "finished", "broken_off"):
        s.end = (e["kind"], e["offset"], e["data"])
    elif e["kind"] in ("absence_withdrawn", "reopened"):
        s.end, s.overdue = None, False
    elif e["kind"] == "overdue":
        s.overdue = True


# --- what follows from it ----------------------------------------------------------------------------------------


def _judge(s: Story, journal: list[dict[str, Any]], policies: list[dict[str, Any]]) -> Said:
    policy = _policy(s, policies)
    due = _Due(s, policy, list(_pauses(s, journal)))
    gaps = [(e["data"]["from_at"], e["data"]["to_at"]) for e in journal if e["kind"] == "service_gap"]
    code, minutes = _code(s, policy, due, gaps)
    at, counts, _ = s.arrived or (None, None, 0)
    return Said(code, minutes, at, counts)


def _policy(s: Story, policies: list[dict[str, Any]]) -> dict[str, Any]:
    """The rules at the absence, else at the arrival, else at the end, else the last ones."""
    if s.end is not None and s.end[0] == "absence_confirmed":
        decisive = s.end[1]
    elif s.arrived is not None:
        decisive = s.arrived[2]
    else:
        decisive = s.end[1] if s.end is not None else FOR_EVER
    return dict([line for line in policies if line["offset"] <= decisive][-1]["policy"])


def _code(s: Story, policy: dict[str, Any], due: _Due, gaps: list[Span]) -> tuple[str, int]:
    kind, _, said = s.end or ("", 0, {})
    if kind in ("cancelled", "lapsed"):
        return _cancelled(said), 0
    if kind == "absence_confirmed":
        return _absent(s, policy, due)
    if kind == "broken_off":
        return "broken_off", _came(s, due, gaps)[1]
    if s.arrived is not None:
        return _came(s, due, gaps)
    if s.too_late is not None:
        return "arrived_refused", _late(s.too_late, due.starts)
    if s.overdue and due.tried(s):
        return "technical_difficulty", 0
    return "not_arrived", 0


def _cancelled(said: dict[str, Any]) -> str:
    if said.get("because") == "interviewers_absent":
        return "interviewers_absent"
    return "not_held" if said.get("side") in ("provider", "gateway") else "cancelled"


def _absent(s: Story, policy: dict[str, Any], due: _Due) -> tuple[str, int]:
    if s.arrived is not None:
        return "not_there_when_called", 0
    if s.too_late is not None:
        return "arrived_refused", _late(s.too_late, due.starts)
    if due.tried(s):
        return "technical_difficulty", 0
    silent = not _last_word(s)
    return ("deemed_cancelled" if silent and policy["without_contact"] == "deemed_cancelled" else "absent"), 0


def _came(s: Story, due: _Due, gaps: list[Span]) -> tuple[str, int]:
    assert s.arrived is not None
    at = s.arrived[1]
    if at <= due.arrive_by[1]:
        return "on_time", 0
    missed = [due.arrive_by] if at <= due.late[1] else []
    missed += [due.late] if at > due.late[0] else []
    if any(begin <= last and end >= first for begin, end in gaps for first, last in missed):
        return "excused", _late(at, due.starts)
    return ("after_arrive_by", 0) if at <= due.late[1] else ("late", _late(at, due.starts))


def _late(at: int, start: int) -> int:
    """Minutes that have begun since the start."""
    return 0 if at <= start else (at - start + MINUTE - 1) // MINUTE


def _last_word(s: Story) -> int | None:
    """When the office last heard of them about this time of theirs."""
    return max(((entry, at) for at, entry in s.words if entry > s.timed[1]), default=(0, None))[1]


class _Due:
    """The deadlines: planned, and with the pauses."""

    def __init__(self, s: Story, policy: dict[str, Any], pauses: list[Span]) -> None:
        self.pauses = pauses
        late = s.start + policy["late_after"] * SECOND
        by = late if policy["arrive_by"] is None else s.start - policy["arrive_by"] * SECOND
        self.opens = s.start - policy["opens_before"] * SECOND
        self.starts = self.moved(s.start)
        self.arrive_by, self.late = (by, self.moved(by)), (late, self.moved(late))
        self.absent = self._absent(s, policy)

    def moved(self, planned: int, since: int = 0) -> int:
        """Later by each pause that begins before the deadline, as far as the pauses before it have moved it."""
        due = planned
        for begin, end in self.pauses:
            begins = max(begin, since)
            if begins > due:
                break
            if begins < end and planned - begins <= HALF_DAY:
                due = min(FOR_EVER, due + end - begins)
        return due

    def _absent(self, s: Story, policy: dict[str, Any]) -> int | None:
        if policy["absent_after"] is None:
            return None
        due, word = self.moved(s.start + policy["absent_after"] * SECOND), _last_word(s)
        if word is None or not policy["contact_stops_absence"]:
            return due
        if policy["contact_stops_for"] is None:
            return None
        return max(due, self.moved(word + policy["contact_stops_for"] * SECOND, since=word))

    def tried(self, s: Story) -> bool:
        """Whether they tried in vain between the opening of the door and the absence."""
        own = [at for sid, times in s.wrong.items() if sid not in s.strangers for at in times]
        asked = [at for at, code in s.claims.values() if code != "after_absence"]
        until = self.late[1] if self.absent is None else self.absent
        return any(self.opens <= at <= until for at in (*own, *s.failed_checks, *s.cannot_connect, *asked))


def _pauses(s: Story, journal: list[dict[str, Any]]) -> Iterator[Span]:
    """The time that this interview lost: pauses of the event, and of a room while it stood in it; each moment once."""
    found = [(max(a, s.timed[0]), b) for a, b in _spans(journal, "event")]
    for place, (since, room) in enumerate(s.rooms):
        until = s.rooms[place + 1][0] if place + 1 < len(s.rooms) else FOR_EVER
        found += [(max(a, since, s.timed[0]), min(b, until)) for a, b in _spans(journal, f"r:{room}")]
    begin = end = -1
    for a, b in sorted((a, b) for a, b in found if a < b):
        if a > end:
            if end > begin:
                yield begin, end
            begin, end = a, b
        end = max(end, b)
    if end > begin:
        yield begin, end


def _spans(journal: list[dict[str, Any]], stream: str) -> list[Span]:
    spans: list[Span] = []
    begun: int | None = None
    for entry in journal:
        if entry["stream"] != stream:
            continue
        if entry["kind"] == "room_paused" and begun is None:
            begun = entry["at"]
        elif entry["kind"] == "room_resumed" and begun is not None:
            spans.append((begun, entry["at"]))
            begun = None
    return spans if begun is None else [*spans, (begun, FOR_EVER)]
