"""The hot path: one decrypted RTP packet in, one encrypted packet out per subscriber. Nothing is decoded.

It works on the Workbench's buffers in place. At four people in a room each packet passes here once in and three times
out, so this file spends its lines on speed: plain loops, no object per packet but the cached payload.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ._aiortc import Workbench
from .downlink import Downlink
from .nack import Stored
from .peer import Outlet, Peer
from .reception import Reception
from .rtp import (
    FIXED,
    HEADER,
    HEADER_WITH_WORD,
    ONE_BYTE_ONE_WORD,
    WITH_WORD,
    extension,
    level_word,
    payload_end,
    payload_start,
    send_time_word,
    starts_vp8_key_frame,
)
from .uplink import Uplink

SILENCE = 127  # the level that says nothing (RFC 6464)


@dataclass(slots=True)
class Moment:
    """The time, read once per batch of packets: monotonic seconds, wall-clock µs, abs-send-time's 24 bits."""

    now: float = 0.0
    now_us: int = 0
    clock24: int = 0


@dataclass(slots=True)
class Counters:
    """Packets: taken in, sent, refused (not authentic or malformed), lost at our own socket; retransmissions; and how
    what was sent arrived."""

    received: int = 0
    sent: int = 0
    refused: int = 0
    unsent: int = 0
    repaired: int = 0
    resent: int = 0
    stun: int = 0
    reception: Reception = field(default_factory=Reception)

    def packets(self) -> dict[str, int]:
        """The counts by name."""
        return {name: value for name in self.__slots__ if isinstance(value := getattr(self, name), int)}


class Forwarder:
    """Holds the packet in hand (the underscored fields) so that its parts need not be passed from call to call."""

    __slots__ = (
        "_bench",
        "_counters",
        "_extended",
        "_fresh",
        "_marker",
        "_moment",
        "_outlet",
        "_payload",
        "_timestamp",
    )

    def __init__(self, bench: Workbench, outlet: Outlet, moment: Moment, counters: Counters) -> None:
        self._bench = bench
        self._outlet = outlet
        self._moment = moment
        self._counters = counters
        self._extended = self._marker = self._timestamp = 0
        self._payload = bench.received_view[:0]
        self._fresh = False

    def take(self, peer: Peer, size: int) -> None:
        """Forward the decrypted packet of ``size`` bytes in the bench, sent by ``peer``."""
        packet = self._bench.received
        if size < FIXED or (start := payload_start(packet, size)) < 0:
            self._counters.refused += 1
            return
        _, second, number, self._timestamp, ssrc = HEADER.unpack_from(packet)
        if peer.transport_cc_id:
            self._note_arrival(peer, start)
        end = payload_end(packet, start, size)
        uplink = peer.uplink_by_ssrc.get(ssrc) or peer.latch(ssrc, second & 0x7F)
        if uplink is None or end < 0:
            self._counters.refused += 1
            return
        after_header = start
        repaired = second & 0x7F != uplink.payload_type
        if repaired:
            if second & 0x7F != uplink.rtx_payload_type or end < start + 2:
                return
            number = packet[start] << 8 | packet[start + 1]  # RFC 4588: the original number comes first
            start += 2
            self._counters.repaired += 1
        self._extended = uplink.accept(number, self._moment.now, repaired=repaired)
        if self._extended < 0 or (end == start and not uplink.video):
            return
        self._counters.received += 1
        self._marker = second & 0x80
        self._payload = self._bench.received_view[start:end]
        if uplink.video:
            self._fresh = starts_vp8_key_frame(packet, start, end)
            self._forward_video(uplink)
        else:
            self._fresh = True
            self._forward_audio(uplink, self._level(peer, after_header))

    def _note_arrival(self, peer: Peer, start: int) -> None:
        packet = self._bench.received
        at, length = extension(packet, start, peer.transport_cc_id)
        if length == 2:
            peer.arrivals.add(packet[at] << 8 | packet[at + 1], self._moment.now_us)

    def _level(self, peer: Peer, start: int) -> int:
        """The audio level that the browser wrote, voice flag included."""
        at, length = extension(self._bench.received, start, peer.level_id) if peer.level_id else (-1, 0)
        if not length:
            return SILENCE
        level = self._bench.received[at]
        peer.voice.hear(level & 0x7F, self._moment.now)
        return level

    def _forward_video(self, uplink: Uplink) -> None:
        if uplink.cache is not None:
            uplink.cache.put(Stored(self._extended, self._marker, self._timestamp, bytes(self._payload)))
        clock24 = self._moment.clock24
        for down in uplink.subscribers:
            self._send(down, send_time_word(down.extension_id, clock24) if down.extension_id else 0)

    def _forward_audio(self, uplink: Uplink, level: int) -> None:
        for down in uplink.subscribers:
            self._send(down, level_word(down.extension_id, level) if down.extension_id else 0)

    def _send(self, down: Downlink, word: int) -> None:
        """One copy to one subscriber, with ``word`` as its header extensions (0: none)."""
        peer = down.peer
        if not peer.open:
            return
        number = down.place(self._extended, self._timestamp, self._moment.now, fresh=self._fresh)
        if number < 0:
            return
        bench = self._bench
        sending = bench.sending
        second = self._marker | down.payload_type
        timestamp = down.timestamp(self._timestamp)
        if word:
            HEADER_WITH_WORD.pack_into(sending, 0, 0x90, second, number, timestamp, down.ssrc, ONE_BYTE_ONE_WORD, word)
            size = WITH_WORD
        else:
            HEADER.pack_into(sending, 0, 0x80, second, number, timestamp, down.ssrc)
            size = FIXED
        payload = self._payload
        length = len(payload)
        sending[size : size + length] = payload
        sealed = bench.protect(peer.outbound, size + length)
        address = peer.path.current
        if sealed < 0 or address is None:
            self._counters.unsent += 1
            return
        self._outlet.send(bench.sending_view[:sealed], address)
        down.packets += 1
        down.octets += length
