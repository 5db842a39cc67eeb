"""One interview's state, as ``folding.fold`` makes it from the interview's stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from waiting_room import entries as e
from waiting_room.mailing import Mail
from waiting_room.phases import FINAL, IN_ROOM, Phase

CANDIDATE = "candidate"

# Bounds of what one interview keeps in memory; the journal has it all.
MAX_OPENED = 50  # browser sessions that opened the link: a person has two or three, a scanner a few more
MAX_ATTEMPTS = 50  # browser sessions that typed a wrong number
MAX_CLAIMS = 20  # claims open on one seat at a time; staff see them one by one
MAX_DECLINED = 50  # browser sessions that are told that their claim was declined
MAX_SEATED = 20  # earlier browser sessions that may take the seat back without typing
MAX_VISITS = 100  # comings and goings in the room
MAX_MESSAGES = 50  # messages that a page shows
MAX_TERMS = 20  # versions of providers' terms that were agreed to: there are three providers
MAX_ALARMS = 20  # open alarms; one a setting
MAX_STAYS = 20  # rooms that an interview was moved through since its time was set
MAX_TROUBLES = 50  # failed checks and "I cannot connect", the latest ones
MAX_CONSENTS = 20  # versions of the notice that were agreed to, the latest ones
MAX_TESTS = 50  # device checks: ``decide`` takes no more
MAX_DECLARATIONS = 20  # checklists that were ticked, the latest ones
MAX_CARRIERS = 20  # providers that the candidate was let in to; a change back to an earlier one counts again
MAX_PANEL = 20  # members of staff who held the interview: a panel has three or four


@dataclass(frozen=True, slots=True)
class Mark:
    """When something happened, and which entry says so."""

    at: int
    offset: int


@dataclass(frozen=True, slots=True)
class Stay:
    """The room that an interview is planned in, from then on."""

    room: str
    at: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """The candidate tried and something failed; evidence."""

    code: Literal["device", "cannot_connect"]
    at: int
    offset: int


@dataclass(frozen=True, slots=True)
class Opened:
    sid: str
    at: int
    via: e.Via
    person: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Consent:
    notice: str
    terms: str | None
    at: int
    sid: str
    offset: int = 0
    texts: tuple[str, ...] = ()  # the event's other texts that were agreed to with it, each ``<id> <version>``
    provider: str | None = None  # whose terms


@dataclass(frozen=True, slots=True)
class Reply:
    """Word about the booking or its link: when, from whom (an actor), and by which entry. ``late``: after the day until
    which it was to come."""

    at: int
    by: str
    offset: int
    late: bool = False


@dataclass(frozen=True, slots=True)
class Declared:
    """The checklist as the candidate ticked it: ``items`` of the lines of ``version``."""

    version: str
    items: tuple[str, ...]
    at: int
    sid: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Devices:
    """The latest check. ``ok``: nothing failed."""

    camera: e.Outcome
    microphone: e.Outcome
    speaker: e.Outcome
    network: e.Outcome
    rtt_ms: int | None
    at: int
    offset: int

    def fails(self, camera: str) -> bool:
        """Whether something failed that the rules want; ``camera``: their word on it."""
        parts = (self.microphone, self.speaker, self.network)
        return "fail" in (parts if camera != "required" else (self.camera, *parts))

    @property
    def ok(self) -> bool:
        return "fail" not in (self.camera, self.microphone, self.speaker, self.network)


@dataclass(frozen=True, slots=True)
class Test:
    """One device check of the candidate's. ``ok``: nothing failed."""

    at: int
    ok: bool
    offset: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """``at``: the store's clock at check-in; ``counts``: what punctuality is judged on. ``offset``: where the typed
    number and name are kept, privately."""

    at: int
    received_at: int
    counts_from: int | None
    via: e.Via
    sid: str | None
    differs: tuple[str, ...]
    offset: int

    @property
    def counts(self) -> int:
        return self.at if self.counts_from is None else self.counts_from


@dataclass(frozen=True, slots=True)
class Attempt:
    """One browser session's failed attempts to check in (or a check-in that was made void). ``offset``: of the last,
    ``first_offset``: of the first."""

    sid: str
    first_at: int
    last_at: int
    count: int
    code: str
    offset: int
    first_offset: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    id: str
    sid: str
    code: str
    at: int
    offset: int


