"""One interview's state, and the fold that makes it from its stream.

``fold`` is pure and total: any entry in any order gives a consistent state and never an exception, because a journal is
read back as it is. An entry that makes no sense in a phase (``phases.TRANSITIONS``) moves nothing. Refusing is the
business of ``decide``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from waiting_room import entries as e
from waiting_room.phases import FINAL, IN_ROOM, TRANSITIONS, Phase

CANDIDATE = "candidate"

# Bounds of what one interview keeps in memory; the journal has it all.
MAX_OPENED = 50  # browser sessions that opened the link: a person has two or three, a scanner a few more
MAX_ATTEMPTS = 50  # browser sessions that typed a wrong number
MAX_CLAIMS = 20  # claims open on one seat at a time; staff see them one by one
MAX_DECLINED = 50  # browser sessions that are told that their claim was declined
MAX_SEATED = 20  # earlier browser sessions that may take the seat back without typing
MAX_VISITS = 100  # comings and goings in the room
MAX_MESSAGES = 50  # messages that a page shows


@dataclass(frozen=True, slots=True)
class Opened:
    sid: str
    at: int
    via: e.Via
    person: str


@dataclass(frozen=True, slots=True)
class Consent:
    notice: str
    terms: str | None
    at: int
    sid: str


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

    @property
    def ok(self) -> bool:
        return "fail" not in (self.camera, self.microphone, self.speaker, self.network)


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
    """One browser session's failed attempts to check in (or a check-in that was made void)."""

    sid: str
    first_at: int
    last_at: int
    count: int
    code: str
    offset: int


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


@dataclass(frozen=True, slots=True)
class Companion:
    person: str
    consent: Consent | None = None
    sid: str | None = None
    arrived_at: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """ "I will be late" or "I cannot connect". The words are private, at ``offset``."""

    code: str
    minutes: int | None
    at: int
    offset: int


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
    """``offset``: where the reason is kept, privately."""

    at: int
    side: e.Side
    by: str
    offset: int
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Interview:
    """State of one interview. ``room`` is empty for one that was never scheduled."""

    id: str
    # schedule
    room: str = ""
    starts_at: int = 0
    ends_at: int = 0
    companions: int = 0
    resits: str | None = None
    confirmed: bool = False
    invites: tuple[tuple[str, int], ...] = ()
    phase: Phase = "expected"
    # arriving
    opened: tuple[Opened, ...] = ()
    consent: Consent | None = None
    devices: Devices | None = None
    device_checks: int = 0
    arrival: Arrival | None = None
    holder: str | None = None  # the browser session that has the seat
    device_epoch: int = 0  # grows at check-in, takeover and when a check-in is made void; an older page is fenced
    seated: tuple[str, ...] = ()  # browser sessions that had the seat and may take it back
    strangers: tuple[str, ...] = ()  # those that had it and turned out to be somebody else
    difference: Literal["none", "open", "same", "not"] = "none"
    attempts: tuple[Attempt, ...] = ()
    refusals: int = 0  # check_in_refused entries
    claims: tuple[Claim, ...] = ()  # open ones
    declined: tuple[str, ...] = ()  # browser sessions whose claim was not accepted
    company: tuple[Companion, ...] = ()
    away_since: int | None = None
    notice: Notice | None = None
    notices: int = 0
    contact_at: int | None = None
    messages: tuple[Message, ...] = ()
    held: bool = False
    # admission
    early: Literal["none", "asked", "agreed", "declined"] = "none"
    admission: int = 0
    called_at: int | None = None
    admitted_at: int | None = None  # of the admission under way
    lapse: str | None = None  # why the last admission came to nothing
    returned_at: int | None = None
    session: Session | None = None
    superseded: tuple[Session, ...] = ()  # older generations that are still to be closed
    handed_over_at: int | None = None
    entered_at: int | None = None  # in_session since
    visits: tuple[Visit, ...] = ()
    removed: tuple[str, ...] = ()
    identity: Identity | None = None
    incidents: int = 0
    # ends
    closing_until: int | None = None
    overdue_at: int | None = None
    held_back: tuple[str, ...] = ()
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
    def first_attempt_at(self) -> int | None:
        return min((a.first_at for a in self.attempts), default=None)

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


