"""DTLS and SRTP by aiortc and pylibsrtp. The only file that imports them, with everything private that is used:

- ``RTCDtlsTransport``: ``_set_role``, ``_rx_srtp``, ``_tx_srtp``; it calls ``_recv`` and ``_send`` of the transport
  that it is given, which here is a duck (``_Duck``);
- ``pylibsrtp.Session``: ``_srtp``, the C handle; ``pylibsrtp._binding`` (``lib``, ``ffi``), to work in place.

A canary test pins them. No receiver or sender is ever registered with the transport, so aiortc has nobody to hand a
packet to, and makes no decoder or encoder.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from aiortc.rtcdtlstransport import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from pylibsrtp._binding import ffi, lib

# One datagram is at most 1,500 bytes on any network that we meet; what is longer fails its authentication.
BUFFER = 2048
# libsrtp may append so many bytes (SRTP_MAX_TRAILER_LEN and the index of SRTCP).
TRAILER = 148
# Handshake datagrams that wait while OpenSSL works; a flight has five at most.
WAITING = 32
CERTIFICATE_LIFE = 86_400.0  # seconds; aiortc's certificates are valid for 30 days


class Certificates:
    """The worker's certificate, made anew each day. Peers keep the one that they began with."""

    def __init__(self) -> None:
        self._made = -CERTIFICATE_LIFE
        self._current: Any = None

    def current(self) -> Any:
        now = time.monotonic()
        if self._current is None or now - self._made >= CERTIFICATE_LIFE:
            self._current, self._made = RTCCertificate.generateCertificate(), now
        return self._current


def fingerprint(certificate: Any) -> tuple[str, str]:
    """Algorithm and digest of a certificate, as SDP writes them."""
    found = next(f for f in certificate.getFingerprints() if f.algorithm == "sha-256")
    return found.algorithm, found.value


class _Duck:
    """What RTCDtlsTransport needs of an ICE transport: datagrams in, datagrams out."""

    role = "controlled"
    state = "completed"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING)
        self._transmit = send

    def feed(self, datagram: bytes | None) -> None:
        if not self._queue.full():
            self._queue.put_nowait(datagram)

    async def _recv(self) -> bytes:
        datagram = await self._queue.get()
        if datagram is None:
            raise ConnectionError
        return datagram

    async def _send(self, datagram: bytes) -> None:
        self._transmit(datagram)


class SecureLink:
    """One peer's DTLS session, we as the server, and the SRTP sessions that come of it.

    ``on_closed`` is called once when the far side has said goodbye."""

    def __init__(self, certificate: Any, send: Callable[[bytes], None], on_closed: Callable[[], None]) -> None:
        self._duck = _Duck(send)
        self._dtls: Any = RTCDtlsTransport(self._duck, [certificate])  # type: ignore[arg-type]
        self._dtls._set_role("server")  # noqa: SLF001 - the answer says setup:passive
        self._on_closed = on_closed
        self._over = False
        self.inbound: Any = None
        self.outbound: Any = None

    def feed(self, datagram: bytes) -> None:
        """A DTLS datagram from the network. Beyond WAITING they are dropped; DTLS sends again."""
        self._duck.feed(datagram)

    async def handshake(self, fingerprints: Sequence[tuple[str, str]]) -> bool:
        """Whether the far side proved to hold a certificate with these fingerprints."""
        remote = RTCDtlsParameters([RTCDtlsFingerprint(a, v) for a, v in fingerprints], role="client")
        await self._dtls.start(remote)
        if self._dtls.state != "connected" or self._over:
            return False
        self.inbound = self._dtls._rx_srtp._srtp[0]  # noqa: SLF001 - pinned by the canary
        self.outbound = self._dtls._tx_srtp._srtp[0]  # noqa: SLF001 - pinned by the canary
        self._dtls.on("statechange", self._changed)
        return True

    def _changed(self) -> None:
        if self._dtls.state in {"closed", "failed"} and not self._over:
            self._over = True
            self._on_closed()

    async def close(self) -> None:
        """Say goodbye and stop. The SRTP sessions must not be used afterwards."""
        self._over = True
        await self._dtls.stop()
        self._duck.feed(None)


class Workbench:
    """One buffer to receive into, one to send from, and SRTP on them in place: no copy per packet.

    ``received`` and ``sending`` are the plain bytes; the methods answer the new length, or -1 when libsrtp refuses
    (not authentic, a replay, malformed)."""

    def __init__(self) -> None:
        self.received = bytearray(BUFFER)
        self.sending = bytearray(BUFFER)
        self.received_view = memoryview(self.received)
        self.sending_view = memoryview(self.sending)
        self._in = ffi.from_buffer("char[]", self.received)
        self._out = ffi.from_buffer("char[]", self.sending)
        self._length = ffi.new("int *")

    def unprotect(self, session: Any, size: int) -> int:
        length = self._length
        length[0] = size
        return -1 if lib.srtp_unprotect(session, self._in, length) else length[0]

    def unprotect_control(self, session: Any, size: int) -> int:
        length = self._length
        length[0] = size
        return -1 if lib.srtp_unprotect_rtcp(session, self._in, length) else length[0]

    def protect(self, session: Any, size: int) -> int:
        length = self._length
        length[0] = size
        return -1 if lib.srtp_protect(session, self._out, length) else length[0]

    def protect_control(self, session: Any, packet: bytes) -> bytes:
        """Encrypted RTCP, or nothing if libsrtp refuses. ``packet`` is at most BUFFER - TRAILER bytes."""
        size = len(packet)
        self.sending[:size] = packet
        length = self._length
        length[0] = size
        if lib.srtp_protect_rtcp(session, self._out, length):
            return b""
        return bytes(self.sending_view[: length[0]])
