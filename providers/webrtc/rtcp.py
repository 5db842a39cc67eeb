"""RTCP (RFC 3550, RFC 4585, RFC 5104, REMB): the kinds that a forwarder needs, parsed to values, packed to bytes.

``parse`` reads what an authenticated but not trusted browser sent: it takes what is well-formed, and stops at the
first packet that is not. It never raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from struct import Struct

SR, RR, SDES, BYE, RTPFB, PSFB = 200, 201, 202, 203, 205, 206
# One RTCP packet names at most so many lost packets: the whole cache twice over is more than anybody misses.
NACK_LIMIT = 512
OUR_SSRC = 1  # as the reporter; we are no source of our own

_HEAD = Struct("!BBH")
_U32 = Struct("!L")
_SENDER = Struct("!LQLLL")
_BLOCK = Struct("!LLLLLL")
_PAIR = Struct("!HH")
_FEEDBACK = Struct("!LL")


@dataclass(frozen=True, slots=True)
class SenderReport:
    ssrc: int
    ntp: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class Received:
    """A report block: of ``ssrc``'s packets the share lost since the last one (0 to 255 for 0 to 1), and the jitter in
    ticks of its clock."""

    ssrc: int
    fraction: int
    jitter: int


@dataclass(frozen=True, slots=True)
class Nack:
    ssrc: int
    lost: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeyFrameRequest:
    ssrc: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """REMB: what the receiver believes that its downlink carries, bits per second in total."""

    bitrate: int


Report = SenderReport | Received | Nack | KeyFrameRequest | Estimate


@dataclass(frozen=True, slots=True)
class Block:
    """One report block to send (RFC 3550, section 6.4.1)."""

    ssrc: int
    fraction: int
    lost: int
    highest: int
    last_sr: int
    delay: int


def parse(data: bytes) -> Iterator[Report]:
    at, end = 0, len(data)
    while at + 4 <= end:
        first, kind, words = _HEAD.unpack_from(data, at)
        stop = at + 4 + 4 * words
        if first >> 6 != 2 or stop > end:
            return
        body = memoryview(data)[at + 4 : stop]
        at = stop
        yield from _parse_one(kind, first & 0x1F, body)


def _parse_one(kind: int, count: int, body: memoryview) -> Iterator[Report]:
    if kind == SR and len(body) >= _SENDER.size:
        ssrc, ntp, timestamp, _, _ = _SENDER.unpack_from(body)
        yield SenderReport(ssrc, ntp, timestamp)
        yield from _blocks(body, _SENDER.size, count)
    elif kind == RR:
        yield from _blocks(body, 4, count)
    elif kind == RTPFB and count == 1 and len(body) >= 12:
        yield Nack(_U32.unpack_from(body, 4)[0], _lost(body[8:]))
    elif kind == PSFB and len(body) >= 8:
        yield from _payload_feedback(count, body)


def _blocks(body: memoryview, at: int, count: int) -> Iterator[Received]:
    for _ in range(count):
        if at + _BLOCK.size > len(body):
            return
        ssrc, loss, _, jitter, _, _ = _BLOCK.unpack_from(body, at)
        yield Received(ssrc, loss >> 24, jitter)
        at += _BLOCK.size


def _lost(pairs: memoryview) -> tuple[int, ...]:
    lost: list[int] = []
    for at in range(0, len(pairs) - 3, 4):
        first, mask = _PAIR.unpack_from(pairs, at)
        lost.append(first)
        lost += [(first + bit + 1) & 0xFFFF for bit in range(16) if mask >> bit & 1]
        if len(lost) >= NACK_LIMIT:
            break
    return tuple(lost[:NACK_LIMIT])


def _payload_feedback(form: int, body: memoryview) -> Iterator[Report]:
    if form == 1:
        yield KeyFrameRequest(_U32.unpack_from(body, 4)[0])
    elif form == 4:
        for at in range(8, len(body) - 7, 8):
            yield KeyFrameRequest(_U32.unpack_from(body, at)[0])
    elif form == 15 and len(body) >= 16 and bytes(body[8:12]) == b"REMB":
        yield Estimate((((body[13] & 0x03) << 16) | body[14] << 8 | body[15]) << (body[13] >> 2))


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return _HEAD.pack(0x80 | count, kind, len(body) // 4) + body


def pack_sender_report(ssrc: int, ntp: int, timestamp: int, packets: int, octets: int) -> bytes:
    return _packet(SR, 0, _SENDER.pack(ssrc, ntp, timestamp, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF))


def pack_name(ssrc: int, cname: bytes) -> bytes:
    """SDES with a CNAME: what makes a receiver play a slot's sound and picture in step."""
    chunk = _U32.pack(ssrc) + bytes((1, len(cname))) + cname + b"\0"
    return _packet(SDES, 1, chunk + bytes(-len(chunk) % 4))


def pack_receiver_report(blocks: Sequence[Block]) -> bytes:
    body = _U32.pack(OUR_SSRC)
    for block in blocks[:31]:
        lost = max(0, min(block.lost, 0x7FFFFF))
        body += _BLOCK.pack(block.ssrc, block.fraction << 24 | lost, block.highest, 0, block.last_sr, block.delay)
    return _packet(RR, min(len(blocks), 31), body)


def pack_nack(ssrc: int, lost: Iterable[int]) -> bytes:
    """Ask for ``lost`` (16-bit, in order of age), 17 numbers to a pair at best."""
    body = _FEEDBACK.pack(OUR_SSRC, ssrc)
    first, mask = -1, 0
    for number in lost:
        step = (number - first - 1) & 0xFFFF
        if first >= 0 and step < 16:
            mask |= 1 << step
            continue
        if first >= 0:
            body += _PAIR.pack(first, mask)
        first, mask = number, 0
    return _packet(RTPFB, 1, body + _PAIR.pack(first, mask)) if first >= 0 else b""


def pack_picture_loss(ssrc: int) -> bytes:
    return _packet(PSFB, 1, _FEEDBACK.pack(OUR_SSRC, ssrc))


def pack_estimate(bitrate: int, ssrcs: Sequence[int]) -> bytes:
    """REMB for ``ssrcs`` together."""
    exponent = max(0, bitrate.bit_length() - 18)
    mantissa = bitrate >> exponent
    fci = b"REMB" + bytes((len(ssrcs), exponent << 2 | mantissa >> 16, mantissa >> 8 & 0xFF, mantissa & 0xFF))
    return _packet(PSFB, 15, _FEEDBACK.pack(OUR_SSRC, 0) + fci + b"".join(map(_U32.pack, ssrcs)))
