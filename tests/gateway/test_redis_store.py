"""A gateway and a command line whose settings name a Redis."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.cli import invoke
from gateway.config import Settings
from providers.webrtc.client import WorkerClient
from providers.webrtc.spawn import SOCKET, stop_worker
from tests.support.ports import a_free_port
from tests.support.redis_server import RedisServer
from tests.support.samples import event_document
from waiting_room.journal.redis_line import REQUIRED

ROOT = Path(__file__).parents[2]
STARTED = 60.0  # seconds, on a busy machine


class Place:
    """A directory with settings, and a terminal in it."""

    def __init__(self, folder: Path, redis: str, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capture, self.port = folder, capture, a_free_port()
        self.config = folder / "genkan.toml"
        self.config.write_text(
            f'data_dir = "d"\n[listen]\nport = {self.port}\n[journal]\nredis = "{redis}"\n'
            '[media]\nhost = "127.0.0.1"\nport = 0\n[log]\nlevel = "warning"\n'
        )
        (folder / "event.json").write_text(json.dumps(event_document()))

    def type(self, *arguments: str) -> tuple[int, str]:
        """Exit code, and what was said."""
        self._capture.readouterr()
        code = invoke([*arguments, "--config", str(self.config)])
        said = self._capture.readouterr()
        return code, said.out + said.err


@pytest.fixture
def place(
    tmp_path: Path, server: RedisServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Place:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return Place(tmp_path, server.url, capsys)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_redis_that_may_forget_is_refused_with_the_line_to_change(
    place: Place, server: RedisServer, name: str
) -> None:
    wrong = {"appendfsync": "everysec", "maxmemory-policy": "allkeys-lru", "no-appendfsync-on-rewrite": "yes"}
    server.ask("CONFIG", "SET", name, wrong.get(name, "no"))
    code, said = place.type("serve")
    assert code == 1
    assert f"{name} {REQUIRED[name]}" in said
    assert "[not_durable]" in said


def test_a_redis_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = Place(tmp_path, f"unix://{tmp_path}/nobody.sock", capsys).type("event", "list")
    assert code == 1
    assert "[no_redis]" in said


def test_what_the_command_line_writes_lies_in_redis_and_in_no_file(place: Place, server: RedisServer) -> None:
    assert place.type("event", "create", str(place.folder / "event.json"))[0] == 0
    event = event_document()["id"]
    assert server.ask("EXISTS", f"genkan:{{{event}}}:log") == b":1\r\n"
    assert not list(place.folder.rglob("*.sqlite"))
    code, said = place.type("verify", event, "--json")
    assert (code, json.loads(said)["ok"]) == (0, True)


@pytest.mark.process
async def test_genkan_serve_runs_on_redis_alone_and_a_command_line_beside_it_is_seen(place: Place) -> None:
    settings = Settings.load(place.config)
    with (place.folder / "log").open("wb") as log:
        gateway = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "serve", "--config", str(place.config)),
            cwd=ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        async with asyncio.timeout(STARTED):
            while not await serves(place.port):
                assert gateway.returncode is None, (place.folder / "log").read_text()
                await asyncio.sleep(0.05)
        made = await asyncio.to_thread(place.type, "event", "create", str(place.folder / "event.json"))
        assert made[0] == 0, made
        gateway.send_signal(signal.SIGTERM)
        assert await gateway.wait() == 0
        assert not list(place.folder.rglob("*.sqlite"))
        code, said = await asyncio.to_thread(place.type, "verify", event_document()["id"], "--json")
        report: dict[str, Any] = json.loads(said)
        assert (code, report["ok"], report["unsealed"] <= 1) == (0, True, True), report
    finally:
        if gateway.returncode is None:
            gateway.kill()
            await gateway.wait()
        secret = (settings.keys_dir / "worker.secret").read_bytes().hex()
        await stop_worker(WorkerClient(settings.run_dir / SOCKET, secret))


async def serves(port: int) -> bool:
    try:
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False
