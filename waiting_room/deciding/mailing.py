"""Mail to the people of an interview: nothing is announced that is not so, and nothing twice without being asked."""

from __future__ import annotations

from typing import assert_never

from waiting_room import commands as c
from waiting_room import entries as e
from waiting_room import mailing
from waiting_room.deciding.case import Case
from waiting_room.errors import Refused
from waiting_room.event import Event
from waiting_room.interview import Interview
from waiting_room.mailing import Mail
from waiting_room.pauses import shifted

Mailing = c.QueueMail | c.MailWentOut | c.MailFell | c.ReportBounce


def decide(case: Case, command: Mailing) -> None:
    match command:
        case c.QueueMail():
            _queue(case, command)
        case c.MailWentOut():
            interview, mail = _mail(case, command)
            if mail.state == "queued":
                case.add(interview.stream, e.MailSent(mail.id, command.issue, command.schedule), command.private)
        case c.MailFell():
            interview, mail = _mail(case, command)
            if mail.state == "queued":
                case.add(interview.stream, e.MailFailed(mail.id, command.code, command.retry))
        case c.ReportBounce():
            interview, mail = _mail(case, command)
            if mail.state in ("queued", "sent"):
                case.add(interview.stream, e.MailUndelivered(mail.id, command.code, command.source))
        case _:
            assert_never(command)


def _queue(case: Case, command: c.QueueMail) -> None:
    interview = case.interview(command.interview)
    person = case.person(interview, command.person)
    _must_be_true(case, interview, command.what)
    if mailing.is_told(interview, command.what, person) and not command.again:
        return
    unsent = sum(mail.state == "queued" for mail in interview.mails)
    if unsent >= mailing.MAX_UNSENT:
        raise Refused("too_many_mails", interview=interview.id)
    entry = e.MailQueued(
        command.mail, command.what, person, interview.issue(person), interview.schedule, command.by_office
    )
    case.add(interview.stream, entry, command.private)


def untrue(event: Event, interview: Interview, what: e.MailWhat, now: int) -> str | None:
    """Why a mail of this kind would not be true now, as a code of ``errors.REFUSALS``; None when it would be."""
    try:
        _must_be_true(Case(event, "", now), interview, what)
    except Refused as refused:
        return refused.code
    return None


def _must_be_true(case: Case, interview: Interview, what: e.MailWhat) -> None:
    """Before it is queued, and once more before it is sent: a night may lie between."""
    if what == "absence":
        if interview.phase != "absent":
            raise Refused("not_absent", phase=interview.phase)
    elif what == "cancelled":
        if interview.phase != "cancelled":
            raise Refused("not_cancelled", phase=interview.phase)
    else:
        _must_be_ahead(case, interview, what)


def _must_be_ahead(case: Case, interview: Interview, what: e.MailWhat) -> None:
    if interview.over:
        raise Refused("interview_over", phase=interview.phase)
    if interview.in_room:
        raise Refused("in_room", phase=interview.phase)
    until = interview.starts_at if what == "reminder" else interview.ends_at
    if case.now >= shifted(until, case.event.pauses_of(interview)):
        raise Refused("mail_too_late")
    if what == "changed" and not interview.changed:
        raise Refused("not_changed")
    if what == "ready" and not case.room(interview.room).ready:
        raise Refused("room_not_ready")


def _mail(case: Case, command: c.MailWentOut | c.MailFell | c.ReportBounce) -> tuple[Interview, Mail]:
    interview = case.interview(command.interview)
    mail = mailing.find(interview.mails, command.mail)
    if mail is None:
        raise Refused("no_such_mail")
    return interview, mail
