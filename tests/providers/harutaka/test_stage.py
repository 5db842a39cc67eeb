"""The stage that stands in for harutaka in tests and in the demo: who is let in, when, and by whom."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator

import aiohttp
import pytest

from providers.harutaka.address import trouble
from tests.support.harutaka_stage import HEADINGS, MOST, HarutakaStage, Links

NAME = "青葉 花子"


@pytest.fixture
async def stage() -> AsyncIterator[HarutakaStage]:
    async with HarutakaStage() as made:
        yield made


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def press(browser: aiohttp.ClientSession, url: str, **told: str) -> str:
    """The address of the page that comes of it."""
    async with browser.post(url, data=told) as page:
        assert page.status == 200
        return str(page.url)


async def arrive(browser: aiohttp.ClientSession, links: Links, name: str = NAME) -> str:
    """As far as the notice says; the visit's own address."""
    visit = await press(browser, links.candidate)
    for told in ({}, {"agreed": "yes"}, {"name": name}):
        await press(browser, visit, **told)
    return visit


async def test_a_candidate_waits_until_an_evaluator_lets_them_in(
    stage: HarutakaStage, browser: aiohttp.ClientSession
) -> None:
    links = stage.issue("1001")
    await arrive(browser, links)
    assert stage.where(links) == {NAME: "asking"}
    await press(browser, links.evaluator, do="admit", visit="v1")
    assert stage.where(links) == {NAME: "asking"}, "not before it is live"
    await press(browser, links.evaluator, do="start")
    assert stage.where(links) == {NAME: "asking"}, "待機室 is on"
    await press(browser, links.evaluator, do="admit", visit="v1")
    await press(browser, links.evaluator, do="refuse", visit="v1")
    assert stage.where(links) == {NAME: "in"}, "the first who presses wins"
    await press(browser, links.evaluator, do="end")
    assert stage.where(links) == {NAME: "left"}


async def test_without_a_waiting_room_whoever_has_typed_their_name_is_in_when_it_is_live(
    stage: HarutakaStage, browser: aiohttp.ClientSession
) -> None:
    stage.waiting_room = False
    links = stage.issue("1001")
    await arrive(browser, links)
    assert stage.where(links) == {NAME: "asking"}
    await press(browser, links.evaluator, do="start")
    await arrive(browser, links, "同伴 一")
    assert stage.where(links) == {NAME: "in", "同伴 一": "in"}


async def test_nobody_comes_further_without_agreeing_and_a_name(
    stage: HarutakaStage, browser: aiohttp.ClientSession
) -> None:
    links = stage.issue("1001")
    async with browser.get(links.candidate):
        assert not stage.room(links).visits, "opening the link does nothing yet"
    visit = await press(browser, links.candidate)
    await press(browser, visit)
    await press(browser, visit)
    assert [one.step for one in stage.room(links).visits.values()] == ["terms"]
    await press(browser, visit, agreed="yes")
    await press(browser, visit, name="  ")
    assert [one.step for one in stage.room(links).visits.values()] == ["name"]


async def test_who_is_refused_and_who_comes_when_it_is_full_is_not_in(
    stage: HarutakaStage, browser: aiohttp.ClientSession
) -> None:
    links = stage.issue("1001")
    await press(browser, links.evaluator, do="start")
    for number in range(MOST + 2):
        await arrive(browser, links, f"人 {number}")
    await press(browser, links.evaluator, do="refuse", visit="v1")
    for number in range(2, MOST + 3):
        await press(browser, links.evaluator, do="admit", visit=f"v{number}")
    steps = list(stage.where(links).values())
    assert (steps[0], steps.count("in"), steps[-1]) == ("refused", MOST, "asking")


async def test_one_candidates_room_is_not_anothers_and_neither_side_has_the_others_page(
    stage: HarutakaStage, browser: aiohttp.ClientSession
) -> None:
    one, other = stage.issue("1001"), stage.issue("1002")
    await arrive(browser, one)
    assert stage.where(other) == {}
    assert stage.issue("1001") == one
    for url in (one.candidate.replace("/live/", "/panel/"), f"{one.candidate}/v9", f"{one.candidate}x"):
        async with browser.get(url) as page:
            assert page.status == 404


async def test_its_links_may_be_imported_for_a_rehearsal(stage: HarutakaStage, browser: aiohttp.ClientSession) -> None:
    for number in ("1001", "1002"):
        stage.issue(number)
    async with browser.get(f"http://{stage.authority}/links.csv") as sheet:
        header, *rows = csv.reader(io.StringIO((await sheet.read()).decode("utf-8-sig"), newline=""))
    assert tuple(header) == HEADINGS
    assert [row[0] for row in rows] == ["1001", "1002"]
    links = [url for row in rows for url in row[1:]]
    assert len(set(links)) == 4
    assert not any(trouble(url, {stage.authority}) for url in links)
    assert all(trouble(url) for url in links), "only where the settings allow this host"
