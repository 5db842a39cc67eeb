"""The simulator's side for browsers: join links, start links, and the web client, in which people see each other."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from tests.support import zoom_simulator_pages as pages
from tests.support.zoom_simulator_rules import BeforeHost, Refusal
from tests.support.zoom_simulator_webhooks import Webhooks
from tests.support.zoom_simulator_world import SimMeeting, World


class WebClient:
    """Nobody joins by opening an address: a button does."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self._world, self._webhooks = world, webhooks

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/{kind:[jsw]}/{meeting}", self._launch)
        app.router.add_get("/wc/{meeting}/{way:join|start}", self._preview)
        app.router.add_post("/wc/{meeting}/{way:join|start}", self._enter)
        app.router.add_get("/wc/{meeting}/meeting", self._inside)
        app.router.add_get("/wc/{meeting}/people", self._people)
        app.router.add_post("/wc/{meeting}/leave", self._leave)
        app.router.add_post("/wc/{meeting}/end", self._end)
        app.router.add_get("/wc/{meeting}/over", self._over)

    async def _launch(self, request: web.Request) -> web.Response:
        number, token = _number(request), _token(request)
        try:
            link = self._world.link(token, number)
        except Refusal as refusal:
            return _refused(refusal)
        way, name = ("start", "zak") if request.match_info["kind"] == "s" else ("join", "tk")
        return _html(pages.launch(number, link.name, f"/wc/{number}/{way}?{urlencode({name: token})}"))

    async def _preview(self, request: web.Request) -> web.Response:
        try:
            link = self._world.link(_token(request), _number(request))
        except Refusal as refusal:
            return _refused(refusal)
        return _html(pages.preview(link.name, _token(request)))

    async def _enter(self, request: web.Request) -> web.Response:
        number, token = _number(request), str((await request.post()).get("tk", ""))
        try:
            who = self._world.enter(number, token)
        except BeforeHost as early:
            return _html(pages.before_host(number, self._world.link(token, number).name, token), early.status)
        except Refusal as refusal:
            return _refused(refusal)
        finally:
            await self._webhooks.deliver()
        raise web.HTTPSeeOther(f"/wc/{number}/meeting?{urlencode({'who': who})}")  # a reload joins nobody again

    async def _inside(self, request: web.Request) -> web.Response:
        found, who = self._meeting(request), request.query.get("who", "")
        if found is None or who not in found.present:
            return _html(pages.over())
        return _html(pages.inside(found.id, found.present[who], who))

    async def _people(self, request: web.Request) -> web.Response:
        found, who = self._meeting(request), request.query.get("who", "")
        present = found.present if found is not None else {}
        people = [{"name": pages.shown(name), "you": other == who} for other, name in present.items()]
        started = found is not None and found.status == "started"
        return web.json_response({"here": who in present, "started": started, "people": people if started else []})

    async def _leave(self, request: web.Request) -> web.Response:
        found, who = self._meeting(request), str((await request.post()).get("who", ""))
        if found is not None and who in found.present:
            self._world.leave(found.id, who)
            await self._webhooks.deliver()
        return _html(pages.left())

    async def _end(self, request: web.Request) -> web.Response:
        """The host's own button."""
        found, who = self._meeting(request), str((await request.post()).get("who", ""))
        if found is not None and found.present.get(who) == "":
            self._world.end(found)
            await self._webhooks.deliver()
        return _html(pages.over())

    async def _over(self, _: web.Request) -> web.Response:
        return _html(pages.over())

    def _meeting(self, request: web.Request) -> SimMeeting | None:
        return self._world.meetings.get(_number(request))


def _number(request: web.Request) -> int:
    raw = request.match_info["meeting"]
    return int(raw) if raw.isascii() and raw.isdigit() else 0


def _token(request: web.Request) -> str:
    return request.query.get("tk") or request.query.get("zak", "")


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, content_type="text/html", status=status)


def _refused(refusal: Refusal) -> web.Response:
    return _html(pages.refused(refusal.message), refusal.status)
