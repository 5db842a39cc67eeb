"""Which media workers a gateway finds and how it knows that one is dead; the settings and the command that start it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web

from gateway import workers
from gateway.calling import Calling, Place
from gateway.cli import invoke
from gateway.cli.media import _advertised
from gateway.config import Settings
from gateway.faults import Faulty
from gateway.places import Alone, Shared
from gateway.problems import Problem
from gateway.routes.media import Media
from gateway.tasks import Tasks
from gateway.workers import BEAT, DEAD_AFTER, FORGET, MOST, STALLED, Found, Own
from providers.base import Person, Room
from providers.webrtc.adapter import call_of
from providers.webrtc.client import WorkerClient
from tests.support.day import EVENT, HANAKO, Day
from tests.support.ports import a_free_port
from waiting_room.commands import SeeJoined
from waiting_room.entries import Joined, Left
from waiting_room.journal.beside import LocalBeside

HOST = "127.0.0.1"
SECRET = "a secret of the tests only"


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is the test's own; a busy machine's is not asked about."""
    monkeypatch.setattr(workers, "PATIENCE", 60.0)
    monkeypatch.setattr(workers, "ANSWER", 60.0)


class Far:
    """A worker's control port that says what a test wants."""

    def __init__(self, name: str, boot: str = "b1") -> None:
        self.status: dict[str, Any] = {"name": name, "boot": boot, "capacity": 8, "seats": 0, "draining": False}
        self.calls: list[str] = []
        self.silent = False
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        if self.silent:
            return web.Response(status=500)
        if request.path == "/calls":
            calls = [{"call": call, "generation": 1, "people": []} for call in self.calls]
            return web.json_response({"boot": self.status["boot"], "seq": 0, "calls": calls})
        return web.json_response(self.status)


@asynccontextmanager
async def far(*those: Far) -> AsyncIterator[None]:
    runners = []
    for worker in those:
        app = web.Application()
        app.router.add_get("/{path:.*}", worker.answer)
        runners.append(web.AppRunner(app, access_log=None))
        await runners[-1].setup()
        await web.TCPSite(runners[-1], HOST, 0).start()
        worker.url = f"http://{HOST}:{runners[-1].addresses[0][1]}"
    try:
        yield
    finally:
        for runner in runners:
            await runner.cleanup()


class World:
    """A gateway's sight of its workers: a clock and a name server of the test's own."""

    def __init__(self, *those: Far) -> None:
        self.now = 100.0
        self.named = [worker.url for worker in those]
        self.tasks = Tasks()
        self.found = Found(
            ["http://media:9470"], SECRET, self.tasks, addresses=self.addresses, monotonic=lambda: self.now
        )

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        assert (host, port) == ("media", 9470)
        if not self.named:
            raise OSError("no such name")
        return self.named

    def living(self) -> list[str]:
        return sorted(worker.name for worker in self.found.all() if self.found.alive(worker))

    async def beat(self, after: float = BEAT) -> None:
        """So much later each was asked, and has answered or not."""
        self.now += after
        self.found.beat()
        asked = [worker.asking for worker in self.found._by_address.values() if worker.asking is not None]
        await asyncio.gather(*asked)

    async def close(self) -> None:
        await self.tasks.close()
        await self.found.close()


@asynccontextmanager
async def in_sight(*those: Far) -> AsyncIterator[World]:
    """They answer, and the gateway has found them."""
    async with far(*those):
        world = World(*those)
        await world.found.begin()
        yield world
        await world.close()


async def test_a_name_of_several_addresses_means_all_of_them() -> None:
    one, two = Far("m1"), Far("m2")
    async with in_sight(one, two) as world:
        assert world.living() == ["m1", "m2"]