@dataclass(frozen=True, slots=True)
class Session:
    """A provider's session for this interview. ``offset``: of ``session_opened``, where its room is kept privately."""

    provider: str
    generation: int
    key: str
    state: Literal["requested", "open", "failed", "closed"]
    at: int
    code: str | None = None
    retry: bool = False
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay in the room, by ``clock``. ``left_at`` None: there still, as far as is known."""

    person: str
    side: Literal["candidate", "staff", "companion"]
    clock: str
    admission: int
    joined_at: int
    left_at: int | None = None
    code: str | None = None
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something at the provider that must not be, until staff have seen to it."""

    code: Literal["recording", "settings"]
    provider: str
    at: int
    detail: str


@dataclass(frozen=True, slots=True)
class Host:
    """A member of staff who held the interview (called, asked for the identity, ended it), and when first and last."""

    by: str
    first_at: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Companion:
    person: str
    consent: Consent | None = None
    sid: str | None = None
    arrived_at: int | None = None
    terms: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Notice:
    """ "I will be late" or "I cannot connect". The words are private, at ``offset``. ``sid``: the page that sent it;
    ``withdrawn``: when it was taken back."""

    code: Literal["late", "cannot_connect"]
    minutes: int | None
    at: int
    offset: int
    sid: str = ""
    withdrawn: Mark | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """What the interviewer ticked when number and name were asked again."""

    confirmed: bool
    steps: tuple[str, ...]
    at: int
    by: str


@dataclass(frozen=True, slots=True)
class Message:
    offset: int  # the text is private, there
    at: int
    by: str


@dataclass(frozen=True, slots=True)
class End:
    """``offset``: where the reason is kept, privately. ``because``: as ``Cancelled`` has it, or "void" for a booking
    that lapsed."""

    at: int
    side: e.Side
    by: str
    offset: int
    automatic: bool = False
    because: str = ""


