"""Providers and their links on the command line: in its own process, and through a running gateway's socket."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, get_args

import pytest

from gateway import switching
from gateway.app import running
from gateway.cli import providers
from gateway.cli.reach import Failed, _operate
from gateway.config import Settings
from providers.base import Verdict
from tests.gateway.test_cli import Terminal, terminal
from tests.support.issued import line, set_up, sheet
from tests.support.samples import csv_bytes, encoded, event_document, roster_row

__all__ = ["terminal"]  # a fixture


@pytest.fixture
def office(terminal: Terminal) -> Terminal:
    """An event with two candidates."""
    terminal.ok("event", "create", "event.json")
    terminal.ok("roster", "import", "test-2026", "roster.csv")
    return terminal


def test_providers_are_listed(office: Terminal) -> None:
    heading, *lines = office.ok("provider", "list").splitlines()
    assert heading.split("\t") == ["provider", "name", "can", "events", "state"]
    found = {row[0]: row for row in (one.split("\t") for one in lines)}
    assert found["webrtc"][3:] == ["test-2026", "up"]
    assert found["scripted"][3] == "-"


@pytest.fixture
def practice(terminal: Terminal) -> Terminal:
    """The same event, for practice."""
    (terminal.directory / "event.json").write_text(json.dumps(event_document(rehearsal=True)))
    terminal.ok("event", "create", "event.json")
    terminal.ok("roster", "import", "test-2026", "roster.csv")
    return terminal


def test_what_carries_nobody_is_no_provider_of_a_real_event(office: Terminal) -> None:
    for reason in ((), ("--reason", "rehearsal"), ("--dry-run",)):
        code, _, err = office.type("provider", "switch", "test-2026", "scripted", *reason)
        assert code == 2 or "[rehearsal_only]" in err
    assert office.json("event", "show", "test-2026")["provider"] == "webrtc"
    for name, rules in (("order", {"provider_order": ["scripted"]}), ("provider", {"provider": "scripted"})):
        (office.directory / "event.json").write_text(json.dumps(event_document(id=name, **rules)))
        code, _, err = office.type("event", "create", "event.json")
        assert (code, "unknown_provider" in err or "not set up" in err) == (1, True)


def test_a_switch_is_looked_at_and_made(practice: Terminal) -> None:
    office = practice
    seen = office.ok("provider", "switch", "test-2026", "scripted", "--dry-run", "--open", "move")
    assert seen.splitlines()[:2] == ["webrtc → scripted", "follows 2"]
    assert office.json("event", "show", "test-2026")["provider"] == "webrtc"
    code, _, err = office.type("provider", "switch", "test-2026", "scripted")
    assert (code, "--reason" in err) == (2, True)
    reason = ("--reason", "rehearsal")
    code, _, err = office.type("provider", "switch", "test-2026", "scripted", "--expects", "zoom", *reason)
    assert (code, "[changed_meanwhile]" in err) == (1, True)
    assert office.ok("provider", "switch", "test-2026", "scripted", "--expects", "webrtc", *reason) == (
        "The provider is scripted now.\n"
    )
    office.ok("provider", "switch", "test-2026", "webrtc", "--scope", "r:r1", *reason)
    assert office.json("provider", "switch", "test-2026", "", "--scope", "r:r1", *reason)["provider"] == "scripted"
    code, _, err = office.type("provider", "switch", "test-2026", "skype", *reason)
    assert (code, "[unknown_provider]" in err) == (1, True)


def test_a_check_that_finds_nothing_wrong_exits_with_0(office: Terminal) -> None:
    assert "nothing\tok" in office.ok("provider", "check", "webrtc", "--event", "test-2026")
    assert office.json("provider", "check", "scripted")["findings"][0]["verdict"] == "ok"


def test_who_confirmed_is_asked_for(office: Terminal) -> None:
    confirm = ("provider", "confirm", "scripted", "recording", "--event", "test-2026")
    code, _, err = office.type(*confirm)
    assert (code, "--name" in err) == (2, True)
    assert office.ok(*confirm, "--name", "Aoki", "--note", "seen") == "Confirmed recording of scripted.\n"


def test_nothing_is_failed_over_that_is_not_proposed(office: Terminal) -> None:
    code, _, err = office.type("failover", "test-2026", "--to", "scripted")
    assert (code, "[nothing_proposed]" in err) == (1, True)


def test_links_of_a_provider_that_makes_its_own(office: Terminal) -> None:
    (office.directory / "links.csv").write_bytes(sheet(line("1")))
    arguments = ("links", "test-2026", "links.csv", "--provider", "scripted")
    code, _, err = office.type(*arguments)
    assert (code, "--mailed / --not-mailed" in err) == (2, True)
    code, _, err = office.type(*arguments, "--mailed")
    assert (code, "[not_issued]" in err) == (1, True)
    assert office.ok("links-template").startswith("number,room,candidate URL,evaluator URL")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.for_demo(tmp_path / "d")


async def typed(office: Terminal, *arguments: str) -> tuple[int, str, str]:
    """As a person beside the running gateway."""
    return await asyncio.to_thread(office.type, *arguments, "--data", "d")


async def test_all_of_it_through_the_socket(settings: Settings, terminal: Terminal) -> None:
    (terminal.directory / "links.csv").write_bytes(sheet(line("1001"), encoding="cp932"))
    (terminal.directory / "bad.csv").write_bytes(sheet("1001,,http://company.harutaka.jp/live/a,", "9,,,"))
    async with running(settings, worker=False) as gateway:
        set_up(gateway.house)
        await _operate(settings, "event-create", {"file": event_document()}, "en")
        content = encoded(csv_bytes([roster_row("1001"), roster_row("1002", 開始時刻="11:00")]))
        await _operate(settings, "roster-import", {"event": "test-2026", "csv": content}, "en")
        state = gateway.house.halls["test-2026"].state

        bad = await typed(terminal, "links", "test-2026", "bad.csv", "--provider", "harutaka", "--not-mailed")
        assert bad[0] == 1
        assert [one.split(": ")[0].strip() for one in bad[2].splitlines()[1:]] == [
            "line 2 candidate URL", "line 3 number", "line 3 candidate URL",
        ]  # fmt: skip
        looked = await typed(
            terminal, "links", "test-2026", "links.csv", "--provider", "harutaka", "--mailed", "--dry-run"
        )
        assert (looked[0], "1 lines can be imported." in looked[1], "1002" in looked[1]) == (0, True, True)
        done = await typed(terminal, "links", "test-2026", "links.csv", "--provider", "harutaka", "--mailed")
        assert (done[0], done[1].splitlines()[0]) == (0, "Imported 1 links.")
        assert [dict(i.links) for i in state.of_room("r1")] == [{"harutaka": True}, {}]

        checked = await typed(terminal, "provider", "check", "harutaka", "--event", "test-2026")
        assert checked[0] == 1
        assert [row.split("\t")[2] for row in checked[1].splitlines() if "\tfailed\t" in row] == ["1002"]
        asked = ("recording", "--event", "test-2026", "--name", "Aoki")
        assert (await typed(terminal, "provider", "confirm", "harutaka", *asked))[0] == 0
        answer = await typed(terminal, "provider", "check", "harutaka", "--event", "test-2026", "--json")
        by = {f["check"]: f["confirmed"] for f in json.loads(answer[1])["findings"]}
        assert (by["recording"]["by"], by["waiting_room"]) == ("Aoki", None)

        assert (await typed(terminal, "provider", "list"))[0] == 0
        seen = await typed(terminal, "provider", "switch", "test-2026", "harutaka", "--dry-run", "--json")
        assert json.loads(seen[1])["counts"]["follows"] == 2
        assert (await typed(terminal, "provider", "switch", "test-2026", "harutaka", "--reason", "x"))[0] == 0
        assert state.provider_for() == "harutaka"
        assert (await typed(terminal, "failover", "test-2026", "--to", "scripted"))[0] == 1
        with pytest.raises(Failed):
            await _operate(settings, "provider-check", {"provider": "skype"}, "en")


def test_words_for_everything_that_an_answer_may_say() -> None:
    tables: list[tuple[Any, Any]] = [
        (switching.Effect, providers.EFFECTS),
        (switching.Hindrance, providers.HINDRANCES),
        (switching.OldLink, providers.OLD_LINKS),
        (switching.Warn, providers.WARNINGS),
        (Verdict, providers.VERDICTS),
    ]
    for words, table in tables:
        assert {*get_args(words)} == {*table}
