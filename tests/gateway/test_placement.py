"""Where rooms are placed among media workers: balanced, agreed between gateways, moved only from the dead."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.placement import Offer, choose
from gateway.places import Shared
from gateway.workers import Found, Worker
from providers.webrtc.client import WorkerClient, WorkerGone, WorkerRefused
from waiting_room.journal.beside import Beside, LocalBeside
from waiting_room.journal.port import Unavailable

SEATS = 4


def ours(_call: str) -> bool:
    return True


def theirs(_call: str) -> bool:
    return False


class Ward:
    """Workers as a gateway sees them, without any network."""

    watched = True

    def __init__(self, **capacities: int) -> None:
        self.workers = {name: _worker(name, capacity) for name, capacity in capacities.items()}
        self.dead: set[str] = set()

    def all(self) -> Sequence[Worker]:
        return tuple(self.workers.values())

    def alive(self, worker: Worker) -> bool:
        return worker.name not in self.dead

    def says(self, name: str, **status: Any) -> None:
        worker = self.workers[name]
        worker.status = {**worker.status, **status}


def _worker(name: str, capacity: int) -> Worker:
    client = cast("WorkerClient", object())
    status = {"capacity": capacity, "seats": 0, "draining": False, "busy": []}
    return Worker(client, name, "boot", status=status)


def gateway(ward: Ward, beside: Beside, now: Callable[[], float] = lambda: 0.0) -> Shared:
    return Shared(cast("Found", ward), beside, seats=SEATS, monotonic=now)


async def where(places: Shared, call: str) -> str:
    client = await places.worker(call)
    worker = places.known(call)
    assert worker is not None
    assert worker.client is client
    return worker.name


# --- the choice ----------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(min_value=1, max_value=40), min_size=1, max_size=8), st.integers(0, 150))
def test_rooms_are_spread_by_the_share_of_seats_until_all_are_full(rooms: list[int], asked: int) -> None:
    """No worker takes more than it has, none is passed over that is less full, and only when no whole room fits
    anywhere is one refused."""
    taken = [0] * len(rooms)
    for _ in range(asked):
        offers = [Offer(str(n), SEATS * size, SEATS * taken[n]) for n, size in enumerate(rooms)]
        chosen = choose(offers, SEATS)
        if chosen is None:
            assert taken == rooms
            return
        least = min(taken[n] / size for n, size in enumerate(rooms) if taken[n] < size)
        assert taken[int(chosen)] / rooms[int(chosen)] == least
        taken[int(chosen)] += 1
    assert sum(taken) == asked


def test_a_room_that_would_fit_in_part_is_refused() -> None:
    assert choose([Offer("a", 7, 4)], SEATS) is None
    assert choose([Offer("a", 8, 4)], SEATS) == "a"


def test_one_that_drains_is_not_chosen() -> None:
    assert choose([Offer("a", 8, 0, draining=True), Offer("b", 8, 4)], SEATS) == "b"


# --- agreed between gateways ---------------------------------------------------------------------------------------


async def test_rooms_placed_at_once_are_balanced_before_any_worker_reports_them() -> None:
    ward = Ward(a=40, b=40)
    places = gateway(ward, LocalBeside())
    found = Counter([await where(places, f"c{n}") for n in range(10)])
    assert found == {"a": 5, "b": 5}


async def test_gateways_that_place_a_room_at_once_agree() -> None:
    """Each sees other workers as less full: one choice holds."""

    class Far(LocalBeside):
        """Both look before either has chosen."""

        async def get(self, key: str) -> bytes | None:
            found = await super().get(key)
            await asyncio.sleep(0)
            return found

    beside = Far()
    wards = Ward(a=40, b=40), Ward(a=40, b=40)
    wards[0].says("b", seats=20)
    wards[1].says("a", seats=20)
    first, second = (gateway(ward, beside) for ward in wards)
    names = await asyncio.gather(where(first, "c"), where(second, "c"))
    assert len(set(names)) == 1


async def test_one_more_room_than_there_are_seats_is_refused_with_the_known_code() -> None:
    places = gateway(Ward(a=4), LocalBeside())
    await places.worker("c1")
    with pytest.raises(WorkerRefused, match="calls_full"):
        await places.worker("c2")
    assert places.known("c2") is None


async def test_a_worker_that_was_fuller_than_we_knew_sends_the_room_elsewhere() -> None:
    places = gateway(Ward(a=40, b=40), LocalBeside())
    assert await where(places, "c") == "a"
    full = WorkerRefused(429, {"code": "calls_full"})
    await places.elsewhere("c", full)
    assert await where(places, "c") == "b"
    with pytest.raises(WorkerRefused, match="calls_full"):
        await places.elsewhere("c", full)
    assert await where(places, "c") == "b"


async def test_a_call_that_a_worker_has_is_found_again_when_the_store_was_emptied() -> None:
    """Also by a gateway that was started since."""
    ward, beside = Ward(a=40, b=40), LocalBeside()
    places = gateway(ward, beside)
    ward.says("a", seats=20)
    assert await where(places, "c") == "b"
    ward.workers["b"].calls.add("c")
    await beside.take("media:c")
    ward.says("b", seats=40)
    assert await where(gateway(ward, LocalBeside()), "c") == "b"
    assert await places.refresh(ours) == []
    assert await beside.get("media:c") == b"b"


# --- moved ---------------------------------------------------------------------------------------------------------


async def test_only_the_event_s_gateway_moves_a_room_from_a_dead_worker_and_the_others_follow() -> None:
    ward, beside = Ward(a=40, b=40), LocalBeside()
    first, second = gateway(ward, beside), gateway(ward, beside)
    assert [await where(places, "c") for places in (first, second)] == ["a", "a"]
    ward.dead.add("a")
    assert await second.refresh(theirs) == []
    with pytest.raises(WorkerRefused, match="call_moving"):
        await second.worker("c")
    assert await first.refresh(ours) == ["c"]
    assert await second.refresh(theirs) == ["c"]
    assert [await where(places, "c") for places in (first, second)] == ["b", "b"]


async def test_of_two_gateways_that_both_think_it_is_theirs_one_moves_it() -> None:
    """A lease that ran out unnoticed: the second finds the first one's choice."""
    ward, beside = Ward(a=40, b=40, c=40), LocalBeside()
    first, second = gateway(ward, beside), gateway(ward, beside)
    for places in (first, second):
        assert await where(places, "x") == "a"
    ward.dead.add("a")
    await asyncio.gather(first.refresh(ours), second.refresh(ours))
    await asyncio.gather(first.refresh(theirs), second.refresh(theirs))
    assert await where(first, "x") == await where(second, "x") != "a"


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=6), st.integers(1, 12))
def test_nobody_is_moved_without_a_death(deaths: list[str], rooms: int) -> None:
    """Whatever else is known of the workers' load."""

    async def day() -> None:
        ward = Ward(a=400, b=400, c=400)
        places = gateway(ward, LocalBeside())
        at = {f"c{n}": await where(places, f"c{n}") for n in range(rooms)}
        for name in deaths:
            ward.dead ^= {name}
            ward.says(name, seats=200)
            await places.refresh(ours)
            now = {call: worker.name for call in at if (worker := places.known(call)) is not None}
            for call, before in at.items():
                living = {"a", "b", "c"} - ward.dead
                assert now[call] == before if before in living or not living else now[call] in living
            at = now

    asyncio.run(day())


