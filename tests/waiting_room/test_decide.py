"""What may happen next: one test per rule that people rely on, named by its invariant where it has one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.waiting_room.day import MINUTE, NINE, PROVIDER, Day, Moved
from waiting_room import commands as c
from waiting_room import deciding
from waiting_room.deciding.arrival import MAX_REFUSALS
from waiting_room.errors import REFUSALS
from waiting_room.interview import MAX_OPENED
from waiting_room.policy import SECOND


@pytest.fixture
def day() -> Day:
    made = Day(now=NINE - 10 * MINUTE)
    made.schedule("a", "b", companions=1)
    return made


# --- one winner ----------------------------------------------------------------------------------------------------


def test_invariant_2_two_consoles_admit_two_and_one_is_in(day: Day) -> None:
    day.seat("a", "sa")
    day.seat("b", "sb")
    day.now = NINE + 30 * MINUTE
    first, second = day.decide(c.Admit("a")), day.decide(c.Admit("b"))
    day.append(first)
    with pytest.raises(Moved, match="r:r1"):
        day.append(second)
    assert day.refusal(c.Admit("b")) == "room_occupied"


def test_invariant_2_two_consoles_admit_the_same_and_it_is_admitted_once(day: Day) -> None:
    day.seat("a")
    day.open_session("a")
    day.now = NINE
    first, second = day.decide(c.Admit("a")), day.decide(c.Admit("a"))
    assert day.append(first) == ["room_ready", "called", "room_taken", "admitted"]
    with pytest.raises(Moved):
        day.append(second)
    assert day.refusal(c.Admit("a")) == "not_waiting"


def test_invariant_2_observations_are_facts_and_have_no_guards(day: Day) -> None:
    assert day.decide(c.OpenLink("a", "s", "personal")).guards == {}
    assert day.decide(c.SeeJoined("a", "candidate", "worker", 0, 7)).guards == {}
    assert day.decide(c.Hold("a", on=True)).guards == {"i:a": 1}


# --- the seat --------------------------------------------------------------------------------------------------------


def test_invariant_3_another_device_takes_the_seat_and_the_arrival_stays(day: Day) -> None:
    day.seat("a", "phone")
    before = day.see("a")
    day.now += MINUTE
    assert day.check_in("a", "pc") == ["taken_over"]
    after = day.see("a")
    assert (after.holder, after.device_epoch, after.arrival) == ("pc", before.device_epoch + 1, before.arrival)
    assert day.do(c.TakeOver("a", "phone")) == ["taken_over"]
    assert day.refusal(c.TakeOver("a", "never")) == "not_seated_before"


def test_invariant_3_checking_in_again_from_the_same_page_changes_nothing(day: Day) -> None:
    day.seat("a")
    assert day.check_in("a") == []


def test_a_shared_link_never_takes_a_taken_seat(day: Day) -> None:
    day.seat("a", "phone")
    before = day.see("a")
    assert day.check_in("a", "other", via="shared") == ["claim_raised"]
    after = day.see("a")
    assert (after.holder, after.device_epoch, after.phase) == (before.holder, before.device_epoch, before.phase)
    assert after.claims[0].code == "seat_taken"


def test_a_name_that_differs_never_takes_a_taken_seat(day: Day) -> None:
    day.seat("a", "phone")
    assert day.check_in("a", "other", differs=("name",)) == ["claim_raised"]
    assert day.see("a").holder == "phone"


def test_a_seat_that_staff_took_by_telephone_is_joined_from_any_link(day: Day) -> None:
    day.do(c.CheckInByStaff("a", day.now))
    assert day.seat("a", "phone", via="shared") == ["taken_over"]


def test_a_differing_name_takes_the_seat_and_waits_for_a_person(day: Day) -> None:
    assert day.seat("a", differs=("name",)) == ["checked_in"]
    day.now = NINE
    assert day.refusal(c.Admit("a")) == "difference_open"
    day.do(c.SettleDifference("a", same=True))
    assert day.refusal(c.Admit("a")) is None


def test_not_this_person_frees_the_seat_fences_the_page_and_keeps_the_attempt(day: Day) -> None:
    day.seat("a", "stranger", differs=("name",))
    epoch = day.see("a").device_epoch
    day.do(c.SettleDifference("a", same=False))
    freed = day.see("a")
    assert (freed.phase, freed.holder, freed.arrival, freed.consent) == ("expected", None, None, None)
    assert freed.device_epoch == epoch + 1
    assert [attempt.sid for attempt in freed.attempts] == ["stranger"]
    assert day.refusal(c.TakeOver("a", "stranger")) == "not_seated_before"
    assert day.seat("a", "stranger", differs=("name",))[-1] == "claim_raised"
    assert day.seat("a", "real") == ["checked_in"]


def test_wrong_numbers_are_evidence_and_the_third_calls_a_person(day: Day) -> None:
    day.do(c.Consent("a", "s", "1"))
    kinds = [day.check_in("a", "s", number_matches=False) for _ in range(4)]
    refused = ["check_in_refused"]
    assert kinds == [refused, refused, [*refused, "claim_raised"], refused]


def test_invariant_12_wrong_numbers_without_end_fill_no_journal_and_lock_no_seat(day: Day) -> None:
    day.do(c.Consent("a", "s", "1"))
    for n in range(MAX_REFUSALS):
        day.check_in("a", f"s{n}", number_matches=False)
    wrong = c.CheckIn("a", "x", "personal", day.now, number_matches=False)
    assert day.refusal(wrong) == "number_differs"
    assert day.check_in("a", "real") == ["checked_in"]


def test_invariant_7_opening_a_link_moves_nothing_and_is_kept_once(day: Day) -> None:
    for n in range(MAX_OPENED + 10):
        day.do(c.OpenLink("a", f"s{n}", "personal"))
        assert day.do(c.OpenLink("a", f"s{n}", "personal")) == []
    assert (day.see("a").phase, len(day.see("a").opened)) == ("expected", MAX_OPENED)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"name_empty": True}, "name_empty"), ({"sid": "s2"}, None)],
)
def test_check_in_asks_for_a_name(day: Day, change: dict[str, object], code: str | None) -> None:
    day.do(c.Consent("a", "s", "1"))
    fields: dict[str, object] = {"sid": "s", "via": "personal", "received_at": day.now, "number_matches": True}
    command = c.CheckIn("a", **{**fields, **change})  # type: ignore[arg-type] # the table mixes fields
    assert day.refusal(command) == code


def test_check_in_asks_for_consent_first(day: Day) -> None:
    assert day.refusal(c.CheckIn("a", "s", "personal", day.now, number_matches=True)) == "consent_needed"


def test_a_claim_on_a_room_gets_the_seat_that_staff_name_from_its_first_attempt(day: Day) -> None:
    raised = day.now
    day.do(c.RaiseClaim("c1", "s", "number_unknown", room="r1"))
    day.now = NINE + MINUTE
    assert day.refusal(c.SettleClaim("c1", accepted=True)) == "interview_needed"
    assert day.do(c.SettleClaim("c1", True, "a", count_from_first=True)) == ["claim_settled", "checked_in"]
    arrival = day.see("a").arrival
    assert arrival is not None
    assert (arrival.sid, arrival.at, arrival.counts) == ("s", day.now, raised)
    assert day.event.seats["s"] == "a"
    assert day.refusal(c.SettleClaim("c1", accepted=True)) == "no_such_claim"


# --- admission -------------------------------------------------------------------------------------------------------


def test_invariant_4_the_room_is_reached_only_when_the_candidates_side_has_arrived(day: Day) -> None:
    day.seat("a")
    day.now = NINE
    day.do(c.Admit("a"))
    assert day.refusal(c.PressJoin("a", "sid")) == "not_admitted"
    day.open_session("a")
    assert (day.see("a").phase, day.see("a").admitted) == ("admitting", True)
    day.do(c.SeeJoined("a", "candidate", "provider", day.now, 1))
    assert day.see("a").phase == "admitting"
    day.arrive("a")
    assert day.see("a").phase == "in_session"


def test_invariant_4_who_does_not_arrive_is_back_on_the_same_seat(day: Day) -> None:
    day.seat("a")
    before = day.see("a").arrival
    day.open_session("a")
    day.now = NINE
    day.do(c.Admit("a"))
    day.now += 45 * SECOND - 1
    assert day.refusal(c.LapseAdmission("a", 1), "reactor") == "not_due"
    day.now += 1
    assert day.do(c.LapseAdmission("a", 1), "reactor") == ["admission_lapsed", "room_freed"]
    after = day.see("a")
    assert (after.phase, after.lapse, after.arrival) == ("waiting", "no_arrival", before)
    assert day.event.rooms["r1"].taken_by is None
    assert day.do(c.Admit("a"))[0] == "called"
    assert day.see("a").admission == 2


def test_invariant_4_pressing_join_is_the_acknowledgement_and_nothing_lapses_after_it(day: Day) -> None:
    day.seat("a")
    day.open_session("a")
    day.now = NINE
    day.do(c.Admit("a"))
    assert day.refusal(c.PressJoin("a", "other")) == "not_holder"
    assert day.do(c.PressJoin("a", "sid")) == ["handed_over"]
    assert day.do(c.PressJoin("a", "sid")) == []
    day.now += 60 * MINUTE
    assert day.refusal(c.LapseAdmission("a", 1), "reactor") == "not_admitting"


def test_a_failed_session_lapses_at_once(day: Day) -> None:
    day.seat("a")
    day.now = NINE
    day.do(c.Admit("a"))
    day.do(c.OpenSession("a", "k", PROVIDER), "reactor")
    lapse = c.LapseAdmission("a", 1, "provider_failed")
    assert day.refusal(lapse, "reactor") == "not_due"
    day.do(c.SessionFell("a", PROVIDER, 1, "quota", retry=False), "reactor")
    assert day.do(lapse, "reactor") == ["admission_lapsed", "room_freed"]


def test_an_arrival_of_an_older_admission_is_kept_and_moves_nothing(day: Day) -> None:
    day.seat("a")
    day.enter("a")
    day.do(c.SendBack("a"))
    day.do(c.Admit("a"))
    day.do(c.SeeJoined("a", "candidate", "worker", day.now, 1), "reactor")
    assert day.see("a").phase == "admitting"


def test_before_the_scheduled_time_the_candidate_is_asked_and_may_decline(day: Day) -> None:
    day.seat("a")
    assert day.do(c.Admit("a")) == ["room_ready", "early_asked"]
    assert day.refusal(c.Admit("a")) == "already_asked"
    assert day.refusal(c.AnswerEarly("a", "other", accepted=True)) == "not_holder"
    before = day.see("a")
    assert day.do(c.AnswerEarly("a", "sid", accepted=False)) == ["early_answered"]
    after = day.see("a")
    assert (after.phase, after.arrival, after.held) == (before.phase, before.arrival, before.held)
    assert day.event.waiting("r1") == [after]
    day.now = NINE
    assert day.do(c.Admit("a")) == ["called", "room_taken"]


def test_agreeing_to_come_early_is_a_call_when_the_room_is_free_and_remembered_when_not(day: Day) -> None:
    day.seat("a")
    day.do(c.Admit("a"))
    assert day.do(c.AnswerEarly("a", "sid", accepted=True)) == ["early_answered", "called", "room_taken"]
    day.do(c.SendBack("a"))
    day.do(c.Admit("a"))
    day.do(c.SetReady("r1", ready=False))
    assert day.do(c.AnswerEarly("a", "sid", accepted=True)) == ["early_answered"]
    assert day.do(c.Admit("a")) == ["room_ready", "called", "room_taken"]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (c.Hold("a", on=True), "on_hold"),
        (c.Pause("r1", on=True), "room_paused"),
        (c.Pause(None, on=True), "room_paused"),
    ],
)
def test_nobody_is_let_in_on_hold_or_while_paused(day: Day, command: c.Command, code: str) -> None:
    day.seat("a")
    day.now = NINE
    day.do(command)
    assert day.refusal(c.Admit("a")) == code


# --- ends ------------------------------------------------------------------------------------------------------------


def test_finishing_can_be_taken_back_for_ten_seconds(day: Day) -> None:
    day.seat("a")
    day.enter("a")
    assert day.do(c.Finish("a")) == ["finish_begun"]
    assert day.do(c.UndoFinish("a")) == ["finish_undone"]
    day.do(c.Finish("a"))
    day.now += 10 * SECOND - 1
    assert day.refusal(c.Finish("a"), "reactor") == "not_due"
    day.now += 1
    assert day.do(c.Finish("a"), "reactor") == ["finished", "room_freed"]
    assert day.refusal(c.UndoFinish("a")) == "interview_over"


def test_letting_the_next_one_in_finishes_the_one_who_is_going(day: Day) -> None:
    day.seat("a", "sa")
    day.enter("a")
    day.now = NINE + 20 * MINUTE
    day.seat("b", "sb")
    assert day.refusal(c.Admit("b")) == "room_occupied"
    day.do(c.Finish("a"))
    assert day.do(c.Admit("b")) == ["finished", "room_freed", "called", "room_taken"]
    assert day.event.rooms["r1"].taken_by == "b"


def test_invariant_6_a_no_show_is_a_persons_decision_and_can_be_withdrawn(day: Day) -> None:
    assert day.refusal(c.ConfirmAbsence("a")) == "not_due"
    day.now = NINE + 11 * MINUTE
    day.do(c.ProposeAbsence("a"), "reactor")
    assert day.see("a").phase == "expected"
    assert day.refusal(c.ConfirmAbsence("a"), "reactor") == "needs_a_person"
    day.do(c.ConfirmAbsence("a"))
    assert day.refusal(c.CheckIn("a", "s", "personal", day.now, number_matches=True)) == "interview_over"
    day.do(c.WithdrawAbsence("a"))
    assert day.see("a").phase == "expected"


def test_invariant_6_an_automatic_no_show_is_held_back_while_the_cause_may_be_ours() -> None:
    day = Day(policy={"absent_automatic": True})
    day.schedule("a")
    day.now = NINE + 11 * MINUTE
    day.do(c.ProposeAbsence("a", ("provider_down",)), "reactor")
    assert day.refusal(c.ConfirmAbsence("a"), "reactor") == "needs_a_person"
    day.do(c.ProposeAbsence("a"), "reactor")
    assert day.do(c.ConfirmAbsence("a"), "reactor") == ["absence_confirmed"]


def test_one_who_is_seated_is_absent_only_when_not_there_when_called(day: Day) -> None:
    day.seat("a")
    day.open_session("a")
    day.now = NINE
    assert day.refusal(c.ConfirmAbsence("a")) == "seated"
    day.do(c.Admit("a"))
    day.now += MINUTE
    day.do(c.LapseAdmission("a", 1), "reactor")
    assert day.do(c.ConfirmAbsence("a")) == ["absence_confirmed"]


@pytest.mark.parametrize("end", ["finish", "break", "cancel"])
def test_an_end_by_mistake_leads_back_to_the_seat(day: Day, end: str) -> None:
    day.seat("a")
    arrival = day.see("a").arrival
    if end == "cancel":
        day.do(c.CancelInterview("a", "staff"))
    else:
        day.enter("a")
        day.do(c.Finish("a", now=True) if end == "finish" else c.BreakOff("a", "staff"))
    assert day.event.rooms["r1"].taken_by is None
    day.do(c.Reopen("a"))
    assert (day.see("a").phase, day.see("a").arrival) == ("waiting", arrival)
    day.now = NINE
    assert day.do(c.Admit("a"))[-1] in ("admitted", "room_taken")


# --- sessions and the hall -------------------------------------------------------------------------------------------


def test_invariant_8_a_switch_of_provider_keeps_the_seat_and_raises_the_generation(day: Day) -> None:
    day.seat("a")
    day.open_session("a")
    assert day.refusal(c.OpenSession("a", "again", PROVIDER), "reactor") == "session_exists"
    before = day.see("a")
    day.do(c.SwitchProvider("other", "r:r1"))
    assert (day.event.provider_for("i:a"), day.event.provider_for()) == ("other", PROVIDER)
    day.do(c.OpenSession("a", "k2", "other"), "reactor")
    after = day.see("a")
    assert after.session is not None
    assert (after.session.generation, after.phase, after.arrival) == (2, before.phase, before.arrival)
    assert [old.generation for old in after.superseded] == [1]
    day.do(c.CloseSession("a", PROVIDER, 1), "reactor")
    assert day.see("a").superseded == ()


def test_invariant_11_an_import_is_all_or_nothing(day: Day) -> None:
    fresh, known = c.Slot("n", "r1", NINE, NINE + MINUTE), c.Slot("a", "r1", NINE, NINE + MINUTE)
    assert day.refusal(c.ImportRoster((fresh, known))) == "already_scheduled"
    assert day.refusal(c.ImportRoster((fresh, fresh))) == "already_scheduled"
    assert day.refusal(c.ImportRoster((c.Slot("n", "nowhere", 1, 2),))) == "no_such_room"
    assert day.refusal(c.ImportRoster((c.Slot("n", "r1", 2, 2),))) == "bad_times"
    assert "n" not in day.event.interviews


def test_a_seal_says_where_it_stands(day: Day) -> None:
    head = day.event.head
    assert day.refusal(c.Seal(head - 1, "x", "k", "s")) == "moved_on"
    day.do(c.Seal(head, "x", "k", "s"), "reactor")
    assert day.refusal(c.Seal(head + 1, "x", "k", "s"), "reactor") == "nothing_to_seal"


def test_a_new_invite_has_the_next_number(day: Day) -> None:
    assert day.see("a").issue() == 1
    day.do(c.IssueInvite("a"))
    day.do(c.IssueInvite("a", "companion.1"))
    assert (day.see("a").issue(), day.see("a").issue("companion.1")) == (2, 2)
    assert day.refusal(c.IssueInvite("a", "companion.2")) == "no_such_person"


def test_every_refusal_in_the_code_is_documented_and_every_documented_one_is_used() -> None:
    package = Path(str(deciding.__file__)).parent
    used: set[str] = set()
    for source in (*package.glob("*.py"), package.parent / "decide.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
                code = node.args[0]
                assert isinstance(code, ast.Constant)
                used.add(str(code.value))
    assert used == set(REFUSALS) - {"journal_lost"}  # the gateway's: there is nothing to decide from then
