"""Having mail queued: by an administrator for many, and by the clock for one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from gateway.hall import Hall
from gateway.mail.facts import address_of, language_of
from waiting_room.commands import QueueMail
from waiting_room.entries import MailQueued, MailWhat
from waiting_room.interview import CANDIDATE, Interview

ID_CHARACTERS = 20  # 100 bits: whoever returns mail to us has to have got it
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be told to whom. ``language``: None for the event's."""

    interview: str
    person: str
    what: MailWhat
    language: str | None = None
    again: bool = False
    by_office: bool = False


def new_mail() -> str:
    """An opaque id, as ``bounces`` finds it again."""
    return "m" + "".join(secrets.choice(_BASE32) for _ in range(ID_CHARACTERS))


def written_to(hall: Hall, interview: Interview) -> tuple[str, ...]:
    """The candidate, and companions who have an address of their own; the others get their link from the candidate."""
    company = (one for one in interview.people() if one != CANDIDATE)
    return (CANDIDATE, *(one for one in company if address_of(hall, interview, one) is not None))


async def queue(hall: Hall, order: Order, *, actor: str, command_id: str) -> bool:
    """Whether there is a new mail: not where just this was told before. Refused; errors of the journal."""
    interview = hall.state.interviews[order.interview]
    to = address_of(hall, interview, order.person)
    private = {"to": to or "", "language": order.language or language_of(hall)}
    command = QueueMail(
        new_mail(), order.interview, order.what, order.person, order.again, order.by_office, private
    )  # fmt: skip
    done = await hall.execute(command, actor=actor, command_id=command_id)
    return any(isinstance(st.entry, MailQueued) for st in done.stamped)
