"""A day in a gateway: a real house on a journal in memory, served on loopback, with browsers that are people."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp

from gateway.app import Gateway, running
from gateway.config import Settings
from gateway.hall import Hall
from gateway.operations import run
from waiting_room.commands import AdmitStaff, ImportRoster, Slot
from waiting_room.journal.sqlite import SqliteJournal

SECOND = 1_000_000
MINUTE = 60 * SECOND
EVENT = "exam"

FILE: dict[str, Any] = {
    "id": EVENT,
    "title": {"ja": "青葉市職員採用試験 面接", "en": "Aoba City interviews"},
    "office": {
        "name": {"ja": "青葉市人事課", "en": "Aoba City"},
        "telephone": "050-0000-0001",
        "hours": {"ja": "8:30-17:15", "en": "8:30-17:15"},
    },
    "rooms": [
        {"id": "r1", "name": {"ja": "第1面接室", "en": "Room 1"}},
        {"id": "r2", "name": {"ja": "第2面接室", "en": "Room 2"}},
    ],
    "notice": {"version": "n1", "title": {"ja": "お知らせ", "en": "Notice"}, "body": {"ja": "本文", "en": "Text"}},
    "provider": "scripted",
}


@dataclass
class Clock:
    """The real time, moved. No test may depend on the hour or the day: GENKAN_TEST_AHEAD (seconds) runs them at any."""

    ahead: int = field(default_factory=lambda: int(os.environ.get("GENKAN_TEST_AHEAD", "0")) * SECOND)

    def __call__(self) -> int:
        return time.time_ns() // 1000 + self.ahead

    def shift(self, seconds: float) -> None:
        self.ahead += int(seconds * SECOND)


@dataclass(frozen=True)
class Entrant:
    """One interview. ``due``: minutes from now to its start."""

    id: str
    number: str
    name: str
    kana: str = ""
    room: str = "r1"
    due: float = 10.0
    companions: int = 0


HANAKO = Entrant("ivaaaaaaaaaaaa", "A-1001", "青葉 花子", "アオバ ハナコ", due=-1)
TARO = Entrant("ivbbbbbbbbbbbb", "A-1002", "渡邉 太郎", "ワタナベ タロウ", due=19)
JIRO = Entrant("ivcccccccccccc", "A-1003", "髙橋 次郎", "タカハシ ジロウ", room="r2", due=-1, companions=1)
DAY = (HANAKO, TARO, JIRO)


@dataclass
class Answer:
    status: int
    body: Any

    @property
    def code(self) -> str:
        return str(self.body.get("code", "")) if isinstance(self.body, Mapping) else ""


@dataclass
class Browser:
    """One browser: cookies, sessions, and everything it was ever sent."""

    origin: str
    http: aiohttp.ClientSession
    sid: str = ""
    heard: list[str] = field(default_factory=list)

    async def post(self, path: str, body: Any, **headers: str) -> Answer:
        sent = {"Origin": self.origin, **headers}
        async with self.http.post(self.origin + path, json=body, headers=sent) as response:
            return await self._answer(response)

    async def get(self, path: str) -> Answer:
        async with self.http.get(self.origin + path) as response:
            return await self._answer(response)

    async def enter(self, **key: str) -> Answer:
        answer = await self.post("/api/enter", key)
        if answer.status == 200:
            self.sid = answer.body["sid"]
        return answer

    async def do(self, command: str, *, id: str = "", **body: Any) -> Answer:  # noqa: A002 - the wire's word
        return await self.post(f"/api/s/{self.sid}/{command}", {"id": id or uuid.uuid4().hex, **body})

    async def must(self, command: str, **body: Any) -> Any:
        answer = await self.do(command, **body)
        assert answer.status == 200, (command, answer)
        return answer.body

    async def view(self, have: str = "", wait: float = 0) -> Any:
        answer = await self.get(f"/api/s/{self.sid}/view?have={have}&wait={wait}")
        assert answer.status == 200, answer
        return answer.body

    async def see(self) -> Any:
        return (await self.view())["view"]

    @asynccontextmanager
    async def live(self) -> AsyncIterator[Line]:
        url = f"{self.origin}/api/s/{self.sid}/live"
        async with self.http.ws_connect(url, headers={"Origin": self.origin}) as socket:
            await socket.send_json({"t": "have", "id": ""})
            yield Line(self, socket)

    async def _answer(self, response: aiohttp.ClientResponse) -> Answer:
        text = await response.text()
        self.heard.append(text)
        kind = response.content_type
        return Answer(response.status, await response.json(content_type=None) if "json" in kind else text)


@dataclass
class Line:
    """A page's live channel."""

    browser: Browser
    socket: aiohttp.ClientWebSocketResponse
    id: str = ""
    view: Any = None

    async def frame(self, within: float = 20.0) -> Any:
        text = await self.socket.receive_str(timeout=within)
        self.browser.heard.append(text)
        return aiohttp.typedefs.DEFAULT_JSON_DECODER(text)

    async def until(self, wanted: Any, within: float = 20.0) -> Any:
        """The first view that ``wanted`` accepts; differences are applied as a page does."""
        limit = time.monotonic() + within
        while self.view is None or not wanted(self.view):
            self._apply(await self.frame(max(0.01, limit - time.monotonic())))
        return self.view

    def _apply(self, frame: Any) -> None:
        if frame["t"] == "view":
            self.id, self.view = frame["id"], frame["view"]
        elif frame["t"] == "rows":
            assert frame["base"] == self.id
            rows = {**self.view["rows"], **frame["put"]}
            kept = {key: row for key, row in rows.items() if key not in frame["drop"]}
            self.id, self.view = frame["id"], {**frame["head"], "rows": kept}


