"""Pages of people who go through a day (``throng``), at gateways of which nobody tells them that they die.

A command whose outcome is not known is sent again with the same id, as our pages do; a line that breaks is opened
again, and after two failures it is polled. What was answered is kept in ``Heard`` for the test to judge, and a view
that takes back what was shown or answered before fails at once (``Memory``).
"""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from tests.support.day import Answer

AGAIN = 0.1  # seconds between two attempts: a page's pauses, shortened as the day is
PATIENCE = aiohttp.ClientTimeout(total=12)  # a page's 20 s, shortened
SILENCE = 20.0  # seconds without a frame: the line is dead
FAILURES = 2  # of a line, then it is polled
POLLS = 3  # then a line is tried again
WAIT = 3.0  # seconds of one poll
PASSING = frozenset({"draining", "store", "conflict", "slow_down", "provider_busy"})  # codes that mean: again
RANKS = {"expected": 0, "preparing": 1, "waiting": 2, "admitting": 3, "in_session": 4}
OVER = 5
MOVING = "call_moving"  # another ticket is wanted, not the same request once more

View = Any


class Progress(Protocol):
    """How far the storm is: the day goes by it, so that it lasts as long."""

    applied: int
    over: bool

    async def reached(self, faults: int) -> None:
        """Once so many faults were applied, or no more come."""


def rank(phase: str) -> int:
    return RANKS.get(phase, OVER)


@dataclass
class Memory:
    """The furthest that anybody saw an interview: of views that were asked for afterwards none may show less."""

    phase: int = 0
    agreed: bool = False
    seat: int | None = None

    def copy(self) -> Memory:
        return Memory(self.phase, self.agreed, self.seat)

    def candidate(self, view: View, before: Memory) -> None:
        """``before``: as this was when the view was asked for."""
        if "store" in view or view.get("fenced"):  # told: it may be old
            return
        self._row(view["phase"], before, view)
        agreed = bool(view["notice"]["agreed"])
        assert agreed or not before.agreed, f"the consent is gone: {view}"
        self.agreed |= agreed
        seat = view["seat"]["at"] if view["seat"] else None
        assert seat == before.seat or before.seat is None, f"the seat was of {before.seat}: {view}"
        self.seat = seat if seat is not None else self.seat

    def row(self, row: View, before: Memory) -> None:
        """Of a console."""
        self._row(row["phase"], before, row)

    def _row(self, phase: str, before: Memory, shown: View) -> None:
        assert rank(phase) >= before.phase, f"was at {before.phase} before: {shown}"
        self.phase = max(self.phase, rank(phase))


@dataclass
class Heard:
    """What was answered. ``once``: commands that have been accepted, by name and interview; each is one entry."""

    once: Counter[tuple[str, str]] = field(default_factory=Counter)
    arrivals: dict[str, set[int]] = field(default_factory=dict)
    memories: dict[str, Memory] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)  # interview -> the phase in which its page came to rest
    requests: int = 0
    retried: int = 0
    lines: int = 0

    def memory(self, interview: str) -> Memory:
        return self.memories.setdefault(interview, Memory())


