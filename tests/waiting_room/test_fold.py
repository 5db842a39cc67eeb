"""The fold is total and a function of the journal alone; every kind comes back from its data."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.waiting_room.day import NINE, Day
from waiting_room import commands as c
from waiting_room import entries as e
from waiting_room.errors import Malformed, Refused
from waiting_room.event import Event, Room, fold_room
from waiting_room.folding import fold
from waiting_room.interview import Interview
from waiting_room.phases import PHASES, TRANSITIONS, picture
from waiting_room.policy import Policy
from waiting_room.punctuality import verdict

STREAMS = ("event", "r:r1", "r:r2", "i:a", "i:b", "nonsense")
POLICY = tuple(field.name for field in dataclasses.fields(Policy))
WORDS = st.sampled_from(("a", "b", "r1", "s1", "s2", "c1", "candidate", "companion.1", "event", "webrtc"))


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type."""
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) in (typing.Union, types.UnionType):
        return st.one_of([values(inner) for inner in get_args(hint)])
    if get_origin(hint) is tuple:
        return st.lists(WORDS, max_size=3).map(tuple)
    if hint is str:
        return WORDS
    simple: dict[Any, st.SearchStrategy[Any]] = {
        int: st.integers(0, 5),
        bool: st.booleans(),
        type(None): st.none(),
    }
    return simple.get(hint, st.just({"opens_before": 60}))


def entry_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: values(hints[field.name]) for field in dataclasses.fields(kind)})


ENTRIES = st.one_of([entry_of(kind) for kind in e.KINDS.values()])
ANYTHING = st.one_of(ENTRIES, ENTRIES, st.just(e.Unknown("of_tomorrow", {"x": 1})))


def stamped(history: list[tuple[str, e.Entry]]) -> list[e.Stamped]:
    return [e.Stamped(n, stream, n, n * 10, "a", entry) for n, (stream, entry) in enumerate(history, 1)]


@pytest.mark.parametrize("kind", e.KINDS.values(), ids=list(e.KINDS))
def test_every_kind_comes_back_from_its_data(kind: type[e.Known]) -> None:
    @settings(max_examples=20)
    @given(entry_of(kind))
    def check(entry: e.Known) -> None:
        name, data = e.encode(entry)
        assert e.decode(name, data) == entry
        later = e.decode(name, {**data, "of_tomorrow": 1})
        assert isinstance(later, e.Unknown)

    check()


def test_an_entry_without_a_field_is_malformed() -> None:
    with pytest.raises(Malformed, match="called"):
        e.decode("called", {})


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(STREAMS), ANYTHING), max_size=60))
def test_any_entries_in_any_order_fold_and_fold_the_same_again(history: list[tuple[str, e.Entry]]) -> None:
    journal = stamped(history)
    event = Event.replay(journal)
    assert vars(event) == vars(Event.replay(journal))
    assert event.readable == all(not isinstance(entry, e.Unknown) for _, entry in history)
    for interview in event.interviews.values():
        verdict(interview, event.policy, event.gaps, NINE)
        assert interview.phase in PHASES
        assert interview.arrival is not None or interview.phase not in ("waiting", "admitting", "in_session")


@settings(max_examples=300)
@given(st.lists(ENTRIES, max_size=60))
def test_an_interview_is_a_function_of_its_own_stream(history: list[e.Known]) -> None:
    state: Interview | None = None
    room = Room("r1")
    for entry in stamped([("i:a", entry) for entry in history]):
        before = state
        state = fold(state, entry)
        room = fold_room(room, entry)
        assert before is None or state.device_epoch >= before.device_epoch
        assert before is None or state.admission >= before.admission
    event = Event.replay(stamped([("i:a", entry) for entry in history]))
    assert event.interviews.get("a") == state


def test_an_event_with_entries_of_a_later_release_takes_no_command() -> None:
    day = Day()
    day.schedule("a")
    day.event.apply(e.Stamped(99, "i:a", 2, NINE, "x", e.Unknown("of_tomorrow")))
    with pytest.raises(Refused, match="newer_release"):
        day.do(c.Admit("a"))


@given(
    st.dictionaries(
        st.sampled_from((*POLICY, "of_tomorrow")),
        st.none() | st.text() | st.booleans() | st.integers(),
    )
)
def test_any_document_is_read_as_a_policy(document: Mapping[str, Any]) -> None:
    policy = Policy.from_document(document)
    assert Policy.from_document(policy.to_document()) == policy
    assert policy.arrival_wait >= 0


def test_the_picture_shows_every_phase_and_every_kind_that_moves() -> None:
    drawn = picture()
    assert all(phase in drawn for phase in PHASES)
    assert all(kind in drawn for kind in TRANSITIONS)
    assert TRANSITIONS.keys() <= e.KINDS.keys()
