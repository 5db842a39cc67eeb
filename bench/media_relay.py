"""A room of two over aiortc's MediaRelay, in a process of its own: ``python -m bench.media_relay`` prints the CPU that
the relaying side used, in ms per 1,000 RTP packets that it sent.

The two people are another process, which this one starts; so only the decoding side's CPU is counted here.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

SETTLE = 2.0  # s
SECONDS = 5.0
PEOPLE = 2
# aiortc's default configuration asks a public STUN server.
QUIET = RTCConfiguration(iceServers=[])


async def relay(people: subprocess.Popen[str]) -> float:
    """Answer both offers, each with the other's tracks, and measure."""
    assert people.stdout is not None
    assert people.stdin is not None
    hub = MediaRelay()
    connections = [RTCPeerConnection(QUIET) for _ in range(PEOPLE)]
    offers = [json.loads(await asyncio.to_thread(people.stdout.readline)) for _ in range(PEOPLE)]
    tracks: list[list[Any]] = [[], []]
    for number, (connection, offer) in enumerate(zip(connections, offers, strict=True)):
        connection.on("track", tracks[number].append)
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    for number, connection in enumerate(connections):
        for track in tracks[1 - number]:
            connection.addTrack(hub.subscribe(track))
        await connection.setLocalDescription(await connection.createAnswer())
        people.stdin.write(json.dumps(connection.localDescription.sdp) + "\n")
    people.stdin.flush()
    await asyncio.sleep(SETTLE)
    cpu, sent = cpu_now(), await sent_by(connections)
    await asyncio.sleep(SECONDS)
    cpu, sent = cpu_now() - cpu, await sent_by(connections) - sent
    for connection in connections:
        await connection.close()
    return cpu / sent * 1e6


def cpu_now() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def sent_by(connections: list[RTCPeerConnection]) -> int:
    reports = [await connection.getStats() for connection in connections]
    return sum(entry.packetsSent for report in reports for entry in report.values() if entry.type == "outbound-rtp")


async def be_people() -> None:
    """Two who send a picture and sound, until this process is ended."""
    connections = [RTCPeerConnection(QUIET) for _ in range(PEOPLE)]
    for connection in connections:
        connection.addTrack(AudioStreamTrack())
        connection.addTrack(VideoStreamTrack())
        await connection.setLocalDescription(await connection.createOffer())
        sys.stdout.write(json.dumps(connection.localDescription.sdp) + "\n")
        sys.stdout.flush()
        connection.on("track", lambda _track: None)
    for connection in connections:
        answer = json.loads(await asyncio.to_thread(sys.stdin.readline))
        await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await asyncio.Event().wait()


def main() -> None:
    if sys.argv[1:] == ["people"]:
        asyncio.run(be_people())
        return
    command = [sys.executable, "-m", "bench.media_relay", "people"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as people:
        try:
            print(asyncio.run(relay(people)))
        finally:
            people.kill()


if __name__ == "__main__":
    main()
