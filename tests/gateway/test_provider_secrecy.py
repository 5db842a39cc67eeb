"""A whole day at Zoom, and one in harutaka with links that nobody was mailed: all that reaches a candidate is captured.

No way to a provider is in it but in the ticket of one who was admitted. Nor is it in logs, in entries or on disk."""

from __future__ import annotations

import asyncio
import io
import logging
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog

from gateway.logs import Discreet
from tests.support.brokering import Brokering, brokering
from tests.support.day import Browser, Line
from tests.support.demo_providers import ZOOM_ENVIRON
from tests.support.samples import encoded
from waiting_room.journal.port import MAX_READ

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]
ROOMS = ("r1", "r2", "r3")
HELD = (0, 1, 2, 5)  # of each room, by time: twelve in all, and one of them with a companion
SLOT = 20 * 60.0  # seconds
PASSCODE = "246810"


@dataclass
class Heard:
    """One thing that reached a page. ``ticket``: the answer that leads to the provider."""

    text: str
    admitted: bool
    ticket: bool = False


@dataclass
class Page(Browser):
    """Somebody's page; every status, header, body and frame of it is kept. ``admitted``: the interviewer pressed."""

    all: list[Heard] = field(default_factory=list)
    admitted: bool = False

    async def _answer(self, response: aiohttp.ClientResponse) -> Any:
        found = await super()._answer(response)
        heads = [response, *response.history]
        text = "\n".join(f"{head.status} {head.url} {list(head.headers.items())}" for head in heads) + self.heard[-1]
        ticket = response.url.path.endswith("/ticket") and response.status == 200
        given = ticket or bool(response.history)  # staff are led there
        self.all.append(Heard(text, self.admitted, given))
        return found

    async def listen(self, line: Line) -> None:
        """Every frame, until the line ends."""
        async for message in line.socket:
            self.all.append(Heard(str(message.data), self.admitted))


@dataclass
class Person:
    due: dict[str, str]
    page: Page
    interview: str
    companion: Page | None = None


