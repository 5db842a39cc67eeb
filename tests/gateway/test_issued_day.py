"""A day with harutaka: links that were imported, secret until admission, opened by nobody but whose they are."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.operations import run
from tests.support.day import EVENT, FILE, HANAKO, JIRO, Day, day
from tests.support.issued import candidate, evaluator, line, sheet
from tests.support.outside import ready, seated, session_of, settled, switch, until

HARUTAKA = {"terms_url": "https://harutaka.jp/terms", "terms_version": "2026-04-01"}


@pytest.fixture
async def today(tmp_path: Path) -> AsyncIterator[Day]:
    """harutaka is in the settings, and in the event's file."""
    async with day(tmp_path, file={**FILE, "provider": "harutaka"}, providers={"harutaka": HARUTAKA}) as made:
        yield made


async def bring(today: Day, *lines: str, mailed: bool = False) -> Any:
    args = {
        "event": EVENT, "provider": "harutaka", "mailed": mailed,
        "csv": base64.b64encode(sheet(*lines)).decode(),
    }  # fmt: skip
    return await run(today.gateway.house, "links-import", args)


async def test_a_link_that_was_not_mailed_is_in_nothing_that_leaves_us_before_admission(today: Day) -> None:
    """Answers, live messages, boards; then the candidate has it, and only they."""
    await bring(today, line("A-1001", "hana", "r1", evaluator("panel")), line("A-1003", "jiro"))
    panel = await today.staff("Ito", rooms=("r1",))
    hanako, jiro = await ready(today, HANAKO, "harutaka"), await ready(today, JIRO, "harutaka")
    await settled(today)
    async with hanako.live() as page, panel.live() as board:
        await page.until(lambda v: v["phase"] == "waiting")
        await board.until(lambda v: v["rows"][HANAKO.id]["phase"] == "waiting")
    assert (await hanako.do("ticket")).code == "not_admitted"
    assert not [text for browser in today.browsers for text in browser.heard if "token-" in text]
    await panel.must("admit", interview=HANAKO.id)
    ticket = (await hanako.must("ticket"))["ticket"]
    assert ticket["url"] == candidate("hana")
    assert (await jiro.do("ticket")).code == "not_admitted"
    assert not [text for text in [*panel.heard, *jiro.heard] if "token-" in text]


async def test_interviewers_enter_by_their_own_link(today: Day) -> None:
    await bring(today, line("A-1001", "hana", "r1", evaluator("panel")), line("A-1003", "jiro"))
    panel, other = await today.staff("Ito", rooms=("r1",)), await today.staff("Mori", rooms=("r2",))
    await ready(today, HANAKO, "harutaka")
    await ready(today, JIRO, "harutaka")
    url = (await panel.must("join", room="r1"))["ticket"]["url"]
    async with panel.http.get(today.origin + url, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, evaluator("panel"))
    url = (await other.must("join", room="r2"))["ticket"]["url"]
    page = await other.get(url)
    assert page.status == 409
    assert "面接官用のURL" in page.body


async def test_who_has_no_link_is_a_task_for_staff_and_no_outage(today: Day) -> None:
    """One slot that was forgotten says nothing of harutaka."""
    panel = await today.staff("Ito", rooms=("r1",))
    await seated(today, HANAKO)
    await until(today, lambda: session_of(today, HANAKO.id) == ("harutaka", "failed"))
    assert "provider" in {task["code"] for task in (await panel.see())["tasks"]}
    for _ in range(5):
        today.clock.shift(31)
        today.gateway.agendas[EVENT].wake()
        await until(today, lambda: session_of(today, HANAKO.id) == ("harutaka", "failed"))
    assert not today.hall.state.down


async def test_out_of_harutaka_a_link_that_is_known_opens_nothing_of_ours(today: Day) -> None:
    """It cannot be revoked; the ticket of the next session is another's, and the page asks for that."""
    await bring(today, line("A-1001", "hana"))
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await ready(today, HANAKO, "harutaka")
    await panel.must("admit", interview=HANAKO.id)
    await hanako.must("ticket")
    await hanako.must("pressed")
    await switch(today, "scripted", open_sessions="move")
    async with hanako.live() as page:
        await page.until(lambda v: v["admission"]["moving"] == "open")
    ticket = (await hanako.must("ticket"))["ticket"]
    assert ticket["generation"] == 2
    assert "token-" not in ticket["url"]


async def test_a_link_that_is_imported_anew_is_the_one_that_is_given_out(today: Day) -> None:
    """Also where a session stood and a ticket was ready by then."""
    await bring(today, line("A-1001", "first"))
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await ready(today, HANAKO, "harutaka")
    await settled(today)
    await bring(today, line("A-1001", "second"))
    await settled(today)
    await panel.must("admit", interview=HANAKO.id)
    assert (await hanako.must("ticket"))["ticket"]["url"] == candidate("second")
