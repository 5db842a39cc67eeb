"""What a preview of a switch says is what the core and the reactor's plan then do, whatever happened before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.plan import STANDING, Step, steps
from gateway.switching import Preview, Row, foretell
from tests.waiting_room.day import MINUTE, NINE, PROVIDER, Day
from waiting_room import commands as c
from waiting_room.errors import Refused
from waiting_room.event import Event
from waiting_room.interview import Interview, Session
from waiting_room.views import ProviderInfo

INTERVIEWS = ("a", "b", "d")  # a and b in room r1, d in r2
SCOPES = ("event", "r:r1", "r:r2", "i:a", "i:d")
NAMES = (PROVIDER, "zoom", "harutaka")
LATER = NINE + 60 * MINUTE  # everybody's session may be open by then
ROUNDS = 100  # steps until nothing is left to do; a dozen are usual


def info(name: str, **can: Any) -> ProviderInfo:
    return ProviderInfo(name, {"ja": name, "en": name}, embedded=False, **can)


KNOWN = {
    PROVIDER: info(PROVIDER, revokes=True, ends=True),
    "zoom": info("zoom", ends=True),
    "harutaka": info("harutaka", issued=True, waits_again=True),
}


def nothing_to_see(_provider: str, _interview: Interview) -> bool:
    return False


class Hall(Day):
    """A day with the reactor's plan carried out by hand."""

    def step(self, interview: str) -> bool:
        """The first thing that is due for a session of this interview, if there is one."""
        for step in steps(self.event, self.see(interview), self.now, 0):
            if step.at <= self.now and self._carried_out(step):
                return True
        return False

    def settle(self) -> None:
        """Until nothing is left to do, and the older sessions of whoever was moved have had their time."""
        for _ in range(ROUNDS):
            if not any(self.step(interview) for interview in INTERVIEWS):
                return
        raise AssertionError("the plan does not come to an end")

    def _carried_out(self, step: Step) -> bool:
        interview, session = self.see(step.interview), step.session
        with suppress(Refused):
            match step.what:
                case "request":
                    generation = interview.session.generation + 1 if interview.session is not None else 1
                    provider = self.event.provider_for(interview.stream)
                    return bool(self.do(c.OpenSession(interview.id, f"{interview.id}:{generation}", provider)))
                case "open" if session is not None:
                    return bool(self.do(c.SessionCameUp(interview.id, session.provider, session.generation)))
                case "close" | "drop" if session is not None:
                    return bool(self.do(c.CloseSession(interview.id, session.provider, session.generation)))
        return False


def hall() -> Hall:
    made = Hall()
    made.schedule("a", "b")
    made.schedule("d", room="r2")
    made.now = NINE - 2 * MINUTE
    return made


def seat(day: Hall, interview: str) -> None:
    day.seat(interview, f"sid-{interview}")


def admit(day: Hall, interview: str) -> None:
    day.now = max(day.now, day.see(interview).starts_at)
    day.do(c.Admit(interview))


def arrive(day: Hall, interview: str) -> None:
    found = day.see(interview)
    day.do(c.SeeJoined(interview, "candidate", "worker", day.now, found.admission, generation=found.generation))


def fall(day: Hall, interview: str, retry: bool) -> None:
    session = day.see(interview).session
    if session is not None and session.state == "requested":
        day.do(c.SessionFell(interview, session.provider, session.generation, "gone", retry))


OPS: Mapping[str, Callable[..., Any]] = {
    "seat": seat,
    "admit": admit,
    "arrive": arrive,
    "step": Hall.step,
    "settle": Hall.settle,
    "fall": fall,
    "back": lambda day, interview: day.do(c.SendBack(interview)),
    "finish": lambda day, interview: day.do(c.Finish(interview, now=True)),
    "down": lambda day, provider: day.do(c.ReportProvider(provider, "unavailable")),
    "link": lambda day, interview, mailed: day.do(c.RegisterLinks("harutaka", (interview,), mailed)),
    "switch": lambda day, command: day.do(command),
}


def do(day: Hall, op: tuple[Any, ...]) -> None:
    """One thing that may have happened before; what cannot be did not."""
    with suppress(Refused):
        OPS[op[0]](day, *op[1:])


one = st.sampled_from(INTERVIEWS)
switches = st.builds(
    c.SwitchProvider,
    provider=st.sampled_from(("", *NAMES)),
    scope=st.sampled_from(SCOPES),
    open_sessions=st.sampled_from(("stay", "move")),
    private=st.none(),
    expects=st.none(),
    with_narrower=st.booleans(),
)
ops = st.one_of(
    st.tuples(st.sampled_from(("seat", "admit", "arrive", "step", "back", "finish")), one),
    st.tuples(st.just("settle")),
    st.tuples(st.just("fall"), one, st.booleans()),
    st.tuples(st.just("down"), st.sampled_from(NAMES)),
    st.tuples(st.just("link"), one, st.booleans()),
    st.tuples(st.just("switch"), switches),
)
INSIDE = [("seat", "a"), ("settle",), ("admit", "a"), ("arrive", "a")]
MOVE_ALL = c.SwitchProvider("zoom", open_sessions="move")


def look(day: Day, command: c.SwitchProvider) -> Preview:
    return foretell(day.event, command, KNOWN, nothing_to_see)


def rows(day: Day, command: c.SwitchProvider) -> dict[str, Row]:
    return {row.interview.id: row for row in look(day, command).rows}


def sessions(interview: Interview) -> list[tuple[str, int, str]]:
    known = [s for s in (interview.session, *interview.superseded) if s is not None]
    return [(s.provider, s.generation, s.state) for s in known if s.state in STANDING]


