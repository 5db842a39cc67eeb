"""What a letter says of one interview, and to whom it goes.

The exam number is no fact of a letter: number and name are the second half of the key, and the first half, the link, is
in the same mail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.attendance import zone_of
from gateway.cutoffs import dates_of
from gateway.eventfile import say
from gateway.hall import Hall
from gateway.links import Links
from gateway.mail.message import is_address
from gateway.moments import local
from gateway.texts import LANGUAGES, Language
from waiting_room.booking import standing
from waiting_room.interview import CANDIDATE, Interview
from waiting_room.punctuality import MINUTE, deadlines

_JA_DAYS = "月火水木金土日"
_EN_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EN_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def address_of(hall: Hall, interview: Interview, person: str) -> str | None:
    """Where mail for this person goes; None for one who has no address, or none that a mail server takes."""
    row: Mapping[str, Any] = hall.people.roster.get(interview.id, {})
    if person != CANDIDATE:
        company, number = row.get("companions") or (), int(person.removeprefix("companion."))
        row = company[number - 1] if number <= len(company) else {}
    address = str(row.get("email") or "")
    return address if is_address(address) else None


def language_of(hall: Hall) -> Language:
    """Of this event's mail: what its file says, else the first of its languages."""
    settings = hall.people.settings
    wanted = (settings.get("mail") or {}).get("language") or (settings.get("languages") or LANGUAGES)[0]
    return "en" if wanted == "en" else "ja"


def facts_of(hall: Hall, links: Links, interview: Interview, person: str, language: Language) -> dict[str, Any]:
    """The variables of ``letters.SAMPLE``. A fact is one line, ``prepare`` may be several."""
    settings, zone = hall.people.settings, zone_of(hall.people.settings)
    office = settings.get("office") or {}
    due = deadlines(interview, hall.state.policy)
    prepare = (settings.get("mail") or {}).get("prepare", "")
    return {
        "title": _line(say(settings.get("title", ""), language)),
        "name": _line(name_of(hall, interview, person)),
        "office_name": _line(say(office.get("name", ""), language)),
        "office_telephone": _line(str(office.get("telephone", ""))),
        "office_hours": _line(say(office.get("hours", ""), language)),
        "room": _line(_room(settings, interview.room, language)),
        "day": day_of(interview.starts_at, zone, language),
        "starts": _clock(due.starts_at, zone),
        "ends": _clock(interview.ends_at, zone),
        "opens": _clock(due.opens_at, zone),
        "arrive_by": _clock(due.arrive_by, zone),
        "minutes": (interview.ends_at - interview.starts_at) // MINUTE,
        "reply_by": _reply_by(hall, interview, zone, language) if person == CANDIDATE else "",
        "link": links.invite(hall.id, interview.id, person, interview.issue(person)),
        "prepare": say(prepare, language).strip(),
        "companions": _companions(hall, links, interview) if person == CANDIDATE else [],
    }


def _reply_by(hall: Hall, interview: Interview, zone: ZoneInfo, language: Language) -> str:
    """Day and time until which the booking has to be confirmed by the link; empty where it is, or need not be."""
    by = dates_of(hall.state.policy, interview.starts_at, hall.people.zone).reply_by
    stands = standing(interview, hall.state.policy, by, hall.state.at)
    return f"{day_of(by, zone, language)} {_clock(by, zone)}" if by is not None and stands == "asked" else ""


def name_of(hall: Hall, interview: Interview, person: str) -> str:
    row: Mapping[str, Any] = hall.people.roster.get(interview.id, {})
    if person == CANDIDATE:
        return str(row.get("name", ""))
    company, number = row.get("companions") or (), int(person.removeprefix("companion."))
    return str(company[number - 1].get("name", "")) if number <= len(company) else ""


def day_of(at: int, zone: ZoneInfo, language: Language) -> str:
    """With its weekday: people read that first, and it shows a slip of the date."""
    day = local(at, zone)
    if language == "ja":
        return f"{day.year}年{day.month}月{day.day}日({_JA_DAYS[day.weekday()]})"
    return f"{_EN_DAYS[day.weekday()]}, {day.day} {_EN_MONTHS[day.month - 1]} {day.year}"


def secrets_of(facts: Mapping[str, Any]) -> Sequence[str]:
    """The part of each link that opens something."""
    links = [facts["link"], *(one["link"] for one in facts["companions"])]
    return [link.partition("#")[2] for link in links]


def _companions(hall: Hall, links: Links, interview: Interview) -> list[dict[str, str]]:
    """Those whom the candidate has to hand a link to, for they have no address of their own."""
    people = [one for one in interview.people() if one != CANDIDATE and address_of(hall, interview, one) is None]
    return [
        {
            "name": _line(name_of(hall, interview, one)),
            "link": links.invite(hall.id, interview.id, one, interview.issue(one)),
        }
        for one in people
    ]


def _room(settings: Mapping[str, Any], room: str, language: Language) -> str:
    rooms = {one["id"]: one["name"] for one in settings.get("rooms") or ()}
    return say(rooms.get(room, room), language)


def _clock(at: int, zone: ZoneInfo) -> str:
    here: datetime = local(at, zone)
    return f"{here.hour}:{here.minute:02}"


def _line(text: str) -> str:
    return " ".join(text.split())
