"""Three gateways on one Redis, a person at each: what one of them hears, all of them know."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.breaker import STEADY
from gateway.loss import Loss
from providers.base import Retry
from providers.zoom.adapter import microseconds
from tests.support.day import EVENT, FILE, HANAKO, SECOND, TARO, Browser, Day, Line
from tests.support.demo_providers import ZOOM_ENVIRON, zoom_settings
from tests.support.outside import agree, named, session_of, settled, switch, until
from tests.support.redis_server import RedisServer
from tests.support.sisters import sisters
from tests.support.zoom_simulator import ZoomSimulator
from waiting_room.entries import Joined, ProviderDown, ProviderUp, SessionObserved
from waiting_room.journal.port import MAX_READ

SAME = 2.0  # seconds within which every page says the same


@pytest.fixture
async def three(tmp_path: Path, server: RedisServer) -> AsyncIterator[Sequence[Day]]:
    async with sisters(tmp_path, server, 3) as made:
        yield made


async def written(today: Day, *kinds: type[Any]) -> list[Any]:
    found = await today.gateway.house.book.read(EVENT, 0, MAX_READ)
    return [st.entry for st in found if isinstance(st.entry, kinds)]


# --- a callback ----------------------------------------------------------------------------------------------------


async def test_what_zoom_calls_back_at_a_third_gateway_is_seen_at_both_others_and_written_once(
    tmp_path: Path, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The candidate's page is on one, the console on another. Brought again, also to another gateway, it is the same
    callback."""
    for name, value in ZOOM_ENVIRON.items():
        monkeypatch.setenv(name, value)
    async with ZoomSimulator(microseconds) as zoom:
        file = {**FILE, "provider": "zoom"}
        async with (
            sisters(
                tmp_path, server, 3, entrants=(HANAKO,), file=file, providers={"zoom": zoom_settings(zoom)}
            ) as made,
            AsyncExitStack() as stack,
        ):
            first, second, third = made
            page, panel = first.browser(), await second.staff("Ito", rooms=("r1",))
            assert (await page.enter(link=first.link(HANAKO.id))).status == 200
            await agree(page)
            await page.must("check-in", number=HANAKO.number, name=HANAKO.name)
            line, board = await stack.enter_async_context(page.live()), await stack.enter_async_context(panel.live())
            await board.until(lambda view: HANAKO.id in view["rows"] and row(view)["phase"] == "waiting")
            await panel.must("admit", interview=HANAKO.id)
            await line.until(lambda view: view["phase"] == "admitting" and view["admission"]["ready"])
            ticket = (await page.must("ticket"))["ticket"]
            await page.must("pressed")
            await board.until(lambda view: row(view)["phase"] == "in_session")
            assert line.view["admission"]["there"] is False
            await enter(ticket["url"], ticket["browser_url"], zoom, await host_link(panel, second))
            zoom.webhooks.url = f"{third.origin}/hooks/zoom"
            callbacks = list(zoom.webhooks.outbox)
            assert set(await zoom.webhooks.deliver()) == {200}
            told_at = time.monotonic()
            await line.until(lambda view: view["admission"] and view["admission"]["there"], SAME)
            await board.until(lambda view: row(view)["there_at"] is not None, SAME)
            assert time.monotonic() - told_at < SAME
            before = await written(first, Joined, SessionObserved)
            for again in (third, first, second):
                zoom.webhooks.url = f"{again.origin}/hooks/zoom"
                zoom.webhooks.outbox = list(callbacks)
                assert set(await zoom.webhooks.deliver()) == {200}
            assert await written(first, Joined, SessionObserved) == before
            assert sorted(e.side for e in before if isinstance(e, Joined)) == ["candidate", "staff"]


def row(view: Any) -> Any:
    return view["rows"][HANAKO.id]


async def host_link(panel: Browser, at: Day) -> str:
    """Where the interviewer's way into the meeting leads."""
    ticket = (await panel.must("join", room="r1"))["ticket"]
    async with panel.http.get(at.origin + ticket["url"], allow_redirects=False) as opened:
        return opened.headers["Location"]


