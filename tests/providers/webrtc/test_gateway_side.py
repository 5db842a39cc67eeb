"""Client, spawning and provider against a real worker."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from providers.base import Abilities, Attends, Embedded, GiveUp, Person, Provider, Retry, Room, RoomSpec
from providers.webrtc.adapter import Alone, BuiltInRoom, observation
from providers.webrtc.client import WorkerClient, WorkerGone, WorkerRefused
from providers.webrtc.spawn import ensure_worker, stop_worker
from tests.support.media import SECRET, Worker, browser_offer
from tests.support.media_client import people

pytestmark = pytest.mark.process

CANDIDATE = Person("candidate:i1", "candidate", "受験番号 1", 1, 1)
COMPANION = Person("companion:i1.1", "companion", "通訳", 1, 1)
INTERVIEWER = Person("staff:a", "interviewer", "面接官", 0, 1)


@pytest.fixture
async def client(running: Worker) -> AsyncIterator[WorkerClient]:
    made = WorkerClient(running.socket, SECRET)
    yield made
    await made.close()


@pytest.fixture
def room(client: WorkerClient, running: Worker) -> BuiltInRoom:
    def mint(claims: Any) -> str:
        return running.minter.token(
            claims["call"], claims["sub"], gen=claims["generation"], adm=claims["admission"],
            dev=claims["device_epoch"], role=claims["role"], aud=claims["audience"], grants=list(claims["grants"]),
        )  # fmt: skip

    return BuiltInRoom(Alone(client), mint)


def spec(interview: str = "i1", generation: int = 1) -> RoomSpec:
    return RoomSpec("e", "r1", interview, generation, "interview", 0, 1)


async def enter(client: WorkerClient, room: BuiltInRoom, opened: Room, person: Person) -> dict[str, Any]:
    ticket = await room.ticket(opened, person)
    assert isinstance(ticket, Embedded)
    return await client.offer(ticket.call, ticket.token, browser_offer())


async def test_it_is_a_provider_that_attends(room: BuiltInRoom) -> None:
    assert isinstance(room, Provider)
    assert isinstance(room, Attends)
    assert isinstance(room.abilities, Abilities)
    assert room.abilities.label == {"ja": "内蔵ビデオ通話", "en": "Built-in video room"}


async def test_all_interviews_of_a_room_share_one_call_and_opening_is_idempotent(room: BuiltInRoom) -> None:
    first = await room.open_room(spec("i1"), key="k")
    again = await room.open_room(spec("i1"), key="k")
    second = await room.open_room(spec("i2"), key="k2")
    panel = await room.open_panel("e", "r1")
    assert first == again
    assert first.id != second.id
    assert {r.details["call"] for r in (first, second, panel)} == {first.details["call"]}


async def test_a_ticket_lets_in_only_whom_was_attached(client: WorkerClient, room: BuiltInRoom) -> None:
    opened = await room.open_room(spec(), key="k")
    with pytest.raises(WorkerRefused, match="person_unknown"):
        await enter(client, room, opened, CANDIDATE)
    await room.attach(opened, CANDIDATE)
    answer = await enter(client, room, opened, CANDIDATE)
    assert answer["slots"] == 3


async def test_closing_an_interview_puts_its_people_out_and_keeps_the_panel(
    client: WorkerClient, room: BuiltInRoom, running: Worker
) -> None:
    opened = await room.open_room(spec(), key="k")
    for person in (INTERVIEWER, CANDIDATE, COMPANION):
        await room.attach(opened, person)
        await enter(client, room, opened, person)
    # A gateway started anew has no memory of whom it attached; the worker has.
    await BuiltInRoom(Alone(client), room._mint).close_room(opened)
    await room.close_room(opened)
    (state,) = (await client.calls())["calls"]
    assert [peer["sub"] for peer in state["peers"]] == ["staff:a"]
    with pytest.raises(WorkerRefused, match="token_removed"):
        await enter(client, room, opened, CANDIDATE)
    assert (await running.status())["peers"] == 1


async def test_the_next_interview_puts_nobody_out_whatever_its_generation(
    client: WorkerClient, room: BuiltInRoom
) -> None:
    """Its session is opened while the one before it is still talking."""
    present = await room.open_room(spec("i1", generation=1), key="k")
    (before,) = (await client.calls())["calls"]
    following = await room.open_room(spec("i2", generation=3), key="k")
    (state,) = (await client.calls())["calls"]
    assert state["generation"] == before["generation"]
    assert (present.generation, following.generation) == (1, 3)
    person = Person("candidate:i2", "candidate", "", 1, 1)
    await room.attach(following, person)
    assert (await enter(client, room, following, person))["peer"]


async def test_attaching_makes_the_call_anew_in_a_worker_that_forgot_it(
    client: WorkerClient, room: BuiltInRoom
) -> None:
    opened = await room.open_room(spec(), key="k")
    await room.end_call("e", "r1")
    await room.attach(opened, CANDIDATE)
    assert (await enter(client, room, opened, CANDIDATE))["peer"]


async def test_detaching_from_a_call_that_is_gone_is_no_error(room: BuiltInRoom) -> None:
    opened = await room.open_room(spec(), key="k")
    await room.end_call("e", "r1")
    await room.detach(opened, CANDIDATE, reason="removed")
    await room.close_room(opened)


async def test_a_worker_that_is_gone_is_something_to_retry(tmp_path: Path) -> None:
    nowhere = WorkerClient(tmp_path / "none.sock", SECRET)
    with pytest.raises(Retry):
        await BuiltInRoom(Alone(nowhere), lambda _claims: "").open_room(spec(), key="k")
    with pytest.raises(GiveUp):
        BuiltInRoom(Alone(nowhere), lambda _claims: "").observe({}, b"")
    await nowhere.close()


async def test_events_tell_the_state_then_each_change(client: WorkerClient, running: Worker) -> None:
    await running.open("room", "staff:a", "staff:b")
    seen: list[dict[str, Any]] = []
    stream = client.events()
    async with asyncio.timeout(20):
        first = await anext(stream)
        async with people(running, "room", "staff:a", "staff:b"):
            async for line in stream:
                seen.append(line)
                if line["kind"] == "slots" and line["slots"][0]["sub"] == "staff:a":
                    break
        async for line in stream:
            seen.append(line)
            if line["kind"] == "left" and line["sub"] == "staff:a":
                break
    assert first["kind"] == "snapshot"
    assert first["calls"][0]["call"] == "room"
    assert [line["seq"] for line in seen] == list(range(seen[0]["seq"], seen[0]["seq"] + len(seen)))
    joined = [observation(line) for line in seen if line["kind"] == "joined"]
    assert [o and (o.kind, o.sub, o.side, o.room_id) for o in joined] == [
        ("joined", "staff:a", "staff", "room"), ("joined", "staff:b", "staff", "room")
    ]  # fmt: skip
    assert observation(first) is None
    await stream.aclose()
    after = client.events(seen[0]["seq"], boot=first["boot"])
    assert await anext(after) == seen[1], "who knows the position gets what followed it"
    await after.aclose()
    other = client.events(seen[0]["seq"], boot="another run")
    assert (await anext(other))["kind"] == "snapshot"
    await other.aclose()


async def test_a_worker_is_found_again_and_not_started_twice(tmp_path: Path) -> None:
    run = tmp_path / "run"
    first, second = await asyncio.gather(*(ensure_worker(run, "127.0.0.1", 0, ["127.0.0.1"], SECRET) for _ in range(2)))
    try:
        assert (await first.status())["boot"] == (await second.status())["boot"]
        with pytest.raises(WorkerRefused, match="secret_wrong"):
            await ensure_worker(run, "127.0.0.1", 0, ["127.0.0.1"], "another secret of the tests")
    finally:
        await stop_worker(first)
        await second.close()
    with pytest.raises(WorkerGone):
        await second.status()
    await second.close()
    assert not (run / "worker.sock").exists()


async def test_calls_outlive_the_gateway_that_started_the_worker(tmp_path: Path) -> None:
    """A gateway is killed the hard way; the next one finds worker and call."""
    run = tmp_path / "run"
    program = (
        "import asyncio, pathlib, sys\n"
        "from providers.webrtc.spawn import ensure_worker\n"
        "async def main():\n"
        "    client = await ensure_worker(pathlib.Path(sys.argv[1]), '127.0.0.1', 0, [], sys.argv[2])\n"
        "    await client.put_call('room', generation=7, capacity=4)\n"
        "    print('made', flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    gateway = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(run), SECRET, stdout=asyncio.subprocess.PIPE, cwd=Path.cwd()
    )
    assert gateway.stdout is not None
    async with asyncio.timeout(30):
        while b"made" not in await gateway.stdout.readline():
            pass
    gateway.send_signal(signal.SIGKILL)
    await gateway.communicate()
    client = await ensure_worker(run, "127.0.0.1", 0, [], SECRET)
    try:
        assert (await client.calls())["calls"][0]["generation"] == 7
        pid = (await client.status())["pid"]
        assert os.getsid(pid) == pid, "a session of its own: no terminal's hang-up reaches it"
    finally:
        await stop_worker(client)


async def test_a_socket_left_by_a_dead_worker_is_replaced(tmp_path: Path) -> None:
    run = tmp_path / "run"
    client = await ensure_worker(run, "127.0.0.1", 0, [], SECRET)
    pid = (await client.status())["pid"]
    os.kill(pid, signal.SIGKILL)
    await client.close()
    again = await ensure_worker(run, "127.0.0.1", 0, [], SECRET)
    try:
        assert (await again.status())["pid"] != pid
    finally:
        await stop_worker(again)


async def test_a_directory_that_others_can_read_is_refused(tmp_path: Path) -> None:
    run = tmp_path / "open"
    run.mkdir()
    run.chmod(0o755)
    with pytest.raises(PermissionError):
        await ensure_worker(run, "127.0.0.1", 0, [], SECRET)
