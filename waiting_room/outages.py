"""When a provider was not there, as far as anybody noted it: what "not held because of the provider" can be shown by.

No verdict is decided by it; a person says that the provider was the cause, and this says from when until when.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from waiting_room.entries import ProviderDown, ProviderUp, Stamped

MAX_OUTAGES = 1_000  # of all providers, the latest ones: one that fails every minute of a day stays inside


@dataclass(frozen=True, slots=True)
class Outage:
    """Microseconds UTC, and the entries that say so. ``to_at`` and ``ended`` None: it lasts, as far as is known."""

    provider: str
    from_at: int
    offset: int
    to_at: int | None = None
    ended: int | None = None


def noted(outages: tuple[Outage, ...], x: ProviderDown | ProviderUp, st: Stamped) -> tuple[Outage, ...]:
    """With what this entry says. Down again while it is down is one outage; up without one is none."""
    lasting = next((one for one in outages if one.provider == x.provider and one.to_at is None), None)
    if isinstance(x, ProviderDown):
        new = Outage(x.provider, st.at, st.offset)
        return outages if lasting is not None else (*outages, new)[-MAX_OUTAGES:]
    if lasting is None:
        return outages
    return tuple(replace(one, to_at=st.at, ended=st.offset) if one is lasting else one for one in outages)


def over(outages: Iterable[Outage], providers: Collection[str], from_at: int, to_at: int) -> tuple[Outage, ...]:
    """Those of these providers that fell into this time, both ends included."""
    of_these = (one for one in outages if one.provider in providers)
    return tuple(one for one in of_these if one.from_at <= to_at and (one.to_at is None or one.to_at >= from_at))
