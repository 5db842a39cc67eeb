"""What every provider promises (providers/base.py) while nothing goes wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from providers.base import Attends, Closes, Embedded, Person, Preflight, Provider, Redirect, Room
from tests.contract.providers.far_side import (
    CANDIDATE,
    COMPANION,
    INTERVIEWER,
    KEY,
    SECOND_KEY,
    SECOND_SPEC,
    SPEC,
    FarSide,
)


async def let_in(provider: Provider, room: Room, person: Person) -> None:
    if isinstance(provider, Attends):
        await provider.attach(room, person)


def journalled(room: Room) -> Room:
    """As a gateway that was started anew has it."""
    return Room(room.provider, room.id, room.generation, dict(room.details))


def test_it_is_what_the_protocol_says(far_side: FarSide, provider: Provider) -> None:
    assert isinstance(provider, Provider)
    assert set(provider.abilities.label) >= {"ja", "en"}
    assert provider.abilities.issued is not far_side.told.makes_sessions


async def test_opening_is_idempotent_on_the_key(provider: Provider) -> None:
    """Also across a crash between the call and the record of it."""
    first = await provider.open_room(SPEC, key=KEY)
    again = await provider.open_room(SPEC, key=KEY)
    assert again == first
    assert (first.provider, first.generation) == (provider.name, SPEC.generation)


async def test_another_gateway_opens_the_same_room(far_side: FarSide, provider: Provider) -> None:
    first = await provider.open_room(SPEC, key=KEY)
    await let_in(provider, first, CANDIDATE)
    assert await far_side.provider().open_room(SPEC, key=KEY) == first
    assert await far_side.stand(first)


async def test_two_interviews_never_share_a_room(provider: Provider) -> None:
    """A link kept from before must never open another's interview."""
    first = await provider.open_room(SPEC, key=KEY)
    second = await provider.open_room(SECOND_SPEC, key=SECOND_KEY)
    assert first.id != second.id


async def test_a_ticket_is_of_the_kind_that_it_declares(provider: Provider) -> None:
    room = await provider.open_room(SPEC, key=KEY)
    await let_in(provider, room, CANDIDATE)
    ticket = await provider.ticket(room, CANDIDATE)
    assert isinstance(ticket, Embedded if provider.abilities.embedded else Redirect)


async def test_a_ticket_is_a_persons_own(provider: Provider) -> None:
    """Where links were issued beforehand, there is one for each side: a companion comes by the candidate's."""
    other = INTERVIEWER if provider.abilities.issued else COMPANION
    room = await provider.open_room(SPEC, key=KEY)
    for person in (CANDIDATE, other):
        await let_in(provider, room, person)
    assert await provider.ticket(room, CANDIDATE) != await provider.ticket(room, other)


@pytest.mark.parametrize("shown_as", [CANDIDATE.shown_as, "", "名" * 200, "青葉\n花子", "\ud800"])
async def test_a_ticket_holds_no_name_and_no_name_is_in_its_way(provider: Provider, shown_as: str) -> None:
    """An admission never fails for a name."""
    person = replace(CANDIDATE, shown_as=shown_as)
    room = await provider.open_room(SPEC, key=KEY)
    await let_in(provider, room, person)
    ticket = await provider.ticket(room, person)
    told = ticket.token if isinstance(ticket, Embedded) else f"{ticket.url} {ticket.browser_url}"
    assert "青葉" not in told
    assert "名" not in told


async def test_closing_is_idempotent_and_by_the_rooms_own_id(far_side: FarSide, provider: Provider) -> None:
    """A gateway that was started anew has nothing but the journalled room."""
    room = await provider.open_room(SPEC, key=KEY)
    await let_in(provider, room, CANDIDATE)
    await far_side.provider().close_room(journalled(room))
    await provider.close_room(journalled(room))
    assert await far_side.stand()


async def test_closing_one_leaves_the_others(far_side: FarSide, provider: Provider) -> None:
    first = await provider.open_room(SPEC, key=KEY)
    second = await provider.open_room(SECOND_SPEC, key=SECOND_KEY)
    for room, person in ((first, CANDIDATE), (second, replace(CANDIDATE, sub=f"candidate:{SECOND_SPEC.interview}"))):
        await let_in(provider, room, person)
    assert await far_side.stand(first, second)
    await provider.close_room(first)
    assert await far_side.stand(second)


async def test_a_room_that_another_process_opened_serves(far_side: FarSide, provider: Provider) -> None:
    stored = journalled(await far_side.provider().open_room(SPEC, key=KEY))
    await let_in(provider, stored, CANDIDATE)
    ticket = await provider.ticket(stored, CANDIDATE)
    assert isinstance(ticket, Embedded if provider.abilities.embedded else Redirect)


async def test_what_it_holds_is_let_go_of_once_and_for_all(provider: Provider) -> None:
    """Connections, for those who have any."""
    await provider.open_room(SPEC, key=KEY)
    if isinstance(provider, Closes):
        await provider.close()
        await provider.close()


async def test_a_look_beforehand_tells_and_does_not_raise(far_side: FarSide, provider: Provider) -> None:
    """Also when nobody listens."""
    if isinstance(provider, Preflight):
        assert {one.verdict for one in await provider.preflight([])} <= {"ok", "ask", "warning"}
        if not far_side.told.why_absent("deaf"):
            await far_side.inject("deaf")
            later = far_side.provider()
            assert isinstance(later, Preflight)
            assert "failed" in {one.verdict for one in await later.preflight([])}
    assert await far_side.stand()
