"""The built-in room in real Chromium."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from .conftest import Hall

pytestmark = pytest.mark.browser


async def stats(page: Page) -> list[dict[str, Any]]:
    found: dict[str, Any] = await page.evaluate("call.stats()")
    return list(found["slots"])


async def flowing(page: Page, slots: int) -> None:
    """Wait until pictures and sound of ``slots`` others rise beyond what they are now."""
    before = [(slot["framesDecoded"], slot["audioBytes"]) for slot in await stats(page)]
    await page.wait_for_function(
        """async ([before, slots]) => {
          const now = (await call.stats()).slots;
          const rose = (slot, i) => slot.framesDecoded > before[i][0] + 5 && slot.audioBytes > before[i][1] + 500;
          return now.filter(rose).length >= slots;
        }""",
        arg=[before, slots],
        timeout=20_000,
        polling=200,
    )


async def test_three_then_four_people_all_see_and_hear_each_other(hall: Hall, tmp_path: Path) -> None:
    subs = ["staff:a", "staff:b", "companion:i.1", "candidate:i"]
    await hall.worker.open("room", *subs)
    pages = [await hall.enter("room", sub) for sub in subs[:3]]
    for page in pages:
        await flowing(page, 2)
    late = await hall.enter("room", subs[3])
    await late.wait_for_function("pictures.filter((at) => at !== undefined).length === 3", timeout=15_000)
    waited: list[float] = await late.evaluate("pictures")
    assert max(waited) < 2_000, "who joins sees everybody within two seconds"
    for page in [*pages, late]:
        await flowing(page, 3)
    await late.screenshot(path=str(tmp_path / "four.png"))
    status = await hall.worker.status()
    assert status["peers"] == 4
