"""An import of links: all or nothing, every fault with its line and cell, and no link in a fault."""

from __future__ import annotations

import re

import pytest

from providers.harutaka.faults import SENTENCES, WARNINGS, Fault
from providers.harutaka.urls import MAX_FAULTS, Pair, Row, Taken, check, coverage
from tests.providers.harutaka.samples import ROOMS, pair, room_row, row, slot

MY_LIVE = "https://company.harutaka.jp/ml/tanaka"


def faults(*rows: Row, taken: Taken | None = None) -> list[tuple[int, str, str]]:
    found = check(rows, taken=taken)
    assert (not found.faults) or (not found.pairs and not found.rooms)
    return [(one.line, one.column, one.code) for one in found.faults]


def test_links_are_found_by_number() -> None:
    found = check([row(2, "A-001", evaluator=f"{ROOMS}/e1"), row(3, "A-002")])
    assert found.faults == found.warnings == ()
    assert found.pair("A-001", "r1") == Pair(f"{ROOMS}/c-token-A-001", f"{ROOMS}/e1")
    assert found.pair("A-002", "r1") == Pair(f"{ROOMS}/c-token-A-002")
    assert found.pair("A-003", "r1") is None


def test_a_room_may_have_one_link_for_its_interviewers_and_an_own_one_goes_first() -> None:
    rows = [row(2, "A-001"), row(3, "A-002", evaluator=f"{ROOMS}/own"), room_row(4, "r1", f"{ROOMS}/panel-1")]
    found = check(rows)
    assert found.faults == ()
    assert [found.pair(number, "r1") for number in ("A-001", "A-002")] == [
        Pair(f"{ROOMS}/c-token-A-001", f"{ROOMS}/panel-1"),
        Pair(f"{ROOMS}/c-token-A-002", f"{ROOMS}/own"),
    ]
    assert found.pair("A-001", "r2") == Pair(f"{ROOMS}/c-token-A-001")


def test_a_row_with_a_number_is_about_that_candidate_whatever_its_room() -> None:
    found = check([row(2, "A-001", room="r1"), row(3, "A-002", room="r1")])
    assert (found.faults, found.rooms, len(found.pairs)) == ((), {}, 2)


@pytest.mark.parametrize(
    ("one", "column", "code"),
    [
        (Row(2, "", "", f"{ROOMS}/c", ""), "number", "no_key"),
        (Row(2, "A-001", "", "", f"{ROOMS}/e"), "candidate", "no_candidate"),
        (Row(2, "", "r1", "", ""), "evaluator", "no_evaluator"),
        (row(2, "A-001", "http://company.harutaka.jp/live/1"), "candidate", "not_https"),
        (row(2, "A-001", evaluator="https://evilharutaka.jp/e"), "evaluator", "foreign_host"),
        (row(2, "A-001", MY_LIVE), "candidate", "my_live_url"),
        (room_row(2, "r1", "https://company.harutaka.jp/"), "evaluator", "no_room"),
    ],
)
def test_a_row_that_says_too_little_or_wrong(one: Row, column: str, code: str) -> None:
    assert faults(one) == [(2, column, code)]


def test_a_candidates_link_for_a_whole_room_is_refused() -> None:
    """Every candidate of the room would have it, and could enter the others' interviews."""
    assert faults(room_row(2, "r1", f"{ROOMS}/panel", f"{ROOMS}/all")) == [(2, "candidate", "room_candidate")]


@pytest.mark.parametrize("same", [f"{ROOMS}/c-token-A-001", f"{ROOMS}/c-token-A-001/", f"{ROOMS}/c-token-A-001#2"])
def test_no_link_is_two_candidates(same: str) -> None:
    found = check([row(2, "A-001"), row(3, "A-002", same)])
    assert found.faults == (Fault(3, "candidate", "duplicate_candidate", {"other": 2}),)
    assert "line 2" in found.faults[0].text["en"]
    assert "2 行目" in found.faults[0].text["ja"]


def test_a_number_and_a_room_stand_once() -> None:
    candidates = [row(2, "A-001"), row(3, "A-001", f"{ROOMS}/x")]
    rooms = [room_row(4, "r1", f"{ROOMS}/p1"), room_row(5, "r1", f"{ROOMS}/p2")]
    assert check([*candidates, *rooms]).faults == (
        Fault(3, "number", "duplicate_number", {"other": 2}),
        Fault(5, "room", "duplicate_room", {"other": 4}),
    )


@pytest.mark.parametrize("theirs", ["A-001", "A-002"])
def test_the_interviewers_link_is_no_candidates(theirs: str) -> None:
    """Not that of the same row, nor of a row before or after."""
    link, code = f"{ROOMS}/c-token-{theirs}", "evaluator_is_candidate"
    assert faults(row(2, "A-001"), row(3, "A-002"), room_row(4, "r1", link)) == [(4, "evaluator", code)]
    assert faults(row(2, "A-001", evaluator=link), row(3, "A-002")) == [(2, "evaluator", code)]


