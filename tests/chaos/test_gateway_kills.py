"""``kill -9`` of ``genkan serve`` at random moments under thirty people going through their day.

Each person is a script that knows nothing of the kills: it repeats a request with the same id until it is answered, as
our pages do. Afterwards the journal alone is asked.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.config import Settings
from gateway.house import House
from gateway.operations import run
from providers.webrtc.client import WorkerClient
from providers.webrtc.spawn import SOCKET, stop_worker
from tests.support.day import FILE, MINUTE, Answer, Browser, Entrant, row_of
from tests.support.ports import a_free_port
from waiting_room.commands import ImportRoster, Slot
from waiting_room.entries import Admitted, Called, CheckedIn, Consented, Finished, HandedOver, RoomTaken, Stamped
from waiting_room.event import Event

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
SEEDS = (int(os.environ.get("CHAOS_SEED", "20261123")),)
KILLS = 4
ROOMS = ("r1", "r2", "r3")
EACH = 8  # candidates of a room; with two interviewers a room that is thirty people
STARTED = 30.0  # seconds; two on a free machine
DAY = 80.0  # seconds that everybody together may take; fifteen on a free machine
AGAIN = 0.05  # seconds between two attempts to reach a gateway that is down: pages wait longer


@dataclass
class Gateway:
    """``genkan serve`` on a directory and a port that it keeps."""

    settings: Settings
    config: Path
    child: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        log = (self.config.parent / "log").open("ab")
        with log:
            self.child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "gateway", "serve", "--config", str(self.config)),
                cwd=ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        async with asyncio.timeout(STARTED), aiohttp.ClientSession() as http:
            while not await self._serves(http):
                assert self.child.returncode is None, (self.config.parent / "log").read_text()[-2000:]
                await asyncio.sleep(AGAIN)

    async def _serves(self, http: aiohttp.ClientSession) -> bool:
        try:
            async with http.get(f"{self.settings.public_origin}/readyz") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def end(self, number: signal.Signals) -> int:
        assert self.child is not None
        self.child.send_signal(number)
        return await self.child.wait()


@dataclass
class Heard:
    """What the gateway has answered: it may not be taken back."""

    arrivals: dict[str, set[int]] = field(default_factory=dict)  # interview -> arrival times that were shown
    agreed: set[str] = field(default_factory=set)
    pressed: set[str] = field(default_factory=set)
    admitted: set[tuple[str, int]] = field(default_factory=set)  # interview, admission as a candidate's page saw it
    finished: set[str] = field(default_factory=set)


class Person:
    """One page that repeats until it is answered."""

    def __init__(self, browser: Browser, chance: random.Random, heard: Heard) -> None:
        self.browser, self.chance, self.heard = browser, chance, heard

    async def think(self) -> None:
        await asyncio.sleep(self.chance.uniform(0.0, 0.25))

    async def until_answered(self, ask: Callable[[], Any]) -> Answer:
        while True:
            try:
                answer: Answer = await ask()
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(AGAIN)
                continue
            assert answer.status < 500 or answer.code in ("draining", "store"), answer
            if answer.status < 500:
                return answer
            await asyncio.sleep(AGAIN)

    async def enter(self, link: str) -> None:
        answer = await self.until_answered(lambda: self.browser.enter(link=link))
        assert answer.status == 200, answer

    async def do(self, command: str, **body: Any) -> Answer:
        id_ = uuid.UUID(int=self.chance.getrandbits(128)).hex
        return await self.until_answered(lambda: self.browser.do(command, id=id_, **body))

    async def see(self, have: str = "", wait: float = 0.0) -> Any:
        path = f"/api/s/{self.browser.sid}/view?have={have}&wait={wait}"
        answer = await self.until_answered(lambda: self.browser.get(path))
        assert answer.status == 200, answer
        return answer.body

    async def wait_for(self, wanted: Callable[[Any], bool], look: Callable[[Any], None]) -> Any:
        """By WebSocket or by poll, as it falls; a line that breaks is opened again."""
        by_socket = self.chance.random() < 0.5
        while True:
            found = await (self._by_socket if by_socket else self._by_poll)(wanted, look)
            if found is not None:
                return found

    async def _by_socket(self, wanted: Callable[[Any], bool], look: Callable[[Any], None]) -> Any:
        def seen(view: Any) -> bool:
            look(view)
            return wanted(view)

        try:
            async with self.browser.live() as line:
                return await line.until(seen, within=3.0)
        except (aiohttp.ClientError, TimeoutError, KeyError, TypeError):  # cut off, or told that it is closing
            await asyncio.sleep(AGAIN)
            return None

    async def _by_poll(self, wanted: Callable[[Any], bool], look: Callable[[Any], None]) -> Any:
        view, have = (await self.see())["view"], ""
        look(view)
        while not wanted(view):
            frame = await self.see(have, wait=2.0)
            if frame["t"] == "view":
                view, have = frame["view"], frame["id"]
                look(view)
            elif frame["t"] == "bye":
                await asyncio.sleep(AGAIN)
        return view


async def candidate(person: Person, entrant: Entrant, link: str) -> None:
    """From the link to the end; notes what was answered on the way."""
    heard = person.heard

    def look(view: Any) -> None:
        if view.get("seat"):
            heard.arrivals.setdefault(entrant.id, set()).add(view["seat"]["at"])
        if view.get("admission") and view["admission"]["ready"]:
            heard.admitted.add((entrant.id, view["admission"]["number"]))

    await person.think()
    await person.enter(link)
    assert (await person.do("consent", notice="n1")).status == 200
    heard.agreed.add(entrant.id)
    await person.think()
    answer = await person.do("check-in", number=entrant.number, name=entrant.name)
    assert (answer.status, answer.body.get("result")) == (200, "seated"), answer
    look((await person.see())["view"])
    assert entrant.id in heard.arrivals, "seated, and the page shows no seat"
    called = await person.wait_for(lambda v: v["phase"] != "waiting" and _ready(v), look)
    if called["phase"] == "admitting":
        assert (await person.do("ticket")).status == 200
        assert (await person.do("pressed")).status == 200
        heard.pressed.add(entrant.id)
    await person.wait_for(lambda v: v["phase"] == "finished", look)


def _ready(view: Any) -> bool:
    return view["phase"] != "admitting" or bool(view["admission"]["ready"])


async def interviewer(person: Person, link: str) -> None:
    """Two of them work on one room and know nothing of each other."""
    await person.enter(link)
    while True:
        view = (await person.see())["view"]
        rows = list(view["rows"].values())
        if all(row["phase"] == "finished" for row in rows):
            return
        await person.think()
        inside = [row["id"] for row in rows if row["phase"] == "in_session"]
        callable_ = [row["id"] for row in rows if "admit" in row["can"]]
        if inside:
            answer = await person.do("finish", interview=inside[0], now=True)
            if answer.status == 200:
                person.heard.finished.add(inside[0])
        elif callable_:
            answer = await person.do("admit", interview=person.chance.choice(callable_))
            assert answer.status in (200, 409), answer


def entrants() -> list[Entrant]:
    """Everybody's time has come: nobody has to be asked whether they would come early."""
    return [
        Entrant(f"iv{room}{place}".ljust(14, "a"), f"{room}-{place:04d}", f"受験 {room}{place}", room=room, due=-5)
        for room in ROOMS
        for place in range(EACH)
    ]


