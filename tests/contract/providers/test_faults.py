"""What every provider promises while something between it and its far side goes wrong.

Whatever the fault: an error of the three kinds with a stable code and nothing secret, or none at all; no wait beyond
the adapter's patience; the next attempt succeeds, and exactly one session stands; closing leaves none.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import get_args

import pytest
from _pytest.mark import ParameterSet

from providers.base import AskAPerson, GiveUp, Provider, Retry, Room
from tests.contract.providers.far_side import (
    CANDIDATE,
    DONE,
    HURRY,
    KEY,
    OF_A_STEP,
    OF_THE_WHOLE,
    OPERATIONS,
    SECOND_KEY,
    SECOND_SPEC,
    SPEC,
    TIMED,
    CannotMeet,
    FarSide,
    Fault,
    Operation,
)
from tests.contract.providers.far_sides import FAR_SIDES
from tests.contract.providers.test_promises import let_in

MOST = 16 * 2**20  # bytes of one answer, with what lies in buffers; the longest genuine one here has 300 KB
NOISE = 5.0  # seconds that a busy machine may add; an adapter that waits for ever shows all the same


def cases(*, met: bool) -> Iterator[ParameterSet]:
    """Every fault at every request of every operation that this far side can (not) meet."""
    for name, side in FAR_SIDES.items():
        for operation in OPERATIONS:
            steps = side.told.steps[operation]
            places = [(step, fault) for step in steps for fault in OF_A_STEP]
            places += [(step, fault) for step in steps[:1] for fault in OF_THE_WHOLE]
            for step, fault in places:
                if (not side.told.why_absent(fault, step)) is met:
                    yield pytest.param(name, operation, step, fault, id=f"{name}-{operation}-{step}-{fault}")


async def perform(provider: Provider, operation: Operation, room: Room | None) -> None:
    """``room``: None where it is to be opened."""
    match operation:
        case "open":
            await provider.open_room(SPEC, key=KEY)
        case "ticket":
            assert room is not None
            await provider.ticket(room, CANDIDATE)
        case "close":
            assert room is not None
            await provider.close_room(room)


async def prepared(far_side: FarSide, operation: Operation) -> Room | None:
    """Another gateway's room, as far as the operation needs it."""
    if operation == "open":
        return None
    other = far_side.provider()
    room = await other.open_room(SPEC, key=KEY)
    await let_in(other, room, CANDIDATE)
    if operation == "close":
        await far_side.under_way(room)
    return room


async def felt(provider: Provider, operation: Operation, room: Room | None, far_side: FarSide) -> str:
    """What it came to, as the tables say it. Anything else than the three kinds of error is a fault of the adapter."""
    try:
        async with asyncio.timeout(HURRY + NOISE):
            await perform(provider, operation, room)
    except (Retry, GiveUp, AskAPerson) as error:
        _keeps_to_itself(error, far_side)
        return f"{type(error).__name__} {error.code}"
    return DONE


def _keeps_to_itself(error: BaseException, far_side: FarSide) -> None:
    """Neither the error nor what it came from holds a secret, or whom it was about."""
    told = repr(error) + str(error)
    for secret in (*far_side.told.secrets, CANDIDATE.shown_as, KEY):
        assert secret not in told
    if error.__cause__ is not None:
        _keeps_to_itself(error.__cause__, far_side)


@pytest.mark.parametrize(("far_side", "operation", "step", "fault"), list(cases(met=True)), indirect=["far_side"])
async def test_a_fault_is_told_by_its_kind_and_the_next_attempt_succeeds(
    far_side: FarSide, operation: Operation, step: str, fault: Fault
) -> None:
    room = await prepared(far_side, operation)
    await far_side.inject(fault, step)
    provider = far_side.provider(hurried=fault in TIMED)
    assert await felt(provider, operation, room, far_side) == far_side.told.outcome(fault, step)
    assert far_side.poured() <= MOST
    await far_side.heal()
    later = far_side.provider() if fault in TIMED else provider
    await perform(later, operation, room)
    if operation != "close":
        room = await later.open_room(SPEC, key=KEY)
        await let_in(later, room, CANDIDATE)
        assert await far_side.provider().open_room(SPEC, key=KEY) == room
        assert await far_side.stand(room)
        await far_side.under_way(room)
        await later.close_room(room)
    assert await far_side.stand()


@pytest.mark.parametrize(("far_side", "operation", "step", "fault"), list(cases(met=False)), indirect=["far_side"])
async def test_a_fault_that_a_far_side_cannot_meet_is_declared_and_nothing_comes_of_it(
    far_side: FarSide, operation: Operation, step: str, fault: Fault
) -> None:
    room = await prepared(far_side, operation)
    with pytest.raises(CannotMeet, match=re.escape(far_side.told.why_absent(fault, step))):
        await far_side.inject(fault, step)
    assert await felt(far_side.provider(), operation, room, far_side) == DONE
    assert far_side.told.outcome(fault, step) == ""


async def test_a_far_side_that_is_too_busy_says_when_to_come_again_if_it_can(
    far_side: FarSide, provider: Provider
) -> None:
    step = far_side.told.steps["open"][-1]
    if far_side.told.why_absent("busy", step):
        assert not far_side.told.says_when
        return
    await far_side.inject("busy", step)
    with pytest.raises(Retry) as caught:
        await provider.open_room(SPEC, key=KEY)
    assert (caught.value.after is not None) is far_side.told.says_when
    assert caught.value.after is None or 0 < caught.value.after <= 60


async def test_one_interviews_fault_is_not_the_others(far_side: FarSide, provider: Provider) -> None:
    """Two sessions are opened at once, one of them meets a fault: it alone has to be opened again."""
    step = far_side.told.steps["open"][-1]
    if far_side.told.why_absent("server_error", step):
        return
    await far_side.inject("server_error", step)
    opened = await asyncio.gather(
        provider.open_room(SPEC, key=KEY), provider.open_room(SECOND_SPEC, key=SECOND_KEY), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in opened) == ["Retry", "Room"]


def test_every_far_side_speaks_of_every_fault_and_of_no_other() -> None:
    assert sorted((*OF_A_STEP, *OF_THE_WHOLE)) == sorted(get_args(Fault))
    for name, side in FAR_SIDES.items():
        told = side.told
        assert set(told.felt) | set(told.absent) == set(get_args(Fault)), name
        for step in {step for steps in told.steps.values() for step in steps}:
            for fault in get_args(Fault):
                assert bool(told.outcome(fault, step)) != bool(told.why_absent(fault, step)), (name, fault, step)
