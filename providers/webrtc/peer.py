"""One person's connection: identity, credentials, path, streams. It knows no socket; an Outlet sends for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from .budget import Budget
from .downlink import Downlink
from .path import Address, Path
from .sdp import Agreement, Offer
from .twcc import ArrivalLog
from .uplink import Uplink
from .voice import Voice


class Outlet(Protocol):
    """Sends one datagram. Never blocks, never raises: what cannot be sent is lost, as on any network."""

    def send(self, datagram: bytes | memoryview, address: Address) -> None: ...

    def send_control(self, peer: Peer, packet: bytes) -> None:
        """RTCP, encrypted for ``peer``; nothing if it cannot be reached."""

    def send_media(self, peer: Peer, packet: bytes) -> None:
        """RTP, encrypted for ``peer``; nothing if it cannot be reached."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """ICE credentials of ours, and the fragment of theirs that goes with them."""

    ufrag: str
    password: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Identity:
    call: str
    sub: str
    epoch: int


@dataclass(slots=True)
class Slot:
    """A place for one other person. ``last`` was here before and gets it again if it is free."""

    audio: Downlink | None
    video: Downlink | None
    sub: str | None = None
    last: str | None = None

    def halves(self) -> list[Downlink]:
        return [half for half in (self.audio, self.video) if half is not None]


@dataclass(slots=True, eq=False)
class Peer:
    """``link`` is the DTLS session (a SecureLink). ``ready`` from the end of the handshake until the eviction;
    ``open`` while it may be sent media: ready, and heard lately. Times are seconds of a monotonic clock."""

    id: str
    identity: Identity
    agreement: Agreement
    offer: Offer
    credentials: Credentials
    path: Path
    made_at: float
    link: Any = None
    certificate_fingerprint: tuple[str, str] = ("", "")
    ready: bool = False
    open: bool = False
    started: bool = False
    over: bool = False
    inbound: Any = None
    outbound: Any = None
    uplinks: list[Uplink] = field(default_factory=list)
    uplink_by_ssrc: dict[int, Uplink] = field(default_factory=dict)
    slots: list[Slot] = field(default_factory=list)
    downlink_by_ssrc: dict[int, Downlink] = field(default_factory=dict)
    arrivals: ArrivalLog = field(default_factory=ArrivalLog)
    transport_cc_id: int = 0
    level_id: int = 0
    voice: Voice = field(default_factory=Voice)
    budget: Budget = field(default_factory=Budget)
    answers: int = 1
    octets_before: int = 0
    spoke: bool = False
    weak: bool = False

    def downlinks(self) -> list[Downlink]:
        return list(self.downlink_by_ssrc.values())

    def latch(self, ssrc: int, payload_type: int) -> Uplink | None:
        """The stream of an SSRC that the offer did not declare, by payload type. Each stream takes one such SSRC for
        itself and one for retransmissions: Chromium probes with retransmissions before it sends a picture."""
        for uplink in self.uplinks:
            if uplink.payload_type == payload_type and uplink.ssrc is None:
                uplink.ssrc = ssrc
            elif uplink.rtx_payload_type == payload_type and uplink.rtx_ssrc is None:
                uplink.rtx_ssrc = ssrc
            else:
                continue
            self.uplink_by_ssrc[ssrc] = uplink
            return uplink
        return None