def fold(state: Interview | None, stamped: e.Stamped) -> Interview:
    """The state after this entry. Total."""
    if state is None:
        state = Interview(id=stamped.stream.removeprefix("i:"))
    return _fold(state, stamped)


def _fold(s: Interview, st: e.Stamped) -> Interview:  # noqa: C901, PLR0912, PLR0915 - a line a kind
    match st.entry:
        case e.CheckedIn() as x:
            return _checked_in(s, x, st)
        case e.LinkOpened() as x:
            return _link_opened(s, x, st)
        case e.Consented() as x:
            return _consented(s, x, st)
        case e.DeviceChecked() as x:
            return _device_checked(s, x, st)
        case e.Joined() as x:
            return _joined(s, x, st)
        case e.Left() as x:
            return replace(s, visits=_leave(s.visits, x))
        case e.Called() as x:
            return _called(s, x, st)
        case e.Admitted() as x:
            return _admitted(s, x, st)
        case e.AdmissionLapsed() as x:
            return _back_on_seat(s, x.kind, lapse=x.code) if x.admission == s.admission else s
        case e.Returned() as x:
            return replace(_back_on_seat(s, x.kind, lapse=None), returned_at=st.at) if s.in_room else s
        case e.SessionRequested() as x:
            return _session_requested(s, x, st)
        case e.SessionOpened() as x:
            return _session(s, x, state="open", at=st.at, offset=st.offset, code=None)
        case e.SessionFailed() as x:
            return _session(s, x, state="failed", at=st.at, code=x.code, retry=x.retry)
        case e.SessionClosed() as x:
            return _session(s, x, state="closed", at=st.at)
        case e.HandedOver() as x:
            return _handed_over(s, x, st)
        case e.Scheduled() as x:
            return replace(
                s, room=x.room, starts_at=x.starts_at, ends_at=x.ends_at, companions=x.companions, resits=x.resits
            )
        case e.Rescheduled() as x:
            return replace(s, starts_at=x.starts_at, ends_at=x.ends_at, early="none", overdue_at=None, held_back=())
        case e.Moved() as x:
            return s if s.in_room else replace(s, room=x.room, early="none")
        case e.Cancelled() as x:
            return _end(s, x.kind, End(st.at, x.side, st.actor, st.offset))
        case e.Lapsed() as x:
            return _end(s, x.kind, End(st.at, "gateway", st.actor, st.offset, automatic=True))
        case e.Confirmed():
            return replace(s, confirmed=True)
        case e.Reopened() as x:
            return _reopen(s, x.kind)
        case e.AbsenceWithdrawn() as x:
            return _reopen(s, x.kind)
        case e.InviteIssued() as x:
            return replace(s, invites=tuple({**dict(s.invites), x.person: x.issue}.items()))
        case e.CompanionArrived() as x:
            return _companion(s, replace(s.companion(x.person), sid=x.sid, arrived_at=st.at))
        case e.CheckInRefused() as x:
            return replace(s, attempts=_attempted(s.attempts, x.sid, x.code, st), refusals=s.refusals + 1)
        case e.ClaimRaised() as x:
            return replace(s, claims=add_claim(s.claims, x, st, MAX_CLAIMS))
        case e.ClaimSettled() as x:
            claims, declined = settle_claim(s.claims, s.declined, x)
            return replace(s, claims=claims, declined=declined)
        case e.DifferenceSettled() as x:
            return _difference_settled(s, x, st)
        case e.TakenOver() as x:
            return _taken_over(s, x)
        case e.Away() as x:
            return replace(s, away_since=x.last_seen)
        case e.Back():
            return replace(s, away_since=None)
        case e.LateNotice() as x:
            return replace(s, notice=Notice(x.code, x.minutes, st.at, st.offset), notices=s.notices + 1)
        case e.ContactRecorded():
            return replace(s, contact_at=st.at)
        case e.MessageSent():
            return replace(s, messages=(*s.messages, Message(st.offset, st.at, st.actor))[-MAX_MESSAGES:])
        case e.Held() as x:
            return replace(s, held=x.on)
        case e.EarlyAsked():
            return replace(s, early="asked") if s.phase == "waiting" else s
        case e.EarlyAnswered() as x:
            return replace(s, early="agreed" if x.accepted else "declined") if s.early == "asked" else s
        case e.Removed() as x:
            return replace(s, removed=(*(p for p in s.removed if p != x.person), x.person))
        case e.IdentityConfirmed() as x:
            return replace(s, identity=Identity(True, x.steps, st.at, st.actor))
        case e.IdentityDoubted():
            return replace(s, identity=Identity(False, (), st.at, st.actor))
        case e.IncidentNoted():
            return replace(s, incidents=s.incidents + 1)
        case e.Overdue() as x:
            return replace(s, overdue_at=s.overdue_at or st.at, held_back=x.held_back)
        case e.AbsenceConfirmed() as x:
            return _end(s, x.kind, End(st.at, "gateway" if x.automatic else "staff", st.actor, st.offset, x.automatic))
        case e.FinishBegun() as x:
            return replace(s, closing_until=x.until) if s.phase == "in_session" else s
        case e.FinishUndone():
            return replace(s, closing_until=None)
        case e.Finished() as x:
            return _end(s, x.kind, End(st.at, "staff", st.actor, st.offset))
        case e.BrokenOff() as x:
            return _end(s, x.kind, End(st.at, x.side, st.actor, st.offset))
        case (
            e.EventCreated() | e.PolicyChanged() | e.ProviderSwitched() | e.ProviderDown() | e.ProviderUp()
            | e.ServiceGap() | e.HallOpened() | e.HallClosed() | e.Sealed() | e.StaffAdmitted() | e.Exported()
            | e.RoomReady() | e.RoomPreparing() | e.RoomPaused() | e.RoomResumed() | e.RoomTaken() | e.RoomFreed()
            | e.Unknown()
        ):  # fmt: skip
            return s
        case _:
            assert_never(st.entry)


