"""The worker's UDP sockets, one per address family: what kind of packet, from which peer.

Everything arrives on one port. The first byte tells STUN, DTLS and SRTP apart (RFC 7983), the sender's address tells
the peer. A reader drains its socket in bounded turns so that timers and signalling get theirs.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterable

from . import feedback, stun
from ._aiortc import BUFFER, TRAILER, Workbench
from .bucket import Buckets
from .forward import Counters, Forwarder, Moment
from .path import Address
from .peer import Peer

TURN = 64  # datagrams per turn: at 10 µs each, other tasks wait less than a millisecond
LONGEST = 1600  # bytes: longer ones do not travel on the internet unbroken, and must leave room for what we add
SOCKET_BUFFER = 4 << 20  # a key frame to 50 people at once
KNOWN = 4096  # addresses: eight for each of 500 peers

Finder = Callable[[str], tuple[Peer, str] | None]


class Mux:
    """An Outlet, and the table of who is where. ``find`` knows peers by the ICE fragment that we gave them, with the
    password that goes with it; ``on_first_check`` is called when a peer's first authentic check has come."""

    def __init__(self, find: Finder, on_first_check: Callable[[Peer], None]) -> None:
        self._find = find
        self._on_first_check = on_first_check
        self._sockets: dict[int, socket.socket] = {}
        self._peers: dict[Address, Peer] = {}
        # Addresses that are no peer's yet: a hall of 100 behind one address sends some 20 checks each when it joins.
        self._strangers = Buckets(rate=200, burst=2000)
        self.bench = Workbench()
        self.moment = Moment()
        self.counters = Counters()
        self._forwarder = Forwarder(self.bench, self, self.moment, self.counters)

    def bind(self, hosts: Iterable[str], port: int) -> int:
        """Listen on ``port`` (0: any free one, the same for all hosts) of each host; the port."""
        for host in hosts:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            sock = socket.socket(family, socket.SOCK_DGRAM)
            self._sockets[family] = sock
            sock.setblocking(False)
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                sock.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind((host, port))
            port = sock.getsockname()[1]
        return port

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        for sock in self._sockets.values():
            loop.add_reader(sock.fileno(), self._drain, sock)

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        for sock in self._sockets.values():
            loop.remove_reader(sock.fileno())
            sock.close()
        self._sockets.clear()

    def forget(self, peer: Peer) -> None:
        """Know none of ``peer``'s addresses any more."""
        for address in peer.path.candidates:
            if self._peers.get(address) is peer:
                del self._peers[address]

    def send(self, datagram: bytes | memoryview, address: Address) -> None:
        sock = self._sockets.get(socket.AF_INET6 if len(address) == 4 else socket.AF_INET)
        try:
            if sock is not None:
                sock.sendto(datagram, address)
                self.counters.sent += 1
        except OSError:  # a full buffer, no route: lost, as on any network
            self.counters.unsent += 1

    def send_control(self, peer: Peer, packet: bytes) -> None:
        address = peer.path.current
        if peer.open and address is not None and 8 <= len(packet) <= LONGEST:
            self.send(self.bench.protect_control(peer.outbound, packet), address)

    def send_media(self, peer: Peer, packet: bytes) -> None:
        address = peer.path.current
        size = len(packet)
        if not peer.open or address is None or size > BUFFER - TRAILER:
            return
        self.bench.sending[:size] = packet
        sealed = self.bench.protect(peer.outbound, size)
        if sealed > 0:
            self.send(self.bench.sending_view[:sealed], address)

    def read_clocks(self) -> None:
        wall = time.time()
        self.moment.now = time.monotonic()
        self.moment.now_us = int(wall * 1e6)
        self.moment.clock24 = int(wall * 262144) & 0xFFFFFF

    def _drain(self, sock: socket.socket) -> None:
        self.read_clocks()
        receive, packet, peers = sock.recvfrom_into, self.bench.received, self._peers
        for _ in range(TURN):
            try:
                size, address = receive(packet, LONGEST)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # an ICMP error for an earlier datagram
                continue
            peer = peers.get(address)
            if peer is not None and peer.ready and size > 12 and 127 < packet[0] < 192:
                self._secured(peer, packet[1], size, address)
            elif size:
                self._other(bytes(self.bench.received_view[:size]), address, peer)

    def _secured(self, peer: Peer, second: int, size: int, address: Address) -> None:
        """SRTP or SRTCP of a known peer, still encrypted."""
        control = 192 <= second <= 223
        unprotect = self.bench.unprotect_control if control else self.bench.unprotect
        size = unprotect(peer.inbound, size)
        if size < 0:
            self.counters.refused += 1
            return
        path = peer.path
        path.heard = self.moment.now
        if address != path.current:
            path.move(address)
        if control:
            data = bytes(self.bench.received_view[:size])
            feedback.take(peer, data, self.moment.now, self, self.counters)
        else:
            self._forwarder.take(peer, size)

    def _other(self, datagram: bytes, address: Address, peer: Peer | None) -> None:
        first = datagram[0]
        if first < 4:
            if peer is not None or self._strangers.take(address[0], self.moment.now):
                self._check(datagram, address)
        elif peer is not None and 19 < first < 64:
            if not peer.ready:  # until the handshake is done, it goes on where it came from
                peer.path.move(address)
            peer.link.feed(datagram)
        else:
            self.counters.refused += 1

    def _check(self, datagram: bytes, address: Address) -> None:
        self.counters.stun += 1
        check = stun.read(datagram)
        found = self._find(check.ours) if check is not None else None
        if check is None or found is None:
            return
        peer, password = found
        if not check.authentic(password):
            return
        if peer.path.repeated(check.transaction):
            # Firefox repeats a check whose answer was lost: answer where it is known, take it as news nowhere.
            if self._peers.get(address) is not peer:
                return
        elif not self._claim(peer, address):
            return
        self.send(stun.response(check, (address[0], address[1]), password), address)
        if not peer.started:
            peer.started = True
            self._on_first_check(peer)

    def _claim(self, peer: Peer, address: Address) -> bool:
        """Note that ``peer`` is at ``address``, unless a living peer is: that would let one person cut off another
        by forging the sender."""
        holder = self._peers.get(address)
        now = self.moment.now
        if holder is not None and holder is not peer:
            if holder.ready and holder.path.current == address and not holder.path.silent(now):
                return False
            holder.path.candidates.pop(address, None)
        if holder is None and len(self._peers) >= KNOWN:
            return False
        dropped = peer.path.learn(address, now)
        if dropped is not None:
            self._peers.pop(dropped, None)
        self._peers[address] = peer
        return True