async def test_one_that_came_back_is_told_to_end_what_moved_and_nothing_else() -> None:
    ward, beside = Ward(a=40, b=40), LocalBeside()
    places = gateway(ward, beside)
    assert await where(places, "c1") == "a"
    ward.workers["a"].calls |= {"c1", "c9"}
    ward.dead.add("a")
    await places.refresh(ours)
    ward.dead.clear()
    assert await places.misplaced(ward.workers["a"]) == ["c1"]
    assert await places.misplaced(ward.workers["b"]) == []
    await beside.put("media:c1", b"a", 60)  # moved back, and we have not heard of it: the store's word counts
    assert await places.misplaced(ward.workers["a"]) == []


async def test_a_room_leaves_a_draining_worker_when_nobody_is_in_it() -> None:
    ward = Ward(a=40, b=40)
    places = gateway(ward, LocalBeside())
    assert await where(places, "c") == "a"
    ward.says("a", draining=True, busy=["c"])
    assert await places.refresh(ours) == []
    ward.says("a", busy=[])
    assert await places.refresh(ours) == ["c"]
    assert await where(places, "c") == "b"


async def test_without_a_store_a_gateway_keeps_to_what_it_knew() -> None:
    class Lost(LocalBeside):
        lost = False

        async def get(self, key: str) -> bytes | None:
            if self.lost:
                raise Unavailable("away")
            return await super().get(key)

        async def get_all(self, keys: Sequence[str]) -> list[bytes | None]:
            return [await self.get(key) for key in keys]

    beside = Lost()
    places = gateway(Ward(a=40, b=40), beside)
    assert await where(places, "c") == "a"
    beside.lost = True
    assert await where(places, "c") == "a"
    with pytest.raises(WorkerGone):
        await places.worker("new")
    with pytest.raises(Unavailable):
        await places.refresh(ours)


async def test_an_unknown_worker_is_missed_only_after_we_have_looked_for_a_while() -> None:
    """A gateway that was just started moves nothing that it has not found yet."""
    ward, beside = Ward(b=40), LocalBeside()
    await beside.put("media:c", b"a", 60)
    ward.watched = False
    places = gateway(ward, beside)
    with pytest.raises(WorkerRefused, match="call_moving"):
        await places.worker("c")
    assert await places.refresh(ours) == []
    ward.watched = True
    assert await places.refresh(ours) == ["c"]
