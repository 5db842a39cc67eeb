"""RTCP: what a peer's reports ask for, and what we report to peers in turn."""

from __future__ import annotations

from . import rtcp
from .forward import Counters
from .peer import Outlet, Peer

# A picture of 640 by 480 is good at half of this; more would only fill the others' lines.
VIDEO_CAP = 1_500_000  # bits per second


def take(peer: Peer, data: bytes, now: float, outlet: Outlet, counters: Counters) -> None:
    """Act on a compound packet that ``peer`` sent, decrypted."""
    for report in rtcp.parse(data):
        match report:
            case rtcp.SenderReport():
                _relay_sender_report(peer, report, now, outlet)
            case rtcp.Nack(ssrc, lost):
                _resend(peer, ssrc, lost, outlet, counters)
            case rtcp.KeyFrameRequest(ssrc):
                down = peer.downlink_by_ssrc.get(ssrc)
                if down is not None and down.source is not None and not down.paused:
                    down.source.wants_key_frame = True
            case rtcp.Received(ssrc, fraction, jitter):
                if (down := peer.downlink_by_ssrc.get(ssrc)) is not None:
                    peer.budget.loss(fraction)
                    counters.reception.heard(fraction, jitter, down.clock_rate)
            case rtcp.Estimate(bitrate):
                peer.budget.estimate(bitrate, now)


def _relay_sender_report(peer: Peer, report: rtcp.SenderReport, now: float, outlet: Outlet) -> None:
    uplink = peer.uplink_by_ssrc.get(report.ssrc)
    if uplink is None or uplink.ssrc != report.ssrc:
        return
    uplink.sender_report(report.ntp, now)
    for down in uplink.subscribers:
        if (translated := down.sender_report(report.ntp, report.timestamp)) and down.peer.open:
            outlet.send_control(down.peer, translated)


def _resend(peer: Peer, ssrc: int, lost: tuple[int, ...], outlet: Outlet, counters: Counters) -> None:
    down = peer.downlink_by_ssrc.get(ssrc)
    if down is None or down.paused or not peer.open:
        return
    for packet in down.resend(lost):
        counters.resent += 1
        outlet.send_media(peer, packet)


def soon(peer: Peer, now: float, outlet: Outlet) -> None:
    """What cannot wait, every 50 ms: NACK, PLI."""
    for uplink in peer.uplinks:
        if packet := uplink.feedback(now):
            outlet.send_control(peer, packet)


def arrivals(peer: Peer, outlet: Outlet) -> None:
    """Transport-wide feedback, every 100 ms."""
    media = next((uplink.ssrc for uplink in peer.uplinks if uplink.ssrc is not None), None)
    if peer.transport_cc_id and media is not None and (packet := peer.arrivals.report(media)):
        outlet.send_control(peer, packet)


def reports(peer: Peer, now: float, outlet: Outlet) -> None:
    """Every second: receiver reports, and REMB as a cap on the picture."""
    blocks = [block for uplink in peer.uplinks if (block := uplink.block(now)) is not None]
    if not blocks:
        return
    packet = rtcp.pack_receiver_report(blocks)
    videos = [uplink.ssrc for uplink in peer.uplinks if uplink.video and uplink.ssrc is not None]
    if videos:
        packet += rtcp.pack_estimate(VIDEO_CAP, videos)
    outlet.send_control(peer, packet)


def ration(peer: Peer, now: float) -> None:
    """Every second: fit what ``peer`` is sent to its line. Who speaks keeps the picture longest."""
    octets = sum(down.octets for down in peer.downlink_by_ssrc.values())
    sent, peer.octets_before = 8 * (octets - peer.octets_before), octets
    shown = [(down, down.source) for down in peer.downlink_by_ssrc.values() if down.video and down.source]
    videos = [down for down, source in sorted(shown, key=lambda pair: -pair[1].voice.loud_at)]
    allowed = peer.budget.decide(now, sent, len(videos))
    for rank, down in enumerate(videos):
        down.pause(rank >= allowed)


def remind(peer: Peer) -> None:
    """Every second: a slot that still waits for a key frame asks again (the request or the frame was lost)."""
    for down in peer.downlink_by_ssrc.values():
        if down.waiting:
            down.refresh()