class Day:
    """Twelve interviews, three at a time. ``written``: the log."""

    def __init__(self, office: Brokering, provider: str, written: io.StringIO) -> None:
        self.office, self.provider, self.written = office, provider, written
        self.people: list[Person] = []
        self.staff: list[Page] = []
        self._open = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Day]:
        async with self._open:
            try:
                yield self
            finally:
                for task in self._tasks:
                    task.cancel()

    async def page(self) -> Page:
        http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        await self._open.enter_async_context(http)
        return Page(self.office.gateway.settings.public_origin, http)

    async def entered(self, link: str, path: str) -> Page:
        """The page's source, and the session by its link."""
        page = await self.page()
        await page.get(path)
        assert (await page.enter(link=link.rpartition("#")[2])).status == 200
        line = await self._open.enter_async_context(page.live())
        self._tasks.append(asyncio.get_running_loop().create_task(page.listen(line)))
        return page

    async def arrive(self, due: dict[str, str]) -> Person:
        """Two pages of one link, one number that is wrong, and what one tries before one was called."""
        found = self.office.interview(due["exam_number"])
        person = Person(due, await self.entered(due["link"], "/j"), found.id)
        self.people.append(person)
        page = person.page
        await agree(page)
        await page.must("devices", camera="ok", microphone="ok", speaker="ok", network="ok")
        assert (await page.must("check-in", number="0000", name=due["name"]))["result"] == "refused"
        await page.must("check-in", number=due["exam_number"], name=due["name"])
        await page.must("help", reason="cannot_connect", text="つながりません")
        for refused in ("ticket", "pressed"):
            assert (await page.do(refused)).status == 409
        for other in ("attendance.csv", "links-template.csv", f"open/{found.id}", "openapi.json"):
            await page.get(f"/api/s/{page.sid}/{other}")
        await page.get(f"/j?lang=en&{found.id}")
        if "companion_link" in due:
            person.companion = await self.entered(due["companion_link"], "/j")
            await agree(person.companion)
            await person.companion.must("check-in", name=companion_of(self.office, found.id))
            assert (await person.companion.do("ticket")).status == 409
        return person

    async def hold(self, panel: Page, person: Person) -> None:
        """Admitted, sent back, admitted again, handed over and finished."""
        id_, page = person.interview, person.page
        await self.office.opened(person.due["exam_number"], self.provider)
        await panel.must("message", interview=id_, text="まもなくお呼びします")
        assert (await page.do("ticket")).status == 409
        for again in (True, False):
            await self.admit(panel, person)
            await page.must("ticket")
            if again:
                await panel.must("send-back", interview=id_)
                page.admitted = False
                assert (await page.do("ticket")).status == 409
        if person.companion is not None:
            person.companion.admitted = True
            await person.companion.must("ticket")
        await page.must("pressed")
        await panel.get(f"/api/s/{panel.sid}/open/{id_}")
        await panel.must("arrived", interview=id_)
        await panel.must("finish", interview=id_, now=True)
        assert (await page.do("ticket")).status == 409
        await page.see()

    async def admit(self, panel: Page, person: Person) -> None:
        person.page.admitted = True
        await panel.must("admit", interview=person.interview)
        if self.office.interview(person.due["exam_number"]).early == "asked":  # before their time: they are asked first
            await person.page.must("early", accept=True)

    async def go(self) -> None:
        """The day. A time at which the provider answers nobody, and each room's next candidate waits in between."""
        reception = await self.entered(self.office.links["reception"], "/console")
        panels = {room: await self.entered(self.office.console(room), "/console") for room in ROOMS}
        self.staff = [reception, *panels.values()]
        for room, panel in panels.items():
            await panel.must("ready", room=room, ready=True)
        for turn in HELD:
            here = [await self.arrive(self.office.of_room(room)[turn]) for room in ROOMS]
            for room, person in zip(ROOMS, here, strict=True):
                await self.hold(panels[room], person)
            self.office.shift(SLOT)
        for page in (reception, here[0].page):
            for path in ("/healthz", "/readyz", "/api/openapi.json", "/.well-known/jwks.json", "/"):
                await page.get(path)


async def agree(page: Page) -> None:
    view = await page.see()
    terms = {"terms": view["terms"]["version"]} if view["terms"] else {}
    await page.must("consent", notice=view["notice"]["version"], **terms)


def companion_of(office: Brokering, interview: str) -> str:
    found = office.hall.people.roster[interview]["companions"][0]
    return str(found["name"] if isinstance(found, dict) else found)


@contextmanager
def logging_to(written: io.StringIO) -> Iterator[None]:
    """As ``configure_logs`` has it, down to the least that is ever logged."""
    discreet = Discreet()
    root = logging.getLogger()
    level = root.level
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer(ensure_ascii=False)],
        logger_factory=structlog.WriteLoggerFactory(written),
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        cache_logger_on_first_use=False,
    )
    root.addHandler(discreet)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(discreet)
        root.setLevel(level)
        structlog.reset_defaults()


@pytest.fixture
def short_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="genkan-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@asynccontextmanager
async def a_day(folder: Path, provider: str) -> AsyncIterator[Day]:
    written = io.StringIO()
    with logging_to(written):
        async with brokering(folder, provider, worker=False) as office, Day(office, provider, written).held() as day:
            yield day


def zoom_secrets(office: Brokering) -> dict[str, str]:
    """Every way in that the simulator knows, and what it is asked with."""
    world = office.zoom.world
    address = office.zoom.url.removeprefix("http://")
    found = {f"link {n}": token for n, token in enumerate(world.links)}
    found |= {f"meeting {n}": str(id_) for n, id_ in enumerate(world.created)}
    found |= {f"access token {n}": token for n, token in enumerate(office.zoom.tokens)}
    found |= {"address": address, "passcode": PASSCODE} | dict(ZOOM_ENVIRON)
    return found | {f"host {user.id}": user.email for user in world.users}


