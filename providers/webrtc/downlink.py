"""One half of a slot: the stream that one receiver sees, whoever is its source. No I/O.

The receiver must see one stream without a seam: its SSRC stays, sequence numbers and timestamps go on where the last
source left off. A picture begins with a key frame, so a change of source shows nothing broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from . import rtcp
from .rtp import HEADER
from .sequence import U16, U32, distance

if TYPE_CHECKING:
    from .peer import Peer
    from .sdp import Stream
    from .uplink import Uplink

# More in one request is a break of the line; a key frame serves better.
RESENT_AT_ONCE = 100


class Seeds(NamedTuple):
    """Random beginnings (RFC 3550, section 5.1), so that this module needs no randomness of its own."""

    ssrc: int
    rtx_ssrc: int
    sequence: int
    timestamp: int
    rtx_sequence: int


class Downlink:
    """Times are seconds of a monotonic clock."""

    __slots__ = (
        "_base",
        "_last_sequence",
        "_last_timestamp",
        "_rtx_sequence",
        "_sent_at",
        "_sequence_offset",
        "_synced",
        "_timestamp_offset",
        "clock_rate",
        "cname",
        "extension_id",
        "octets",
        "packets",
        "paused",
        "payload_type",
        "peer",
        "rtx_payload_type",
        "rtx_ssrc",
        "source",
        "ssrc",
        "video",
    )  # fmt: skip

    def __init__(self, peer: Peer, stream: Stream, seeds: Seeds, cname: bytes) -> None:
        self.peer = peer
        self.video = stream.kind == "video"
        self.payload_type = stream.payload_type
        self.rtx_payload_type = stream.rtx_payload_type
        self.clock_rate = stream.clock_rate
        self.extension_id = stream.send_time_id if self.video else stream.level_id
        self.cname = cname
        self.ssrc = seeds.ssrc
        self.rtx_ssrc = seeds.rtx_ssrc
        self.source: Uplink | None = None
        self.paused = False
        self.packets = self.octets = 0
        self._last_sequence = seeds.sequence & 0x3FFF
        self._last_timestamp = seeds.timestamp
        self._rtx_sequence = seeds.rtx_sequence & 0x3FFF
        self._sequence_offset = self._timestamp_offset = 0
        self._base = 0
        self._sent_at = -1.0
        self._synced = False

    def bind(self, source: Uplink | None) -> None:
        """Show ``source`` from now on, or nobody."""
        if self.source is not None:
            self.source.subscribers.remove(self)
        self.source = source
        self._synced = False
        if source is not None:
            source.subscribers.append(self)
            source.wants_key_frame = source.video

    def refresh(self) -> None:
        """Begin anew at a key frame: after a pause, after a silence."""
        self._synced = False
        if self.source is not None:
            self.source.wants_key_frame = self.video

    @property
    def waiting(self) -> bool:
        """Whether a picture should be shown here and its key frame has not come yet."""
        return self.video and self.source is not None and not self._synced and not self.paused

    def pause(self, paused: bool) -> None:
        """Send nothing for a while (a weak line); going on begins at a key frame."""
        if self.paused and not paused:
            self.refresh()
        self.paused = paused

    def place(self, extended: int, timestamp: int, now: float, *, fresh: bool) -> int:
        """The sequence number under which a packet of the source goes out, or -1 if it does not.

        ``fresh``: a receiver can begin with this packet. What is older than the beginning is dropped: its number was
        used by the source before, under the same key."""
        if self.paused:
            return -1
        if not self._synced:
            if not fresh:
                return -1
            self._begin(extended, timestamp, now)
        elif extended < self._base:
            return -1
        sequence = (extended + self._sequence_offset) & U16
        if (sequence - self._last_sequence) & 0x8000 == 0:
            self._last_sequence = sequence
            self._last_timestamp = (timestamp + self._timestamp_offset) & U32
        self._sent_at = now
        return sequence

    def _begin(self, extended: int, timestamp: int, now: float) -> None:
        elapsed = max(1, int((now - self._sent_at) * self.clock_rate)) if self._sent_at >= 0 else 0
        self._sequence_offset = self._last_sequence + 1 - extended
        self._timestamp_offset = self._last_timestamp + elapsed - timestamp
        self._base = extended
        self._synced = True

    def timestamp(self, timestamp: int) -> int:
        """The source's timestamp on the receiver's time line."""
        return (timestamp + self._timestamp_offset) & U32

    def resend(self, lost: Iterable[int]) -> Iterator[bytes]:
        """RTX packets (RFC 4588) for what the receiver misses, as far as it is still there. Each goes out under a
        number of its own."""
        source = self.source
        if source is None or source.cache is None or self.rtx_payload_type is None or not self._synced:
            return
        newest = source.newest
        for number, _ in zip(lost, range(RESENT_AT_ONCE), strict=False):
            extended = newest + distance(number, newest + self._sequence_offset)
            stored = source.cache.get(extended) if extended >= self._base else None
            if stored is None:
                continue
            self._rtx_sequence = (self._rtx_sequence + 1) & U16
            header = HEADER.pack(
                0x80, stored.marker | self.rtx_payload_type, self._rtx_sequence,
                self.timestamp(stored.timestamp), self.rtx_ssrc,
            )  # fmt: skip
            yield header + number.to_bytes(2, "big") + stored.payload

    def sender_report(self, ntp: int, timestamp: int) -> bytes:
        """The source's report, translated; empty before the first packet."""
        if not self._synced:
            return b""
        report = rtcp.pack_sender_report(self.ssrc, ntp, self.timestamp(timestamp), self.packets, self.octets)
        return report + rtcp.pack_name(self.ssrc, self.cname)
