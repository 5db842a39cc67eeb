"""Callbacks: only genuine ones are heard, and late, twice or in the wrong order they say the same."""

from __future__ import annotations

import pytest

from providers.base import Calls, GiveUp, Observation, Provider, Room
from tests.contract.providers.far_side import CANDIDATE, KEY, SPEC, Callback, CannotMeet, FarSide
from tests.contract.providers.far_sides import FAR_SIDES
from tests.contract.providers.test_promises import let_in

HOUR = 3_600_000_000
CALLING = [name for name, side in FAR_SIDES.items() if side.told.silent is None]
SILENT = [name for name in FAR_SIDES if name not in CALLING]
calling = pytest.mark.parametrize("far_side", CALLING, indirect=True)


@pytest.fixture
async def room(provider: Provider) -> Room:
    """The candidate's, who has been given a link."""
    opened = await provider.open_room(SPEC, key=KEY)
    await let_in(provider, opened, CANDIDATE)
    await provider.ticket(opened, CANDIDATE)
    return opened


def heard(provider: Provider, callback: Callback) -> list[Observation]:
    return list(provider.observe(callback.headers, callback.body))


@pytest.mark.parametrize("far_side", SILENT, indirect=True)
async def test_who_is_called_by_nobody_says_so_and_hears_nothing(
    far_side: FarSide, provider: Provider, room: Room
) -> None:
    with pytest.raises(CannotMeet, match=far_side.told.silent):
        far_side.callback("joined", room, CANDIDATE)
    assert not isinstance(provider, Calls)
    with pytest.raises(GiveUp):
        provider.observe({}, b"[]")


@calling
async def test_a_genuine_callback_says_what_happened_to_whom(far_side: FarSide, provider: Provider, room: Room) -> None:
    for kind in ("joined", "left"):
        callback = far_side.callback(kind, room, CANDIDATE)
        (seen,) = heard(provider, callback)
        assert (seen.kind, seen.room_id, seen.sub, seen.at) == (kind, room.id, CANDIDATE.sub, callback.at)


@calling
async def test_another_gateway_hears_it_too_and_takes_the_person_for_nobody_else(far_side: FarSide, room: Room) -> None:
    """It may not know whose link it was; the room and the time are in the callback."""
    callback = far_side.callback("joined", room, CANDIDATE)
    (seen,) = heard(far_side.provider(), callback)
    assert (seen.kind, seen.room_id, seen.at) == ("joined", room.id, callback.at)
    assert seen.sub in (None, CANDIDATE.sub)


@calling
async def test_a_callback_that_comes_late_is_judged_by_its_own_time(
    far_side: FarSide, provider: Provider, room: Room
) -> None:
    at = SPEC.starts_at - HOUR
    (seen,) = heard(provider, far_side.callback("joined", room, CANDIDATE, at=at))
    assert seen.at == at


@calling
async def test_duplicates_and_another_order_say_the_same(far_side: FarSide, provider: Provider, room: Room) -> None:
    told = [far_side.callback("joined", room, CANDIDATE), far_side.callback("left", room, CANDIDATE)]
    once = [one for callback in told for one in heard(provider, callback)]
    again = [one for callback in reversed(told) for _ in range(2) for one in heard(provider, callback)]
    assert sorted({one.kind: one for one in again}.values(), key=lambda one: one.kind) == once
    if isinstance(provider, Calls):
        ids = [provider.delivery_id(callback.body) for callback in (*told, *told)]
        assert ids[:2] == ids[2:]
        assert len(set(ids)) == 2


@calling
@pytest.mark.parametrize("forged", ["", "0", "v0=0", "\u00e9", "\udcff", "9" * 5000])
async def test_a_callback_with_another_signature_is_refused(
    far_side: FarSide, provider: Provider, room: Room, forged: str
) -> None:
    """Any of its headers changed, or left out."""
    genuine = far_side.callback("joined", room, CANDIDATE)
    for name in genuine.headers:
        if name.lower() == "content-type":
            continue
        for headers in ({**genuine.headers, name: forged}, {n: v for n, v in genuine.headers.items() if n != name}):
            with pytest.raises(GiveUp):
                provider.observe(headers, genuine.body)
            if isinstance(provider, Calls):
                with pytest.raises(GiveUp):
                    provider.validation(headers, genuine.body)


@calling
async def test_a_callback_with_another_body_is_refused(far_side: FarSide, provider: Provider, room: Room) -> None:
    genuine = far_side.callback("joined", room, CANDIDATE)
    for body in (genuine.body + b" ", genuine.body[:-1], b"", b"{}", b"[]", b"\xff", b"[" * 10_000):
        with pytest.raises(GiveUp):
            provider.observe(genuine.headers, body)


@calling
async def test_a_callback_that_was_recorded_and_is_sent_again_later_is_refused_where_it_says_when(
    far_side: FarSide, provider: Provider, room: Room
) -> None:
    try:
        replayed = far_side.stale(far_side.callback("joined", room, CANDIDATE))
    except CannotMeet:
        assert not isinstance(provider, Calls), "who calls a gateway from outside has to sign the time"
        return
    with pytest.raises(GiveUp) as caught:
        heard(provider, replayed)
    assert caught.value.code == "stale"


@calling
async def test_clocks_that_differ_by_an_hour_make_every_callback_stale(far_side: FarSide, room: Room) -> None:
    """It is refused, with a code that says why, and not taken for something that it is not."""
    callback = far_side.callback("joined", room, CANDIDATE)
    for fault in ("we_are_ahead", "we_are_behind"):
        if far_side.told.why_absent(fault):
            assert heard(far_side.provider(), callback)
            continue
        await far_side.inject(fault)
        with pytest.raises(GiveUp) as caught:
            heard(far_side.provider(), callback)
        assert caught.value.code == "stale"


@calling
def test_no_garbage_has_a_delivery_id(provider: Provider) -> None:
    if isinstance(provider, Calls):
        for body in (b"", b"[1]", b"\xff", b"[" * 10_000):
            with pytest.raises(GiveUp) as caught:
                provider.delivery_id(body)
            assert caught.value.code == "garbage"


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"\xff", b"[" * 10_000])
def test_a_callback_without_a_signature_is_refused_by_all(provider: Provider, body: bytes) -> None:
    with pytest.raises(GiveUp):
        provider.observe({}, body)
