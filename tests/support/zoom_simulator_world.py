"""What exists at Zoom's simulator: users, meetings, links, who is in. One meeting of a host runs at a time."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.zoom_simulator_rules import DAY, SECOND, BeforeHost, Refusal, iso, moment

START_LIFE = 7200 * SECOND
DEFAULTS: Mapping[str, Any] = {
    # What an account has by itself, so that leaving a setting out shows.
    "waiting_room": True,
    "join_before_host": False,
    "meeting_authentication": False,
    "auto_recording": "cloud",
    "auto_start_meeting_summary": True,
    "auto_start_ai_companion_questions": True,
    "approval_type": 2,
}


@dataclass
class User:
    id: str
    email: str
    active: bool = True
    allowed: bool = True  # False: may not hold meetings (3161)


@dataclass
class SimMeeting:
    id: int
    uuid: str
    host: User
    body: Mapping[str, Any]
    settings: dict[str, Any]
    created_at: int
    status: str = "waiting"
    present: dict[str, str] = field(default_factory=dict)  # participant's uuid -> name
    ended_at: int | None = None


@dataclass(frozen=True)
class Link:
    """``name`` empty: the host's."""

    meeting: int
    name: str
    expires_at: int


class World:
    """``tell`` is called with each webhook event's name, meeting and participant."""

    def __init__(
        self, now: Callable[[], int], tell: Callable[[str, SimMeeting, Mapping[str, Any] | None], None]
    ) -> None:
        self.now, self._tell = now, tell
        self.users: list[User] = []
        self.meetings: dict[int, SimMeeting] = {}
        self.links: dict[str, Link] = {}
        self.locked: dict[str, Any] = {}  # settings that the account forces, whatever is asked
        self.lingering = 0  # microseconds for which a meeting that was ended is in progress still
        self.unlisted: set[int] = set()  # a list that is behind does not show these
        self.created: list[int] = []  # every meeting that ever was
        self.deleted: list[int] = []
        self._count = 0

    def secret(self) -> str:
        """Never the same twice, and the same in every run."""
        self._count += 1
        digest = hashlib.sha256(f"simulator {self._count}".encode()).digest()
        return base64.urlsafe_b64encode(digest[:18]).decode()

    # --- users and meetings ----------------------------------------------------------------------------------------

    def user(self, name: str) -> User:
        for user in self.users:
            if name in (user.id, user.email) and user.active:
                return user
        raise Refusal(404, 1001, f"User does not exist: {name}.")

    def meeting(self, id_: str) -> SimMeeting:
        found = self.meetings.get(int(id_)) if id_.isascii() and id_.isdigit() else None
        if found is None or not found.host.active:
            raise Refusal(404, 3001, f"Meeting does not exist: {id_}.")
        return found

    def create(self, host: User, body: Mapping[str, Any]) -> SimMeeting:
        """Ids fall, so that nobody takes the lowest for the eldest; some uuids begin with a slash."""
        if not host.allowed:
            raise Refusal(
                400, 3161, "Meeting hosting and scheduling capabilities are not allowed for your user account."
            )
        number = len(self.created)
        settings = {**DEFAULTS, **body.get("settings", {}), **self.locked}
        if settings["waiting_room"]:
            settings["join_before_host"] = False
        uuid = ("/" if number % 3 == 0 else "") + self.secret()[:20] + "//=="
        made = SimMeeting(99_900_000_000 - 7919 * number, uuid, host, dict(body), settings, self.now())
        self.meetings[made.id] = made
        self.created.append(made.id)
        return made

    def delete(self, meeting: SimMeeting) -> None:
        ending = meeting.ended_at is not None and self.now() < meeting.ended_at + self.lingering
        if meeting.status == "started" or ending:
            raise Refusal(400, 3002, "Sorry, you cannot delete this meeting since it's in progress.")
        del self.meetings[meeting.id]
        self.deleted.append(meeting.id)

    def of_host(self, host: User) -> list[SimMeeting]:
        return [one for one in self.meetings.values() if one.host is host and one.id not in self.unlisted]

    # --- in a meeting ----------------------------------------------------------------------------------------------

    def link(self, token: str, meeting: int) -> Link:
        """Refusal when it is not of this meeting, has expired, or its meeting is gone."""
        found = self.links.get(token)
        if found is None or found.meeting != meeting or meeting not in self.meetings:
            raise Refusal(404, 3001, "This meeting link is invalid.")
        if self.now() >= found.expires_at:
            raise Refusal(410, 3001, "This meeting link has expired.")
        return found

    def enter(self, meeting: int, token: str) -> str:
        """The participant's uuid. The host starts the meeting; a guest who comes before waits outside (409)."""
        link, found = self.link(token, meeting), self.meetings[meeting]
        if link.name == "":
            self.start(found)
        elif found.status != "started" and not found.settings["join_before_host"]:
            self._tell("meeting.participant_jbh_waiting", found, {"user_name": link.name})
            raise BeforeHost
        who = self.secret()
        found.present[who] = link.name
        self._tell("meeting.participant_joined", found, self._participant(found, who, "join_time"))
        return who

    def start(self, meeting: SimMeeting) -> None:
        others = [one for one in self.of_host(meeting.host) if one.status == "started" and one is not meeting]
        if others:
            raise Refusal(409, 3000, "The host has another meeting in progress.")
        if meeting.status != "started":
            meeting.status = "started"
            self._tell("meeting.started", meeting, None)

    def leave(self, meeting: int, who: str, reason: str = "left the meeting.") -> None:
        found = self.meetings[meeting]
        participant = {**self._participant(found, who, "leave_time"), "leave_reason": reason}
        del found.present[who]
        self._tell("meeting.participant_left", found, participant)

    def end(self, meeting: SimMeeting) -> None:
        """A scheduled meeting that has ended can be started again: only deleting it is for good."""
        if meeting.status != "started":
            raise Refusal(400, 3000, "This meeting has not started.")
        for who in list(meeting.present):
            self.leave(meeting.id, who, "Host ended the meeting.")
        meeting.status, meeting.ended_at = "waiting", self.now()
        self._tell("meeting.ended", meeting, None)

    def record(self, meeting: int) -> None:
        """Somebody in the tenant records after all."""
        self._tell("recording.started", self.meetings[meeting], None)

    def _participant(self, meeting: SimMeeting, who: str, time: str) -> dict[str, Any]:
        """Guests have an empty id and address."""
        name = meeting.present[who]
        known = {"id": meeting.host.id, "email": meeting.host.email, "user_name": "Host"} if name == "" else {}
        return {"id": "", "email": "", "user_name": name, "participant_uuid": who, **known, time: iso(self.now())}

    # --- as Zoom shows it ------------------------------------------------------------------------------------------

    def listed(self, one: SimMeeting) -> dict[str, Any]:
        return {
            "id": one.id,
            "uuid": one.uuid,
            "host_id": one.host.id,
            "topic": one.body.get("topic", ""),
            "type": one.body.get("type", 2),
            "duration": one.body.get("duration", 60),
            "timezone": one.body.get("timezone", "UTC"),
            "agenda": str(one.body.get("agenda", ""))[:250],
            "created_at": iso(one.created_at),
            **self._start(one),
        }

    @staticmethod
    def _start(one: SimMeeting) -> dict[str, str]:
        """A recurring meeting without fixed times (type 3) has none."""
        if one.body.get("type", 2) == 3:
            return {}
        told = one.body.get("start_time")
        return {"start_time": iso(moment(told) if told else one.created_at)}

    def shown(self, one: SimMeeting, base: str) -> dict[str, Any]:
        """With a fresh start link."""
        zak = self.secret()
        self.links[zak] = Link(one.id, "", self.now() + START_LIFE)
        return {
            **self.listed(one),
            "agenda": one.body.get("agenda", ""),
            "status": one.status,
            "settings": dict(one.settings),
            "password": "246810",
            "start_url": f"{base}/s/{one.id}?zak={zak}",
            "join_url": f"{base}/j/{one.id}?pwd=unused",
        }

    def invite(self, one: SimMeeting, name: str, ttl: int, base: str) -> str:
        token = self.secret()
        self.links[token] = Link(one.id, name, self.now() + ttl * SECOND)
        return f"{base}/j/{one.id}?tk={token}"

    def today(self) -> int:
        return self.now() // DAY
