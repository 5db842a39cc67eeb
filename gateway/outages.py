"""Our own outages, told by a file that says when we were last there. A gap in our service excuses the candidate."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.hall import Hall
from waiting_room import commands as c
from waiting_room.policy import SECOND
from waiting_room.punctuality import deadlines

if TYPE_CHECKING:
    from gateway.house import House

ACTOR = "reactor"
HEARTBEAT = 5.0  # seconds
GAP = 20 * SECOND  # an outage shorter than this is a restart: kept only where a deadline fell into it


class Heartbeat:
    """Read at the start, written from then on."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._path: Path = house.settings.run_dir / "heartbeat"

    async def record_gap(self) -> None:
        """Into the journal of every event that was open meanwhile."""
        last, now = self._last(), self._house.now()
        if last is None or now <= last:
            return
        for hall in self._house.halls:
            await self.record(hall, last, now)

    @staticmethod
    async def record(hall: Hall, last: int, now: int) -> None:
        """Into this journal, where it matters to anybody there."""
        if (now - last > GAP and touches(hall, last, now)) or cuts(hall, last, now):
            command_id = f"reactor:gap:{last}:{now}"
            await hall.execute(c.RecordGap(last, now), actor=ACTOR, command_id=command_id, on_duty=True)

    async def run(self) -> None:
        """Write, for ever."""
        while True:
            self.beat()
            await asyncio.sleep(HEARTBEAT)

    def beat(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(str(self._house.now()))
        draft.replace(self._path)

    def _last(self) -> int | None:
        try:
            return int(self._path.read_text())
        except (OSError, ValueError):
            return None


def cuts(hall: Hall, from_at: int, to_at: int) -> bool:
    """Whether somebody who had not arrived had a deadline in this time: however short, it excuses."""
    missing = [i for i in hall.state.interviews.values() if i.arrival is None and not i.over]
    due = (deadlines(i, hall.state.policy, hall.state.pauses_of(i)) for i in missing)
    return any(from_at <= at <= to_at for d in due for at in (d.arrive_by, d.late_after))


def touches(hall: Hall, from_at: int, to_at: int) -> bool:
    """Whether somebody may have wanted in during this time."""
    before = hall.state.policy.opens_before * SECOND
    return any(i.starts_at - before <= to_at and i.ends_at >= from_at for i in hall.state.interviews.values())
