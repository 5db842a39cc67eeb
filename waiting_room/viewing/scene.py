"""What views are made from besides the journal: people, presence, providers, calls and the time.

Subjects are ``candidate:<interview>``, ``companion:<interview>.<n>`` and ``staff:<id>``. A text of the office (title,
room name, notice) is passed on as its file has it: a string, or one string a language; the page picks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, Protocol

from waiting_room.booking import Dates
from waiting_room.deadlines import lasting_since
from waiting_room.event import Event
from waiting_room.interview import CANDIDATE, Claim, Interview
from waiting_room.pauses import shifted
from waiting_room.policy import SECOND

Json = Any
View = dict[str, Json]
Document = Mapping[str, Json]
_NONE: Mapping[str, Any] = MappingProxyType({})
MINUTE = 60 * SECOND


def by_telephone(_: Interview) -> None:
    """Nobody cancels on a page."""


def no_dates(_: Interview) -> Dates:
    """No cut-offs."""
    return Dates()


class People(Protocol):
    """Opened personal data of one event. Roster rows hold ``number``, ``name``, ``kana``, ``telephone``, ``note`` and
    ``companions`` (each with a ``name``); staff rows ``name``; settings are the event's file."""

    @property
    def roster(self) -> Mapping[str, Document]: ...

    @property
    def staff(self) -> Mapping[str, Document]: ...

    @property
    def settings(self) -> Document: ...

    def private(self, offset: int | None) -> Document:
        """What goes with the entry at this offset; empty when there is nothing, or no more."""


class Seen(Protocol):
    """How present a person is, and since when (microseconds UTC)."""

    @property
    def state(self) -> Literal["here", "asleep", "away", "never"]: ...

    @property
    def since(self) -> int: ...


