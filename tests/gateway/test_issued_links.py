"""Links that harutaka issued go in all together or not at all, to one person each, and come out at nobody's else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.house import House
from gateway.issued import MAX_FORMER, links_of
from gateway.linksheet import Addressees, read_links, template
from gateway.operations import run
from gateway.people import LINKS
from gateway.problems import Problem
from gateway.roster import MAX_ROWS
from providers.harutaka.address import MAX_URL
from providers.harutaka.urls import Pair, Taken
from tests.support.issued import HEADER, LIVE, candidate, evaluator, line, set_up, sheet
from tests.support.samples import encoded, open_house, roster_row, with_event
from waiting_room.commands import CancelInterview, ImportRoster, Reschedule, Slot
from waiting_room.entries import LinkRegistered
from waiting_room.journal.bounds import measure
from waiting_room.journal.port import Batch, Document, Draft

EVENT = "test-2026"
PEOPLE = [
    roster_row("1001"),
    roster_row("1002", 開始時刻="10:20"),
    roster_row("1003", 面接室="第2面接室", 開始時刻="10:00"),
]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data") as made:
        set_up(made)
        await with_event(made, PEOPLE)
        yield made


def args(data: bytes, *, mailed: bool = False, **more: Any) -> dict[str, Any]:
    return {"event": EVENT, "provider": "harutaka", "csv": encoded(data), "mailed": mailed, **more}


async def bring_in(house: House, *lines: str, mailed: bool = False) -> dict[str, Any]:
    return await run(house, "links-import", args(sheet(*lines), mailed=mailed))


async def refused(house: House, data: bytes) -> list[tuple[int, str, str]]:
    """The faults that a file is refused with, in the preview and in the import alike; nothing has changed."""
    head = house.halls[EVENT].state.head
    seen = await run(house, "links-import", args(data, dry_run=True))
    with pytest.raises(Problem) as caught:
        await run(house, "links-import", args(data))
    assert caught.value.code == "links_faults"
    assert (caught.value.extra or {})["faults"] == seen["faults"]
    assert house.halls[EVENT].state.head == head
    return [(one["line"], one["column"], one["code"]) for one in seen["faults"]]


def interview(house: House, number: str) -> str:
    (found,) = house.halls[EVENT].people.with_number(number)
    return found


def pair(house: House, number: str) -> Pair | None:
    found = house.halls[EVENT].state.interviews[interview(house, number)]
    return links_of(house)(EVENT, found.room, found.id)


# --- what goes in ------------------------------------------------------------------------------------------------


async def test_a_preview_says_who_is_left_out_and_changes_nothing(house: House) -> None:
    head = house.halls[EVENT].state.head
    seen = await run(house, "links-import", args(sheet(line("1001")), dry_run=True))
    assert (seen["rows"], seen["known"], seen["imported"], seen["faults"]) == (1, 1, 0, [])
    assert [row["number"] for row in seen["missing"]] == ["1003", "1002"]
    assert {*seen["missing"][0]} == {"interview", "number", "name", "starts_at"}
    assert (house.halls[EVENT].state.head, house.halls[EVENT].people.links) == (head, {})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
async def test_numbers_are_matched_as_they_are_meant_in_any_encoding(house: House, encoding: str) -> None:
    data = sheet(line("１００１", "a"), line(" 1002 ", "b"), encoding=encoding)
    answer = await run(house, "links-import", args(data))
    assert (answer["imported"], answer["encoding"]) == (2, encoding)
    assert pair(house, "1001") == Pair(candidate("a"))
    assert pair(house, "1002") == Pair(candidate("b"))


@pytest.mark.parametrize(
    "header", [HEADER, "number,room,candidate URL,evaluator URL", "番号,部屋,候補者ライブURL,面接官URL"]
)
async def test_headings_in_several_words(house: House, header: str) -> None:
    answer = await run(house, "links-import", args(sheet(line("1001"), header=header)))
    assert answer["imported"] == 1


async def test_a_roster_with_links_beside_it_will_do(house: House) -> None:
    header = "受験番号,氏名,開始時刻,候補者URL"
    await run(house, "links-import", args(sheet(f"1001,山田 花子,10:00,{candidate('a')}", header=header)))
    assert pair(house, "1001") == Pair(candidate("a"))


async def test_whether_they_were_mailed_is_in_the_journal_and_the_links_are_not(house: House) -> None:
    await bring_in(house, line("1001", interviewers=evaluator("a")), mailed=True)
    hall = house.halls[EVENT]
    assert hall.state.interviews[interview(house, "1001")].links == (("harutaka", True),)
    rows = await house.book.journal.read(EVENT, 0)
    private = await house.book.journal.private(EVENT, [row.offset for row in rows])
    stored = b"".join([*(row.body for row in rows), *private.values()])
    documents = await house.book.journal.documents(EVENT, LINKS)
    assert len(documents) == 1
    assert b"-token-" not in stored + b"".join(documents.values())


async def test_a_rooms_link_is_for_its_interviewers_unless_they_have_their_own(house: House) -> None:
    lines = [line("1001"), line("1002", interviewers=evaluator("own")), line("1003"), f",第1面接室,,{evaluator('r1')}"]
    await bring_in(house, *lines)
    assert pair(house, "1001") == Pair(candidate("1001"), evaluator("r1"))
    assert pair(house, "1002") == Pair(candidate("1002"), evaluator("own"))
    assert pair(house, "1003") == Pair(candidate("1003"))


async def test_a_rooms_link_may_come_before_or_after_and_leaves_alone_what_was_mailed(house: House) -> None:
    await bring_in(house, f",r1,,{evaluator('r1')}")
    assert pair(house, "1001") is None
    await bring_in(house, line("1001"), mailed=True)
    assert pair(house, "1001") == Pair(candidate("1001"), evaluator("r1"))
    await bring_in(house, f",r1,,{evaluator('new')}", mailed=False)
    assert pair(house, "1001") == Pair(candidate("1001"), evaluator("new"))
    assert house.halls[EVENT].state.interviews[interview(house, "1001")].links == (("harutaka", True),)
    last = (await house.book.read(EVENT, house.halls[EVENT].state.head - 1))[-1]
    assert last.entry == LinkRegistered("harutaka", mailed=True)  # other gateways are told to read documents anew


async def test_an_interview_that_is_moved_has_its_new_rooms_interviewers(house: House) -> None:
    await bring_in(house, line("1001"), f",r1,,{evaluator('r1')}", f",r2,,{evaluator('r2')}")
    moved = house.halls[EVENT].state.interviews[interview(house, "1001")]
    command = Reschedule(moved.id, moved.starts_at, moved.ends_at, "r2")
    await house.halls[EVENT].execute(command, actor="cli", command_id="move")
    assert pair(house, "1001") == Pair(candidate("1001"), evaluator("r2"))


async def test_a_line_of_one_whose_interview_is_over_is_passed_by(house: House) -> None:
    gone = interview(house, "1001")
    await house.halls[EVENT].execute(CancelInterview(gone, "candidate"), actor="cli", command_id="cancel")
    answer = await bring_in(house, line("1001"), line("1002"))
    assert (answer["rows"], answer["imported"], answer["known"]) == (2, 1, 1)
    assert pair(house, "1001") is None


# --- and again ---------------------------------------------------------------------------------------------------


async def test_importing_again_replaces_and_says_anew_whether_it_was_mailed(house: House) -> None:
    await bring_in(house, line("1001", "a"), mailed=True)
    await bring_in(house, line("1001", "b"), mailed=False)
    assert pair(house, "1001") == Pair(candidate("b"))
    assert house.halls[EVENT].state.interviews[interview(house, "1001")].links == (("harutaka", False),)


async def test_what_somebody_has_from_before_is_given_to_nobody_else(house: House) -> None:
    await bring_in(house, line("1001", "a"))
    await bring_in(house, line("1001", "b"))
    assert await refused(house, sheet(line("1002", "a"))) == [(2, "candidate", "taken")]
    await bring_in(house, line("1001", "a"))
    assert pair(house, "1001") == Pair(candidate("a"))
    assert await refused(house, sheet(line("1002", "b"))) == [(2, "candidate", "taken")]


async def test_what_is_remembered_of_one_person_is_bounded(house: House) -> None:
    for token in "abcdef":
        await bring_in(house, line("1001", token))
    (kept,) = house.halls[EVENT].people.links.values()
    assert kept["former"] == [candidate("e"), candidate("d")]
    assert len(kept["former"]) == MAX_FORMER


async def test_two_imports_at_once_give_no_link_to_two_people(house: House) -> None:
    both = await asyncio.gather(
        bring_in(house, line("1001", "same")), bring_in(house, line("1002", "same")), return_exceptions=True
    )
    assert sorted(getattr(one, "code", "done") for one in both) == ["done", "links_faults"]
    assert sum(pair(house, number) is not None for number in ("1001", "1002")) == 1


async def test_a_repeat_gets_the_same_answer_and_is_one_import(house: House) -> None:
    first = await run(house, "links-import", args(sheet(line("1001"))), command_id="page-1:links")
    head = house.halls[EVENT].state.head
    assert await run(house, "links-import", args(sheet(line("1001"))), command_id="page-1:links") == first
    assert house.halls[EVENT].state.head == head


async def test_a_house_that_comes_back_has_them(tmp_path: Path) -> None:
    async with open_house(tmp_path / "d") as house:
        set_up(house)
        await with_event(house, PEOPLE)
        await bring_in(house, line("1001"), f",r1,,{evaluator('r1')}")
    async with open_house(tmp_path / "d") as house:
        assert pair(house, "1001") == Pair(candidate("1001"), evaluator("r1"))


async def test_a_second_gateways_people_follow_an_import(house: House) -> None:
    """As the tail brings it: entries of another process, whose documents are read then."""
    hall = house.halls[EVENT]
    await bring_in(house, line("1001"))
    rows = await house.book.journal.read(EVENT, hall.state.head - 1)
    kept, hall.people.links = hall.people.links, {}
    hall.state.head -= 1
    await hall._fold_rows(rows)
    assert hall.people.links == kept


def on_disk(house: House) -> bytes:
    return b"".join(path.read_bytes() for path in house.settings.data_dir.rglob("*") if path.is_file())


async def test_a_purge_leaves_no_link_and_not_even_what_it_was_sealed_in(house: House) -> None:
    await bring_in(house, line("1001"), f",r1,,{evaluator('r1')}")
    found, sealed = interview(house, "1001"), await house.book.journal.documents(EVENT, LINKS)
    assert b"-token-" not in on_disk(house)
    assert [body in on_disk(house) for body in sealed.values()] == [True, True]
    await house.book.purge(EVENT)
    house.halls.close(EVENT)
    assert await house.book.journal.documents(EVENT, LINKS) == {}
    assert [body in on_disk(house) for body in sealed.values()] == [False, False]
    assert links_of(house)(EVENT, "r1", found) is None


# --- what does not -----------------------------------------------------------------------------------------------

BAD = [
    ("9999,," + candidate("a") + ",", "number", "unknown_number"),
    (f"1001,,{candidate('twice')},", "candidate", "duplicate_candidate"),
    (f"1001,,http://{LIVE.partition('//')[2]}/a,", "candidate", "not_https"),
    ("1001,,https://harutaka.jp.evil.example/live/a,", "candidate", "foreign_host"),
    ("1001,,https://evil.example/company.harutaka.jp/a,", "candidate", "foreign_host"),
    ("1001,,https://company.harutaka.jp@evil.example/a,", "candidate", "user_in_url"),
    ("1001,,https://company.harutaka.jp\\@evil.example/a,", "candidate", "bad_character"),
    ("1001,,https://company.harutaka.jp:8443/live/a,", "candidate", "port"),
    ("1001,,https://company.harutaka.jp/ml/a,", "candidate", "my_live_url"),
    ("1001,,https://company.harutaka.jp/,", "candidate", "no_room"),
    (f"1001,,{LIVE}/{'a' * MAX_URL},", "candidate", "too_long"),
    ("1001,,,", "candidate", "no_candidate"),
    (f"1001,,{candidate('a')},{candidate('twice')}", "evaluator", "evaluator_is_candidate"),
    (f",,{candidate('a')},", "number", "no_key"),
    (f",第1面接室,{candidate('a')},", "candidate", "room_candidate"),
    (",第1面接室,,", "evaluator", "no_evaluator"),
    (f",第9面接室,,{evaluator('a')}", "room", "unknown_room"),
    (f"1001,,{candidate('a')},,extra", "", "too_many_cells"),
]


@pytest.mark.parametrize(("bad", "column", "code"), BAD)
async def test_each_check_names_its_cell_and_nothing_is_imported(
    house: House, bad: str, column: str, code: str
) -> None:
    assert await refused(house, sheet(line("1002", "twice"), bad)) == [(3, column, code)]


async def test_every_bad_line_of_a_file_is_named_and_no_link_is_repeated(house: House) -> None:
    lines = [bad for bad, _, _ in BAD if bad.startswith(("9999", ",第9"))]
    lines += ["1001,,https://evil.example/secret-1,", "1002,,ftp://company.harutaka.jp/secret-2,", "1002,,,"]
    data = sheet(line("1003"), *lines, encoding="cp932")
    assert await refused(house, data) == [
        (3, "number", "unknown_number"),
        (4, "room", "unknown_room"),
        (5, "candidate", "foreign_host"),
        (6, "candidate", "not_https"),
        (7, "candidate", "no_candidate"),
        (7, "number", "duplicate_number"),
    ]
    for language in ("ja", "en"):
        seen = await run(house, "links-import", args(data, dry_run=True), language=language)
        said = json.dumps(seen, ensure_ascii=False)
        assert "secret" not in said
        assert LIVE not in said
        assert "evil" not in said


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (f"{HEADER}\r\n".encode(), "empty"),
        (b"\x81", "bad_encoding"),
        (b'"1001', "bad_csv"),
        (sheet("1001", header="受験番号"), "column_missing"),
        (sheet(candidate("a"), header="候補者URL"), "column_missing"),
        (sheet(line("1001"), header="受験番号,面接室,候補者URL,候補者ライブURL"), "column_twice"),
        (sheet(line("1001"), header="受験番号,面接室,候補者URL,評価者のURL"), "unknown_column"),
        (sheet(*[line("1001")] * (MAX_ROWS + 1)), "too_many_rows"),
    ],
)
async def test_a_file_that_is_no_sheet_of_links(house: House, data: bytes, code: str) -> None:
    assert [found for _, _, found in await refused(house, data)] == [code]


async def test_a_number_that_the_roster_has_twice_is_nobodys(house: House) -> None:
    """Two interviews of one number: an import by file makes none, a re-sit may."""
    again = ("roster", "ivagain", {"number": "１００１", "name": "山田 花子"})
    start = house.halls[EVENT].state.interviews[interview(house, "1003")].ends_at
    slot = Slot("ivagain", "r2", start, start + 60_000_000)
    await house.halls[EVENT].execute(ImportRoster((slot,)), actor="cli", command_id="again", documents=[again])
    assert await refused(house, sheet(line("1001"))) == [(2, "number", "ambiguous_number")]
    await house.halls[EVENT].execute(CancelInterview("ivagain", "staff"), actor="cli", command_id="cancel")
    assert (await bring_in(house, line("1001")))["imported"] == 1


async def test_hosts_that_the_settings_allow(house: House) -> None:
    set_up(house, hosts=["live.example"])
    await run(house, "links-import", args(sheet("1001,,https://live.example/room/1,")))
    assert pair(house, "1001") == Pair("https://live.example/room/1")


async def test_a_warning_holds_nothing_up(house: House) -> None:
    answer = await bring_in(house, line("1001", interviewers="https://company.harutaka.jp/ml/a"))
    assert answer["imported"] == 1
    assert [(one["line"], one["column"], one["code"]) for one in answer["warnings"]] == [
        (2, "evaluator", "my_live_evaluator")
    ]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"provider": "webrtc"}, "not_issued", "/provider"),
        ({"provider": "scripted"}, "not_issued", "/provider"),
        ({"provider": "skype"}, "unknown_provider", "/provider"),
        ({"mailed": "no"}, "invalid", "/mailed"),
        ({"mailed": None}, "invalid", "/mailed"),
        ({"csv": "%%"}, "invalid", "/csv"),
        ({"event": "nope"}, "unknown_event", "/event"),
    ],
)
async def test_bad_arguments_are_named(house: House, changes: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Problem) as caught:
        await run(house, "links-import", args(sheet(line("1001"))) | changes)
    assert (caught.value.code, caught.value.field) == (code, field)


async def test_whether_they_were_mailed_has_to_be_said(house: House) -> None:
    said = args(sheet(line("1001")))
    del said["mailed"]
    with pytest.raises(Problem) as caught:
        await run(house, "links-import", said)
    assert (caught.value.code, caught.value.field) == ("invalid", "/mailed")


def test_the_longest_file_fits_one_batch() -> None:
    """4 MiB of links, and as much twice over from before, with what encryption adds."""
    overhead = 64 + len('{"candidate":"","evaluator":"","former":["",""]}')
    bodies = 3 * 4 * 2**20 // MAX_ROWS + overhead
    documents = tuple(Document(LINKS, f"harutaka:i:iv{n:012}", b"x" * bodies) for n in range(MAX_ROWS))
    drafts = tuple(Draft(f"i:iv{n:012}", b"x" * 120) for n in range(MAX_ROWS))
    assert measure(Batch(drafts, documents), "id") > 12 * 2**20


def test_the_template_is_a_sheet_without_lines() -> None:
    for language in ("ja", "en"):
        found = read_links(template(language), Addressees({}, {}), Taken())
        assert [one.code for one in found.faults] == ["empty"]


def test_a_pair_is_in_no_log() -> None:
    found = read_links(sheet(line("1")), Addressees({"1": ["iv"]}, {}), Taken())
    assert found.pairs == {"iv": Pair(candidate("1"))}
    assert "token" not in repr(found)
