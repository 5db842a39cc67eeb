"""Who comes to a session: the candidate, the companions who have arrived, staff; and what they are called there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.hall import Hall
from providers.base import Person, Role
from waiting_room.interview import CANDIDATE, Interview

PREFIX = "companion."


def party_of(hall: Hall, interview: Interview) -> list[Person]:
    """The candidate, and the companions who have arrived."""
    return [person_of(hall, interview, person) for person in arrived(interview)]


def arrived(interview: Interview) -> tuple[str, ...]:
    """``candidate``, and each ``companion.<n>`` who has arrived."""
    return tuple(
        person
        for person in interview.people()
        if person == CANDIDATE or interview.companion(person).arrived_at is not None
    )


def person_of(hall: Hall, interview: Interview, person: str) -> Person:
    """As a provider has to know them: the name is the one that the policy lets it show."""
    shown = shown_as(hall, interview, person)
    if person == CANDIDATE:
        return Person(f"candidate:{interview.id}", "candidate", shown, interview.admission, interview.device_epoch)
    number = person.removeprefix(PREFIX)
    return Person(f"companion:{interview.id}.{number}", "companion", shown, interview.admission, 0)


def staff_of(hall: Hall, staff: str, role: Role) -> Person:
    name = str(hall.people.staff.get(staff, {}).get("name", ""))
    return Person(f"staff:{staff}", role, name, admission=0, device_epoch=0)


def shown_as(hall: Hall, interview: Interview, person: str) -> str:
    """By the roster and ``policy.shown_name``: number, name, or both ("A-1024 青葉 花子"). A companion's number is the
    candidate's with their own behind it. Empty once the roster was purged."""
    row, shown = hall.people.roster.get(interview.id, {}), hall.state.policy.shown_name
    number, name = str(row.get("number") or ""), str(row.get("name") or "")
    if person != CANDIDATE:
        label = int(person.removeprefix(PREFIX))
        number, name = f"{number}-{label}" if number else "", companion_name(row, label)
    parts = {"number": (number,), "name": (name,)}.get(shown, (number, name))
    return " ".join(part for part in parts if part)


def companion_name(row: Mapping[str, Any], label: int) -> str:
    named = list(row.get("companions") or ())
    found = named[label - 1] if label <= len(named) else {}
    return str(found.get("name", "") if isinstance(found, Mapping) else found)


def person_in(subject: str) -> str:
    """``candidate`` or ``companion.<n>``, of ``candidate:<interview>`` or ``companion:<interview>.<n>``."""
    role, _, name = subject.partition(":")
    return CANDIDATE if role == CANDIDATE else f"{PREFIX}{name.partition('.')[2]}"


def subject_in(interview: Interview, person: str) -> str:
    """The other way round."""
    if person == CANDIDATE:
        return f"candidate:{interview.id}"
    return f"companion:{interview.id}.{person.removeprefix(PREFIX)}"
