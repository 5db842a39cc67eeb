"""Which of several gateways sends: one at a time for all events, so that the pace that a mail server bears is kept.

It rests on a lease of the journal's store. A gateway that is stopped in the middle of its work finds on waking that its
time is over, by a clock that ran on, and sends no more; the mail that it had in hand may go out a second time.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from waiting_room.journal.leases import EVERYWHERE, Lease, Leases
from waiting_room.journal.port import JournalError

WHAT = "post"
TERM = 15.0  # seconds until another gateway goes on after one was killed
RENEWALS = 3  # within a term: two may fail


class Turn:
    """Of one gateway. ``monotonic``: seconds that run on while the process is stopped."""

    def __init__(self, leases: Leases, term: float = TERM, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.term = term
        self._leases, self._monotonic = leases, monotonic
        self._holder = secrets.token_hex(8)
        self._lease: Lease | None = None
        self._renew_at = 0.0

    async def ours(self) -> bool:
        """Whether we send now. Asked of the store a few times a term; False also when it does not answer."""
        now = self._monotonic()
        if self._lease is not None and now < self._renew_at:
            return True
        try:
            taken = await self._leases.take([EVERYWHERE], WHAT, self._holder, self.term)
        except JournalError:
            taken = {}
        self._lease = taken.get(EVERYWHERE)
        self._renew_at = now + self.term / RENEWALS
        return self._lease is not None

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Renew it while something takes long: a mail server may think for minutes."""
        task = asyncio.get_running_loop().create_task(self._hold())
        try:
            yield
        finally:
            task.cancel()

    async def release(self) -> None:
        """Let another go on at once."""
        lease, self._lease = self._lease, None
        if lease is not None:
            with suppress(JournalError):
                await self._leases.release(lease)

    async def _hold(self) -> None:
        while True:
            await asyncio.sleep(self.term / RENEWALS)
            await self.ours()
