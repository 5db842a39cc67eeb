"""What a worker does by the clock: repairs, reports, budgets, silence."""

from __future__ import annotations

import asyncio

from . import feedback
from .peer import Peer
from .switchboard import ECHO, Switchboard

BEAT = 0.05  # seconds between two rounds: how late a repair may be asked for
ARRIVALS_EVERY = 2  # rounds
REPORTS_EVERY = 20  # rounds
HANDSHAKE = 30.0  # seconds from the answer to a finished handshake; DTLS repeats its flights after 1, 2, 4, 8 s
ECHO_LIFE = 60.0  # seconds


class Rounds:
    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._mux = board.mux
        self._number = 0

    async def run(self) -> None:
        """One round per BEAT, until cancelled."""
        while True:
            await asyncio.sleep(BEAT)
            self.round()

    def round(self) -> None:
        self._mux.read_clocks()
        now = self._mux.moment.now
        self._number += 1
        if self._number % REPORTS_EVERY == 0:
            self._board.close_idle(now)
        for peer in list(self._board.peers.values()):
            if not self._overdue(peer, now) and peer.ready:
                self._serve(peer, now)

    def _serve(self, peer: Peer, now: float) -> None:
        self._consent(peer, now)
        feedback.soon(peer, now, self._mux)
        if self._number % ARRIVALS_EVERY == 0:
            feedback.arrivals(peer, self._mux)
        if self._number % REPORTS_EVERY == 0:
            feedback.reports(peer, now, self._mux)
            feedback.ration(peer, now)
            feedback.remind(peer)
            self._notice(peer, now)

    def _overdue(self, peer: Peer, now: float) -> bool:
        """End who never came, who has been silent too long, and tests that had their time."""
        never = not peer.ready and now - peer.made_at > HANDSHAKE
        tested = peer.identity.call == ECHO and now - peer.made_at > ECHO_LIFE
        if never or tested or (peer.ready and peer.path.lost(now)):
            self._board.evict(peer, "silent")
            return True
        return False

    def _consent(self, peer: Peer, now: float) -> None:
        """Stop sending to who is silent; go on, with a whole picture, when heard again."""
        hears = not peer.path.silent(now)
        if hears == peer.open:
            return
        peer.open = hears
        if hears:
            for down in peer.downlink_by_ssrc.values():
                down.refresh()
        if peer.identity.call != ECHO:
            self._board.post_network(peer, "back" if hears else "silent")

    def _notice(self, peer: Peer, now: float) -> None:
        """Tell when somebody begins or stops to speak, and when a line becomes weak or good."""
        if peer.identity.call == ECHO:
            return
        if (speaking := peer.voice.speaking(now)) != peer.spoke:
            peer.spoke = speaking
            self._board.post_speaking(peer, speaking=speaking)
        if (weak := peer.budget.weak) != peer.weak:
            peer.weak = weak
            self._board.post_network(peer, "weak" if weak else "good")
