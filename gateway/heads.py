"""Where each journal stood when this gateway last looked, kept in its own directory: so that a store that was set back
while nobody ran is noticed at the next start."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from gateway.loss import Known
from waiting_room.journal.port import Position

if TYPE_CHECKING:
    from gateway.house import House

log = structlog.get_logger("genkan.heads")

EVERY = 2.0  # seconds between two looks at whether anything has moved
MAX_BYTES = 2**20  # some hundred bytes an event


class Heads:
    """Of all events of one gateway whose store others have too; a file of our own is not set back behind our back."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._path: Path = house.settings.data_dir / "heads.json"
        self._saved: dict[str, list[object]] = self._load() if house.book.journal.shared else {}

    def known(self, event: str) -> Known | None:
        """Where this event's journal stood; None where we have not seen it."""
        match self._saved.get(event):
            case [str(epoch), int(offset), int(at), int(check)]:
                return Known(Position(epoch, offset), at, (check,))
            case _:
                return None

    async def keep(self) -> None:
        """Write what has moved, for ever."""
        while self._house.book.journal.shared:
            await asyncio.sleep(EVERY)
            self.save()

    def save(self) -> None:
        """Now, if anything has moved. An event that is lost keeps what was known of it."""
        found = dict(self._saved)
        for hall in self._house.halls:
            if hall.loss is None and hall.checks:
                found[hall.id] = [hall.epoch, len(hall.checks), hall.state.at, hall.checks[-1]]
        if found != self._saved:
            draft = self._path.with_suffix(".new")
            draft.write_text(json.dumps(found))
            draft.replace(self._path)
            self._saved = found

    def _load(self) -> dict[str, list[object]]:
        try:
            if self._path.stat().st_size > MAX_BYTES:
                return {}
            found = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning("heads_unreadable", error=type(error).__name__)
            return {}
        return found if isinstance(found, dict) else {}
