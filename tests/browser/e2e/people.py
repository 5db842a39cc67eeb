"""The people of a day, each a page: what they see and press. Every wait is for something that a person could see."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Self

from playwright.async_api import Browser, BrowserContext, CDPSession, Page, expect

from gateway.spreadsheet import write_table

ARTIFACTS = Path(__file__).parents[3] / "artifacts"
PATIENCE = 40_000  # ms for a page to show something, on a machine that runs six pages with video on two cores
LOOK = 0.1  # seconds between two questions to a page
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}

FLOWS = """async (wanted) => {
  const call = document.querySelector("genkan-call");
  const before = await call?.stats?.();
  if (!before || call.state !== "connected") return null;
  const seats = (call.map ?? []).map((seat) => seat.slot);
  if (wanted !== null && seats.length !== wanted) return null;
  return Object.fromEntries(seats.map((slot) => [slot, {
    frames: before.slots[slot]?.framesDecoded ?? 0, audio: before.slots[slot]?.audioBytes ?? 0 }]));
}"""

RISES = """async ([before, frames]) => {
  const stats = await document.querySelector("genkan-call")?.stats?.();
  if (!stats) return false;
  return Object.entries(before).every(([slot, was]) => stats.slots[slot].framesDecoded >= was.frames + frames
    && stats.slots[slot].audioBytes > was.audio + 1000);
}"""


ON_SCREEN = "(names) => names.includes(document.body.dataset.screen) && document.body.dataset.screen"


def full_width(text: str) -> str:
    """As a Japanese keyboard types it: １２３."""
    return text.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})


@dataclass
class Person:
    """Somebody with a page open. ``faults``: what the page threw."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def watch(self) -> Self:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        return self

    async def shot(self, name: str, *, full: bool = True) -> None:
        ARTIFACTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=ARTIFACTS / f"e2e-{name}.png", full_page=full)

    async def shots(self, name: str) -> None:
        """At the width of a telephone and at that of a desk; the page keeps its own."""
        own = self.page.viewport_size
        assert own is not None
        for size in (PHONE, DESK):
            await self.page.set_viewport_size({"width": size["width"], "height": size["height"]})
            assert await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, size)
            await self.shot(f"{name}-{size['width']}")
        await self.page.set_viewport_size(own)

    async def opens(self, press: Callable[[], Awaitable[object]]) -> Page:
        """What a press opens in a new tab, once it has loaded."""
        async with self.page.context.expect_page(timeout=PATIENCE) as coming:
            await press()
        tab = await coming.value
        tab.set_default_timeout(PATIENCE)
        await tab.wait_for_load_state()
        return tab

    async def freeze(self) -> CDPSession:
        """As a phone that sleeps. Playwright keeps every page in the foreground, where Chromium freezes none: the event
        is the page's own, the standstill is the debugger's."""
        devtools = await self.page.context.new_cdp_session(self.page)
        await devtools.send("Debugger.enable")
        await self.page.evaluate("document.dispatchEvent(new Event('freeze'))")
        await devtools.send("Debugger.pause")
        return devtools

    async def wake(self, devtools: CDPSession) -> None:
        await devtools.send("Debugger.resume")
        await self.page.evaluate("document.dispatchEvent(new Event('resume'))")

    async def text(self) -> str:
        return await self.page.locator("body").inner_text()

    async def until(self, script: str, argument: Any = None) -> Any:
        """Ask the page until the answer is true; that answer. (Playwright's own way needs eval; our CSP forbids it.)"""
        deadline = monotonic() + PATIENCE / 1000
        while not (found := await self.page.evaluate(script, argument)):
            if monotonic() > deadline:
                await self.shot("stuck")
                raise AssertionError(f"not within {PATIENCE} ms: {script} {argument}\n{(await self.text())[:1500]}")
            await asyncio.sleep(LOOK)
        return found

    async def flows(self, others: int) -> dict[str, dict[str, int]]:
        """Wait until the call has so many others; what came from each so far."""
        found: dict[str, dict[str, int]] = await self.until(FLOWS, others)
        return found

    async def sees_and_hears(self, others: int, frames: int = 5) -> None:
        """Everybody else's picture is decoded and their sound arrives, from now on."""
        before = await self.flows(others)
        assert len(before) == others
        try:
            await self.until(RISES, [before, frames])
        except AssertionError as error:
            stats = await self.page.evaluate("document.querySelector('genkan-call').stats()")
            raise AssertionError(f"no picture or no sound: {before} then {stats}") from error


