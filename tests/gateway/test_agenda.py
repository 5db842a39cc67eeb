"""Moments stop while a pause lasts and come later by it; what is proposed waits for them."""

from __future__ import annotations

from gateway.agenda import Agenda, moments
from gateway.plan import held_back, steps
from tests.waiting_room.day import MINUTE, NINE, Day
from waiting_room import commands as c

DUE = NINE + 10 * MINUTE + 1  # the first moment at which an absence may be proposed


def paused(until: int | None) -> Day:
    day = Day(now=NINE - 10 * MINUTE)
    day.schedule("a")
    day.do(c.Pause("r1", on=True))
    if until is not None:
        day.now = until
        day.do(c.Pause("r1", on=False))
    return day


def proposals(day: Day) -> list[int]:
    found = steps(day.event, day.see("a"), day.now, 0)
    return [step.at for step in found if step.what == "propose"]


def test_what_waits_for_a_pause_to_end_has_no_moment_until_it_does() -> None:
    day = paused(None)
    i = day.see("a")
    assert max(moments(i, day.event.policy, day.event.pauses_of(i))) < NINE
    assert proposals(day) == []


def test_moments_come_later_by_the_pause() -> None:
    day = paused(NINE - 4 * MINUTE)
    i = day.see("a")
    assert DUE + 6 * MINUTE in moments(i, day.event.policy, day.event.pauses_of(i))
    assert proposals(day) == [DUE + 6 * MINUTE]


def test_the_end_of_a_pause_puts_the_later_moments_on_the_agenda() -> None:
    day = paused(NINE - 4 * MINUTE)
    agenda = Agenda(lambda: day.now)
    agenda.take(day.event, day.journal[-1:])
    day.now = DUE + 6 * MINUTE
    assert agenda._due(day.now - 1) == ["a"]  # of the deadlines before
    assert agenda._due(day.now) == ["a"]


def test_word_from_the_candidate_takes_the_proposal_off_or_puts_it_later() -> None:
    day = Day(policy={"contact_stops_absence": True, "contact_stops_for": 1200}, now=NINE)
    day.schedule("a")
    day.do(c.RecordContact("a"))
    assert proposals(day) == [NINE + 20 * MINUTE + 1]
    day.do(c.ChangePolicy({"contact_stops_absence": True}), "cli")
    assert proposals(day) == []


def test_causes_of_ours_are_bounded_by_the_policy() -> None:
    day = Day(policy={"hold_back_for": 600}, now=NINE)
    day.schedule("a")
    i = day.see("a")
    assert DUE + 10 * MINUTE in moments(i, day.event.policy)
    last = NINE + 20 * MINUTE
    assert held_back(day.event, i, last, panel_here=False) == ("interviewers_absent",)
    assert held_back(day.event, i, last + 1, panel_here=False) == ("interviewers_absent", "bound_passed")
    assert held_back(day.event, i, last + 1, panel_here=True) == ()
