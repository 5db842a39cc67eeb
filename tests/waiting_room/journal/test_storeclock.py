"""The store's time, as far as it is known between two of its answers."""

from __future__ import annotations

from waiting_room.journal.storeclock import StoreClock


class Steady:
    """Microseconds since somewhere."""

    def __init__(self) -> None:
        self.at = 1_000

    def __call__(self) -> int:
        return self.at


def told(clock: StoreClock, steady: Steady, at: int, took: int) -> None:
    """The store is asked, was at ``at`` at some moment, and is heard ``took`` later."""
    asked = steady.at
    steady.at += took
    clock.told(at, asked, steady.at)


def test_it_is_never_ahead_and_goes_on_by_itself() -> None:
    steady = Steady()
    clock = StoreClock(steady)
    told(clock, steady, 5_000_000, took=200)
    assert clock() == 5_000_000, "the answer may have taken all of that time on its way"
    steady.at += 700
    assert clock() == 5_000_700


def test_a_quick_answer_corrects_a_slow_one_and_a_slow_one_spoils_nothing() -> None:
    steady = Steady()
    clock = StoreClock(steady)
    told(clock, steady, 5_000_000, took=2_000_000)
    told(clock, steady, 7_000_100, took=200)
    assert clock() == 7_000_100
    told(clock, steady, 7_000_300, took=3_000_000)
    assert clock() == 7_000_100 + 3_000_000


def test_a_store_whose_clock_was_set_is_followed() -> None:
    steady = Steady()
    clock = StoreClock(steady)
    told(clock, steady, 50_000_000, took=100)
    told(clock, steady, 20_000_000, took=100)
    assert clock() <= 20_000_000 + 100
    told(clock, steady, 90_000_000, took=100)
    assert clock() == 90_000_000
