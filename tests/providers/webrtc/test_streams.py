"""Uplinks and downlinks: loss, repair, reorder, doubles, a change of source; and a lossy line between two of them."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any, cast

import pytest

from providers.webrtc import rtcp
from providers.webrtc.budget import LONGEST_PAUSE, Budget
from providers.webrtc.downlink import Downlink, Seeds
from providers.webrtc.nack import CACHED, FIRST_RETRY, LONGEST_GAP, TRIES, MissingList, Stored
from providers.webrtc.path import CANDIDATES, CONSENT, KEPT, TRANSACTIONS, Path
from providers.webrtc.sdp import Stream
from providers.webrtc.uplink import KEY_FRAME_EVERY, Uplink
from providers.webrtc.voice import HOLD, RUN, Voice

VIDEO = Stream("video", "1", "publish", 96, 97, 90000, ssrc=2001, rtx_ssrc=2002)
AUDIO = Stream("audio", "0", "publish", 111, None, 48000, ssrc=1001)
SEEDS = Seeds(ssrc=50, rtx_ssrc=51, sequence=0x3FFF, timestamp=0xFFFFFF00, rtx_sequence=1)


def uplink(stream: Stream = VIDEO) -> Uplink:
    return Uplink(stream, Voice())


def downlink(stream: Stream = VIDEO, source: Uplink | None = None) -> Downlink:
    down = Downlink(cast("Any", None), stream, SEEDS, b"slot0")
    down.bind(source)
    return down


def store(up: Uplink, extended: int) -> None:
    assert up.cache is not None
    up.cache.put(Stored(extended, 0, extended * 3000, b"p%d" % extended))


def test_a_double_of_a_picture_is_refused_even_when_it_was_repaired() -> None:
    up = uplink()
    first = up.accept(5, 0.0)
    store(up, first)
    assert up.accept(5, 0.1) == -1
    assert up.accept(5, 0.1, repaired=True) == -1


def test_a_packet_older_than_the_cache_is_refused() -> None:
    up = uplink()
    newest = up.accept(5000, 0.0)
    assert up.accept(5000 - CACHED, 0.0) == -1
    assert up.accept(5000 - CACHED + 1, 0.0) == newest - CACHED + 1


def test_a_gap_is_asked_for_until_it_is_filled() -> None:
    up = uplink()
    up.accept(65534, 0.0)
    up.accept(1, 0.0)
    assert list(rtcp.parse(up.feedback(0.0))) == [rtcp.Nack(2001, (65535, 0))]
    assert up.feedback(FIRST_RETRY / 2) == b"", "not again at once"
    up.accept(0, 0.1, repaired=True)
    assert list(rtcp.parse(up.feedback(1.5 * FIRST_RETRY))) == [rtcp.Nack(2001, (65535,))]


def test_a_long_gap_asks_for_a_key_frame_instead() -> None:
    up = uplink()
    up.accept(1, 0.0)
    up.accept(1 + LONGEST_GAP + 2, 1.0)
    assert list(rtcp.parse(up.feedback(1.0))) == [rtcp.KeyFrameRequest(2001)]


def test_what_does_not_come_is_given_up() -> None:
    missing = MissingList()
    missing.open_gap(1, 2, 0.0)
    asked = sum(bool(missing.due(now / 100)) for now in range(300))
    assert 3 <= asked <= TRIES
    assert not missing


def test_key_frames_are_asked_for_twice_a_second_at_most_and_none_is_forgotten() -> None:
    up = uplink()
    up.accept(1, 0.0)
    asked = 0
    for beat in range(41):
        up.wants_key_frame = True
        asked += up.key_frame_due(beat * 0.05)
    assert asked == 1 + int(2.0 / KEY_FRAME_EVERY)
    up.wants_key_frame = True
    assert not up.key_frame_due(2.01)
    assert up.key_frame_due(2.6)


def test_the_report_tells_loss_as_rfc_3550_counts_it() -> None:
    up = uplink(AUDIO)
    for number in (65533, 65534, 0, 1):  # 65535 is missing
        up.accept(number, 0.0)
    up.sender_report(0x1234_5678_9ABC_DEF0, 1.0)
    block = up.block(1.5)
    assert block is not None
    assert (block.lost, block.fraction, block.highest & 0xFFFF) == (1, 256 // 5, 1)
    assert (block.last_sr, block.delay) == (0x5678_9ABC, 32768)
    again = up.block(2.0)
    assert again is not None
    assert (again.lost, again.fraction) == (1, 0)


def test_numbers_go_on_across_a_change_of_source() -> None:
    first, second = uplink(AUDIO), uplink(AUDIO)
    down = downlink(AUDIO, first)
    sent = [down.place(first.accept(n, 0.0), n * 960, 0.0, fresh=True) for n in (65535, 0, 1)]
    stamp = down.timestamp(1 * 960)
    down.bind(second)
    sent += [down.place(second.accept(n, 1.0), 7_000_000 + n * 960, 1.0, fresh=True) for n in (40, 41)]
    assert [(n - sent[0]) & 0xFFFF for n in sent] == [0, 1, 2, 3, 4]
    assert (down.timestamp(7_000_000 + 40 * 960) - stamp) & 0xFFFFFFFF == 48000, "a second has gone by"


def test_late_packets_from_before_the_change_are_dropped() -> None:
    """Their numbers were used for the source before, under the same key."""
    up = uplink()
    down = downlink(VIDEO, up)
    down.place(up.accept(100, 0.0), 0, 0.0, fresh=True)
    assert down.place(up.accept(99, 0.0), 0, 0.0, fresh=True) == -1


def test_reordered_packets_keep_their_places() -> None:
    up = uplink()
    down = downlink(VIDEO, up)
    sent = {n: down.place(up.accept(n, 0.0), 0, 0.0, fresh=True) for n in (10, 12, 11, 13)}
    assert [(sent[n] - sent[10]) & 0xFFFF for n in (10, 11, 12, 13)] == [0, 1, 2, 3]


def test_a_picture_waits_for_its_key_frame_and_so_does_one_after_a_pause() -> None:
    up = uplink()
    down = downlink(VIDEO, up)
    assert down.place(up.accept(1, 0.0), 0, 0.0, fresh=False) == -1
    assert down.waiting
    assert down.place(up.accept(2, 0.0), 0, 0.0, fresh=True) >= 0
    down.pause(paused=True)
    assert down.place(up.accept(3, 0.0), 0, 0.0, fresh=True) == -1
    down.pause(paused=False)
    assert up.wants_key_frame
    assert down.place(up.accept(4, 0.0), 0, 0.0, fresh=False) == -1


def test_what_is_sent_again_is_this_sources_own() -> None:
    first, second = uplink(), uplink()
    down = downlink(VIDEO, first)
    old = down.place(first.accept(10, 0.0), 0, 0.0, fresh=True)
    down.bind(second)
    for number in (9, 10, 11):
        extended = second.accept(number, 0.0)
        store(second, extended)
        new = down.place(extended, 0, 0.0, fresh=number > 9)
    assert list(down.resend([old])) == [], "the number belongs to the source before"
    (packet,) = down.resend([new])
    assert packet[12:] == new.to_bytes(2, "big") + b"p%d" % (0x10000 + 11)
    again = next(iter(down.resend([new])))
    assert again[2:4] != packet[2:4], "each retransmission has a number of its own"


def test_what_is_asked_for_across_the_wrap_is_found() -> None:
    up = uplink()
    down = downlink(VIDEO, up)
    sent = []
    for number in range(70_000):
        extended = up.accept(number & 0xFFFF, number / 100)
        store(up, extended)
        sent.append(down.place(extended, 0, 0.0, fresh=True))
    for back in (1, 2, CACHED):
        (packet,) = down.resend([sent[-back]])
        assert packet[14:] == b"p%d" % (0x10000 + 70_000 - back)
    assert not list(down.resend([sent[-CACHED - 1]]))


def test_a_sender_report_is_told_in_the_receivers_time() -> None:
    up = uplink(AUDIO)
    down = downlink(AUDIO, up)
    assert down.sender_report(1, 2) == b"", "nothing to report before the first packet"
    down.place(up.accept(1, 0.0), 1000, 0.0, fresh=True)
    (report,) = rtcp.parse(down.sender_report(77, 1480))
    assert report == rtcp.SenderReport(50, 77, (down.timestamp(1000) + 480) & 0xFFFFFFFF)


class Line:
    """Publisher → lossy → uplink → downlink → lossy → receiver, with retransmission on both halves, in memory."""

    def __init__(self, loss: float, chance: random.Random) -> None:
        self._loss, self._chance = loss, chance
        self._up = uplink()
        self._down = downlink(VIDEO, self._up)
        self.sent: dict[int, bytes] = {}
        self.received: dict[int, bytes] = {}

    def lost(self) -> bool:
        return self._chance.random() < self._loss

    def publish(self, number: int, now: float, *, repaired: bool = False) -> None:
        """One packet on its way; perhaps it arrives."""
        if self.lost() or (extended := self._up.accept(number & 0xFFFF, now, repaired=repaired)) < 0:
            return
        store(self._up, extended)
        placed = self._down.place(extended, number * 900, now, fresh=True)
        if placed < 0:
            return
        assert placed not in self.sent, "one number, one content"
        self.sent[placed] = b"p%d" % extended
        if not self.lost():
            self.received[placed] = self.sent[placed]

    def repair(self, now: float) -> None:
        """Both receivers ask for what they miss; questions and answers may be lost again."""
        missed = sorted(self.sent.keys() - self.received.keys())[-50:]
        for packet in self._down.resend(missed):
            if not self.lost():
                self.received[int.from_bytes(packet[12:14], "big")] = packet[14:]
        for report in rtcp.parse(self._up.feedback(now)):
            for number in report.lost if isinstance(report, rtcp.Nack) else ():
                self.publish(number, now, repaired=True)


@pytest.mark.parametrize(("loss", "complete"), [(0.01, 0.999), (0.05, 0.999), (0.2, 0.98)])
def test_over_a_lossy_line_pictures_are_whole_and_no_number_has_two_contents(loss: float, complete: float) -> None:
    chance = random.Random(5)
    line = Line(loss, chance)
    packets = 3000
    waiting: list[int] = []
    for number in range(packets):
        waiting.append(number)
        if chance.random() < 0.1:
            continue  # it comes late, together with the next
        for one in reversed(waiting):  # and out of order
            line.publish(one, number * 0.01)
        waiting = []
        if chance.random() < 0.05:
            line.publish(number, number * 0.01)  # and twice
        line.repair(number * 0.01)
    assert line.received.items() <= line.sent.items()
    assert len(line.received) >= packets * complete - 20


def test_a_weak_line_loses_pictures_one_by_one_and_gets_them_back() -> None:
    budget = Budget()
    allowed = []
    for second in range(60):
        weak = second < 8
        budget.estimate(300_000 if weak else 5_000_000, float(second))
        allowed.append(budget.decide(float(second), 1_000_000, 3))
    assert allowed[0] == 3
    assert min(allowed[:9]) == 0
    assert all(a - b <= 1 for a, b in pairwise(allowed)), "one at a time"
    assert allowed[-1] == 3
    assert not budget.weak


def test_a_line_that_stays_weak_is_tried_less_and_less_often() -> None:
    budget = Budget()
    tries = 0
    before = 3
    for second in range(200):
        sent = 200_000 + 500_000 * before
        budget.estimate(300_000, float(second))
        now = budget.decide(float(second), sent, 3)
        tries += now > before
        before = now
    assert 0 < tries < 200 / LONGEST_PAUSE * 3


def test_an_old_estimate_says_nothing() -> None:
    budget = Budget()
    budget.estimate(1, 0.0)
    assert [budget.decide(10.0 + s, 1_000_000, 2) for s in range(5)] == [2] * 5


def test_a_picture_that_comes_back_is_kept_while_the_estimate_climbs() -> None:
    """As Chromium does it: near what arrives, then 8 % more a second."""
    budget = Budget()
    estimate, shown, sent = 200_000.0, [], 600_000
    for second in range(40):
        budget.estimate(int(estimate), float(second))
        videos = budget.decide(float(second), sent, 1)
        shown.append(videos)
        sent = 40_000 + 400_000 * videos
        estimate = 60_000.0 if not videos else max(estimate, 70_000.0) * (1.08 if second > 3 else 0.9)
    assert 0 in shown, "weak at first"
    again = shown.index(1, shown.index(0))
    assert shown[again:] == [1] * len(shown[again:])


def test_a_round_that_comes_late_counts_as_longer() -> None:
    budget = Budget()
    for second in range(0, 12, 3):
        budget.estimate(500_000, float(second))
        assert budget.decide(float(second), 450_000 * (3 if second else 1), 2) == 2


def test_heavy_loss_pauses_a_picture() -> None:
    budget = Budget()
    for second in range(2):
        budget.loss(80)
        allowed = budget.decide(float(second), 1_000_000, 2)
    assert allowed == 1


def test_speech_is_noticed_and_a_click_is_not() -> None:
    voice = Voice()
    voice.hear(10, 0.0)
    voice.hear(127, 0.02)
    assert not voice.speaking(0.02)
    for packet in range(RUN):
        voice.hear(30, 1 + packet * 0.02)
    assert voice.speaking(1.1)
    assert not voice.speaking(1.1 + HOLD)


def test_a_path_keeps_few_candidates_and_never_drops_the_one_in_use() -> None:
    path = Path(0.0)
    path.learn(("10.0.0.1", 1), 0.0)
    path.move(("10.0.0.1", 1))
    for port in range(2, 50):
        path.learn(("10.0.0.1", port), 0.0)
    assert len(path.candidates) == CANDIDATES
    assert ("10.0.0.1", 1) in path.candidates


def test_a_check_counts_once() -> None:
    path = Path(0.0)
    assert not path.repeated(b"first")
    assert path.repeated(b"first")
    for number in range(TRANSACTIONS):
        path.repeated(number.to_bytes(12, "big"))
    assert not path.repeated(b"first"), "the memory is bounded"


def test_silence_ends_consent_and_a_longer_one_the_place() -> None:
    path = Path(0.0)
    assert not path.silent(CONSENT)
    assert path.silent(CONSENT + 0.1)
    assert not path.lost(KEPT)
    assert path.lost(KEPT + 0.1)
