"""``kill -9`` at every step of an import: the roster is there as a whole or not at all."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.moments import local
from gateway.operations import run
from tests.support.dying_import import ROWS
from tests.support.samples import csv_bytes, encoded, open_house, with_event

ROOT = Path(__file__).parents[2]
KILLED = -9
TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.process
async def test_an_import_that_is_killed_at_any_statement_is_whole_or_nothing(tmp_path: Path) -> None:
    template, copies = tmp_path / "template", tmp_path / "copies"
    async with open_house(template) as house:
        await with_event(house)
    imported = [await _imported(directory) for directory in await _killed(template, copies)]
    assert set(imported) <= {0, len(ROWS)}
    assert imported[0] == 0
    assert imported[-1] == len(ROWS)


@pytest.mark.process
async def test_an_update_that_is_killed_at_any_statement_is_whole_or_nothing(tmp_path: Path) -> None:
    template, copies = tmp_path / "template", tmp_path / "copies"
    async with open_house(template) as house:
        await with_event(house, ROWS)
    states = [await _state(directory) for directory in await _killed(template, copies, "update")]
    before = [("1001", "山田 花子", "10:00", "expected"), ("1002", "山田 花子", "11:00", "expected"),
              ("1003", "山田 花子", "12:00", "expected")]  # fmt: skip
    after = [("1001", "山田 花子", "13:00", "expected"), ("1002", "鈴木 一郎", "11:00", "expected"),
             ("1003", "山田 花子", "12:00", "cancelled"), ("1009", "山田 花子", "14:00", "expected")]  # fmt: skip
    assert (states[0], states[-1]) == (before, after)
    assert all(state in (before, after) for state in states)


async def _killed(template: Path, copies: Path, *mode: str) -> list[Path]:
    """The directories that were left behind, in the order of the statement that was the last."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.dying_import", str(template), str(copies), *mode,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    endings = {int(step): ending for step, ending in json.loads(out).items()}
    assert len(endings) >= 5, "the import was not killed in the middle"
    assert [endings[step] for step in sorted(endings)] == [KILLED] * (len(endings) - 1) + [0]
    return [copies / str(step) for step in sorted(endings)]


async def _state(directory: Path) -> list[tuple[str, str, str, str]]:
    """Number, name, start and phase of everybody, everything about them being whole."""
    async with open_house(directory) as house:
        hall = house.halls["test-2026"]
        assert (await run(house, "verify", {"event": "test-2026"}))["ok"]
        assert hall.people.roster.keys() == hall.state.interviews.keys()
        found = [(row, hall.state.interviews[key]) for key, row in hall.people.roster.items()]
        return sorted(
            (str(row["number"]), str(row["name"]), local(one.starts_at, TOKYO).strftime("%H:%M"), one.phase)
            for row, one in found
        )


async def _imported(directory: Path) -> int:
    """How many are on the roster, everything about them being whole, and that the import can be done now if not."""
    async with open_house(directory) as house:
        hall = house.halls["test-2026"]
        count = len(hall.state.interviews)
        assert hall.people.roster.keys() == hall.state.interviews.keys()
        assert (await run(house, "verify", {"event": "test-2026"}))["ok"]
        if count == 0:
            again = await run(house, "roster-import", {"event": "test-2026", "csv": encoded(csv_bytes(ROWS))})
            assert again["imported"] == len(ROWS)
        links = await run(house, "invites", {"event": "test-2026"})
        assert len(links["invites"]) == len(ROWS) + 1
        return count
