"""People who go through a day as browsers would, at gateways of which nobody tells them that they die.

Each is a script. A command whose outcome is not known is sent again with the same id, as our pages do; a line that
breaks is opened again, and after two failures it is polled. What was answered is kept in ``Heard`` for the test to
judge, and a view that takes back what was shown or answered before fails at once (``Memory``).
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

from tests.support.day import Answer, Entrant

AGAIN = 0.1  # seconds between two attempts: a page's pauses, shortened as the day is
PATIENCE = aiohttp.ClientTimeout(total=12)  # a page's 20 s, shortened
SILENCE = 20.0  # seconds without a frame: the line is dead
FAILURES = 2  # of a line, then it is polled
POLLS = 3  # then a line is tried again
WAIT = 3.0  # seconds of one poll
PASSING = frozenset({"draining", "store", "conflict", "slow_down", "provider_busy"})  # codes that mean: again
RANKS = {"expected": 0, "preparing": 1, "waiting": 2, "admitting": 3, "in_session": 4}
OVER = 5

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
        assert answer.status < 500 or answer.code in PASSING, answer
        return answer.code in PASSING

    async def enter(self, link: str) -> None:
        key = {"link": link, **({"sid": self.sid} if self.sid else {})}
        answer = await self.ask("POST", "/api/enter", key)
        assert answer.status == 200, answer
        assert self.sid in ("", answer.body["sid"]), "another session for the same browser"
        self.sid = answer.body["sid"]

    async def do(self, command: str, **body: Any) -> Answer:
        """With one id for all attempts; an accepted one is owed exactly one entry."""
        id_ = uuid.UUID(int=self.chance.getrandbits(128)).hex
        answer = await self.ask("POST", f"/api/s/{self.sid}/{command}", {"id": id_, **body})
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


# --- candidates ----------------------------------------------------------------------------------------------------


@dataclass
class Candidate:
    """``way``: what is not plain about their day. ``from_fault``: when they come."""

    entrant: Entrant
    link: str
    way: str
    from_fault: int

    async def live(self, page: Page, other: Page, progress: Progress) -> None:
        """From the link to the end. ``other``: a page in another browser."""
        await progress.reached(self.from_fault)
        me, heard = self.entrant.id, page.heard
        memory = heard.memory(me)

        def shows(view: View, known: dict[str, Memory]) -> None:
            memory.candidate(view, known.get(me, Memory()))
            if view.get("seat"):
                heard.arrivals.setdefault(me, set()).add(view["seat"]["at"])

        page.shows = other.shows = shows
        if self.way == "calls_off":
            return await self._calls_off(page)
        await self._arrives(page)
        if self.way == "another_device":
            await self._arrives(other)
            assert (await page.present())["fenced"] == "taken_over"
            page = other
        await self._waits_and_is_interviewed(page, Page(page.origin, f"{page.name}:tab", 0, heard, beside=page))
        return None

    async def _arrives(self, page: Page) -> None:
        me, heard, memory = self.entrant.id, page.heard, page.heard.memory(self.entrant.id)
        await page.enter(self.link)
        await page.must("consent", notice="n1")
        memory.agreed = True
        if self.way == "late":
            await page.must("help", reason="late", minutes=5, text="電車が遅れています")
            heard.once["late_notice", me] += 1
            await page.think()
        await page.must("devices", camera="ok", microphone="warn", speaker="ok", network="ok", rtt_ms=30)
        heard.once["device_checked", me] += 1
        await page.think()
        answer = await page.must("check-in", number=self.entrant.number, name=self.entrant.name)
        assert answer["result"] == "seated", answer
        memory.phase = max(memory.phase, RANKS["waiting"])
        assert (await page.present()).get("seat"), "seated, and the page shows no seat"

    async def _calls_off(self, page: Page) -> None:
        """On the page that they will not come; the office has them called off."""
        await page.enter(self.link)
        await page.must("consent", notice="n1")
        await page.must("help", reason="cannot_connect", text="参加できません")
        page.heard.once["late_notice", self.entrant.id] += 1
        view = await page.until(lambda v: v["phase"] == "cancelled")
        page.heard.ended[self.entrant.id] = view["phase"]

    async def _waits_and_is_interviewed(self, page: Page, tab: Page) -> None:
        me, heard, memory = self.entrant.id, page.heard, page.heard.memory(self.entrant.id)
        tab.shows = page.shows
        if self.way == "reload":
            for _ in range(3):
                await page.think()
                await page.enter(self.link)
                assert (await page.present()).get("seat"), "a reload lost the seat"
        if self.way == "second_tab":
            await tab.until(lambda v: v.get("seat"))
        view = await page.until(_called)
        while view["phase"] == "admitting":
            if (await page.do("ticket")).status == 200 and (await page.do("pressed")).status == 200:
                heard.once["handed_over", me] += 1
                memory.phase = max(memory.phase, RANKS["in_session"])
                break
            view = await page.until(_called)
        ends = [page, tab] if self.way == "second_tab" else [page]
        for each in ends:
            view = await each.until(lambda v: v["phase"] == "finished")
        heard.ended[me] = view["phase"]


def _called(view: View) -> bool:
    return rank(view["phase"]) > RANKS["admitting"] or (view["phase"] == "admitting" and view["admission"]["ready"])


# --- the office ----------------------------------------------------------------------------------------------------


def _watch_rows(page: Page) -> None:
    heard = page.heard

    def shows(view: View, known: dict[str, Memory]) -> None:
        if "store" not in view:
            for key, row in view["rows"].items():
                heard.memory(key).row(row, known.get(key, Memory()))

    page.shows = shows


def _all_over(view: View) -> bool:
    return all(rank(row["phase"]) == OVER for row in view["rows"].values())


async def interviewer(page: Page, link: str, progress: Progress) -> None:
    """Two of them work on one room and know nothing of each other."""
    _watch_rows(page)
    await page.enter(link)
    done: set[tuple[str, str]] = set()

    def to_do(view: View) -> list[View]:
        rows = sorted(view["rows"].values(), key=lambda row: row["order"])
        busy = [row for row in rows if row["phase"] == "in_session" and not row["closing"]]
        return busy or [row for row in rows if "admit" in row["can"]]

    while True:
        view = await page.until(lambda v: to_do(v) or _all_over(v))
        if _all_over(view):
            return
        await page.think()
        row = to_do(view)[0]
        if row["phase"] == "in_session":
            await _interviews(page, row["id"], done, progress)
        else:
            await _message(page, row["id"], done)
            await page.do("admit", interview=row["id"])


async def _message(page: Page, interview: str, done: set[tuple[str, str]]) -> None:
    if ("message", interview) in done:
        return
    done.add(("message", interview))
    if (await page.do("message", interview=interview, text="まもなくお呼びします")).status == 200:
        page.heard.once["message_sent", interview] += 1


async def _interviews(page: Page, interview: str, done: set[tuple[str, str]], progress: Progress) -> None:
    if ("incident", interview) not in done:
        done.add(("incident", interview))
        await page.do("identity", interview=interview, steps=["number", "name"], confirmed=True)
        if (await page.do("incident", interview=interview, note="音声が途切れました")).status == 200:
            page.heard.once["incident_noted", interview] += 1
        await progress.reached(progress.applied + 2)
    answer = await page.do("finish", interview=interview, now=page.chance.random() < 0.8)
    if answer.status == 200:
        page.heard.memory(interview).phase = max(page.heard.memory(interview).phase, RANKS["in_session"])
    else:
        await page.think()


async def onlooker(page: Page, link: str, progress: Progress) -> None:
    """Somebody who only looks, as long as the storm lasts: there is always a page for a fault to meet."""
    _watch_rows(page)
    await page.enter(link)
    while not progress.over:
        await page.look()
        await page.think()


async def reception(page: Page, link: str, away: frozenset[str], off: frozenset[str]) -> None:
    """Marks absent who stays ``away``, and calls ``off`` whom they were told of."""
    _watch_rows(page)
    await page.enter(link)

    def to_do(view: View) -> list[tuple[str, View]]:
        rows = [row for row in view["rows"].values() if rank(row["phase"]) < OVER]
        absent = [("no-show", row) for row in rows if row["id"] in away and row["overdue"]]
        return absent + [("call-off", row) for row in rows if row["id"] in off and row["late_notice"]]

    while True:
        view = await page.until(lambda v: to_do(v) or _all_over(v))
        if _all_over(view):
            return
        command, row = to_do(view)[0]
        more = {"because": "candidate"} if command == "call-off" else {}
        if (await page.do(command, interview=row["id"], reason="連絡どおり", **more)).status == 200:
            page.heard.memory(row["id"]).phase = OVER
        await page.think()
