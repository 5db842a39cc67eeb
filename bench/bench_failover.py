"""How long after one key everybody has the way to another room, when the provider dies with 200 interviews under way.

Each of 200 rooms has a candidate who went to Zoom, by its simulator on this machine. It answers nobody any more; four
who come next are the ones by whom that is found out. Reception accepts what is proposed, for those inside too: every
page is told by its WebSocket, and asks for its new ticket, which the built-in room's worker has a call for by then.
"""

from __future__ import annotations

import asyncio
import json
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from bench import day as house
from bench.figures import Figure, table
from bench.load import percentile
from providers.zoom.adapter import microseconds
from providers.zoom.config import TERMS_VERSION
from tests.support.demo_providers import ZOOM_ENVIRON, beside
from tests.support.zoom_simulator import ACCOUNT, CLIENT, ZoomSimulator
from tests.support.zoom_simulator_rules import Category, Limits

INSIDE = 200
NEXT = 4
HOSTS = 50  # as many as settings may name; with a wave of 50 a minute, a host has one meeting at a time
FIRST_IN = timedelta(minutes=2)
OUTAGE = 3_600_000_000  # microseconds: longer than a measurement
BOUND = 40.0  # s for anything that is waited for
LOOK = 0.1  # s between two looks at the board
TARGET = 5.0  # s, DESIGN §12


class Patient(Limits):
    """200 meetings at once would take Zoom a minute to let through; how they came to be is not what is measured."""

    def take_second(self, category: Category) -> None:
        pass


@dataclass
class Page:
    """One candidate's page. ``view``: the last; ``moved``: it has a ticket of another generation."""

    http: aiohttp.ClientSession
    origin: str
    session: house.Session
    view: dict[str, Any] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    ticket_at: float = 0.0
    told_at: float = 0.0
    leave: Callable[[], object] = lambda: None

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Origin": self.origin, "Cookie": self.session.cookie}

    async def listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        await socket.send_json({"t": "have", "id": ""})
        await socket.send_json({"t": "here", "visible": True})
        async for message in socket:
            frame = json.loads(message.data)
            if frame["t"] == "view":
                self.view = frame["view"]
                self.changed.set()

    async def until(self, wanted: Callable[[Mapping[str, Any]], bool]) -> None:
        async with asyncio.timeout(BOUND):
            while not self.view or not wanted(self.view):
                self.changed.clear()
                await self.changed.wait()

    async def command(self, name: str) -> Any:
        body = {"id": f"{name}-{time.monotonic_ns()}"}
        url = f"{self.origin}/api/s/{self.session.sid}/{name}"
        async with self.http.post(url, json=body, headers=self.headers) as answer:
            found = await answer.json()
            if answer.status != 200:
                raise RuntimeError(f"{name}: {answer.status} {found}")
            return found

    async def come_over(self) -> None:
        """As the page does: told of another door, it asks for the ticket."""
        await self.until(lambda view: view["admission"]["generation"] == 2 and view["admission"]["ready"])
        self.told_at = time.perf_counter()
        ticket = (await self.command("ticket"))["ticket"]
        assert ticket["kind"] == "embedded", ticket
        self.ticket_at = time.perf_counter()


@contextmanager
def zoom() -> Iterator[tuple[ZoomSimulator, str]]:
    """The simulator on a thread of its own, and the settings that lead to it."""
    simulator = ZoomSimulator(microseconds)
    simulator.limits = Patient(microseconds)
    hosts = [f"host{number}@zoom.invalid" for number in range(HOSTS)]
    with beside(simulator):
        account = simulator.account(*hosts)
        lines = [
            "[providers.zoom]",
            f'account_id = "{ACCOUNT}"',
            f'client_id = "{CLIENT}"',
            'client_secret = { file = "zoom.secret" }',
            f"hosts = {json.dumps(hosts)}",
            f'api_url = "{account.api_url}"',
            f'token_url = "{account.token_url}"',
        ]
        yield simulator, "\n".join(lines) + "\n"


async def board(http: aiohttp.ClientSession, port: int, staff: house.Session) -> dict[str, Any]:
    url = f"http://{house.HOST}:{port}/api/s/{staff.sid}/view"
    async with http.get(url, headers={"Cookie": staff.cookie}) as answer:
        view: dict[str, Any] = (await answer.json())["view"]
        return view


