"""Whose entries a store that was set back has lost, as far as this gateway knows: the state that was known before,
beside what the store has now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.hall import Hall
from gateway.loss import Loss
from gateway.people import People
from waiting_room.entries import EVENT, Stamped
from waiting_room.event import Event

View = dict[str, Any]


def missing(hall: Hall, loss: Loss, entries: Sequence[Stamped], found: Event) -> View:
    """Counts of entries: ``event`` (rules, staff, providers), ``rooms``, ``interviews`` with each one's phase before
    and now, and ``unknown``, of which this gateway knows only that they were there. ``entries``, ``found``: what the
    store has. With names: for an administrator."""
    known = hall.before.versions if hall.before is not None else {}
    kept = {st.stream: st.version for st in entries if st.offset <= loss.kept}
    counts = {stream: version - kept.get(stream, 0) for stream, version in known.items()}
    lost = {stream: count for stream, count in counts.items() if count > 0}
    rooms = sum(count for stream, count in lost.items() if stream.startswith("r:"))
    return {
        "event": lost.get(EVENT, 0),
        "rooms": rooms,
        "interviews": list(_interviews(hall, lost, found)),
        "unknown": max(0, loss.offset - loss.kept - sum(lost.values())),
    }


def _interviews(hall: Hall, lost: Mapping[str, int], found: Event) -> Iterator[View]:
    """In the order of their times."""
    if hall.before is None:
        return
    ids = [stream.removeprefix("i:") for stream in lost if stream.startswith("i:")]
    for interview in sorted((hall.before.interviews[id_] for id_ in ids), key=lambda one: (one.starts_at, one.id)):
        now = found.interviews.get(interview.id)
        yield {
            "interview": interview.id,
            **_named(hall.people, interview.id),
            "room": interview.room,
            "starts_at": interview.starts_at // 1000,
            "entries": lost[interview.stream],
            "before": interview.phase,
            "now": now.phase if now is not None else None,
        }


def _named(people: People, interview: str) -> View:
    row = people.roster.get(interview, {})
    return {"number": row.get("number", ""), "name": row.get("name", "")}