@dataclass
class Candidate(Person):
    """A candidate or companion."""

    async def screen(self, *names: str) -> str:
        """Wait for one of these screens; which it is."""
        found: str = await self.until(ON_SCREEN, list(names))
        return found

    async def now_on(self) -> str:
        return str(await self.page.evaluate("document.body.dataset.screen ?? ''"))

    async def open(self, link: str) -> Self:
        await self.page.goto(link)
        return self

    async def go_through(self) -> Page:
        """Press the large button: the provider's page in a tab of its own."""
        return await self.opens(self.page.locator("a.button-huge").click)

    async def agree(self) -> None:
        await self.screen("notice")
        for box in await self.page.locator("form[data-submit=agree] input[type=checkbox]").all():
            await box.check()
        await self.page.locator("form[data-submit=agree] button[type=submit]").click()

    async def declare(self) -> None:
        """Tick everything on the rules' checklist."""
        await self.screen("declare")
        for box in await self.page.locator("form[data-submit=declare] input[type=checkbox]").all():
            await box.check()
        await self.page.locator("form[data-submit=declare] button[type=submit]").click()

    async def check_devices(self) -> None:
        """The whole check: picture, sound, network and the loudspeaker."""
        await self.screen("check")
        await self.page.locator("[data-action=start]").first.click()
        await self.page.locator("[data-action=play]").click()
        await self.page.locator("[data-action=heard]").click()
        tags = self.page.locator("genkan-check .check-list .tag-ok")
        await expect(tags).to_have_count(4, timeout=PATIENCE)

    async def go_on(self) -> None:
        await self.page.locator("genkan-check [data-key=done]").click()

    async def skip_check(self) -> None:
        await self.screen("check")
        await self.page.locator("[data-action=done]").click()

    async def type_in(self, number: str | None, name: str) -> None:
        await self.screen("number")
        if number is not None:
            await self.page.locator("#number").fill(number)
        await self.page.locator("#name").fill(name)
        await self.page.locator("form[data-submit=check-in] button[type=submit]").click()

    async def arrive(self, link: str, number: str | None, name: str) -> Self:
        """From the link to the seat, the device check left out."""
        await self.open(link)
        await self.agree()
        await self.skip_check()
        await self.type_in(number, name)
        await self.screen("waiting")
        return self


@dataclass
class Console(Person):
    """An interviewer, or reception."""

    async def open(self, link: str) -> Self:
        await self.page.goto(link)
        await expect(self.page.locator("#desk")).to_be_visible(timeout=PATIENCE)
        return self

    def row(self, number: str) -> Any:
        """The line of a candidate, by the number on the roster."""
        return self.page.locator(".row", has=self.page.locator(f'.row-number:text-is("{number}")'))

    async def zone(self, number: str, *zones: str) -> None:
        """Wait until the candidate stands in one of these zones of the board."""
        where = ", ".join(f'[data-zone="{zone}"] .row .row-number:text-is("{number}")' for zone in zones)
        await self.page.locator(where).wait_for(state="attached")

    async def ready(self) -> None:
        await self.page.locator("[data-action=ready][data-on=true]").click()
        await self.page.locator("[data-action=ready][data-on=false]").wait_for()

    async def join(self) -> None:
        await self.page.locator("[data-action=join]").click()
        await self.until("document.querySelector('genkan-call').state === 'connected'")

    async def press(self, key: str) -> None:
        await self.page.keyboard.press(key)

    async def choose(self, number: str) -> None:
        """Open the line of a candidate, if it is not."""
        button = self.row(number).locator(".row-who")
        if await button.get_attribute("aria-expanded") != "true":
            await button.click()
        await expect(self.row(number)).to_have_class(re.compile("selected"))

    async def do(self, number: str, command: str) -> None:
        """Press a candidate's button."""
        await self.choose(number)
        await self.row(number).locator(f"[data-command='{command}']").first.click()

    async def fill_dialog(self, **fields: str) -> None:
        for name, value in fields.items():
            place = self.page.locator(f"#ask [name={name}]")
            tag = await place.first.evaluate("element => element.type")
            if tag == "radio":
                await self.page.locator(f"#ask [name={name}][value='{value}']").check()
            elif tag == "checkbox":
                await place.check()
            elif tag.startswith("select"):
                await place.select_option(value)
            else:
                await place.fill(value)
        await self.page.locator("#ask [type=submit]").click()
        await expect(self.page.locator("#ask")).to_be_hidden(timeout=PATIENCE)


