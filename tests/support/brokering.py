"""A gateway with the sample event, the built-in room, and Zoom's and harutaka's far sides, all in the test's process.

The media worker is a process of its own, as ever. The far sides are the test's to break and to look into.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.app import Gateway, running
from gateway.demo import Demo, demo_settings, prepare
from gateway.hall import Hall
from gateway.handout import ready_links
from gateway.house import House
from gateway.operations import run as operate
from gateway.presence import HERE_FOR
from providers.webrtc.client import WorkerClient
from providers.webrtc.spawn import SOCKET, stop_worker
from tests.support.day import Clock
from tests.support.demo_providers import ZOOM_ENVIRON, harutaka_settings, sample_numbers, zoom_settings
from tests.support.harutaka_stage import HarutakaStage
from tests.support.zoom_simulator import ZoomSimulator
from waiting_room.interview import Interview

PATIENCE = 40.0  # seconds for what takes milliseconds, on a machine that is busy with browsers


@dataclass
class Brokering:
    """``links``: as the demo prints them."""

    gateway: Gateway
    clock: Clock
    zoom: ZoomSimulator
    stage: HarutakaStage
    links: dict[str, Any] = field(repr=False)

    def look_again(self) -> None:
        """At the links, after an import."""
        self.links = ready_links(self.gateway.house, self.hall.id)

    @property
    def hall(self) -> Hall:
        return self.gateway.house.halls[str(self.links["event"])]

    def of_room(self, room: str) -> list[dict[str, str]]:
        """The candidates of a room, by time."""
        return [one for one in self.links["candidates"] if one["room"] == room]

    def console(self, room: str) -> str:
        """The link of one of a room's interviewers."""
        return str(next(one["link"] for one in self.links["consoles"] if one["room"] == room))

    def admin(self, section: str) -> str:
        """The administrator's link to a section of the page."""
        return f"{self.links['admin']}/{section}"

    def interview(self, number: str) -> Interview:
        """By the candidate's number."""
        hall = self.hall
        return next(i for i in hall.state.interviews.values() if hall.people.roster[i.id]["number"] == number)

    async def until(self, true: Callable[[], object], *, within: float = PATIENCE) -> None:
        """Until the journal has brought what makes this true."""
        async with asyncio.timeout(within):
            while not true():
                await self.hall.watch(self.hall.state.head)

    async def opened(self, number: str, provider: str) -> Interview:
        """Once this candidate's session stands at the provider."""

        def stands() -> bool:
            session = self.interview(number).session
            return session is not None and (session.provider, session.state) == (provider, "open")

        await self.until(stands)
        return self.interview(number)

    def unheard(self, number: str) -> None:
        """As if this candidate's pages, which are closed, had been silent for as long as makes somebody away. (For all
        others no time passes, and the worker's tokens keep their worth.)"""
        subject = f"candidate:{self.interview(number).id}"
        last = self.gateway.house.now() - HERE_FOR
        for page in tuple(self.hall.presence.of(subject).pages):
            self.hall.presence.seen(subject, page, last)

    def shift(self, seconds: float) -> None:
        """Let time pass. Tokens for the worker, whose clock is the real one, are worth nothing afterwards."""
        self.clock.shift(seconds)
        self.gateway.agendas[self.hall.id].wake()


@asynccontextmanager
async def brokering(
    folder: Path,
    provider: str = "zoom",
    *,
    waiting_room: bool = True,
    worker: bool = True,
    event: Mapping[str, Any] | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Brokering]:
    """``provider``: the event's own. ``waiting_room``: harutaka's tenant has it on. ``folder``: with a short path.
    ``event``: another file than the sample's, with staff and nobody on its roster yet."""
    clock = clock or Clock()
    async with ZoomSimulator(clock) as zoom, HarutakaStage(waiting_room=waiting_room) as stage:
        for number in sample_numbers():
            stage.issue(number)
        told = {"zoom": _by_file(zoom_settings(zoom), folder), "harutaka": harutaka_settings(stage)}
        demo = Demo(port=0, media_hosts=("127.0.0.1",), providers=told)
        settings = demo_settings(demo, folder / "data")
        async with running(settings, clock=clock, worker=worker, sockets=False) as gateway:
            zoom.webhooks.url = f"{gateway.settings.public_origin}/hooks/zoom"
            calling_back = asyncio.get_running_loop().create_task(zoom.webhooks.keep_delivering())
            try:
                yield Brokering(gateway, clock, zoom, stage, await _prepared(gateway.house, provider, event))
            finally:
                calling_back.cancel()
                with suppress(asyncio.CancelledError):
                    await calling_back
                secret = gateway.house.keys.secret("worker").hex() if worker else ""
        if worker:
            await stop_worker(WorkerClient(settings.run_dir / SOCKET, secret))


async def _prepared(house: House, provider: str, event: Mapping[str, Any] | None) -> dict[str, Any]:
    if event is None:
        return await prepare(house, provider)
    made = await operate(house, "event-create", {"file": {**event, "provider": provider}})
    for role, rooms in (
        ("administrator", []),
        ("reception", []),
        *(("interviewer", [r["id"]]) for r in event["rooms"]),
    ):
        person = {"name": f"係 {role} {'、'.join(rooms)}", "role": role, "rooms": rooms}
        await operate(house, "staff-link", {"event": made["event"], **person})
    return ready_links(house, made["event"])


def _by_file(told: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The secrets in files, so that no other test's environment knows of them."""
    for name, value in tuple(told.items()):
        if isinstance(value, dict) and "env" in value:
            path = folder / f"{name}.secret"
            path.write_text(ZOOM_ENVIRON[value["env"]])
            path.chmod(0o600)
            told[name] = {"file": str(path)}
    return told
