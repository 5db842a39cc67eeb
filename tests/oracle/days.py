"""A day drawn from a seed and played through the core and a journal, in virtual time, with everything that goes wrong.

The same seed is the same day, to the byte. Nothing here judges anybody: it only presses buttons as people, staff, the
reactor and providers would, and what the core refuses does not happen.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from gateway.bundle.making import Material, make
from gateway.policyfile import complete, policy_of
from tests.support.samples import event_document
from tests.waiting_room.journal.records import HeldRecordKeys, counted_random
from waiting_room import commands as c
from waiting_room.decide import decide
from waiting_room.declaring import version_of
from waiting_room.errors import Refused
from waiting_room.event import Event
from waiting_room.interview import Interview
from waiting_room.journal.book import Book
from waiting_room.journal.chain import Chain
from waiting_room.journal.port import Row
from waiting_room.journal.sqlite import SqliteJournal
from waiting_room.journal.vault import MemoryEventKeys

SECOND = 1_000_000
MINUTE = 60 * SECOND
NINE = 1_795_824_000 * SECOND  # 2026-11-28 09:00 in Japan
SLOT = 20 * MINUTE
ROOMS = ("r1", "r2")
PROVIDERS = ("webrtc", "zoom", "harutaka")
NAME = "day"

Make = Callable[[Event], c.Command | None]


@dataclass(order=True)
class Step:
    """Something that somebody does at a time; what, is decided when the time has come."""

    at: int
    order: int
    actor: str = field(compare=False)
    make: Make = field(compare=False)


class Played:
    """One day being played."""

    def __init__(self, seed: int) -> None:
        self.random, self.seed = Random(seed), seed
        self.event, self.now = Event(), NINE - 26 * 3600 * SECOND
        self.steps: list[Step] = []
        self.orders, self.commands, self.claims = itertools.count(), itertools.count(), itertools.count()
        self.endings: dict[str, str] = {}
        self.document = complete(event_document(policy=self._policy()))

    def _policy(self) -> dict[str, Any]:
        """A preset as it is, or with the one rule that neither has."""
        preset = self.random.choice(("exam-interview", "job-consultation"))
        return {"preset": preset} | self.random.choice(({}, {}, {"late_entry": "refuse"}, {"late_entry": "allow"}))

    async def play(self) -> bytes:
        """The whole day; its bundle."""
        journal = await SqliteJournal.open(":memory:", clock=lambda: self.now, new_epoch=lambda: "epoch")
        self.book = Book(journal, MemoryEventKeys(counted_random(b"k")), counted_random(b"b"))
        try:
            self.epoch = (await self.book.create(NAME)).epoch
            await self._run()
            return await self._bundle()
        finally:
            await self.book.close()

    async def do(self, actor: str, command: c.Command) -> bool:
        """Whether it was accepted."""
        try:
            decision = decide(self.event, command, actor, self.now)
        except Refused:
            return False
        name = f"c{next(self.commands):06}"
        written = await self.book.append(
            NAME, decision.entries, guards=decision.guards, command_id=name, epoch=self.epoch
        )
        for entry in written.entries:
            self.event.apply(entry)
        return True

    def at(self, when: int, actor: str, make: Make | c.Command) -> None:
        does = make if callable(make) else (lambda _, command=make: command)
        heapq.heappush(self.steps, Step(when, next(self.orders), actor, does))

    async def _run(self) -> None:
        policy = policy_of(self.document).to_document()
        await self.do("cli", c.CreateEvent(ROOMS, self.random.choice(PROVIDERS), policy))
        draw(self)
        while self.steps:
            step = heapq.heappop(self.steps)
            self.now = max(self.now, step.at)
            if (command := step.make(self.event)) is not None:
                await self.do(step.actor, command)
            await self._reactor()

    async def _reactor(self) -> None:
        """What time alone does: absences are proposed and, where the policy says so, confirmed."""
        causes = tuple(sorted({"provider_down" for _ in self.event.down}))
        for interview in list(self.event.interviews.values()):
            if interview.arrival is None and not interview.over and self.now > interview.starts_at:
                await self.do("reactor", c.ProposeAbsence(interview.id, causes))
                if self.event.policy.absent_automatic:
                    await self.do("reactor", c.ConfirmAbsence(interview.id))

    async def _bundle(self) -> bytes:
        await self.do("cli", c.RecordExport("bundle"))
        keys, chain, rows = HeldRecordKeys(), Chain(NAME, self.epoch), await self._rows()
        for row in rows:
            chain.feed(row)
        await self.book.seal(NAME, chain, keys, version=self.event.version("event"), actor="reactor")
        material = Material(NAME, self.epoch, await self._rows(), self.document)
        return make(material, keys, [keys.current()[0]])

    async def _rows(self) -> list[Row]:
        rows: list[Row] = []
        while page := await self.book.journal.read(NAME, len(rows)):
            rows += page
        return rows


# --- what is drawn -----------------------------------------------------------------------------------------------


def draw(day: Played) -> None:
    random, slots = day.random, []
    for room in ROOMS:
        for place in range(random.randint(3, 5)):
            interview = f"{room}-{place}"
            start = NINE + place * SLOT + random.choice((0, 0, 30 * SECOND))
            slots.append(c.Slot(interview, room, start, start + SLOT, random.choice((0, 0, 1))))
            _candidate(day, interview, start)
    day.at(day.now, "cli", c.ImportRoster(tuple(slots)))
    for minute in range(-40, 200):
        for room in ROOMS:
            day.at(NINE + minute * MINUTE + random.randrange(60) * SECOND, "staff:panel", _panel(day, room))
    _faults(day)


def _candidate(day: Played, interview: str, start: int) -> None:
    """One way in which a candidate's day can go."""
    random, me = day.random, f"candidate:{interview}"
    ways = (
        _comes, _comes, _comes, _comes_at_a_turn, _comes_at_a_turn, _never, _never, _tries_in_vain, _wrong_then_right,
        _is_let_count, _somebody_else, _cancelled, _not_there, _is_moved, _comes_after_all, _is_claimed,
    )  # fmt: skip
    day.endings[interview] = random.choice(("finish", "finish", "finish", "break", "nothing", "reopen"))
    if random.random() < 0.3:
        _says_a_word(day, interview, start)
    if random.random() < 0.3:
        day.at(start - random.randint(60, 600) * SECOND, "reactor", _noise(interview, random))
    day.at(start - 28 * MINUTE, me, c.OpenLink(interview, f"{interview}-own", "personal"))
    day.at(start - 27 * MINUTE, me, c.Consent(interview, f"{interview}-own", "1", "t1", provider="zoom"))
    day.at(start - 27 * MINUTE + SECOND, me, _ticks(interview, f"{interview}-own"))
    random.choice(ways)(day, interview, start)


