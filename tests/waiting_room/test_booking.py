"""A booking: confirmed by a reply, void without it, held back where the cause may be ours, taken back by a person."""

from __future__ import annotations

from typing import Any

import pytest

from tests.waiting_room.day import MINUTE, NINE, Day
from waiting_room import commands as c
from waiting_room.booking import Dates, held_back, lapses, standing
from waiting_room.evidence import judged

DAY = 24 * 60 * MINUTE
BY = NINE + DAY
START = NINE + 3 * DAY


def a_day(confirmation: str = "reply", *, mailed: bool = True, now: int = NINE) -> Day:
    day = Day(policy={"booking": {"confirmation": confirmation}}, now=now)
    day.schedule("a", start=START)
    if mailed:
        day.do(c.QueueMail("m1", "a", "invitation", by_office=True))
    return day


def stands(day: Day, by: int | None = BY) -> str:
    return standing(day.see("a"), day.event.policy, by, day.now)


def lapse(day: Day) -> Any:
    return day.refusal(c.LapseBooking("a", BY), "reactor")


def test_a_reply_in_time_confirms_and_is_kept_once() -> None:
    day = a_day()
    assert stands(day) == "asked"
    assert day.do(c.ConfirmBooking("a"), "candidate:a") == ["confirmed"]
    assert day.refusal(c.ConfirmBooking("a"), "candidate:a") == "nothing_to_confirm"
    day.now = BY + 1
    assert (stands(day), lapse(day)) == ("confirmed", "not_due")
    confirmed = day.see("a").confirmed
    assert confirmed is not None
    assert (confirmed.at, confirmed.by) == (NINE, "candidate:a")


def test_without_one_it_is_void_from_the_microsecond_after_the_cut_off() -> None:
    day = a_day()
    day.now = BY
    assert (stands(day), lapse(day)) == ("asked", "not_due")
    day.now = BY + 1
    assert stands(day) == "overdue"
    assert lapses(day.event, day.see("a"), BY, day.now)
    assert day.do(c.LapseBooking("a", BY), "reactor") == ["lapsed"]
    assert day.see("a").phase == "cancelled"
    found = judged(day.event, day.see("a"), day.now)
    assert (found.code, found.rule) == ("cancelled", "booking.void")


def test_a_person_takes_a_void_booking_back_and_it_stays_so() -> None:
    day = a_day()
    day.now = BY + 1
    day.do(c.LapseBooking("a", BY), "reactor")
    day.do(c.Reopen("a", {"reason": "telephoned"}))
    assert (day.see("a").phase, stands(day), lapse(day)) == ("expected", "confirmed", "not_due")


def test_reopening_what_was_cancelled_otherwise_confirms_nothing() -> None:
    day = a_day()
    day.do(c.CancelInterview("a", "candidate"))
    day.do(c.Reopen("a"))
    assert stands(day) == "asked"


@pytest.mark.parametrize(("mailed", "gap", "cause"), [(False, None, "not_invited"), (True, -10, "service_gap")])
def test_where_the_cause_may_be_ours_nothing_becomes_void(mailed: bool, gap: int | None, cause: str) -> None:
    day = a_day(mailed=mailed)
    if gap is not None:
        day.now = BY + gap * MINUTE + MINUTE
        day.do(c.RecordGap(BY + gap * MINUTE, day.now), "gateway")
    day.now = BY + 1
    assert held_back(day.event, day.see("a"), BY) == (cause,)
    assert (stands(day), lapse(day)) == ("overdue", "needs_a_person")
    assert day.do(c.ConfirmBooking("a", {"note": "by telephone"})) == ["confirmed"]


def test_mail_that_came_back_holds_it_back_until_the_link_was_opened() -> None:
    day = a_day(mailed=False)
    day.do(c.QueueMail("m1", "a", "invitation"))
    day.do(c.ReportBounce("a", "m1", "5.1.1"))
    day.now = BY + 1
    assert held_back(day.event, day.see("a"), BY) == ("invite_undelivered",)
    day.do(c.OpenLink("a", "sid", "personal"), "candidate:a")
    assert held_back(day.event, day.see("a"), BY) == ()


def test_an_outage_long_before_the_cut_off_holds_nothing_back() -> None:
    day = a_day()
    day.do(c.RecordGap(NINE, NINE + MINUTE), "gateway")
    assert held_back(day.event, day.see("a"), BY) == ()


def test_what_was_fixed_after_the_cut_off_needs_no_reply() -> None:
    """As at the end of a consultation, when the next one is agreed upon."""
    day = a_day(now=BY)
    assert stands(day) == "none"
    day.now = BY + 1
    assert lapse(day) == "not_due"


def test_whoever_came_has_confirmed_by_coming() -> None:
    day = a_day()
    day.now = START - MINUTE
    day.seat("a")
    assert (stands(day), lapse(day)) == ("confirmed", "not_due")


def test_on_sending_our_own_mail_confirms() -> None:
    day = a_day("on_sending", mailed=False)
    assert stands(day, None) == "asked"
    assert day.refusal(c.ConfirmBooking("a"), "candidate:a") == "nothing_to_confirm"
    day.do(c.QueueMail("m1", "a", "invitation", by_office=True))
    assert stands(day, None) == "confirmed"


def test_without_such_a_rule_nothing_is_asked() -> None:
    day = a_day("none")
    assert (stands(day), Dates().reply_by) == ("none", None)
    assert day.refusal(c.ConfirmBooking("a")) == "nothing_to_confirm"


@pytest.mark.parametrize(("after", "late"), [(0, False), (1, True)])
def test_a_missing_link_is_reported_at_any_time_and_marked_after_its_day(after: int, late: bool) -> None:
    day = a_day()
    day.now = BY + after
    assert day.do(c.ReportInvite("a", BY, {"note": "x"})) == ["invite_reported"]
    reported = day.see("a").reported
    assert reported is not None
    assert reported.late is late