async def set_up(settings: Settings) -> tuple[dict[str, str], list[str]]:
    """The event in the data directory; the tokens of the candidates and of six interviewers."""
    rooms = [{"id": room, "name": {"ja": room, "en": room}} for room in ROOMS]
    async with House.open(settings) as house:
        await run(house, "event-create", {"file": {**FILE, "rooms": rooms}})
        hall, now, people = house.halls["exam"], house.now(), entrants()
        slots = tuple(Slot(e.id, e.room, now + int(e.due * MINUTE), now + 20 * MINUTE) for e in people)
        documents = [("roster", e.id, row_of(e)) for e in people]
        await hall.execute(ImportRoster(slots), actor="cli", command_id="roster", documents=documents)
        staff = [
            await run(house, "staff-link", {"event": "exam", "name": "面接官", "role": "interviewer", "rooms": [room]})
            for room in ROOMS * 2
        ]
        links = {e.id: house.links.invite_token("exam", e.id) for e in people}
        return links, [str(one["link"]).partition("#")[2] for one in staff]


@asynccontextmanager
async def gateway_in(folder: Path) -> AsyncIterator[Gateway]:
    port = a_free_port()
    config = folder / "genkan.toml"
    config.write_text(
        f'data_dir = "d"\n[listen]\nport = {port}\n[media]\nhost = "127.0.0.1"\nport = 0\n[log]\nlevel = "warning"\n'
    )
    gateway = Gateway(replace(Settings.load(config), demo=True), config)
    try:
        yield gateway
    finally:
        if gateway.child is not None and gateway.child.returncode is None:
            await gateway.end(signal.SIGKILL)
        secret = (gateway.settings.keys_dir / "worker.secret").read_bytes().hex()
        await stop_worker(WorkerClient(gateway.settings.run_dir / SOCKET, secret))


