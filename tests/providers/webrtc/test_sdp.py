"""Offers: taken, refused, and never anything else than these two."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given
from hypothesis import strategies as st

from providers.webrtc import assembly, sdp
from providers.webrtc.peer import Identity
from tests.support.media import browser_offer


def answered(text: str, *, publish: bool = True, subscribe: bool = True) -> str:
    peer = assembly.build(Identity("c", "s", 1), sdp.parse(text), 0.0, publish=publish, subscribe=subscribe)
    peer.certificate_fingerprint = ("sha-256", "AB:CD")
    return assembly.answer(peer, [("192.0.2.1", 4000), ("203.0.113.9", 4000)])


def test_the_answer_has_the_offers_lines_with_vp8_and_opus_only() -> None:
    answer = answered(browser_offer(3))
    assert re.findall(r"a=mid:(\d)", answer) == list("01234567")
    assert set(re.findall(r"a=rtpmap:\d+ (\S+)", answer)) == {"opus/48000/2", "VP8/90000", "rtx/90000"}
    assert answer.count("a=recvonly") == 2
    assert answer.count("a=sendonly") == 6
    assert answer.count("a=setup:passive") == 8
    assert "a=ice-lite" in answer
    assert SessionDescription.parse(answer).media[0].port == 4000, "others can read it"


def test_each_advertised_address_is_a_candidate_of_the_one_port() -> None:
    candidates = re.findall(r"a=candidate:\S+ 1 udp (\d+) (\S+) (\d+) typ host", answered(browser_offer()))
    assert [(host, port) for _, host, port in candidates] == [("192.0.2.1", "4000"), ("203.0.113.9", "4000")]
    assert int(candidates[0][0]) > int(candidates[1][0])


def test_who_may_not_publish_is_answered_with_nothing_flowing() -> None:
    answer = answered(browser_offer(1), publish=False)
    assert "a=recvonly" not in answer
    assert answer.count("a=inactive") == 2


def test_who_may_not_subscribe_gets_no_slots() -> None:
    assert "a=sendonly" not in answered(browser_offer(2), subscribe=False)


def test_transport_feedback_is_agreed_upstream_and_send_time_downstream() -> None:
    sections = re.split(r"(?m)^m=", answered(browser_offer(1)))[1:]
    assert ["transport-wide" in s for s in sections] == [True, True, False, False]
    assert ["abs-send-time" in s for s in sections] == [False, False, False, True]
    assert ["audio-level" in s for s in sections] == [True, False, True, False]


@pytest.mark.parametrize(
    ("what", "into"),
    [
        ("v=0", "v=1"),
        ("a=ice-ufrag:abcd", "a=ice-ufrag:a"),
        ("a=setup:actpass", "a=setup:passive"),
        ("sha-256", "sha-1"),
        ("a=mid:1", "a=mid:0"),
        ("a=rtpmap:96 VP8", "a=rtpmap:notanumber VP8"),
        ("a=rtpmap:96 VP8", "a=rtpmap:72 VP8"),
        ("a=ssrc:1001", "a=ssrc:99999999999"),
        ("a=extmap:1 ", "a=extmap:x "),
        ("opus/48000/2", "opus"),
        ("m=audio 9", "m="),
    ],
)
def test_an_odd_offer_is_refused(what: str, into: str) -> None:
    bent = browser_offer().replace(what, into)
    assert bent != browser_offer()
    with pytest.raises(sdp.SdpInvalid):
        answered(bent)


@pytest.mark.parametrize("text", ["", "v=0", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111", "v=0\r\n" * 5000, "x" * 200_000])
def test_what_is_no_offer_is_refused(text: str) -> None:
    with pytest.raises(sdp.SdpInvalid):
        sdp.parse(text)


@given(st.data())
def test_a_bent_offer_is_answered_or_refused(data: st.DataObject) -> None:
    lines = browser_offer(1).split("\r\n")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        cut = data.draw(st.integers(0, len(lines[at])))
        noise = data.draw(st.text(max_size=12))
        lines[at] = data.draw(st.sampled_from([lines[at][:cut] + noise, noise, lines[at] + "\r\n" + lines[at]]))
    with contextlib.suppress(sdp.SdpInvalid):
        assert answered("\r\n".join(lines)).startswith("v=0")


def test_an_answer_quotes_nothing_free_of_the_offer() -> None:
    """What comes back to the page is built from numbers and from words that were checked."""
    answer = answered(browser_offer().replace("s=-", "s=<script>").replace("cname:me", "cname:<script>"))
    assert "<script>" not in answer


def test_only_one_file_knows_aiortc() -> None:
    folder = Path(sdp.__file__).parent
    knowing = {
        path.name
        for path in folder.glob("*.py")
        if re.search(r"(?m)^\s*(from|import) (aiortc|pylibsrtp)", path.read_text())
    }
    assert knowing == {"_aiortc.py"}
