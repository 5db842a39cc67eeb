"""Zoom's callbacks (Zoom, "Using webhooks"; Meeting webhooks): verified, then read leniently.

They come late, twice and out of order, by up to 85 minutes; times are those of the payload. ``object.id`` is a string
in most and a number in some, and guests have an empty ``id`` and ``email``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Literal

from providers.base import GiveUp, Observation, Side
from providers.zoom.types import SECOND, Unreadable, meeting_id, moment, text

SIGNATURE = "x-zm-signature"
TIMESTAMP = "x-zm-request-timestamp"
WINDOW = 300 * SECOND  # between the signature's time and ours: longer is a replay, or a clock to be set
LONGEST = 64 * 2**10  # bytes; a callback is 2 KB
LONGEST_REASON = 120  # characters of Zoom's ``leave_reason``

Kind = Literal["joined", "left", "opened", "ended", "recording", "checked", "waiting"]

KINDS: Mapping[str, Kind] = {
    "meeting.started": "opened",
    "meeting.ended": "ended",
    "meeting.participant_joined": "joined",
    "meeting.participant_jbh_joined": "joined",
    "meeting.participant_admitted": "joined",
    "meeting.participant_left": "left",
    "meeting.participant_joined_waiting_room": "waiting",
    "meeting.participant_put_in_waiting_room": "waiting",
    "meeting.participant_jbh_waiting": "waiting",
    "meeting.participant_left_waiting_room": "left",
    "meeting.participant_jbh_waiting_left": "left",
    "meeting.device_tested": "checked",
}
# Where a payload keeps its time, per kind; ``event_ts`` where it has none.
TIMES: Mapping[Kind, tuple[str, ...]] = {
    "opened": ("start_time",),
    "ended": ("end_time",),
    "joined": ("join_time", "date_time"),
    "left": ("leave_time", "date_time"),
    "waiting": ("date_time", "join_time"),
    "checked": ("date_time",),
    "recording": ("recording_start",),
}
REASONS: Mapping[str, str] = {
    "meeting.participant_left_waiting_room": "waiting_room",
    "meeting.participant_jbh_waiting_left": "before_host",
    "meeting.participant_joined_waiting_room": "waiting_room",
    "meeting.participant_put_in_waiting_room": "waiting_room",
    "meeting.participant_jbh_waiting": "before_host",
}
DEVICES = ("camera_status", "microphone_status", "speaker_status")  # 0 untested, 1 bad, 2 well

Message = Mapping[str, object]


def verified(headers: Mapping[str, str], body: bytes, secret: str, now: int) -> Message:
    """GiveUp ``not_genuine``, ``stale`` or ``garbage``."""
    given = {name.lower(): value for name, value in headers.items()}
    stamp = given.get(TIMESTAMP, "")
    if not secret or len(body) > LONGEST or not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 13):
        raise GiveUp("not_genuine")
    told = given.get(SIGNATURE, "").encode(errors="replace")  # a header may hold what is no text
    if not hmac.compare_digest(signature(secret, stamp, body).encode(), told):
        raise GiveUp("not_genuine")
    at = int(stamp) * (SECOND if len(stamp) <= 10 else 1000)  # seconds; some have seen milliseconds
    if abs(now - at) > WINDOW:
        raise GiveUp("stale")
    return _parsed(body)


def signature(secret: str, stamp: str, body: bytes) -> str:
    return "v0=" + hmac.digest(secret.encode(), b"v0:" + stamp.encode() + b":" + body, "sha256").hex()


def validation(message: Message, secret: str) -> Mapping[str, str] | None:
    """The answer to ``endpoint.url_validation``, which comes every 72 hours. None for another event."""
    if message.get("event") != "endpoint.url_validation":
        return None
    plain = text(_in(message, "payload").get("plainToken"))
    return {"plainToken": plain, "encryptedToken": hmac.digest(secret.encode(), plain.encode(), "sha256").hex()}


def delivery_id(body: bytes) -> str:
    """Of the content, so that a delivery that is tried again has the same. GiveUp ``garbage``."""
    canonical = json.dumps(_parsed(body), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def observations(message: Message, known: Callable[[str, str], str | None]) -> list[Observation]:
    """None or one. ``known``: the subject who was given a link to this meeting under this name. GiveUp ``garbage``."""
    event = text(message.get("event"))
    kind: Kind | None = "recording" if event.startswith("recording.") else KINDS.get(event)
    if kind is None:
        return []
    about = _in(_in(message, "payload"), "object")
    person = _in(about, "participant")
    try:
        room = meeting_id(about.get("id"))
    except Unreadable as error:
        raise GiveUp("garbage") from error
    name = text(person.get("user_name"))
    sub = known(room, name)
    at, side = _at(message, kind, about, person), _side(sub, about, person)
    shown = name if name and side is None else None
    return [Observation(kind, room, at, sub, side, _reason(event, about, person), shown)]


def _at(message: Message, kind: Kind, about: Message, person: Message) -> int:
    for place in (person, about, _in(about, "recording_file")):
        for name in TIMES[kind]:
            if (at := moment(place.get(name))) is not None:
                return at
    stamp = message.get("event_ts")
    if not isinstance(stamp, int):
        raise GiveUp("garbage")
    return stamp * 1000


def _side(sub: str | None, about: Message, person: Message) -> Side | None:
    """The host is staff; a guest's ids are empty."""
    if sub is not None:
        return "companion" if sub.startswith("companion:") else "candidate"
    host = text(about.get("host_id"))
    return "staff" if host and text(person.get("id")) == host else None


def _reason(event: str, about: Message, person: Message) -> str | None:
    if event.startswith("recording."):
        return event
    if event == "meeting.device_tested":
        tested = {name: person.get(name, about.get(name)) for name in DEVICES}
        return " ".join(f"{name.removesuffix('_status')}={v}" for name, v in tested.items() if isinstance(v, int))
    if event == "meeting.participant_left":
        return _leave_reason(text(person.get("leave_reason")))
    return REASONS.get(event)


def _leave_reason(told: str) -> str | None:
    """Zoom's sentence without the name that it may begin with (``Name left the meeting. Reason: ...``)."""
    _, marked, reason = told.rpartition("Reason:")
    if not marked and "left the meeting" in told:
        return None
    return reason.strip()[:LONGEST_REASON] or None


def _in(place: Message, name: str) -> Message:
    found = place.get(name)
    return found if isinstance(found, Mapping) else {}


def _parsed(body: bytes) -> Message:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise GiveUp("garbage") from error
    if not isinstance(found, dict):
        raise GiveUp("garbage")
    return found
