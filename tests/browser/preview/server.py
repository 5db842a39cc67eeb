"""The stand-in: the real shells and scripts, a live line that shows what a test says, and commands kept in a list."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.texts import negotiate, texts
from tests.browser.preview.views import OFFICE, View, now_ms, states

GATEWAY = Path(__file__).parents[3] / "gateway"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SHELLS = {"/": "landing.html", "/j": "candidate.html", "/r/{code}": "candidate.html", "/v": "video.html"}


def link(state: str) -> str:
    """The personal link's token that leads to a state."""
    return state.ljust(22, "0")


@dataclass
class Preview:
    """``views`` by session; ``answers`` are what commands get instead of a plain yes: of a session (``sid/command``),
    else of all."""

    views: dict[str, View]
    origin: str = ""
    posts: list[str] = field(default_factory=list)
    commands: list[tuple[str, View]] = field(default_factory=list)
    answers: dict[str, tuple[int, View]] = field(default_factory=dict)
    lines: dict[web.WebSocketResponse, str] = field(default_factory=dict)
    presence: list[str] = field(default_factory=list)
    on_command: Callable[[str, str, View], Awaitable[None]] | None = None
    sockets: bool = True
    accepting: bool = True

    def address(self, state: str, lang: str = "ja") -> str:
        return f"{self.origin}/j?lang={lang}#{link(state)}"

    async def show(self, state: str, view: View) -> None:
        """The present view of a session, to its pages."""
        self.views[state] = view
        for line, sid in list(self.lines.items()):
            if sid == state:
                await line.send_json(self._frame(sid))

    async def cut(self) -> None:
        """No line until ``accepting`` again."""
        self.accepting = False
        for line in list(self.lines):
            await line.close(code=4500)

    def _frame(self, sid: str) -> View:
        view = self.views[sid]
        id_ = hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()[:16]
        return {"t": "view", "id": id_, "now": now_ms(), "view": view}

    def app(self) -> web.Application:
        app = web.Application()
        for path in SHELLS:
            app.router.add_get(path, self._shell)
        app.router.add_static("/static", GATEWAY / "static")
        app.router.add_post("/api/enter", self._enter)
        app.router.add_get("/api/s/{sid}/live", self._live)
        app.router.add_get("/api/s/{sid}/view", self._poll)
        app.router.add_post("/api/s/{sid}/{name}", self._command)
        return app

    async def _shell(self, request: web.Request) -> web.Response:
        lang = negotiate(request.query.get("lang"), request.headers.get("Accept-Language", ""))
        resource = request.match_info.route.resource
        assert resource is not None
        page = page_html(SHELLS[resource.canonical], lang)
        return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    async def _enter(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.posts.append("enter")
        state = body["link"].rstrip("0") if "link" in body else "shared" if "code" in body else "video"
        if state not in self.views:
            problem = {
                "status": 410,
                "code": "link_expired",
                "title": "期限切れ",
                "detail": "期限切れ",
                "office": OFFICE,
            }
            return web.json_response(problem, status=410, content_type="application/problem+json")
        view = self.views[state]
        return web.json_response({"sid": state, "kind": view["kind"], "event": view["event"]})

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        if not (self.accepting and self.sockets):
            raise web.HTTPServiceUnavailable
        line = web.WebSocketResponse()
        await line.prepare(request)
        sid = request.match_info["sid"]
        self.lines[line] = sid
        async for message in line:
            frame = json.loads(message.data) if message.type is WSMsgType.TEXT else {}
            if frame.get("t") == "have":
                await line.send_json(self._frame(sid))
            elif frame:
                self.presence.append(frame["t"])
        del self.lines[line]
        return line

    async def _poll(self, request: web.Request) -> web.Response:
        if not self.accepting:
            raise web.HTTPServiceUnavailable
        frame = self._frame(request.match_info["sid"])
        if frame["id"] == request.query["have"]:
            await asyncio.sleep(float(request.query["wait"]))
            return web.json_response({"t": "same"})
        return web.json_response(frame)

    async def _command(self, request: web.Request) -> web.Response:
        name, body = request.match_info["name"], await request.json()
        self.posts.append(name)
        self.commands.append((name, body))
        if self.on_command:
            await self.on_command(request.match_info["sid"], name, body)
        if name in ("offer", "echo") and name not in self.answers:
            await asyncio.Event().wait()  # no room behind the stand-in: the page stays connecting
        own = self.answers.get(f"{request.match_info['sid']}/{name}")
        status, answer = own or self.answers.get(name, (200, {"ok": True, "view": "later"}))
        kind = "application/json" if status < 400 else "application/problem+json"
        return web.json_response(answer, status=status, content_type=kind)


def page_html(name: str, lang: str, **context: Any) -> str:
    """A shell as the gateway renders it."""
    loader = FileSystemLoader(GATEWAY / "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    words = texts("en" if lang == "en" else "ja")
    return environment.get_template(name).render(
        **{"t": words, "lang": lang, "release": "0.1.0", "office": None, **context}
    )


def preview() -> Preview:
    """Every state, with tickets for both kinds of provider."""
    made = Preview({name: view for name, (_, view) in states().items()})
    embedded = {"kind": "embedded", "call": "sample.r1", "token": "t", "expires_at": 0, "ice_servers": []}
    made.answers["ticket"] = (200, {"ok": True, "ticket": embedded})
    for state, view in made.views.items():
        door = view.get("admission")
        if door and not door["embedded"]:
            made.answers[f"{state}/ticket"] = (200, {"ok": True, "ticket": link_of(door["provider"]["id"])})
    return made


def link_of(provider: str, way: str = "join") -> View:
    """A ticket of a provider that has its own pages; Zoom's also works without the app."""
    url = f"https://{provider}.example.com/{way}"
    browser_url = f"{url}?web=1" if provider == "zoom" else None
    return {"kind": "redirect", "url": url, "browser_url": browser_url, "generation": 1}


@asynccontextmanager
async def serving(made: Preview) -> AsyncIterator[Preview]:
    runner = web.AppRunner(made.app(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.origin = f"http://localhost:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()
