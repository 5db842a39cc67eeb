"""What Zoom's simulator refuses, and how: field bounds, scopes, limits a second and a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from aiohttp import web

SECOND = 1_000_000
DAY = 86_400 * SECOND
CAP = 100
Category = Literal["Light", "Medium", "Heavy"]
Plan = Literal["free", "pro", "business"]
PER_SECOND: Mapping[Plan, Mapping[Category, int]] = {
    "free": {"Light": 4, "Medium": 2, "Heavy": 1},
    "pro": {"Light": 30, "Medium": 20, "Heavy": 10},
    "business": {"Light": 80, "Medium": 60, "Heavy": 40},
}


@dataclass(frozen=True)
class Operation:
    """``category`` is the simulator's assumption where Zoom's pages differ."""

    method: str
    path: str
    scope: str
    category: Category


OPERATIONS: Mapping[str, Operation] = {
    "create": Operation("POST", "/v2/users/{user}/meetings", "meeting:write:meeting:admin", "Medium"),
    "list": Operation("GET", "/v2/users/{user}/meetings", "meeting:read:list_meetings:admin", "Medium"),
    "read": Operation("GET", "/v2/meetings/{meeting}", "meeting:read:meeting:admin", "Light"),
    "delete": Operation("DELETE", "/v2/meetings/{meeting}", "meeting:delete:meeting:admin", "Light"),
    "status": Operation("PUT", "/v2/meetings/{meeting}/status", "meeting:update:status:admin", "Light"),
    "invite_links": Operation(
        "POST", "/v2/meetings/{meeting}/invite_links", "meeting:write:invite_links:admin", "Light"
    ),
}
ALL_SCOPES = frozenset(operation.scope for operation in OPERATIONS.values())


class Refusal(Exception):
    """An answer of Zoom's that is not a success."""

    def __init__(self, status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})

    def response(self) -> web.Response:
        return web.json_response({"code": self.code, "message": self.message}, status=self.status, headers=self.headers)


class BeforeHost(Refusal):
    """A guest came too early, and only has to wait."""

    def __init__(self) -> None:
        super().__init__(409, 3000, "Please wait for the host to start this meeting.")


def iso(at: int) -> str:
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Limits:
    """Counted by the simulator's clock."""

    now: Callable[[], int]
    plan: Plan = "business"
    seconds: Counter[tuple[Category, int]] = field(default_factory=Counter)
    days: Counter[tuple[str, int]] = field(
        default_factory=Counter
    )  # host, UTC day -> creations and updates let through
    beyond: int = 0  # creations refused by the cap

    def take_second(self, category: Category) -> None:
        """429 in its first shape, which says when to come again."""
        second = self.now() // SECOND
        limit = PER_SECOND[self.plan][category]
        self.seconds[category, second] += 1
        if self.seconds[category, second] > limit:
            raise Refusal(
                429,
                429,
                "You have reached the maximum per-second rate limit for this API. Try again later.",
                {
                    "X-RateLimit-Category": category,
                    "X-RateLimit-Type": "QPS",
                    "X-RateLimit-Limit": str(limit),
                    "X-RateLimit-Remaining": "0",
                    "Retry-After": iso((second + 1) * SECOND),
                },
            )

    def take_day(self, host: str) -> None:
        """429 in its second shape: no ``Retry-After``, headers of another limit, only the message tells."""
        key = (host, self.now() // DAY)
        if self.days[key] >= CAP:
            self.beyond += 1
            raise Refusal(
                429,
                429,
                f"You have exceeded the daily rate limit ({CAP}) of Meeting Create/Update API requests permitted for "
                f"this particular user {host}.",
                {
                    "X-RateLimit-Category": "Light",
                    "X-RateLimit-Type": "QPS",
                    "X-RateLimit-Limit": "80",
                    "X-RateLimit-Remaining": "79",
                },
            )
        self.days[key] += 1


def invalid(what: str) -> Refusal:
    return Refusal(400, 300, f"Validation Failed: {what}")


def checked_meeting(body: Any) -> dict[str, Any]:
    """The body of "Create a meeting", within its bounds."""
    if not isinstance(body, dict):
        raise invalid("body")
    _text(body, "topic", 200)
    _text(body, "agenda", 2000)
    _text(body, "password", 10)
    if body.get("type", 2) not in (1, 2, 3, 8, 10):
        raise invalid("type")
    duration = body.get("duration", 60)
    if not isinstance(duration, int) or isinstance(duration, bool) or not 1 <= duration <= 1440:
        raise invalid("duration")
    if "start_time" in body:
        moment(body["start_time"])
    settings = body.get("settings", {})
    if not isinstance(settings, dict):
        raise invalid("settings")
    _settings(settings)
    return body


def _text(body: Mapping[str, Any], name: str, most: int) -> None:
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise invalid(name)


FLAGS = ("waiting_room", "join_before_host", "meeting_authentication", "auto_start_meeting_summary",
         "auto_start_ai_companion_questions", "email_notification", "host_video", "participant_video",
         "mute_upon_entry")  # fmt: skip
CHOICES: Mapping[str, tuple[object, ...]] = {
    "auto_recording": ("local", "cloud", "none"),
    "approval_type": (0, 1, 2),
    "jbh_time": (0, 5, 10, 15),
    "encryption_type": ("enhanced_encryption", "e2ee"),
}


def _settings(settings: Mapping[str, Any]) -> None:
    for name in FLAGS:
        if name in settings and not isinstance(settings[name], bool):
            raise invalid(f"settings.{name}")
    for name, choice in CHOICES.items():
        if name in settings and settings[name] not in choice:
            raise invalid(f"settings.{name}")


def moment(raw: object) -> int:
    """``yyyy-MM-ddTHH:mm:ssZ`` and nothing else."""
    try:
        at = datetime.strptime(str(raw), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise invalid("start_time") from None
    return int(at.timestamp()) * SECOND


def checked_invitation(body: Any) -> tuple[list[str], int]:
    """Names and ttl of "Create a meeting's invite links", within their bounds."""
    attendees = body.get("attendees") if isinstance(body, dict) else None
    if not isinstance(attendees, list) or not 1 <= len(attendees) <= 500:
        raise invalid("attendees")
    names = [one.get("name") if isinstance(one, dict) else None for one in attendees]
    if not all(isinstance(name, str) and 1 <= len(name) <= 64 for name in names):
        raise invalid("attendees.name")
    ttl = body.get("ttl", 7200)
    if not isinstance(ttl, int) or isinstance(ttl, bool) or not 0 <= ttl <= 7_776_000:
        raise invalid("ttl")
    return [str(name) for name in names], ttl
