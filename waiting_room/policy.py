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

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Policy:
        """Total: what is missing or of the wrong type has its default."""
        known = {f.name: document[f.name] for f in dataclasses.fields(cls) if f.name in document}
        return cls(**{name: value for name, value in known.items() if _fits(name, value)})

    def to_document(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


_BOOLEANS = frozenset({"absent_automatic", "early_allowed"})
_NULLABLE = frozenset({"absent_after"})


def _fits(name: str, value: object) -> bool:
    if name in _BOOLEANS:
        return isinstance(value, bool)
    if value is None:
        return name in _NULLABLE
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
