"""A person whose address leads nowhere gets a page with whom to call; a script gets a problem."""

from __future__ import annotations

import aiohttp
import pytest

from tests.support.day import Day


@pytest.mark.parametrize("path", ["/nothing", "/r/abc234/more", "/problems/none"])
async def test_a_browser_gets_a_page_that_says_so(today: Day, path: str) -> None:
    async with aiohttp.ClientSession() as client:
        answer = await client.get(today.origin + path, headers={"Accept": "text/html", "Accept-Language": "en"})
        page = await answer.text()
    assert answer.status == 404
    assert answer.content_type == "text/html"
    assert "There is nothing at this address." in page
    assert "call the number in the e-mail" in page


async def test_a_script_gets_a_problem_even_when_it_takes_anything(today: Day) -> None:
    async with aiohttp.ClientSession() as client:
        answer = await client.get(f"{today.origin}/api/nothing", headers={"Accept": "text/html, */*"})
    assert answer.content_type == "application/problem+json"


async def test_the_type_of_a_problem_leads_to_its_sentence(today: Day) -> None:
    async with aiohttp.ClientSession() as client:
        answer = await client.get(f"{today.origin}/problems/link_expired", headers={"Accept-Language": "ja"})
        page = await answer.text()
    assert answer.status == 200
    assert '<html lang="ja">' in page
