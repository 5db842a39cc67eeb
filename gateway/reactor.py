"""Does what the journal asks for, and appends what came of it.

It has sessions opened ahead of time and closed (``opening``), lapses admissions that nobody followed, finishes when ten
seconds are over, proposes absences, and makes void what nobody confirmed. Everything is decided from the state
(``plan.steps``), so a crash between a deed and its record is mended by asking again: keys and command ids are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING

from gateway.agenda import Agenda
from gateway.bookings import void, void_steps
from gateway.hall import Hall
from gateway.opening import Opening
from gateway.plan import Step, held_back, steps
from waiting_room import commands as c
from waiting_room.entries import Stamped
from waiting_room.errors import Refused
from waiting_room.interview import Interview
from waiting_room.journal.port import Fenced
from waiting_room.policy import SECOND

if TYPE_CHECKING:
    from gateway.house import House

ACTOR = "reactor"
HELD_BACK = 60 * SECOND  # until the causes of a held-back absence are looked at again, on the whole minute
TOUCHES_ALL = frozenset({"provider_switched", "policy_changed", "provider_up", "provider_down"})


class Reactor:
    """For one hall."""

    def __init__(self, house: House, hall: Hall, agenda: Agenda) -> None:
        self.house, self.hall, self.agenda = house, hall, agenda
        self._opening = Opening(house, hall, agenda, self.look_at)
        self._busy: set[str] = set()
        self._again: set[str] = set()
        self._back_at = house.now()
        hall.listeners.append(self._changed)
        agenda.listeners.append(lambda due, _now: self.look_at(due))

    def look_at(self, interviews: Sequence[str]) -> None:
        """Do what is due for these, where that is this gateway's work. Each is looked at by one task at a time; for
        most there is nothing to do."""
        if not self.house.duties.mine(self.hall.id):
            return
        for interview in interviews:
            found = self.hall.state.interviews.get(interview)
            if interview in self._busy:
                self._again.add(interview)
            elif found is not None and any(True for _ in self._due(found)):
                self._busy.add(interview)
                self.house.tasks.start(self._work(interview), "reactor")

    def start(self) -> None:
        """Look at everything once, after a restart, an outage of the store, or when the work becomes ours: the state
        says what was under way."""
        self._back_at = self.house.now()
        self.look_at(tuple(self.hall.state.interviews))

    # --- looking ---------------------------------------------------------------------------------------------------

    def _changed(self, fresh: Sequence[Stamped]) -> None:
        state = self.hall.state
        rooms: set[str] = set()
        touched: list[str] = []
        for st in fresh:
            kind, _, name = st.stream.partition(":")
            if kind == "i":
                touched.append(name)
                rooms.add(state.interviews[name].room)
            elif kind == "r":
                rooms.add(name)
            elif getattr(st.entry, "kind", "") in TOUCHES_ALL:
                touched.extend(state.interviews)
        upcoming = (state.next_of(room) for room in rooms)
        self.look_at(list(dict.fromkeys([*touched, *(i.id for i in upcoming if i is not None)])))

    async def _work(self, interview: str) -> None:
        try:
            while await self._round(interview):
                pass
        finally:
            self._busy.discard(interview)
            if interview in self._again:
                self._again.discard(interview)
                self.look_at([interview])

    async def _round(self, interview: str) -> bool:
        """One step that is due, if there is one."""
        found = self.hall.state.interviews[interview]
        for step in self._due(found):
            again = step.what == "propose" and found.overdue_at is not None  # other causes, found out later
            if await self._do(step, found):
                if step.at and not again:
                    self.house.metrics.fell_due(step.what, self.house.now() - self._not_before(step))
                return True
        return False

    def _due(self, interview: Interview) -> Iterator[Step]:
        """What is to be done now. What is not due yet is put on the agenda."""
        now, failures = self.house.now(), self._opening.failures(interview)
        void = void_steps(self.hall, interview, now)
        for step in chain(steps(self.hall.state, interview, now, failures), void):
            if (at := self._not_before(step)) > now:
                self.agenda.remind(interview.id, at)
            else:
                yield step

    def _not_before(self, step: Step) -> int:
        """An admission that was under way when we came back has its whole wait again: nobody could follow it while we
        were away, and who is in the call already is not known at once."""
        if step.what == "lapse" and step.code == "no_arrival":
            return max(step.at, self._back_at + self.hall.state.policy.arrival_wait * SECOND)
        return step.at

    async def _do(self, step: Step, interview: Interview) -> bool:
        """Whether it changed anything. What the core refuses has been overtaken, and what is fenced off is done by
        another gateway."""
        with suppress(Refused, Fenced):
            match step.what:
                case "request" | "open" | "close" | "drop":
                    return await self._opening.do(step, interview)
                case "lapse":
                    command: c.Command = c.LapseAdmission(interview.id, interview.admission, step.code)
                    return await self._ask(command, f"lapse:{interview.id}:{interview.admission}")
                case "finish":
                    command = c.Finish(interview.id)
                    return await self._ask(command, f"finish:{interview.id}:{interview.closing_until}")
                case "void":
                    return await void(self._ask, self.hall, interview)
                case "propose":
                    return await self._propose(interview)
        return False

    async def _ask(self, command: c.Command, command_id: str) -> bool:
        done = await self.hall.execute(command, actor=ACTOR, command_id=f"reactor:{command_id}", on_duty=True)
        return bool(done.stamped) and not done.repeated

    async def _propose(self, interview: Interview) -> bool:
        here = self._panel_here(interview.room)
        causes = held_back(self.hall.state, interview, self.house.now(), panel_here=here)
        if {"interviewers_absent", "provider_down"} & set(causes):  # these pass; a gap of our own stays one
            self.agenda.remind(interview.id, (self.house.now() // HELD_BACK + 1) * HELD_BACK)
        if interview.overdue_at is not None and causes == interview.held_back:
            return False
        name = f"absence:{interview.id}:{self.hall.state.version(interview.stream)}"  # anew after a withdrawal
        if not await self._ask(c.ProposeAbsence(interview.id, causes), name):
            return False
        if self.hall.state.policy.absent_automatic and not causes:
            await self._ask(c.ConfirmAbsence(interview.id), f"absent:{name}")
        return True

    def _panel_here(self, room: str) -> bool:
        return any(
            self.hall.presence.of(f"staff:{member.id}").state == "here"
            for member in self.hall.state.staff.values()
            if not member.revoked and member.sees(room)
        )
