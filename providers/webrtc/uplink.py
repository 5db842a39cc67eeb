"""One stream that a person publishes: its loss, its repairs, its reports, who is subscribed to it. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import rtcp
from .nack import CACHED, MissingList, PacketCache
from .sequence import U16, U32, Unwrapper
from .voice import Voice

if TYPE_CHECKING:
    from .downlink import Downlink
    from .sdp import Stream

# A key frame is several times the size of another; browsers answer each request with one.
KEY_FRAME_EVERY = 0.5  # seconds


class Uplink:
    """``stream`` is what was negotiated, ``voice`` its publisher's. ``ssrc`` may become known only with
    the first packet. Times are seconds of a monotonic clock."""

    __slots__ = (
        "_base", "_counted", "_expected_before", "_key_frame_at", "_received_before", "_sr", "_sr_at", "_unwrapper",
        "cache", "clock_rate", "heard", "missing", "payload_type", "received", "rtx_payload_type", "rtx_ssrc", "ssrc",
        "subscribers", "video", "voice", "wants_key_frame",
    )  # fmt: skip

    def __init__(self, stream: Stream, voice: Voice) -> None:
        self.voice = voice
        self.video = stream.kind == "video"
        self.payload_type = stream.payload_type
        self.rtx_payload_type = stream.rtx_payload_type
        self.clock_rate = stream.clock_rate
        self.ssrc = stream.ssrc
        self.rtx_ssrc = stream.rtx_ssrc
        self.subscribers: list[Downlink] = []
        self.cache = PacketCache() if self.video else None
        self.missing = MissingList()
        self.wants_key_frame = False
        self.heard = -1.0
        self.received = 0
        self._unwrapper = Unwrapper()
        self._base = -1
        self._expected_before = self._received_before = 0
        self._key_frame_at = -KEY_FRAME_EVERY
        self._sr = 0
        self._sr_at = 0.0

    @property
    def started(self) -> bool:
        return self._base >= 0

    @property
    def newest(self) -> int:
        """The greatest extended sequence number so far, or -1."""
        return self._unwrapper.newest

    def accept(self, number: int, now: float, *, repaired: bool = False) -> int:
        """The extended sequence number of a packet to forward, or -1 for one that was had or is too old.

        Refusing doubles is more than thrift: the same number sent twice with another header extension would use
        one AES-GCM nonce for two contents."""
        before = self._unwrapper.newest
        extended = self._unwrapper.unwrap(number)
        self.heard = now
        if before < 0:
            self._base = extended
            self.received = 1
            self.wants_key_frame = self.video and bool(self.subscribers)
            return extended
        if self.cache is not None and (extended <= before - CACHED or self.cache.get(extended) is not None):
            return -1
        self.received += not repaired
        if extended > before:
            if self.video and extended > before + 1 and not self.missing.open_gap(before + 1, extended, now):
                self.wants_key_frame = True
        elif self.missing:
            self.missing.came(extended)
        return extended

    def key_frame_due(self, now: float) -> bool:
        """Whether to ask for a key frame now; asking again too soon is put off, not forgotten."""
        if not (self.wants_key_frame and self.started) or now - self._key_frame_at < KEY_FRAME_EVERY:
            return False
        self.wants_key_frame = False
        self._key_frame_at = now
        return True

    def feedback(self, now: float) -> bytes:
        """NACK and PLI that are due."""
        out = b""
        if self.ssrc is None:
            return out
        if self.missing and (lost := self.missing.due(now)):
            out += rtcp.pack_nack(self.ssrc, [number & U16 for number in lost])
        if self.key_frame_due(now):
            out += rtcp.pack_picture_loss(self.ssrc)
        return out

    def sender_report(self, ntp: int, now: float) -> None:
        self._sr = ntp >> 16 & U32
        self._sr_at = now

    def block(self, now: float) -> rtcp.Block | None:
        """The report block since the last call (RFC 3550, appendix A.3); None before the first packet."""
        if self._base < 0 or self.ssrc is None:
            return None
        expected = self._unwrapper.newest - self._base + 1
        expected_now = expected - self._expected_before
        lost_now = expected_now - (self.received - self._received_before)
        self._expected_before, self._received_before = expected, self.received
        fraction = max(0, min(255, (lost_now << 8) // expected_now)) if expected_now > 0 else 0
        delay = int((now - self._sr_at) * 65536) & U32 if self._sr else 0
        highest = self._unwrapper.newest & U32
        return rtcp.Block(self.ssrc, fraction, expected - self.received, highest, self._sr, delay)