@settings(max_examples=300, deadline=None)
@given(before=st.lists(ops, max_size=14), command=switches)
@example(
    before=[
        *INSIDE,
        ("switch", MOVE_ALL),
        ("step", "a"),
        ("switch", replace(MOVE_ALL, provider=PROVIDER)),
        ("settle",),
    ],
    command=MOVE_ALL,
)
@example(before=[*INSIDE, ("switch", MOVE_ALL), ("step", "a")], command=replace(MOVE_ALL, open_sessions="stay"))
@example(before=[*INSIDE, ("switch", MOVE_ALL), ("step", "a")], command=c.SwitchProvider("harutaka"))
@example(before=[*INSIDE, ("back", "a")], command=MOVE_ALL)
def test_what_is_foretold_comes_true(before: list[Any], command: c.SwitchProvider) -> None:
    day, untouched = hall(), hall()
    for op in before:
        do(day, op)
        do(untouched, op)
    try:
        preview = look(day, command)
    except Refused:
        with pytest.raises(Refused):
            day.do(command)
        return
    was = {interview: day.see(interview) for interview in INTERVIEWS}
    day.do(command)
    assert day.event.provider_for(command.scope) == preview.to
    for hall_ in (day, untouched):
        hall_.settle()
        for interview in INTERVIEWS:
            if not hall_.see(interview).over:
                do(hall_, ("seat", interview))
        hall_.now = max(hall_.now, LATER)
        hall_.settle()
    for row in preview.rows:
        if row.effect == "stays":
            assert day.event.switch_for(row.interview.stream).open_sessions == "stay"
        came_true(row, was[row.interview.id], day.see(row.interview.id), untouched.see(row.interview.id))


def came_true(row: Row, was: Interview, now: Interview, otherwise: Interview) -> None:
    """``otherwise``: where the interview would be without the switch."""
    current = now.current
    match row.effect:
        case "own":
            assert sessions(now) == sessions(otherwise)
        case "stays":
            assert current is not None
            assert (current.provider, current.generation) == (row.was, was.generation)
            assert row.to == row.was
        case "moves":
            assert current is not None
            assert current.provider == row.to
            assert now.generation > was.generation
            assert now.phase == was.phase
        case "same" if was.admitted:
            assert (now.generation, row.to) == (was.generation, row.was)
        case "same":
            assert sessions(now) == sessions(otherwise)
        case "follows" | "reopens":
            assert [(provider, state) for provider, _, state in sessions(now)] == [(row.to, "open")]
            assert stood(was.session, row.to) == (row.effect == "reopens")


def stood(session: Session | None, to: str) -> bool:
    """Whether something was opened ahead that is not what is wanted now."""
    return session is not None and session.state in STANDING and session.provider != to


@given(before=st.lists(ops, max_size=8), command=switches)
def test_looking_changes_nothing(before: list[Any], command: c.SwitchProvider) -> None:
    day = hall()
    for op in before:
        do(day, op)
    with suppress(Refused):
        look(day, command)
    replayed = Event.replay(day.journal)
    assert (day.event.providers, day.event.versions, day.event.head) == (
        replayed.providers, replayed.versions, replayed.head,
    )  # fmt: skip
    assert day.event.interviews == replayed.interviews


@pytest.mark.parametrize(
    ("held_with", "fate"), [(PROVIDER, "dies"), ("zoom", "ends"), ("harutaka", "stays"), ("gone", "stays")]
)
def test_a_link_that_was_given_out_dies_or_its_session_ends_or_it_stays_good(held_with: str, fate: str) -> None:
    day = hall()
    day.do(c.SwitchProvider(held_with))
    for op in INSIDE:
        do(day, op)
    found = rows(day, c.SwitchProvider("other", open_sessions="move"))
    assert {name: (row.effect, row.old_link) for name, row in found.items()} == {
        "a": ("moves", fate), "b": ("follows", None), "d": ("follows", None),
    }  # fmt: skip
    assert rows(day, c.SwitchProvider("other"))["a"].old_link is None


def test_who_was_in_the_room_and_went_back_to_the_seat_may_still_have_a_link() -> None:
    day = hall()
    day.do(c.SwitchProvider("harutaka"))
    for op in [*INSIDE, ("back", "a"), ("settle",)]:
        do(day, op)
    row = rows(day, c.SwitchProvider("zoom"))["a"]
    assert (row.effect, row.old_link) == ("reopens", "stays")


def test_hindrances_and_warnings_are_of_what_changes() -> None:
    day = hall()
    for op in [("link", "a", False), ("down", "zoom"), ("switch", c.SwitchProvider("zoom", "r:r2"))]:
        do(day, op)
    preview = look(day, c.SwitchProvider("harutaka"))
    assert {row.interview.id: (row.effect, row.hindrance) for row in preview.rows} == {
        "a": ("follows", None), "b": ("follows", "no_link"), "d": ("own", None),
    }  # fmt: skip
    assert preview.warnings == ("no_link", "waits_again", "own")
    assert look(day, c.SwitchProvider("gone")).warnings == ("not_configured", "own")
    assert look(day, c.SwitchProvider("zoom")).warnings == ("provider_down", "own")
    assert look(day, c.SwitchProvider(PROVIDER)).warnings == ("nothing_changes",)


def test_terms_are_to_be_seen_by_those_who_come_to_another_provider() -> None:
    day = hall()
    for op in INSIDE:
        do(day, op)
    preview = foretell(
        day.event, c.SwitchProvider("zoom"), KNOWN, lambda provider, i: (provider, i.id) != ("zoom", "b")
    )
    assert {row.interview.id: row.terms_to_see for row in preview.rows} == {"a": False, "b": False, "d": True}
    assert preview.warnings == ("terms",)
