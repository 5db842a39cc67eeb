"""Which of several media workers a room's call is placed on. Pure: what is known of the workers goes in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offer:
    """A worker that lives. ``capacity``: people; ``taken``: seats of its calls, those that are only placed there
    included."""

    name: str
    capacity: int
    taken: int
    draining: bool = False

    def has_room(self, seats: int) -> bool:
        """Whether a whole call fits: none is half admitted."""
        return not self.draining and self.taken + seats <= self.capacity


def choose(offers: Iterable[Offer], seats: int) -> str | None:
    """The worker with the smallest share of its seats taken that has room for so many more, by name where they are
    alike, so that two gateways who know the same choose the same. None: they are full."""
    able = [offer for offer in offers if offer.has_room(seats)]
    return min(able, key=lambda offer: (offer.taken / offer.capacity, offer.name)).name if able else None
