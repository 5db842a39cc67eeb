"""The parts of a policy that are more than a number or a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from waiting_room.policy.reading import choice, clock, day, flag, natural, nullable, part, said, text

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class ConsentDocument:
    """A text that has to be agreed to. ``hash``: ``sha256:`` and the hexadecimal digest of what was shown, so that
    the record says which words were agreed to, though it does not hold them."""

    id: str = said("", text)
    version: str = said("", text)
    hash: str = said("", text)


@dataclass(frozen=True, slots=True)
class Declaration:
    """A line of the checklist. ``required``: without it there is no check-in; else it is advice that is ticked.
    ``hash``: as of a text, so that the record says which words were ticked; empty in journals of older releases."""

    id: str = said("", text)
    required: bool = said(True, flag)
    hash: str = said("", text)


@dataclass(frozen=True, slots=True)
class Cutoff:
    """A moment by the office's clock: at ``at``, so many business days before the interview's day, or, where ``date``
    is given, on that day for everybody."""

    days_before: int = said(0, natural)
    at: str = said("12:00", clock)
    date: str | None = said(None, nullable(day))


@dataclass(frozen=True, slots=True)
class OpeningHours:
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = said("mon", choice(*WEEKDAYS))
    opens: str = said("08:30", clock)
    closes: str = said("17:15", clock)


@dataclass(frozen=True, slots=True)
class Booking:
    """How a slot comes about and becomes void."""

    lead_days: int | None = said(None, nullable(natural))  # business days ahead by which it has to be fixed
    cancel_by: Cutoff | None = said(None, nullable(part(Cutoff)))  # the candidate may cancel until then; None: by phone
    confirmation: Literal["none", "reply", "on_sending"] = said("none", choice("none", "reply", "on_sending"))
    reply_by: Cutoff | None = said(None, nullable(part(Cutoff)))  # without a reply by then it is void; None: no date
    invite_expected_by: Cutoff | None = said(None, nullable(part(Cutoff)))  # the link has been mailed by then
    invite_report_by: Cutoff | None = said(None, nullable(part(Cutoff)))  # until then a missing link is to be reported
    show_repeat_absence: bool = said(False, flag)  # an earlier absence of the same person is shown at the next booking
