"""The fold of one interview's stream.

``fold`` is pure and total: any entry in any order gives a consistent state and never an exception, because a journal is
read back as it is. An entry that makes no sense in a phase (``phases.TRANSITIONS``) moves nothing. Refusing is the
business of ``decide``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, assert_never

from waiting_room import booking, declaring, mailing, timetable
from waiting_room import entries as e
from waiting_room.claims import add_claim, settle_claim
from waiting_room.holding import carried, held_by
from waiting_room.interview import (
    CANDIDATE,
    MAX_ALARMS,
    MAX_ATTEMPTS,
    MAX_CLAIMS,
    MAX_CONSENTS,
    MAX_MESSAGES,
    MAX_OPENED,
    MAX_SEATED,
    MAX_TERMS,
    MAX_TESTS,
    MAX_TROUBLES,
    MAX_VISITS,
    Alarm,
    Arrival,
    Attempt,
    Companion,
    Consent,
    Devices,
    End,
    Identity,
    Interview,
    Mark,
    Message,
    Notice,
    Opened,
    Session,
    Test,
    Trouble,
    Visit,
)
from waiting_room.phases import IN_ROOM, TRANSITIONS, Phase
from waiting_room.saying import taken_back
from waiting_room.visits import left

if TYPE_CHECKING:
    from dataclasses import replace as _with  # so that the types of what changes are checked
else:

    def _with(state: Interview, **changes: Any) -> Interview:
        """``dataclasses.replace`` without calling ``__init__`` on all fields again: opening an event of 200,000 entries
        is mostly this (bench fold), and it is ten times as fast."""
        changed = object.__new__(Interview)
        vars(changed).update(vars(state))
        vars(changed).update(changes)
        return changed


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
        case e.Declared() as x:
            return declaring.declared(s, x, st)
        case e.DeviceChecked() as x:
            return _device_checked(s, x, st)
        case e.Joined() as x:
            return _joined(s, x, st)
        case e.Left() as x:
            return _with(s, visits=left(s.visits, x))
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
        case e.SessionMoved() as x:
            return _session_moved(s, x, st)
        case e.SessionObserved() as x:
            return _session_observed(s, x)
        case e.AlarmRaised() as x:
            return _alarm_raised(s, x, st)
        case e.AlarmSettled() as x:
            return _with(s, alarms=tuple(alarm for alarm in s.alarms if alarm.code != x.code))
        case e.LinkRegistered() as x:
            return _with(s, links=tuple({**dict(s.links), x.provider: x.mailed}.items()))
        case e.HandedOver() as x:
            return _handed_over(s, x, st)
        case e.Scheduled() as x:
            return timetable.scheduled(s, x, st)
        case e.Rescheduled() as x:
            return timetable.rescheduled(s, x, st)
        case e.Moved() as x:
            return timetable.moved(s, x, st)
        case e.Amended() as x:
            return _with(s, companions=x.companions)
        case e.Cancelled() as x:
            ended = _end(s, x.kind, End(st.at, x.side, st.actor, st.offset, because=x.because))
            return _with(ended, schedule=s.schedule + 1)
        case e.Lapsed() as x:
            return _end(s, x.kind, End(st.at, "gateway", st.actor, st.offset, automatic=True, because="void"))
        case e.Confirmed():
            return booking.confirmed(s, st)
        case e.InviteReported() as x:
            return booking.reported(s, x, st)
        case e.Reopened() as x:
            return booking.reopened(s, _with(_reopen(s, x.kind), schedule=s.schedule + 1), st)
        case e.MailQueued() | e.MailSent() | e.MailFailed() | e.MailUndelivered() as x:
            return _with(s, mails=mailing.fold(s.mails, x, st))
        case e.AbsenceWithdrawn() as x:
            return s if s.phase != "absent" else _with(_reopen(s, x.kind), withdrawn=Mark(st.at, st.offset))
        case e.InviteIssued() as x:
            return _with(s, invites=tuple({**dict(s.invites), x.person: x.issue}.items()))
        case e.CompanionArrived() as x:
            return _companion(s, replace(s.companion(x.person), sid=x.sid, arrived_at=st.at))
        case e.CheckInRefused() as x:
            return _check_in_refused(s, x, st)
        case e.ClaimRaised() as x:
            return _with(s, claims=add_claim(s.claims, x, st, MAX_CLAIMS))
        case e.ClaimSettled() as x:
            claims, declined = settle_claim(s.claims, s.declined, x)
            return _with(s, claims=claims, declined=declined)
        case e.DifferenceSettled() as x:
            return _difference_settled(s, x, st)
        case e.TakenOver() as x:
            return _taken_over(s, x)
        case e.Away() as x:
            return _with(s, away_since=x.last_seen)
        case e.Back():
            return _with(s, away_since=None)
        case e.LateNotice() as x:
            return _late_notice(s, x, st)
        case e.NoticeWithdrawn():
            return _with(s, notice=taken_back(s.notice, st))
        case e.NoticeSeen():
            return _with(s, seen=Mark(st.at, st.offset))
        case e.ContactRecorded():
            return _with(s, contact=Mark(st.at, st.offset))
        case e.MessageSent():
            return _with(s, messages=(*s.messages, Message(st.offset, st.at, st.actor))[-MAX_MESSAGES:])
        case e.Held() as x:
            return _with(s, held=x.on, held_because=x.because if x.on else "")
        case e.EarlyAsked():
            return _with(s, early="asked") if s.phase == "waiting" else s
        case e.EarlyAnswered() as x:
            return _with(s, early="agreed" if x.accepted else "declined") if s.early == "asked" else s
        case e.Removed() as x:
            return _with(s, removed=(*(p for p in s.removed if p != x.person), x.person))
        case e.IdentityConfirmed() as x:
            return _with(s, identity=Identity(True, x.steps, st.at, st.actor), panel=held_by(s, st))
        case e.IdentityDoubted():
            return _with(s, identity=Identity(False, (), st.at, st.actor), panel=held_by(s, st))
        case e.IncidentNoted():
            return _with(s, incidents=s.incidents + 1)
        case e.Overdue() as x:
            return _with(s, overdue=s.overdue or Mark(st.at, st.offset), held_back=x.held_back)
        case e.AbsenceConfirmed() as x:
            return _end(s, x.kind, End(st.at, "gateway" if x.automatic else "staff", st.actor, st.offset, x.automatic))
        case e.FinishBegun() as x:
            return _with(s, closing_until=x.until) if s.phase == "in_session" else s
        case e.FinishUndone():
            return _with(s, closing_until=None)
        case e.Finished() as x:
            return _with(_end(s, x.kind, End(st.at, "staff", st.actor, st.offset)), panel=held_by(s, st))
        case e.BrokenOff() as x:
            return _with(_end(s, x.kind, End(st.at, x.side, st.actor, st.offset)), panel=held_by(s, st))
        case (
            e.EventCreated() | e.PolicyChanged() | e.ProviderSwitched() | e.ProviderDown() | e.ProviderUp()
            | e.ServiceGap() | e.HallOpened() | e.HallClosed() | e.Sealed() | e.StaffAdmitted() | e.Exported()
            | e.FailoverDeclined() | e.CheckConfirmed() | e.RosterImported() | e.Disclosed() | e.HoldSet()
            | e.HoldLifted() | e.PurgeBegun() | e.Purged() | e.LossAccepted() | e.Unknown()
            | e.RoomReady() | e.RoomPreparing() | e.RoomPaused() | e.RoomResumed() | e.RoomTaken() | e.RoomFreed()
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


# --- the timetable -----------------------------------------------------------------------------------------------


# --- arriving ----------------------------------------------------------------------------------------------------


def _link_opened(s: Interview, x: e.LinkOpened, st: e.Stamped) -> Interview:
    if len(s.opened) >= MAX_OPENED or any(o.sid == x.sid for o in s.opened):
        return s
    return _with(s, opened=(*s.opened, Opened(x.sid, st.at, x.via, x.person, st.offset)))


def _consented(s: Interview, x: e.Consented, st: e.Stamped) -> Interview:
    consent = Consent(x.notice, x.terms, st.at, x.sid, st.offset, x.texts, x.provider)
    if x.person != CANDIDATE:
        companion = s.companion(x.person)
        return _companion(s, replace(companion, consent=consent, terms=_agreed(companion.terms, x)))
    consents = (*s.consents, consent)[-MAX_CONSENTS:]
    return _with(s, consent=consent, consents=consents, terms=_agreed(s.terms, x), phase=_to(s, x.kind) or s.phase)


def _agreed(terms: frozenset[tuple[str, str]], x: e.Consented) -> frozenset[tuple[str, str]]:
    if x.provider is None or x.terms is None or len(terms) >= MAX_TERMS:
        return terms
    return terms | {(x.provider, x.terms)}


def _device_checked(s: Interview, x: e.DeviceChecked, st: e.Stamped) -> Interview:
    if x.person != CANDIDATE:
        return _with(s, device_checks=s.device_checks + 1)
    found = Devices(x.camera, x.microphone, x.speaker, x.network, x.rtt_ms, st.at, st.offset)
    troubles = tuple(trouble for trouble in s.troubles if trouble.code != "device")  # a check that went well ends them
    if not found.ok:
        troubles = _troubled(s.troubles, "device", st)
    tests = (*s.tests, Test(st.at, found.ok, st.offset))[-MAX_TESTS:]
    return _with(s, devices=found, device_checks=s.device_checks + 1, tests=tests, troubles=troubles)


def _troubled(
    troubles: tuple[Trouble, ...], code: Literal["device", "cannot_connect"], st: e.Stamped
) -> tuple[Trouble, ...]:
    return (*troubles, Trouble(code, st.at, st.offset))[-MAX_TROUBLES:]


def _late_notice(s: Interview, x: e.LateNotice, st: e.Stamped) -> Interview:
    troubles = _troubled(s.troubles, "cannot_connect", st) if x.code == "cannot_connect" else s.troubles
    notice = Notice(x.code, x.minutes, st.at, st.offset, x.sid)
    return _with(s, notice=notice, notices=s.notices + 1, troubles=troubles)


def _check_in_refused(s: Interview, x: e.CheckInRefused, st: e.Stamped) -> Interview:
    """One who came too late typed nothing wrong: that is a mark of its own."""
    if x.code == "too_late":
        return _with(s, too_late=s.too_late or Mark(st.at, st.offset), refusals=s.refusals + 1)
    return _with(s, attempts=_attempted(s.attempts, x.sid, x.code, st), refusals=s.refusals + 1)


def _checked_in(s: Interview, x: e.CheckedIn, st: e.Stamped) -> Interview:
    phase = _to(s, x.kind)
    if phase is None:
        return s
    return _with(
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
    return _with(s, company=(*(c for c in s.company if c.person != companion.person), companion))


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
    return (*attempts, Attempt(sid, first, st.at, 1, code, st.offset, st.offset))


def _difference_settled(s: Interview, x: e.DifferenceSettled, st: e.Stamped) -> Interview:
    if s.difference != "open":
        return s
    return _with(s, difference="same") if x.same else _void(s, x, st)


def _void(s: Interview, x: e.DifferenceSettled, st: e.Stamped) -> Interview:
    """Not this person: the seat is free again, their page is fenced, their consent does not count for the real one;
    that they tried stays."""
    arrival = s.arrival
    if arrival is None or s.phase not in TRANSITIONS[x.kind]:
        return _with(s, difference="none")
    attempts = s.attempts
    if arrival.sid is not None:
        attempts = _attempted(attempts, arrival.sid, "not_this_person", st, arrival.at)
    theirs = s.consent is not None and s.consent.sid in s.seated
    consent, terms = (None, frozenset()) if theirs else (s.consent, s.terms)
    freed = _with(
        s, arrival=None, holder=None, device_epoch=s.device_epoch + 1, difference="not", attempts=attempts,
        seated=(), strangers=(*s.strangers, *s.seated)[-MAX_SEATED:],
        consent=consent, terms=terms, declared=declaring.of_the_real_one(s), early="none", held=False,
        away_since=None, lapse=None,
    )  # fmt: skip
    return replace(freed, phase=_to(freed, x.kind) or freed.phase)


def _taken_over(s: Interview, x: e.TakenOver) -> Interview:
    if s.arrival is None:
        return s
    epoch = max(x.epoch, s.device_epoch + 1)
    return _with(
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
    return _with(
        s, phase=phase, admission=max(x.admission, s.admission + 1), called_at=st.at, admitted_at=None,
        lapse=None, returned_at=None, early="none", panel=held_by(s, st), **_OUTSIDE,
    )  # fmt: skip


# What is so before anybody has come to a session.
_OUTSIDE: Mapping[str, Any] = MappingProxyType(
    {
        "generation": 0, "arrived": 0, "moved_at": None, "handed_over_at": None, "confirmed_at": None,
        "ended_there_at": None, "entered_at": None,
    }
)  # fmt: skip


def _admitted(s: Interview, x: e.Admitted, st: e.Stamped) -> Interview:
    fits = s.phase == "admitting" and x.admission == s.admission and s.admitted_at is None
    return _with(s, admitted_at=st.at, generation=x.generation, carriers=carried(s, x.provider)) if fits else s


def _session_moved(s: Interview, x: e.SessionMoved, st: e.Stamped) -> Interview:
    """The admission starts anew with the door of the other session; the phase stays what it is."""
    fits = s.admitted and x.admission == s.admission and x.generation > s.generation
    if not fits:
        return s
    admitted_at = st.at if s.phase == "admitting" else s.admitted_at
    return _with(
        s, generation=x.generation, moved_at=st.at, admitted_at=admitted_at, handed_over_at=None, confirmed_at=None,
        ended_there_at=None, carriers=carried(s, x.provider),
    )  # fmt: skip


def _session_observed(s: Interview, x: e.SessionObserved) -> Interview:
    return _with(s, ended_there_at=x.seen_at) if x.what == "ended" and x.generation == s.generation else s


def _alarm_raised(s: Interview, x: e.AlarmRaised, st: e.Stamped) -> Interview:
    if len(s.alarms) >= MAX_ALARMS:
        return s
    return _with(s, alarms=(*s.alarms, Alarm(x.code, x.provider, st.at, x.detail)))


def _back_on_seat(s: Interview, kind: str, lapse: str | None) -> Interview:
    phase = _to(s, kind)
    if phase is None:
        return s
    return _with(
        s, phase=phase, lapse=lapse, called_at=None, admitted_at=None, closing_until=None, **_OUTSIDE,
    )  # fmt: skip


def _session_requested(s: Interview, x: e.SessionRequested, st: e.Stamped) -> Interview:
    old = s.session
    if old is not None and x.generation <= old.generation:
        return s
    standing = old is not None and old.state in ("requested", "open")
    superseded = (*s.superseded, old) if old is not None and standing else s.superseded
    return _with(s, session=Session(x.provider, x.generation, x.key, "requested", st.at), superseded=superseded)


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
        return _with(s, session=changed(s.session))
    older = tuple(changed(old) if meant(old) else old for old in s.superseded)
    return _with(s, superseded=tuple(old for old in older if old.state in ("requested", "open")))


def _handed_over(s: Interview, x: e.HandedOver, st: e.Stamped) -> Interview:
    """Also of the second session of an admission, where the phase is that of the first."""
    phase = _to(s, x.kind) or (s.phase if s.phase == "in_session" else None)
    if phase is None or x.admission != s.admission or s.admitted_at is None or x.generation not in (0, s.generation):
        return s
    return _with(s, phase=phase, arrived=s.generation, handed_over_at=st.at, entered_at=s.entered_at or st.at)


def _joined(s: Interview, x: e.Joined, st: e.Stamped) -> Interview:
    visit = Visit(x.person, x.side, x.clock, x.admission, x.seen_at, generation=x.generation)
    seen = _with(s, visits=(*s.visits, visit)[-MAX_VISITS:])
    here = x.admission == s.admission and s.admitted_at is not None and x.generation in (0, s.generation)
    if x.side != CANDIDATE or not here:
        return seen
    if x.clock == "provider":  # corroborates, and moves nothing
        return _with(seen, confirmed_at=st.at) if s.in_room else seen
    phase = _to(s, x.kind) or s.phase
    return (
        _with(seen, phase=phase, arrived=s.generation, confirmed_at=st.at, entered_at=s.entered_at or st.at)
        if phase in IN_ROOM
        else seen
    )


# --- ends --------------------------------------------------------------------------------------------------------


def _end(s: Interview, kind: str, ended: End) -> Interview:
    phase = _to(s, kind)
    if phase is None:
        return s
    return _with(s, phase=phase, ended=ended, closing_until=None, early="none", held=False)


def _reopen(s: Interview, kind: str) -> Interview:
    phase = _to(s, kind)
    if phase is None:
        return s
    return _with(
        s, phase=phase, ended=None, called_at=None, admitted_at=None, closing_until=None, lapse=None,
        overdue=None, held_back=(), **_OUTSIDE,
    )  # fmt: skip