class Page:
    """One page in a browser of its own, or, with ``beside``, in another's. ``seen`` is called with each view and with
    what was known when it was asked for."""

    def __init__(self, origin: str, name: str, seed: int, heard: Heard, beside: Page | None = None) -> None:
        self.origin, self.name, self.heard = origin, name, heard
        self.sid: str = beside.sid if beside else ""
        self.chance = random.Random(f"{seed}:{name}")
        jar = aiohttp.CookieJar(unsafe=True)
        connector = aiohttp.TCPConnector(force_close=True)  # each request may meet another gateway
        self.http: aiohttp.ClientSession = (
            beside.http if beside else aiohttp.ClientSession(cookie_jar=jar, connector=connector)
        )
        self.shows: Callable[[View, dict[str, Memory]], None] = lambda *_: None
        self.trail: deque[str] = deque(maxlen=6)  # the last answers, as the gateways' logs name them
        self._failures = self._polls = 0

    async def close(self) -> None:
        await self.http.close()

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """Until it is answered."""
        self.heard.requests += 1
        while True:
            answer = await self._once(method, path, body)
            if answer is not None and not self._passes(answer):
                return answer
            self.heard.retried += 1
            await asyncio.sleep(AGAIN * (1 + self.chance.random()))

    async def _once(self, method: str, path: str, body: Any) -> Answer | None:
        """None: no answer came, or half of one, or one to what a bad line has made of the request."""
        headers = {"Origin": self.origin, "Connection": "keep-alive"}  # so that one that arrives twice is done twice
        try:
            async with self.http.request(
                method, self.origin + path, json=body, headers=headers, timeout=PATIENCE
            ) as response:
                text = await response.text()
                id_ = response.headers.get("X-Request-Id")
                self.trail.append(f"{path.rpartition('/')[2]} {response.status} {id_}")
                if response.status == 400 and "json" not in response.content_type:
                    return None
                return Answer(response.status, json.loads(text) if "json" in response.content_type else text)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return None

    @staticmethod
    def _passes(answer: Answer) -> bool:
        assert answer.status < 500 or answer.code in PASSING or answer.code == MOVING, answer
        return answer.code in PASSING

    async def enter(self, link: str) -> None:
        key = {"link": link, **({"sid": self.sid} if self.sid else {})}
        answer = await self.ask("POST", "/api/enter", key)
        assert answer.status == 200, answer
        assert self.sid in ("", answer.body["sid"]), "another session for the same browser"
        self.sid = answer.body["sid"]

    async def attempt(self, command: str, **body: Any) -> Answer:
        """With one id for all attempts."""
        id_ = uuid.UUID(int=self.chance.getrandbits(128)).hex
        return await self.ask("POST", f"/api/s/{self.sid}/{command}", {"id": id_, **body})

    async def do(self, command: str, **body: Any) -> Answer:
        """An accepted one is owed exactly one entry."""
        answer = await self.attempt(command, **body)
        assert answer.status in (200, 409), (command, answer)
        return answer

    async def must(self, command: str, **body: Any) -> Any:
        answer = await self.do(command, **body)
        assert answer.status == 200, (command, answer)
        return answer.body

    async def think(self, longest: float = 0.3) -> None:
        await asyncio.sleep(self.chance.uniform(0.0, longest))

    # --- what is shown ---------------------------------------------------------------------------------------------

    def _known(self) -> dict[str, Memory]:
        return {key: memory.copy() for key, memory in self.heard.memories.items()}

    def _show(self, view: View, known: dict[str, Memory]) -> None:
        try:
            self.shows(view, known)
        except AssertionError as error:
            raise AssertionError(f"{self.name}, after {list(self.trail)}: {error}") from error

    async def look(self) -> View:
        """The present view."""
        known = self._known()
        answer = await self.ask("GET", f"/api/s/{self.sid}/view?have=&wait=0")
        assert answer.status == 200, answer
        view = answer.body["view"]
        self._show(view, known)
        return view

    async def present(self) -> View:
        """The same once the gateway that is asked has its store: else it says that what it shows may be old."""
        while "store" in (view := await self.look()):  # noqa: ASYNC110 - another process
            await asyncio.sleep(AGAIN)
        return view

    async def until(self, wanted: Callable[[View], object]) -> View:
        """The first view that ``wanted`` accepts, by a line, or by polls while lines fail."""
        while True:
            if self._failures < FAILURES:
                found = await self._by_line(wanted)
            else:
                found = await self._by_poll(wanted)
                self._polls += 1
                if self._polls >= POLLS:
                    self._failures = self._polls = 0
            if found is not None:
                return found
            await asyncio.sleep(AGAIN * (1 + self.chance.random()))

    async def _by_line(self, wanted: Callable[[View], object]) -> View | None:
        known = self._known()
        url = f"{self.origin}/api/s/{self.sid}/live"
        try:
            async with asyncio.timeout(SILENCE):
                socket = await self.http.ws_connect(url, headers={"Origin": self.origin}, timeout=_CLOSING)
        except (aiohttp.ClientError, TimeoutError, OSError):
            self._failures += 1
            return None
        self.heard.lines += 1
        try:
            return await self._frames(socket, wanted, known)
        except (aiohttp.ClientError, TimeoutError, OSError, TypeError, ValueError):
            self._failures += 1
            return None
        finally:
            await socket.close()

    async def _frames(
        self, socket: aiohttp.ClientWebSocketResponse, wanted: Callable[[View], object], known: dict[str, Memory]
    ) -> View | None:
        """TypeError where the line ends."""
        id_, view = "", None
        await socket.send_json({"t": "have", "id": ""})
        await socket.send_json({"t": "here", "visible": True})
        while True:
            frame = json.loads(await socket.receive_str(timeout=SILENCE))
            self._failures = 0
            match frame["t"]:
                case "view":
                    id_, view = frame["id"], frame["view"]
                case "rows" if view is not None and frame["base"] == id_:
                    rows = {**view["rows"], **frame["put"]}
                    kept = {key: row for key, row in rows.items() if key not in frame["drop"]}
                    id_, view = frame["id"], {**frame["head"], "rows": kept}
                case "rows":
                    await socket.send_json({"t": "have", "id": ""})
                    continue
                case "ping":
                    await socket.send_json({"t": "here", "visible": True})
                    continue
                case "bye":
                    assert frame["again"], (self.name, frame)
                    return None
                case _:
                    continue
            self._show(view, known)
            if wanted(view):
                return view

    async def _by_poll(self, wanted: Callable[[View], object]) -> View | None:
        known = self._known()
        answer = await self.ask("GET", f"/api/s/{self.sid}/view?have=&wait=0")
        id_ = ""
        while answer.status == 200 and answer.body["t"] == "view":
            id_, view = answer.body["id"], answer.body["view"]
            self._show(view, known)
            if wanted(view):
                return view
            known = self._known()
            answer = await self.ask("GET", f"/api/s/{self.sid}/view?have={id_}&wait={WAIT}")
        assert answer.status == 200, answer
        return None


_CLOSING = aiohttp.ClientWSTimeout(ws_close=2.0)