async def enter(link: str, address: str, zoom: ZoomSimulator, start: str) -> None:
    """The interviewer by the start link, then the candidate by the web client, as browsers do."""
    (meeting,) = zoom.world.meetings
    zoom.webhooks.url = ""  # nothing is delivered yet
    async with aiohttp.ClientSession() as browser:
        for way, where in ((start, f"{zoom.url}/wc/{meeting}/start"), (link, address)):
            async with browser.post(where, data={"tk": way.rpartition("=")[2]}) as opened:
                assert opened.status == 200, await opened.text()


# --- a provider that fails -----------------------------------------------------------------------------------------


def fails(today: Day, times: int = 1) -> None:
    """Requests of this gateway to the provider that nobody answers."""
    for _ in range(times):
        with pytest.raises(Retry), today.gateway.house.health.asking("other", "ticket"):
            raise Retry("timeout")


def answers(today: Day) -> None:
    with today.gateway.house.health.asking("other", "ticket"):
        pass


async def until_all(true: Callable[[Day], object], days: Sequence[Day], within: float = SAME) -> None:
    async with asyncio.timeout(within):
        while not all(true(today) for today in days):  # noqa: ASYNC110 - each gateway hears by itself
            await asyncio.sleep(0.01)


def down(today: Day) -> bool:
    return today.gateway.house.health.fall("other") is not None


def heard(today: Day) -> int:
    """Failures in a row of which this gateway knows, of whichever gateway."""
    streak = today.gateway.house.health._breaker("other")._streaks.get("ticket")
    return len(streak.failed_at) if streak is not None else 0


async def on_other(three: Sequence[Day]) -> None:
    for today in three:
        named(today, "other")
    await switch(three[0], "other")
    await until_all(lambda today: today.hall.state.provider_for() == "other", three)


async def consoles(three: Sequence[Day], stack: AsyncExitStack) -> list[Line]:
    """A console at each gateway, its line open."""
    found = []
    for number, today in enumerate(three):
        browser = await today.staff(f"Ito{number}", "reception")
        found.append(await stack.enter_async_context(browser.live()))
    return found


async def test_failures_at_different_gateways_make_one_fall_and_every_console_the_same_proposal(
    three: Sequence[Day],
) -> None:
    """None of them alone would have noticed; one never asked the provider anything."""
    await on_other(three)
    async with AsyncExitStack() as stack:
        lines = await consoles(three, stack)
        fails(three[0], 2)
        await until_all(lambda today: heard(today) == 2, three)
        fails(three[1])
        views = [await line.until(lambda view: view["failover"], SAME) for line in lines]
        assert [view["failover"] for view in views] == [views[0]["failover"]] * 3
        assert views[0]["failover"][0]["provider"] == "other"
        await until_all(down, three)
    assert len(await written(three[0], ProviderDown)) == 1


async def test_what_one_gateway_found_out_another_ends_when_the_provider_answers_it(three: Sequence[Day]) -> None:
    """The one that had found it out has been ended meanwhile, say; nobody waits for it."""
    await on_other(three)
    fails(three[0], 3)
    await until_all(lambda today: "other" in today.hall.state.down and heard(today) == 3, three)
    answers(three[2])
    three[0].clock.shift(STEADY / SECOND + 1)
    await three[2].gateway.house.health.look()
    await until_all(lambda today: not down(today) and "other" not in today.hall.state.down, three)
    fails(three[1], 3)
    await until_all(lambda today: down(today) and "other" in today.hall.state.down, three)
    assert [type(e) for e in await written(three[0], ProviderDown, ProviderUp)] == [
        ProviderDown, ProviderUp, ProviderDown,
    ]  # fmt: skip


async def test_what_its_finder_could_not_write_is_written_by_who_has_the_work(three: Sequence[Day]) -> None:
    """It was killed between the two."""
    await on_other(three)
    health = three[0].gateway.house.health
    health._breaker("other").failed("open", "timeout", three[0].clock())
    for _ in range(2):
        health._breaker("other").failed("open", "timeout", three[0].clock())
    assert not three[0].hall.state.down
    await three[0].gateway.house.health.look()
    await until_all(lambda today: down(today) and "other" in today.hall.state.down, three)


# --- tickets -------------------------------------------------------------------------------------------------------


