"""In which order reception works its list off: somebody who stands at the door comes before somebody who is not there.

``now``: a person waits for us this moment; ``soon``: a deadline runs; ``later``: before the day is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

from waiting_room.viewing.scene import View

Urgency = Literal["now", "soon", "later"]

_ORDER: Mapping[Urgency, tuple[str, ...]] = {
    "now": (
        "dropped", "not_back", "cannot_connect", "ended_there", "not_seen", "alarm_recording", "provider",
        "panel_missing", "difference", "claim",
    ),
    "soon": ("over_time", "knocking", "overdue", "late_notice"),
    "later": (
        "device", "untested", "unconfirmed", "booking_void", "invite_missing", "mail_undelivered", "cancelled",
        "alarm_settings",
    ),
}  # fmt: skip
_RANKS: Mapping[str, tuple[int, Urgency]] = MappingProxyType(
    {
        code: (place, urgency)
        for place, (urgency, code) in enumerate((u, code) for u, codes in _ORDER.items() for code in codes)
    }
)
_UNRANKED: tuple[int, Urgency] = (len(_RANKS), "later")


def by_urgency(tasks: Iterable[View]) -> list[View]:
    """The most urgent first, the older first among the same; each says how urgent it is."""
    ranked = [{**task, "urgency": _RANKS.get(task["code"], _UNRANKED)[1]} for task in tasks]
    return sorted(ranked, key=lambda task: (_RANKS.get(task["code"], _UNRANKED)[0], task["since"], task["id"]))