def _ticks(interview: str, sid: str) -> Make:
    """The rules' checklist, whole."""

    def make(event: Event) -> c.Command:
        items = tuple(line.id for line in event.policy.declarations)
        return c.Declare(interview, sid, version_of(event.policy), items)

    return make


def _check_in(day: Played, interview: str, at: int, browser: str = "own", **how: Any) -> None:
    sid = f"{interview}-{browser}"

    def make(_: Event) -> c.Command:
        told: dict[str, Any] = {"via": "personal", "number_matches": True, "claim": f"cl{next(day.claims)}", **how}
        return c.CheckIn(interview, sid, received_at=at, **told)

    day.at(at, f"candidate:{interview}", make)


def _comes(day: Played, interview: str, start: int) -> None:
    at = start + day.random.randint(-25 * 60, 15 * 60) * SECOND + day.random.randrange(SECOND)
    _check_in(day, interview, at)
    if day.random.random() < 0.4:  # a reload, and the same seat on another device
        _check_in(day, interview, at + 5 * SECOND)
        _check_in(day, interview, at + 30 * SECOND, "other")


def _comes_at_a_turn(day: Played, interview: str, start: int) -> None:
    """At a deadline, to the microsecond, or one beside it."""
    minutes = day.random.choice((-30, -5, 0, 1, 2, 10, 20))
    _check_in(day, interview, start + minutes * MINUTE + day.random.choice((-1, 0, 1)))


