"""One mail, made from the state as it is now: one that waited tells the present time by the present link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.hall import Hall
from gateway.links import Links
from gateway.mail.calendar import Appointment, calendar_of
from gateway.mail.facts import facts_of, secrets_of
from gateway.mail.letters import Letter, Letters
from gateway.mail.message import Envelope, compose, on_the_wire
from gateway.mail.settings import MailSettings
from gateway.texts import Language
from waiting_room.entries import MailWhat
from waiting_room.interview import Interview
from waiting_room.mailing import Mail


@dataclass(frozen=True, slots=True)
class Desk:
    """Where letters of one event are written."""

    hall: Hall
    links: Links
    letters: Letters

    def write(
        self, interview: Interview, person: str, what: MailWhat, language: Language
    ) -> tuple[Letter, dict[str, Any]]:
        """The letter and the facts in it."""
        facts = facts_of(self.hall, self.links, interview, person, language)
        return self.letters.render(what, language, facts), facts


@dataclass(frozen=True, slots=True)
class Made:
    """``issue`` and ``schedule``: which link and timetable it tells. ``kept``: what the journal keeps of it privately:
    all but the part of a link that opens something.
    ``to``: as a mail server is told it."""

    interview: str
    issue: int
    schedule: int
    message: bytes
    to: str
    kept: Mapping[str, str]


def make(desk: Desk, interview: Interview, mail: Mail, private: Mapping[str, Any], settings: MailSettings) -> Made:
    """``private``: of ``mail_queued``. TemplateError, ValueError and their like for what cannot be made."""
    language: Language = "en" if private.get("language") == "en" else "ja"
    letter, facts = desk.write(interview, mail.person, mail.what, language)
    appointment = Appointment(desk.hall.id, interview, facts, language, mail.queued_at)
    envelope = Envelope(mail.id, str(private["to"]), facts["office_name"], mail.queued_at)
    message = compose(envelope, letter, calendar_of(appointment, mail.what, settings), settings)
    secrets = secrets_of(facts)
    kept = {"subject": without(letter.subject, secrets), "text": without(letter.text, secrets)}
    to = on_the_wire(envelope.to) or envelope.to
    return Made(interview.id, interview.issue(mail.person), interview.schedule, message, to, kept)


def without(text: str, secrets: Sequence[str]) -> str:
    """The text with the part of each link left out that opens something."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "…")
    return text
