"""Sequence numbers, RTP headers, RTCP, transport-wide feedback: bytes in, values out."""

from __future__ import annotations

from struct import unpack_from
from typing import Any

import pytest
from aiortc.rtp import RtcpPacket, RtcpPsfbPacket, RtcpRrPacket, RtcpRtpfbPacket, RtcpSrPacket, unpack_remb_fci
from hypothesis import given
from hypothesis import strategies as st

from providers.webrtc import rtcp, rtp, stun
from providers.webrtc.sequence import Unwrapper, distance
from providers.webrtc.twcc import LONGEST_REPORT, ArrivalLog


@given(st.integers(0, 0xFFFF), st.lists(st.integers(-300, 300), max_size=300))
def test_numbers_are_unwrapped_whatever_the_order(start: int, steps: list[int]) -> None:
    unwrapper = Unwrapper()
    true = base = unwrapper.unwrap(start)
    for step in steps:
        true = max(base, true + step)
        assert unwrapper.unwrap((start + true - base) & 0xFFFF) == true


@pytest.mark.parametrize(
    ("later", "earlier", "steps"),
    [(1, 0, 1), (0, 65535, 1), (65535, 0, -1), (0x7FFF, 0, 0x7FFF), (0x8000, 0, -0x8000), (5, 5, 0)],
)
def test_the_distance_is_the_short_way_round(later: int, earlier: int, steps: int) -> None:
    assert distance(later, earlier) == steps


@given(st.binary(min_size=12, max_size=80), st.integers(0, 15))
def test_no_header_is_read_beyond_its_end(packet: bytes, wanted: int) -> None:
    start = rtp.payload_start(packet, len(packet))
    if start < 0:
        return
    assert 12 <= start <= len(packet)
    end = rtp.payload_end(packet, start, len(packet))
    assert end == -1 or start <= end <= len(packet)
    at, length = rtp.extension(packet, start, wanted)
    assert at == -1 or 12 < at <= at + length <= start
    rtp.starts_vp8_key_frame(packet, start, max(start, end))


@pytest.mark.parametrize(
    ("payload", "starts"),
    [
        (bytes((0x10, 0x00)), True),
        (bytes((0x10, 0x01)), False),  # an inter frame
        (bytes((0x00, 0x00)), False),  # not the start of a partition
        (bytes((0x11, 0x00)), False),  # a later partition
        (bytes((0x90, 0x80, 0x05, 0x00)), True),  # a picture id of 7 bits
        (bytes((0x90, 0x80, 0x85, 0x01, 0x00)), True),  # of 15 bits
        (bytes((0x90, 0xE0, 0x85, 0x01, 0x07, 0x20, 0x00)), True),  # with TL0PICIDX and TID
        (bytes((0x90, 0x80)), False),  # cut short
        (b"", False),
    ],
)
def test_a_key_frame_is_known_by_its_first_bytes(payload: bytes, *, starts: bool) -> None:
    assert rtp.starts_vp8_key_frame(payload, 0, len(payload)) is starts


@given(st.binary(max_size=300))
def test_hostile_rtcp_raises_nothing(data: bytes) -> None:
    list(rtcp.parse(data))


