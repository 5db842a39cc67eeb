"""What was mailed to the people of an interview: the fold of its mails, and what follows from them.

A mail is an opaque id here. Its address, subject and text are private payloads of its entries.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from waiting_room import entries as e

if TYPE_CHECKING:
    from waiting_room.interview import Interview

State = Literal["queued", "sent", "undelivered", "dropped", "by_office"]
Mailing = e.MailQueued | e.MailSent | e.MailFailed | e.MailUndelivered

MAX_MAILS = 60  # that one interview keeps in memory: six kinds to five people, each twice; the journal has them all
MAX_UNSENT = 30  # of one interview at a time: six kinds to five people
CARRIES_LINK = frozenset({"invitation", "changed", "reminder", "ready"})
TOLD = frozenset({"queued", "sent", "by_office"})  # not to be told again without being asked
REACHED = frozenset({"sent", "by_office"})  # as far as anybody knows


@dataclass(frozen=True, slots=True)
class Mail:
    """``issue`` and ``schedule``: of the link and the timetable that it tells, as of when it went out. ``at``: of its
    latest change, ``queued_at`` of its first; ``by``: who asked for it. ``offset``: of ``mail_queued``, where the
    address is kept privately. ``code``: why the last attempt failed."""

    id: str
    what: e.MailWhat
    person: str
    issue: int
    schedule: int
    state: State
    at: int
    queued_at: int
    by: str
    offset: int
    attempts: int = 0
    code: str = ""


def fold(mails: tuple[Mail, ...], entry: Mailing, st: e.Stamped) -> tuple[Mail, ...]:
    """The mails after this entry. Total."""
    known = find(mails, entry.mail)
    if isinstance(entry, e.MailQueued):
        return mails if known is not None else _bounded((*mails, _queued(entry, st)))
    if known is None:
        return mails
    after = _changed(known, entry, st)
    return tuple(after if mail.id == after.id else mail for mail in mails)


def find(mails: tuple[Mail, ...], mail: str) -> Mail | None:
    return next((one for one in mails if one.id == mail), None)


def is_told(interview: Interview, what: str, person: str) -> bool:
    """Whether a mail tells, or is about to tell, just this: the present time and room, by the present link."""
    issue = interview.issue(person)
    return any(
        mail.what == what
        and mail.person == person
        and mail.schedule == interview.schedule
        and (mail.issue == issue or what not in CARRIES_LINK)
        and mail.state in TOLD
        for mail in interview.mails
    )


def is_unreached(interview: Interview) -> bool:
    """Whether mail with the candidate's link was to go out, none of it is known to have reached them, and they have not
    opened the link: that they are missing may be our doing."""
    theirs = [mail for mail in interview.mails if mail.person == "candidate" and mail.what in CARRIES_LINK]
    opened = any(one.person == "candidate" for one in interview.opened)
    return bool(theirs) and not opened and all(mail.state not in REACHED for mail in theirs)


def unsettled(interview: Interview) -> Mail | None:
    """The latest mail that came back, while nobody has told the person otherwise: by another mail of its kind, by
    telephone, or because they opened their link."""
    for mail in reversed(interview.mails):
        later = [one for one in interview.mails if one.queued_at > mail.queued_at]
        told = any((one.what, one.person) == (mail.what, mail.person) and one.state in TOLD for one in later)
        contacted = interview.contact_at is not None and interview.contact_at >= mail.at
        opened = any(one.person == mail.person and one.at >= mail.queued_at for one in interview.opened)
        if mail.state == "undelivered" and not (told or contacted or opened):
            return mail
    return None


def _queued(entry: e.MailQueued, st: e.Stamped) -> Mail:
    return Mail(
        entry.mail, entry.what, entry.person, entry.issue, entry.schedule,
        "by_office" if entry.by_office else "queued",
        st.at, st.at, st.actor, st.offset,
    )  # fmt: skip


def _changed(mail: Mail, entry: e.MailSent | e.MailFailed | e.MailUndelivered, st: e.Stamped) -> Mail:
    match entry:
        case e.MailSent() if mail.state == "queued":
            return replace(
                mail, state="sent", at=st.at, attempts=mail.attempts + 1, code="",
                issue=entry.issue, schedule=entry.schedule,
            )  # fmt: skip
        case e.MailFailed() if mail.state == "queued":
            state: State = "queued" if entry.retry else "dropped"
            return replace(mail, state=state, at=st.at, attempts=mail.attempts + 1, code=entry.code)
        case e.MailUndelivered() if mail.state in ("queued", "sent"):
            return replace(mail, state="undelivered", at=st.at, code=entry.code)
        case _:
            return mail


def _bounded(mails: tuple[Mail, ...]) -> tuple[Mail, ...]:
    """Without the oldest that is done with; one that is still to be sent is never forgotten for another."""
    if len(mails) <= MAX_MAILS:
        return mails
    place = next((n for n, mail in enumerate(mails) if mail.state != "queued"), len(mails) - 1)
    return (*mails[:place], *mails[place + 1 :])
