"""What the tests of staff's pages do to a page: open it, listen to its complaints, measure it."""

from __future__ import annotations

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page

from tests.browser.preview_staff.server import LINK, Preview

DESKTOP, PHONE = (1280, 900), (360, 740)
TALL = 6000  # px: rows out of sight are not painted, and what is not painted has no contrast to measure
SERIOUS = {"serious", "critical"}
COUNT_TONES = """
globalThis.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { globalThis.tones += 1; return start.apply(this, when); };
"""


class Desk:
    """A page of one member of staff, and what it complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    async def open(self, preview: Preview, path: str, lang: str = "ja") -> None:
        await self.page.goto(f"{preview.origin}{path}?lang={lang}#{LINK}")
        await self.page.wait_for_selector("#desk:not([hidden])")

    async def fits(self) -> bool:
        """No horizontal scroll."""
        width = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        return bool(await self.page.evaluate(width))

    async def violations(self) -> list[str]:
        found = await Axe().run(self.page)
        return [f"{v['id']}: {v['nodes'][0]['target']}" for v in found.response["violations"] if v["impact"] in SERIOUS]


async def desk(browser: Browser, size: tuple[int, int] = DESKTOP) -> Desk:
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="ja-JP")
    await context.add_init_script(COUNT_TONES)
    return Desk(await context.new_page())