def test_what_somebody_else_may_have_is_given_to_nobody_else() -> None:
    """Also when that person gets another link in this very import: the old one may be in a mail."""
    taken = Taken({f"{ROOMS}/c-token-A-001": "A-001"}, [f"{ROOMS}/panel"])
    moved = row(3, "A-002", f"{ROOMS}/c-token-A-001/")
    assert faults(moved, taken=taken) == [(3, "candidate", "taken")]
    assert faults(row(2, "A-001", f"{ROOMS}/new"), moved, taken=taken) == [(3, "candidate", "taken")]
    assert faults(row(2, "A-009", f"{ROOMS}/panel"), taken=taken) == [(2, "candidate", "taken")]
    assert faults(room_row(2, "r1", f"{ROOMS}/c-token-A-001"), taken=taken) == [(2, "evaluator", "taken")]


def test_the_same_again_is_no_fault() -> None:
    taken = Taken({f"{ROOMS}/c-token-A-001": "A-001"}, [f"{ROOMS}/panel"])
    assert faults(row(2, "A-001", evaluator=f"{ROOMS}/panel"), taken=taken) == []


def test_warnings_hold_nothing_up() -> None:
    """An interviewers' link may be odd; whose room it is, only harutaka knows."""
    rows = [row(2, "A-001", evaluator=MY_LIVE), room_row(3, "r1", f"{ROOMS}/p"), room_row(4, "r2", f"{ROOMS}/p/")]
    found = check(rows)
    assert found.faults == ()
    assert [(one.line, one.code, dict(one.details)) for one in found.warnings] == [
        (2, "my_live_evaluator", {}),
        (4, "evaluator_of_two_rooms", {"other": 3}),
    ]
    assert found.pair("A-001", "r1") is not None


def test_every_fault_is_told_at_once_one_for_each_cell_in_order() -> None:
    found = faults(
        row(2, "A-001", "ftp://company.harutaka.jp/1", f"{ROOMS}/a b"),
        row(3, "A-001", "ftp://company.harutaka.jp/1"),
        Row(4, "", "", "", ""),
    )
    assert found == [
        (2, "candidate", "not_https"),
        (2, "evaluator", "bad_character"),
        (3, "candidate", "not_https"),
        (3, "number", "duplicate_number"),
        (4, "number", "no_key"),
    ]


def test_of_a_cell_the_gravest_fault_is_told_and_no_warning_hides_one() -> None:
    """Which other line has the same my-live link is of no interest while it is one."""
    assert faults(row(2, "A-001", MY_LIVE), row(3, "A-002", MY_LIVE, MY_LIVE)) == [
        (2, "candidate", "my_live_url"),
        (3, "candidate", "my_live_url"),
        (3, "evaluator", "evaluator_is_candidate"),
    ]


def test_one_fault_lets_nothing_in() -> None:
    found = check([row(2, "A-001"), row(3, "A-002", MY_LIVE), room_row(4, "r1", f"{ROOMS}/p")])
    assert (found.pairs, found.rooms) == ({}, {})


def test_faults_are_bounded() -> None:
    assert len(check([Row(line, "", "", "", "") for line in range(2, MAX_FAULTS + 50)]).faults) == MAX_FAULTS


def test_no_fault_and_no_repr_shows_a_link_or_a_number() -> None:
    secret = "https://u:hush@company.harutaka.jp/live/hush"
    rows = [Row(2, "hush", "r1", secret, secret)]
    found = check(rows)
    assert "hush" not in repr(found) + repr(rows) + repr([one.text for one in found.faults])
    known = Taken({secret: "hush"}, [secret])
    assert "hush" not in repr(known) + repr(Pair(secret, secret)) + repr(check([row(2, "1")], taken=known))


def test_every_sentence_is_in_both_languages() -> None:
    for code, (ja, en) in SENTENCES.items():
        assert re.search(r"[\u3040-\u30ff]", ja), code
        assert re.sub("マイライブ", "", en).isascii(), code
    assert SENTENCES.keys() >= WARNINGS


def test_slots_without_links_are_named() -> None:
    links = {"ivr1-0": pair(0), "ivr1-2": Pair(f"{ROOMS}/c-token-2")}
    found = coverage([slot(0), slot(1), slot(2)], lambda _event, _room, interview: links.get(interview))
    assert [one.interview for one in found.without] == ["ivr1-1"]
    assert [one.interview for one in found.without_evaluator] == ["ivr1-2"]
    assert found.shared == ()


def test_slots_that_share_a_link_are_named() -> None:
    """However they got it: an import refuses it, another event's may not have been looked at."""
    links = {
        "ivr1-0": pair(0),
        "ivr1-1": Pair(f"{ROOMS}/c-token-0/", f"{ROOMS}/e"),
        "ivr1-2": pair(2),
        "ivr1-3": Pair(f"{ROOMS}/c-token-3", f"{ROOMS}/c-token-2"),
        "ivr1-4": Pair(f"{ROOMS}/c-token-4"),
    }
    found = coverage([slot(n) for n in range(5)], lambda _event, _room, interview: links.get(interview))
    assert [one.interview for one in found.shared] == ["ivr1-0", "ivr1-1", "ivr1-3"]


def test_links_are_looked_up_by_event_room_and_interview() -> None:
    asked: list[tuple[str, str, str]] = []
    coverage([slot(0, "r2")], lambda *where: asked.append(where))
    assert asked == [("exam", "r2", "ivr2-0")]
