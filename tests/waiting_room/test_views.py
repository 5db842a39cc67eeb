"""Who sees what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.waiting_room.day import MINUTE, NINE, Day
from tests.waiting_room.test_machine import COMMANDS
from waiting_room import commands as c
from waiting_room.errors import Refused
from waiting_room.viewing.rows import offers
from waiting_room.views import (
    ProviderInfo,
    Scene,
    admin_view,
    candidate_view,
    companion_view,
    console_view,
    shared_view,
)

EVERYBODY = ("a", "b", "d")


@dataclass(frozen=True)
class Here:
    state: Literal["here"] = "here"
    since: int = 5_000


@dataclass(frozen=True)
class Away:
    state: Literal["away"] = "away"
    since: int = 6_000


class Everywhere:
    def of(self, subject: str, /) -> Here:  # noqa: ARG002 - the port's signature
        return Here()


class Nowhere:
    def of(self, subject: str, /) -> Away:  # noqa: ARG002 - the port's signature
        return Away()


class People:
    """Every name and number is a word that occurs nowhere else."""

    def __init__(self, day: Day) -> None:
        self._day = day

    @property
    def roster(self) -> Mapping[str, Mapping[str, Any]]:
        return {
            i: {
                "number": f"NUMBER-{i}", "name": f"NAME-{i}", "kana": f"KANA-{i}", "telephone": f"TEL-{i}",
                "note": f"NOTE-{i}", "companions": [{"name": f"HELPER-{i}"}],
            }
            for i in EVERYBODY
        }  # fmt: skip

    @property
    def staff(self) -> Mapping[str, Mapping[str, Any]]:
        return {"s": {"name": "PANEL"}, "o": {"name": "OTHER"}}

    @property
    def settings(self) -> Mapping[str, Any]:
        office = {"name": "市役所", "telephone": "000-0000-0000", "hours": "9:00-17:00"}
        return {
            "title": "面接", "office": office, "notice": {"version": "1", "title": "同意", "body": "本文"},
            "rooms": [{"id": "r1", "name": "第1面接室"}],
        }  # fmt: skip

    def private(self, offset: int | None) -> Mapping[str, Any]:
        return self._day.private.get(offset or 0, {})


class Purged(People):
    @property
    def roster(self) -> Mapping[str, Mapping[str, Any]]:
        return {}

    def private(self, offset: int | None) -> Mapping[str, Any]:  # noqa: ARG002 - the port's signature
        return {}


def day() -> Day:
    made = Day(now=NINE - 10 * MINUTE)
    made.schedule("a", "b", companions=1)
    made.schedule("d", room="r2")
    made.do(c.AdmitStaff("s", "interviewer", ("r1",)), "cli")
    made.do(c.AdmitStaff("o", "interviewer", ("r2",)), "cli")
    return made


def scene(made: Day) -> Scene:
    slots = {"candidate:a": {0: "staff:s", 1: "companion:a.1", 2: "candidate:b"}, "staff:s": {0: "candidate:a"}}
    info = ProviderInfo("scripted", {"ja": "試験用", "en": "Scripted"}, embedded=True)
    return Scene(
        "e1", made.event, People(made), Everywhere(), made.now, providers={"scripted": info}, slots=slots,
        in_call=frozenset({"staff:s"}), shared_links={"r1": "/r/abc234"},
    )  # fmt: skip


def text(view: Mapping[str, Any]) -> str:
    return json.dumps(view, ensure_ascii=False)


@settings(max_examples=150)
@given(st.lists(COMMANDS, max_size=40), st.sampled_from(("s1", "s2", "s3")))
def test_a_candidate_sees_nothing_of_anybody_else(commands: list[c.Command], sid: str) -> None:
    made = day()
    for command in commands:
        try:
            made.do(command)
        except Refused:
            made.now += MINUTE
    shown = scene(made)
    own = text(candidate_view(shown, "a", sid)) + text(companion_view(shown, "a", "companion.1", sid))
    theirs = [f"{word}-{i}" for i in "bd" for word in ("NUMBER", "NAME", "KANA", "TEL", "NOTE", "HELPER")]
    staff_only = ["KANA-a", "TEL-a", "NOTE-a", "PANEL", "OTHER", "staff:", "candidate:", "offset"]
    assert [word for word in (*theirs, *staff_only) if word in own] == []
    assert [word for word in theirs if word in text(shared_view(shown, "r1", sid))] == []
    json.dumps([console_view(shown, "s"), admin_view(shown, "s")], allow_nan=False)


def test_the_candidates_place_is_the_consoles_own() -> None:
    made = day()
    for interview in ("b", "a"):
        made.now = max(made.now, NINE - 5 * MINUTE)
        made.seat(interview, f"sid-{interview}")
    shown = scene(made)
    rows = console_view(shown, "s")["rows"]
    for interview, place in (("a", 1), ("b", 2)):
        seat = candidate_view(shown, interview, f"sid-{interview}")["seat"]
        assert (seat["place"], seat["ahead"]) == (place, place - 1) == (rows[interview]["place"], place - 1)


def test_an_interviewer_sees_their_rooms_only() -> None:
    made = day()
    view = console_view(scene(made), "o")
    assert set(view["rooms"]) == {"r2"}
    assert set(view["rows"]) == {"d"}
    assert "NAME-a" not in text(view)


def test_a_page_that_was_taken_over_is_shown_nothing_but_that() -> None:
    made = day()
    made.seat("a", "phone", private={"number": "1", "name": "x"})
    made.check_in("a", "pc")
    view = candidate_view(scene(made), "a", "phone")
    assert view == {"kind": "candidate", "fenced": "taken_over", "event": view["event"]}
    assert candidate_view(scene(made), "a", "pc")["phase"] == "waiting"


def test_somebody_else_on_the_link_is_told_so_and_the_candidate_is_not_fenced() -> None:
    made = day()
    made.seat("a", "stranger", differs=("name",))
    made.do(c.SettleDifference("a", same=False))
    assert candidate_view(scene(made), "a", "stranger")["fenced"] == "not_this_person"
    assert candidate_view(scene(made), "a", "fresh")["phase"] == "expected"


def test_before_admission_a_candidate_sees_no_call_and_after_it_roles_only() -> None:
    made = day()
    made.seat("a")
    made.open_session("a")
    assert candidate_view(scene(made), "a", "sid")["admission"] is None
    made.enter("a")
    view = candidate_view(scene(made), "a", "sid")
    assert view["admission"]["ready"]
    assert view["call"]["slots"] == [
        {"slot": 0, "role": "interviewer", "label": "1"},
        {"slot": 1, "role": "companion", "label": "1"},
    ]


def test_when_the_room_runs_behind_those_who_wait_are_told_by_how_much() -> None:
    made = day()
    made.seat("a", "sa")
    made.enter("a")
    made.now = NINE + 10 * MINUTE
    made.seat("b", "sb")
    assert candidate_view(scene(made), "b", "sb")["room"] == {"state": "busy", "behind_minutes": 0}
    made.now = NINE + 27 * MINUTE
    view = candidate_view(scene(made), "b", "sb")
    assert view["room"]["behind_minutes"] == 7
    assert view["seat"]["verdict"] == "on_time"


def test_typed_stands_beside_the_roster_with_the_places_marked() -> None:
    made = day()
    made.seat("a", differs=("name",), private={"number": "NUMBER-a", "name": "NAME-x"})
    row = console_view(scene(made), "s")["rows"]["a"]
    assert row["typed"] == {"number": "NUMBER-a", "name": "NAME-x", "spans": [[5, 6]], "explain": ["other_name"]}
    assert row["difference"] == "open"
    assert "admit" not in row["can"]
    assert "same-person" in row["can"]
    assert [task["code"] for task in console_view(scene(made), "s")["tasks"]] == ["difference"]


@settings(max_examples=60)
@given(st.lists(COMMANDS, max_size=30))
def test_a_console_offers_exactly_what_would_be_accepted(commands: list[c.Command]) -> None:
    made = day()
    for command in commands:
        try:
            made.do(command)
        except Refused:
            made.now += MINUTE
    for interview, row in console_view(scene(made), "s")["rows"].items():
        accepted = [
            name for name, command in offers(made.event.interviews[interview]).items() if made.refusal(command) is None
        ]
        assert row["can"] == accepted


@settings(max_examples=100)
@given(st.lists(st.tuples(COMMANDS, st.sampled_from((0, 1, 11, 301))), max_size=40))
def test_a_row_that_was_kept_is_the_row_that_would_be_drawn_now(steps: list[tuple[c.Command, int]]) -> None:
    made = day()
    kept: dict[str, Any] = {}
    for command, seconds in steps:
        with suppress(Refused):
            made.do(command)
        made.now += seconds * 1_000_000
        anew = scene(made)
        assert console_view(replace(anew, drawn=kept), "s") == console_view(anew, "s")


def test_a_row_is_drawn_again_when_what_goes_with_it_is_another() -> None:
    """What is in no entry: who is here, the roster, texts that are gone."""
    made = day()
    made.seat("a")
    before = replace(scene(made), drawn={})
    console_view(before, "s")
    for changed in (
        replace(before, presence=Nowhere()),
        replace(before, people=Purged(made)),
    ):
        assert console_view(changed, "s")["rows"] == console_view(replace(changed, drawn={}), "s")["rows"]
        assert console_view(changed, "s")["rows"]["a"] != console_view(before, "s")["rows"]["a"]


def test_messages_reach_the_one_or_all_who_wait() -> None:
    made = day()
    made.seat("a", "sa")
    made.do(c.SendMessage({"text": "to a"}, interview="a"))
    made.do(c.SendMessage({"text": "to all"}, room="r1"))
    made.now = NINE
    made.seat("b", "sb")
    assert [m["text"] for m in candidate_view(scene(made), "a", "sa")["messages"]] == ["to a", "to all"]
    assert candidate_view(scene(made), "b", "sb")["messages"] == []
    assert console_view(scene(made), "s")["rows"]["a"]["messages"][0]["by"] == "PANEL"


def test_a_claim_on_a_room_is_shown_with_the_seats_that_it_may_be_about() -> None:
    made = day()
    made.do(c.RaiseClaim("c1", "x", "not_found", room="r1", private={"number": "ｎｕｍｂｅｒ－ｂ", "name": "?"}))
    shown = scene(made)
    assert [(claim["id"], claim["candidates"]) for claim in console_view(shown, "s")["claims"]] == [("c1", ["b"])]
    assert shared_view(shown, "r1", "x")["claim"] == {"state": "open", "code": "not_found"}
    made.do(c.SettleClaim("c1", accepted=False))
    assert shared_view(scene(made), "r1", "x")["claim"] == {"state": "refused", "code": None}


def test_counts_of_the_administrator_add_up() -> None:
    made = day()
    made.seat("a")
    counts = admin_view(scene(made), "s")["counts"]["r1"]
    assert (counts["total"], counts["waiting"], counts["expected"]) == (2, 1, 1)
