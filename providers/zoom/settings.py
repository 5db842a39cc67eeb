"""What our meetings are set to, and whether Zoom did so: a tenant's lock overrides what is asked for, silently."""

from __future__ import annotations

import math
from collections.abc import Mapping

from providers.base import RoomSpec
from providers.zoom.types import MINUTE, Meeting, written

LONGEST_TOPIC = 200  # characters, Zoom, "Create a meeting"
LONGEST = 1440  # minutes, the same

# Read back. The gate is ours and nothing is recorded, transcribed or summed up; nobody is in the room before staff.
WATCHED: Mapping[str, object] = {
    "waiting_room": False,
    "join_before_host": False,
    "meeting_authentication": False,
    "auto_recording": "none",
    "auto_start_meeting_summary": False,
    "auto_start_ai_companion_questions": False,
}
# An account without these cannot start them, and answers without them.
OPTIONAL = frozenset({"auto_start_meeting_summary", "auto_start_ai_companion_questions"})
UNWATCHED: Mapping[str, object] = {
    "approval_type": 2,
    "email_notification": False,
    "host_video": True,
    "participant_video": True,
    "mute_upon_entry": False,
}
MISSING = "missing"


def request(spec: RoomSpec, agenda: str, now: int) -> dict[str, object]:
    """The body that creates this interview's meeting. One that should have begun begins now."""
    starts_at, ends_at = span(spec, now)
    return {
        "topic": spec.title[:LONGEST_TOPIC] or "-",
        "agenda": agenda,
        "type": 2,
        "start_time": written(starts_at),
        "timezone": "UTC",
        "duration": min(LONGEST, math.ceil((ends_at - starts_at) / MINUTE)),
        "default_password": True,
        "settings": {**WATCHED, **UNWATCHED},
    }


def span(spec: RoomSpec, now: int) -> tuple[int, int]:
    """From when until when the host is taken; at least a minute."""
    starts_at = max(spec.starts_at, now)
    return starts_at, max(spec.ends_at, starts_at + MINUTE)


def differences(meeting: Meeting) -> list[dict[str, object]]:
    """``[{"setting", "wanted", "found"}]``: what Zoom has set otherwise."""
    return [
        {"setting": name, "wanted": wanted, "found": found if isinstance(found, (bool, int, str)) else MISSING}
        for name, wanted in WATCHED.items()
        if (found := meeting.settings.get(name)) != wanted and not (found is None and name in OPTIONAL)
    ]