async def kill_now_and_then(gateway: Gateway, chance: random.Random) -> None:
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.1, 1.5))
        await gateway.end(signal.SIGKILL)
        await gateway.start()


async def the_day(gateway: Gateway, seed: int, links: dict[str, str], staff: list[str]) -> Heard:
    heard = Heard()
    browsers: list[Browser] = []

    def somebody(name: str) -> Person:
        jar = aiohttp.CookieJar(unsafe=True)
        browser = Browser(gateway.settings.public_origin, aiohttp.ClientSession(cookie_jar=jar))
        browsers.append(browser)
        return Person(browser, random.Random(f"{seed}:{name}"), heard)

    try:
        async with asyncio.timeout(DAY), asyncio.TaskGroup() as tasks:
            tasks.create_task(kill_now_and_then(gateway, random.Random(seed)))
            for entrant in entrants():
                tasks.create_task(candidate(somebody(entrant.id), entrant, links[entrant.id]))
            for number, link in enumerate(staff):
                tasks.create_task(interviewer(somebody(f"staff{number}"), link))
    finally:
        for browser in browsers:
            await browser.http.close()
    return heard


@pytest.mark.parametrize("seed", SEEDS)
async def test_thirty_people_and_a_gateway_that_is_killed(tmp_path: Path, seed: int) -> None:
    """Nothing that was answered is missing; one check-in each, one `admitted` for each admission, never two in a
    room; the journal verifies and its memory agrees with it."""
    print(f"seed {seed}")  # noqa: T201 - shown with a failure
    async with gateway_in(tmp_path) as gateway:
        links, staff = await set_up(gateway.settings)
        await gateway.start()
        heard = await the_day(gateway, seed, links, staff)
        assert await gateway.end(signal.SIGTERM) == 0
        async with House.open(gateway.settings) as house:
            report = await run(house, "verify", {"event": "exam"})
            assert report["ok"], report["fault"]
            assert report["unsealed"] <= 1, "the end of a gateway left entries without a seal"
            journal = [st async for st in _journal(house)]
    _exactly_once(journal)
    _never_two_in_a_room(journal)
    _nothing_answered_is_missing(journal, heard)


async def _journal(house: House) -> AsyncIterator[Stamped]:
    after = 0
    while entries := await house.book.read("exam", after):
        for entry in entries:
            yield entry
        after = entries[-1].offset


def _of(journal: Iterable[Stamped], kind: type) -> list[Stamped]:
    return [st for st in journal if isinstance(st.entry, kind)]


def _exactly_once(journal: list[Stamped]) -> None:
    streams = {f"i:{entrant.id}" for entrant in entrants()}
    assert Counter(st.stream for st in _of(journal, CheckedIn)) == dict.fromkeys(streams, 1)
    assert Counter(st.stream for st in _of(journal, Finished)) == dict.fromkeys(streams, 1)
    admitted = [(st.stream, st.entry.admission) for st in journal if isinstance(st.entry, Admitted)]
    called = [(st.stream, st.entry.admission) for st in journal if isinstance(st.entry, Called)]
    assert len(set(admitted)) == len(admitted)
    assert sorted(called) == sorted(admitted)
    assert {stream for stream, _ in admitted} == streams


def _never_two_in_a_room(journal: list[Stamped]) -> None:
    """After each commit, which is a batch of one time: the states of all interviews, and who the room says is in."""
    event = Event()
    for st, following in zip(journal, [*journal[1:], None], strict=True):
        if isinstance(st.entry, RoomTaken):
            assert event.rooms[st.stream.removeprefix("r:")].taken_by is None
        event.apply(st)
        if following is None or following.at != st.at:
            for room in event.rooms.values():
                inside = [i.id for i in event.interviews.values() if i.room == room.id and i.in_room]
                assert inside == ([room.taken_by] if room.taken_by else []), (st.offset, room.id)


def _nothing_answered_is_missing(journal: list[Stamped], heard: Heard) -> None:
    event = Event.replay(journal)
    assert {f"i:{one}" for one in heard.agreed} <= {st.stream for st in _of(journal, Consented)}
    assert {f"i:{one}" for one in heard.pressed} <= {st.stream for st in _of(journal, HandedOver)}
    assert {f"i:{one}" for one in heard.finished} <= {st.stream for st in _of(journal, Finished)}
    admitted = {(st.stream, st.entry.admission) for st in journal if isinstance(st.entry, Admitted)}
    assert {(f"i:{one}", number) for one, number in heard.admitted} <= admitted
    for entrant in entrants():
        arrival = event.interviews[entrant.id].arrival
        assert arrival is not None
        assert heard.arrivals[entrant.id] == {arrival.at // 1000}, "the arrival time moved"
