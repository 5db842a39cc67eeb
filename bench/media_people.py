"""People for ``bench_media``: real STUN, DTLS and SRTP, made-up packets, and next to no work on what is received.

Each sends 50 packets of sound and 75 of picture a second (640 kbit/s), as Chromium does at 640 by 480.
"""

from __future__ import annotations

import asyncio
import time
from struct import pack_into

from tests.support.media import Worker
from tests.support.media_client import (
    AUDIO,
    AUDIO_SSRC,
    KEY_FRAME,
    VIDEO,
    VIDEO_SSRC,
    LightClient,
    rtp_packet,
)

STEP = 0.02  # s between two sounds
SOUND = bytes(80)
PICTURE = bytes((0x10, 0x01)) + bytes(1_050)


class Person(LightClient):
    """Counts what it receives; asks for nothing and reports nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.received = 0
        self._number = 0
        self._pictures = 0

    def _take(self, datagram: bytes) -> None:
        if datagram[0] < 64:
            super()._take(datagram)
        else:
            self.received += 1

    def step(self) -> int:
        """Send what a fiftieth of a second holds; how many packets."""
        self._number += 1
        self.send(self.protect(rtp_packet(AUDIO, self._number, self._number * 960, AUDIO_SSRC, SOUND)))
        count = 1 + self._number % 2
        for _ in range(count):
            self._pictures += 1
            self.send(self.protect(self._picture()))
        return 1 + count

    def _picture(self) -> bytes:
        payload = KEY_FRAME + PICTURE[len(KEY_FRAME) :] if self._pictures % 150 == 1 else PICTURE
        packet = bytearray(rtp_packet(VIDEO, self._pictures, self._pictures // 3 * 3_000, VIDEO_SSRC, payload))
        pack_into("!B", packet, 1, VIDEO | (0x80 if self._pictures % 3 == 0 else 0))
        return bytes(packet)


async def fill(worker: Worker, rooms: int, size: int) -> list[Person]:
    """``rooms`` calls of ``size`` people, all connected."""
    found = []
    for room in range(rooms):
        subs = [f"staff:{room}.{number}" for number in range(size)]
        await worker.open(f"room{room}", *subs, capacity=size)
        for sub in subs:
            person = Person()
            await person.connect(worker, f"room{room}", sub, slots=size - 1)
            found.append(person)
    return found


async def talk(everybody: list[Person], seconds: float) -> int:
    """Everybody sends for so long, spread over each step; how many packets were sent."""
    sent = 0
    end = time.monotonic() + seconds
    due = time.monotonic()
    while time.monotonic() < end:
        for person in everybody:
            sent += person.step()
            due += STEP / len(everybody)
            if (early := due - time.monotonic()) > 0:
                await asyncio.sleep(early)
        await asyncio.sleep(0)
    return sent