async def test_a_worker_is_dead_after_some_silent_beats_and_not_before() -> None:
    one, two = Far("m1"), Far("m2")
    async with in_sight(one, two) as world:
        one.silent = True
        for _ in range(int(DEAD_AFTER / BEAT)):
            await world.beat()
            assert world.living() == ["m1", "m2"]
        await world.beat()
        assert world.living() == ["m2"]
        one.silent = False
        await world.beat()
        assert world.living() == ["m1", "m2"]


def test_a_death_is_noticed_within_three_seconds() -> None:
    """Silence, and the beat in which the places are looked at."""
    assert DEAD_AFTER + BEAT < 3.0
    assert DEAD_AFTER > 4 * BEAT, "a worker that is started again within a second is not dead"


async def test_a_gateway_that_slept_itself_takes_nobody_for_dead() -> None:
    """Until it has listened for as long as it takes."""
    one = Far("m1")
    async with in_sight(one) as world:
        one.silent = True
        await world.beat(BEAT + STALLED + 60)
        assert world.living() == ["m1"]
        for _ in range(int(DEAD_AFTER / BEAT) + 1):
            await world.beat()
        assert world.living() == []


async def test_two_workers_of_one_name_are_not_taken_for_one() -> None:
    """One of them is used; another address of the same run is the same worker."""
    one, two = Far("m1", "b1"), Far("m1", "b2")
    async with in_sight(one, two) as world:
        assert world.living() == ["m1"]


async def test_a_name_server_that_is_away_takes_no_worker_with_it() -> None:
    one = Far("m1")
    async with in_sight(one) as world:
        world.named = []
        one.silent = True
        for _ in range(int(FORGET) + 10):
            await world.beat(1.0)
        await world.found._resolve()
        one.silent = False
        await world.beat()
        assert world.living() == ["m1"], "it is asked at the address that it had"


async def test_an_address_that_no_name_has_any_more_is_forgotten_only_when_nobody_answers_there() -> None:
    """A pod that drains has left the name server's answer; its calls go on."""
    one, two = Far("m1"), Far("m2")
    async with in_sight(one, two) as world:
        world.named = [two.url]
        await world.beat()
        await world.found._resolve()
        assert world.living() == ["m1", "m2"]
        one.silent = True
        for _ in range(int(FORGET) + 10):
            await world.beat(1.0)
        await world.found._resolve()
        assert [worker.name for worker in world.found.all()] == ["m2"]


async def test_the_calls_of_a_worker_are_known_before_it_is_used() -> None:
    """A gateway that was just started places none of them anew; after a restart of the worker it has none."""
    one = Far("m1")
    one.calls = ["call-1"]
    async with in_sight(one) as world:
        (worker,) = world.found.all()
        assert worker.calls == {"call-1"}
        one.calls, one.status["boot"] = [], "b2"
        await world.beat()
        assert worker.calls == set()


async def test_no_more_workers_are_asked_than_there_may_be() -> None:
    world = World()
    world.named = [f"http://{HOST}:{port}" for port in range(1, MOST + 20)]
    await world.found._resolve()
    assert len(world.found._by_address) == MOST
    await world.close()


# --- what was missed -----------------------------------------------------------------------------------------------


async def test_what_was_missed_is_noted_once_whoever_notes_it(today: Day) -> None:
    """A room that moved and an event whose work was taken over are looked at one upon the other, by two gateways."""
    panel = await today.staff("Ito", rooms=("r1",))
    await today.candidate(HANAKO)
    await panel.must("admit", interview=HANAKO.id)
    hall, now = today.hall, today.clock()
    seen = SeeJoined(HANAKO.id, "candidate", "worker", now, 1, "candidate", 1)
    await hall.execute(seen, actor="reactor", command_id="joined")
    own = Own(WorkerClient("/nowhere", SECRET))
    gateways = [Calling(today.gateway.house, own, Alone(own)) for _ in range(2)]
    interview, nobody = hall.state.interviews[HANAKO.id], frozenset[str]()
    looks = [one._catch_up(Place(hall, "r1"), interview, nobody) for one in gateways * 2]
    await asyncio.gather(*looks)
    for one in gateways:
        await one._catch_up(Place(hall, "r1"), hall.state.interviews[HANAKO.id], nobody)
    late = {"sub": f"candidate:{HANAKO.id}", "at": now, "seq": 7, "reason": "left"}
    await gateways[0]._note(own.worker, Place(hall, "r1"), late, came=False)
    entries = await today.gateway.house.book.read(EVENT, 0)
    assert [type(st.entry) for st in entries if isinstance(st.entry, Joined | Left)] == [Joined, Left]