def _never(day: Played, interview: str, start: int) -> None:
    at = start + day.random.randint(8, 60) * MINUTE
    day.at(at, "staff:desk", c.ConfirmAbsence(interview))
    if day.random.random() < 0.3:
        day.at(at + 3 * MINUTE, "staff:desk", c.WithdrawAbsence(interview))
        if day.random.random() < 0.5:
            day.at(at + 30 * MINUTE, "staff:desk", c.ConfirmAbsence(interview))
    if day.random.random() < 0.3:
        _sits_again(day, interview, at + 10 * MINUTE)


def _tries_in_vain(day: Played, interview: str, start: int) -> None:
    me, random = f"candidate:{interview}", day.random
    for n in range(random.randint(1, 4)):
        at = start + random.randint(-35 * 60, 14 * 60) * SECOND
        kind = random.choice(("number", "device", "word", "claim"))
        if kind == "number":
            _check_in(day, interview, at, random.choice(("own", "other")), number_matches=False)
        elif kind == "device":
            camera = random.choice(("fail", "fail", "ok"))
            day.at(at, me, c.ReportDevices(interview, f"{interview}-own", camera, "ok", "ok", "ok"))  # type: ignore[arg-type]
        elif kind == "word":
            day.at(at, me, c.GiveNotice(interview, "cannot_connect"))
        else:
            day.at(at, me, c.RaiseClaim(f"{interview}-k{n}", f"{interview}-own", "number_unknown", interview=interview))
    if random.random() < 0.6:
        day.at(start + random.randint(11, 50) * MINUTE, "staff:desk", c.ConfirmAbsence(interview))


def _wrong_then_right(day: Played, interview: str, start: int) -> None:
    at = start + day.random.randint(-15, 8) * MINUTE
    for n in range(day.random.randint(1, 3)):
        _check_in(day, interview, at + n * 20 * SECOND, number_matches=False)
    _check_in(day, interview, at + 90 * SECOND)


def _is_let_count(day: Played, interview: str, start: int) -> None:
    """Staff let an attempt count as the arrival."""
    at = start + day.random.randint(-12, 6) * MINUTE + day.random.randrange(SECOND)
    _check_in(day, interview, at, number_matches=False)

    def make(event: Event) -> c.Command:
        found = event.interviews[interview]
        tried = [attempt.first_at for attempt in found.attempts] + [opened.at for opened in found.opened]
        return c.CheckInByStaff(interview, day.now, day.random.choice([None, *tried]))

    day.at(at + day.random.randint(1, 20) * MINUTE, "staff:desk", make)