class Presence(Protocol):
    def of(self, subject: str, /) -> Seen: ...


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """What screens say about a provider. ``terms``: title, url, version. ``rehearsal``: it carries nobody. The rest as
    ``providers.base.Abilities``."""

    id: str
    label: Mapping[str, str]
    embedded: bool
    support: Document | None = None
    test_page: str | None = None
    terms: Document | None = None
    arrival: Literal["joined", "handed_over"] = "handed_over"
    revokes: bool = False
    ends: bool = False
    waits_again: bool = False
    issued: bool = False
    rehearsal: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment of one event. Times are microseconds UTC here and milliseconds in views."""

    id: str
    event: Event
    people: People
    presence: Presence
    now: int
    release: str = ""
    cancel_until: Callable[[Interview], int | None] = by_telephone  # the candidate may, on their page, up to then
    dates: Callable[[Interview], Dates] = no_dates  # the cut-offs of its booking, by the office's calendar
    providers: Mapping[str, ProviderInfo] = field(default_factory=dict)
    order: tuple[str, ...] = ()  # of them, those that may step in for one that fails; (): all
    shared_links: Mapping[str, str] = field(default_factory=dict)  # room -> path
    slots: Mapping[str, Mapping[int, str]] = field(default_factory=dict)  # receiver -> slot -> who sits in it
    in_call: frozenset[str] = frozenset()  # subjects whose media is connected
    elsewhere: frozenset[str] = frozenset()  # subjects whose video runs on another device
    retry_after: Mapping[str, int] = field(default_factory=dict)  # browser session -> seconds until it may type again
    record_key: str = ""
    drawn: dict[str, tuple[Any, View]] = field(default_factory=dict)  # console rows as last made, see ``rows``

    # --- shared parts of views -----------------------------------------------------------------------------------

    def heading(self) -> View:
        """``event`` of every view. The time is in the frame, so that a view changes only when something did."""
        settings = self.people.settings
        office = settings.get("office") or _NONE
        return {
            "id": self.id,
            "title": settings.get("title", ""),
            "timezone": settings.get("zone", "Asia/Tokyo"),
            "office": {key: office.get(key) for key in ("name", "telephone", "hours")},
            "rehearsal": self.event.rehearsal,
            "release": self.release,
        }

    def provider(self, name: str) -> View:
        return {"id": name, "label": dict(self._provider(name).label)}

    def provider_in_full(self, name: str) -> View:
        found = self._provider(name)
        support = dict(found.support) if found.support is not None else None
        return {
            **self.provider(name),
            "support": support,
            "test_page": found.test_page,
            "waits_again": found.waits_again,
        }

    def provider_for_staff(self, name: str) -> View:
        """What it can do, and whether it answers."""
        found, down = self._provider(name), self.event.down.get(name)
        return {
            **self.provider_in_full(name),
            "embedded": found.embedded,
            "revokes": found.revokes,
            "ends": found.ends,
            "tells_arrival": found.arrival == "joined",
            "issued": found.issued,
            "down": None if down is None else {"since": ms(down.at), "code": down.code},
        }

    def embedded(self, name: str) -> bool:
        return self._provider(name).embedded

    def notice(self, agreed: str | None) -> View:
        """The notice, and whether its present version was agreed to."""
        notice = self.people.settings.get("notice") or _NONE
        version = notice.get("version")
        shown = {"version": version, "title": notice.get("title", ""), "body": notice.get("body", "")}
        return {**shown, "agreed": agreed is not None and agreed == version}

    def terms(self, provider: str, agreed: Collection[tuple[str, str]]) -> View | None:
        """The provider's terms as they are shown to whoever has ``agreed`` to these (provider and version). The
        office's own words go before the provider's."""
        terms = self._office_terms(provider) or self._provider(provider).terms
        if not terms:
            return None
        shown = {key: terms.get(key) for key in ("title", "url", "version")}
        return {**shown, "provider": provider, "agreed": (provider, str(terms.get("version"))) in agreed}

    def terms_needed(self, provider: str, agreed: Collection[tuple[str, str]]) -> bool:
        """Whether the policy wants consent to this provider's terms that has not been given."""
        terms = self.terms(provider, agreed) if self.event.policy.terms == "agree" else None
        return terms is not None and not terms["agreed"]

    def _office_terms(self, provider: str) -> Document | None:
        """Of an event's file: one text for the provider that it began with, or one for each."""
        terms: Document = self.people.settings.get("terms") or _NONE
        if "version" in terms:
            return terms if provider == self.people.settings.get("provider", provider) else None
        return terms.get(provider)

    def room_name(self, room: str) -> Json:
        rooms: Sequence[Document] = self.people.settings.get("rooms") or ()
        return next((found.get("name", room) for found in rooms if found.get("id") == room), room)

    def room_state(self, room: str) -> str:
        if self.event.is_paused(room):
            return "paused"
        found = self.event.rooms.get(room)
        return "ready" if found is not None and found.ready else "preparing"

    def behind_minutes(self, room: str) -> int:
        """Whole minutes by which the room runs behind: how long somebody who is there has been due, or by how much the
        interview under way is over its time while somebody waits. One who came late is due when they came."""
        now, event = self._running(room), self.event
        late = (i for i in event.due(room, now) if i.arrival is not None and not i.held)
        starts = ((i, shifted(i.starts_at, event.pauses_of(i, until=0))) for i in late)
        behind = [now - max(start, i.arrival.at) for i, start in starts if i.arrival is not None]
        return max(0, *behind) // MINUTE if behind else 0

    def _running(self, room: str) -> int:
        """Now, or, while a pause lasts, when it began: the room runs no further behind by it."""
        lasting = [lasting_since(self.event, scope) for scope in (None, room)]
        return min([self.now, *(since for since in lasting if since is not None)])

    def roster(self, interview: str) -> Document:
        return self.people.roster.get(interview, _NONE)

    def companion_name(self, interview: str, number: int) -> str:
        """Of the companion ``companion.<number>``; empty when the roster has none."""
        company: Sequence[Document] = self.roster(interview).get("companions") or ()
        return str(company[number - 1].get("name", "")) if 0 < number <= len(company) else ""

    def typed(self, interview: Interview) -> Document:
        """Number and name as typed at check-in; empty when staff checked in."""
        return self.people.private(interview.arrival.offset) if interview.arrival is not None else _NONE

    def staff_name(self, staff: str) -> str:
        return str(self.people.staff.get(staff, _NONE).get("name", ""))

    def lapses_at(self, interview: Interview) -> int | None:
        """When the admission under way lapses, in milliseconds."""
        if interview.phase != "admitting":
            return None
        began = interview.admitted_at or interview.called_at or 0
        return ms(began + self.event.policy.arrival_wait * SECOND)

    def _provider(self, name: str) -> ProviderInfo:
        return self.providers.get(name) or ProviderInfo(name, {"ja": name, "en": name}, embedded=False)


def ms(at: int) -> int:
    return at // 1000


def ms_or_none(at: int | None) -> int | None:
    return None if at is None else at // 1000


def subject_of(interview: Interview, person: str = CANDIDATE) -> str:
    """``candidate`` or ``companion.<n>`` of an interview as a subject."""
    if person == CANDIDATE:
        return f"candidate:{interview.id}"
    return f"companion:{interview.id}.{person.removeprefix('companion.')}"


def session_provider(scene: Scene, interview: Interview) -> str:
    """The provider that this interview is with, or would be."""
    current = interview.current
    return current.provider if current is not None else scene.event.provider_for(interview.stream)


def coming_provider(scene: Scene, interview: Interview) -> str:
    """The provider that this interview is with, or, during a move, that it comes to: whose terms have to be seen."""
    if interview.moving == "preparing" and interview.session is not None:
        return interview.session.provider
    return session_provider(scene, interview)


def companions(scene: Scene, interview: Interview) -> list[View]:
    """Whom the candidate has with them, by number: here is who has arrived and shows a page, or is in the room."""
    present = interview.present()

    def here(person: str) -> bool:
        arrived = interview.companion(person).arrived_at is not None
        return person in present or (arrived and scene.presence.of(subject_of(interview, person)).state == "here")

    return [{"label": n, "here": here(f"companion.{n}")} for n in range(1, interview.companions + 1)]


def claim_state(claims: Sequence[Claim], declined: Sequence[str], sid: str) -> View | None:
    mine = next((claim for claim in claims if claim.sid == sid), None)
    if mine is not None:
        return {"state": "open", "code": mine.code}
    return {"state": "refused", "code": None} if sid in declined else None
