"""What the gateways of one store tell each other beside the journal: who is here, and what a page without a seat agreed
to. None of it decides anything, and all of it may be lost: pages say within ten seconds again that they are here.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog

from waiting_room.journal.port import JournalError

if TYPE_CHECKING:
    from gateway.house import House

log = structlog.get_logger("genkan.neighbours")

TOGETHER = 0.1  # seconds in which what is to be said is collected
AT_ONCE = 100  # frames said in one word, some 100 bytes each
KEPT = 14 * 24 * 3600.0  # seconds that a consent without a seat is kept: the life of a browser session


class Neighbours:
    """One for a house. With a store of our own there is nobody to tell."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._beside = house.book.journal.beside
        self._seen: list[tuple[str, str, str, bool]] = []
        self._later: asyncio.TimerHandle | None = None

    def listen(self) -> None:
        """Hear what the others say, from now on."""
        self._beside.hear(self._take)

    def seen(self, event: str, subject: str, sid: str, *, asleep: bool) -> None:
        """A page of this person was heard of here."""
        if not self._house.book.journal.shared:
            return
        self._seen.append((event, subject, page_of(sid), asleep))
        if len(self._seen) >= AT_ONCE:
            self._say()
        elif self._later is None:
            self._later = asyncio.get_running_loop().call_later(TOGETHER, self._say)

    async def keep_consent(self, sid: str, given: Mapping[str, Any]) -> None:
        """What this page agreed to before its seat was found. Errors of the journal: it is refused then."""
        await self._beside.put(f"consent:{page_of(sid)}", json.dumps(dict(given)).encode(), KEPT)

    async def consent(self, sid: str) -> dict[str, Any] | None:
        """What this page agreed to, here or at another gateway."""
        kept = self._house.consents.get(sid)
        if kept is None:
            try:
                found = await self._beside.get(f"consent:{page_of(sid)}")
            except JournalError:
                return None
            if found is not None:
                kept = self._house.consents[sid] = json.loads(found)
        return kept

    def _say(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        said, self._seen = self._seen, []
        if said:
            self._beside.say(json.dumps({"t": "seen", "who": said}, separators=(",", ":")).encode())

    def _take(self, words: bytes) -> None:
        """Of a gateway of another release too: what is not understood is left alone."""
        try:
            told = json.loads(words)
            if told["t"] == "seen":
                for event, subject, page, asleep in told["who"]:
                    self._hear_of(str(event), str(subject), str(page), asleep=bool(asleep))
        except (ValueError, KeyError, TypeError) as error:
            log.warning("neighbour_not_understood", error=type(error).__name__)

    def _hear_of(self, event: str, subject: str, page: str, *, asleep: bool) -> None:
        hall = self._house.halls.get(event)
        if hall is not None:
            hall.presence.seen(subject, page, self._house.now(), asleep=asleep)


def page_of(sid: str) -> str:
    """How a page is called outside of its gateway: its session's id goes nowhere."""
    return hashlib.blake2s(sid.encode(), digest_size=12, person=b"genkanpg").hexdigest()
