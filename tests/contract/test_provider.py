"""What every provider promises (providers/base.py), held by each of them: a new one adds a fixture, no tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from providers.base import Attends, Embedded, GiveUp, Person, Provider, Redirect, Room, RoomSpec, Terms
from providers.harutaka.adapter import Harutaka
from providers.harutaka.config import Tenant
from providers.harutaka.urls import Pair
from providers.scripted import Scripted
from providers.webrtc.adapter import BuiltInRoom
from providers.webrtc.client import WorkerClient
from providers.zoom.adapter import Zoom
from tests.support.media import SECRET, worker
from tests.support.zoom_simulator import Clock, ZoomSimulator

SPEC = RoomSpec("exam", "r1", "ivaaaaaaaaaaaa", 1, "面接", 1_000_000, 2_000_000)
CANDIDATE = Person("candidate:ivaaaaaaaaaaaa", "candidate", "青葉 花子", admission=1, device_epoch=1)
COMPANION = Person("companion:ivaaaaaaaaaaaa.1", "companion", "同伴 一", admission=1, device_epoch=0)
INTERVIEWER = Person("staff:1", "interviewer", "面接官 一", admission=0, device_epoch=1)


def issued(_event: str, _room: str, interview: str) -> Pair:
    """Links as an office imported them beforehand, for whatever interview."""
    return Pair(f"https://company.harutaka.jp/live/{interview}", f"https://company.harutaka.jp/panel/{interview}")


@pytest.fixture(params=["scripted", "harutaka", "zoom", pytest.param("webrtc", marks=pytest.mark.process)])
async def provider(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Provider]:
    """Each provider, with its far side."""
    if request.param == "scripted":
        yield Scripted(secret=b"a secret of the tests")
        return
    if request.param == "harutaka":
        yield Harutaka(Tenant(Terms("harutaka", "https://www.example.lg.jp/terms", "1")), links=issued)
        return
    if request.param == "zoom":
        clock = Clock(SPEC.starts_at)
        async with ZoomSimulator(clock) as far_side:
            zoom = Zoom(far_side.account("host1", "host2"), now=clock, sleep=clock.sleep)
            yield zoom
            await zoom.close()
        return
    async with worker(tmp_path) as running:
        client = WorkerClient(running.socket, SECRET)
        yield BuiltInRoom(client, lambda claims: f"token for {claims['sub']}")
        await client.close()


async def let_in(provider: Provider, room: Room, person: Person) -> None:
    if isinstance(provider, Attends):
        await provider.attach(room, person)


def test_it_is_what_the_protocol_says(provider: Provider) -> None:
    assert isinstance(provider, Provider)
    assert set(provider.abilities.label) >= {"ja", "en"}


async def test_opening_is_idempotent_on_the_key(provider: Provider) -> None:
    """Also across a crash between the call and the record of it."""
    first = await provider.open_room(SPEC, key="k1")
    again = await provider.open_room(SPEC, key="k1")
    assert again == first
    assert (first.provider, first.generation) == (provider.name, SPEC.generation)


async def test_two_interviews_never_share_a_room(provider: Provider) -> None:
    """A link kept from before must never open another's interview."""
    first = await provider.open_room(SPEC, key="k1")
    second = await provider.open_room(replace(SPEC, interview="ivbbbbbbbbbbbb"), key="k2")
    assert first.id != second.id


async def test_a_ticket_is_of_the_kind_that_it_declares(provider: Provider) -> None:
    room = await provider.open_room(SPEC, key="k1")
    await let_in(provider, room, CANDIDATE)
    ticket = await provider.ticket(room, CANDIDATE)
    assert isinstance(ticket, Embedded if provider.abilities.embedded else Redirect)


async def test_a_ticket_is_a_persons_own(provider: Provider) -> None:
    """Where links were issued beforehand, there is one for each side: a companion comes by the candidate's."""
    other = INTERVIEWER if provider.abilities.issued else COMPANION
    room = await provider.open_room(SPEC, key="k1")
    for person in (CANDIDATE, other):
        await let_in(provider, room, person)
    assert await provider.ticket(room, CANDIDATE) != await provider.ticket(room, other)


async def test_a_ticket_holds_no_name(provider: Provider) -> None:
    room = await provider.open_room(SPEC, key="k1")
    await let_in(provider, room, CANDIDATE)
    ticket = await provider.ticket(room, CANDIDATE)
    assert "青葉" not in (ticket.token if isinstance(ticket, Embedded) else ticket.url)


async def test_closing_is_idempotent_and_by_the_rooms_own_id(provider: Provider) -> None:
    """A gateway that was started anew has nothing but the journalled room."""
    room = await provider.open_room(SPEC, key="k1")
    stored = Room(room.provider, room.id, room.generation, dict(room.details))
    await provider.close_room(stored)
    await provider.close_room(stored)


async def test_a_room_that_another_process_opened_serves(provider: Provider) -> None:
    room = await provider.open_room(SPEC, key="k1")
    stored = Room(**{name: getattr(room, name) for name in ("provider", "id", "generation", "details")})
    await let_in(provider, stored, CANDIDATE)
    ticket = await provider.ticket(stored, CANDIDATE)
    assert isinstance(ticket, Embedded if provider.abilities.embedded else Redirect)


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"\xff", b"[" * 10_000])
def test_a_callback_that_is_not_genuine_is_refused(provider: Provider, body: bytes) -> None:
    with pytest.raises(GiveUp):
        provider.observe({"X-Scripted-Signature": "00"}, body)
