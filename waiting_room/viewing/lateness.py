"""What a candidate who comes late, or after having been marked absent, is told by the rules."""

from __future__ import annotations

from typing import Literal

from waiting_room.deadlines import deadlines
from waiting_room.interview import Interview
from waiting_room.viewing.scene import Scene, View, ms_or_none

Rule = Literal["allow", "ask", "refuse", "stands"]


def coming_late(scene: Scene, i: Interview) -> View | None:
    """``rule``: what a check-in comes to now: the seat, a question to staff, or a refusal; ``stands``: an absence that
    a person decided, until a person takes it back. ``turned_away_at``: when they came and were refused. None for
    whoever has the seat, and where nothing of the kind holds yet."""
    if i.phase == "absent":
        return {"rule": _after_absence(scene, i), "absent": True, "turned_away_at": _turned_away_at(i)}
    if i.over or i.arrival is not None:
        return None
    after = deadlines(i, scene.event.policy, scene.event.pauses_of(i)).refused_after
    if after is None or (scene.now <= after and i.too_late is None):
        return None
    return {"rule": scene.event.policy.late_entry, "absent": False, "turned_away_at": _turned_away_at(i)}


def _after_absence(scene: Scene, i: Interview) -> Rule:
    """As ``deciding.arrival`` decides it."""
    rule, ended = scene.event.policy.late_entry, i.ended
    if rule != "allow":
        return rule
    if ended is None or not ended.automatic:
        return "stands"
    return "allow" if i.arrival is None else "ask"


def _turned_away_at(i: Interview) -> int | None:
    return ms_or_none(None if i.too_late is None else i.too_late.at)
