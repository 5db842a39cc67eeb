"""``kill -9`` at every step of an import: the roster is there as a whole or not at all."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from gateway.operations import run
from tests.support.dying_import import ROWS
from tests.support.samples import csv_bytes, encoded, open_house, with_event

ROOT = Path(__file__).parents[2]
KILLED = -9


@pytest.mark.process
async def test_an_import_that_is_killed_at_any_statement_is_whole_or_nothing(tmp_path: Path) -> None:
    template, copies = tmp_path / "template", tmp_path / "copies"
    async with open_house(template) as house:
        await with_event(house)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.dying_import", str(template), str(copies),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    endings = {int(step): ending for step, ending in json.loads(out).items()}
    assert len(endings) >= 5, "the import was not killed in the middle"
    assert [endings[step] for step in sorted(endings)] == [KILLED] * (len(endings) - 1) + [0]
    imported = [await _imported(copies / str(step)) for step in sorted(endings)]
    assert set(imported) <= {0, len(ROWS)}
    assert imported[0] == 0
    assert imported[-1] == len(ROWS)


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
