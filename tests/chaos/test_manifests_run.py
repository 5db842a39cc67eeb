"""What the production overlay starts, started here: its Redis with its access list, a media worker, a gateway and the
retention job, each with the words and settings of its manifest, but for the ports and folders of this machine."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from gateway.cli import invoke
from tests.support.manifests import Manifests, find, made_secrets, overlay, pod
from tests.support.ports import HOST, a_free_port
from tests.support.redis_server import redis_server

pytestmark = pytest.mark.process

STARTED = 60.0  # seconds, on a busy machine
AGAIN = 0.05  # seconds between two looks
SAMPLE = Path(__file__).parents[2] / "gateway" / "sample" / "event.json"


def placed(text: str, places: Mapping[str, str]) -> str:
    """With what is this machine's; each has to be there."""
    for there, here in places.items():
        assert there in text, there
        text = text.replace(there, here)
    return text


def told(manifests: Manifests, name: str, places: Mapping[str, str]) -> list[str]:
    """A container's arguments."""
    (container,) = pod(find(manifests, name))["containers"]
    return placed("\0".join(container["args"]), places).split("\0")


@asynccontextmanager
async def process(words: list[str], environ: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """``genkan`` with these words, told to end with SIGTERM."""
    surroundings = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **environ}
    made = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", *words, env=surroundings, cwd=Path(__file__).parents[2]
    )
    try:
        yield made
        made.send_signal(signal.SIGTERM)
        made.send_signal(signal.SIGTERM)  # at which a worker does not wait for gateways to have heard of it
        assert await made.wait() == 0
    finally:
        if made.returncode is None:
            made.kill()
            await made.wait()


async def answered(url: str, process: asyncio.subprocess.Process) -> None:
    """As a probe asks: 200 when this returns."""
    async with asyncio.timeout(STARTED), aiohttp.ClientSession() as http:
        while process.returncode is None:
            try:
                async with http.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(AGAIN)
    pytest.fail(f"it ended with {process.returncode}")


async def done(words: list[str]) -> None:
    """A command that ends well, where no secret is but in its file."""
    assert await asyncio.to_thread(invoke, words) == 0


async def test_what_is_rendered_runs(tmp_path: Path) -> None:
    manifests, secrets = overlay("production"), made_secrets()
    conf, acl, password = (tmp_path / name for name in ("redis.conf", "users.acl", "password"))
    conf.write_text(find(manifests, "ConfigMap/genkan-redis")["data"]["redis.conf"], "utf-8")
    acl.write_text(secrets["genkan-redis"]["users.acl"], "utf-8")
    password.write_text(secrets["genkan-redis"]["password"], "utf-8")
    http, metrics, control, media = (a_free_port() for _ in range(4))
    environ = {
        "GENKAN_WORKER_SECRET": secrets["genkan-media"]["secret"],
        "GENKAN_TURN_SECRET": secrets["genkan-turn"]["secret"],
    }
    with redis_server(conf, aclfile=str(acl)) as server:
        ours = {
            "/var/lib/genkan/data": str(tmp_path / "data"),
            "/var/lib/genkan-keys/keys": str(tmp_path / "keys"),
            "[metrics]\n": f"[metrics]\nport = {metrics}\n",
            "port = 8080": f"port = {http}",
            '"0.0.0.0"': f'"{HOST}"',
            "redis://genkan-redis:6379/0": server.url,
            "/run/secrets/redis/password": str(password),
            "genkan-media:9470": f"{HOST}:{control}",
        }
        config = tmp_path / "genkan.toml"
        config.write_text(placed(find(manifests, "ConfigMap/genkan-settings")["data"]["genkan.toml"], ours), "utf-8")
        at = {"$(POD)": "genkan-media-0", "$(HOST_IP)": HOST, "$(ORDINAL)": "0", "=40000": f"={media}"}
        worker = told(manifests, "StatefulSet/genkan-media", {**at, "0.0.0.0:9470": f"{HOST}:{control}"})
        place = {"/etc/genkan/genkan.toml": str(config)}
        gateway = told(manifests, "Deployment/genkan", place)
        async with process([*worker, f"--host={HOST}"], environ) as one, process(gateway, environ) as two:
            await answered(f"http://{HOST}:{control}/healthz", one)
            await answered(f"http://{HOST}:{http}/readyz", two)
            await answered(f"http://{HOST}:{metrics}/metrics", two)
            await done(["event", "create", str(SAMPLE), "--config", str(config)])
            await done(told(manifests, "CronJob/genkan-retention", place))
