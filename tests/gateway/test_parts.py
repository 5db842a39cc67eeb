"""The small parts: limits, presence, agenda, tasks, answers, people."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.agenda import Agenda, moments
from gateway.limits import ADDRESS_BURST, ADDRESS_DELAY, CODE_GUESSES, LONGEST_DELAY, Guesses, Slowing, delay_after
from gateway.presence import HERE_FOR, PAGES, Presence
from gateway.problems import Problem
from gateway.tasks import Tasks
from gateway.tokens import Statement
from gateway.video import VideoCodes
from waiting_room.interview import Interview
from waiting_room.policy import SECOND, Policy

# --- limits ----------------------------------------------------------------------------------------------------------


def test_three_wrong_attempts_are_free_and_the_fourth_waits() -> None:
    slowing = Slowing()
    for _ in range(3):
        assert slowing.wait("a", "s", 0.0) == 0.0
        slowing.wrong("a", "s", 0.0)
    assert slowing.wait("a", "s", 0.0) == 2.0
    assert slowing.wait("a", "s", 2.0) == 0.0
    assert slowing.wait("a", "other", 0.0) == 0.0


@given(st.integers(min_value=0, max_value=10_000))
def test_the_delay_grows_and_is_bounded(wrong: int) -> None:
    assert 0.0 <= delay_after(wrong) <= delay_after(wrong + 1) <= LONGEST_DELAY


def test_a_right_attempt_clears_its_own_pair() -> None:
    slowing = Slowing()
    for _ in range(5):
        slowing.wrong("a", "s", 0.0)
    slowing.right("a", "s")
    assert slowing.wait("a", "s", 0.0) == 0.0


def test_an_address_is_slowed_late_and_little() -> None:
    """A city hall of forty people who each mistype three times is not slowed at all."""
    slowing = Slowing()
    for person in range(int(ADDRESS_BURST)):
        assert slowing.wait("hall", f"s{person}", 0.0) == 0.0
        slowing.wrong("hall", f"s{person}", 0.0)
    assert 0.0 < slowing.wait("hall", "fresh", 0.0) <= ADDRESS_DELAY
    assert slowing.wait("elsewhere", "fresh", 0.0) == 0.0
    assert slowing.wait("hall", "fresh", 2.0) == 0.0


def test_guesses_at_codes_are_counted_together_for_a_while() -> None:
    guesses = Guesses()
    for _ in range(CODE_GUESSES):
        guesses.wrong(1.0)
    assert guesses.wait(2.0) > 0
    assert guesses.wait(1.0 + 121) == 0.0


# --- video codes -----------------------------------------------------------------------------------------------------


def statement(sid: str) -> Statement:
    return Statement(sid, "exam", "candidate", 0, 10_000, interview="iv1")


def test_a_code_is_good_once_and_for_two_minutes() -> None:
    codes = VideoCodes()
    shown = codes.show(statement("a"), 0)
    assert codes.redeem(shown.code, 119 * SECOND) == statement("a")
    assert codes.redeem(shown.code, 119 * SECOND) is None
    late = codes.show(statement("a"), 0)
    assert codes.redeem(late.code, 120 * SECOND) is None


def test_a_new_code_makes_the_pages_earlier_one_worthless() -> None:
    codes = VideoCodes()
    first, _ = codes.show(statement("a"), 0), codes.show(statement("a"), 0)
    assert codes.redeem(first.code, 1) is None


# --- presence --------------------------------------------------------------------------------------------------------


def test_one_page_of_two_keeps_a_person_here() -> None:
    presence = Presence()
    presence.seen("p", "phone", 0)
    presence.seen("p", "pc", 0)
    presence.seen("p", "pc", 1, asleep=True)
    assert presence.of("p").state == "here"
    presence.seen("p", "phone", 2, asleep=True)
    assert presence.of("p").state == "asleep"


def test_silence_is_away_since_the_last_sign() -> None:
    presence = Presence()
    told: list[str] = []
    presence.listeners.append(told.append)
    presence.seen("p", "pc", 10)
    presence.settle(10 + HERE_FOR)
    assert (presence.of("p").state, presence.of("p").since) == ("away", 10)
    presence.settle(10 + 2 * HERE_FOR)
    assert told == ["p", "p"]
    assert presence.of("stranger").state == "never"


def test_pages_of_a_person_are_bounded() -> None:
    presence = Presence()
    for page in range(100):
        presence.seen("p", str(page), page)
    assert len(presence.of("p").pages) == PAGES


# --- agenda ----------------------------------------------------------------------------------------------------------


async def test_the_agenda_tells_who_is_due_once() -> None:
    now = [100 * SECOND]
    agenda, told = Agenda(lambda: now[0]), asyncio.Queue[list[str]]()
    agenda.listeners.append(lambda due, _: told.put_nowait(list(due)))
    agenda.remind("iv1", 110 * SECOND)
    agenda.remind("iv1", 110 * SECOND)
    agenda.remind("past", 90 * SECOND)
    tasks = Tasks()
    tasks.start(agenda.run(), "agenda")
    now[0] = 111 * SECOND
    agenda.wake()
    assert await asyncio.wait_for(told.get(), 5) == ["iv1"]
    await tasks.close()
    assert told.empty()


def test_an_interview_that_is_over_has_no_moments() -> None:
    policy = Policy()
    assert not moments(Interview("iv1", room="r1", phase="finished"), policy)
    assert moments(Interview("iv1", room="r1", starts_at=10**15), policy)


# --- tasks -----------------------------------------------------------------------------------------------------------


async def test_the_owner_ends_its_tasks() -> None:
    tasks, ended = Tasks(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    tasks.start(work(), "work")
    await asyncio.sleep(0)
    await tasks.close()
    assert ended.is_set()
    with pytest.raises(RuntimeError):
        tasks.start(work(), "late")


async def test_a_keeper_is_started_again_after_a_fault() -> None:
    tasks, done, tries = Tasks(), asyncio.Event(), []

    async def work() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError
        done.set()

    tasks.keep(work, "work")
    await asyncio.wait_for(done.wait(), 5)
    await tasks.close()
    assert len(tries) == 2


def test_a_problem_without_a_row_reads_as_not_now() -> None:
    assert Problem("something_of_a_later_release").status == 409
