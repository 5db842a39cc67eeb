"""``genkan demo``: one line with links that open, a day laid around now, and nothing left behind."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.demo import sample_roster
from gateway.eventfile import EventFile
from gateway.roster import read_roster
from tests.support.samples import NOW, sample_event

ROOT = Path(__file__).parents[2]
READY_WITHIN = 60.0  # seconds; two are enough on an idle machine
MINUTE = 60_000_000


@asynccontextmanager
async def demo(data: Path, *arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    command = [sys.executable, "-m", "gateway", "demo", "--port", "0", "--json", "--data", str(data), *arguments]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, limit=2**20
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_WITHIN):
            line = await process.stdout.readline()
        yield process, json.loads(line)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        assert await process.stdout.read() == b"", "more than one line was printed"
        await process.wait()


async def entered(session: aiohttp.ClientSession, url: str, link: str) -> tuple[int, str, str]:
    asked = {"code": link.rpartition("/")[2]} if "#" not in link else {"link": link.partition("#")[2]}
    async with session.post(f"{url}/api/enter", json=asked, headers={"Origin": url}) as response:
        answer = await response.json()
        return response.status, answer.get("kind", ""), answer.get("role") or ""


@pytest.mark.process
async def test_the_line_parses_every_link_opens_and_sigterm_ends_it_all(tmp_path: Path) -> None:
    async with (
        demo(tmp_path / "d", "--media-host", "127.0.0.1") as (process, links),
        aiohttp.ClientSession() as session,
    ):
        url = links["url"]
        assert len(links["candidates"]) == 24
        assert Counter(console["room"] for console in links["consoles"]) == {"r1": 2, "r2": 2, "r3": 2}
        assert links["candidates"][0].keys() >= {"link", "exam_number", "name", "room", "start"}
        assert await entered(session, url, links["admin"]) == (200, "staff", "administrator")
        assert await entered(session, url, links["reception"]) == (200, "staff", "reception")
        for console in links["consoles"]:
            assert await entered(session, url, console["link"]) == (200, "staff", "interviewer")
        for candidate in links["candidates"]:
            status, kind, _ = await entered(session, url, candidate["link"])
            assert (status, kind) == (200, "candidate")
        for shared in links["shared"]:
            assert (await entered(session, url, shared["link"]))[:2] == (200, "shared")
        (companion,) = [c["companion_link"] for c in links["candidates"] if "companion_link" in c]
        assert (await entered(session, url, companion))[:2] == (200, "companion")
        assert (tmp_path / "d" / "run" / "worker.sock").exists()
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert not (tmp_path / "d" / "run" / "worker.sock").exists()
    assert not (tmp_path / "d" / "genkan.sock").exists()


@pytest.mark.process
async def test_a_demo_that_comes_back_to_its_data_has_the_same_people_and_links(tmp_path: Path) -> None:
    found = []
    for _ in range(2):
        async with demo(tmp_path / "d", "--media-host", "127.0.0.1", "--provider", "scripted") as (_, links):
            found.append([(c["exam_number"], c["start"], c["link"].partition("#")[2]) for c in links["candidates"]])
    assert found[0] == found[1]


def test_each_room_has_one_over_one_due_one_early_and_later_ones() -> None:
    event = EventFile.read(sample_event())
    preview = read_roster(sample_roster(event, NOW), event)
    assert preview.faults == ()
    for room in event.rooms:
        starts = [(e.starts_at - NOW) / MINUTE for e in preview.entrants if e.room == room]
        assert len(starts) == 8
        assert starts[0] < -10
        assert -3 < starts[1] <= 1.1
        assert 15 < starts[2] < 25
        assert all(later > 30 for later in starts[3:])


def test_a_day_that_ends_at_midnight_goes_on_to_the_next() -> None:
    event = EventFile.read(sample_event())
    late = int(datetime.fromisoformat("2026-11-28T23:50:31+09:00").timestamp()) * 1_000_000
    starts = [e.starts_at for e in read_roster(sample_roster(event, late), event).entrants if e.room == "r1"]
    assert starts == sorted(starts)
    assert starts[-1] - starts[0] == 7 * 20 * MINUTE
