"""Bad input gets a clear error and changes nothing; every error is a problem with a stable code."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import gateway
from gateway.problems import Problem, document, from_error
from gateway.sentences import KINDS
from tests.support.day import EVENT, HANAKO, TARO, Browser, Day
from waiting_room.errors import REFUSALS

NESTED = "[" * 5000
BODIES = [
    (b"", 400, "malformed"),
    (b"null", 400, "malformed"),
    (b"[]", 400, "malformed"),
    (b'{"id": "aaaaaaaa"', 400, "malformed"),
    (b'{"id": "aaaaaaaa", "id": "bbbbbbbb"}', 400, "malformed"),
    (b'{"id": NaN}', 400, "malformed"),
    (b'{"id": "\xff\xfe"}', 400, "malformed"),
    (b'{"id": "\\ud800"}', 400, "malformed"),
    (NESTED.encode(), 400, "malformed"),
    (b"{" + b'"a":{' * 20 + b"}" * 20 + b"}", 400, "malformed"),
    (b'{"id": "aaaaaaaa", "notice": "n1", "admin": true}', 422, "invalid"),
    (b'{"id": "short", "notice": "n1"}', 422, "invalid"),
    (b'{"notice": "n1"}', 422, "invalid"),
    (b'{"id": "aaaaaaaa", "notice": 7}', 422, "invalid"),
    (b'{"id": "aaaaaaaa", "notice": "other"}', 409, "notice_outdated"),
    (b" " * 70_000, 413, "too_large"),
]


async def send(browser: Browser, path: str, data: Any, kind: str = "application/json") -> aiohttp.ClientResponse:
    headers = {"Origin": browser.origin, "Content-Type": kind}
    return await browser.http.post(browser.origin + path, data=data, headers=headers)


@pytest.mark.parametrize(("body", "status", "code"), BODIES)
async def test_bad_bodies_are_refused_and_change_nothing(today: Day, body: bytes, status: int, code: str) -> None:
    hanako = await today.candidate(HANAKO, seated=False)
    before = today.hall.state.head
    response = await send(hanako, f"/api/s/{hanako.sid}/consent", body)
    problem = json.loads(await response.text())
    assert (response.status, problem["code"]) == (status, code)
    assert response.content_type == "application/problem+json"
    assert problem["type"] == f"/problems/{code}"
    assert problem["office"]["telephone"] == "050-0000-0001"
    assert today.hall.state.head == before


async def test_a_body_without_a_length_is_bounded_too(today: Day) -> None:
    hanako = await today.candidate(HANAKO, seated=False)

    async def endless() -> Any:
        for _ in range(20):
            yield b" " * 8192

    response = await send(hanako, f"/api/s/{hanako.sid}/consent", endless())
    assert response.status == 413


async def test_an_unknown_key_is_named(today: Day) -> None:
    hanako = await today.candidate(HANAKO)
    answer = await hanako.do("early", accept=True, acept=False)
    assert answer.body["field"] == "/acept"
    assert (await hanako.do("early")).body["field"] == "/accept"


async def test_a_reason_has_words(today: Day) -> None:
    """Blanks are no reason, no message and no note."""
    panel = await today.staff("Ito", rooms=("r1",))
    for command, said in (("no-show", "reason"), ("message", "text"), ("incident", "note")):
        answer = await panel.do(command, interview=HANAKO.id, **{said: " \u3000\n"})
        assert (answer.code, answer.body["field"]) == ("invalid", f"/{said}")


async def test_every_error_of_the_framework_is_a_problem(today: Day) -> None:
    hanako = await today.candidate(HANAKO)
    cases = [
        (await hanako.get("/nothing/here"), 404, "not_found"),
        (await hanako.post("/healthz", {}), 405, "method"),
        (await hanako.do("no-such-command"), 404, "not_found"),
        (await hanako.get(f"/api/s/{hanako.sid}/view?wait=x"), 422, "invalid"),
        (await hanako.get(f"/api/s/{hanako.sid}/view?wait=3600"), 422, "invalid"),
        (await hanako.get("/static/../keys.py"), 404, "not_found"),
    ]
    for answer, status, code in cases:
        assert (answer.status, answer.code) == (status, code), answer
    response = await send(hanako, f"/api/s/{hanako.sid}/seen", b"id=1", "application/x-www-form-urlencoded")
    assert response.status == 415


async def test_an_unexpected_error_tells_no_more_than_that(today: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError(HANAKO.name)

    hanako = await today.candidate(HANAKO)
    monkeypatch.setattr(today.hall, "execute", broken)
    answer = await hanako.do("take-over")
    assert (answer.status, answer.code) == (500, "internal")
    assert HANAKO.name not in str(answer.body)
    assert "Traceback" not in str(answer.body)


async def test_the_language_is_the_pages(today: Day) -> None:
    browser = today.browser()
    body = {"link": "x" * 22}
    english = await browser.post("/api/enter", body, **{"Accept-Language": "en"})
    japanese = await browser.post("/api/enter", body, **{"Accept-Language": "ja"})
    assert english.body["title"] == KINDS["link_unknown"].en
    assert japanese.body["title"] == KINDS["link_unknown"].ja


async def test_every_response_is_protected(today: Day) -> None:
    browser = today.browser()
    for path in ("/healthz", "/api/openapi.json", "/static/shell.js", "/nothing", "/console"):
        async with browser.http.get(today.origin + path) as response:
            assert "script-src 'self'" in response.headers["Content-Security-Policy"]
            assert response.headers["Referrer-Policy"] == "no-referrer"
            assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_cookies_are_out_of_scripts_reach(today: Day) -> None:
    browser = today.browser()
    headers = {"Origin": today.origin}
    async with browser.http.post(
        f"{today.origin}/api/enter", json={"link": today.link(HANAKO.id)}, headers=headers
    ) as answer:
        cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/"))


async def test_roles_may_do_what_the_table_says(today: Day) -> None:
    """A candidate commands no interview, staff hold no seat, an interviewer imports no roster."""
    hanako, panel = await today.candidate(HANAKO), await today.staff("Ito", rooms=("r1",))
    for command in ("admit", "ready", "pause", "settle-claim", "roster-import", "staff-link", "join"):
        assert (await hanako.do(command, interview=TARO.id)).code == "forbidden"
    for command in ("consent", "check-in", "early", "take-over", "pressed", "roster-import", "pause"):
        assert (await panel.do(command)).code == "forbidden"
    assert (await panel.get(f"/api/s/{panel.sid}/attendance")).code == "forbidden"


async def test_video_codes_are_not_to_be_guessed(today: Day) -> None:
    """Wrong guesses by everybody together are bounded; then guesses wait, and nobody's seat is touched."""
    hanako = await today.candidate(HANAKO)
    await hanako.must("video-code")
    for _ in range(500):
        today.gateway.house.guesses.wrong(today.gateway.house.monotonic())
    answer = await today.browser().enter(video="000000")
    assert (answer.status, answer.code) == (429, "slow_down")
    assert (await today.browser().enter(link=today.link(TARO.id))).status == 200


