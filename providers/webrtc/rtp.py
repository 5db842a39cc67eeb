"""RTP packets (RFC 3550) and one-byte header extensions (RFC 8285), read and written in place.

Everything read comes from the network: each function takes the number of valid bytes and answers -1 instead of
reading beyond it. A payload is looked at for one thing only, the first bytes that say that a VP8 picture starts anew.
"""

from __future__ import annotations

from struct import Struct

AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

FIXED = 12  # bytes of the header without CSRCs and extensions
WITH_WORD = 20  # the same with one 32-bit word of extensions
HEADER = Struct("!BBHLL")
HEADER_WITH_WORD = Struct("!BBHLLLL")
ONE_BYTE_PROFILE = 0xBEDE
ONE_BYTE_ONE_WORD = 0xBEDE0001


def payload_start(packet: bytearray | bytes, size: int) -> int:
    """Where the payload begins, or -1 when the header does not fit in ``size`` bytes."""
    first = packet[0]
    start = FIXED + 4 * (first & 0x0F)
    if first & 0x10:
        if start + 4 > size:
            return -1
        start += 4 + 4 * (packet[start + 2] << 8 | packet[start + 3])
    return start if start <= size else -1


def payload_end(packet: bytearray | bytes, start: int, size: int) -> int:
    """Where the payload ends without its padding, or -1 when the padding is a lie."""
    if not packet[0] & 0x20:
        return size
    if size <= start:
        return -1
    padding = packet[size - 1]
    return size - padding if 0 < padding <= size - start else -1


def extension(packet: bytearray | bytes, start: int, wanted: int) -> tuple[int, int]:
    """Position and length of the one-byte extension ``wanted`` before the payload at ``start``; (-1, 0) if none."""
    if not packet[0] & 0x10:
        return -1, 0
    at = FIXED + 4 * (packet[0] & 0x0F)
    if packet[at] << 8 | packet[at + 1] != ONE_BYTE_PROFILE:
        return -1, 0
    at += 4
    while at < start:
        head = packet[at]
        if head == 0:
            at += 1
            continue
        length = (head & 0x0F) + 1
        if head >> 4 == wanted:
            return (at + 1, length) if at + 1 + length <= start else (-1, 0)
        at += 1 + length
    return -1, 0


def send_time_word(identifier: int, clock24: int) -> int:
    """The extension word for abs-send-time: seconds as 6.18 fixed point, 24 bits."""
    return identifier << 28 | 0x02000000 | clock24


def level_word(identifier: int, level: int) -> int:
    """The extension word for the audio level: one byte, then two of padding (RFC 6464)."""
    return identifier << 28 | level << 16


def starts_vp8_key_frame(packet: bytearray | bytes, start: int, end: int) -> bool:
    """Whether the payload is the first packet of a VP8 key frame (RFC 7741, sections 4.2 and 4.3)."""
    if end - start < 2:
        return False
    descriptor = packet[start]
    if descriptor & 0x17 != 0x10:  # S set, partition index 0
        return False
    at = start + 1
    if descriptor & 0x80:
        flags = packet[at]
        at += 1
        if flags & 0x80:
            at += 2 if at < end and packet[at] & 0x80 else 1
        at += bool(flags & 0x40) + bool(flags & 0x30)
    return at < end and not packet[at] & 0x01
