"""A day in fast-forward through the gateway: three rooms of forty interviews on Zoom, and everything that goes wrong.

Time is a number that moves a minute at a time, and on when everybody has done what they had to do by then. The gateway,
its journal, the people's pages and Zoom's simulator are real; what loops by the real clock is asked once a minute.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from gateway.attendance import attendance
from gateway.operations import run
from gateway.sweeping import Sweeping
from providers.base import Room
from providers.zoom.adapter import Zoom
from tests.support import outside
from tests.support.day import EVENT, FILE, MINUTE, Browser, Clock, Day, Entrant, bring_in, day
from tests.support.zoom_simulator import ZoomSimulator
from tests.support.zoom_simulator_rules import CAP, DAY, Refusal
from waiting_room.entries import Admitted, Finished, HandedOver, SessionFailed, Stamped
from waiting_room.interview import Interview

ROOMS = ("r1", "r2", "r3")
EACH = 40  # interviews of a room
SLOT = 20  # minutes
TALK = 12  # minutes that both are in a meeting
BEGIN = 1_795_833_000 * 1_000_000  # 2026-11-28 02:30 UTC: no UTC day ends before the last interview
FIRST = 30  # minutes from there to the first interviews
LAST = FIRST + EACH * SLOT + 120  # minutes by which everything is over, however late a room runs
HOSTS = tuple(f"host{number}" for number in range(1, 7))
SPENT, USED = HOSTS[:4], 80  # hosts that held that many meetings of ours in the morning
Trouble = Callable[["Trial"], None]


@dataclass
class Hands(Clock):
    """A clock that stands until it is set."""

    at: int = BEGIN

    def __call__(self) -> int:
        return self.at

    def shift(self, seconds: float) -> None:
        self.at += int(seconds * 1_000_000)


@dataclass
class Trial:
    """The day, its far side, and the minute that it is."""

    today: Day
    adapter: Zoom
    zoom: ZoomSimulator
    clock: Hands
    minute: int = 0
    keepers: frozenset[asyncio.Task[Any]] = frozenset()
    people: list[Panel | Applicant] = field(default_factory=list)

    def of(self, interview: str) -> Interview:
        return self.today.hall.state.interviews[interview]

    async def go_on(self) -> None:
        """A minute later. Whatever the gateway does about it has been done."""
        self.minute += 1
        self.clock.at = max(self.clock.at, BEGIN + self.minute * MINUTE)
        gateway, told = self.today.gateway, asyncio.Event()
        agenda = gateway.agendas[EVENT]
        agenda.listeners.append(tell := lambda _due, _now: told.set())
        agenda.wake()
        await told.wait()
        agenda.listeners.remove(tell)
        gateway.tickets[EVENT].prepare(self.today.hall.state.rooms)
        await gateway.house.health.look()
        await self.quiet()

    async def quiet(self) -> None:
        """Until the gateway has nothing under way but what it does for ever."""
        tasks = self.today.gateway.house.tasks
        while working := tasks._running - self.keepers:
            await asyncio.wait(working)
        while self.zoom.webhooks.outbox:
            await self.zoom.webhooks.deliver()
            await self.quiet()

    def enter(self, url: str) -> bool:
        """Through a link into its meeting; not yet where the host is not there."""
        link = URL(url)
        try:
            self.zoom.world.enter(int(link.name), link.query.get("tk") or link.query["zak"])
        except Refusal as refusal:
            if refusal.status != 409:
                raise AssertionError(f"the link does not lead in: {refusal.message}") from refusal
            return False
        return True


@dataclass
class Applicant:
    """Comes at ``arrives`` (a minute), and goes in when the page says so."""

    entrant: Entrant
    arrives: int
    page: Browser | None = None
    link: str = ""
    inside: bool = False

    async def turn(self, trial: Trial) -> bool:
        """Whether there was anything to do."""
        if self.inside or trial.minute < self.arrives:
            return False
        if self.page is None:
            self.page = await outside.seated(trial.today, self.entrant)
            return True
        interview = trial.of(self.entrant.id)
        if not interview.admitted:
            self.link = ""  # back on the seat: the next admission has a ticket of its own
            return False
        if not self.link:
            await self._presses(self.page)
        if self.link:
            self.inside = trial.enter(self.link)
        return True

    async def _presses(self, page: Browser) -> None:
        answer = await page.do("ticket")
        assert answer.status == 200 or answer.status >= 500, answer
        if answer.status == 200:
            self.link = answer.body["ticket"]["url"]
            await page.must("pressed")


@dataclass
class Panel:
    """One room's interviewer: lets in who is due, is in the meeting first, ends it in time."""

    room: str
    page: Browser
    applicants: dict[str, Applicant]
    hosting: str = ""
    until: int = 0

    async def turn(self, trial: Trial) -> bool:
        """As an applicant's."""
        state = trial.today.hall.state
        occupant = state.interviews.get(state.rooms[self.room].taken_by or "")
        if occupant is None or not occupant.in_room:
            return await self._lets_in(trial)
        if self.hosting != occupant.id:
            await self._begins(trial, occupant)
        elif not self.applicants[occupant.id].inside:
            self.until = trial.minute + TALK
            return False
        elif trial.minute >= self.until:
            await self.page.must("finish", interview=occupant.id, now=True)
        else:
            return False
        return True

    async def _lets_in(self, trial: Trial) -> bool:
        upcoming = trial.today.hall.state.next_of(self.room)
        if upcoming is None or upcoming.starts_at > trial.clock.at:
            return False
        await self.page.must("admit", interview=upcoming.id)
        return True

    async def _begins(self, trial: Trial, occupant: Interview) -> None:
        answer = await self.page.do("join", room=self.room)
        assert answer.status == 200 or answer.code == "no_such_session", answer
        if answer.status != 200:
            return
        url = self.page.origin + answer.body["ticket"]["url"]
        async with self.page.http.get(url, allow_redirects=False) as opened:
            if opened.status == 303 and trial.enter(opened.headers["Location"]):
                self.hosting, self.until = occupant.id, trial.minute + TALK