def harutaka_secrets(office: Brokering) -> dict[str, str]:
    links = office.stage.issued.values()
    found = {f"candidate's of {one.number}": one.candidate.rpartition("/")[2] for one in links}
    found |= {f"evaluator's of {one.number}": one.evaluator.rpartition("/")[2] for one in links}
    return found | {"address": office.stage.authority}


def leaks(text: str, secrets: dict[str, str]) -> list[str]:
    """Whole words only: eleven digits may stand inside a hash."""
    found = {what: secret for what, secret in secrets.items() if secret in text}
    return [what for what, secret in found.items() if re.search(rf"(?<![\w-]){re.escape(secret)}(?![\w-])", text)]


async def search(day: Day, secrets: dict[str, str]) -> None:
    """Where nothing may be; and, so that the search is known to find, where something is."""
    held = [page for person in day.people for page in (person.page, person.companion) if page is not None]
    assert len(day.people) == len(HELD) * len(ROOMS)
    for page in held:
        before = [one for one in page.all if not one.admitted]
        assert len(before) > 10
        assert not [one.text[:200] for one in before if one.ticket], "a ticket before the admission"
        others = [one for one in page.all if not one.ticket]
        assert not [(leaks(one.text, secrets), one.text[:300]) for one in others if leaks(one.text, secrets)]
        tickets = [one for one in page.all if one.ticket]
        assert tickets
        assert all(leaks(one.text, secrets) for one in tickets), "the search finds what is there"
    assert any(person.companion for person in day.people)
    own = [given(person, secrets) for person in day.people]
    assert sum(map(len, own)) == len(frozenset().union(*own)), "nobody was given what somebody else was given"
    for page in day.staff:
        bodies = "\n".join(one.text for one in page.all if not one.ticket)
        assert not leaks(bodies, secrets)
    assert any(leaks(one.text, secrets) for page in day.staff for one in page.all), "staff's way leads there"


def given(person: Person, secrets: dict[str, str]) -> frozenset[str]:
    """What this interview's people were led to; the address is everybody's."""
    pages = [page for page in (person.page, person.companion) if page is not None]
    text = "".join(one.text for page in pages for one in page.all)
    return frozenset(leaks(text, secrets)) - {"address"}


async def stored(day: Day, secrets: dict[str, str]) -> None:
    """Neither the log nor the entries proper nor a file of the gateway's has any of it."""
    office = day.office
    log = day.written.getvalue()
    assert log.count('"event": "request"') > 200, "it is the log"
    assert not leaks(log, secrets)
    rows = await office.gateway.house.book.journal.read(office.hall.id, 0, MAX_READ)
    entries = b"\n".join(row.body for row in rows).decode()
    assert entries.count("session_opened") >= len(HELD) * len(ROOMS)
    assert not leaks(entries, secrets)
    for path in office.gateway.settings.data_dir.rglob("*"):
        if path.is_file():
            assert not leaks(path.read_bytes().decode("latin-1"), secrets), path.name


async def test_a_day_at_zoom_gives_nothing_away_before_the_admission(short_folder: Path) -> None:
    async with a_day(short_folder, "zoom") as day:
        day.office.zoom.faults.add("create", "500", times=2)
        day.office.zoom.faults.add("invite_links", "garbage")
        await day.go()
        secrets = zoom_secrets(day.office)
        assert len(secrets) > 3 * len(HELD) * len(ROOMS)
        await search(day, secrets)
        await stored(day, secrets)


async def test_a_day_in_harutaka_gives_nothing_away_before_the_admission(short_folder: Path) -> None:
    async with a_day(short_folder, "harutaka") as day:
        admin = await day.entered(day.office.links["admin"], "/admin")
        body = {"provider": "harutaka", "csv": encoded(day.office.stage.sheet()), "mailed": False}
        await admin.must("links-preview", **body)
        await admin.must("links-import", **body)
        await day.go()
        day.staff.append(admin)
        secrets = harutaka_secrets(day.office)
        await search(day, secrets)
        await stored(day, secrets)