# --- several gateways at one call ----------------------------------------------------------------------------------


class Recorder:
    """In the provider's place: whom a gateway lets in and puts out."""

    def __init__(self) -> None:
        self.did: list[tuple[str, str]] = []

    async def attach(self, _room: Room, person: Person) -> None:
        self.did.append(("in", person.sub))

    async def detach(self, _room: Room, person: Person, *, reason: str) -> None:
        assert reason
        self.did.append(("out", person.sub))


@pytest.mark.parametrize("heard", ["before", "while it reads"])
async def test_nobody_is_put_out_by_a_gateway_that_has_yet_to_read_of_their_admission(
    today: Day, monkeypatch: pytest.MonkeyPatch, heard: str
) -> None:
    """Another gateway lets in the next candidate, and the worker's word of it is quicker than the journal's. Whoever is
    known to have left the room goes all the same."""
    own = Own(WorkerClient("/nowhere", SECRET))
    calling, did = Calling(today.gateway.house, own, Alone(own)), Recorder()
    monkeypatch.setattr(calling, "provider", did)
    former, fresh = (Person(f"candidate:{name}", "candidate", "", 1, 1) for name in ("former", "next"))
    call, journal = call_of(EVENT, "r1"), {former.sub: former}
    calling._keep(call, former)
    if heard == "before":
        calling._keep(call, fresh)

    async def present() -> None:
        journal.clear()
        if heard == "before":
            journal[fresh.sub] = fresh
        else:
            calling._keep(call, fresh)

    monkeypatch.setattr(today.hall, "present", present)
    monkeypatch.setattr(calling, "_wanted", lambda *_: dict(journal))
    await calling.sync(today.hall, "r1")
    assert did.did == [("out", former.sub)]


# --- several gateways without media workers ----------------------------------------------------------------------


def test_of_several_gateways_with_their_own_workers_one_offers_the_built_in_room(tmp_path: Path) -> None:
    """The one that does what is done once; a gateway that uses the office's workers always does."""
    on_duty = False
    keys = SimpleNamespace(on_rotation=lambda _: None)
    settings, duties = Settings.for_demo(tmp_path), SimpleNamespace(mine=lambda: on_duty)
    house: Any = SimpleNamespace(settings=settings, keys=keys, now=lambda: 0, duties=duties)
    own = Own(WorkerClient("/nowhere", SECRET))
    ours = Calling(house, own, Alone(own))
    found = Found([], SECRET, Tasks())
    theirs = Calling(house, found, Shared(found, LocalBeside()))
    assert (ours.serves, theirs.serves) == (False, True)
    with pytest.raises(Problem, match="media_not_shared"):
        Media({}, ours)._worker()
    on_duty = True
    assert Media({}, ours)._worker() is ours


# --- settings ------------------------------------------------------------------------------------------------------


def faults(media: dict[str, Any], base: Path) -> list[tuple[str, str]]:
    with pytest.raises(Faulty) as found:
        Settings.parse({"media": media}, base=base)
    return [(fault.path, fault.code) for fault in found.value.faults]


WORKERS = ["http://media-0.internal:9470", "http://genkan-media:9470"]