@given(st.integers(0x80, 0xBF), st.integers(198, 208), st.binary(max_size=200))
def test_hostile_rtcp_with_a_good_length_raises_nothing(first: int, kind: int, body: bytes) -> None:
    body += bytes(-len(body) % 4)
    list(rtcp.parse(bytes((first, kind)) + (len(body) // 4).to_bytes(2, "big") + body))


@given(st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=60, unique=True))
def test_what_is_asked_for_is_what_was_missed(lost: list[int]) -> None:
    packet = rtcp.pack_nack(7, lost)
    (theirs,) = RtcpPacket.parse(packet)
    assert isinstance(theirs, RtcpRtpfbPacket)
    assert sorted(n & 0xFFFF for n in theirs.lost) == sorted(lost)  # aiortc does not wrap around
    assert [set(r.lost) for r in rtcp.parse(packet) if isinstance(r, rtcp.Nack)] == [set(lost)]


def test_what_we_pack_others_can_read() -> None:
    packet = (
        rtcp.pack_sender_report(5, 1 << 40, 99, 3, 400)
        + rtcp.pack_name(5, b"slot0")
        + rtcp.pack_receiver_report([rtcp.Block(9, 12, 3, 70000, 5, 6)])
        + rtcp.pack_picture_loss(9)
        + rtcp.pack_estimate(1_500_000, [9])
    )
    sent, _name, reports, picture, estimate = RtcpPacket.parse(packet)
    assert isinstance(sent, RtcpSrPacket)
    assert (sent.ssrc, sent.sender_info.ntp_timestamp, sent.sender_info.rtp_timestamp) == (5, 1 << 40, 99)
    assert isinstance(reports, RtcpRrPacket)
    block = reports.reports[0]
    assert (block.ssrc, block.fraction_lost, block.packets_lost, block.highest_sequence) == (9, 12, 3, 70000)
    assert isinstance(picture, RtcpPsfbPacket)
    assert (picture.fmt, picture.media_ssrc) == (1, 9)
    assert isinstance(estimate, RtcpPsfbPacket)
    bitrate, ssrcs = unpack_remb_fci(estimate.fci)
    assert ssrcs == [9]
    assert bitrate == pytest.approx(1_500_000, rel=0.001)
    kinds = {type(report) for report in rtcp.parse(packet)}
    assert kinds == {rtcp.SenderReport, rtcp.Received, rtcp.KeyFrameRequest, rtcp.Estimate}


def read_feedback(packet: bytes) -> dict[int, int]:
    """Arrival times (µs) by number, from the wire: written from the draft, not from the code."""
    base, count = unpack_from("!HH", packet, 12)
    last = int.from_bytes(packet[16:19], "big") * 64_000
    at = 20
    symbols: list[int] = []
    while len(symbols) < count:
        chunk = int.from_bytes(packet[at : at + 2], "big")
        at += 2
        assert chunk >> 14 == 3, "two-bit status vectors"
        symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
    times: dict[int, int] = {}
    for number, symbol in enumerate(symbols[:count]):
        if symbol == 0:
            continue
        size = symbol
        last += int.from_bytes(packet[at : at + size], "big", signed=size == 2) * 250
        at += size
        times[(base + number) & 0xFFFF] = last
    assert len(packet) - at < 4
    assert len(packet) == 4 + 4 * int.from_bytes(packet[2:4], "big")
    return times


@given(st.integers(0, 0xFFFF), st.dictionaries(st.integers(0, 80), st.integers(0, 90_000), min_size=1))
def test_feedback_tells_each_arrival_to_a_quarter_of_a_millisecond(start: int, arrived: dict[int, int]) -> None:
    log = ArrivalLog()
    begin = 12_345_678 * 64_000  # of 24 bits, so that nothing wraps around here
    for number, at in arrived.items():
        log.add((start + number) & 0xFFFF, begin + at)
    packet = log.report(5)
    assert packet is not None
    told = read_feedback(packet)
    assert told.keys() == {(start + number) & 0xFFFF for number in arrived}
    for number, at in arrived.items():
        assert 0 <= begin + at - told[(start + number) & 0xFFFF] < 250


def test_feedback_goes_on_where_it_stopped_and_tells_the_gap() -> None:
    log = ArrivalLog()
    log.add(65535, 1_000)
    first = log.report(5)
    log.add(2, 2_000)
    second = log.report(5)
    assert first is not None
    assert second is not None
    assert unpack_from("!HH", second, 12) == (0, 3), "0 and 1 are told as missing"
    assert log.report(5) is None


def test_feedback_is_bounded_whatever_numbers_come() -> None:
    log = ArrivalLog()
    for number in range(0, 0x10000, 0x4000):
        log.add(number, number)
    packet = log.report(5)
    assert packet is not None
    assert unpack_from("!H", packet, 14)[0] <= LONGEST_REPORT


@given(st.binary(max_size=200))
def test_hostile_stun_raises_nothing(data: bytes) -> None:
    stun.read(data)
    stun.read(data[:4] + b"\x21\x12\xa4\x42" + data[4:])


@given(st.data())
def test_a_bent_check_is_not_authentic(data: Any) -> None:
    check = bytearray(stun.request("mine", "yours", "password"))
    at = data.draw(st.integers(0, len(check) - 9))  # the fingerprint behind the signature proves nothing
    check[at] ^= data.draw(st.integers(1, 255))
    found = stun.read(bytes(check))
    assert found is None or not found.authentic("password")
