"""A stage for harutaka: a small server on loopback whose pages stand in for its live rooms, a candidate's side and an
evaluator's. Made from what a city's notice tells its candidates; the addresses are invented, and so is everything else.

    async with HarutakaStage() as stage:
        links = stage.issue("1001")
        ...
        assert stage.where(links) == {"青葉 花子": "asking"}

A candidate goes check → terms → name, and then into the live room: at once while it is live, or, with the tenant's
待機室 on, when an evaluator presses 許可. ``python -m tests.support.demo_providers --provider harutaka`` shows it.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self

from aiohttp import web

from tests.support import harutaka_stage_pages as pages

MOST = 12  # people in a live room
LONGEST_NAME = 60  # characters that a visitor may type
Step = Literal["check", "terms", "name", "asking", "in", "refused", "left"]
HEADINGS = ("受験番号", "候補者URL", "評価者URL")


@dataclass(frozen=True)
class Links:
    """What harutaka's own admin page would show of one candidate's live room."""

    number: str
    candidate: str
    evaluator: str


@dataclass
class Visit:
    """One opening of the candidate's link, on one device."""

    id: str
    step: Step = "check"
    name: str = ""


@dataclass
class LiveRoom:
    """``live``: an evaluator has pressed 「ライブを開始」. Rooms are used again: who was there shows up."""

    number: str
    live: bool = False
    visits: dict[str, Visit] = field(default_factory=dict)

    def at(self, step: Step) -> list[Visit]:
        return [visit for visit in self.visits.values() if visit.step == step]