def _somebody_else(day: Played, interview: str, start: int) -> None:
    """A name that differs; staff say that it is not this person, and the right one may come yet."""
    at, random = start - random_minutes(day, 4, 20), day.random
    if random.random() < 0.5:
        _check_in(day, interview, at - MINUTE, number_matches=False)
    _check_in(day, interview, at, differs=("name",))
    same = random.random() < 0.4
    day.at(at + 2 * MINUTE, "staff:panel", c.SettleDifference(interview, same))
    if random.random() < 0.6:
        later = start + random.randint(-2, 12) * MINUTE
        me, sid = f"candidate:{interview}", f"{interview}-right"
        day.at(later - SECOND, me, c.Consent(interview, sid, "1"))
        day.at(later - SECOND // 2, me, _ticks(interview, sid))
        _check_in(day, interview, later, "right")


def _cancelled(day: Played, interview: str, start: int) -> None:
    if day.random.random() < 0.4:
        _check_in(day, interview, start - 6 * MINUTE)
    side = day.random.choice(("candidate", "staff", "provider", "gateway"))
    because = "interviewers_absent" if side == "staff" and day.random.random() < 0.5 else ""
    at = start - random_minutes(day, -15, 60)
    day.at(at, "staff:desk", c.CancelInterview(interview, side, because=because))  # type: ignore[arg-type]
    if day.random.random() < 0.4:
        _sits_again(day, interview, at + 5 * MINUTE)


def _not_there(day: Played, interview: str, start: int) -> None:
    day.endings[interview] = "not_called"
    _check_in(day, interview, start - random_minutes(day, 1, 20))
    day.at(start + 12 * MINUTE, "staff:panel", c.ConfirmAbsence(interview, "not_there_when_called"))


def _is_moved(day: Played, interview: str, start: int) -> None:
    """To another time, another room, or both, before or after the first time has passed."""
    new = start + day.random.choice((0, 25, 60)) * MINUTE
    room = day.random.choice(ROOMS)
    day.at(start - random_minutes(day, -8, 40), "cli", c.Reschedule(interview, new, new + SLOT, room))
    _comes(day, interview, day.random.choice((start, new)))


def _comes_after_all(day: Played, interview: str, start: int) -> None:
    day.at(start + 11 * MINUTE, "staff:desk", c.ConfirmAbsence(interview))
    _check_in(day, interview, start + random_minutes(day, 9, 30))

    def settle(event: Event) -> c.Command | None:
        claim = next((one.id for one in event.interviews[interview].claims), None)
        if claim is None:
            return None
        return c.SettleClaim(claim, day.random.random() < 0.7, interview, day.random.random() < 0.5)

    day.at(start + 35 * MINUTE, "staff:desk", settle)


def _is_claimed(day: Played, interview: str, start: int) -> None:
    """The third wrong number calls a person, who gives the seat, or not."""
    at = start - random_minutes(day, -5, 12)
    for n in range(3):
        _check_in(day, interview, at + n * 10 * SECOND, number_matches=False)

    def settle(event: Event) -> c.Command | None:
        claim = next((one.id for one in event.interviews[interview].claims), None)
        accepted, first = day.random.random() < 0.7, day.random.random() < 0.5
        return None if claim is None else c.SettleClaim(claim, accepted, interview, first)

    day.at(at + random_minutes(day, 1, 9), "staff:desk", settle)


def _sits_again(day: Played, interview: str, at: int) -> None:
    again = f"{interview}-again"
    start = at + 40 * MINUTE
    day.endings[again] = "finish"
    day.at(at, "cli", c.ImportRoster((c.Slot(again, interview[:2], start, start + SLOT, resits=interview),)))
    day.at(start - 20 * MINUTE, f"candidate:{again}", c.Consent(again, f"{again}-own", "1"))
    day.at(start - 19 * MINUTE, f"candidate:{again}", _ticks(again, f"{again}-own"))
    _comes(day, again, start)


def _says_a_word(day: Played, interview: str, start: int) -> None:
    at = start + day.random.randint(-60 * 60, 14 * 60) * SECOND
    if day.random.random() < 0.5:
        day.at(at, "staff:desk", c.RecordContact(interview))
    else:
        code = day.random.choice(("late", "cannot_connect"))
        day.at(at, f"candidate:{interview}", c.GiveNotice(interview, code, 10))  # type: ignore[arg-type]


def _noise(interview: str, random: Random) -> Make:
    """Words of a provider, late and out of order: no verdict may rest on them."""

    def make(_: Event) -> c.Command:
        seen = NINE + random.randint(-3600, 3600) * SECOND
        if random.random() < 0.5:
            return c.SeeJoined(interview, "candidate", "provider", seen, random.randint(0, 2))
        return c.SeeLeft(interview, "candidate", "provider", seen, random.randint(0, 2))

    return make


def _panel(day: Played, room: str) -> Make:
    """A panel at work: whoever waits is let in, whoever has been in long enough is let go."""

    def make(event: Event) -> c.Command | None:
        inside = event.interviews.get(event.rooms[room].taken_by or "")
        if inside is not None and inside.in_room:
            return _with_one_inside(day, event, inside)
        found = event.next_of(room)
        if found is not None and day.now >= found.starts_at and day.endings.get(found.id) != "not_called":
            return _let_in(found)
        held = next((i for i in event.waiting(room) if i.held), None)
        return c.Hold(held.id, on=False) if held is not None and day.random.random() < 0.2 else _reopened(day, event)

    return make


def _let_in(found: Interview) -> c.Command:
    session = found.session
    if session is None:
        return c.OpenSession(found.id, f"{found.id}-key", "webrtc")
    if session.state == "requested":
        return c.SessionCameUp(found.id, session.provider, session.generation)
    return c.Admit(found.id)


def _with_one_inside(day: Played, event: Event, inside: Interview) -> c.Command | None:
    session, ending = inside.session, day.endings.get(inside.id, "finish")
    if session is None or session.state == "closed":
        return c.OpenSession(inside.id, f"{inside.id}-{day.now}", event.provider_for(inside.stream))
    if session.state == "requested":
        return c.SessionCameUp(inside.id, session.provider, session.generation)
    if inside.phase == "admitting":
        return c.SeeJoined(inside.id, "candidate", "worker", day.now, inside.admission)
    if inside.entered_at is None or day.now - inside.entered_at < 6 * MINUTE or ending == "nothing":
        return c.SendBack(inside.id) if day.random.random() < 0.03 else None
    if ending == "break":
        side: Any = day.random.choice(("candidate", "staff", "provider", "gateway"))
        return c.BreakOff(inside.id, side)
    return c.Finish(inside.id, now=True)


def _reopened(day: Played, event: Event) -> c.Command | None:
    """An end by mistake is taken back, once."""
    for interview in event.interviews.values():
        if interview.over and day.endings.get(interview.id) == "reopen":
            day.endings[interview.id] = "finish"
            return c.Reopen(interview.id)
    return None


def _faults(day: Played) -> None:
    """Pauses that end or do not, gaps of our own, providers that fall, rules that change."""
    random = day.random
    for _ in range(random.randint(0, 3)):
        room, at = random.choice((None, *ROOMS)), NINE + random.randint(-20, 80) * MINUTE
        day.at(at, "staff:desk", c.Pause(room, on=True))
        if random.random() < 0.9:
            day.at(at + random.randint(10, 1500) * SECOND, "staff:desk", c.Pause(room, on=False))
    for _ in range(random.randint(0, 2)):
        begin = NINE + random.randint(-20 * 60, 80 * 60) * SECOND
        end = begin + random.randint(5, 900) * SECOND
        day.at(end + 2 * SECOND, "reactor", c.RecordGap(begin, end))
    if random.random() < 0.5:
        at = NINE + random.randint(-10, 60) * MINUTE
        day.at(at, "reactor", c.ReportProvider("webrtc", "unavailable"))
        day.at(at + MINUTE, "staff:admin", c.SwitchProvider(random.choice(PROVIDERS), open_sessions="stay"))
        day.at(at + random.randint(2, 40) * MINUTE, "reactor", c.ReportProvider("webrtc", ""))
    if random.random() < 0.4:
        changed = policy_of(day.document).to_document() | random.choice(
            ({"late_after": 300}, {"arrive_by": None}, {"absent_after": 1200}, {"without_contact": "absent"},
             {"late_entry": "refuse", "refuse_after": 600}, {"contact_stops_absence": False})
        )  # fmt: skip
        day.at(NINE + random.randint(-30, 90) * MINUTE, "staff:admin", c.ChangePolicy(changed))


def random_minutes(day: Played, least: int, most: int) -> int:
    return day.random.randint(least * 60, most * 60) * SECOND