async def until(look: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """Ask until it is so; the answer. What is measured is not waited for here."""
    async with asyncio.timeout(BOUND):
        while not wanted(found := await look()):  # noqa: ASYNC110 - another process is asked
            await asyncio.sleep(LOOK)
        return found


@asynccontextmanager
async def pages_of(port: int, sessions: Sequence[house.Session]) -> AsyncIterator[list[Page]]:
    origin = f"http://{house.HOST}:{port}"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http, asyncio.TaskGroup() as tasks:
        opened = [Page(http, origin, session) for session in sessions]
        for page in opened:
            url = f"{origin}/api/s/{page.session.sid}/live"
            page.leave = tasks.create_task(page.listen(await http.ws_connect(url, headers=page.headers))).cancel
        try:
            yield opened
        finally:
            for page in opened:
                page.leave()


async def inside(port: int, staff: house.Session, pages: Sequence[Page], http: aiohttp.ClientSession) -> None:
    """Everybody is admitted and went to Zoom."""

    def rows(view: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return [row for row in view["rows"].values() if (row["session"] or {}).get("state") == "open"]

    view = await until(lambda: board(http, port, staff), lambda view: len(rows(view)) == INSIDE)
    ids = [row["id"] for row in rows(view)]
    await house.command(
        port, [staff] * len(view["rooms"]), "ready", [{"room": r, "ready": True} for r in view["rooms"]]
    )
    await house.command(port, [staff] * len(ids), "admit", [{"interview": one} for one in ids])
    for page in pages:
        await page.until(lambda view: view["phase"] == "admitting" and view["admission"]["ready"])
        assert (await page.command("ticket"))["ticket"]["kind"] == "redirect"
        await page.command("pressed")
    for page in pages:
        await page.until(lambda view: view["phase"] == "in_session")


async def fail_over(day: house.Day, simulator: ZoomSimulator) -> tuple[list[float], list[float], float]:
    """Seconds from the key until each was told, until each had a new ticket, and until the key was answered."""
    port = house.port_of(day)
    (staff,) = await house.enter(port, [day.staff])
    early, late = day.candidates[:INSIDE], day.candidates[INSIDE:]
    sessions = await house.consented(port, early, TERMS_VERSION)
    await house.command(port, sessions, "check-in", house.check_ins(early))
    async with pages_of(port, sessions) as pages:
        http = pages[0].http
        await inside(port, staff, pages, http)
        seats = [page.view["seat"]["at"] for page in pages]

        simulator.down_until = microseconds() + OUTAGE
        following = await house.consented(port, late, TERMS_VERSION)
        await house.command(port, following, "check-in", house.check_ins(late))
        view = await until(lambda: board(http, port, staff), lambda view: bool(view["failover"]))
        proposed = view["failover"][0]
        assert (proposed["provider"], proposed["to"], proposed["inside"]) == ("zoom", "webrtc", INSIDE), proposed

        async with asyncio.TaskGroup() as coming:
            for page in pages:
                coming.create_task(page.come_over())
            pressed_at = time.perf_counter()
            key = {"provider": "zoom", "to": "webrtc", "open": "move"}
            await house.command(port, [staff], "failover", [key])
            answered = time.perf_counter() - pressed_at
        check(pages, seats)
        told = [page.told_at - pressed_at for page in pages]
        return told, [page.ticket_at - pressed_at for page in pages], answered


def check(pages: Sequence[Page], seats: Sequence[int]) -> None:
    """RuntimeError when anybody lost anything: a figure made of losses would be a lie."""
    for page, at in zip(pages, seats, strict=True):
        view = page.view
        if (view["phase"], view["seat"]["at"], view["admission"]["number"]) != ("in_session", at, 1):
            raise RuntimeError(f"a seat was lost: {view['phase']} {view['seat']} {view['admission']}")


def main() -> list[Figure]:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # a socket for each page, on either side
    with tempfile.TemporaryDirectory() as name, zoom() as (simulator, settings):
        folder = Path(name)
        (folder / "zoom.secret").write_text(ZOOM_ENVIRON["DEMO_ZOOM_SECRET"], encoding="utf-8")
        day = house.prepare(
            folder, INSIDE + NEXT, first_in=FIRST_IN, rooms=INSIDE, at_once=HOSTS, settings=settings,
            provider="zoom", handover_before=30,
        )  # fmt: skip
        with house.gateway(day):
            told, tickets, answered = asyncio.run(fail_over(day, simulator))
    note = f"{INSIDE} in rooms at Zoom, which answers nobody"
    return [
        Figure("failover, one key: the last has a new ticket", max(tickets), "s", TARGET, note=note),
        Figure("failover: half of them have theirs", percentile(tickets, 0.5), "s"),
        Figure("failover: the last page is told of the other room", max(told), "s"),
        Figure("failover: the key is answered", answered, "s"),
        Figure("failover: seats lost", 0, "", 0, note="same phase, arrival and admission, else it fails"),
    ]


if __name__ == "__main__":
    print(table(main()))