def _to(s: Interview, kind: str) -> Phase | None:
    """Where this kind leads from here, None when nowhere."""
    target = TRANSITIONS[kind].get(s.phase)
    if target != "seat":
        return target
    if s.arrival is not None:
        return "waiting"
    return "expected" if s.consent is None else "preparing"


# --- arriving ----------------------------------------------------------------------------------------------------


def _link_opened(s: Interview, x: e.LinkOpened, st: e.Stamped) -> Interview:
    if len(s.opened) >= MAX_OPENED or any(o.sid == x.sid for o in s.opened):
        return s
    return replace(s, opened=(*s.opened, Opened(x.sid, st.at, x.via, x.person)))


def _consented(s: Interview, x: e.Consented, st: e.Stamped) -> Interview:
    consent = Consent(x.notice, x.terms, st.at, x.sid)
    if x.person != CANDIDATE:
        return _companion(s, replace(s.companion(x.person), consent=consent))
    return replace(s, consent=consent, phase=_to(s, x.kind) or s.phase)


def _device_checked(s: Interview, x: e.DeviceChecked, st: e.Stamped) -> Interview:
    if x.person != CANDIDATE:
        return replace(s, device_checks=s.device_checks + 1)
    found = Devices(x.camera, x.microphone, x.speaker, x.network, x.rtt_ms, st.at, st.offset)
    return replace(s, devices=found, device_checks=s.device_checks + 1)


def _checked_in(s: Interview, x: e.CheckedIn, st: e.Stamped) -> Interview:
    phase = _to(s, x.kind)
    if phase is None:
        return s
    return replace(
        s,
        phase=phase,
        arrival=Arrival(st.at, x.received_at, x.counts_from, x.via, x.sid, x.differs, st.offset),
        holder=x.sid,
        device_epoch=s.device_epoch + 1,
        seated=_seat(s.seated, x.sid),
        strangers=tuple(sid for sid in s.strangers if sid != x.sid),
        difference="open" if x.differs else "none",
        away_since=None,
    )


