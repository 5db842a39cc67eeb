"""Whether a provider is down, told from how it answers. Pure: the time is an argument.

A breaker opens when one kind of request has failed ``STREAK`` times in a row within ``WINDOW`` and the fault is the
provider's, or one that only a person can mend. It closes when the same kind of request has been answered, and nothing
of that kind has failed, for a time that doubles with each fall within ``FLAPPING``: a provider that comes and goes is
down, and says so once.

Each kind counts by itself, for a provider whose quota is used up still answers for the sessions that stand. Of several
gateways each has a breaker, which is told what all of them hear: see ``health``.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from providers.base import AskAPerson, ProviderError, Retry
from waiting_room.policy import SECOND

STREAK = 3  # failures in a row: one is a dropped packet, two are bad luck; with the pauses of a retry it takes 5 s
WINDOW = 300 * SECOND  # in which they are: failures further apart are no outage
STEADY = 30 * SECOND  # for which it has to answer well after the first fall
LONGEST = 1800 * SECOND  # and at most, however often it fell
FLAPPING = 3600 * SECOND  # falls further back are forgotten
FALLS = 16  # that are remembered: the time has reached its bound long before

Kind = Literal["open", "ticket", "close", "sweep", "callback"]  # a callback is only ever an answer
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

# Only a person can mend these, and until then nobody gets a session. Not among them: a host that is refused (others of
# the pool take over), no host that is free (some room's meeting ends in minutes), a link that is missing (one
# interview's).
LASTING = frozenset({"credentials_refused", "forbidden", "scope_missing", "daily_cap", "secret_wrong"})
SPENT = "daily_cap"  # everything else is answered: only a session that is opened shows that there is some left
# The far side answers: it wants us to ask less often, or in a moment.
ANSWERS = frozenset({"too_many_requests", "calls_full", "call_moving", "too_many_offers"})


def means_down(error: ProviderError) -> bool:
    """Whether the failure speaks of the provider, and not of what was asked."""
    match error:
        case Retry():
            return error.code not in ANSWERS
        case AskAPerson():
            return error.code in LASTING
        case _:
            return False


@dataclass(slots=True)
class _Streak:
    """Failures of one kind of request, in a row. ``well_since``: answered since then, and since the provider fell."""

    failed_at: deque[int] = field(default_factory=lambda: deque(maxlen=STREAK))
    well_since: int | None = None


@dataclass(frozen=True, slots=True)
class Fall:
    """Down since ``at`` (microseconds UTC) with this code."""

    at: int
    code: str


class Breaker:
    """Of one provider. Times: microseconds UTC, never going back."""

    def __init__(self) -> None:
        self.fall: Fall | None = None
        self._streaks: dict[Kind, _Streak] = {}
        self._falls: deque[int] = deque(maxlen=FALLS)

    def failed(self, kind: Kind, code: str, now: int) -> bool:
        """A request failed in a way that ``means_down``. Whether the provider is down from now on and was not."""
        streak = self._streaks.setdefault(kind, _Streak())
        streak.failed_at.append(now)
        streak.well_since = None
        in_a_row = len(streak.failed_at) == STREAK and now - streak.failed_at[0] <= WINDOW
        if self.fall is not None or not in_a_row:
            return False
        self.fell(Fall(now, code))
        return True

    def fell(self, fall: Fall) -> None:
        """It is down: found out here, or read in a journal."""
        self.fall = fall
        self._falls.append(fall.at)
        for streak in self._streaks.values():
            streak.well_since = None

    def rose(self) -> None:
        """It is up again: read in a journal. Whoever wrote it knew of every failure."""
        self.fall = None
        for streak in self._streaks.values():
            streak.failed_at.clear()

    def waits_for(self, kind: Kind) -> bool:
        """Whether an answer of this kind changes anything."""
        streak = self._streaks.get(kind)
        return self.fall is not None if streak is None else bool(streak.failed_at) or streak.well_since is None

    def answered(self, kind: Kind, now: int) -> bool:
        """A request was answered. As ``settled``."""
        streak = self._streaks.setdefault(kind, _Streak())
        streak.failed_at.clear()
        if streak.well_since is None:
            streak.well_since = now
        return self.settled(now)

    def settled(self, now: int) -> bool:
        """Whether the provider is up from now on and was not."""
        ends_at = self.ends_at(now)
        if ends_at is None or now < ends_at:
            return False
        self.fall = None
        return True

    def ends_at(self, now: int) -> int | None:
        """When it will be up if nothing fails until then; None: it is up, or has not answered yet. A failure stands in
        the way until something of its kind is answered, or ``WINDOW`` after the last: nobody may ask that any more."""
        if self.fall is None or not self._has_answered(self.fall):
            return None
        since = [
            streak.well_since if streak.well_since is not None else streak.failed_at[-1] + WINDOW
            for streak in self._streaks.values()
            if streak.well_since is not None or streak.failed_at
        ]
        return max(since) + self.damping(now)

    def _has_answered(self, fall: Fall) -> bool:
        kinds = self._streaks.keys() if fall.code != SPENT else self._streaks.keys() & {"open"}
        return any(self._streaks[kind].well_since is not None for kind in kinds)

    def damping(self, now: int) -> int:
        """How long it has to answer well."""
        lately = sum(1 for at in self._falls if now - at <= FLAPPING)
        return min(LONGEST, STEADY << max(0, lately - 1))
