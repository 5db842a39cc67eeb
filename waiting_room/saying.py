"""What a candidate told the office of their own accord, and whether anybody has read it.

They will be late, they cannot connect, or they cancelled. The one who said it wants to know that it was heard, and
reception wants it on the list until it was; both look here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from waiting_room.entries import Stamped
from waiting_room.interview import Interview, Mark, Notice

Code = Literal["late", "cannot_connect", "cancelled"]


@dataclass(frozen=True, slots=True)
class Said:
    """``offset``: where their words are, privately. ``sid``: the page that sent it, empty where nobody noted it.
    ``seen_at``: staff had read it by then; None: not yet. ``needs``: somebody of the staff has still to read it."""

    code: Code
    minutes: int | None
    at: int
    offset: int
    sid: str
    withdrawn: bool
    seen_at: int | None
    needs: bool


def said(interview: Interview) -> Said | None:
    """The last thing that was said about the present time; None when nothing was."""
    ended, notice = interview.ended, interview.notice
    if ended is not None and interview.phase == "cancelled" and ended.by.startswith("candidate:"):
        seen = _seen(interview, ended.offset)
        return Said("cancelled", None, ended.at, ended.offset, "", withdrawn=False, seen_at=seen, needs=seen is None)
    since = interview.timed.offset if interview.timed is not None else 0
    if notice is None or notice.offset <= since:
        return None
    seen = _seen(interview, notice.offset)
    withdrawn = notice.withdrawn is not None
    needs = not (withdrawn or seen is not None or interview.over or _came(interview, notice.offset, notice.at))
    return Said(notice.code, notice.minutes, notice.at, notice.offset, notice.sid, withdrawn, seen, needs)


def taken_back(notice: Notice | None, st: Stamped) -> Notice | None:
    """As it stands once the candidate took it back. That they tried and could not connect stays: it was so."""
    if notice is None or notice.withdrawn is not None:
        return notice
    return replace(notice, withdrawn=Mark(st.at, st.offset))


def unseen(interview: Interview) -> Said | None:
    """What somebody of the staff has still to read."""
    found = said(interview)
    return found if found is not None and found.needs else None


def spoken_since(interview: Interview, offset: int) -> bool:
    """Whether staff have spoken or written to the candidate since this entry."""
    return _seen(interview, offset) is not None


def told_since(interview: Interview, at: int) -> bool:
    """The same, since a moment."""
    return any(mark.at >= at for mark in _signs(interview))


def _seen(interview: Interview, since: int) -> int | None:
    """When staff first showed that they know: they said so, spoke to the candidate or wrote to them."""
    return min((mark.at for mark in _signs(interview) if mark.offset > since), default=None)


def _signs(interview: Interview) -> Iterator[Mark]:
    yield from (mark for mark in (interview.seen, interview.contact) if mark is not None)
    yield from (Mark(message.at, message.offset) for message in interview.messages)


def _came(interview: Interview, since: int, at: int) -> bool:
    """They are here after all: nobody has to see to it any more."""
    seated = interview.arrival is not None and interview.arrival.offset > since
    return seated or (interview.entered_at is not None and interview.entered_at > at)
