"""Why a verdict is what it is: asked of one interview, or of everything that one number was planned for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.attendance import numbers_of, wording_of
from gateway.hall import Hall
from gateway.operations.call import Call
from gateway.problems import Problem
from gateway.record.reasons import Reasons, in_lines, offsets_of, reasons, to_json
from waiting_room.identity import fold_number
from waiting_room.interview import Interview
from waiting_room.journal.book import Book
from waiting_room.journal.port import MAX_READ


async def explain(call: Call) -> dict[str, Any]:
    """``of``: an interview's id, or a candidate's number: then every interview of that number, a re-sit with it.
    Problem ``unknown_interview``."""
    hall, asked = call.hall(), call.text("of")
    found = _meant(hall, asked)
    if not found:
        raise Problem("unknown_interview", field="/of")
    told = await reasons_of(call.house.book, hall, found, call.language)
    return {
        "event": hall.id,
        "why": [to_json(one) for one in told],
        "lines": [list(in_lines(one, call.language)) for one in told],
    }


async def reasons_of(book: Book, hall: Hall, interviews: Sequence[Interview], language: str) -> list[Reasons]:
    """For each of these, with the role of who made each entry."""
    state, settings = hall.state, hall.people.settings
    actors = await actors_of(book, hall.id, offsets_of(state, interviews))
    wording, numbers = wording_of(settings, state, language), numbers_of(hall.people)
    return [reasons(state, interview, wording, actors, numbers) for interview in interviews]


async def actors_of(book: Book, event: str, offsets: Sequence[int]) -> dict[int, str]:
    """Who made these entries, by offset. ``offsets`` in order; only the stretches that hold one are read."""
    found: dict[int, str] = {}
    wanted, upto = frozenset(offsets), 0
    for offset in offsets:
        if offset > upto:
            entries = await book.read(event, offset - 1, MAX_READ)
            found |= {st.offset: st.actor for st in entries if st.offset in wanted}
            upto = entries[-1].offset if entries else offset
    return found


def _meant(hall: Hall, asked: str) -> list[Interview]:
    state = hall.state
    if asked in state.interviews:
        return [state.interviews[asked]]
    number = fold_number(asked)
    same = [id_ for id_, other in numbers_of(hall.people).items() if number and fold_number(other) == number]
    return sorted((state.interviews[id_] for id_ in same if id_ in state.interviews), key=lambda i: (i.starts_at, i.id))
