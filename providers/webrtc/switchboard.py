"""All calls of one worker: who is let in, offers and restarts, joining and leaving.

Its methods answer plain values or raise Refusal; ``control`` puts them on the wire. It runs on one event loop and
holds nothing that must survive the process.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import assembly, sdp
from ._aiortc import Certificates, SecureLink, fingerprint
from .bucket import Buckets
from .bulletin import Bulletin
from .call import Call, Person, fill, slot_map
from .mux import Mux
from .peer import Credentials, Identity, Peer
from .refusals import Refusal
from .tokens import Claims, TokenVerifier

CALLS = 200  # panels of a large event
PEERS = 500  # one core carries some 170 people in rooms of four; the rest is waiting, restarting, testing
SEATS = 4 * CALLS  # of a worker that was told no capacity: its calls are the bound
IDLE = 1800.0  # seconds without anybody after which a call is forgotten: its seats are another room's
ECHOES = 20  # connection tests at a time: each costs as much as a call of two
ECHO = "echo"
TOMBS = 4096  # peers that are gone, remembered so that their page learns why
OLD_CREDENTIALS = 10.0  # seconds that checks with the old ones are answered after an ICE restart

Spawn = Callable[[Coroutine[Any, Any, None]], object]
_TOMB_CODES = {"replaced": "peer_replaced", "removed": "peer_removed"}


@dataclass(slots=True)
class Switchboard:
    """``addresses``: host and port of the candidates in answers. ``spawn`` runs a coroutine under the worker's task
    group. ``capacity``: people; each call takes as many of these as may be in it. ``draining``: no new call."""

    addresses: Sequence[tuple[str, int]]
    bulletin: Bulletin
    spawn: Spawn
    capacity: int = SEATS
    draining: bool = False
    tokens: TokenVerifier = field(default_factory=TokenVerifier)
    calls: dict[str, Call] = field(default_factory=dict)
    peers: dict[str, Peer] = field(default_factory=dict)
    certificates: Certificates = field(default_factory=Certificates)
    mux: Mux = field(init=False)
    _credentials: dict[str, tuple[Peer, str, float]] = field(default_factory=dict)
    _tombs: OrderedDict[str, str] = field(default_factory=OrderedDict)
    # A page that recovers makes an offer every few seconds at most; addresses stand for many people.
    _by_person: Buckets = field(default_factory=lambda: Buckets(rate=0.5, burst=10))
    _by_address: Buckets = field(default_factory=lambda: Buckets(rate=20, burst=200))

    def __post_init__(self) -> None:
        self.mux = Mux(self._find, self._begin)

    # Calls and people

    def open_call(self, call_id: str, generation: int, capacity: int) -> Call:
        """Make the call, or raise its generation: whoever is in by a lower one is put out. Refusal calls_full where
        its people would not all have a seat, so that none is half admitted."""
        call = self.calls.get(call_id)
        if call is None:
            if self.draining or len(self.calls) >= CALLS or self.seats + capacity > self.capacity:
                raise Refusal("calls_full")
            call = self.calls[call_id] = Call(call_id, generation, capacity, used_at=time.monotonic())
            return call
        if generation < call.generation:
            raise Refusal("generation_lower")
        call.capacity = capacity
        if generation > call.generation:
            call.generation = generation
            for peer in list(call.peers.values()):
                self.evict(peer, "generation")
        return call

    def close_call(self, call_id: str) -> None:
        call = self.calls.get(call_id)
        if call is None:
            return
        for peer in list(call.peers.values()):
            self.evict(peer, "closed")
        del self.calls[call_id]
        self.bulletin.post("closed", call_id, "", 0)

    def close_idle(self, now: float) -> None:
        """Forget calls that nobody has been in for long."""
        for call in list(self.calls.values()):
            if call.peers:
                call.used_at = now
            elif now - call.used_at > IDLE:
                self.close_call(call.id)

    @property
    def seats(self) -> int:
        """Those that are taken, by whoever may be in the calls that are open."""
        return sum(call.capacity for call in self.calls.values())

    def let_in(self, call_id: str, sub: str, person: Person) -> None:
        call = self._call(call_id)
        if call.let_in(sub, person):
            more = {"role": person.role, "admission": person.admission}
            self.bulletin.post("let_in", call_id, sub, person.epoch, **more)
        peer = call.peers.get(sub)
        if peer is not None and peer.identity.epoch < person.epoch:
            self.evict(peer, "replaced")

    def let_out(self, call_id: str, sub: str, reason: str, admission: int | None = None) -> None:
        """Put this person out; with ``admission``, only if they are in by that one or an earlier one: a gateway that
        has yet to hear of a later one does it no harm."""
        call = self._call(call_id)
        person = call.people.get(sub)
        if person is not None and admission is not None and person.admission > admission:
            return
        call.let_out(sub)
        if person is not None:
            self.bulletin.post("let_out", call_id, sub, person.epoch)
        if (peer := call.peers.get(sub)) is not None:
            self.evict(peer, reason)

    def _call(self, call_id: str) -> Call:
        call = self.calls.get(call_id)
        if call is None:
            raise Refusal("call_unknown")
        return call

    # Offers

    def offer(self, call_id: str, token: str, text: str, address: str) -> tuple[Peer, str]:
        """A new peer and the answer to its offer. It replaces the person's peer, if there is one."""
        claims = self.tokens.verify(token, "call", time.time())
        self._slow_down(claims, address)
        if claims.call != call_id:
            raise Refusal("token_wrong_call")
        call = self._call(call_id)
        person = call.admit(claims)
        peer = self._build(claims, text, call_id)
        call.check_room_for(claims.sub, len(peer.slots), subscribe=claims.subscribe)
        if (older := call.peers.get(claims.sub)) is not None:
            self.evict(older, "replaced")
        person.epoch = claims.epoch
        call.peers[claims.sub] = peer
        return peer, self._register(peer)

    def echo(self, token: str, text: str, address: str) -> tuple[Peer, str]:
        """A peer that gets its own sound and picture back, for a connection test."""
        claims = self.tokens.verify(token, "echo", time.time())
        self._slow_down(claims, address)
        running = {peer.identity.sub: peer for peer in self.peers.values() if peer.identity.call == ECHO}
        if (older := running.pop(claims.sub, None)) is not None:
            self.evict(older, "replaced")
        if len(running) >= ECHOES:
            raise Refusal("call_full")
        peer = self._build(claims, text, ECHO)
        if not peer.slots:
            raise Refusal("sdp_invalid", "an echo needs a slot")
        return peer, self._register(peer)

    def restart(self, peer_id: str, token: str, text: str, address: str) -> str:
        """The answer to an ICE restart of the same DTLS session."""
        peer = self.peers.get(peer_id)
        audience = ECHO if peer is not None and peer.identity.call == ECHO else "call"
        claims = self.tokens.verify(token, audience, time.time())
        self._slow_down(claims, address)
        if peer is None:
            raise Refusal(_TOMB_CODES.get(self._tombs.get(peer_id, ""), "peer_unknown"))
        if claims.sub != peer.identity.sub:
            raise Refusal("peer_unknown")
        if audience == "call":
            self._call(peer.identity.call).admit(claims)
        if claims.epoch < peer.identity.epoch:
            raise Refusal("token_old_device")
        offer = _parse(text)
        if offer.fingerprints != peer.offer.fingerprints or _mids(offer) != _mids(peer.offer):
            raise Refusal("sdp_invalid", "a restart keeps its certificate and its media sections")
        old = peer.credentials
        self._credentials[old.ufrag] = (peer, old.password, time.monotonic() + OLD_CREDENTIALS)
        peer.credentials = assembly.fresh_credentials(offer)
        self._know(peer, peer.credentials)
        return assembly.answer(peer, self.addresses)

    def leave(self, peer_id: str, sub: str | None) -> None:
        """The person left by themselves. With ``sub``, only if the peer is theirs."""
        peer = self.peers.get(peer_id)
        if peer is None or (sub is not None and peer.identity.sub != sub):
            raise Refusal("peer_unknown")
        self.evict(peer, "left")

    def _slow_down(self, claims: Claims, address: str) -> None:
        now = time.monotonic()
        if not self._by_person.take((claims.call, claims.sub), now):
            raise Refusal("too_many_offers")
        if address and not self._by_address.take(address, now):
            raise Refusal("too_many_offers")

    def _build(self, claims: Claims, text: str, call_id: str) -> Peer:
        if len(self.peers) >= PEERS:
            raise Refusal("calls_full")
        offer = _parse(text)
        identity = Identity(call_id, claims.sub, claims.epoch)
        try:
            return assembly.build(identity, offer, time.monotonic(), publish=claims.publish, subscribe=claims.subscribe)
        except sdp.SdpInvalid as error:
            raise Refusal("sdp_invalid", str(error)) from error

    def _register(self, peer: Peer) -> str:
        certificate = self.certificates.current()
        peer.certificate_fingerprint = fingerprint(certificate)
        peer.link = SecureLink(certificate, lambda data: self._send_handshake(peer, data), lambda: self._gone(peer))
        self.peers[peer.id] = peer
        self._know(peer, peer.credentials)
        return assembly.answer(peer, self.addresses)

    # A peer's life

    def _know(self, peer: Peer, credentials: Credentials) -> None:
        self._credentials[credentials.ufrag] = (peer, credentials.password, float("inf"))

    def _find(self, ufrag: str) -> tuple[Peer, str] | None:
        found = self._credentials.get(ufrag)
        return None if found is None or found[2] < time.monotonic() else (found[0], found[1])

    def _send_handshake(self, peer: Peer, datagram: bytes) -> None:
        if peer.path.current is not None:
            self.mux.send(datagram, peer.path.current)

    def _gone(self, peer: Peer) -> None:
        """The far side said goodbye: the page was closed, or moved on."""
        if not peer.over:
            self.evict(peer, "left")

    def _begin(self, peer: Peer) -> None:
        self.spawn(self._connect(peer))

    async def _connect(self, peer: Peer) -> None:
        proven = await peer.link.handshake(peer.offer.fingerprints)
        if peer.over:
            return
        if not proven:
            self.evict(peer, "silent")
            return
        peer.inbound, peer.outbound = peer.link.inbound, peer.link.outbound
        peer.ready = peer.open = True
        if peer.identity.call == ECHO:
            fill(peer.slots[0], peer)
            return
        self._post(peer, "joined")
        for changed in self.calls[peer.identity.call].seat(peer):
            self._post(changed, "slots", slots=slot_map(changed))

    def evict(self, peer: Peer, reason: str) -> None:
        """End ``peer`` at once: from here on no packet of it is taken and none is sent to it."""
        if peer.over:
            return
        was_ready, peer.over = peer.ready, True
        peer.ready = peer.open = False
        peer.inbound = peer.outbound = None
        self._strike_out(peer, reason)
        call = self.calls.get(peer.identity.call)
        for slot in peer.slots:
            for half in slot.halves():
                half.bind(None)
        if call is not None:
            changed = call.unseat(peer)
            if call.peers.get(peer.identity.sub) is peer:
                del call.peers[peer.identity.sub]
            if was_ready:
                self._post(peer, "left", reason=reason)
            for other in changed:
                self._post(other, "slots", slots=slot_map(other))
        self.spawn(peer.link.close())

    def _strike_out(self, peer: Peer, reason: str) -> None:
        self.peers.pop(peer.id, None)
        self.mux.forget(peer)
        self._tombs[peer.id] = reason
        if len(self._tombs) > TOMBS:
            self._tombs.popitem(last=False)
        for ufrag in [known for known, entry in self._credentials.items() if entry[0] is peer]:
            del self._credentials[ufrag]

    def _post(self, peer: Peer, kind: str, **more: Any) -> None:
        identity = peer.identity
        self.bulletin.post(kind, identity.call, identity.sub, identity.epoch, **more)

    def post_network(self, peer: Peer, reason: str) -> None:
        self._post(peer, "network", reason=reason)

    def post_speaking(self, peer: Peer, *, speaking: bool) -> None:
        self._post(peer, "speaking", speaking=speaking)

    # The whole state

    def state(self) -> list[dict[str, Any]]:
        """Every call with its people, peers and slots."""
        return [
            {
                "call": call.id,
                "generation": call.generation,
                "capacity": call.capacity,
                "people": [
                    {"sub": sub, "role": person.role, "epoch": person.epoch, "admission": person.admission}
                    for sub, person in call.people.items()
                ],
                "peers": [_peer_state(peer) for peer in call.peers.values()],
            }
            for call in self.calls.values()
        ]


def _peer_state(peer: Peer) -> dict[str, Any]:
    return {
        "peer": peer.id,
        "sub": peer.identity.sub,
        "epoch": peer.identity.epoch,
        "connected": peer.ready,
        "silent": peer.ready and not peer.open,
        "speaking": peer.spoke,
        "weak": peer.weak,
        "slots": slot_map(peer),
    }


def _parse(text: str) -> sdp.Offer:
    try:
        return sdp.parse(text)
    except sdp.SdpInvalid as error:
        raise Refusal("sdp_invalid", str(error)) from error


def _mids(offer: sdp.Offer) -> list[str]:
    return [section.mid for section in offer.sections]
