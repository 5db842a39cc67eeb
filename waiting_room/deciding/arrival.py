"""From the link to the seat: consent, device check, check-in, claims, takeover, presence."""

from __future__ import annotations

from typing import Literal, assert_never

from waiting_room import commands as c
from waiting_room import declaring
from waiting_room import entries as e
from waiting_room.deciding.case import Case, Private
from waiting_room.errors import Refused
from waiting_room.event import MAX_ROOM_CLAIMS
from waiting_room.interview import CANDIDATE, MAX_CLAIMS, MAX_OPENED, Claim, Interview
from waiting_room.policy.document import LateEntry
from waiting_room.saying import unseen

MAX_REFUSALS = 200  # wrong numbers that one interview's stream keeps; a person gives up long before
MAX_DEVICE_CHECKS = 50  # dated evidence; nobody needs the 51st
MAX_NOTICES = 20  # "I will be late", from one candidate
TRIES_BEFORE_CLAIM = 3  # the third wrong number calls a person

Arriving = (
    c.OpenLink | c.Consent | c.Declare | c.ReportDevices | c.CheckIn | c.RaiseClaim | c.SettleClaim | c.SettleDifference
    | c.CheckInByStaff | c.ArriveAsCompanion | c.TakeOver | c.NotePresence | c.GiveNotice | c.WithdrawNotice
    | c.SeeNotice | c.RecordContact | c.Hold
)  # fmt: skip


def decide(case: Case, command: Arriving) -> None:  # noqa: C901, PLR0912 - a line a command
    match command:
        case c.OpenLink():
            _open_link(case, command)
        case c.Consent():
            _consent(case, command)
        case c.Declare():
            _declare(case, command)
        case c.ReportDevices():
            _report_devices(case, command)
        case c.CheckIn():
            _check_in(case, command)
        case c.RaiseClaim():
            _raise_claim(case, command)
        case c.SettleClaim():
            _settle_claim(case, command)
        case c.SettleDifference():
            _settle_difference(case, command)
        case c.CheckInByStaff():
            _check_in_by_staff(case, command)
        case c.ArriveAsCompanion():
            _arrive_as_companion(case, command)
        case c.TakeOver():
            _take_over(case, command)
        case c.NotePresence():
            _note_presence(case, command)
        case c.GiveNotice():
            _give_notice(case, command)
        case c.WithdrawNotice():
            _withdraw_notice(case, command)
        case c.SeeNotice():
            _see_notice(case, command)
        case c.RecordContact():
            interview = case.interview(command.interview)
            case.add(interview.stream, e.ContactRecorded(), command.private)
        case c.Hold():
            _hold(case, command)
        case _:
            assert_never(command)


# --- before the seat ---------------------------------------------------------------------------------------------


def _open_link(case: Case, command: c.OpenLink) -> None:
    interview = case.interview(command.interview)
    case.person(interview, command.person)
    known = any(opened.sid == command.sid for opened in interview.opened)
    if not known and len(interview.opened) < MAX_OPENED:
        case.add(interview.stream, e.LinkOpened(command.sid, command.via, command.person))


def _consent(case: Case, command: c.Consent) -> None:
    interview = case.reachable(command.interview)
    person = case.person(interview, command.person)
    given = interview.consent if person == CANDIDATE else interview.companion(person).consent
    wanted = (command.sid, command.notice, command.terms, command.texts)
    terms = interview.terms if person == CANDIDATE else interview.companion(person).terms
    known = command.provider is None or (command.provider, command.terms) in terms
    if given is None or (given.sid, given.notice, given.terms, given.texts) != wanted or not known:
        entry = e.Consented(command.sid, command.notice, command.terms, person, command.provider, command.texts)
        case.add(interview.stream, entry)


def _declare(case: Case, command: c.Declare) -> None:
    interview = case.reachable(command.interview)
    if interview.consent is None:
        raise Refused("consent_needed")
    case.must_be_open(interview)  # what is so days before says nothing of the day
    policy = case.policy
    known = [line.id for line in policy.declarations]
    if command.version != declaring.version_of(policy) or not set(command.items) <= set(known):
        raise Refused("declarations_outdated")
    if lacks := declaring.missing(policy, command.items):
        raise Refused("declarations_needed", missing=list(lacks))
    items, given = tuple(line for line in known if line in command.items), interview.declared
    if given is None or (given.sid, given.version, given.items) != (command.sid, command.version, items):
        case.add(interview.stream, e.Declared(command.sid, command.version, items))


