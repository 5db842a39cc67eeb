"""A verdict is on when somebody came: media, callbacks, reloads and dropped lines say nothing about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.waiting_room.day import MINUTE, NINE
from waiting_room import commands as c
from waiting_room import entries as e
from waiting_room.decide import decide
from waiting_room.errors import Refused
from waiting_room.event import Event
from waiting_room.evidence import judged
from waiting_room.punctuality import Verdict

NOW = NINE + 300 * MINUTE
POLICY = {"absence": "automatic", "without_contact": "deemed_cancelled", "contact_stops_absence": True}
BEGUN = (
    ("event", e.EventCreated(("r1",), "scripted", POLICY)),
    ("i:a", e.Scheduled("r1", NINE, NINE + 20 * MINUTE)),
)
# What happened to an interview, as far as verdicts go.
STORY = st.sampled_from(
    (
        ("i:a", e.Consented("s", "1")),
        ("i:a", e.CheckInRefused("s", "number_differs")),
        ("i:a", e.CheckInRefused("s", "too_late")),
        ("i:a", e.DeviceChecked("s", "ok", "fail", "ok", "ok")),
        ("i:a", e.LateNotice("cannot_connect")),
        ("i:a", e.ContactRecorded()),
        ("i:a", e.CheckedIn("s", "personal", 0)),
        ("i:a", e.Called(1)),
        ("i:a", e.Admitted(1, 1, "scripted")),
        ("i:a", e.Joined("candidate", "worker", 0, 1)),
        ("i:a", e.Finished()),
        ("i:a", e.BrokenOff("provider")),
        ("i:a", e.Overdue()),
        ("i:a", e.AbsenceConfirmed(automatic=True)),
        ("i:a", e.AbsenceWithdrawn()),
        ("i:a", e.Cancelled("candidate")),
        ("event", e.ServiceGap(NINE - 6 * MINUTE, NINE - 4 * MINUTE)),
        ("event", e.RoomPaused()),
        ("event", e.RoomResumed()),
        ("r:r1", e.RoomPaused()),
        ("r:r1", e.RoomResumed()),
    )
)
STORIES = st.lists(st.tuples(st.integers(0, 12), STORY), max_size=14)
LATER_OR_EARLIER = st.integers(-120, 120).map(lambda minutes: NINE + minutes * MINUTE)
SIDES = st.sampled_from(("candidate", "staff", "companion"))
ADMISSIONS = st.integers(0, 3)

CALLBACKS = st.one_of(
    st.builds(e.Joined, SIDES, st.just("provider"), LATER_OR_EARLIER, ADMISSIONS),
    st.builds(e.Left, SIDES, st.just("provider"), LATER_OR_EARLIER, ADMISSIONS),
    st.builds(
        e.SessionObserved, st.just("scripted"), ADMISSIONS, st.sampled_from(("opened", "ended", "waiting")),
        LATER_OR_EARLIER,
    ),
)  # fmt: skip
NOISE: dict[str, st.SearchStrategy[Any]] = {
    "callbacks": CALLBACKS,
    "media": st.one_of(
        CALLBACKS,
        st.builds(e.Joined, st.just("staff"), st.just("worker"), LATER_OR_EARLIER, ADMISSIONS),
        st.builds(e.SessionRequested, st.just("scripted"), ADMISSIONS, st.just("k")),
        st.builds(e.SessionOpened, st.just("scripted"), ADMISSIONS),
        st.builds(e.SessionFailed, st.just("scripted"), ADMISSIONS, st.just("gone"), st.booleans()),
        st.builds(e.SessionClosed, st.just("scripted"), ADMISSIONS),
    ),
    "reloads": st.one_of(
        st.builds(e.LinkOpened, st.sampled_from(("n1", "n2")), st.just("personal")),
        st.builds(e.TakenOver, st.sampled_from(("n1", "n2")), ADMISSIONS),
    ),
    "disconnects": st.one_of(
        st.builds(e.Away, LATER_OR_EARLIER),
        st.builds(e.Back),
        st.builds(e.Left, SIDES, st.just("worker"), LATER_OR_EARLIER, ADMISSIONS),
    ),
}
Line = tuple[int, str, e.Known]


def lines(story: list[tuple[int, tuple[str, e.Known]]]) -> list[Line]:
    """Every entry with its time, from an hour before the start on."""
    at, made = NINE - 60 * MINUTE, list[Line]((NINE - 90 * MINUTE, stream, entry) for stream, entry in BEGUN)
    for minutes, (stream, entry) in story:
        at += minutes * MINUTE
        made.append((at, stream, entry))
    return made


def judge(told: list[Line]) -> Verdict:
    event = Event()
    for offset, (at, stream, entry) in enumerate(told, 1):
        event.apply(e.Stamped(offset, stream, event.version(stream) + 1, at, "x", entry))
    return judged(event, event.interviews["a"], NOW)


def said(found: Verdict) -> tuple[object, ...]:
    """All of it but the numbers of its entries."""
    return found.code, found.minutes, found.by, found.rule, len(found.rests_on), found.stage, found.side, found.arrival


def among(story: list[Line], noise: list[tuple[int, e.Known]]) -> list[Line]:
    """The story with each piece of noise after some entry of it."""
    told = list(story)
    for place, entry in noise:
        at = 2 + place % (len(told) - 1)
        told.insert(at, (told[at - 1][0], "i:a", entry))
    return told


@pytest.mark.parametrize("kind", NOISE)
def test_no_verdict_rests_on(kind: str) -> None:
    @settings(max_examples=150)
    @given(STORIES, st.lists(st.tuples(st.integers(0, 20), NOISE[kind]), min_size=1, max_size=6))
    def check(story: list[tuple[int, tuple[str, e.Known]]], noise: list[tuple[int, e.Known]]) -> None:
        plain = lines(story)
        assert said(judge(among(plain, noise))) == said(judge(plain))

    check()


@settings(max_examples=100)
@given(STORIES, st.lists(CALLBACKS, min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_no_verdict_rests_on_the_order_of_callbacks(
    story: list[tuple[int, tuple[str, e.Known]]], callbacks: list[e.Known], chance: Any
) -> None:
    plain, shuffled = lines(story), list(callbacks)
    chance.shuffle(shuffled)
    in_order = [(NOW, "i:a", entry) for entry in callbacks]
    otherwise = [(NOW, "i:a", entry) for entry in shuffled]
    assert judge(plain + in_order) == judge(plain + otherwise)


@settings(max_examples=100)
@given(STORIES)
def test_a_verdict_is_the_same_whenever_it_is_asked_for(story: list[tuple[int, tuple[str, e.Known]]]) -> None:
    """``now`` is told, and decides nothing."""
    event = Event.replay(
        e.Stamped(offset, stream, offset, at, "x", entry) for offset, (at, stream, entry) in enumerate(lines(story), 1)
    )
    early, late = (judged(event, event.interviews["a"], now) for now in (NINE - MINUTE, NOW))
    assert (early.code, early.minutes, early.stage) == (late.code, late.minutes, late.stage)


# --- several gateways ---------------------------------------------------------------------------------------------

SID = st.sampled_from(("s1", "s2"))
COMES = c.CheckIn("a", "s1", "personal", 0, number_matches=True)
ASKED = st.one_of(
    st.just(COMES),
    st.just(c.ConfirmAbsence("a")),
    st.builds(c.Consent, st.just("a"), SID, st.just("1")),
    st.builds(
        c.ReportDevices, st.just("a"), SID, st.just("ok"), st.sampled_from(("ok", "fail")), st.just("ok"),
        st.just("ok"),
    ),
    st.builds(
        c.CheckIn, st.just("a"), SID, st.just("personal"), st.just(0), st.booleans(), st.just(False), st.just(()),
        st.just("c1"),
    ),
    st.builds(c.GiveNotice, st.just("a"), st.sampled_from(("late", "cannot_connect"))),
    st.builds(c.RecordContact, st.just("a")),
    st.builds(c.ProposeAbsence, st.just("a")),
    st.builds(c.ConfirmAbsence, st.just("a"), st.sampled_from(("absent", "not_there_when_called"))),
    st.builds(c.WithdrawAbsence, st.just("a")),
    st.builds(c.CancelInterview, st.just("a"), st.sampled_from(("candidate", "staff", "provider", "gateway"))),
    st.builds(c.Reopen, st.just("a")),
    st.builds(c.Admit, st.just("a")),
    st.builds(c.Pause, st.sampled_from((None, "r1")), st.booleans()),
    st.builds(c.RecordGap, st.just(NINE - 6 * MINUTE), st.just(NINE - 4 * MINUTE)),
    st.builds(c.ReportProvider, st.just("scripted"), st.sampled_from(("", "gone"))),
)  # fmt: skip


class Gateways:
    """Several on one journal, each with what it has read of it: it reads on when its append finds that a guarded
    stream has moved, or when it would refuse what by now may be accepted."""

    def __init__(self, number: int) -> None:
        self.journal: list[e.Stamped] = []
        self.versions: dict[str, int] = {}
        self.states = [Event() for _ in range(number)]
        created = c.CreateEvent(("r1",), "scripted", POLICY)
        roster = c.ImportRoster((c.Slot("a", "r1", NINE, NINE + 20 * MINUTE),))
        for command in (created, roster, c.Consent("a", "s1", "1")):
            self.ask(0, command, NINE - 30 * MINUTE)
        for state in self.states:
            self.read(state)

    def ask(self, gateway: int, command: c.Command, now: int) -> None:
        for _ in range(2):
            state = self.states[gateway % len(self.states)]
            try:
                decision = decide(state, command, "staff:s", now)
            except Refused:
                self.read(state)
                continue
            if all(self.versions.get(stream, 0) == version for stream, version in decision.guards.items()):
                self.append(decision.entries, now)
                self.read(state)
                return
            self.read(state)

    def append(self, entries: Sequence[e.NewEntry], now: int) -> None:
        for new in entries:
            version = self.versions[new.stream] = self.versions.get(new.stream, 0) + 1
            self.journal.append(e.Stamped(len(self.journal) + 1, new.stream, version, now, new.actor, new.entry))

    def read(self, state: Event) -> None:
        for stamped in self.journal[state.head :]:
            state.apply(stamped)

    def verdicts(self) -> list[Verdict]:
        for state in self.states:
            self.read(state)
        return [judged(state, state.interviews["a"], NOW) for state in self.states]


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 12), ASKED), max_size=20), st.integers(2, 3))
@example([(0, 11, COMES), (1, 0, c.ConfirmAbsence("a"))], 2)  # the second has not heard of the first
def test_no_verdict_rests_on_the_number_of_gateways(asked: list[tuple[int, int, c.Command]], number: int) -> None:
    alone, several, now = Gateways(1), Gateways(number), NINE - 10 * MINUTE
    for gateway, minutes, command in asked:
        now += minutes * MINUTE
        alone.ask(0, command, now)
        several.ask(gateway, command, now)
    (expected,) = alone.verdicts()
    assert several.verdicts() == [expected] * number
    assert judged(Event.replay(several.journal), several.states[0].interviews["a"], NOW) == expected


@settings(max_examples=150)
@given(st.integers(-10, 30), st.lists(st.tuples(st.integers(0, 20), NOISE["disconnects"]), min_size=1, max_size=6))
def test_a_disconnect_makes_nobody_later(after: int, noise: list[tuple[int, e.Known]]) -> None:
    came: list[Line] = [(NINE + after * MINUTE, "i:a", e.CheckedIn("s", "personal", 0))]
    called: list[Line] = [(NINE + (after + 5) * MINUTE, "i:a", e.Called(1))]
    plain = [*lines([]), *came, *called]
    found = judge(plain)
    assert (found.code, found.minutes) == (judge(among(plain, noise)).code, max(0, after))
    assert judge(among(plain, noise)).minutes <= found.minutes