async def test_who_is_let_in_elsewhere_gets_a_ticket_at_any_gateway(three: Sequence[Day]) -> None:
    """The one that is ready lies in the memory of one gateway; a page that asks another is given one all the same, of
    the same session and for the same admission, and the interview goes on."""
    await on_other(three)
    first, second, third = three
    page = await first.candidate(HANAKO)
    await until(first, lambda: session_of(first, HANAKO.id) == ("other", "open"))
    await until_all(lambda today: session_of(today, HANAKO.id) == ("other", "open"), three)
    for today in three:
        await settled(today)
    for today in three:
        today.gateway.tickets[EVENT]._held.clear()  # of a gateway that began a moment ago
    panel = await second.staff("Ito", rooms=("r1",))
    await panel.must("admit", interview=HANAKO.id)
    elsewhere = third.browser()
    elsewhere.http.cookie_jar.update_cookies({c.key: c.value for c in page.http.cookie_jar})
    elsewhere.sid = page.sid
    found = [(await browser.must("ticket"))["ticket"] for browser in (page, elsewhere)]
    assert [(one["kind"], one["generation"]) for one in found] == [("redirect", 1)] * 2
    await elsewhere.must("pressed")
    await until_all(lambda today: today.hall.state.interviews[HANAKO.id].phase == "in_session", three)
    people = {person.admission for today in three for person in today.gateway.house.providers["other"].asked_for}  # type: ignore[attr-defined]
    assert people == {1}


# --- a store that was set back ---------------------------------------------------------------------------------------


async def test_gateways_that_have_read_differently_far_ask_for_one_decision(three: Sequence[Day]) -> None:
    """Wherever an administrator's page and its command arrive, they are about the same entries."""
    first, second, third = three
    first.hall.loss = Loss(offset=10, at=100, kept=5, kept_at=50, gone=False)
    second.hall.loss = Loss(offset=12, at=120, kept=6, kept_at=60, gone=False)
    together = Loss(offset=12, at=120, kept=5, kept_at=50, gone=False)
    await until_all(lambda today: today.hall.loss == together, (first, second), within=2 * SAME)
    assert third.hall.loss is None, "who has lost nothing serves on"
    first.hall.loss = second.hall.loss = None


# --- a store that reads and does not write -------------------------------------------------------------------------


def snapshots_fail(server: RedisServer, *, full: bool) -> None:
    """With ``save`` set Redis takes no writes once one of its snapshots could not be written (MISCONF)."""
    obstacle = server.directory / "dump.rdb"
    server.ask("CONFIG", "SET", "save", "86400 1")
    if full:
        obstacle.unlink(missing_ok=True)  # of another test
        obstacle.mkdir()
    else:
        obstacle.rmdir()
    server.ask("BGSAVE")


def memory_ends(server: RedisServer, *, full: bool) -> None:
    server.ask("CONFIG", "SET", "maxmemory", "1" if full else "0")


@pytest.mark.parametrize("what", [snapshots_fail, memory_ends])
async def test_a_redis_that_takes_no_writes_is_told_on_every_page_at_once_and_passes(
    three: Sequence[Day], server: RedisServer, what: Callable[..., None]
) -> None:
    """It goes on answering who reads, so no line is cut: a gateway that has nothing to write must find out too."""
    async with AsyncExitStack() as stack:
        page = await three[0].candidate(HANAKO)
        waits = await three[2].candidate(TARO, seated=False)
        lines = [await stack.enter_async_context(page.live()), *await consoles(three, stack)]
        for line in lines:
            await line.until(lambda view: "store" not in view)
        before = three[0].hall.state.head
        what(server, full=True)
        began = time.monotonic()
        for line in lines:
            await line.until(lambda view: view.get("store") == "lost", 10)
        told = time.monotonic() - began
        print(f"the last page was told after {told:.2f} s")  # noqa: T201 - a figure
        answer = await waits.do("check-in", id="once" * 4, number=TARO.number, name=TARO.name)
        assert (answer.status, answer.code) == (503, "store")
        for today in three:
            assert today.gateway.house.lost
            async with page.http.get(f"{today.origin}/readyz") as ready:
                assert (ready.status, (await ready.json())["why"]) == (503, "store_lost")
        what(server, full=False)
        for line in lines:
            await line.until(lambda view: "store" not in view, 10)
        assert three[0].hall.state.head == before, "nothing was written meanwhile"
        assert (await waits.must("check-in", id="once" * 4, number=TARO.number, name=TARO.name))["result"] == "seated"
        await lines[1].until(lambda view: view["rows"][TARO.id]["phase"] == "waiting", SAME)  # its tail goes on
