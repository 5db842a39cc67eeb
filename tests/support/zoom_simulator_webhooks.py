"""The simulator's callbacks: signed, kept until they are delivered, and delivered as badly as one likes."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import aiohttp

from tests.support.zoom_simulator_rules import SECOND, iso
from tests.support.zoom_simulator_world import SimMeeting

PATIENCE = 3.0  # seconds for an answer of 200 or 204
NUMERIC = ("recording.", "meeting.device_tested")  # events whose object.id is a number


class Webhooks:
    """``url`` empty: nobody has subscribed, and callbacks wait in ``outbox``. They are delivered when a test says so,
    when a browser has joined or left, and by ``keep_delivering``."""

    def __init__(self, secret: str, account: str, now: Callable[[], int]) -> None:
        self.secret, self.account, self._now = secret, account, now
        self.url = ""
        self.outbox: list[bytes] = []
        self._told = asyncio.Event()
        self.failed: list[bytes] = []  # given up by a delivery: Zoom tries again after 5, 20 and 60 minutes

    def tell(self, event: str, meeting: SimMeeting, participant: Mapping[str, Any] | None) -> None:
        self.outbox.append(self.body(event, meeting, participant))
        self._told.set()

    def body(self, event: str, meeting: SimMeeting, participant: Mapping[str, Any] | None) -> bytes:
        about: dict[str, Any] = {
            "id": meeting.id if event.startswith(NUMERIC) else str(meeting.id),
            "uuid": meeting.uuid,
            "host_id": meeting.host.id,
            "topic": meeting.body.get("topic", ""),
            "type": 2,
            "start_time": iso(self._now()),
            "timezone": "UTC",
            "duration": meeting.body.get("duration", 60),
            "a_key_that_no_description_knows": 1,
        }
        if event == "meeting.ended":
            about["end_time"] = iso(self._now())
        if event.startswith("recording."):
            about["recording_file"] = {"recording_start": iso(self._now()), "recording_end": ""}
        if participant is not None:
            about["participant"] = dict(participant)
        payload = {"account_id": self.account, "object": about}
        return json.dumps({"event": event, "event_ts": self._now() // 1000, "payload": payload}).encode()

    def headers(self, body: bytes, *, at: int | None = None) -> dict[str, str]:
        """Those of a genuine callback that is sent now, or at ``at`` (microseconds UTC)."""
        stamp = str((self._now() if at is None else at) // SECOND)
        mac = hmac.digest(self.secret.encode(), f"v0:{stamp}:".encode() + body, "sha256").hex()
        return {"x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={mac}", "content-type": "application/json"}

    async def deliver(self, *, reverse: bool = False, times: int = 1) -> Sequence[int]:
        """Everything in the outbox, each ``times``, the last first if so asked. The statuses; 0 for no answer."""
        if not self.url:
            return []
        waiting, self.outbox = self.outbox, []
        if reverse:
            waiting.reverse()
        return [await self._post(body) for body in waiting for _ in range(times)]

    async def keep_delivering(self) -> None:
        """As things happen, until it is cancelled."""
        while True:
            await self._told.wait()
            self._told.clear()
            await self.deliver()

    async def try_again(self) -> Sequence[int]:
        """What could not be delivered, signed anew."""
        self.outbox, self.failed = [*self.failed, *self.outbox], []
        return await self.deliver()

    async def validate(self) -> bool:
        """Whether the address answers as its owner would."""
        plain = "a plain token"
        body = json.dumps({"event": "endpoint.url_validation", "payload": {"plainToken": plain}}).encode()
        wanted = hmac.digest(self.secret.encode(), plain.encode(), "sha256").hex()
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session,
            session.post(self.url, data=body, headers=self.headers(body)) as answer,
        ):
            found = await answer.json(content_type=None)
            return bool(answer.status == 200 and found == {"plainToken": plain, "encryptedToken": wanted})

    async def _post(self, body: bytes) -> int:
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session,
                session.post(self.url, data=body, headers=self.headers(body)) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        if status not in (200, 204):
            self.failed.append(body)
        return status
