"""The provider that does as it is told."""

from __future__ import annotations

import json

import pytest

from providers.base import GiveUp, Observation, Person, Redirect, Retry, RoomSpec
from providers.scripted import Scripted

SPEC = RoomSpec("exam", "r1", "iv1", 1, "面接", 0, 1)
ONE = Person("candidate:iv1", "candidate", "青葉", 1, 1)


async def test_a_fault_strikes_once_and_leaves_nothing_behind() -> None:
    provider = Scripted()
    provider.script.fail("open_room", Retry("busy", after=3))
    with pytest.raises(Retry) as caught:
        await provider.open_room(SPEC, key="k")
    assert caught.value.after == 3
    assert not provider.rooms
    assert (await provider.open_room(SPEC, key="k")).id in provider.rooms


async def test_a_fault_after_the_work_leaves_the_work() -> None:
    provider = Scripted()
    provider.script.fail("open_room", Retry("timeout"), after_work=True)
    with pytest.raises(Retry):
        await provider.open_room(SPEC, key="k")
    assert len(provider.rooms) == 1
    await provider.open_room(SPEC, key="k")
    assert len(provider.rooms) == 1


async def test_faults_of_one_method_leave_the_others_alone() -> None:
    provider = Scripted()
    provider.script.fail("ticket", GiveUp("no_such_room"))
    room = await provider.open_room(SPEC, key="k")
    with pytest.raises(GiveUp):
        await provider.ticket(room, ONE)
    assert isinstance(await provider.ticket(room, ONE), Redirect)


async def test_another_device_gets_another_ticket() -> None:
    provider = Scripted()
    room = await provider.open_room(SPEC, key="k")
    later = Person(ONE.sub, ONE.role, ONE.shown_as, ONE.admission, device_epoch=2)
    assert await provider.ticket(room, ONE) != await provider.ticket(room, later)


async def test_a_closed_room_gives_no_ticket() -> None:
    provider = Scripted()
    room = await provider.open_room(SPEC, key="k")
    await provider.close_room(room)
    with pytest.raises(GiveUp, match="room_closed"):
        await provider.ticket(room, ONE)


def test_a_genuine_callback_is_parsed() -> None:
    provider = Scripted(secret=b"s")
    body = json.dumps([{"kind": "joined", "room_id": "r", "at": 5, "side": "candidate"}]).encode()
    assert provider.observe(provider.sign(body), body) == [Observation("joined", "r", 5, side="candidate")]


def test_a_callback_of_another_secret_or_changed_is_refused() -> None:
    provider, body = Scripted(secret=b"s"), b"[]"
    for headers, sent in ((Scripted(secret=b"x").sign(body), body), (provider.sign(body), b"[1]"), ({}, body)):
        with pytest.raises(GiveUp, match="not_genuine"):
            provider.observe(headers, sent)


def test_genuine_garbage_is_refused() -> None:
    provider, body = Scripted(secret=b"s"), b'[{"nonsense": 1}]'
    with pytest.raises(GiveUp, match="garbage"):
        provider.observe(provider.sign(body), body)


def test_without_a_secret_no_callback_is_genuine() -> None:
    provider = Scripted()
    with pytest.raises(GiveUp):
        provider.observe(provider.sign(b"[]"), b"[]")
