"""Links that a provider issued beforehand, as they are kept: a document an interview, and one a room.

They are secrets until admission, so they stand in documents under the event's key and in no entry. What a person was
given before stays beside what they have now: nobody else is ever given it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gateway.people import LINKS, People
from providers.harutaka.adapter import NAME
from providers.harutaka.urls import Links, Pair, Taken
from waiting_room.identity import fold_number
from waiting_room.journal.book import DocumentWrite

if TYPE_CHECKING:
    from gateway.house import House

MAX_FORMER = 2  # of a person; with 4 MiB an import, the documents of any import fit one batch of the journal (16 MiB)


def links_of(house: House, provider: str = NAME) -> Links:
    """The look-up that the provider's adapter is made with: None where nothing was imported, or it is purged. It reads
    memory and never waits."""

    def look(event: str, room: str, interview: str) -> Pair | None:
        hall = house.halls.get(event)
        return None if hall is None else pair_of(hall.people, provider, room, interview)

    return look


def pair_of(people: People, provider: str, room: str, interview: str) -> Pair | None:
    """An interviewers' link of the interview's own goes before its room's."""
    own = people.links.get(_of_interview(provider, interview))
    if own is None:
        return None
    shared = people.links.get(_of_room(provider, room), {})
    return Pair(str(own["candidate"]), str(own.get("evaluator") or shared.get("evaluator") or ""))


def holders(people: People, provider: str) -> Iterator[str]:
    """Interviews that have a link of this provider."""
    start = _of_interview(provider, "")
    return (key.removeprefix(start) for key in people.links if key.startswith(start))


def taken(people: People, provider: str) -> Taken:
    """What an import must give to nobody else."""
    candidates: dict[str, str] = {}
    for interview in holders(people, provider):
        number = fold_number(str(people.roster.get(interview, {}).get("number") or ""))
        own = people.links[_of_interview(provider, interview)]
        candidates |= dict.fromkeys((own["candidate"], *own.get("former", ())), number)
    kept = (row for key, row in people.links.items() if key.startswith(f"{provider}:"))
    return Taken(candidates, frozenset(str(row["evaluator"]) for row in kept if row.get("evaluator")))


def interview_document(people: People, provider: str, interview: str, pair: Pair) -> DocumentWrite:
    """What is kept for an interview from now on."""
    key = _of_interview(provider, interview)
    former = _former(people.links.get(key, {}), pair.candidate)
    return LINKS, key, {"candidate": pair.candidate, "evaluator": pair.evaluator, "former": former}


def room_document(provider: str, room: str, evaluator: str) -> DocumentWrite:
    """What is kept for a room from now on."""
    return LINKS, _of_room(provider, room), {"evaluator": evaluator}


def _former(row: Mapping[str, Any], candidate: str) -> list[str]:
    """The newest first."""
    known = [str(row["candidate"]), *row.get("former", ())] if row else []
    return [url for url in known if url != candidate][:MAX_FORMER]


def _of_interview(provider: str, interview: str) -> str:
    return f"{provider}:i:{interview}"


def _of_room(provider: str, room: str) -> str:
    return f"{provider}:r:{room}"