def test_the_settings_of_an_office_with_workers(tmp_path: Path) -> None:
    (tmp_path / "worker").write_text("sixteen letters and more\n")
    media = Settings.parse({"media": {"workers": WORKERS, "secret": {"file": "worker"}}}, base=tmp_path).media
    assert media.workers == tuple(WORKERS)
    assert media.worker_secret() == "sixteen letters and more"
    assert "sixteen" not in repr(media)
    assert Settings.parse({}, base=tmp_path).media.worker_secret() is None


@pytest.mark.parametrize(
    ("media", "expected"),
    [
        ({"workers": WORKERS}, ("media.secret", "missing")),
        ({"workers": ["http://media"], "secret": {"env": "X"}}, ("media.workers[0]", "no_port")),
        ({"workers": ["http://media:99999"], "secret": {"env": "X"}}, ("media.workers[0]", "no_port")),
        ({"workers": WORKERS, "secret": {"env": "X"}, "port": 40000}, ("media.port", "of_no_use")),
        ({"workers": WORKERS, "secret": {"env": "X"}, "advertise": ["192.0.2.1"]}, ("media.advertise", "of_no_use")),
    ],
)
def test_settings_that_cannot_work_are_named(tmp_path: Path, media: dict[str, Any], expected: tuple[str, str]) -> None:
    assert faults(media, tmp_path) == [expected]


@pytest.mark.parametrize("given", [[], "http://media:1", ["https://media:1"], ["http://a:b@media:1"], ["media:1"]])
def test_what_is_no_list_of_control_addresses_is_refused(tmp_path: Path, given: Any) -> None:
    paths = [path for path, _ in faults({"workers": given, "secret": {"env": "X"}}, tmp_path)]
    assert paths
    assert all(path.startswith("media.workers") for path in paths)


@pytest.mark.parametrize(("secret", "code"), [("", "secret_missing"), ("tiny", "secret_short")])
def test_a_secret_that_is_none_stops_the_start(tmp_path: Path, secret: str, code: str) -> None:
    media = Settings.parse({"media": {"workers": WORKERS, "secret": {"env": "OURS"}}}, base=tmp_path).media
    with pytest.raises(Faulty) as found:
        media.worker_secret({"OURS": secret})
    assert [fault.code for fault in found.value.faults] == [code]


# --- the command ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", ("192.0.2.1", None)),
        ("192.0.2.1:30401", ("192.0.2.1", 30401)),
        ("2001:db8::1", ("2001:db8::1", None)),
        ("[2001:db8::1]", ("2001:db8::1", None)),
        ("[2001:db8::1]:30401", ("2001:db8::1", 30401)),
    ],
)
def test_an_advertised_address_may_have_a_port_of_its_own(text: str, expected: tuple[str, int | None]) -> None:
    assert _advertised(text) == expected


@pytest.mark.parametrize(
    ("arguments", "secret", "said"),
    [
        ((), "", "GENKAN_WORKER_SECRET"),
        ((), "tiny", "secret_short"),
        (("--secret-file", "/nowhere"), SECRET, "secret_missing"),
        ((), SECRET, "--advertise"),
        (("--advertise", "media.example.jp"), SECRET, "--advertise"),
        (("--advertise", "192.0.2.1:0"), SECRET, "--advertise"),
        (("--advertise", "192.0.2.1", "--control", "9470"), SECRET, "--control"),
        (("--advertise", "192.0.2.1", "--host", "everywhere"), SECRET, "--host"),
        (("--advertise", "192.0.2.1", "--capacity", "3"), SECRET, "--capacity"),
    ],
)
def test_a_worker_that_cannot_work_does_not_start(
    arguments: tuple[str, ...],
    secret: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GENKAN_WORKER_SECRET", secret)
    assert invoke(["media", "--control", f"{HOST}:{a_free_port()}", *arguments]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert not secret or secret not in told


def test_the_secret_is_gone_from_the_environment_once_it_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENKAN_WORKER_SECRET", SECRET)
    assert invoke(["media"]) == 2
    assert "GENKAN_WORKER_SECRET" not in os.environ
