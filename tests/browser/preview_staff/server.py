"""The stand-in: the real shells and scripts, a live line that shows what a test says, commands kept in a list."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web
from jinja2 import Environment, FileSystemLoader, select_autoescape

from gateway.texts import negotiate, texts

GATEWAY = Path(__file__).parents[3] / "gateway"
LINK = "abcdefghijklmnopqrstuv"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
View = dict[str, Any]
RULES: View = {
    "event": "demo",
    "lines": [{"key": "late_after", "sentence": "10:00 を過ぎると遅刻です。"}],
    "changed_at": None,
}


RETENTION: View = {
    "event": "demo", "stage": "no_time", "due_at": None, "days": None, "last_at": None, "over": False, "interviews": 0,
    "kept": [], "verdicts": {}, "held": None, "people": [], "disclosures": [],
}  # fmt: skip


def now_ms() -> int:
    return int(time.time() * 1000)


REHEARSAL = {
    "event": "ev-stand-in", "of": "", "rehearsal": None,
    "plan": {
        "interviews": 24, "invented": 24, "minutes": 48, "slot": {"from": 20, "to": 4},
        "given_up": [{"provider": "zoom", "label": {"ja": "Zoom", "en": "Zoom"}}],
    },
}  # fmt: skip


@dataclass
class Preview:
    """What staff's pages talk to. ``answers``: what a command is answered with instead of a plain yes."""

    view: View
    origin: str = ""
    commands: list[tuple[str, View]] = field(default_factory=list)
    answers: dict[str, tuple[int, View]] = field(default_factory=dict)
    reads: dict[str, Any] = field(
        default_factory=lambda: {"rules": dict(RULES), "retention": dict(RETENTION), "rehearsal": dict(REHEARSAL)}
    )
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    lines: set[web.WebSocketResponse] = field(default_factory=set)
    accepting: bool = True

    @property
    def view_id(self) -> str:
        return hashlib.sha256(json.dumps(self.view, sort_keys=True).encode()).hexdigest()[:16]

    def sent(self, command: str) -> list[View]:
        return [body for name, body in self.commands if name == command]

    async def received(self, command: str, times: int = 1) -> list[View]:
        """The bodies of a command, once it has come so often. TimeoutError after ten seconds."""
        async with asyncio.timeout(30):
            while len(self.sent(command)) < times:
                self.heard.clear()
                await self.heard.wait()
        return self.sent(command)

    async def show(self, view: View) -> None:
        """The present view, to every page."""
        self.view = view
        for line in list(self.lines):
            await line.send_json(self._frame())

    async def change(self, **rows: View) -> None:
        """Rows that changed, as a difference."""
        base = self.view_id
        self.view = {**self.view, "rows": {**self.view["rows"], **rows}}
        head = {key: value for key, value in self.view.items() if key != "rows"}
        frame = {"t": "rows", "base": base, "id": self.view_id, "now": now_ms(), "head": head, "put": rows, "drop": []}
        for line in list(self.lines):
            await line.send_json(frame)

    async def ping(self) -> None:
        """The line is alive."""
        for line in list(self.lines):
            await line.send_json({"t": "ping"})

    async def cut(self) -> None:
        """No line until ``accepting`` again."""
        self.accepting = False
        for line in list(self.lines):
            await line.close(code=4500)

    def _frame(self) -> View:
        return {"t": "view", "id": self.view_id, "now": now_ms(), "view": self.view}

    def app(self) -> web.Application:
        app = web.Application(client_max_size=8 << 20)
        app.router.add_get("/console", self._shell)
        app.router.add_get("/admin", self._shell)
        app.router.add_static("/static", GATEWAY / "static")
        app.router.add_post("/api/enter", self._enter)
        app.router.add_get("/api/s/one/live", self._live)
        app.router.add_get("/api/s/one/view", self._poll)
        app.router.add_get("/api/s/one/{name}", self._read)
        app.router.add_get("/api/s/one/{name}/{interview}", self._read)
        app.router.add_post("/api/s/one/{name}", self._command)
        return app

    async def _shell(self, request: web.Request) -> web.Response:
        lang = negotiate(request.query.get("lang"), request.headers.get("Accept-Language", ""))
        loader = Environment(loader=FileSystemLoader(GATEWAY / "templates"), autoescape=select_autoescape())
        page = loader.get_template(f"{request.path.strip('/')}.html")
        body = page.render(t=texts(lang), lang=lang, release="0.1.0", office=None)
        return web.Response(text=body, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    async def _enter(self, _request: web.Request) -> web.Response:
        role = self.view["me"]["role"]
        return web.json_response({"sid": "one", "kind": "staff", "role": role, "event": self.view["event"]})

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        if not self.accepting:
            raise web.HTTPServiceUnavailable
        line = web.WebSocketResponse()
        await line.prepare(request)
        self.lines.add(line)
        async for message in line:
            if message.type is WSMsgType.TEXT and json.loads(message.data)["t"] == "have":
                await line.send_json(self._frame())
        self.lines.discard(line)
        return line

    async def _poll(self, _request: web.Request) -> web.Response:
        if not self.accepting:
            raise web.HTTPServiceUnavailable
        return web.json_response(self._frame())

    async def _read(self, request: web.Request) -> web.Response:
        found = self.reads.get(request.match_info["name"])
        return web.json_response(found) if found is not None else web.json_response({"code": "not_found"}, status=404)

    async def _command(self, request: web.Request) -> web.Response:
        name, body = request.match_info["name"], await request.json()
        if name == "seen":
            return web.json_response({"ok": True})
        self.commands.append((name, body))
        status, answer = self.answers.get(name, (200, {"ok": True, "view": "later"}))
        self.heard.set()
        kind = "application/json" if status < 400 else "application/problem+json"
        return web.json_response(answer, status=status, content_type=kind)


@asynccontextmanager
async def serving(preview: Preview) -> AsyncIterator[Preview]:
    runner = web.AppRunner(preview.app(), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    preview.origin = f"http://localhost:{runner.addresses[0][1]}"
    try:
        yield preview
    finally:
        await runner.cleanup()
