"""Limits slow an address down; they never shut a city hall out, and nobody can lock another's seat.

What is counted is *wrong* attempts: a wrong number, an unknown link, a wrong six-digit code. The pair of address and
browser session feels it first and soon; the address as a whole, behind which a whole city hall may sit, feels it late
and little. A right attempt clears its own pair and nothing else.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

FREE_ATTEMPTS = 3  # wrong ones before anybody is slowed: a mistyped number, a full-width one, one more look
LONGEST_DELAY = 30.0  # seconds; long enough against guessing, short enough to wait out at a deadline
FORGET_AFTER = 600.0  # seconds without an attempt
KEYS = 20_000  # counters kept; the longest unused goes first
ADDRESS_BURST = 120.0  # wrong attempts that one address may make at once: some forty people at three each
ADDRESS_REFILL = 1.0  # and one more a second from then on
ADDRESS_DELAY = 5.0  # the most that an address alone is asked to wait
PERSON_BURST = 240.0  # commands that one candidate's pages may send at once: a day has some forty
PERSON_REFILL = 2.0  # and as many a second from then on: a journal of 200,000 entries is not filled in a day
BODY_BYTES = 64 * 2**10  # an offer of a browser with every codec is 12 KB; texts are 500 characters
UPLOAD_BYTES = 6 * 2**20  # a roster of 4 MiB in base64
BODY_WITHIN = 60.0  # seconds for a whole body: a roster over a line of 1 Mbit/s takes 50
LIVE_FRAME_BYTES = 4 * 2**10  # `have`, `here`, `asleep`
LONGEST_WAIT = 25.0  # seconds that a long-poll is held; proxies give up at 30
CODES = 2_000  # live six-digit codes for video elsewhere, of a million
CODE_GUESSES = 500  # wrong guesses at codes, by everybody together, in one window
CODE_WINDOW = 120.0  # seconds, the life of a code


@dataclass(slots=True)
class _Count:
    wrong: int
    at: float
    until: float


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Slowing:
    """Growing delay for a pair of address and session; a generous bucket for the address. Times are monotonic
    seconds, given by the caller."""

    def __init__(self) -> None:
        self._pairs: OrderedDict[tuple[str, str], _Count] = OrderedDict()
        self._addresses: OrderedDict[str, _Bucket] = OrderedDict()

    def wait(self, address: str, session: str, now: float, *, pairs: bool = True, addresses: bool = True) -> float:
        """Seconds until this pair may try again; 0.0 when it may now. Without ``pairs`` only the address counts,
        without ``addresses`` only the pair."""
        pair = self._pairs.get((address, session)) if pairs else None
        own = pair.until - now if pair is not None and now - pair.at < FORGET_AFTER else 0.0
        left = self._bucket(address, now).left if addresses else ADDRESS_BURST
        shared = min(ADDRESS_DELAY, (1.0 - left) / ADDRESS_REFILL) if left < 1.0 else 0.0
        return max(0.0, own, shared)

    def wrong(self, address: str, session: str, now: float) -> float:
        """Count a wrong attempt; seconds until the next may come."""
        count = self._pairs.pop((address, session), None)
        wrong = count.wrong + 1 if count is not None and now - count.at < FORGET_AFTER else 1
        delay = delay_after(wrong)
        self._pairs[(address, session)] = _Count(wrong, now, now + delay)
        _trim(self._pairs)
        bucket = self._bucket(address, now)
        bucket.left = max(0.0, bucket.left - 1.0)
        return delay

    def delay(self, address: str, session: str, now: float) -> float:
        """The whole delay that the pair is under, 0.0 once it is over; it stays the same while it lasts."""
        pair = self._pairs.get((address, session))
        return delay_after(pair.wrong) if pair is not None and pair.until > now else 0.0

    def count(self, address: str, session: str) -> int:
        """Wrong attempts of the pair that are remembered."""
        pair = self._pairs.get((address, session))
        return pair.wrong if pair is not None else 0

    def right(self, address: str, session: str) -> None:
        """The pair found what it looked for."""
        self._pairs.pop((address, session), None)

    def _bucket(self, address: str, now: float) -> _Bucket:
        bucket = self._addresses.pop(address, None) or _Bucket(ADDRESS_BURST, now)
        bucket.left = min(ADDRESS_BURST, bucket.left + (now - bucket.at) * ADDRESS_REFILL)
        bucket.at = now
        self._addresses[address] = bucket
        _trim(self._addresses)
        return bucket


class Pace:
    """Commands of one person from one address, whatever page they come from: each may become an entry."""

    def __init__(self) -> None:
        self._people: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, person: str, now: float) -> float:
        """Count a command; seconds to wait if there were too many, else 0.0."""
        bucket = self._people.pop(person, None) or _Bucket(PERSON_BURST, now)
        bucket.left = min(PERSON_BURST, bucket.left + (now - bucket.at) * PERSON_REFILL)
        bucket.at = now
        self._people[person] = bucket
        _trim(self._people)
        if bucket.left < 1.0:
            return (1.0 - bucket.left) / PERSON_REFILL
        bucket.left -= 1.0
        return 0.0


class Guesses:
    """Wrong guesses at six-digit codes by everybody together: 500 of a million in a code's life."""

    def __init__(self) -> None:
        self._count, self._since = 0, 0.0

    def wait(self, now: float) -> float:
        """Seconds until a guess is heard again."""
        if now - self._since > CODE_WINDOW:
            self._count, self._since = 0, now
        return self._since + CODE_WINDOW - now if self._count >= CODE_GUESSES else 0.0

    def wrong(self, now: float) -> None:
        self.wait(now)
        self._count += 1


def delay_after(wrong: int) -> float:
    """0 for the first three, then 2, 4, 8, 16, 30 seconds."""
    return 0.0 if wrong < FREE_ATTEMPTS else float(min(LONGEST_DELAY, 2.0 ** min(wrong - FREE_ATTEMPTS + 1, 16)))


def _trim(kept: OrderedDict[Any, Any]) -> None:
    while len(kept) > KEYS:
        kept.popitem(last=False)
