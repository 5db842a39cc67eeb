"""Commands to entries: the only place that says what may happen next.

``decide`` is pure: time is an argument, ids come with the command. It reads one event and answers what to append and
which streams, at which versions, the answer rests on. Whoever appends with these guards and is told of a conflict folds
what is new and asks again. It raises Refused and nothing else.
"""

from __future__ import annotations

from waiting_room import commands as c
from waiting_room.deciding import admission, arrival, booking, ends, hall, keeping, mailing, providing
from waiting_room.deciding.case import Case, Decision
from waiting_room.errors import Refused
from waiting_room.event import Event

__all__ = ["Decision", "decide"]

# Facts that were seen: true whatever else happened meanwhile, so nothing guards them.
OBSERVATIONS = (c.SeeJoined, c.SeeLeft, c.OpenLink, c.NotePresence, c.ObserveSession, c.MailWentOut, c.ReportBounce)


def decide(event: Event, command: c.Command, actor: str, now: int) -> Decision:
    """What follows from the command. Refused: with a code of ``errors.REFUSALS``.

    ``actor``: opaque id of who asks (``candidate:<interview>``, ``staff:<id>``, ``reactor``, ``cli``); whether they may
    was checked before. ``now``: microseconds UTC. No entries means accepted, with nothing to do.
    """
    if not event.readable:
        raise Refused("newer_release")
    if event.purge and not isinstance(command, keeping.Keeping | c.Seal):
        raise Refused("purged")
    case = Case(event, actor, now, guarded=not isinstance(command, OBSERVATIONS))
    if isinstance(command, arrival.Arriving):
        arrival.decide(case, command)
    elif isinstance(command, admission.Admitting):
        admission.decide(case, command)
    elif isinstance(command, booking.Booking):
        booking.decide(case, command)
    elif isinstance(command, ends.Ending):
        ends.decide(case, command)
    elif isinstance(command, keeping.Keeping):
        keeping.decide(case, command)
    elif isinstance(command, providing.Providing):
        providing.decide(case, command)
    elif isinstance(command, mailing.Mailing):
        mailing.decide(case, command)
    else:
        hall.decide(case, command)
    return case.decision()
