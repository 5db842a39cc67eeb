"""``make demo PROVIDER=zoom``: the sample event held with a service whose side is on this machine, too.

Zoom's is its simulator, harutaka's the stage of its pages. It listens on loopback, in a loop of its own on a thread,
and the gateway is told of it by settings as an office would write them.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from gateway.demo import HOST, Demo, run
from gateway.spreadsheet import decode
from providers.zoom.adapter import microseconds
from tests.support.harutaka_stage import HarutakaStage
from tests.support.ports import a_free_port
from tests.support.zoom_simulator import ACCOUNT, CLIENT, HOOK, SECRET, ZoomSimulator

ZOOM_HOSTS = tuple(f"host{number}@zoom.invalid" for number in range(1, 5))  # three rooms, and one to fall back on
ZOOM_ENVIRON = {"DEMO_ZOOM_SECRET": SECRET, "DEMO_ZOOM_HOOK": HOOK}
STARTED_WITHIN = 10.0  # seconds; a far side of this kind takes some milliseconds
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Side:
    """The far side of a provider, running. ``settings``: the provider's section of ``genkan.toml``; ``environ``: where
    its secrets lie; ``links``: a sheet of the links that it issued, empty for one that issues none."""

    url: str
    settings: Mapping[str, Any]
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    links: bytes = field(default=b"", repr=False)


Open = Callable[[str], AbstractAsyncContextManager[Side]]  # from the address that is called back


def zoom_settings(simulator: ZoomSimulator) -> dict[str, Any]:
    """The section ``providers.zoom`` that leads to this simulator. Its hosts are made. The secrets are by reference:
    see ``ZOOM_ENVIRON``."""
    account = simulator.account(*ZOOM_HOSTS)
    return {
        "account_id": ACCOUNT,
        "client_id": CLIENT,
        "client_secret": {"env": "DEMO_ZOOM_SECRET"},
        "webhook_secret": {"env": "DEMO_ZOOM_HOOK"},
        "hosts": list(account.hosts),
        "api_url": account.api_url,
        "token_url": account.token_url,
    }


@asynccontextmanager
async def zoom_side(callbacks: str) -> AsyncIterator[Side]:
    """The simulator by the wall's clock, which calls back as things happen."""
    async with ZoomSimulator(microseconds) as simulator:
        simulator.webhooks.url = callbacks
        delivering = asyncio.get_running_loop().create_task(simulator.webhooks.keep_delivering())
        try:
            yield Side(simulator.url, zoom_settings(simulator), ZOOM_ENVIRON)
        finally:
            delivering.cancel()
            with suppress(asyncio.CancelledError):
                await delivering


def harutaka_settings(stage: HarutakaStage) -> dict[str, Any]:
    """The section ``providers.harutaka`` that allows links to this stage."""
    return {
        "terms_url": "https://www.example.jp/harutaka-terms",
        "terms_version": "2026-04-01",
        "waiting_room": stage.waiting_room,
        "hosts": [stage.authority],
    }


@asynccontextmanager
async def harutaka_side(_callbacks: str) -> AsyncIterator[Side]:
    """The stage, with a live room issued for everybody of the sample's roster."""
    async with HarutakaStage() as stage:
        for number in sample_numbers():
            stage.issue(number)
        yield Side(f"http://{stage.authority}", harutaka_settings(stage), links=stage.sheet())


def sample_numbers() -> list[str]:
    """The examination numbers of the sample's roster."""
    text, _ = decode((files("gateway") / "sample" / "roster.csv").read_bytes())
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    return [row[header.index("受験番号*")] for row in rows]


SIDES: Mapping[str, Open] = {"zoom": zoom_side, "harutaka": harutaka_side}


@contextmanager
def beside(side: AbstractAsyncContextManager[Found]) -> Iterator[Found]:
    """What ``side`` enters as, in a loop of its own: the gateway's demo has the main thread's, and its signals."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="far side", daemon=True)
    thread.start()

    def wait(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(STARTED_WITHIN)

    try:
        found: Found = wait(_entered(side))
        try:
            yield found
        finally:
            wait(_left(side))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _entered(side: AbstractAsyncContextManager[Found]) -> Found:
    return await side.__aenter__()


async def _left(side: AbstractAsyncContextManager[Any]) -> None:
    await side.__aexit__(None, None, None)


def main(arguments: Sequence[str] | None = None) -> None:
    given = _parsed(arguments)
    port = given.port or a_free_port()  # the far side has to be told where it calls back before we listen there
    callbacks = f"http://{HOST}:{port}/hooks/{given.provider}"
    with beside(SIDES[given.provider](callbacks)) as side:
        os.environ.update(side.environ)
        if not given.json:
            sys.stdout.write(f"{given.provider}: {side.url} (このパソコンで動く代わり / a stand-in, on this machine)\n")
        run(
            Demo(
                port=port,
                data=given.data,
                media_hosts=tuple(given.media_host),
                provider=given.provider,
                as_json=given.json,
                providers={given.provider: side.settings},
                links=side.links,
            )
        )


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.support.demo_providers", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--provider", choices=sorted(SIDES), required=True)
    parser.add_argument("--port", type=int, default=8080, help="0: any free one")
    parser.add_argument("--data", type=Path, default=None, help="keep the data here; default: until the demo ends")
    parser.add_argument("--media-host", action="append", default=[], help="address that browsers reach the media at")
    parser.add_argument("--json", action="store_true", help="one line of JSON with the links, and nothing else")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
