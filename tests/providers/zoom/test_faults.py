"""What happens between us and Zoom: tokens, limits, what each refusal means. Time-outs, garbage and their like are held
by the contract of all providers (``tests/contract/providers``)."""

from __future__ import annotations

import asyncio
import traceback

import pytest

from providers.base import AskAPerson, GiveUp, ProviderError, Retry, Room
from providers.zoom.adapter import Zoom
from providers.zoom.transport import Reply, refusal
from providers.zoom.types import SECOND
from tests.providers.zoom.conftest import Make
from tests.providers.zoom.samples import CANDIDATE, spec
from tests.support.zoom_simulator import CLIENT, HOOK, SECRET, TOKEN_LIFE, Clock, Grant, ZoomSimulator
from tests.support.zoom_simulator_rules import CAP, OPERATIONS, iso

NOW = 1_795_833_000 * SECOND
SOME_ROOM = Room("zoom", "99900000000", 1, {})


# --- tokens ----------------------------------------------------------------------------------------------------------


async def test_one_token_serves_everybody(make: Make, far_side: ZoomSimulator) -> None:
    """Twenty sessions at once, with none at hand: one request for a token."""
    zoom = make()
    await asyncio.gather(*(zoom.open_room(spec(f"iv{n}"), key=f"k{n}") for n in range(20)))
    assert far_side.asked.count("token") == 1


async def test_a_token_is_replaced_before_it_ends(zoom: Zoom, far_side: ZoomSimulator, clock: Clock) -> None:
    room = await zoom.open_room(spec(), key="k")
    clock.at += (TOKEN_LIFE - 100) * SECOND
    await zoom.ticket(room, CANDIDATE)
    assert far_side.asked.count("token") == 2


async def test_a_token_that_was_revoked_is_replaced_once_for_all(zoom: Zoom, far_side: ZoomSimulator) -> None:
    room = await zoom.open_room(spec(), key="k")
    far_side.revoke_tokens()
    await asyncio.gather(*(zoom.ticket(room, CANDIDATE) for _ in range(10)))
    assert far_side.asked.count("token") == 2


async def test_a_clock_that_is_behind_costs_one_refresh(zoom: Zoom, far_side: ZoomSimulator) -> None:
    """We think that the token is good, Zoom says that it has expired."""
    room = await zoom.open_room(spec(), key="k")
    for grant in far_side.tokens.values():
        grant.ends_at = 0
    await zoom.ticket(room, CANDIDATE)
    assert far_side.asked.count("token") == 2


class Amnesia(dict[str, Grant]):
    """Forgets every token that is given out."""

    def __setitem__(self, value: str, grant: Grant) -> None:
        return None


async def test_a_token_that_is_refused_again_needs_a_person(zoom: Zoom, far_side: ZoomSimulator) -> None:
    """One refresh, no loop."""
    far_side.tokens = Amnesia()
    with pytest.raises(AskAPerson, match="401, code 124"):
        await zoom.close_room(SOME_ROOM)
    assert far_side.asked.count("token") == 2


@pytest.mark.parametrize("changed", [{"client_secret": "wrong"}, {"account_id": "wrong"}])
async def test_wrong_credentials_need_a_person(make: Make, changed: dict[str, str]) -> None:
    with pytest.raises(AskAPerson) as caught:
        await make(**changed).open_room(spec(), key="k")
    assert caught.value.code == "credentials_refused"


@pytest.mark.parametrize("operation", ["list", "create", "read"])
async def test_a_missing_scope_needs_a_person(zoom: Zoom, far_side: ZoomSimulator, operation: str) -> None:
    far_side.scopes = far_side.scopes - {OPERATIONS[operation].scope}
    with pytest.raises(AskAPerson) as caught:
        await zoom.open_room(spec(), key="k")
    assert caught.value.code == "scope_missing"


# --- limits ----------------------------------------------------------------------------------------------------------