def _report_devices(case: Case, command: c.ReportDevices) -> None:
    interview = case.standing(command.interview)
    person = case.person(interview, command.person)
    if interview.device_checks >= MAX_DEVICE_CHECKS:
        return
    found = e.DeviceChecked(
        command.sid, command.camera, command.microphone, command.speaker, command.network, command.rtt_ms, person
    )
    case.add(interview.stream, found, command.private)


# --- the seat ----------------------------------------------------------------------------------------------------


def _check_in(case: Case, command: c.CheckIn) -> None:
    interview = case.reachable(command.interview)
    absent = interview.phase == "absent"
    if absent and not _may_come_after_absence(case, interview):
        raise Refused("interview_over", phase=interview.phase)
    if interview.arrival is not None and interview.holder == command.sid and not absent:
        return
    _must_be_prepared(case, interview)
    case.must_be_open(interview)
    if command.name_empty:
        raise Refused("name_empty")
    if not command.number_matches:
        _refuse_number(case, interview, command)
    elif absent:
        _come_after_absence(case, interview, command)
    elif interview.arrival is None and not (command.differs and command.sid in interview.strangers):
        _take_free_seat(case, interview, command)
    elif interview.arrival is not None and _may_take_over(interview, command):
        _take_seat(case, interview, command.sid, command.private)
    else:
        claim = c.RaiseClaim(command.claim, command.sid, "not_this_person", interview.id, private=command.private)
        taken = interview.arrival is not None
        _claim_seat(case, interview, claim, "seat_taken" if taken else "not_this_person")


def _must_be_prepared(case: Case, interview: Interview) -> None:
    """Texts and checklist, before the seat is taken; whoever has it keeps it when the rules change."""
    if interview.consent is None:
        raise Refused("consent_needed")
    if interview.arrival is not None:
        return
    if not declaring.all_agreed(interview.consent, case.policy):
        raise Refused("consent_needed")
    if not declaring.is_declared(interview, case.policy):
        raise Refused("declarations_needed")


def _take_free_seat(case: Case, interview: Interview, command: c.CheckIn) -> None:
    """In time, or as the policy has late entry: on hold until staff say, or not at all."""
    late = _late_entry(case, interview)
    if late == "refuse":
        _refuse_entry(case, interview, command)
        return
    entry = e.CheckedIn(command.sid, command.via, command.received_at, command.differs)
    case.add(interview.stream, entry, command.private)
    if late == "ask" and not interview.held:
        case.add(interview.stream, e.Held(on=True, because="late_entry"))


def _late_entry(case: Case, interview: Interview) -> LateEntry:
    """What holds now. Nobody is sent away by a rule where our own service was down while they could have come."""
    policy = case.policy
    if policy.late_entry == "allow":
        return "allow"
    due = case.deadlines(interview)
    if due.refused_after is None or case.now <= due.refused_after:
        return "allow"
    ours = any(gap.from_at <= due.refused_after and gap.to_at >= due.opens_at for gap in case.event.gaps)
    return "ask" if ours else policy.late_entry


def _refuse_entry(case: Case, interview: Interview, command: c.CheckIn) -> None:
    """Kept as evidence that they came."""
    if interview.refusals >= MAX_REFUSALS:
        raise Refused("interview_over", phase=interview.phase)
    case.add(interview.stream, e.CheckInRefused(command.sid, "too_late"), command.private)


def _may_come_after_absence(case: Case, interview: Interview) -> bool:
    """Where late entry is allowed, an absence that a person confirmed stands until a person takes it back."""
    decided = interview.ended is None or not interview.ended.automatic
    return case.policy.late_entry != "allow" or not decided


