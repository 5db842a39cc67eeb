"""What a call leaves behind: nothing is decoded, nothing is written, and the gateway has no codec to do it with."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.chaos.test_endings import demo, entered
from tests.support.media import open_files, worker, written
from tests.support.media_client import people

pytestmark = pytest.mark.process

SECONDS = 12  # the slowest that a worker does for a call, its reports, comes every second; 256 packets fill its cache
A_SECOND = 50  # packets of sound that a browser sends
NO_CODECS = (str(Path(__file__).parents[1] / "support" / "media_no_codecs.py"),)


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def mapped(pid: int) -> str:
    """What the process has loaded."""
    return Path(f"/proc/{pid}/maps").read_text()


async def test_a_worker_that_carries_a_call_writes_no_file(tmp_path: Path) -> None:
    """Watched second by second, in a worker where making a codec raises; both ends hear each other to the end."""
    async with worker(tmp_path, module=NO_CODECS) as running:
        await running.open("room", "staff:a", "staff:b")
        async with people(running, "room", "staff:a", "staff:b") as (a, b):
            before, files = written(running.pid), files_in(tmp_path)
            for number in range(SECONDS * A_SECOND):
                a.say(number)
                b.say(number)
                await asyncio.sleep(1 / A_SECOND)
                if number % A_SECOND == 0:
                    assert open_files(running.pid) == []
                    assert written(running.pid) == before
            await a.until(lambda: len(a.rtp) > SECONDS * A_SECOND * 0.9)
            await b.until(lambda: len(b.rtp) > SECONDS * A_SECOND * 0.9)
            assert written(running.pid) == before
            assert files_in(tmp_path) == files


async def test_the_gateways_process_has_no_codec(tmp_path: Path) -> None:
    """Not one that is unused: the libraries are not loaded, whoever joined the panel's call."""
    async with demo(tmp_path / "d") as (process, links):
        browser = await entered(links["url"], links["consoles"][0]["link"])
        await browser.must("join", room=links["consoles"][0]["room"])
        await browser.http.close()
        loaded = mapped(process.pid)
        assert "libssl" in loaded or "_ssl" in loaded or "cryptography" in loaded, "the map is that of a gateway"
        assert not [name for name in ("libav", "libvpx", "libopus", "/av/") if name in loaded]