class Day:
    """The gateway, its event, and ways to be somebody in it."""

    def __init__(self, gateway: Gateway, clock: Clock) -> None:
        self.gateway, self.clock = gateway, clock
        self.browsers: list[Browser] = []

    @property
    def hall(self) -> Hall:
        return self.gateway.house.halls[EVENT]

    @property
    def origin(self) -> str:
        return self.gateway.settings.public_origin

    def browser(self) -> Browser:
        jar = aiohttp.CookieJar(unsafe=True)
        made = Browser(self.origin, aiohttp.ClientSession(cookie_jar=jar))
        self.browsers.append(made)
        return made

    def link(self, interview: str, person: str = "candidate") -> str:
        issue = self.hall.state.interviews[interview].issue(person)
        return self.gateway.house.links.invite_token(EVENT, interview, person, issue)

    async def candidate(self, entrant: Entrant, *, seated: bool = True, terms: str = "") -> Browser:
        """Somebody who opened their link, agreed, to the provider's ``terms`` too, and, if ``seated``, checked in."""
        browser = self.browser()
        assert (await browser.enter(link=self.link(entrant.id))).status == 200
        await browser.must("consent", notice="n1", **({"terms": terms} if terms else {}))
        if seated:
            answer = await browser.must("check-in", number=entrant.number, name=entrant.name)
            assert answer["result"] == "seated"
        return browser

    async def staff(self, name: str, role: str = "interviewer", rooms: tuple[str, ...] = ()) -> Browser:
        """A member of staff in a browser of their own."""
        browser = self.browser()
        assert (await browser.enter(link=await self.staff_link(name, role, rooms))).status == 200
        return browser

    async def staff_link(self, name: str, role: str, rooms: tuple[str, ...]) -> str:
        key = f"st{name}"
        command: Any = AdmitStaff(key, role, rooms)  # type: ignore[arg-type]  # a test names its role
        document = ("staff", key, {"name": name})
        await self.hall.execute(command, actor="cli", command_id=uuid.uuid4().hex, documents=[document])
        return self.gateway.house.links.staff_token(EVENT, key, 1)


@asynccontextmanager
async def day(
    folder: Path,
    *,
    entrants: tuple[Entrant, ...] = DAY,
    file: Mapping[str, Any] = FILE,
    worker: bool = False,
    clock: Clock | None = None,
    journal: str | None = None,
    providers: Mapping[str, Mapping[str, Any]] | None = None,
) -> AsyncIterator[Day]:
    """The gateway serves, and the roster is in. ``providers``: their sections of ``genkan.toml``."""
    tick = clock or Clock()
    plain = Settings.for_demo(folder / "data")
    settings = replace(plain, host="127.0.0.1", log_level="warning", providers=providers or {})
    store = await SqliteJournal.open(journal or ":memory:", clock=tick)
    async with running(settings, clock=tick, journal=store, worker=worker, sockets=False) as gateway:
        made = Day(gateway, tick)
        try:
            if EVENT not in [hall.id for hall in gateway.house.halls]:
                await run(gateway.house, "event-create", {"file": dict(file)})
                await bring_in(made, entrants)
            yield made
        finally:
            for browser in made.browsers:
                await browser.http.close()


async def bring_in(made: Day, entrants: tuple[Entrant, ...]) -> None:
    """The roster, without a spreadsheet."""
    now = made.clock()
    slots = tuple(
        Slot(e.id, e.room, now + int(e.due * MINUTE), now + int((e.due + 20) * MINUTE), e.companions) for e in entrants
    )
    documents = [("roster", e.id, row_of(e)) for e in entrants]
    await made.hall.execute(ImportRoster(slots), actor="cli", command_id="roster", documents=documents)


def row_of(entrant: Entrant) -> dict[str, Any]:
    companions = [{"name": f"同伴 {n}", "role": "通訳"} for n in range(1, entrant.companions + 1)]
    return {
        "number": entrant.number,
        "name": entrant.name,
        "kana": entrant.kana,
        "email": f"{entrant.number.lower()}@example.jp",
        "telephone": f"090-{entrant.number[-4:]}-0000",
        "birth": "2001-04-01",
        "companions": companions,
        "note": f"備考{entrant.number}",
    }
