"""The phases of an interview: one table that the fold obeys and that draws its own picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Phase = Literal[
    "expected", "preparing", "waiting", "admitting", "in_session", "finished", "broken_off", "absent", "cancelled"
]
PHASES: tuple[Phase, ...] = get_args(Phase)
Target = Phase | Literal["seat"]

FINAL: frozenset[Phase] = frozenset({"finished", "broken_off", "absent", "cancelled"})
IN_ROOM: frozenset[Phase] = frozenset({"admitting", "in_session"})

_BEFORE: tuple[Phase, ...] = ("expected", "preparing", "waiting")

# kind of entry -> the phases that it leads out of, and where to. "seat": to where the interview stood before it ended,
# which is waiting when checked in, else preparing when consented, else expected.
TRANSITIONS: Mapping[str, Mapping[Phase, Target]] = {
    "consented": {"expected": "preparing"},
    "checked_in": {"expected": "waiting", "preparing": "waiting"},
    "difference_settled": {"waiting": "seat"},
    "called": {"waiting": "admitting"},
    "admission_lapsed": {"admitting": "waiting"},
    "returned": {"admitting": "waiting", "in_session": "waiting"},
    "handed_over": {"admitting": "in_session"},
    "joined": {"admitting": "in_session"},
    "finished": {"in_session": "finished"},
    "broken_off": {"in_session": "broken_off"},
    "absence_confirmed": dict.fromkeys(_BEFORE, "absent"),
    "cancelled": dict.fromkeys(_BEFORE, "cancelled"),
    "lapsed": dict.fromkeys(_BEFORE, "cancelled"),
    "absence_withdrawn": {"absent": "seat"},
    "reopened": {"finished": "seat", "broken_off": "seat", "absent": "seat", "cancelled": "seat"},
}


def picture() -> str:
    """The table as a Mermaid state diagram, for the docs."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for kind, moves in TRANSITIONS.items():
        for source, target in moves.items():
            arrows.setdefault((source, target), []).append(kind)
    lines = ["stateDiagram-v2", "    [*] --> expected: scheduled", "    state seat <<choice>>"]
    lines += [f"    {source} --> {target}: {', '.join(kinds)}" for (source, target), kinds in arrows.items()]
    lines += [f"    seat --> {phase}" for phase in _BEFORE]
    return "\n".join(lines) + "\n"
