"""Zoom's answers, parsed leniently at the edge into what we use of them (Meeting API, "Create a meeting", "List
meetings", "Get a meeting"). Times: microseconds UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SECOND = 1_000_000
MINUTE = 60 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Unreadable(ValueError):
    """Zoom's answer is not what its description says."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """``id`` is a number beyond 2^31 on the wire and a string here. In a list ``status``, ``settings`` and
    ``start_url`` are missing and ``agenda`` ends after 250 characters."""

    id: str
    agenda: str
    host_id: str
    created_at: int
    starts_at: int | None
    minutes: int
    status: str = ""
    start_url: str = field(default="", repr=False)
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def seniority(self) -> tuple[int, int]:
        """The elder of two meetings comes first; ``created_at`` has whole seconds."""
        return self.created_at, int(self.id)

    def made_before(self, at: int) -> bool:
        """False for one that does not say when it was made."""
        return 0 < self.created_at < at


def meeting(raw: Mapping[str, object]) -> Meeting:
    """Unreadable when it has no id."""
    settings, duration = raw.get("settings"), raw.get("duration")
    return Meeting(
        id=meeting_id(raw.get("id")),
        agenda=text(raw.get("agenda")),
        host_id=text(raw.get("host_id")),
        created_at=moment(raw.get("created_at")) or 0,
        starts_at=moment(raw.get("start_time")),
        minutes=duration if isinstance(duration, int) else 0,
        status=text(raw.get("status")),
        start_url=text(raw.get("start_url")),
        settings=settings if isinstance(settings, Mapping) else {},
    )


def meeting_id(raw: object) -> str:
    """From a number or from digits. Unreadable otherwise."""
    found = str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else text(raw).strip()
    if not (found.isascii() and found.isdigit() and len(found) <= 20):
        raise Unreadable("a meeting without a number")
    return found


def text(raw: object) -> str:
    return raw if isinstance(raw, str) else ""


def moment(raw: object) -> int | None:
    """From ISO 8601, which Zoom writes in UTC; None when it is not."""
    try:
        found = datetime.fromisoformat(text(raw))
        return since_epoch(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def http_date(raw: str) -> int | None:
    """From a ``Date`` header; None when it is not one."""
    try:
        found = parsedate_to_datetime(raw)
        return since_epoch(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, TypeError, OverflowError):
        return None


def since_epoch(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def written(at: int) -> str:
    """As Zoom reads it: whole seconds, UTC."""
    return (_EPOCH + timedelta(seconds=at // SECOND)).strftime("%Y-%m-%dT%H:%M:%SZ")
