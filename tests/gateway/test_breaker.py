"""When a provider counts as down, and when it is up again: no clock but the argument."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.breaker import FLAPPING, LONGEST, STEADY, STREAK, WINDOW, Breaker, Fall, means_down
from providers.base import AskAPerson, GiveUp, ProviderError, Retry
from waiting_room.policy import SECOND


def fallen(at: int = 0, code: str = "timeout") -> Breaker:
    """Down at this moment, by opening."""
    breaker = Breaker()
    for _ in range(STREAK):
        breaker.failed("open", code, at)
    assert breaker.fall == Fall(at, code)
    return breaker


@pytest.mark.parametrize(
    ("error", "down"),
    [
        (Retry("timeout"), True),
        (Retry("unreachable"), True),
        (Retry("unavailable"), True),
        (Retry("too_many_requests"), False),
        (AskAPerson("credentials_refused"), True),
        (AskAPerson("daily_cap"), True),
        (AskAPerson("no_free_host"), False),
        (AskAPerson("no_url"), False),
        (GiveUp("no_such_meeting"), False),
    ],
)
def test_which_failures_speak_of_the_provider(error: ProviderError, down: bool) -> None:
    assert means_down(error) is down


def test_one_or_two_failures_are_bad_luck() -> None:
    breaker = Breaker()
    told = [breaker.failed("open", "timeout", at * SECOND) for at in range(STREAK)]
    assert told == [False] * (STREAK - 1) + [True]
    assert breaker.failed("open", "timeout", 10 * SECOND) is False  # said once


def test_an_answer_in_between_begins_anew() -> None:
    breaker = Breaker()
    for at in range(10):
        breaker.failed("open", "timeout", 2 * at)
        breaker.answered("open", 2 * at + 1)
    assert breaker.fall is None


def test_failures_far_apart_are_no_outage() -> None:
    breaker = Breaker()
    assert not any(breaker.failed("open", "timeout", at * WINDOW) for at in range(10))


def test_other_requests_that_are_answered_hide_nothing() -> None:
    """A quota that is used up is found out although meetings that stand are served."""
    breaker = Breaker()
    told = []
    for at in range(STREAK):
        told.append(breaker.failed("open", "daily_cap", at))
        breaker.answered("ticket", at)
    assert told[-1]


def test_it_is_up_when_it_has_answered_well_for_a_while() -> None:
    breaker = fallen()
    assert breaker.ends_at(SECOND) is None
    assert not breaker.answered("open", SECOND)
    assert not breaker.settled(SECOND + STEADY - 1)
    assert breaker.settled(SECOND + STEADY)
    assert breaker.fall is None


def test_a_failure_meanwhile_starts_the_while_anew() -> None:
    breaker = fallen()
    breaker.answered("open", SECOND)
    breaker.failed("open", "timeout", 20 * SECOND)
    breaker.answered("open", 25 * SECOND)
    assert not breaker.settled(SECOND + STEADY)
    assert breaker.settled(25 * SECOND + STEADY)


def test_what_nobody_asks_any_more_does_not_stand_in_the_way_for_ever() -> None:
    """Everybody has moved away: a list that is answered is all that is heard."""
    breaker = fallen()
    breaker.answered("sweep", SECOND)
    assert not breaker.settled(WINDOW)
    assert breaker.settled(WINDOW + STEADY)


def test_a_quota_is_there_again_when_a_session_was_opened_and_not_before() -> None:
    breaker = fallen(code="daily_cap")
    breaker.answered("sweep", SECOND)
    assert not breaker.settled(10 * WINDOW)
    breaker.answered("open", 10 * WINDOW)
    assert breaker.settled(10 * WINDOW + STEADY)


def test_flapping_is_damped_and_forgotten() -> None:
    breaker, at, waits = Breaker(), 0, []
    for _ in range(4):
        for _ in range(STREAK):
            breaker.failed("open", "timeout", at)
        breaker.answered("open", at)
        waits.append((breaker.ends_at(at) or 0) - at)
        at += waits[-1]
        assert breaker.settled(at)
    assert waits == [STEADY, 2 * STEADY, 4 * STEADY, 8 * STEADY]
    at += 2 * FLAPPING
    for _ in range(STREAK):
        breaker.failed("open", "timeout", at)
    assert breaker.damping(at) == STEADY


@given(st.integers(min_value=1, max_value=100))
def test_the_damping_is_bounded(falls: int) -> None:
    breaker = Breaker()
    for _ in range(falls):
        breaker.fell(Fall(0, "timeout"))
    assert STEADY <= breaker.damping(0) <= LONGEST


def test_what_a_journal_says_holds_until_it_answers() -> None:
    breaker = Breaker()
    breaker.fell(Fall(0, "timeout"))
    assert not breaker.settled(FLAPPING)
    breaker.answered("close", FLAPPING)
    assert breaker.settled(FLAPPING + STEADY)