async def test_an_address_that_guesses_links_is_slowed_and_not_shut_out(today: Day) -> None:
    browser = today.browser()
    codes = [(await browser.enter(link=f"{n:022d}")).code for n in range(130)]
    assert codes[0] == "link_unknown"
    assert codes[-1] == "slow_down"
    assert (await browser.enter(link=f"{999:022d}")).body["retry_after"] <= 5
    assert (await browser.enter(link=today.link(HANAKO.id))).status == 200


def test_every_code_has_its_sentences() -> None:
    """Those of the core, and those that the gateway raises."""
    assert set(REFUSALS) <= set(KINDS)
    raised: set[str] = set()
    for path in Path(gateway.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Problem", "Refused") and node.args:
                argument = node.args[0]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    raised.add(argument.value)
    assert raised <= set(KINDS)


def test_a_problem_says_whom_to_call() -> None:
    made = document(Problem("too_early"), "ja", {"telephone": "050-1"})
    assert "050-1" in made["detail"]
    assert made["status"] == from_error(Problem("too_early")).status == 409


async def test_the_key_set_is_public(today: Day) -> None:
    keys = (await today.browser().get("/.well-known/jwks.json")).body["keys"]
    assert {key["use"] for key in keys} == {"sig"}
    assert not [key for key in keys if "d" in key]
    assert EVENT not in str(keys)