def _seat(seated: tuple[str, ...], sid: str | None) -> tuple[str, ...]:
    if sid is None:
        return seated
    return (*(other for other in seated if other != sid), sid)[-MAX_SEATED:]


def _companion(s: Interview, companion: Companion) -> Interview:
    if companion.person not in s.people():
        return s
    return replace(s, company=(*(c for c in s.company if c.person != companion.person), companion))


def _attempted(
    attempts: tuple[Attempt, ...], sid: str, code: str, st: e.Stamped, at: int | None = None
) -> tuple[Attempt, ...]:
    """Attempts with one more by ``sid``; the first MAX_ATTEMPTS sessions are kept, they are the evidence."""
    first = st.at if at is None else at
    for index, known in enumerate(attempts):
        if known.sid == sid:
            more = replace(
                known, first_at=min(first, known.first_at), last_at=st.at, count=known.count + 1, offset=st.offset
            )
            return (*attempts[:index], more, *attempts[index + 1 :])
    if len(attempts) >= MAX_ATTEMPTS:
        return attempts
    return (*attempts, Attempt(sid, first, st.at, 1, code, st.offset))


def add_claim(claims: tuple[Claim, ...], x: e.ClaimRaised, st: e.Stamped, most: int) -> tuple[Claim, ...]:
    """Claims with one more; one already known or beyond ``most`` changes nothing."""
    if len(claims) >= most or any(c.id == x.claim for c in claims):
        return claims
    return (*claims, Claim(x.claim, x.sid, x.code, st.at, st.offset))


def settle_claim(
    claims: tuple[Claim, ...], declined: tuple[str, ...], x: e.ClaimSettled
) -> tuple[tuple[Claim, ...], tuple[str, ...]]:
    """What is still open, and whose claim was declined (the latest MAX_DECLINED)."""
    kept = tuple(c for c in claims if c.id != x.claim)
    settled = {c.sid for c in claims if c.id == x.claim}
    others = tuple(sid for sid in declined if sid not in settled)
    return kept, others if x.accepted else (*others, *settled)[-MAX_DECLINED:]


def _difference_settled(s: Interview, x: e.DifferenceSettled, st: e.Stamped) -> Interview:
    if s.difference != "open":
        return s
    return replace(s, difference="same") if x.same else _void(s, x, st)


def _void(s: Interview, x: e.DifferenceSettled, st: e.Stamped) -> Interview:
    """Not this person: the seat is free again, their page is fenced, their consent does not count for the real one;
    that they tried stays."""
    arrival = s.arrival
    if arrival is None or s.phase not in TRANSITIONS[x.kind]:
        return replace(s, difference="none")
    attempts = s.attempts
    if arrival.sid is not None:
        attempts = _attempted(attempts, arrival.sid, "not_this_person", st, arrival.at)
    consent = None if s.consent is not None and s.consent.sid in s.seated else s.consent
    freed = replace(
        s, arrival=None, holder=None, device_epoch=s.device_epoch + 1, difference="not", attempts=attempts,
        seated=(), strangers=(*s.strangers, *s.seated)[-MAX_SEATED:],
        consent=consent, early="none", held=False, away_since=None, lapse=None,
    )  # fmt: skip
    return replace(freed, phase=_to(freed, x.kind) or freed.phase)


def _taken_over(s: Interview, x: e.TakenOver) -> Interview:
    if s.arrival is None:
        return s
    epoch = max(x.epoch, s.device_epoch + 1)
    return replace(
        s,
        holder=x.sid,
        device_epoch=epoch,
        seated=_seat(s.seated, x.sid),
        strangers=tuple(sid for sid in s.strangers if sid != x.sid),
        away_since=None,
    )


# --- admission ---------------------------------------------------------------------------------------------------


