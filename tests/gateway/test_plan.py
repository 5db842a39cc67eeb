"""The plan of an interview's sessions, rule by rule: a table of states and what is due in each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest

from gateway.plan import MOVE_GRACE, RETRY_FIRST, RETRY_LONGEST, held_back, steps
from waiting_room.event import Down, Event, Room, Switch
from waiting_room.interview import Interview, Session
from waiting_room.policy import SECOND
from waiting_room.punctuality import deadlines

NOW = 1_000_000 * SECOND
START = NOW + 60 * SECOND
BEFORE = NOW - 10 * SECOND  # when things happened

WAITING = Interview("iv1", room="r1", starts_at=START, ends_at=START + 1200 * SECOND, phase="waiting")
EXPECTED = replace(WAITING, phase="expected")
CALLED = replace(WAITING, phase="admitting", admission=1, called_at=BEFORE)
ADMITTED = replace(CALLED, admitted_at=BEFORE, generation=1)
INSIDE = replace(ADMITTED, phase="in_session", arrived=1, entered_at=BEFORE)
OVER = replace(WAITING, phase="finished")


def session(generation: int, provider: str, state: Any = "open", *, retry: bool = True) -> Session:
    offset = 5 if state in ("open", "closed") else None
    return Session(provider, generation, f"k{generation}", state, BEFORE, "busy", retry, offset)


OLD, OLD_ASKED, OLD_FAILED = session(1, "zoom"), session(1, "zoom", "requested"), session(1, "zoom", "failed")
NEW, NEW_ASKED = session(2, "webrtc"), session(2, "webrtc", "requested")
NEW_FAILED = session(2, "webrtc", "failed")


def due(
    interview: Interview, provider: str = "zoom", open_sessions: str = "stay", *, down: str = "", failures: int = 0
) -> list[tuple[str, int, int]]:
    """Of its sessions: what, of which generation (0: a new one), not before when."""
    event = Event()
    event.created = True
    event.rooms["r1"] = Room("r1", taken_by=interview.id if interview.in_room else None)
    event.interviews[interview.id] = interview
    event.providers["event"] = Switch(provider, BEFORE, open_sessions)
    if down:
        event.down[down] = Down("unavailable", BEFORE)
    found = steps(event, interview, NOW, failures)
    return [
        (step.what, step.session.generation if step.session else 0, step.at)
        for step in found
        if step.what in ("request", "open", "close", "drop")
    ]


def moved(interview: Interview, *, arrived: int = 1) -> Interview:
    """The next session has come up and its door is open."""
    return replace(interview, session=NEW, superseded=(OLD,), generation=2, arrived=arrived, moved_at=BEFORE)


Cases = list[tuple[str, Interview, list[tuple[str, int, int]]]]

STAY: Cases = [
    ("nothing was opened for one who is expected", EXPECTED, []),
    ("one who waits is opened for with the new provider", WAITING, [("request", 0, 0)]),
    ("what nobody is in follows", replace(WAITING, session=OLD), [("request", 0, 0)]),
    ("what was only asked for follows", replace(WAITING, session=OLD_ASKED), [("request", 0, 0)]),
    ("another provider's failure delays nothing", replace(WAITING, session=OLD_FAILED), [("request", 0, 0)]),
    ("and what is replaced is closed", replace(WAITING, session=NEW, superseded=(OLD,)), [("close", 1, 0)]),
    (
        "or found and then closed, after what is wanted",
        replace(WAITING, session=NEW_ASKED, superseded=(OLD_ASKED,)),
        [("open", 2, 0), ("open", 1, 0)],
    ),
    ("one who is called and has no ticket follows", replace(CALLED, session=OLD_ASKED), [("request", 0, 0)]),
    ("one who has a ticket stays", replace(ADMITTED, session=OLD), []),
    ("one who is inside stays", replace(INSIDE, session=OLD), []),
    ("over is closed", replace(OVER, session=OLD), [("close", 1, 0)]),
]

MOVE: Cases = [
    ("who has a ticket is opened for", replace(ADMITTED, session=OLD), [("request", 0, 0)]),
    ("who is inside is opened for", replace(INSIDE, session=OLD), [("request", 0, 0)]),
    (
        "the older session stays while the next is asked for",
        replace(INSIDE, session=NEW_ASKED, superseded=(OLD,)),
        [("open", 2, 0)],
    ),
    (
        "and where it failed it is asked for again, after a pause",
        replace(INSIDE, session=NEW_FAILED, superseded=(OLD,)),
        [("request", 0, BEFORE + RETRY_FIRST)],
    ),
    ("the older one is closed after the grace", moved(INSIDE), [("close", 1, BEFORE + MOVE_GRACE)]),
    ("also for one who had not arrived", moved(ADMITTED, arrived=0), [("close", 1, BEFORE + MOVE_GRACE)]),
    ("and at once when they have come over", moved(INSIDE, arrived=2), [("close", 1, 0)]),
    (
        "a third one being made cuts nobody off",
        replace(moved(INSIDE), session=session(3, "webrtc", "requested"), superseded=(OLD, session(2, "harutaka"))),
        [("open", 3, 0), ("close", 1, BEFORE + MOVE_GRACE)],
    ),
    (
        "over closes all of them at once",
        replace(moved(INSIDE), phase="finished"),
        [("close", 2, 0), ("close", 1, 0)],
    ),
    (
        "back on the seat the older one is closed at once",
        replace(moved(INSIDE), phase="waiting", admitted_at=None, moved_at=None, generation=0, arrived=0),
        [("close", 1, 0)],
    ),
]

CALLED_OFF: Cases = [
    (
        "the next one is found, to be closed",
        replace(INSIDE, session=NEW_ASKED, superseded=(OLD,)),
        [("open", 2, 0)],
    ),
    ("or closed", replace(INSIDE, session=NEW, superseded=(OLD,)), [("close", 2, 0)]),
    ("or forgotten, where it had failed", replace(INSIDE, session=NEW_FAILED, superseded=(OLD,)), [("drop", 2, 0)]),
    (
        "after which people are where they are wanted",
        replace(INSIDE, session=replace(NEW, state="closed"), superseded=(OLD,)),
        [],
    ),
]


def ids(cases: Cases) -> list[str]:
    return [name for name, _, _ in cases]


@pytest.mark.parametrize(("_name", "interview", "wanted"), STAY, ids=ids(STAY))
def test_a_switch_that_lets_open_sessions_stay(
    _name: str, interview: Interview, wanted: list[tuple[str, int, int]]
) -> None:
    assert due(interview, "webrtc", "stay") == wanted


@pytest.mark.parametrize(("_name", "interview", "wanted"), MOVE, ids=ids(MOVE))
def test_a_switch_that_moves_open_sessions(
    _name: str, interview: Interview, wanted: list[tuple[str, int, int]]
) -> None:
    assert due(interview, "webrtc", "move") == wanted


@pytest.mark.parametrize("open_sessions", ["stay", "move"])
@pytest.mark.parametrize(("_name", "interview", "wanted"), CALLED_OFF, ids=ids(CALLED_OFF))
def test_a_move_that_is_called_off(
    _name: str, interview: Interview, wanted: list[tuple[str, int, int]], open_sessions: Literal["stay", "move"]
) -> None:
    """By switching back, whichever way that was said."""
    assert due(interview, "zoom", open_sessions) == wanted


def test_a_move_may_be_asked_for_again_after_it_was_called_off() -> None:
    once = replace(INSIDE, session=replace(NEW, state="closed"), superseded=(OLD,))
    assert due(once, "webrtc", "move") == [("request", 0, 0)]


def test_a_provider_that_is_down_has_nothing_to_wait_for() -> None:
    """Nobody can still be talking there; whoever looks for them finds them at the new door."""
    assert due(moved(INSIDE), "webrtc", "move", down="zoom") == [("close", 1, 0)]


@pytest.mark.parametrize(("failures", "pause"), [(0, RETRY_FIRST), (2, 4 * SECOND), (9, RETRY_LONGEST)])
def test_the_same_provider_is_asked_again_after_a_growing_pause(failures: int, pause: int) -> None:
    failed = replace(WAITING, session=OLD_FAILED)
    assert due(failed, failures=failures) == [("request", 0, BEFORE + pause)]


def test_an_admission_lapses_at_once_where_no_session_will_come() -> None:
    failed = replace(CALLED, session=session(1, "zoom", "failed", retry=False))
    event = Event()
    event.providers["event"] = Switch("zoom", BEFORE, "stay")
    lapse = [step for step in steps(event, failed, NOW, 0) if step.what == "lapse"]
    assert [(step.at, step.code) for step in lapse] == [(0, "provider_failed")]


def test_an_absence_is_held_back_while_the_provider_is_down() -> None:
    event = Event()
    event.providers["event"] = Switch("zoom", BEFORE, "stay")
    assert deadlines(EXPECTED, event.policy).starts_at == START
    assert held_back(event, EXPECTED, NOW, panel_here=True) == ()
    event.down["zoom"] = Down("unavailable", BEFORE, declined=True)
    assert held_back(event, EXPECTED, NOW, panel_here=True) == ("provider_down",)
    event.providers["i:iv1"] = Switch("webrtc", BEFORE, "stay")
    assert held_back(event, EXPECTED, NOW, panel_here=True) == ()