@dataclass
class Admin(Person):
    """An administrator."""

    async def open(self, link: str) -> Self:
        await self.page.goto(link)
        await expect(self.page.locator("#desk")).to_be_visible(timeout=PATIENCE)
        return self

    async def go(self, page: str) -> None:
        """To another of the administrator's pages."""
        await self.page.click(f".admin-pages [data-to={page}]")
        await expect(self.page.locator(f"#page-{page}")).to_be_visible(timeout=PATIENCE)

    async def import_roster(self, rows: Sequence[Sequence[str]]) -> None:
        """Choose a file, look at what would happen, do it."""
        await self.go("roster")
        content = write_table(rows)
        await self.page.locator("#csv").set_input_files(
            {"name": "roster.csv", "mimeType": "text/csv", "buffer": content}
        )
        await self.page.locator("[data-action=import]").click()
        await expect(self.page.locator("#import-result .banner-ok[role=status]")).to_be_visible(timeout=PATIENCE)

    async def look_at_switch(self, to: str, *, move: bool) -> None:
        """The dry run of having ``to`` carry the whole event."""
        await self.page.check(f"#switch-form [name=provider][value={to}]")
        await self.page.check(f"#switch-form [name=open][value={'move' if move else 'stay'}]")
        await self.page.click("#switch-form [type=submit]")
        await self.page.locator("#preview-title").wait_for()

    async def apply_switch(self, reason: str) -> None:
        await self.page.fill("#switch-reason", reason)
        await self.page.click("#switch-preview .apply [type=submit]")
        await self.page.locator("#switch-done").wait_for()

    async def attendance(self) -> list[dict[str, str]]:
        """The attendance record as a spreadsheet opens it."""
        await self.go("attendance")
        async with self.page.expect_download() as coming:
            await self.page.locator("#get-attendance").click()
        path = await (await coming.value).path()
        text = path.read_bytes().decode("utf-8-sig")
        return [line for line in csv.DictReader(io.StringIO(text, newline="")) if line["種別"] == "受験者"]


@dataclass
class Day:
    """Opens pages, each in a browser of its own unless told otherwise, and closes them."""

    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    candidates: dict[str, Candidate] = field(default_factory=dict)  # those that were opened by number

    async def named_candidate(self, number: str) -> Candidate:
        """A candidate whose page is found again by the number."""
        self.candidates[number] = found = await self.candidate()
        return found

    async def context(self, size: dict[str, int]) -> BrowserContext:
        context = await self.browser.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            locale="ja-JP",
            timezone_id="Asia/Tokyo",
            permissions=["camera", "microphone"],
        )
        self.contexts.append(context)
        return context

    async def candidate(self, context: BrowserContext | None = None, size: dict[str, int] = PHONE) -> Candidate:
        page = await (context or await self.context(size)).new_page()
        found = Candidate(page).watch()
        self.people.append(found)
        return found

    async def console(self, link: str, context: BrowserContext | None = None, size: dict[str, int] = DESK) -> Console:
        page = await (context or await self.context(size)).new_page()
        found = Console(page).watch()
        self.people.append(found)
        return await found.open(link)

    async def admin(self, link: str) -> Admin:
        found = Admin(await (await self.context(DESK)).new_page()).watch()
        self.people.append(found)
        return await found.open(link)

    def faults(self) -> Sequence[str]:
        return [fault for person in self.people for fault in person.faults]


@asynccontextmanager
async def day_in(browser: Browser) -> AsyncIterator[Day]:
    """Ends with every page closed; a page that threw fails the test."""
    day = Day(browser)
    try:
        yield day
        assert not day.faults()
    finally:
        for context in day.contexts:
            await context.close()
