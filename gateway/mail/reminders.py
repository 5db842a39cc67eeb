"""Reminders by the clock: ``mail.reminder_hours`` of the event's file before an interview.

Only whoever was told of the interview before that moment is reminded of it: an invitation that went out since is
reminder enough. All of it follows from the journal, so a gateway that was away at the moment makes up for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from gateway.agenda import Agenda
from gateway.hall import Hall
from gateway.mail.post import is_rehearsal
from gateway.mail.queueing import Order, queue, written_to
from waiting_room.entries import Stamped
from waiting_room.errors import Refused
from waiting_room.interview import CANDIDATE, Interview
from waiting_room.mailing import REACHED, is_told
from waiting_room.policy import SECOND

if TYPE_CHECKING:
    from gateway.house import House

HOUR = 3600 * SECOND
LAST_CALL = 1 * HOUR  # less than this before the start nobody is reminded any more: they are on their way
ACTOR = "reactor"
TELLS = frozenset({"invitation", "changed"})


class Reminders:
    """For one hall."""

    def __init__(self, house: House, hall: Hall, agenda: Agenda) -> None:
        self._house, self._hall, self._agenda = house, hall, agenda
        self._busy: set[str] = set()
        hall.listeners.append(self._changed)
        agenda.listeners.append(lambda due, _now: self.look_at(due))

    def look_at(self, interviews: Iterable[str]) -> None:
        """Remind those whose moment has come; put the others on the agenda."""
        now = self._house.now()
        for name in interviews:
            interview = self._hall.state.interviews.get(name)
            at = self._moment(interview) if interview is not None else None
            if interview is None or at is None:
                continue
            if at > now:
                self._agenda.remind(name, at)
            elif name not in self._busy and self._is_due(interview, at, now):
                self._busy.add(name)
                self._house.tasks.start(self._remind(interview), "reminder")

    def _changed(self, fresh: Sequence[Stamped]) -> None:
        self.look_at(dict.fromkeys(st.stream.removeprefix("i:") for st in fresh if st.stream.startswith("i:")))

    def _moment(self, interview: Interview) -> int | None:
        hours = (self._hall.people.settings.get("mail") or {}).get("reminder_hours")
        if hours is None or interview.over or is_rehearsal(self._hall):
            return None
        return interview.starts_at - int(hours) * HOUR

    @staticmethod
    def _is_due(interview: Interview, at: int, now: int) -> bool:
        theirs = [mail for mail in interview.mails if mail.person == CANDIDATE and mail.what in TELLS]
        told = any(mail.state in REACHED and mail.at < at for mail in theirs)
        return told and now < interview.starts_at - LAST_CALL and not is_told(interview, "reminder", CANDIDATE)

    async def _remind(self, interview: Interview) -> None:
        try:
            for person in written_to(self._hall, interview):
                name = f"{interview.id}:{person}:{interview.issue(person)}:{interview.schedule}"
                with suppress(Refused):
                    order = Order(interview.id, person, "reminder")
                    await queue(self._hall, order, actor=ACTOR, command_id=f"reminder:{name}")
        finally:
            self._busy.discard(interview.id)
