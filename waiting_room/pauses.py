"""Pauses of the event and of its rooms, kept so that deadlines can stop while one lasts.

A pause is what staff press when a fire alarm rings: nobody can be judged by a clock that ran on meanwhile. Which pauses
an interview has had is a question of when its time was set and of the rooms that it has stood in since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from waiting_room.entries import Stamped
from waiting_room.interview import Interview

MAX_PAUSES = 500  # of one event or one room; ``decide`` refuses the next, so that none that counts is forgotten
FOREVER = 2**62  # the end of a pause that lasts, in microseconds: later than any deadline
SECOND = 1_000_000
REACH = 12 * 3600 * SECOND  # a pause delays what was to come within so long after it began: the rest of its day


@dataclass(frozen=True, slots=True)
class Pause:
    """``to_at`` None: it lasts. ``offset`` and ``ended``: of ``room_paused`` and ``room_resumed``."""

    from_at: int
    offset: int
    to_at: int | None = None
    ended: int | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """From and to, in microseconds UTC."""

    from_at: int
    to_at: int


def begun(pauses: tuple[Pause, ...], st: Stamped) -> tuple[Pause, ...]:
    """With one more that lasts; one that lasts already goes on."""
    lasting = bool(pauses) and pauses[-1].to_at is None
    return pauses if lasting or len(pauses) >= MAX_PAUSES else (*pauses, Pause(st.at, st.offset))


def ended(pauses: tuple[Pause, ...], st: Stamped) -> tuple[Pause, ...]:
    """With the one that lasts at its end."""
    if not pauses or pauses[-1].to_at is not None:
        return pauses
    return (*pauses[:-1], replace(pauses[-1], to_at=st.at, ended=st.offset))


def had_by(
    interview: Interview, of_event: Sequence[Pause], of_room: Callable[[str], Sequence[Pause]], until: int = FOREVER
) -> tuple[tuple[Pause, Span], ...]:
    """The pauses that this interview has had, and what it lost to each. Whoever set its time knew of those before.
    ``until``: the end that a pause is given which lasts."""
    since = interview.timed.at if interview.timed is not None else 0
    found = [(pause, _clipped(pause, since, FOREVER, until)) for pause in of_event]
    stays = interview.stays
    for position, stay in enumerate(stays):
        left = stays[position + 1].at if position + 1 < len(stays) else FOREVER
        found += [(pause, _clipped(pause, max(since, stay.at), left, until)) for pause in of_room(stay.room)]
    return tuple((pause, span) for pause, span in found if span is not None)


def _clipped(pause: Pause, since: int, left: int, until: int) -> Span | None:
    begins, ends = max(pause.from_at, since), min(until if pause.to_at is None else pause.to_at, left)
    return Span(begins, ends) if begins < ends else None


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time, each moment once: a room may be paused while the event is."""
    apart: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.from_at, span.to_at)):
        if apart and span.from_at <= apart[-1].to_at:
            apart[-1] = Span(apart[-1].from_at, max(apart[-1].to_at, span.to_at))
        else:
            apart.append(span)
    return tuple(apart)


def shifted(planned: int, spans: Iterable[Span], since: int = 0) -> int:
    """A deadline with the pauses that began up to it added, those before ``since`` left out: nobody's deadline ever
    comes sooner by a pause. At most FOREVER."""
    due = planned
    for span in spans:
        begins = max(span.from_at, since)
        if begins > due:
            break
        if begins < span.to_at and planned - begins <= REACH:
            due = min(FOREVER, due + span.to_at - begins)
    return due
