"""What lies beside the journals and may be lost: keys that expire, and words that every other gateway hears.

Nothing that is decided rests on it. Who is here, and what a page agreed to before it had a seat, is known to all
gateways this way; after a cut, pages say again what matters within seconds.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Protocol

MAX_KEYS = 20_000  # of one process; those that were put first go first
MAX_KEY = 256  # characters
MAX_VALUE = 16 * 2**10  # bytes of a value, and of what is said at once

Hear = Callable[[bytes], None]


class Beside(Protocol):
    """Every engine of the journal has it (``Journal.beside``). Keys and values: no personal data in the clear."""

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep the value for so long. ValueError beyond a bound; Unavailable."""

    async def get(self, key: str) -> bytes | None:
        """The value, or None once its time is over. Unavailable."""

    async def get_all(self, keys: Sequence[str]) -> list[bytes | None]:
        """As ``get``, of each, in their order. Unavailable."""

    async def take(self, key: str) -> bytes | None:
        """As ``get``; of all who ask, one gets it. Unavailable."""

    async def agree(self, key: str, value: bytes, seconds: float) -> bytes:
        """Keep the value unless there is one already; the one that is kept now, the same for all who ask. ValueError
        beyond a bound; Unavailable."""

    async def swap(self, key: str, old: bytes, new: bytes, seconds: float) -> bool:
        """Keep ``new`` in the place of ``old``; False, and nothing changes, where there is another or none. ValueError
        beyond a bound; Unavailable."""

    def say(self, words: bytes) -> None:
        """Have every other gateway that listens now hear this, soon, or not at all. ValueError beyond a bound."""

    def hear(self, listener: Hear) -> None:
        """Call ``listener`` with what others say from now on."""


class LocalBeside:
    """Of one process: nobody else is there to hear anything. ``clock``: seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[bytes, float]] = OrderedDict()

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        self._keep(key, value, seconds)

    def _keep(self, key: str, value: bytes, seconds: float) -> None:
        bound(key, value)
        self._kept.pop(key, None)
        self._kept[key] = (value, self._clock() + seconds)
        while len(self._kept) > MAX_KEYS:
            self._kept.popitem(last=False)

    async def get(self, key: str) -> bytes | None:
        return self._present(key)

    def _present(self, key: str) -> bytes | None:
        value, until = self._kept.get(key, (None, 0.0))
        return value if self._clock() < until else None

    async def get_all(self, keys: Sequence[str]) -> list[bytes | None]:
        return [self._present(key) for key in keys]

    async def take(self, key: str) -> bytes | None:
        value = self._present(key)
        self._kept.pop(key, None)
        return value

    async def agree(self, key: str, value: bytes, seconds: float) -> bytes:
        bound(key, value)
        kept = self._present(key)
        if kept is None:
            self._keep(key, value, seconds)
        return value if kept is None else kept

    async def swap(self, key: str, old: bytes, new: bytes, seconds: float) -> bool:
        bound(key, new)
        if self._present(key) != old:
            return False
        self._keep(key, new, seconds)
        return True

    def say(self, words: bytes) -> None:
        bound("", words)

    def hear(self, listener: Hear) -> None:
        """Nobody says anything."""


def bound(key: str, value: bytes) -> None:
    """ValueError for what nobody of us has to keep or to say."""
    if len(key) > MAX_KEY or len(value) > MAX_VALUE:
        raise ValueError("more than is kept beside a journal")
