"""The calendar file that goes with a mail (RFC 5545, RFC 5546).

The link is not in it. Calendars are shared with families and colleagues, and shown on locked screens; the link opens a
seat, and stays in the mail. Times are UTC, which every calendar shows in its owner's zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from icalendar import Calendar, Event, vCalAddress

from gateway.mail.settings import MailSettings
from gateway.texts import Language
from waiting_room.interview import Interview

Method = Literal["PUBLISH", "CANCEL"]
METHODS: Mapping[str, Method] = {
    "invitation": "PUBLISH",
    "changed": "PUBLISH",
    "reminder": "PUBLISH",
    "cancelled": "CANCEL",
}


@dataclass(frozen=True, slots=True)
class Appointment:
    """``at``: when the mail was queued, microseconds UTC."""

    event: str
    interview: Interview
    facts: Mapping[str, Any]
    language: Language
    at: int


def calendar_of(appointment: Appointment, what: str, settings: MailSettings) -> tuple[bytes, Method] | None:
    """The file and its method; None for a mail that has none. ``SEQUENCE`` follows the interview's schedule, which
    grows with each change and with a cancellation; the ``UID`` stays."""
    method = METHODS.get(what)
    if method is None:
        return None
    made = Calendar()
    made.add("prodid", "-//Genkan//mail//JA")
    made.add("version", "2.0")
    made.add("method", method)
    made.add_component(_entry(appointment, method, settings))
    return made.to_ical(), method


def _entry(appointment: Appointment, method: Method, settings: MailSettings) -> Event:
    interview, facts = appointment.interview, appointment.facts
    organizer = vCalAddress(f"mailto:{settings.reply_to or settings.sender}")
    if facts["office_name"]:
        organizer.params["CN"] = facts["office_name"].replace('"', "")
    online = "オンライン" if appointment.language == "ja" else "Online"
    entry = Event()
    entry.add("uid", f"{interview.id}.{appointment.event}@{settings.domain}")
    entry.add("sequence", max(0, interview.schedule - 1))
    entry.add("dtstamp", _utc(appointment.at))
    entry.add("dtstart", _utc(interview.starts_at))
    entry.add("dtend", _utc(interview.ends_at))
    entry.add("summary", facts["title"])
    entry.add("location", f"{online} ({facts['room']})")
    entry.add("description", _description(facts, appointment.language))
    entry.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    entry.add("organizer", organizer)
    return entry


def _description(facts: Mapping[str, Any], language: Language) -> str:
    office = f"{facts['office_name']} {facts['office_telephone']} ({facts['office_hours']})"
    if language == "ja":
        return f"{facts['arrive_by']}までに、メールのリンクから入室してください。\n{office}"
    return f"Come in by {facts['arrive_by']} with the link in our mail.\n{office}"


def _utc(at: int) -> datetime:
    return datetime.fromtimestamp(at // 1_000_000, UTC)
