"""How much of a bounded interview's time is left, as screens say it. Nothing is ever ended by it: people finish."""

from __future__ import annotations

from typing import Literal

from waiting_room.deadlines import Deadlines, deadlines
from waiting_room.interview import Interview
from waiting_room.pauses import FOREVER
from waiting_room.viewing.scene import Scene, View, ms

State = Literal["running", "almost_up", "up", "stopped"]


def time_left(scene: Scene, i: Interview) -> View | None:
    """Of one who is in the room of an event that bounds it, else None. ``ends_at`` with the pauses so far; None while
    one lasts that came before it: the time stands still. ``finish``: staff are asked to finish, not only told."""
    found = _bounds(scene, i)
    if found is None:
        return None
    state = _state(scene, *found)
    return {
        "state": state,
        "ends_at": None if state == "stopped" else ms(found[1]),
        "finish": scene.event.policy.max_length_then == "finish_proposed",
    }


def time_for_candidate(scene: Scene, i: Interview) -> View | None:
    """The same for whoever is being interviewed, where the rules have it said before the end that it comes."""
    left = time_left(scene, i) if scene.event.policy.almost_up else None
    return None if left is None else {"state": left["state"], "ends_at": left["ends_at"]}


def time_state(scene: Scene, i: Interview) -> State | None:
    """All that the clock has to do with it."""
    found = _bounds(scene, i)
    return None if found is None else _state(scene, *found)


def over_time_since(scene: Scene, i: Interview) -> int | None:
    """Since when the time is up while somebody else waits for the room, in microseconds UTC; None: it is not."""
    found = _bounds(scene, i)
    if found is None or i.closing_until is not None or _state(scene, *found) != "up":
        return None
    return found[1] if scene.event.next_of(i.room) is not None else None


def _bounds(scene: Scene, i: Interview) -> tuple[int, int] | None:
    """From when it is almost up, and up."""
    if i.phase != "in_session" or scene.event.policy.max_length is None:
        return None
    due: Deadlines = deadlines(i, scene.event.policy, scene.event.pauses_of(i))
    return None if due.almost_up is None or due.time_up is None else (due.almost_up, due.time_up)


def _state(scene: Scene, almost_up: int, up: int) -> State:
    if up >= FOREVER:
        return "stopped"
    if scene.now >= up:
        return "up"
    return "almost_up" if scene.now >= almost_up else "running"