def _called(s: Interview, x: e.Called, st: e.Stamped) -> Interview:
    phase = _to(s, x.kind)
    if phase is None:
        return s
    return replace(
        s, phase=phase, admission=max(x.admission, s.admission + 1), called_at=st.at, admitted_at=None,
        lapse=None, returned_at=None, early="none", handed_over_at=None, entered_at=None,
    )  # fmt: skip


def _admitted(s: Interview, x: e.Admitted, st: e.Stamped) -> Interview:
    fits = s.phase == "admitting" and x.admission == s.admission and s.admitted_at is None
    return replace(s, admitted_at=st.at) if fits else s


def _back_on_seat(s: Interview, kind: str, lapse: str | None) -> Interview:
    phase = _to(s, kind)
    if phase is None:
        return s
    return replace(
        s, phase=phase, lapse=lapse, called_at=None, admitted_at=None, handed_over_at=None,
        entered_at=None, closing_until=None,
    )  # fmt: skip


def _session_requested(s: Interview, x: e.SessionRequested, st: e.Stamped) -> Interview:
    old = s.session
    if old is not None and x.generation <= old.generation:
        return s
    standing = old is not None and old.state in ("requested", "open")
    superseded = (*s.superseded, old) if old is not None and standing else s.superseded
    return replace(s, session=Session(x.provider, x.generation, x.key, "requested", st.at), superseded=superseded)


def _session(
    s: Interview,
    x: e.SessionOpened | e.SessionFailed | e.SessionClosed,
    *,
    state: Literal["open", "failed", "closed"],
    at: int,
    code: str | None = None,
    retry: bool = False,
    offset: int | None = None,
) -> Interview:
    def changed(old: Session) -> Session:
        return replace(old, state=state, at=at, code=code, retry=retry, offset=offset or old.offset)

    def meant(old: Session) -> bool:
        return (old.provider, old.generation) == (x.provider, x.generation) and old.state != "closed"

    if s.session is not None and meant(s.session):
        return replace(s, session=changed(s.session))
    older = tuple(changed(old) if meant(old) else old for old in s.superseded)
    return replace(s, superseded=tuple(old for old in older if old.state in ("requested", "open")))


def _handed_over(s: Interview, x: e.HandedOver, st: e.Stamped) -> Interview:
    phase = _to(s, x.kind)
    if phase is None or x.admission != s.admission or s.admitted_at is None:
        return s
    return replace(s, phase=phase, handed_over_at=st.at, entered_at=st.at)


def _joined(s: Interview, x: e.Joined, st: e.Stamped) -> Interview:
    visits = (*s.visits, Visit(x.person, x.side, x.clock, x.admission, x.seen_at))[-MAX_VISITS:]
    decides = (
        x.side == "candidate" and x.clock != "provider" and x.admission == s.admission and s.admitted_at is not None
    )
    phase = _to(s, x.kind) if decides else None
    return replace(s, visits=visits) if phase is None else replace(s, visits=visits, phase=phase, entered_at=st.at)


def _leave(visits: tuple[Visit, ...], x: e.Left) -> tuple[Visit, ...]:
    for index in range(len(visits) - 1, -1, -1):
        visit = visits[index]
        if visit.person == x.person and visit.admission == x.admission and visit.left_at is None:
            gone = replace(visit, left_at=x.seen_at, code=x.code)
            return (*visits[:index], gone, *visits[index + 1 :])
    return visits


# --- ends --------------------------------------------------------------------------------------------------------


def _end(s: Interview, kind: str, ended: End) -> Interview:
    phase = _to(s, kind)
    if phase is None:
        return s
    return replace(s, phase=phase, ended=ended, closing_until=None, early="none", held=False)


def _reopen(s: Interview, kind: str) -> Interview:
    phase = _to(s, kind)
    if phase is None:
        return s
    return replace(
        s, phase=phase, ended=None, called_at=None, admitted_at=None, handed_over_at=None, entered_at=None,
        closing_until=None, lapse=None, overdue_at=None, held_back=(),
    )  # fmt: skip
