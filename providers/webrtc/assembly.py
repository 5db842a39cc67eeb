"""From an offer to a peer: streams, slots, credentials, and the answer's text."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence

from . import sdp
from .downlink import Downlink, Seeds
from .path import Path
from .peer import Credentials, Identity, Peer, Slot
from .uplink import Uplink

MOST_SLOTS = 16


def build(identity: Identity, offer: sdp.Offer, now: float, *, publish: bool, subscribe: bool) -> Peer:
    """A peer that answers ``offer``; SdpInvalid if that cannot be answered."""
    agreement = sdp.agree(offer, publish=publish, subscribe=subscribe)
    if len(agreement.slots) > MOST_SLOTS:
        raise sdp.SdpInvalid(f"at most {MOST_SLOTS} slots")
    peer = Peer(
        id=secrets.token_hex(12),
        identity=identity,
        agreement=agreement,
        offer=offer,
        credentials=fresh_credentials(offer),
        path=Path(now),
        made_at=now,
    )
    _publish(peer)
    _lay_out(peer)
    return peer


def fresh_credentials(offer: sdp.Offer) -> Credentials:
    """Random ones (RFC 8445, section 5.3: 24 bits and 128 bits at the least)."""
    return Credentials(secrets.token_hex(8), secrets.token_hex(16), offer.ufrag)


def _publish(peer: Peer) -> None:
    for stream in peer.agreement.lines:
        if not isinstance(stream, sdp.Stream) or stream.use != "publish":
            continue
        uplink = Uplink(stream, peer.voice)
        peer.uplinks.append(uplink)
        peer.transport_cc_id = stream.transport_cc_id or peer.transport_cc_id
        peer.level_id = stream.level_id or peer.level_id
        for ssrc in (stream.ssrc, stream.rtx_ssrc):
            if ssrc is not None:
                peer.uplink_by_ssrc[ssrc] = uplink


def _lay_out(peer: Peer) -> None:
    for number, pair in enumerate(peer.agreement.slots):
        audio, video = (_half(peer, line, number) for line in pair)
        peer.slots.append(Slot(audio, video))


def _half(peer: Peer, line: int | None, number: int) -> Downlink | None:
    stream = peer.agreement.lines[line] if line is not None else None
    if not isinstance(stream, sdp.Stream):
        return None
    down = Downlink(peer, stream, _seeds(), f"slot{number}".encode())
    peer.downlink_by_ssrc[down.ssrc] = down
    return down


def _seeds() -> Seeds:
    bits = random.SystemRandom().getrandbits
    return Seeds(bits(31) | 1 << 31, bits(31) + 2, bits(16), bits(32), bits(16))


def answer(peer: Peer, addresses: Sequence[tuple[str, int]]) -> str:
    """The answer with the peer's present credentials; each has a higher version than the one before."""
    peer.answers += 1
    senders = {}
    for number, (slot, pair) in enumerate(zip(peer.slots, peer.agreement.slots, strict=True)):
        for half, line in zip((slot.audio, slot.video), pair, strict=True):
            if half is not None and line is not None:
                senders[line] = sdp.Sender(number, half.ssrc, half.rtx_ssrc)
    place = sdp.Place(peer.credentials.ufrag, peer.credentials.password, tuple(addresses), peer.certificate_fingerprint)
    return sdp.answer(peer.agreement, senders, place, peer.answers)
