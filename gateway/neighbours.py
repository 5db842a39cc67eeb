"""What the gateways of one store tell each other beside the journal: who is here, what a page without a seat agreed to,
how providers answer, what the mail server says, what a store has lost. None of it decides anything, and all of it may
be lost: pages say within ten seconds again that they are here, and what follows from a provider's answers is in the
journal.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import structlog

from gateway.breaker import KINDS, Kind
from gateway.loss import Loss
from waiting_room.journal.port import JournalError
from waiting_room.policy import SECOND

if TYPE_CHECKING:
    from gateway.house import House
    from gateway.mail.post import Trouble

log = structlog.get_logger("genkan.neighbours")

TOGETHER = 0.1  # seconds in which what is to be said is collected
AGAIN = 1.0  # seconds between two words on what a store has lost
AT_ONCE = 100  # frames said in one word, some 100 bytes each
MAIL = "mail"  # the key of what the mail server says
LINGERS = 60.0  # seconds that it is kept beyond the next attempt, which takes as long at most
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

    def asked(self, provider: str, kind: Kind, code: str) -> None:
        """A provider failed here with this code, or answered: the code is empty."""
        if self._house.book.journal.shared:
            word = {"t": "provider", "name": provider, "kind": kind, "code": code}
            self._beside.say(json.dumps(word, separators=(",", ":")).encode())

    async def tell_losses(self) -> None:
        """What is missing of which event, each second while it is, for ever."""
        while self._house.book.journal.shared:
            await asyncio.sleep(AGAIN)
            for hall in self._house.halls:
                if hall.loss is not None:
                    word = {"t": "loss", "event": hall.id, "loss": asdict(hall.loss)}
                    self._beside.say(json.dumps(word, separators=(",", ":")).encode())

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

    async def tell_mail(self, trouble: Trouble | None) -> None:
        """What the mail server says to the one gateway that sends; None: it takes mail. Kept until well after it is
        tried again, for a sender that dies. What cannot be kept is left."""
        if not self._house.book.journal.shared:
            return
        with suppress(JournalError):
            if trouble is None:
                await self._beside.take(MAIL)
            else:
                waits = max(0, trouble.until - self._house.now()) / SECOND
                said = {"code": trouble.code, "since": trouble.since}
                await self._beside.put(MAIL, json.dumps(said).encode(), waits + LINGERS)

    async def mail_trouble(self) -> tuple[str, int] | None:
        """Code, and since when (microseconds UTC), of whichever gateway sends; None where mail goes out."""
        post = self._house.post
        own = (post.trouble.code, post.trouble.since) if post is not None and post.trouble is not None else None
        if not self._house.book.journal.shared:
            return own
        try:
            found = await self._beside.get(MAIL)
        except JournalError:
            return own
        if found is None:
            return None
        said = json.loads(found)
        return str(said["code"]), int(said["since"])

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
            elif told["t"] == "loss" and (hall := self._house.halls.get(told["event"])) is not None:
                hall.hear_of_loss(Loss(**told["loss"]))
            elif told["t"] == "provider" and told["kind"] in KINDS:
                self._house.health.overheard(str(told["name"]), told["kind"], str(told["code"]))
        except (ValueError, KeyError, TypeError) as error:
            log.warning("neighbour_not_understood", error=type(error).__name__)

    def _hear_of(self, event: str, subject: str, page: str, *, asleep: bool) -> None:
        hall = self._house.halls.get(event)
        if hall is not None:
            hall.presence.seen(subject, page, self._house.now(), asleep=asleep)


def page_of(sid: str) -> str:
    """How a page is called outside of its gateway: its session's id goes nowhere."""
    return hashlib.blake2s(sid.encode(), digest_size=12, person=b"genkanpg").hexdigest()