# --- troubles ------------------------------------------------------------------------------------------------------


def cap(trial: Trial) -> None:
    """Most hosts have little left of their day: what they held is over and gone, and remembered."""
    for name in SPENT:
        trial.zoom.limits.days[name, BEGIN // DAY] = USED
        trial.adapter.remember((Room("zoom", f"{name}-{number}", 1, {"host": name}), BEGIN) for number in range(USED))


def outage(trial: Trial) -> None:
    trial.zoom.down_until = trial.clock.at + 4 * MINUTE


def suspension(trial: Trial) -> None:
    """Of a host that serves a room, and has most of its day left."""
    busy = [one.host for one in trial.zoom.world.meetings.values() if one.status == "started"]
    min(busy, key=lambda host: trial.zoom.limits.days[host.email, BEGIN // DAY]).allowed = False


def lost_answers(trial: Trial) -> None:
    for operation in ("create", "read", "invite_links", "status", "delete"):
        trial.zoom.faults.add(operation, "dropped_after", times=3)


# The outage begins ten minutes before interviews of every room: in its four minutes their candidates come, whose
# sessions are opened then, and the meetings before theirs are closed.
ALONE: dict[str, dict[int, Trouble]] = {
    "cap": {0: cap},
    "outage": {FIRST + 10 * SLOT - 10: outage},
    "suspension": {FIRST + 20 * SLOT + 5: suspension},
    "lost": {FIRST + 30 * SLOT - 7: lost_answers},
}
CASES = {**ALONE, "all": {at: trouble for case in ALONE.values() for at, trouble in case.items()}}


# --- the day -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("troubles", CASES.values(), ids=CASES.keys())
async def test_every_interview_is_held_no_meeting_is_left_and_no_create_is_beyond_the_cap(
    tmp_path: Path, troubles: dict[int, Trouble]
) -> None:
    async with trial_in(tmp_path, capped=cap in troubles.values()) as trial:
        while trial.minute < LAST and not over(trial):
            if trial.minute in troubles and trial.minute:
                troubles[trial.minute](trial)
            await trial.go_on()
            for person in trial.people:
                await person.turn(trial)
                await trial.quiet()
        await let_pass(trial, minutes=120)
        assert over(trial)
        judge_zoom(trial, capped=cap in troubles.values())
        judge_attendance(trial)
        await judge_journal(trial, failing=outage in troubles.values())


@asynccontextmanager
async def trial_in(folder: Path, *, capped: bool) -> AsyncIterator[Trial]:
    """The gateway, and everybody who will come."""
    clock = Hands()
    rooms = [{"id": room, "name": {"ja": room, "en": room}} for room in ROOMS]
    async with day(folder, entrants=(), file={**FILE, "rooms": rooms}, clock=clock) as today:
        keepers = frozenset(today.gateway.house.tasks._running)
        async with outside.zoom(today, *HOSTS) as (adapter, zoom):
            trial = Trial(today, adapter, zoom, clock, keepers=keepers)
            if capped:
                cap(trial)
            await outside.switch(today, "zoom")
            applicants = list(timetable())
            await bring_in(today, tuple(one.entrant for one in applicants))
            today.gateway.timetable.plan()
            for room in ROOMS:
                page = await today.staff(f"Ito{room}", rooms=(room,))
                own = {one.entrant.id: one for one in applicants if one.entrant.room == room}
                trial.people += [Panel(room, page, own), *own.values()]
            yield trial


def timetable() -> Iterator[Applicant]:
    """Most come well before their time, some after the desk has closed, a few late."""
    for place in range(EACH):
        for room in ROOMS:
            number = len(ROOMS) * place + ROOMS.index(room)
            due = FIRST + SLOT * place
            entrant = Entrant(
                f"iv{room}{place:02d}".ljust(14, "a"), f"{room}-{place:04d}", f"受験 {number}", room=room, due=due
            )
            early = -2 if number % 15 == 7 else 3 if number % 10 == 4 else 7 + number % 6
            yield Applicant(entrant, due - early)


def over(trial: Trial) -> bool:
    return all(interview.over for interview in trial.today.hall.state.interviews.values())


async def let_pass(trial: Trial, *, minutes: int) -> None:
    """Nobody does anything, and the gateway looks for what is nobody's."""
    for _ in range(3):
        await trial.go_on()
    trial.clock.shift(minutes * 60)
    await Sweeping(trial.today.gateway.house).sweep("zoom")
    await trial.quiet()


# --- what must hold ------------------------------------------------------------------------------------------------


def judge_zoom(trial: Trial, *, capped: bool) -> None:
    world, limits = trial.zoom.world, trial.zoom.limits
    assert not world.meetings, "meetings are left"
    assert not any(trial.zoom.faults.waiting.values()), "a fault struck nobody"
    assert limits.beyond == 0, "Zoom had to refuse a creation for its cap"
    # How much of a spent host's rest is used hangs on which host is free first: at least all but one.
    assert (max(limits.days.values()) >= CAP - 1) is capped


def judge_attendance(trial: Trial) -> None:
    """Each interview has one line, and on it the verdict of the minute at which the candidate came."""
    hall = trial.today.hall
    lines = attendance(hall.state, hall.people)
    wanted = {}
    for one in (person for person in trial.people if isinstance(person, Applicant)):
        early = one.entrant.due - one.arrives
        wanted[one.entrant.id] = "on_time" if early >= 5 else "after_arrive_by" if early > 0 else "late"
    assert Counter(line.id for line in lines) == dict.fromkeys(wanted, 1)
    assert {line.id: line.verdict for line in lines} == wanted
    assert {line.phase for line in lines} == {"finished"}
    assert Counter(wanted.values()) == {"on_time": 100, "after_arrive_by": 12, "late": 8}


async def judge_journal(trial: Trial, *, failing: bool) -> None:
    """Its chain holds, and everybody was handed over, by one admission each time, and has one end."""
    house = trial.today.gateway.house
    report = await run(house, "verify", {"event": EVENT})
    assert report["ok"], report["fault"]
    journal: list[Stamped] = []
    after = 0
    while entries := await house.book.read(EVENT, after):
        journal, after = [*journal, *entries], entries[-1].offset
    streams = {f"i:{interview}" for interview in trial.today.hall.state.interviews}
    assert Counter(st.stream for st in journal if isinstance(st.entry, Finished)) == dict.fromkeys(streams, 1)
    assert any(isinstance(st.entry, SessionFailed) for st in journal) or not failing, "the outage struck nobody"
    admitted = [(st.stream, st.entry.admission) for st in journal if isinstance(st.entry, Admitted)]
    assert len(admitted) == len(set(admitted))
    assert {st.stream for st in journal if isinstance(st.entry, HandedOver)} == streams
