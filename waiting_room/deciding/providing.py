"""Who carries the video: chosen, switched, failed over; what providers say, and what staff have to see to."""

from __future__ import annotations

from typing import Literal, assert_never

from waiting_room import commands as c
from waiting_room import entries as e
from waiting_room.deciding.case import Case
from waiting_room.entries import EVENT
from waiting_room.errors import Refused
from waiting_room.failover import Proposal, in_rooms, proposals

Providing = (
    c.SwitchProvider | c.MoveSession | c.ReportProvider | c.AcceptFailover | c.DeclineFailover | c.ConfirmCheck
    | c.RegisterLinks | c.ObserveSession | c.RaiseAlarm | c.SettleAlarm
)  # fmt: skip
Because = Literal["chosen", "failover", "back"]


def decide(case: Case, command: Providing) -> None:  # noqa: C901 - a line a command
    if not case.event.created:
        raise Refused("no_such_event")
    match command:
        case c.SwitchProvider():
            _switch_provider(case, command)
        case c.MoveSession():
            _move_session(case, command)
        case c.ReportProvider():
            _report_provider(case, command)
        case c.AcceptFailover():
            _accept_failover(case, command)
        case c.DeclineFailover():
            _decline_failover(case, command)
        case c.ConfirmCheck():
            case.reads(EVENT)
            case.add(EVENT, e.CheckConfirmed(command.provider, command.check), command.private)
        case c.RegisterLinks():
            _register_links(case, command)
        case c.ObserveSession():
            _observe_session(case, command)
        case c.RaiseAlarm():
            _raise_alarm(case, command)
        case c.SettleAlarm():
            _settle_alarm(case, command)
        case _:
            assert_never(command)


# --- switching ---------------------------------------------------------------------------------------------------


def _switch_provider(case: Case, command: c.SwitchProvider) -> None:
    case.reads(EVENT)
    scope = command.scope
    _must_be_scope(case, scope)
    if not command.provider and scope == EVENT:
        raise Refused("bad_target")
    before = case.event.provider_for(scope)
    if command.expects is not None and command.expects != before:
        raise Refused("changed_meanwhile", provider=before)
    now = case.event.providers.get(scope)
    wanted = (command.provider, command.open_sessions)
    if (now.provider, now.open_sessions) != wanted if now is not None else bool(command.provider):
        entry = e.ProviderSwitched(command.provider, scope, command.open_sessions, before=before)
        case.add(EVENT, entry, command.private)
    if command.with_narrower:
        for inner in narrower(case, scope):
            case.add(EVENT, e.ProviderSwitched("", inner, before=case.event.provider_for(inner)))


def _must_be_scope(case: Case, scope: str) -> None:
    if scope.startswith("r:"):
        case.room(scope.removeprefix("r:"))
    elif scope.startswith("i:"):
        case.interview(scope.removeprefix("i:"))
    elif scope != EVENT:
        raise Refused("bad_target")


def narrower(case: Case, scope: str) -> tuple[str, ...]:
    """Scopes inside this one that have a choice of their own."""
    chosen = [other for other in case.event.providers if other not in (EVENT, scope)]
    if scope == EVENT:
        return tuple(chosen)
    room = scope.removeprefix("r:") if scope.startswith("r:") else None
    inside = (other for other in chosen if other.startswith("i:"))
    return tuple(other for other in inside if _room_of(case, other) == room and room is not None)


def _room_of(case: Case, scope: str) -> str | None:
    found = case.event.interviews.get(scope.removeprefix("i:"))
    return found.room if found is not None else None


def _move_session(case: Case, command: c.MoveSession) -> None:
    """By a choice of its own for this interview, which is the narrowest there is."""
    interview = case.standing(command.interview)
    case.reads(EVENT)
    current, provider = interview.current, case.event.provider_for(interview.stream)
    if current is None or not interview.admitted:
        raise Refused("not_in_session", phase=interview.phase)
    if current.provider == provider:
        raise Refused("nothing_to_move")
    case.add(EVENT, e.ProviderSwitched(provider, interview.stream, "move", before=current.provider))


# --- when one fails ----------------------------------------------------------------------------------------------


def _report_provider(case: Case, command: c.ReportProvider) -> None:
    case.reads(EVENT)
    down = command.provider in case.event.down
    if command.code and not down:
        case.add(EVENT, e.ProviderDown(command.provider, command.code))
    elif not command.code and down:
        case.add(EVENT, e.ProviderUp(command.provider))


def _accept_failover(case: Case, command: c.AcceptFailover) -> None:
    case.reads(EVENT)
    proposal = _proposed(case, command)
    scopes = proposal.scopes if command.rooms is None else in_rooms(case.event, proposal, command.rooms)
    if not scopes:
        raise Refused("nothing_proposed")
    because: Because = "failover" if proposal.kind == "failover" else "back"
    for scope in scopes:
        entry = e.ProviderSwitched(proposal.to, scope, command.open_sessions, because, proposal.provider)
        case.add(EVENT, entry)


def _proposed(case: Case, command: c.AcceptFailover) -> Proposal:
    for proposal in proposals(case.event, command.order):
        if (proposal.provider, proposal.to) == (command.provider, command.to) and proposal.to:
            return proposal
    raise Refused("nothing_proposed")


def _decline_failover(case: Case, command: c.DeclineFailover) -> None:
    case.reads(EVENT)
    down = case.event.down.get(command.provider)
    if down is None:
        raise Refused("nothing_proposed")
    if not down.declined:
        case.add(EVENT, e.FailoverDeclined(command.provider))


# --- links that were issued beforehand ---------------------------------------------------------------------------


def _register_links(case: Case, command: c.RegisterLinks) -> None:
    """Also where the same was registered before: the links themselves may be others."""
    for name in command.interviews:
        interview = case.standing(name)
        case.add(interview.stream, e.LinkRegistered(command.provider, command.mailed))
    for name in command.again:
        interview = case.standing(name)
        mailed = dict(interview.links).get(command.provider)
        if mailed is not None:
            case.add(interview.stream, e.LinkRegistered(command.provider, mailed))


# --- what is said of a session -----------------------------------------------------------------------------------


def _observe_session(case: Case, command: c.ObserveSession) -> None:
    interview = case.interview(command.interview)
    seen = e.SessionObserved(command.provider, command.generation, command.what, command.seen_at, command.code)
    case.add(interview.stream, seen)


def _raise_alarm(case: Case, command: c.RaiseAlarm) -> None:
    interview = case.interview(command.interview)
    wanted = (command.code, command.provider, command.detail)
    if wanted not in {(alarm.code, alarm.provider, alarm.detail) for alarm in interview.alarms}:
        alarm = e.AlarmRaised(command.provider, command.generation, command.code, command.detail)
        case.add(interview.stream, alarm)


def _settle_alarm(case: Case, command: c.SettleAlarm) -> None:
    interview = case.interview(command.interview)
    if all(alarm.code != command.code for alarm in interview.alarms):
        raise Refused("no_such_alarm")
    case.add(interview.stream, e.AlarmSettled(command.code), command.private)
