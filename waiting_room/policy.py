"""What an event has decided about time: the policy document, as one frozen object.

The document is checked against ``schema/policy.json`` where it comes in (an event's file, an administrator's page);
here it is only read. A journal may hold a document that a later release wrote, so reading is total: a key that is not
known is left alone, and a value of the wrong type counts as not given.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SECOND = 1_000_000  # microseconds: the unit of every time in the core


@dataclass(frozen=True, slots=True)
class Policy:
    """All durations in whole seconds. ``*_before`` and ``arrive_by`` count back from the scheduled start, ``*_after``
    count on from it."""

    opens_before: int = 1800  # check-in is possible from here on
    arrive_by: int = 300  # checked in up to and including this moment is on time
    late_after: int = 0  # checked in after this moment is late
    absent_after: int | None = 600  # not checked in by then is proposed as absent; None: never proposed
    absent_automatic: bool = False  # whether the gateway may confirm an absence without a person
    arrival_wait: int = 45  # an admitted candidate who has not arrived by then is back on the seat
    finish_undo: int = 10  # how long "finish" can be taken back
    early_allowed: bool = True  # whether a candidate may be asked to come in before the scheduled time
    session_before: int = 300  # a session is opened this long before it may be needed
    handover_before: int = 0  # let in from here on without being asked: the provider's own checks take time
    handover_wait: int = 120  # after the join button; unseen at the provider by then, staff are asked
    shown_name: str = "both"  # what an outside provider shows of the candidate: "number", "name" or "both"
    terms: str = "agree"  # a provider's terms are agreed to ("agree") or shown ("show") before the hand-over
    provider_order: tuple[str, ...] = ()  # whom to propose when a provider fails; (): as the gateway has them

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Policy:
        """Total: what is missing or of the wrong type has its default."""
        known = {f.name: document[f.name] for f in dataclasses.fields(cls) if f.name in document}
        fit: dict[str, Any] = {name: value for name, value in known.items() if _fits(name, value)}
        return cls(**(fit | {name: tuple(fit[name]) for name in _LISTS & fit.keys()}))

    def to_document(self) -> dict[str, Any]:
        found = dataclasses.asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


_BOOLEANS = frozenset({"absent_automatic", "early_allowed"})
_NULLABLE = frozenset({"absent_after"})
_CHOICES: Mapping[str, frozenset[str]] = {
    "shown_name": frozenset({"number", "name", "both"}),
    "terms": frozenset({"agree", "show"}),
}
_LISTS = frozenset({"provider_order"})


def _fits(name: str, value: object) -> bool:
    if name in _BOOLEANS:
        return isinstance(value, bool)
    if name in _CHOICES:
        return value in _CHOICES[name] if isinstance(value, str) else False
    if name in _LISTS:
        return isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value)
    if value is None:
        return name in _NULLABLE
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
