"""What time alone decides for one interview, by its policy, its timetable and the pauses that it has had.

Deadlines stop while the room or the event is paused, and what remains shifts by as long. Nothing here is written down:
who has the journal comes to the same times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from waiting_room.event import Event
from waiting_room.interview import Interview, Mark
from waiting_room.pauses import Span, merged, shifted
from waiting_room.policy import SECOND, Policy


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Microseconds UTC, pauses added. ``late_after``: later than this is late. ``absent_after`` None: absence is not
    proposed, by the policy or because word from the candidate stopped it. ``refused_after``: ``late_entry`` holds from
    the next microsecond on. ``almost_up`` and ``time_up``: of one who is in the room of an event that bounds it."""

    opens_at: int
    arrive_by: int
    starts_at: int
    late_after: int
    absent_after: int | None
    refused_after: int | None = None
    almost_up: int | None = None
    time_up: int | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """By how much a pause moves one interview: its start before and after, in microseconds UTC."""

    interview: str
    before: int
    after: int

    @property
    def by(self) -> int:
        return self.after - self.before


def deadlines(interview: Interview, policy: Policy, pauses: Sequence[Span] = ()) -> Deadlines:
    """``pauses``: those that the interview has had (``Event.pauses_of``). The door never opens later for one."""
    start = interview.starts_at
    late_after = start + policy.late_after * SECOND
    arrive_by = late_after if policy.arrive_by is None else start - policy.arrive_by * SECOND
    refused = policy.late_after if policy.refuse_after is None else policy.refuse_after
    almost_up, time_up = _end(interview, policy, pauses)
    return Deadlines(
        opens_at=start - policy.opens_before * SECOND,
        arrive_by=shifted(arrive_by, pauses),
        starts_at=shifted(start, pauses),
        late_after=shifted(late_after, pauses),
        absent_after=_absent_after(interview, policy, pauses),
        refused_after=None if policy.late_entry == "allow" else shifted(start + refused * SECOND, pauses),
        almost_up=almost_up,
        time_up=time_up,
    )


def _absent_after(interview: Interview, policy: Policy, pauses: Sequence[Span]) -> int | None:
    if policy.absent_after is None:
        return None
    due = shifted(interview.starts_at + policy.absent_after * SECOND, pauses)
    word = last_word(interview)
    if word is None or not policy.contact_stops_absence:
        return due
    if policy.contact_stops_for is None:
        return None
    return max(due, shifted(word.at + policy.contact_stops_for * SECOND, pauses, since=word.at))


def last_word(interview: Interview) -> Mark | None:
    """What the office last heard of this candidate that still stands about this time of theirs: staff spoke to them, or
    they said on their page that they will be late or cannot connect. Whoever took that back is awaited in time."""
    notice = interview.notice
    said = Mark(notice.at, notice.offset) if notice is not None and notice.withdrawn is None else None
    since = interview.timed.offset if interview.timed is not None else 0
    words = [word for word in (interview.contact, said) if word is not None and word.offset > since]
    return max(words, key=lambda word: word.offset, default=None)


def said_nothing(interview: Interview) -> bool:
    """Whether the office never heard of this candidate about this time of theirs; a word that was taken back is one."""
    notice, since = interview.notice, interview.timed.offset if interview.timed is not None else 0
    return last_word(interview) is None and (notice is None or notice.offset <= since)


def _end(interview: Interview, policy: Policy, pauses: Sequence[Span]) -> tuple[int | None, int | None]:
    """From when the candidate came in. Who came late has so much less, unless the policy gives time for trouble on
    their side; that we let them in late costs them nothing."""
    entered, arrival = interview.entered_at, interview.arrival
    if policy.max_length is None or entered is None or arrival is None:
        return None, None
    late = max(0, arrival.counts - shifted(interview.starts_at, pauses))
    own = 0 if "candidate" in policy.extend_on_fault else late
    up = shifted(max(entered, entered - own + policy.max_length * SECOND), pauses, since=entered)
    return max(entered, up - policy.almost_up * SECOND), up


def preview(event: Event, room: str | None, pause: Span) -> tuple[Shift, ...]:
    """Whom a pause of this room, or (None) of the whole event, shifts and by how much: those who are still to come in
    and whose time had not come when it began, by room and start. One that lasts already is asked about with the end
    that it would have."""
    rooms = tuple(event.rooms) if room is None else (room,)
    ahead = [i for name in rooms for i in event.of_room(name) if not i.over and not i.in_room]
    shifts = [_shift(i, event.pauses_of(i, until=0), pause) for i in ahead]
    return tuple(shift for shift in shifts if shift.by)


def _shift(interview: Interview, had: Sequence[Span], pause: Span) -> Shift:
    since = interview.timed.at if interview.timed is not None else 0
    more = Span(max(pause.from_at, since), max(pause.to_at, since))
    start = interview.starts_at
    return Shift(interview.id, shifted(start, had), shifted(start, merged((*had, more))))
