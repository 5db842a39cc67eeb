"""A person without a browser: real STUN, DTLS and SRTP against a worker, and RTP packets that a test words itself."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from struct import pack, unpack_from
from typing import Any

from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport

from providers.webrtc import stun
from tests.support.media import Worker, browser_offer

AUDIO, VIDEO, RTX = 111, 96, 97
AUDIO_SSRC, VIDEO_SSRC, RTX_SSRC = 1001, 2001, 2002
KEY_FRAME = bytes((0x10, 0x00)) + bytes(20)  # a VP8 descriptor that starts a picture, then a key frame's first byte
INTER_FRAME = bytes((0x10, 0x01)) + bytes(20)
OFTEN = 0.05  # seconds between connectivity checks while connecting


class _Wire(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ARG002 - asyncio's signature
        self._take(data)


class _Ice:
    role = "controlling"
    state = "completed"

    def __init__(self, client: LightClient) -> None:
        self.queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._client = client

    async def _recv(self) -> bytes:
        return await self.queue.get()

    async def _send(self, data: bytes) -> None:
        self._client.send(data)


class LightClient:
    """``rtp`` and ``rtcp`` collect what was received, decrypted."""

    def __init__(self) -> None:
        self.certificate = RTCCertificate.generateCertificate()
        self.rtp: list[bytes] = []
        self.rtcp: list[bytes] = []
        self.peer = ""
        self.answer = ""
        self._ice = _Ice(self)
        self._dtls: Any = RTCDtlsTransport(self._ice, [self.certificate])  # type: ignore[arg-type]
        self._dtls._set_role("client")
        self._answered = asyncio.Event()
        self._news = asyncio.Event()
        self.transport: Any = None
        self.worker: tuple[str, int] = ("", 0)

    async def connect(self, worker: Worker, call: str, sub: str, *, slots: int = 3, **claims: Any) -> None:
        """In the call, DTLS done. AssertionError with the worker's code if it refuses."""
        digest = next(f.value for f in self.certificate.getFingerprints() if f.algorithm == "sha-256")
        token = worker.minter.token(call, sub, **claims)
        answer = await worker.offer(call, token, browser_offer(slots, fingerprint=digest))
        assert answer.status == 201, answer.code
        self.peer, self.answer = answer.body["peer"], answer.body["sdp"]
        self.worker = await worker.udp()
        self.transport = await self.socket()
        await self._check_until_answered()
        theirs = re.findall(r"a=fingerprint:(\S+) (\S+)", self.answer)[0]
        async with asyncio.timeout(30):
            await self._dtls.start(RTCDtlsParameters([RTCDtlsFingerprint(*theirs)], role="server"))
        assert self._dtls.state == "connected"

    async def socket(self) -> Any:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Wire(self._take), local_addr=("127.0.0.1", 0))
        return transport

    async def _check_until_answered(self) -> None:
        async with asyncio.timeout(20):
            while not self._answered.is_set():
                self.send(self.check())
                try:
                    await asyncio.wait_for(self._answered.wait(), OFTEN)
                except TimeoutError:
                    continue

    def check(self) -> bytes:
        """A fresh connectivity check."""
        ufrag = re.findall(r"a=ice-ufrag:(\S+)", self.answer)[0]
        password = re.findall(r"a=ice-pwd:(\S+)", self.answer)[0]
        return stun.request("abcd", ufrag, password)

    def ask_whether_it_lives(self) -> None:
        """Send a check; ``lives`` says whether that, or a later one, was answered."""
        self._answered.clear()
        self.send(self.check())

    @property
    def lives(self) -> bool:
        return self._answered.is_set()

    def heard(self) -> list[bytes]:
        """RTP that came since this was asked last."""
        came, self.rtp = self.rtp, []
        return came

    def slot_ssrcs(self) -> list[int]:
        """The SSRCs of the slots' halves, in order, without those for retransmissions."""
        groups = {int(b) for _, b in re.findall(r"a=ssrc-group:FID (\d+) (\d+)", self.answer)}
        found = [int(ssrc) for ssrc in re.findall(r"a=ssrc:(\d+) cname", self.answer)]
        return [ssrc for ssrc in found if ssrc not in groups]

    def send(self, datagram: bytes, transport: Any = None) -> None:
        (transport or self.transport).sendto(datagram, self.worker)

    def protect(self, packet: bytes) -> bytes:
        secured: bytes = self._dtls._tx_srtp.protect(packet)
        return secured

    def say(self, number: int, payload: bytes = b"sound", timestamp: int | None = None) -> None:
        """One packet of sound."""
        at = number * 960 if timestamp is None else timestamp
        self.send(self.protect(rtp_packet(AUDIO, number, at, AUDIO_SSRC, payload)))

    def show(self, number: int, payload: bytes = INTER_FRAME) -> None:
        """One packet of a picture."""
        self.send(self.protect(rtp_packet(VIDEO, number, number * 3000, VIDEO_SSRC, payload)))

    def report(self, packet: bytes) -> None:
        self.send(self._dtls._tx_srtp.protect_rtcp(packet))

    def _take(self, datagram: bytes) -> None:
        first = datagram[0]
        if first < 4:
            self._answered.set()
        elif first < 64:
            self._ice.queue.put_nowait(datagram)
        elif 192 <= datagram[1] <= 223:
            self.rtcp.append(self._dtls._rx_srtp.unprotect_rtcp(datagram))
        else:
            self.rtp.append(self._dtls._rx_srtp.unprotect(datagram))
        self._news.set()

    async def until(self, true: Callable[[], bool], within: float = 5.0) -> None:
        """Wait for what was received to make ``true`` true."""
        async with asyncio.timeout(within):
            while not true():
                self._news.clear()
                await self._news.wait()

    async def close(self) -> None:
        await self._dtls.stop()
        if self.transport is not None:
            self.transport.close()


def rtp_packet(payload_type: int, number: int, timestamp: int, ssrc: int, payload: bytes) -> bytes:
    return pack("!BBHLL", 0x80, payload_type, number & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def header(packet: bytes) -> tuple[int, int, int, int]:
    """Payload type, sequence number, timestamp, SSRC."""
    _, second, number, timestamp, ssrc = unpack_from("!BBHLL", packet)
    return second & 0x7F, number, timestamp, ssrc


@asynccontextmanager
async def people(worker: Worker, call: str, *subs: str, **claims: Any) -> AsyncIterator[list[LightClient]]:
    """These people in the call, connected one after the other."""
    clients: list[LightClient] = []
    try:
        for sub in subs:
            clients.append(LightClient())
            await clients[-1].connect(worker, call, sub, **claims)
        yield clients
    finally:
        for client in clients:
            await client.close()
