"""The fold of an interview's timetable: when and where, and which version of that people have to be told."""

from __future__ import annotations

from dataclasses import replace

from waiting_room import entries as e
from waiting_room.interview import MAX_STAYS, Interview, Mark, Stay


def scheduled(s: Interview, x: e.Scheduled, st: e.Stamped) -> Interview:
    return replace(
        s, room=x.room, starts_at=x.starts_at, ends_at=x.ends_at, companions=x.companions, resits=x.resits,
        earlier_absences=x.earlier_absences, timed=Mark(st.at, st.offset), stays=(Stay(x.room, st.at),),
        schedule=s.schedule + 1,
    )  # fmt: skip


def rescheduled(s: Interview, x: e.Rescheduled, st: e.Stamped) -> Interview:
    """What was found of the old time says nothing of the new one."""
    return replace(
        s, starts_at=x.starts_at, ends_at=x.ends_at, early="none", overdue=None, held_back=(), withdrawn=None,
        too_late=None, timed=Mark(st.at, st.offset), stays=(Stay(s.room, st.at),),
        schedule=s.schedule + 1, changed=s.schedule + 1,
    )  # fmt: skip


def moved(s: Interview, x: e.Moved, st: e.Stamped) -> Interview:
    """Nobody is moved who is in the room."""
    if s.in_room:
        return s
    stays = (*s.stays, Stay(x.room, st.at))[-MAX_STAYS:]
    return replace(s, room=x.room, stays=stays, early="none", schedule=s.schedule + 1, changed=s.schedule + 1)
