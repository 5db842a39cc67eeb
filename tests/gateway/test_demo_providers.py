"""The demo with a far side of its own: what the gateway is told of it, and that it ends with the demo."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import subprocess
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from gateway.config import Settings
from gateway.demo import Demo, demo_settings
from providers.base import Redirect
from providers.harutaka.urls import Row, check
from providers.registry import configured
from providers.zoom.adapter import Zoom, microseconds
from tests.providers.zoom.samples import CANDIDATE, spec
from tests.support.demo import demo_running
from tests.support.demo_providers import SIDES, beside, harutaka_side, sample_numbers, zoom_side

READY_WITHIN = 60.0  # seconds; two are enough on an idle machine


ROOT = Path(__file__).parents[2]


def nothing_imported(*_: str) -> None:
    return None


def test_the_settings_of_a_demo_name_its_providers(tmp_path: Path) -> None:
    told = {"zoom": {"hosts": ["a"]}}
    assert demo_settings(Demo(providers=told, media_hosts=("127.0.0.1",)), tmp_path).providers == told


@pytest.mark.parametrize("side", [zoom_side, harutaka_side])
async def test_each_far_sides_settings_are_such_as_an_office_may_write(side: Any, tmp_path: Path) -> None:
    """With no secret in them, and all of them where they should be."""
    async with side("http://127.0.0.1:9/hooks/none") as there:
        name = "zoom" if side is zoom_side else "harutaka"
        settings = Settings.parse({"providers": {name: there.settings}}, base=tmp_path)
        made = configured(settings.providers, environ=there.environ, base=tmp_path, links=nothing_imported, now=int)
        assert [provider.name for provider in made] == [name]
        assert not any(secret in json.dumps(there.settings) for secret in there.environ.values())


async def test_zooms_settings_lead_to_a_simulator_that_holds_a_meeting_and_calls_back() -> None:
    async with hearing() as (url, heard), zoom_side(url) as there:
        settings = {"zoom": there.settings}
        (zoom,) = configured(settings, environ=there.environ, base=Path(), links=nothing_imported, now=microseconds)
        assert isinstance(zoom, Zoom)
        room = await zoom.open_room(spec(starts_at=microseconds()), key="k")
        ticket = await zoom.ticket(room, CANDIDATE)
        assert isinstance(ticket, Redirect)
        assert ticket.url.startswith(there.url)
        async with aiohttp.ClientSession() as browser:
            join = f"{there.url}/wc/{room.id}/join"
            async with browser.post(join, data={"tk": ticket.url.rpartition("=")[2]}) as page:
                assert page.status == 409
        async with asyncio.timeout(READY_WITHIN):
            headers, body = await heard.get()
        assert [(seen.kind, seen.sub) for seen in zoom.observe(headers, body)] == [("waiting", CANDIDATE.sub)]
        await zoom.close()


async def test_everybody_of_the_sample_has_a_live_room_that_may_be_imported() -> None:
    async with harutaka_side("") as there:
        header, *rows = csv.reader(io.StringIO(there.links.decode("utf-8-sig"), newline=""))
        assert len(rows) == len(sample_numbers()) == 24
        lines = [Row(line, number, "", live, panel) for line, (number, live, panel) in enumerate(rows, 2)]
        assert check(lines, hosts=there.settings["hosts"]).faults == ()
        assert header[1:] == ["候補者URL", "評価者URL"]


def test_a_far_side_runs_beside_the_main_thread_and_ends_with_it_whatever_happens() -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def side() -> AsyncIterator[str]:
        seen.append(threading.current_thread().name)
        yield "entered"
        seen.append("left")

    def demo() -> None:
        with beside(side()) as found:
            seen.append(found)
            raise OSError("the port is taken")

    with pytest.raises(OSError, match="taken"):
        demo()
    assert seen == ["far side", "entered", "left"]
    assert "far side" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.process
@pytest.mark.parametrize("provider", SIDES)
def test_make_demo_with_a_provider_brings_its_far_side(provider: str) -> None:
    asked = ["make", "--dry-run", "--no-print-directory", "demo", f"PROVIDER={provider}", "PORT=9000"]
    run = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"-m tests.support.demo_providers --provider {provider} --port 9000" in run.stdout


@pytest.mark.process
@pytest.mark.parametrize("provider", SIDES)
async def test_a_demo_begins_with_its_far_side_and_ends_with_it(provider: str) -> None:
    """Everybody of the sample has a link, and where the provider issues its own, everybody has one of those."""
    with tempfile.TemporaryDirectory(prefix="genkan-") as folder:
        module = ("tests.support.demo_providers", "--provider", provider)
        async with demo_running(Path(folder), module=module) as demo:
            assert len(demo.links["candidates"]) == 24
            assert demo.kinds("").count("link_registered") == (24 if provider == "harutaka" else 0)
        assert demo.process is not None
        assert demo.process.returncode == 0
        assert not (demo.data / "run" / "worker.sock").exists()


@asynccontextmanager
async def hearing() -> AsyncIterator[tuple[str, asyncio.Queue[tuple[dict[str, str], bytes]]]]:
    """An address that is called back, and what came."""
    came: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()

    async def hear(request: web.Request) -> web.Response:
        came.put_nowait((dict(request.headers), await request.read()))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/hooks/zoom", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/zoom", came
    finally:
        await runner.cleanup()
