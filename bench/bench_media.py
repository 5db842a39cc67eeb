"""What forwarding a packet costs the media worker, in rooms of four; and what it costs when media are decoded.

The comparison is aiortc's MediaRelay in a room of two, which decodes and encodes each stream: the way that needs no
forwarder. Both are CPU of the server's process by packet sent, in one run, so the machine's speed cancels out.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.figures import Figure, table
from bench.load import cpu_seconds
from bench.media_people import fill, talk
from tests.support.media import worker

SECONDS = 4.0
SETTLE = 1.0  # s: first key frames, first reports
RELAY_SHARE = 1 / 15  # of MediaRelay's cost per packet (DESIGN)
JOIN_TARGET = 6.0  # ms of CPU


async def forwarding(rooms: int, size: int) -> tuple[float, float, float]:
    """CPU in ms per 1,000 packets sent; the share of packets that arrived; CPU in ms per join."""
    with tempfile.TemporaryDirectory() as folder:
        async with worker(Path(folder)) as media:
            before_joins = cpu_seconds(media.pid)
            everybody = await fill(media, rooms, size)
            join = (cpu_seconds(media.pid) - before_joins) / len(everybody) * 1e3
            await talk(everybody, SETTLE)
            sent, cpu = (await media.status())["packets"]["sent"], cpu_seconds(media.pid)
            received = sum(person.received for person in everybody)
            said = await talk(everybody, SECONDS)
            cpu = cpu_seconds(media.pid) - cpu
            sent = (await media.status())["packets"]["sent"] - sent
            arrived = (sum(person.received for person in everybody) - received) / (said * (size - 1))
            for person in everybody:
                await person.close()
            return cpu / sent * 1e6, arrived, join


def decoding() -> float:
    """The same for MediaRelay, room of two: the server is ``bench.media_relay``, which measures itself."""
    run = subprocess.run(
        [sys.executable, "-m", "bench.media_relay"], capture_output=True, text=True, timeout=60, check=True
    )
    return float(run.stdout)


def main() -> list[Figure]:
    four, arrived, join = asyncio.run(forwarding(4, 4))
    ten, arrived_ten, _ = asyncio.run(forwarding(10, 4))
    pair, _, _ = asyncio.run(forwarding(1, 2))
    relay = decoding()
    per = "ms per 1,000 packets"
    return [
        Figure("forward, 4 rooms of 4", four, per, note=f"{arrived:.1%} arrived"),
        Figure("forward, 10 rooms of 4", ten, per, note=f"{arrived_ten:.1%} arrived"),
        Figure("forward, 1 room of 2", pair, per),
        Figure("MediaRelay, 1 room of 2", relay, per, note="decodes and encodes"),
        Figure("forwarding against MediaRelay", pair / relay, "×", RELAY_SHARE, note="rooms of 2"),
        Figure("join, CPU from offer to connected", join, "ms", JOIN_TARGET, note="handshake included"),
    ]


if __name__ == "__main__":
    print(table(main()))
