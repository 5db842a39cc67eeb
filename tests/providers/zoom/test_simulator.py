"""The far side is as strict as Zoom: what it would let pass would let the adapter pass, too."""

from __future__ import annotations

import base64
from typing import Any

import aiohttp
import pytest

from providers.zoom.adapter import Zoom
from providers.zoom.client import PAGE, Client
from providers.zoom.types import SECOND
from tests.providers.zoom.samples import CANDIDATE, spec
from tests.support.zoom_simulator import CLIENT, SECRET, Clock, Grant, ZoomSimulator
from tests.support.zoom_simulator_rules import ALL_SCOPES, CAP, Refusal, checked_invitation, checked_meeting

GOOD: dict[str, Any] = {"topic": "t", "type": 2, "start_time": "2026-11-28T03:30:00Z", "duration": 20}


@pytest.mark.parametrize(
    "wrong",
    [
        {"topic": "t" * 201},
        {"agenda": "a" * 2001},
        {"password": "p" * 11},
        {"type": 4},
        {"duration": 0},
        {"duration": 1441},
        {"duration": True},
        {"duration": "20"},
        {"start_time": "2026-11-28T03:30:00.000Z"},
        {"start_time": "2026-11-28 03:30"},
        {"settings": []},
        {"settings": {"auto_recording": False}},
        {"settings": {"waiting_room": "no"}},
        {"settings": {"approval_type": 3}},
        {"settings": {"jbh_time": 7}},
    ],
)
def test_a_meeting_out_of_bounds_is_refused(wrong: dict[str, Any]) -> None:
    assert checked_meeting(GOOD)
    with pytest.raises(Refusal) as caught:
        checked_meeting({**GOOD, **wrong})
    assert (caught.value.status, caught.value.code) == (400, 300)


@pytest.mark.parametrize(
    "wrong",
    [
        {"attendees": []},
        {"attendees": [{"name": "n"}] * 501},
        {"attendees": [{"name": ""}]},
        {"attendees": [{"name": "n" * 65}]},
        {"attendees": [{}]},
        {"ttl": -1},
        {"ttl": 7_776_001},
        {"ttl": "900"},
    ],
)
def test_an_invitation_out_of_bounds_is_refused(wrong: dict[str, Any]) -> None:
    assert checked_invitation({"attendees": [{"name": "n"}]}) == (["n"], 7200)
    with pytest.raises(Refusal):
        checked_invitation({"attendees": [{"name": "n"}], **wrong})


async def call(
    far_side: ZoomSimulator, method: str, path: str, body: object = None, bearer: str = "t"
) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {bearer}"}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{far_side.url}/v2{path}", json=body, headers=headers) as answer,
    ):
        return answer.status, await answer.json(content_type=None)


@pytest.fixture
def granted(far_side: ZoomSimulator) -> ZoomSimulator:
    far_side.account("host1")
    far_side.tokens["t"] = Grant(far_side.now() + 3600 * SECOND, ALL_SCOPES)
    return far_side


async def test_a_token_that_is_unknown_or_over_is_refused(granted: ZoomSimulator, clock: Clock) -> None:
    assert (await call(granted, "GET", "/meetings/1", bearer="other"))[0] == 401
    clock.at += 3600 * SECOND
    status, body = await call(granted, "GET", "/meetings/1")
    assert (status, body["code"]) == (401, 124)


async def test_what_is_not_there_is_said_by_number(granted: ZoomSimulator) -> None:
    assert (await call(granted, "GET", "/meetings/1"))[1]["code"] == 3001
    assert (await call(granted, "GET", "/users/nobody/meetings"))[1]["code"] == 1001


async def test_a_host_cannot_hold_two_meetings_at_once_nor_delete_one_in_progress(granted: ZoomSimulator) -> None:
    made = [(await call(granted, "POST", "/users/host1/meetings", GOOD))[1] for _ in range(2)]
    first, second = (granted.world.meetings[one["id"]] for one in made)
    granted.world.start(first)
    with pytest.raises(Refusal):
        granted.world.start(second)
    status, body = await call(granted, "DELETE", f"/meetings/{first.id}")
    assert (status, body["code"]) == (400, 3002)
    assert (await call(granted, "PUT", f"/meetings/{second.id}/status", {"action": "end"}))[0] == 400


async def test_the_hundred_and_first_creation_of_a_day_is_refused_misleadingly(granted: ZoomSimulator) -> None:
    """No Retry-After, and headers that say that plenty is left."""
    for _ in range(CAP):
        assert (await call(granted, "POST", "/users/host1/meetings", GOOD))[0] == 201
    headers = {"Authorization": "Bearer t"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{granted.url}/v2/users/host1/meetings", json=GOOD) as answer,
    ):
        assert answer.status == 429
        assert "Retry-After" not in answer.headers
        assert answer.headers["X-RateLimit-Remaining"] != "0"
        assert "daily rate limit" in (await answer.json())["message"]


async def test_leaving_settings_out_gets_the_accounts_which_record(granted: ZoomSimulator) -> None:
    _, made = await call(granted, "POST", "/users/host1/meetings", GOOD)
    assert made["settings"]["auto_recording"] == "cloud"


@pytest.mark.parametrize(
    ("client", "form"),
    [
        ("wrong", {"grant_type": "account_credentials", "account_id": "sim-account"}),
        (CLIENT, {"grant_type": "client_credentials", "account_id": "sim-account"}),
        (CLIENT, {"grant_type": "account_credentials"}),
    ],
)
async def test_no_token_for_another_grant_or_account(
    far_side: ZoomSimulator, client: str, form: dict[str, str]
) -> None:
    basic = base64.b64encode(f"{client}:{SECRET}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{far_side.url}/oauth/token", data=form) as answer,
    ):
        assert answer.status in (400, 401)


async def test_a_long_list_is_read_to_its_end(far_side: ZoomSimulator, clock: Clock) -> None:
    client = Client(far_side.account("host1"), clock)
    for number in range(PAGE + 5):
        far_side.world.create(far_side.world.user("host1"), {**GOOD, "agenda": f"a{number}"})
    found = await client.meetings("host1")
    await client.close()
    assert {one.agenda for one in found.meetings} == {f"a{number}" for number in range(PAGE + 5)}
    assert far_side.asked.count("list") == 2


async def test_a_key_on_the_second_page_is_found(zoom: Zoom, far_side: ZoomSimulator) -> None:
    """A host with hundreds of other meetings: ours is the last of them."""
    room = await zoom.open_room(spec(), key="k")
    host = far_side.world.user(str(room.details["host"]))
    for _ in range(PAGE):
        far_side.world.create(host, {**GOOD, "start_time": "2026-11-27T03:30:00Z"})
    assert await zoom.open_room(spec(), key="k") == room
    assert (await zoom.ticket(room, CANDIDATE)) is not None
