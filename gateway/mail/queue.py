"""What is to be sent, in which order: an index over the journals' mails. It holds nothing that is not there.

Pure but for its own state: time is an argument, microseconds UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from waiting_room.interview import Interview
from waiting_room.mailing import Mail
from waiting_room.policy import SECOND

RETRY_FIRST = 60 * SECOND  # greylisting servers turn away whoever comes back within less
RETRY_LONGEST = 4 * 3600 * SECOND  # between two attempts; they double up to here
MAX_ATTEMPTS = 12  # with the pauses above some 20 hours: a night in which the mail server is being mended
URGENT = frozenset({"ready", "changed", "cancelled"})  # go before a batch of thousands


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail that is to be sent, not before ``at``. ``order``: of those of one moment, as they were queued."""

    event: str
    interview: str
    mail: str
    at: int
    attempts: int
    urgent: bool
    order: int


class Queue:
    """Feed it interviews as their mails change; take from it what is due."""

    def __init__(self) -> None:
        self._heaps: tuple[list[tuple[int, int, str]], ...] = ([], [])  # urgent ones, and the others
        self._known: dict[str, Waiting] = {}
        self._taken: set[str] = set()

    def update(self, event: str, interviews: Iterable[Interview]) -> None:
        """These interviews' mails are now so."""
        for interview in interviews:
            for mail in interview.mails:
                self._update(event, interview.id, mail)

    def take(self, now: int) -> Waiting | None:
        """The next that is due. It is nobody else's until ``done`` or ``later``."""
        for heap in self._heaps:
            self._drop_stale(heap)
            if heap and heap[0][0] <= now:
                waiting = self._known[heappop(heap)[2]]
                self._taken.add(waiting.mail)
                return waiting
        return None

    def done(self, waiting: Waiting) -> None:
        """Whatever came of it is in the journal by now, and so here; what did not is due at once."""
        self._taken.discard(waiting.mail)
        if (known := self._known.get(waiting.mail)) is not None:
            self._push(known)

    def later(self, waiting: Waiting, at: int) -> None:
        """Nothing was attempted: not before ``at``."""
        if waiting.mail in self._known:
            self._known[waiting.mail] = replace(self._known[waiting.mail], at=at)
        self.done(waiting)

    def next_at(self) -> int | None:
        """When the next is due; None while nothing waits."""
        for heap in self._heaps:
            self._drop_stale(heap)
        return min((heap[0][0] for heap in self._heaps if heap), default=None)

    def forget(self, event: str) -> None:
        """The event is closed."""
        self._known = {mail: waiting for mail, waiting in self._known.items() if waiting.event != event}

    def __len__(self) -> int:
        return len(self._known)

    def _update(self, event: str, interview: str, mail: Mail) -> None:
        known = self._known.get(mail.id)
        if mail.state != "queued":
            self._known.pop(mail.id, None)
        elif known is None or known.attempts != mail.attempts:
            due = mail.at + pause(mail.attempts)
            made = Waiting(event, interview, mail.id, due, mail.attempts, mail.what in URGENT, mail.offset)
            self._known[mail.id] = made
            self._push(made)

    def _push(self, waiting: Waiting) -> None:
        if waiting.mail not in self._taken:
            heappush(self._heaps[0 if waiting.urgent else 1], (waiting.at, waiting.order, waiting.mail))

    def _drop_stale(self, heap: list[tuple[int, int, str]]) -> None:
        """Entries of mails that are done, taken, or due at another time by now."""
        while heap:
            at, _, mail = heap[0]
            known = self._known.get(mail)
            if known is not None and known.at == at and mail not in self._taken:
                return
            heappop(heap)


def pause(attempts: int) -> int:
    """How long to wait after so many attempts that failed."""
    return min(RETRY_LONGEST, RETRY_FIRST << (attempts - 1)) if attempts else 0