async def test_too_many_a_second_says_when_to_come_again(clock: Clock) -> None:
    """Retry-After is an ISO 8601 date-time."""
    async with ZoomSimulator(clock, plan="free") as small:
        clock.step = 1000
        zoom = Zoom(small.account("host1", "host2", "host3"), now=clock, sleep=clock.sleep)
        with pytest.raises(Retry) as caught:
            await zoom.open_room(spec(), key="k")
        await zoom.close()
    assert caught.value.code == "too_many_requests"
    assert caught.value.after is not None
    assert 0 <= caught.value.after <= 1


CAP_MESSAGE = (
    f"You have exceeded the daily rate limit ({CAP}) of Meeting Create/Update API requests permitted for this "
    "particular user x."
)


@pytest.mark.parametrize(
    ("status", "headers", "body", "error", "after"),
    [
        (429, {"Retry-After": iso(NOW + 30 * SECOND)}, {}, Retry("too_many_requests"), 30.0),
        (429, {"Retry-After": iso(NOW - 30 * SECOND)}, {}, Retry("too_many_requests"), 0.0),
        (429, {"Retry-After": "7"}, {}, Retry("too_many_requests"), 7.0),
        (429, {"Retry-After": "Sat, 28 Nov 2026 02:31:00 GMT"}, {}, Retry("too_many_requests"), 60.0),
        (429, {"Retry-After": "9999-12-31T00:00:00Z"}, {}, Retry("too_many_requests"), 86_400.0),
        (429, {"Retry-After": "soon"}, {}, Retry("too_many_requests"), 1.0),
        (429, {}, {}, Retry("too_many_requests"), 1.0),
        (429, {}, {"message": CAP_MESSAGE}, AskAPerson("daily_cap"), None),
        (429, {"X-RateLimit-Type": "QPS"}, {"message": CAP_MESSAGE}, AskAPerson("daily_cap"), None),
        (503, {"Retry-After": "20"}, {}, Retry("unavailable"), 20.0),
        (302, {}, {}, Retry("unavailable"), None),
        (401, {}, {"code": 124}, AskAPerson("credentials_refused"), None),
        (403, {}, {}, AskAPerson("forbidden"), None),
        (400, {}, {"code": 300}, GiveUp("invalid_request"), None),
        (400, {}, {"code": 3161}, AskAPerson("host_not_allowed"), None),
        (404, {}, {"code": 1001}, GiveUp("no_such_host"), None),
        (404, {}, {"code": 3001}, GiveUp("no_such_meeting"), None),
        (404, {}, {"code": "3001"}, GiveUp("not_found"), None),
        (400, {}, {"code": 987654}, GiveUp("refused"), None),
    ],
)  # fmt: skip
def test_what_each_refusal_means(
    status: int, headers: dict[str, str], body: dict[str, object], error: ProviderError, after: float | None
) -> None:
    found = refusal(Reply(status, headers, body, None), NOW)
    assert (type(found), found.code) == (type(error), error.code)
    assert getattr(found, "after", None) == after


def test_the_wait_is_by_their_clock() -> None:
    """Ours is an hour behind."""
    found = refusal(Reply(429, {"Retry-After": iso(NOW + 5 * SECOND)}, {}, NOW), NOW - 3600 * SECOND)
    assert isinstance(found, Retry)
    assert found.after == 5.0


async def test_an_error_holds_no_name_and_no_secret(zoom: Zoom, far_side: ZoomSimulator) -> None:
    """Zoom's own words are left behind: they name the user."""
    far_side.world.user("host1").active = False
    errors: list[str] = []
    for attempt in (zoom.open_room(spec(), key="k"), zoom.ticket(SOME_ROOM, CANDIDATE)):
        for user in far_side.world.users:
            user.allowed = False
        with pytest.raises(ProviderError) as caught:
            await attempt
        errors.append("".join(traceback.format_exception_only(caught.value)))
    account = far_side.account("host1")
    told = " ".join([*errors, repr(account)])
    for secret in (SECRET, HOOK, CANDIDATE.shown_as, *far_side.tokens):
        assert secret not in told
    assert CLIENT in told  # the account's repr is for a person to look at
    assert "host1" not in " ".join(errors)
