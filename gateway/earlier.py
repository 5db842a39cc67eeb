"""How often a person did not come before, for the next booking, where the event's rules let it be shown.

The same person is the same number, folded, in the rosters of events that say they are of one ``series``, and in the
event itself. Nothing is kept for it: the rosters that are still held are looked through when one is imported. So what
is known of earlier absences goes with the purge of the event that they were in, and the journal has a count and no
mark of a person (decision 0017).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from gateway.hall import Hall
from gateway.roster import Entrant
from gateway.rosterfaults import RosterFault, fault
from waiting_room.evidence import judged
from waiting_room.identity import fold_number

ABSENT = frozenset(
    {"absent", "deemed_cancelled"}
)  # who tried and failed, cancelled or was refused has come, or said so


def absences(halls: Iterable[Hall], hall: Hall, numbers: Iterable[str]) -> Mapping[str, int]:
    """Folded number -> how many interviews of theirs were not come to; none where the rules do not let it be shown."""
    wanted = {fold_number(number) for number in numbers} - {""}
    if not wanted or not hall.state.policy.booking.show_repeat_absence:
        return {}
    found: Counter[str] = Counter()
    for other in halls:
        if other is hall or _same_series(other, hall):
            found.update(number for number in _absent(other) if number in wanted)
    return found


def told(entrants: Iterable[Entrant], before: Mapping[str, int]) -> Iterator[RosterFault]:
    """A warning on each line whose person did not come before."""
    for one in entrants:
        if times := before.get(fold_number(one.number), 0):
            yield fault(one.line, "number", "absent_before", times=times)


def _same_series(other: Hall, hall: Hall) -> bool:
    series = hall.people.settings.get("series")
    return bool(series) and other.people.settings.get("series") == series


def _absent(hall: Hall) -> Iterator[str]:
    """The number of every interview that was not come to, once for each."""
    state = hall.state
    for interview in state.interviews.values():
        if interview.phase == "absent" and judged(state, interview, state.at).code in ABSENT:
            yield fold_number(str(hall.people.roster.get(interview.id, {}).get("number") or ""))
