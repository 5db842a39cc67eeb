"""A person in a call through the gateway: ticket and offer over HTTP, then real STUN, DTLS and SRTP to the worker."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters

from tests.support.day import Answer, Browser
from tests.support.media import browser_offer
from tests.support.media_client import LightClient

SLOTS = 3


class CallClient(LightClient):
    """``join`` as a page does."""

    def offer_text(self, slots: int = SLOTS) -> str:
        digest = next(f.value for f in self.certificate.getFingerprints() if f.algorithm == "sha-256")
        return browser_offer(slots, fingerprint=digest)

    async def join(self, browser: Browser, command: str = "ticket", **body: Any) -> Answer:
        """Connected when the answer's status is 200; else the gateway's refusal."""
        ticket = await browser.do(command, **body)
        if ticket.status != 200:
            return ticket
        offered = await browser.do("offer", token=ticket.body["ticket"]["token"], sdp=self.offer_text())
        if offered.status == 200:
            await self.begin(offered.body)
        return offered

    async def begin(self, answered: Any) -> None:
        self.peer, self.answer = answered["peer"], answered["sdp"]
        host, port = re.findall(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", self.answer)[0]
        self.worker = (host, int(port))
        self.transport = await self.socket()
        await self._check_until_answered()
        theirs = re.findall(r"a=fingerprint:(\S+) (\S+)", self.answer)[0]
        async with asyncio.timeout(30):
            await self._dtls.start(RTCDtlsParameters([RTCDtlsFingerprint(*theirs)], role="server"))
        assert self._dtls.state == "connected"
