"""People of a storm in the built-in room: by the commands that pages use, with real STUN, DTLS and SRTP. Whoever's
worker is gone comes back by themselves, as a page does.

What a person says names their room and who they are, so that whoever hears it knows whether they may.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from tests.support.call_client import CallClient
from tests.support.throng_pages import AGAIN, MOVING, Page

BEAT = 0.2  # seconds between two packets
DEAF = 2.0  # seconds without an answer from the worker: the path is gone; a browser takes five
CONNECTED = 4.0  # seconds from an answered offer; a worker may die in between
PANEL = "panel"
SAID = re.compile(rb"<(\w+)/(\w+)>")
# What a page answers by asking for another ticket: its call moves, or has another token by now.
ANEW = frozenset(
    {
        MOVING, "call_unknown", "person_unknown", "token_replayed", "token_removed", "too_many_offers",
        "not_admitted", "peer_replaced",
    }
)  # fmt: skip


@dataclass
class Meetings:
    """Who has heard whom, in which conversation."""

    heard: dict[str, set[str]] = field(default_factory=dict)  # interview -> of its two, those who heard the other
    joined: int = 0
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, interview: str, listener: str) -> None:
        ears = self.heard.setdefault(interview, set())
        if listener not in ears:
            ears.add(listener)
            moved, self._moved = self._moved, asyncio.Event()
            moved.set()

    async def met(self, interview: str) -> None:
        """Once both have heard each other."""
        while len(self.heard.get(interview, ())) < 2:
            await self._moved.wait()


@dataclass
class Talk:
    """One person in the call of a room. ``hears`` is told who said something."""

    page: Page
    room: str
    who: str
    hears: Callable[[str], None]
    meetings: Meetings
    command: str = "ticket"
    body: Mapping[str, str] = field(default_factory=dict)
    over: bool = False
    token: str = ""
    _left: bool = False

    async def go_on(self) -> None:
        """In the call, and again whenever that breaks, until it is ``over``."""
        while not self.over:
            client = CallClient()
            try:
                if await self._joins(client):
                    self.meetings.joined += 1
                    await self._stays(client)
                else:
                    await asyncio.sleep(AGAIN * (1 + self.page.chance.random()))
            finally:
                with suppress(ConnectionError, TimeoutError):
                    async with asyncio.timeout(CONNECTED):
                        await client.close()

    def leave(self) -> None:
        """Without a word, as a page that is closed; and come back."""
        self._left = True

    async def is_refused(self) -> bool:
        """The ticket of before leads nowhere any more."""
        client = CallClient()
        answer = await self.page.attempt("offer", token=self.token, sdp=client.offer_text())
        return answer.status in (401, 403, 404, 409)

    async def _joins(self, client: CallClient) -> bool:
        ticket = await self.page.attempt(self.command, **self.body)
        if ticket.status != 200:
            assert ticket.code in ANEW, (self.page.name, ticket)
            return False
        self.token = ticket.body["ticket"]["token"]
        offered = await self.page.attempt("offer", token=self.token, sdp=client.offer_text())
        if offered.status != 200:
            assert offered.code in ANEW, (self.page.name, offered)
            return False
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(CONNECTED):
                await client.begin(offered.body)
                return True
        return False

    async def _stays(self, client: CallClient) -> None:
        loop, number, answered_at = asyncio.get_running_loop(), 0, asyncio.get_running_loop().time()
        self._left = False
        while not self.over and not self._left and loop.time() - answered_at < DEAF:
            number += 1
            client.ask_whether_it_lives()
            client.say(number, f"<{self.room}/{self.who}>".encode())
            await asyncio.sleep(BEAT)
            if client.lives:
                answered_at = loop.time()
            for packet in client.heard():
                for room, who in SAID.findall(packet):
                    assert room.decode() == self.room, f"{self.page.name} hears another room: {packet!r}"
                    self.hears(who.decode())
