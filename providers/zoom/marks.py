"""How our meetings are known again. Zoom keeps no idempotency key, so the agenda says whose a meeting is:
``genkan1 <event>/<room> <key>``, or ``genkan1.<deployment> …`` where several Genkans share an account.
"""

from __future__ import annotations

from dataclasses import dataclass

from providers.base import GiveUp, RoomSpec
from providers.zoom.hosts import place_of
from providers.zoom.types import Meeting

MARK = "genkan1"
LONGEST_AGENDA = 250  # characters of it that a list shows (Zoom, "List meetings")


@dataclass(frozen=True, slots=True)
class Mark:
    """What the agenda of a meeting of ours says. ``place``: see ``hosts``."""

    event: str
    place: str
    key: str


@dataclass(frozen=True, slots=True)
class Marks:
    """Writes and reads the marks of one deployment. Another's meetings are somebody else's."""

    deployment: str = ""

    def agenda(self, spec: RoomSpec, key: str) -> str:
        """GiveUp ``key_too_long`` when a list would not show it whole."""
        found = f"{self._head} {place_of(spec.event, spec.room)} {key}"
        if len(found) > LONGEST_AGENDA:
            raise GiveUp("key_too_long")
        return found

    def read(self, meeting: Meeting) -> Mark | None:
        """None for a meeting that is not ours."""
        head, place, key = (*meeting.agenda.split(" ", 2), "", "")[:3]
        if head != self._head or not key:
            return None
        return Mark(place.partition("/")[0], place, key)

    @property
    def _head(self) -> str:
        return f"{MARK}.{self.deployment}" if self.deployment else MARK