@dataclass(frozen=True)  # no slots: ``folding`` copies the fields as one mapping
class Interview:
    """State of one interview. ``room`` is empty for one that was never scheduled."""

    id: str
    # schedule
    room: str = ""
    starts_at: int = 0
    ends_at: int = 0
    companions: int = 0
    resits: str | None = None
    earlier_absences: int = 0
    timed: Mark | None = None  # by which entry the present time was set
    stays: tuple[Stay, ...] = ()  # the rooms since then
    confirmed: Reply | None = None  # the booking
    reported: Reply | None = None  # that the link has not come, the last time
    schedule: int = 0  # how often time, room or whether it takes place has changed; grows only
    changed: int = 0  # the schedule by which time or room last changed; 0: never
    mails: tuple[Mail, ...] = ()
    invites: tuple[tuple[str, int], ...] = ()
    phase: Phase = "expected"
    # arriving
    opened: tuple[Opened, ...] = ()
    consent: Consent | None = None
    consents: tuple[Consent, ...] = ()  # every one of the candidate's, in order
    terms: frozenset[tuple[str, str]] = frozenset()  # provider and version of its terms: those agreed to
    declared: Declared | None = None  # the checklist, as it was ticked last
    declarations: tuple[Declared, ...] = ()  # every one, in order
    links: tuple[tuple[str, bool], ...] = ()  # providers that hold a link for this interview; whether it was mailed
    devices: Devices | None = None
    device_checks: int = 0
    tests: tuple[Test, ...] = ()  # every check of the candidate's own
    arrival: Arrival | None = None
    holder: str | None = None  # the browser session that has the seat
    device_epoch: int = 0  # grows at check-in, takeover and when a check-in is made void; an older page is fenced
    seated: tuple[str, ...] = ()  # browser sessions that had the seat and may take it back
    strangers: tuple[str, ...] = ()  # those that had it and turned out to be somebody else
    difference: Literal["none", "open", "same", "not"] = "none"
    attempts: tuple[Attempt, ...] = ()
    refusals: int = 0  # check_in_refused entries
    too_late: Mark | None = None  # the first check-in that the policy refused for its time
    troubles: tuple[Trouble, ...] = ()
    claims: tuple[Claim, ...] = ()  # open ones
    declined: tuple[str, ...] = ()  # browser sessions whose claim was not accepted
    company: tuple[Companion, ...] = ()
    away_since: int | None = None
    notice: Notice | None = None
    notices: int = 0
    seen: Mark | None = None  # staff last saw what this candidate had said
    contact: Mark | None = None  # staff last spoke to the candidate
    messages: tuple[Message, ...] = ()
    held: bool = False
    held_because: str = ""  # as ``Held`` has it
    # admission
    early: Literal["none", "asked", "agreed", "declined"] = "none"
    admission: int = 0
    called_at: int | None = None
    admitted_at: int | None = None  # of the admission under way
    lapse: str | None = None  # why the last admission came to nothing
    returned_at: int | None = None
    session: Session | None = None
    superseded: tuple[Session, ...] = ()  # older generations that are still to be closed
    generation: int = 0  # of the session whose ticket may be had; 0: of none
    arrived: int = 0  # the generation that the candidate's side has come to, in this admission
    moved_at: int | None = None  # when the ticket of another session could be had during this admission
    handed_over_at: int | None = None
    confirmed_at: int | None = None  # staff, the worker or the provider saw the candidate there, in this generation
    ended_there_at: int | None = None  # the provider says that the session is over
    alarms: tuple[Alarm, ...] = ()
    entered_at: int | None = None  # in_session since
    visits: tuple[Visit, ...] = ()
    carriers: tuple[str, ...] = ()  # providers whose ticket could be had, in order
    panel: tuple[Host, ...] = ()
    removed: tuple[str, ...] = ()
    identity: Identity | None = None
    incidents: int = 0
    # ends
    closing_until: int | None = None
    overdue: Mark | None = None  # an absence was first proposed
    held_back: tuple[str, ...] = ()
    withdrawn: Mark | None = None  # an absence was last taken back
    ended: End | None = None

    @property
    def stream(self) -> str:
        return e.interview_stream(self.id)

    @property
    def over(self) -> bool:
        return self.phase in FINAL

    @property
    def in_room(self) -> bool:
        return self.phase in IN_ROOM

    @property
    def admitted(self) -> bool:
        """The ticket of the admission under way may be had."""
        return self.admitted_at is not None and self.in_room

    @property
    def current(self) -> Session | None:
        """The session that the people of this admission are in, or are to be in now; None when there is none."""
        known = (self.session, *self.superseded)
        return next((s for s in known if s is not None and s.generation == self.generation and self.in_room), None)

    @property
    def moving(self) -> Literal["preparing", "open"] | None:
        """Between two sessions: the next is being prepared, or its door is open and the candidate's side has not come
        over."""
        if not self.in_room or self.admitted_at is None:
            return None
        session = self.session
        if session is not None and session.generation > self.generation and session.state != "closed":
            return "preparing"
        return "open" if self.moved_at is not None and self.arrived < self.generation else None

    @property
    def overdue_at(self) -> int | None:
        return None if self.overdue is None else self.overdue.at

    @property
    def contact_at(self) -> int | None:
        return None if self.contact is None else self.contact.at

    @property
    def first_attempt_at(self) -> int | None:
        refused = [self.too_late.at] if self.too_late is not None else []
        return min((*(a.first_at for a in self.attempts), *refused), default=None)

    def issue(self, person: str = CANDIDATE) -> int:
        """The number of this person's valid invite; the first is 1 and needs no entry."""
        return dict(self.invites).get(person, 1)

    def people(self) -> tuple[str, ...]:
        """Who has a link: the candidate and the companions."""
        return (CANDIDATE, *(f"companion.{n}" for n in range(1, self.companions + 1)))

    def companion(self, person: str) -> Companion:
        return next((c for c in self.company if c.person == person), Companion(person))

    def attempt(self, sid: str) -> Attempt | None:
        return next((a for a in self.attempts if a.sid == sid), None)

    def claim_of(self, sid: str) -> Claim | None:
        return next((c for c in self.claims if c.sid == sid), None)

    def present(self) -> frozenset[str]:
        """Who is in the room, of this admission, as far as anybody has told."""
        last = {v.person: v for v in self.visits if v.admission == self.admission}
        return frozenset(person for person, visit in last.items() if visit.left_at is None)
