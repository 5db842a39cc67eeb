"""Every verdict, with the rule and the entries that it rests on; cases that other systems got wrong, by name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.waiting_room.day import MINUTE, NINE, Day
from waiting_room import commands as c
from waiting_room import entries as e
from waiting_room.deadlines import deadlines
from waiting_room.evidence import Explanation, judged, why
from waiting_room.policy import SECOND
from waiting_room.punctuality import RULES, Verdict
from waiting_room.viewing.rows import knock

EXAM = {
    "arrive_by": 300, "absent_after": 600, "late_entry": "ask", "contact_stops_absence": True,
    "contact_stops_for": 1200, "hold_back_for": 3600,
}  # fmt: skip
CONSULTATION = {
    "arrive_by": None, "absent_after": 600, "absence": "automatic", "without_contact": "deemed_cancelled",
    "contact_stops_absence": True, "late_entry": "ask", "refuse_after": 600, "max_length": 1800,
}  # fmt: skip
TEN = 10 * MINUTE


def today(policy: dict[str, Any] | None = None, at: int = NINE - 20 * MINUTE) -> Day:
    day = Day(policy=policy or {}, now=at)
    day.schedule("a", "b")
    return day


def judge(day: Day, interview: str = "a") -> Verdict:
    return judged(day.event, day.see(interview), day.now)


def explain(day: Day, interview: str = "a") -> Explanation:
    return why(day.see(interview), day.event)


def rests_on(day: Day, interview: str = "a") -> list[str]:
    """The kinds of the entries that the verdict rests on."""
    kinds = {st.offset: getattr(st.entry, "kind", "") for st in day.journal}
    return [kinds[offset] for offset in judge(day, interview).rests_on]


def overdue(day: Day, interview: str = "a", *held_back: str) -> None:
    day.now = max(day.now, NINE + TEN + 1)
    day.do(c.ProposeAbsence(interview, held_back), "reactor")


# --- who came ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "at", "code", "minutes"),
    [
        (EXAM, NINE - 5 * MINUTE, "on_time", 0),
        (EXAM, NINE - 5 * MINUTE + 1, "after_arrive_by", 0),
        (EXAM, NINE, "after_arrive_by", 0),
        (EXAM, NINE + 1, "late", 1),
        (CONSULTATION, NINE, "on_time", 0),
        (CONSULTATION, NINE + 1, "late", 1),
        (CONSULTATION, NINE + TEN, "late", 10),
    ],
)
def test_arrivals_of_both_presets_to_the_microsecond(policy: dict[str, Any], at: int, code: str, minutes: int) -> None:
    day = today(policy, at)
    day.seat("a")
    found = judge(day)
    assert (found.code, found.minutes, found.rule) == (code, minutes, f"arrival.{code}")
    assert rests_on(day) == ["checked_in"]


def test_an_arrival_that_counts_from_an_attempt_rests_on_both() -> None:
    day = today()
    day.do(c.Consent("a", "s", "1"))
    day.check_in("a", "s", number_matches=False)
    tried_at, day.now = day.now, NINE + 3 * MINUTE
    day.do(c.CheckInByStaff("a", day.now, counts_from=tried_at))
    assert judge(day).code == "on_time"
    assert rests_on(day) == ["check_in_refused", "checked_in"]


def test_an_excuse_rests_on_the_gap() -> None:
    day = today(at=NINE - MINUTE)
    day.seat("a")
    day.do(c.RecordGap(NINE - 6 * MINUTE, NINE - 4 * MINUTE), "reactor")
    assert judge(day).code == "excused"
    assert rests_on(day) == ["checked_in", "service_gap"]


@pytest.mark.parametrize(("after", "kinds"), [(0, ["checked_in"]), (1, ["checked_in", "held"])])
def test_who_comes_late_is_on_hold_until_staff_say(after: int, kinds: list[str]) -> None:
    day = today(CONSULTATION, NINE + TEN + after)
    assert day.seat("a") == kinds
    assert judge(day).code == "late"
    assert knock(day.see("a")) == {"since": day.now // 1000, "handled": False}
    day.do(c.Hold("a", on=False))
    assert not day.see("a").held


@pytest.mark.parametrize(("after", "code"), [(0, "late"), (1, "arrived_refused")])
def test_arrived_but_refused_is_neither_late_nor_absent(after: int, code: str) -> None:
    day = today({"late_entry": "refuse", "refuse_after": 1200}, NINE + 20 * MINUTE + after)
    day.seat("a")
    found = judge(day)
    assert (found.code, found.minutes) == (code, 20 + after)
    if after:
        overdue(day)
        day.do(c.ConfirmAbsence("a"))
        assert judge(day).code == "arrived_refused"
        assert rests_on(day) == ["check_in_refused", "absence_confirmed"]


def test_nobody_is_sent_away_by_a_rule_while_we_were_down() -> None:
    day = today({"late_entry": "refuse"}, NINE + MINUTE)
    day.do(c.RecordGap(NINE - MINUTE, NINE + MINUTE), "reactor")
    assert day.seat("a") == ["checked_in", "held"]


def test_staff_may_let_in_one_who_was_refused_and_count_when_they_came() -> None:
    day = today({"late_entry": "refuse"}, NINE + 1)
    day.seat("a")
    day.now += 5 * MINUTE
    day.do(c.CheckInByStaff("a", day.now, counts_from=NINE + 1))
    assert (judge(day).code, judge(day).minutes) == ("late", 1)
    assert rests_on(day) == ["check_in_refused", "checked_in"]


# --- who did not ---------------------------------------------------------------------------------------------------


def test_an_absence_is_proposed_confirmed_and_withdrawn() -> None:
    day = today(EXAM)
    assert (judge(day).code, judge(day).stage) == ("not_arrived", "")
    overdue(day)
    assert (judge(day).code, judge(day).stage, rests_on(day)) == ("not_arrived", "proposed", ["overdue"])
    day.do(c.ConfirmAbsence("a"))
    assert (judge(day).code, judge(day).stage) == ("absent", "confirmed")
    assert rests_on(day) == ["overdue", "absence_confirmed"]
    day.do(c.WithdrawAbsence("a"))
    assert (judge(day).code, judge(day).stage, rests_on(day)) == ("not_arrived", "withdrawn", ["absence_withdrawn"])


def test_without_contact_a_consultation_is_deemed_cancelled_at_its_microsecond() -> None:
    day = today(CONSULTATION, NINE + TEN)
    assert day.refusal(c.ProposeAbsence("a"), "reactor") == "not_due"
    overdue(day)
    day.do(c.ConfirmAbsence("a"), "reactor")
    found = judge(day)
    assert (found.code, found.rule, found.side) == ("deemed_cancelled", "absence.without_contact", "gateway")


@pytest.mark.parametrize("word", ["staff", "candidate"])
def test_with_contact_it_is_not(word: str) -> None:
    day = today(CONSULTATION)
    day.do(c.RecordContact("a") if word == "staff" else c.GiveNotice("a", "late", 15))
    day.now = NINE + 60 * MINUTE
    assert day.refusal(c.ProposeAbsence("a"), "reactor") == "not_due"
    assert day.refusal(c.ConfirmAbsence("a"), "reactor") == "needs_a_person"
    day.do(c.ConfirmAbsence("a"))
    assert judge(day).code == "absent"
    assert {"contact", "late_notice"} & {one.what for one in explain(day).entries}


def test_a_word_that_was_taken_back_stops_no_absence_and_is_a_word() -> None:
    day = today(CONSULTATION)
    day.do(c.GiveNotice("a", "late", 15))
    day.do(c.WithdrawNotice("a"), "candidate:a")
    assert day.refusal(c.WithdrawNotice("a"), "candidate:a") == "no_notice"
    overdue(day)
    day.do(c.ConfirmAbsence("a"))
    assert judge(day).code == "absent"
    assert {"late_notice", "notice_withdrawn"} <= {one.what for one in explain(day).entries}


def test_that_it_was_read_is_no_word_with_the_candidate() -> None:
    day = today({"contact_stops_absence": True, "contact_stops_for": 600})
    day.do(c.GiveNotice("a", "late", 15))
    day.now = NINE + 9 * MINUTE
    before = deadlines(day.see("a"), day.event.policy)
    day.do(c.SeeNotice("a"))
    assert deadlines(day.see("a"), day.event.policy) == before


@pytest.mark.parametrize(("until", "code"), [(None, "cancel_closed"), (NINE - 1, "cancel_closed"), (NINE, None)])
def test_a_candidate_cancels_up_to_and_including_the_last_moment(until: int | None, code: str | None) -> None:
    day = today(at=NINE)
    assert day.refusal(c.CancelOwn("a", until, number_matches=True), "candidate:a") == code
    assert day.refusal(c.CancelOwn("a", NINE, number_matches=False), "candidate:a") == "number_differs"


def test_checked_in_but_not_there_when_called() -> None:
    day = today(at=NINE)
    day.seat("a")
    day.do(c.ConfirmAbsence("a", "not_there_when_called"))
    assert judge(day).code == "not_there_when_called"
    assert rests_on(day) == ["checked_in", "absence_confirmed"]


TRIES: dict[str, c.Command] = {
    "number": c.CheckIn("a", "s", "personal", 0, number_matches=False, claim="c1"),
    "device": c.ReportDevices("a", "s", "ok", "fail", "ok", "ok"),
    "cannot_connect": c.GiveNotice("a", "cannot_connect"),
    "claim": c.RaiseClaim("c1", "s", "number_unknown", "a"),
}


@pytest.mark.parametrize("what", TRIES)
def test_who_tried_and_failed_is_no_no_show(what: str) -> None:
    day = today({"absence": "automatic"})
    day.do(c.Consent("a", "s", "1"))
    day.do(TRIES[what])
    overdue(day)
    assert (judge(day).code, judge(day).stage) == ("technical_difficulty", "proposed")
    assert day.refusal(c.ConfirmAbsence("a"), "reactor") == "needs_a_person"
    day.do(c.ConfirmAbsence("a"))
    assert (judge(day).code, judge(day).stage) == ("technical_difficulty", "confirmed")
    assert "tried_" + what in {one.what for one in explain(day).entries}


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (NINE - 30 * MINUTE - 1, "not_arrived"),
        (NINE - 30 * MINUTE, "technical_difficulty"),
        (NINE + TEN, "technical_difficulty"),
        (NINE + TEN + 1, "not_arrived"),
    ],
)
def test_a_try_counts_from_the_door_until_the_absence_is_due(at: int, code: str) -> None:
    day = today(at=at)
    day.do(c.GiveNotice("a", "cannot_connect"))
    overdue(day)
    assert judge(day).code == code


def test_a_check_that_went_well_afterwards_is_no_difficulty() -> None:
    day = today()
    day.do(TRIES["device"])
    day.do(c.ReportDevices("a", "s", "ok", "ok", "ok", "ok"))
    overdue(day)
    assert judge(day).code == "not_arrived"


def test_what_a_stranger_tried_is_none_of_the_candidates() -> None:
    day = today()
    day.do(c.Consent("a", "stranger", "1"))
    day.check_in("a", "stranger", number_matches=False)
    day.check_in("a", "stranger", differs=("name",))
    day.do(c.SettleDifference("a", same=False))
    overdue(day)
    assert judge(day).code == "not_arrived"


# --- what was not held ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "because", "code"),
    [
        ("candidate", "", "cancelled"),
        ("staff", "", "cancelled"),
        ("provider", "", "not_held"),
        ("gateway", "", "not_held"),
        ("staff", "interviewers_absent", "interviewers_absent"),
    ],
)
def test_cancelled_says_by_whom_and_not_held_says_why(side: e.Side, because: Any, code: str) -> None:
    day = today()
    day.seat("a")
    day.do(c.CancelInterview("a", side, {"reason": "x"}, because))
    found = judge(day)
    assert (found.code, found.side) == (code, side)
    assert rests_on(day) == ["cancelled"]


def test_a_booking_that_lapsed_is_void_and_no_fault_of_ours() -> None:
    day = today()
    day.event.apply(e.Stamped(day.event.head + 1, "i:a", 2, NINE, "reactor", e.Lapsed()))
    assert (judge(day).code, judge(day).rule) == ("cancelled", "booking.void")


@pytest.mark.parametrize("side", ["candidate", "provider"])
def test_broken_off_keeps_side_and_punctuality_and_leads_to_the_re_sit(side: e.Side) -> None:
    day = today(at=NINE - MINUTE)
    day.seat("a")
    day.enter("a")
    day.do(c.BreakOff("a", side, {"reason": "private"}))
    found = judge(day)
    assert (found.code, found.side, found.arrival) == ("broken_off", side, "after_arrive_by")
    assert "private" not in repr(explain(day))
    again = c.Slot("z", "r1", NINE + 300 * MINUTE, NINE + 320 * MINUTE, resits="a")
    day.do(c.ImportRoster((again,)))
    assert explain(day).resat_by == "z"
    assert explain(day, "z").resits == "a"


def test_only_an_interview_that_is_over_is_re_sat() -> None:
    day = today()
    slot = c.Slot("z", "r1", NINE + 300 * MINUTE, NINE + 320 * MINUTE, resits="a")
    assert day.refusal(c.ImportRoster((slot,))) == "not_over"


# --- what other systems got wrong ----------------------------------------------------------------------------------


def test_a_no_show_is_not_fired_though_the_person_had_joined() -> None:
    day = today({"absence": "automatic"})
    day.seat("a")
    day.now = NINE + 60 * MINUTE
    assert day.refusal(c.ProposeAbsence("a"), "reactor") == "seated"
    assert day.refusal(c.ConfirmAbsence("a"), "reactor") == "seated"
    assert judge(day).code == "on_time"


def test_substitute_interviewers_are_not_counted_as_absent() -> None:
    """Whoever of the staff is there: a verdict is on the candidate, and on interviewers only where nobody came."""
    day = today()
    day.do(c.AdmitStaff("one", "interviewer", ("r1",)), "cli")
    day.do(c.AdmitStaff("substitute", "interviewer", ("r1",)), "cli")
    day.seat("a")
    day.enter("a")
    day.do(c.SeeJoined("a", "staff", "worker", day.now, 1, "staff:substitute"), "reactor")
    day.do(c.Finish("a", now=True), "staff:substitute")
    assert judge(day).code == "on_time"
    day.do(c.CancelInterview("b", "candidate"))
    assert judge(day, "b").code == "cancelled"


def test_host_and_guest_absence_are_different_things() -> None:
    day = today()
    day.seat("a")
    day.do(c.CancelInterview("a", "staff", because="interviewers_absent"))
    day.now = NINE + 31 * MINUTE
    day.do(c.ConfirmAbsence("b"))
    assert (judge(day).code, judge(day, "b").code) == ("interviewers_absent", "absent")


def test_a_rejoin_does_not_overwrite_the_earlier_report() -> None:
    day = today(at=NINE - 6 * MINUTE)
    day.seat("a")
    day.enter("a")
    first = judge(day)
    for _ in range(3):
        day.now += 5 * MINUTE
        day.do(c.SeeLeft("a", "candidate", "worker", day.now, 1), "reactor")
        day.do(c.SeeJoined("a", "candidate", "worker", day.now + SECOND, 1), "reactor")
    assert judge(day) == first
    assert day.see("a").visits[0].joined_at == NINE


def test_provider_events_an_hour_late_and_out_of_order_change_no_verdict() -> None:
    day = today(at=NINE - 6 * MINUTE)
    day.seat("a")
    day.enter("a")
    before = judge(day)
    day.now = NINE + 60 * MINUTE
    day.do(c.SeeLeft("a", "candidate", "provider", NINE + 10 * MINUTE, 1), "reactor")
    day.do(c.SeeJoined("a", "candidate", "provider", NINE + 40 * MINUTE, 1), "reactor")
    day.do(c.SeeJoined("b", "candidate", "provider", NINE - 40 * MINUTE, 1), "reactor")
    assert judge(day) == before
    assert judge(day, "b").code == "not_arrived"


def test_a_takeover_is_not_counted_as_leaving() -> None:
    day = today(at=NINE - 6 * MINUTE)
    day.seat("a", "phone")
    before = judge(day)
    day.now = NINE + 5 * MINUTE
    assert day.check_in("a", "pc") == ["taken_over"]
    assert judge(day) == before


# --- holding back, word, coming after all --------------------------------------------------------------------------


def test_causes_of_ours_hold_back_no_longer_than_the_policy_lets_them() -> None:
    day = today({"absence": "automatic", "hold_back_for": 600})
    overdue(day, "a", "provider_down")
    day.now = NINE + 2 * TEN
    assert day.do(c.ProposeAbsence("a", ("provider_down",)), "reactor") == []
    day.now += 1
    day.do(c.ProposeAbsence("a", ("provider_down",)), "reactor")
    assert day.see("a").held_back == ("provider_down", "bound_passed")
    assert day.refusal(c.ConfirmAbsence("a"), "reactor") == "needs_a_person"
    assert day.do(c.ConfirmAbsence("a")) == ["absence_confirmed"]


@pytest.mark.parametrize(("after", "refused"), [(0, "not_due"), (1, None)])
def test_word_from_the_candidate_moves_the_absence(after: int, refused: str | None) -> None:
    day = today(EXAM, NINE - MINUTE)
    day.do(c.RecordContact("a"))
    day.now = NINE + 19 * MINUTE + after
    assert day.refusal(c.ProposeAbsence("a"), "reactor") == refused


def test_word_after_the_proposal_gives_an_automatic_absence_more_time() -> None:
    day = today(EXAM | {"absence": "automatic"})
    overdue(day)
    day.do(c.RecordContact("a"))
    spoken_at = day.now
    day.now = spoken_at + 20 * MINUTE
    assert day.refusal(c.ConfirmAbsence("a"), "reactor") == "needs_a_person"
    day.now += 1
    assert day.do(c.ConfirmAbsence("a"), "reactor") == ["absence_confirmed"]


def test_word_about_an_earlier_time_says_nothing_of_the_new_one() -> None:
    day = today(CONSULTATION)
    day.do(c.RecordContact("a"))
    day.now += 1
    day.do(c.Reschedule("a", NINE + 60 * MINUTE, NINE + 80 * MINUTE))
    assert deadlines(day.see("a"), day.event.policy).absent_after == NINE + 70 * MINUTE


def given_up(policy: dict[str, Any], actor: str) -> Day:
    """Agreed to the notice, did not come, and was closed as absent."""
    day = today(policy)
    day.do(c.Consent("a", "s", "1"))
    overdue(day)
    day.do(c.ConfirmAbsence("a"), actor)
    day.now += MINUTE
    return day


def test_where_late_entry_is_allowed_coming_takes_back_an_automatic_absence() -> None:
    day = given_up({"absence": "automatic"}, "reactor")
    assert day.check_in("a", "s") == ["absence_withdrawn", "checked_in"]
    assert (day.see("a").phase, judge(day).code, judge(day).minutes) == ("waiting", "late", 12)


def test_what_a_person_decided_stands_until_a_person_takes_it_back() -> None:
    day = given_up({}, "staff:s")
    assert day.refusal(c.CheckIn("a", "s", "personal", day.now, number_matches=True)) == "interview_over"


def test_where_staff_are_asked_they_settle_who_comes_after_all() -> None:
    day = given_up({"late_entry": "ask"}, "staff:s")
    assert day.check_in("a", "s") == ["claim_raised"]
    assert day.see("a").claims[0].code == "after_absence"
    came = day.see("a").claims[0].at
    day.do(c.SettleClaim("claim-a-s", accepted=True, private={"reason": "train"}))
    assert (day.see("a").phase, judge(day).code) == ("waiting", "late")
    assert came == NINE + 11 * MINUTE + 1


def test_where_late_entry_is_refused_that_they_came_is_kept() -> None:
    day = given_up({"late_entry": "refuse"}, "staff:s")
    assert day.check_in("a", "s") == ["check_in_refused"]
    assert (day.see("a").phase, judge(day).code) == ("absent", "arrived_refused")


# --- a change of the rules -----------------------------------------------------------------------------------------


def test_a_change_holds_from_then_on() -> None:
    day = today(at=NINE - 4 * MINUTE)
    day.seat("a", "sa")
    day.do(c.ChangePolicy({"arrive_by": 120}), "cli")
    day.seat("b", "sb")
    assert (judge(day).code, judge(day, "b").code) == ("after_arrive_by", "on_time")
    day.now = NINE
    assert day.do(c.ChangePolicy({"arrive_by": 120}), "cli") == []
    assert explain(day).policy_from == 1


def test_the_record_says_who_agreed_to_which_notice() -> None:
    day = today()
    day.do(c.Consent("a", "s", "1"))
    day.do(c.Consent("a", "s", "2"))
    assert [consent.notice for consent in day.see("a").consents] == ["1", "2"]


def test_every_verdict_names_a_rule_that_is_written_down() -> None:
    day = today()
    found = explain(day)
    assert found.rule == RULES[found.verdict.rule]
    assert [one.what for one in found.entries] == ["policy", "timed"]
    assert {"arrive_by", "absent_after", "time_up"} <= {one.name for one in found.deadlines}
