"""An administrator goes on with what a store that was set back has kept."""

from __future__ import annotations

from tests.waiting_room.day import MINUTE, NINE, Day
from waiting_room import commands as c
from waiting_room.entries import LossAccepted
from waiting_room.evidence import judged

KEPT = NINE - 30 * MINUTE


def day_that_lost() -> Day:
    """The candidate was to be there at nine; what was recorded since half past eight is gone; it is ten past nine."""
    day = Day()
    day.schedule("a", start=NINE)
    day.now = NINE + 40 * MINUTE
    return day


def test_the_decision_is_in_the_journal_with_what_is_gone_and_its_reason_is_private() -> None:
    day = day_that_lost()
    kinds = day.do(c.AcceptLoss(2, KEPT, 9, NINE, {"reason": "x"}), "staff:s")
    assert kinds == ["service_gap", "loss_accepted"]
    assert day.journal[-1].entry == LossAccepted(2, KEPT, 9, NINE)
    assert day.private[len(day.journal)] == {"reason": "x"}


def test_nobody_is_late_by_what_the_store_has_lost() -> None:
    """They may have been there in time, and nobody knows any more."""
    late, excused = day_that_lost(), day_that_lost()
    excused.do(c.AcceptLoss(2, KEPT, 9, NINE), "staff:s")
    for day in (late, excused):
        day.do(c.Consent("a", "s1", "n1"), "candidate:a")
        day.do(c.CheckIn("a", "s1", "personal", day.now, number_matches=True), "candidate:a")
    assert judged(late.event, late.event.interviews["a"], late.now).code == "late"
    assert judged(excused.event, excused.event.interviews["a"], excused.now).code != "late"