def _come_after_absence(case: Case, interview: Interview, command: c.CheckIn) -> None:
    """The one who was given up is here: let in again, for staff to settle, or sent away, as the policy has it."""
    late = _late_entry(case, interview)
    if late == "refuse":
        _refuse_entry(case, interview, command)
    elif late == "allow" and interview.arrival is None and not command.differs and case.policy.late_entry == "allow":
        case.add(interview.stream, e.AbsenceWithdrawn())
        entry = e.CheckedIn(command.sid, command.via, command.received_at)
        case.add(interview.stream, entry, command.private)
    else:
        claim = c.RaiseClaim(command.claim, command.sid, "not_this_person", interview.id, private=command.private)
        _claim_seat(case, interview, claim, "after_absence")


def _may_take_over(interview: Interview, command: c.CheckIn) -> bool:
    """A personal link with the right number takes its own seat to another device, but not under a name that differs in
    a way nobody has seen yet. From a shared link it takes a seat only where no page sits (staff checked in by
    telephone)."""
    known = interview.arrival.differs if interview.arrival is not None else ()
    if not set(command.differs) <= set(known):
        return False
    return command.via == "personal" or interview.holder is None


def _refuse_number(case: Case, interview: Interview, command: c.CheckIn) -> None:
    if interview.refusals >= MAX_REFUSALS:
        raise Refused("number_differs")
    code: Literal["number_malformed", "number_differs"] = "number_malformed" if command.malformed else "number_differs"
    case.add(interview.stream, e.CheckInRefused(command.sid, code), command.private)
    before = interview.attempt(command.sid)
    if before is not None and before.count + 1 >= TRIES_BEFORE_CLAIM and len(interview.claims) < MAX_CLAIMS:
        claim = c.RaiseClaim(command.claim, command.sid, "not_this_person", interview.id, private=command.private)
        _claim_seat(case, interview, claim, "number_differs")


def _take_seat(case: Case, interview: Interview, sid: str, private: Private | None = None) -> None:
    case.add(interview.stream, e.TakenOver(sid, interview.device_epoch + 1), private)


def _check_in_by_staff(case: Case, command: c.CheckInByStaff) -> None:
    interview = case.standing(command.interview)
    if interview.arrival is not None:
        raise Refused("seated")
    counts_from = command.counts_from
    if counts_from is not None and counts_from not in _evidence(interview):
        raise Refused("no_such_attempt")
    entry = e.CheckedIn(None, command.via, command.received_at, counts_from=counts_from)
    case.add(interview.stream, entry, command.private)


def _evidence(interview: Interview) -> frozenset[int]:
    """When somebody tried, before the seat was taken: what a person may let an arrival count from."""
    tried = (attempt.first_at for attempt in interview.attempts)
    opened = (opened.at for opened in interview.opened if opened.person == CANDIDATE)
    refused = [interview.too_late.at] if interview.too_late is not None else []
    return frozenset((*tried, *opened, *refused, *(claim.at for claim in interview.claims)))


def _take_over(case: Case, command: c.TakeOver) -> None:
    interview = case.standing(command.interview)
    if command.sid not in interview.seated:
        raise Refused("not_seated_before")
    if interview.holder != command.sid:
        _take_seat(case, interview, command.sid)


def _arrive_as_companion(case: Case, command: c.ArriveAsCompanion) -> None:
    interview = case.standing(command.interview)
    person = case.companion(interview, command.person)
    case.must_be_open(interview)
    if interview.companion(person).consent is None:
        raise Refused("consent_needed")
    if interview.companion(person).arrived_at is None:
        _must_have_room_for_one_more(case, interview)
    if interview.companion(person).sid != command.sid:
        case.add(interview.stream, e.CompanionArrived(command.sid, person))


def _must_have_room_for_one_more(case: Case, interview: Interview) -> None:
    """A companion more than the rules let come in; whoever has come stays."""
    if case.policy.companions == "none":
        raise Refused("no_companions")
    most = case.policy.max_companions
    if most is not None and sum(other.arrived_at is not None for other in interview.company) >= most:
        raise Refused("too_many_companions", most=most)