class HarutakaStage:
    """Listens on 127.0.0.1 while it is entered. ``waiting_room``: the tenant's 待機室 is on."""

    def __init__(self, *, waiting_room: bool = True, port: int = 0) -> None:
        self.waiting_room = waiting_room
        self.rooms: dict[str, LiveRoom] = {}  # path of a link, either side's -> the room
        self.issued: dict[str, Links] = {}  # by number
        self._port = port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self._index),
                web.get("/links.csv", self._csv),
                web.get("/live/{token}/state", self._state),
                web.get("/panel/{token}/state", self._state),
                web.get("/live/{token}", self._door),
                web.post("/live/{token}", self._begin),
                web.get("/live/{token}/{visit}", self._visit),
                web.post("/live/{token}/{visit}", self._next),
                web.get("/panel/{token}", self._panel),
                web.post("/panel/{token}", self._act),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def authority(self) -> str:
        """Host and port, as ``providers.harutaka.hosts`` allows them."""
        assert self._port, "it does not listen yet"
        return f"127.0.0.1:{self._port}"

    # --- for tests and the demo ------------------------------------------------------------------------------------

    def issue(self, number: str) -> Links:
        """A live room for this candidate; the same links when asked again."""
        if number not in self.issued:
            live, panel = f"/live/{_token(number, 'live')}", f"/panel/{_token(number, 'panel')}"
            self.rooms[live] = self.rooms[panel] = LiveRoom(number)
            self.issued[number] = Links(number, f"http://{self.authority}{live}", f"http://{self.authority}{panel}")
        return self.issued[number]

    def room(self, links: Links) -> LiveRoom:
        return self.rooms[links.candidate.removeprefix(f"http://{self.authority}")]

    def where(self, links: Links) -> Mapping[str, Step]:
        """Who has typed their name, and how far they have come; of two of the same name the one who came last."""
        return {visit.name: visit.step for visit in self.room(links).visits.values() if visit.name}

    def sheet(self) -> bytes:
        """The links that were issued, as an office imports them."""
        out = io.StringIO(newline="")
        rows = [(one.number, one.candidate, one.evaluator) for one in self.issued.values()]
        csv.writer(out).writerows([HEADINGS, *rows])
        return out.getvalue().encode("utf-8-sig")

    # --- an office's side ------------------------------------------------------------------------------------------

    async def _index(self, _: web.Request) -> web.Response:
        return _html(pages.index([(one.number, one.candidate, one.evaluator) for one in self.issued.values()]))

    async def _csv(self, _: web.Request) -> web.Response:
        return web.Response(body=self.sheet(), content_type="text/csv", charset="utf-8")

    # --- the candidate's side --------------------------------------------------------------------------------------

    async def _door(self, request: web.Request) -> web.Response:
        """Opening the link does nothing yet: a scanner of mails is no candidate."""
        self._room(request)
        return _html(pages.door())

    async def _begin(self, request: web.Request) -> web.Response:
        room = self._room(request)
        visit = Visit(f"v{len(room.visits) + 1}")
        room.visits[visit.id] = visit
        raise web.HTTPSeeOther(f"/live/{request.match_info['token']}/{visit.id}")

    async def _visit(self, request: web.Request) -> web.Response:
        room, visit = self._room(request), self._visit_of(request)
        there = [other.name for other in room.at("in")]
        state = f"/live/{request.match_info['token']}/state", _digest(room)
        return _html(pages.candidate(visit.step, visit.name, there, state, waiting_room=self.waiting_room))

    async def _next(self, request: web.Request) -> web.Response:
        room, visit, told = self._room(request), self._visit_of(request), await request.post()
        match visit.step:
            case "check":
                visit.step = "terms"
            case "terms" if told.get("agreed"):
                visit.step = "name"
            case "name" if name := " ".join(str(told.get("name", "")).split())[:LONGEST_NAME]:
                visit.name, visit.step = name, "asking"
                self._let_in(room)
            case "in" | "asking":
                visit.step = "left"
        raise web.HTTPSeeOther(request.path)

    # --- the evaluator's side --------------------------------------------------------------------------------------

    async def _panel(self, request: web.Request) -> web.Response:
        room = self._room(request)
        asking = [(visit.id, visit.name) for visit in room.at("asking")] if self.waiting_room else []
        there = [visit.name for visit in room.at("in")]
        state = f"{request.path}/state", _digest(room)
        return _html(pages.panel(room.number, asking, there, state, live=room.live))

    async def _act(self, request: web.Request) -> web.Response:
        """The first who presses wins: a request that somebody has handled is not handled again."""
        room, told = self._room(request), await request.post()
        visit = room.visits.get(str(told.get("visit", "")))
        asking = visit is not None and visit.step == "asking"
        match str(told.get("do", "")):
            case "start":
                room.live = True
                self._let_in(room)
            case "end":
                room.live = False
                for one in room.at("in"):
                    one.step = "left"
            case "admit" if visit is not None and asking and room.live and len(room.at("in")) < MOST:
                visit.step = "in"
            case "refuse" if visit is not None and asking:
                visit.step = "refused"
        raise web.HTTPSeeOther(request.path)

    def _let_in(self, room: LiveRoom) -> None:
        """Without a 待機室 whoever asks is in, as soon as it is live and while there is room."""
        if self.waiting_room or not room.live:
            return
        for visit in room.at("asking")[: MOST - len(room.at("in"))]:
            visit.step = "in"

    # --- both ------------------------------------------------------------------------------------------------------

    async def _state(self, request: web.Request) -> web.Response:
        return web.Response(text=_digest(self._room(request)))

    def _room(self, request: web.Request) -> LiveRoom:
        side, token = request.path.split("/")[1], request.match_info["token"]
        found = self.rooms.get(f"/{side}/{token}")
        if found is None:
            raise web.HTTPNotFound(text=pages.nowhere(), content_type="text/html")
        return found

    def _visit_of(self, request: web.Request) -> Visit:
        found = self._room(request).visits.get(request.match_info["visit"])
        if found is None:
            raise web.HTTPNotFound(text=pages.nowhere(), content_type="text/html")
        return found


def _digest(room: LiveRoom) -> str:
    """What pages compare to know that they are out of date."""
    seen = [room.live, *((visit.id, visit.step) for visit in room.visits.values())]
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def _token(number: str, side: str) -> str:
    """The same in every run, and neither side's can be told from the other's."""
    return hashlib.sha256(f"stage {side} {number}".encode()).hexdigest()[:20]


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html")
