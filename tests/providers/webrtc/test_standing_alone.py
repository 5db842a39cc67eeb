"""A worker's control port on a network: who may ask, how many it takes, and how it drains."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from providers.webrtc.bulletin import Bulletin
from providers.webrtc.client import WorkerClient, WorkerRefused
from providers.webrtc.control import Control
from providers.webrtc.switchboard import IDLE, Switchboard
from tests.support.media import SECRET


@dataclass
class Standing:
    board: Switchboard
    client: WorkerClient
    url: str

    async def codes(self, *calls: str) -> list[str]:
        """What each new call is answered; empty: it is there."""
        found = []
        for call in calls:
            try:
                await self.client.put_call(call, generation=1, capacity=4)
                found.append("")
            except WorkerRefused as refused:
                found.append(refused.code)
        return found


@pytest.fixture
async def standing() -> AsyncIterator[Standing]:
    """In this process, on loopback; two rooms of four and half of a third."""
    board = Switchboard(addresses=(), bulletin=Bulletin(lambda: 0), spawn=lambda work: work.close(), capacity=10)
    runner = web.AppRunner(Control(board, SECRET, "boot", asyncio.Event(), "m1").app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    client = WorkerClient(url, SECRET)
    yield Standing(board, client, url)
    await client.close()
    await runner.cleanup()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer"}, {"Authorization": f"Bearer {SECRET}x"}])
async def test_every_request_needs_the_secret(standing: Standing, method: str, header: dict[str, str]) -> None:
    await standing.codes("c1")
    async with aiohttp.ClientSession(headers=header) as http:
        for path in ("/status", "/calls/c1", "/calls/c1/people/candidate:i", "/nowhere"):
            async with http.request(method, standing.url + path) as answer:
                assert answer.status == 401
                assert (await answer.json())["code"] == "secret_wrong"
    assert list(standing.board.calls) == ["c1"]


async def test_a_probe_needs_none_and_learns_one_word(standing: Standing) -> None:
    async def asked() -> Any:
        async with aiohttp.ClientSession() as http, http.get(f"{standing.url}/healthz") as answer:
            return answer.status, await answer.json()

    assert await asked() == (200, {"state": "ok"})
    standing.board.draining = True
    assert await asked() == (200, {"state": "draining"})


async def test_a_call_whose_people_would_not_all_have_a_seat_is_refused(standing: Standing) -> None:
    assert await standing.codes("c1", "c2", "c3", "c1") == ["", "", "calls_full", ""]
    status = await standing.client.status()
    assert (status["name"], status["capacity"], status["seats"], status["draining"]) == ("m1", 10, 8, False)
    await standing.client.delete_call("c1")
    assert await standing.codes("c3") == [""]


async def test_one_that_drains_keeps_its_calls_and_takes_no_new_one(standing: Standing) -> None:
    await standing.codes("c1")
    standing.board.draining = True
    assert await standing.codes("c1", "c2") == ["", "calls_full"]


async def test_seats_are_free_again_when_nobody_has_been_in_for_long(standing: Standing) -> None:
    await standing.codes("c1", "c2")
    began = standing.board.calls["c1"].used_at
    standing.board.calls["c2"].used_at += 60
    standing.board.close_idle(began + IDLE - 1)
    assert standing.board.seats == 8
    standing.board.close_idle(began + IDLE + 1)
    assert list(standing.board.calls) == ["c2"]
    assert standing.board.bulletin.since(0) is not None
    assert [line["kind"] for line in standing.board.bulletin.since(0) or ()] == ["closed"]


async def test_who_was_let_in_anew_is_not_put_out_by_a_gateway_that_is_late(standing: Standing) -> None:
    """It names the admission that it knows the end of."""
    await standing.codes("c1")
    person = "candidate:i"
    await standing.client.put_person("c1", person, role="candidate", epoch=1, admission=2)
    await standing.client.delete_person("c1", person, admission=1)
    assert person in standing.board.calls["c1"].people
    await standing.client.delete_person("c1", person, admission=2)
    assert person not in standing.board.calls["c1"].people
    with pytest.raises(WorkerRefused, match="admission_over"):
        await standing.client.put_person("c1", person, role="candidate", epoch=1, admission=2)


async def test_whom_one_gateway_lets_in_the_others_hear_of_once(standing: Standing) -> None:
    await standing.codes("c1")
    for _ in range(2):
        await standing.client.put_person("c1", "staff:a", role="interviewer", epoch=0, admission=0)
    await standing.client.delete_person("c1", "staff:a")
    await standing.client.delete_person("c1", "staff:a")
    lines = standing.board.bulletin.since(0) or ()
    assert [(line["kind"], line["sub"]) for line in lines] == [("let_in", "staff:a"), ("let_out", "staff:a")]
