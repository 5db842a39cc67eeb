"""Two gateways, or two tasks of one, that want the same at the same moment."""

from __future__ import annotations

import asyncio

from providers.base import GiveUp, Provider
from tests.contract.providers.far_side import CANDIDATE, KEY, SECOND_KEY, SECOND_SPEC, SPEC, FarSide
from tests.contract.providers.test_promises import let_in


async def test_two_gateways_that_open_the_same_key_at_once_get_the_same_room(far_side: FarSide) -> None:
    """Neither has seen the other's when it asks for its own. Exactly one stands, also when both let people in."""
    gateways = [far_side.provider(), far_side.provider()]
    far_side.together(len(gateways))
    rooms = await asyncio.gather(*(gateway.open_room(SPEC, key=KEY) for gateway in gateways))
    assert rooms[0] == rooms[1]
    await asyncio.gather(*(let_in(gateway, rooms[0], CANDIDATE) for gateway in gateways))
    assert await far_side.stand(rooms[0])
    await asyncio.gather(*(gateway.close_room(rooms[0]) for gateway in gateways))
    assert await far_side.stand()


async def test_two_gateways_that_open_two_interviews_at_once_get_two_rooms(far_side: FarSide) -> None:
    gateways = [far_side.provider(), far_side.provider()]
    far_side.together(len(gateways))
    first, second = await asyncio.gather(
        gateways[0].open_room(SPEC, key=KEY), gateways[1].open_room(SECOND_SPEC, key=SECOND_KEY)
    )
    await far_side.heal()
    assert first.id != second.id
    assert await gateways[1].open_room(SPEC, key=KEY) == first
    assert await gateways[0].open_room(SECOND_SPEC, key=SECOND_KEY) == second


async def test_the_same_key_five_times_at_once_in_one_gateway_is_one_room(
    far_side: FarSide, provider: Provider
) -> None:
    rooms = await asyncio.gather(*(provider.open_room(SPEC, key=KEY) for _ in range(5)))
    assert all(room == rooms[0] for room in rooms)
    await let_in(provider, rooms[0], CANDIDATE)
    assert await far_side.stand(rooms[0])


async def test_a_ticket_races_a_close_and_neither_breaks(far_side: FarSide, provider: Provider) -> None:
    """The page asks for its ticket while the room is closed: it gets one, or is told that the room is gone."""
    room = await provider.open_room(SPEC, key=KEY)
    await let_in(provider, room, CANDIDATE)
    ticket, closed = await asyncio.gather(
        provider.ticket(room, CANDIDATE), far_side.provider().close_room(room), return_exceptions=True
    )
    assert closed is None
    assert not isinstance(ticket, BaseException) or isinstance(ticket, GiveUp)
    assert await far_side.stand()