def _settle_difference(case: Case, command: c.SettleDifference) -> None:
    interview = case.standing(command.interview)
    if interview.difference != "open":
        raise Refused("no_difference")
    case.add(interview.stream, e.DifferenceSettled(command.same), command.private)


# --- claims ------------------------------------------------------------------------------------------------------


def _raise_claim(case: Case, command: c.RaiseClaim) -> None:
    if command.claim in case.event.claims:
        return
    if command.interview is not None:
        _claim_seat(case, case.interview(command.interview), command, command.code)
    elif command.room is not None:
        room = case.room(command.room)
        if any(claim.sid == command.sid for claim in room.claims):
            return
        if len(room.claims) >= MAX_ROOM_CLAIMS:
            raise Refused("too_many_claims")
        case.add(room.stream, e.ClaimRaised(command.claim, command.sid, command.code), command.private)
    else:
        raise Refused("bad_target")


def _claim_seat(
    case: Case,
    interview: Interview,
    command: c.RaiseClaim,
    code: e.ClaimCode,
) -> None:
    """Once per browser session; the seat and the page on it are not touched."""
    if interview.claim_of(command.sid) is not None:
        return
    if len(interview.claims) >= MAX_CLAIMS:
        raise Refused("too_many_claims")
    if not command.claim:
        raise Refused("claim_needed")
    case.add(interview.stream, e.ClaimRaised(command.claim, command.sid, code), command.private)


def _settle_claim(case: Case, command: c.SettleClaim) -> None:
    stream = case.event.claims.get(command.claim)
    claim = case.event.claim(command.claim)
    if stream is None or claim is None:
        raise Refused("no_such_claim")
    case.reads(stream)
    if not command.accepted:
        case.add(stream, e.ClaimSettled(claim.id, accepted=False), command.private)
        return
    target = command.interview or (stream.removeprefix("i:") if stream.startswith("i:") else None)
    if target is None:
        raise Refused("interview_needed")
    interview = case.reachable(target)
    case.add(stream, e.ClaimSettled(claim.id, accepted=True, interview=interview.id), command.private)
    if interview.phase == "absent":
        case.add(interview.stream, e.AbsenceWithdrawn(), command.private)
    _give_seat(case, interview, claim, first=command.count_from_first)


def _give_seat(case: Case, interview: Interview, claim: Claim, *, first: bool) -> None:
    if interview.arrival is not None:
        if interview.holder != claim.sid:
            _take_seat(case, interview, claim.sid)
        return
    tried = interview.attempt(claim.sid)
    first_at = claim.at if tried is None else min(claim.at, tried.first_at)
    case.add(interview.stream, e.CheckedIn(claim.sid, "staff", case.now, counts_from=first_at if first else None))


# --- while waiting -----------------------------------------------------------------------------------------------


def _note_presence(case: Case, command: c.NotePresence) -> None:
    interview = case.interview(command.interview)
    if interview.arrival is None or interview.over:
        return
    if command.away_since is None:
        if interview.away_since is not None:
            case.add(interview.stream, e.Back())
    elif interview.away_since is None:
        case.add(interview.stream, e.Away(command.away_since))


def _give_notice(case: Case, command: c.GiveNotice) -> None:
    interview = case.standing(command.interview)
    if interview.notices >= MAX_NOTICES:
        raise Refused("too_many_notices")
    case.add(interview.stream, e.LateNotice(command.code, command.minutes, command.sid), command.private)


def _withdraw_notice(case: Case, command: c.WithdrawNotice) -> None:
    interview = case.standing(command.interview)
    if interview.notice is None or interview.notice.withdrawn is not None:
        raise Refused("no_notice")
    case.add(interview.stream, e.NoticeWithdrawn())


def _see_notice(case: Case, command: c.SeeNotice) -> None:
    """Also of one who cancelled: their interview is over."""
    interview = case.interview(command.interview)
    if unseen(interview) is None:
        raise Refused("no_notice")
    case.add(interview.stream, e.NoticeSeen())


def _hold(case: Case, command: c.Hold) -> None:
    interview = case.standing(command.interview)
    if interview.in_room:
        raise Refused("in_room")
    if interview.held != command.on:
        case.add(interview.stream, e.Held(command.on))
