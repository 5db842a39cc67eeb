"""Days under a storm: three gateways on one Redis, and one gateway on its file, with people who go through it as
browsers would. Afterwards the journal alone is asked.

    GENKAN_CHAOS_SEED=17 pytest tests/chaos/test_chaos.py

has each gateway, the store and each line meet the very faults of that seed, in their order (tests/support/storm.py).
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.bundle.checking import check
from gateway.config import Settings
from gateway.house import House
from gateway.operations import run
from providers.webrtc.client import WorkerError
from tests.support.day import FILE, MINUTE, Entrant, row_of
from tests.support.fleet import AGAIN, Ship, ready
from tests.support.ports import a_free_port
from tests.support.storm import (
    CABLE,
    DOOR,
    FILE_STORE,
    GATEWAY,
    ONLY_DOOR,
    STORE,
    WORKER,
    Fault,
    Harbour,
    Storm,
    harbour,
    schedule,
)
from tests.support.talk import PANEL, Meetings
from tests.support.throng import Candidate, interviewer, onlooker, panel, reception
from tests.support.throng_pages import OVER, Heard, Page, rank
from waiting_room.commands import ImportRoster, Slot
from waiting_room.deadlines import deadlines
from waiting_room.entries import AdmissionLapsed, Admitted, Called, CheckedIn, Finished, Overdue, RoomTaken, Stamped
from waiting_room.event import Event

pytestmark = [pytest.mark.process, pytest.mark.timeout(240)]

SEED = int(os.environ.get("GENKAN_CHAOS_SEED", "20261126"))
FAULTS, FEWER = 200, 20  # at least, that came about: at several gateways, and at one
GATEWAYS = ("g1", "g2", "g3")
WAYS = ("plain", "reload", "late", "another_device", "calls_off", "second_tab", "comes_back", "stays_away")
ONLOOKERS = 2
CALM = 30.0  # seconds in which all is well again after the last fault
DAY = 150.0  # seconds that everybody together may take; 70 on a free machine


# --- who there is --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cast:
    """The people of a day in so many rooms."""

    candidates: tuple[Candidate, ...]
    interviewers: tuple[str, ...]  # links; two for each room
    reception: str
    meetings: Meetings | None  # of conversations in the built-in room

    def of(self, *ways: str) -> frozenset[str]:
        return frozenset(one.entrant.id for one in self.candidates if one.way in ways)

    @property
    def seated(self) -> frozenset[str]:
        return self.of(*WAYS) - self.of("calls_off", "stays_away")


def entrants(rooms: Sequence[str]) -> list[tuple[Entrant, str]]:
    """Everybody's time has come. Who stays away is overdue; who comes ``late`` is so a minute from now, not sooner."""
    due = {"stays_away": -15.0, "late": -9.0}
    return [
        (
            Entrant(f"iv{room}{n}".ljust(14, "a"), f"{room}-{n:04d}", f"受験 {room}{n}", "", room, due.get(way, -3.0)),
            way,
        )
        for room in rooms
        for n, way in enumerate(WAYS)
    ]


async def lay_out(settings: Settings, rooms: Sequence[str], faults: int, *, built_in: bool) -> Cast:
    """The event, its roster and its links; candidates come from its beginning until three quarters of the faults."""
    named = [{"id": room, "name": {"ja": room, "en": room}} for room in rooms]
    async with House.open(settings) as house:
        provider = "webrtc" if built_in else "scripted"
        await run(house, "event-create", {"file": {**FILE, "rooms": named, "provider": provider}})
        hall, now, people = house.halls["exam"], house.now(), entrants(rooms)
        slots = tuple(Slot(e.id, e.room, now + int(e.due * MINUTE), now + 20 * MINUTE) for e, _ in people)
        documents = [("roster", e.id, row_of(e)) for e, _ in people]
        await hall.execute(ImportRoster(slots), actor="cli", command_id="roster", documents=documents)

        async def link(role: str, of: Sequence[str]) -> str:
            asked = {"event": "exam", "name": "係", "role": role, "rooms": list(of)}
            return str((await run(house, "staff-link", asked))["link"]).partition("#")[2]

        meetings, apart = Meetings(), 0.75 * faults / len(WAYS)
        candidates = tuple(
            Candidate(e, house.links.invite_token("exam", e.id), way, int(n % len(WAYS) * apart), meetings)
            for n, (e, way) in enumerate(people)
        )
        staff = [await link("interviewer", [room]) for room in rooms for _ in range(2)]
        return Cast(candidates, tuple(staff), await link("reception", []), meetings if built_in else None)


async def go_through_it(origin: str, cast: Cast, storm: Storm, heard: Heard) -> None:
    """Everybody, until each page has come to rest by itself."""
    pages: list[Page] = []

    def page(name: str) -> Page:
        pages.append(Page(origin, name, SEED, heard))
        return pages[-1]

    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(storm.rage())
            for one in cast.candidates:
                if one.way != "stays_away":
                    tasks.create_task(one.live(page(one.entrant.id), page(f"{one.entrant.id}:other"), storm))
            for number, link in enumerate(cast.interviewers):
                tasks.create_task(interviewer(page(f"interviewer{number}"), link, storm, cast.meetings))
            if cast.meetings is not None:
                for number, link in enumerate(cast.interviewers[::2]):
                    tasks.create_task(panel(page(f"panel{number}"), link, f"r{number + 1}", cast.meetings))
            for number in range(ONLOOKERS):
                tasks.create_task(onlooker(page(f"onlooker{number}"), cast.reception, storm))
            away, off = cast.of("stays_away"), cast.of("calls_off")
            tasks.create_task(reception(page("reception"), cast.reception, away, off))
    finally:
        for each in pages:
            await each.close()


# --- the days ------------------------------------------------------------------------------------------------------


def lanes(harbour: Harbour) -> dict[str, list[Fault]]:
    """Each process, each line and the store has its own; another kind of process is one more berth in ``processes``."""
    weathers = dict.fromkeys(harbour.processes, GATEWAY if harbour.server else FILE_STORE)
    weathers |= dict.fromkeys((lane for lane in harbour.processes if lane.startswith("worker")), WORKER)
    weathers |= {f"door {name}": DOOR if harbour.server else ONLY_DOOR for name in harbour.doors}
    weathers |= {f"cable {name}": CABLE for name in harbour.cables}
    if harbour.server is not None:
        weathers["store"] = STORE
    return {lane: schedule(SEED, lane, weather) for lane, weather in weathers.items()}


def settings_of(document: Mapping[str, Any]) -> Settings:
    return replace(Settings.parse(document, base=Path("/")), demo=True)  # with the provider that carries nobody


async def weather_it(ports: Harbour, settings: Settings, rooms: Sequence[str], least: int) -> tuple[Cast, Heard]:
    """A day in these rooms, told when it fails. At the end every gateway has ended in order."""
    storm, heard = Storm(ports, lanes(ports)), Heard()
    try:
        cast = await lay_out(settings, rooms, least, built_in=bool(ports.workers))
        async with asyncio.timeout(DAY), ports.manned():
            await all_ready(ports)
            await go_through_it(ports.origin, cast, storm, heard)
            await all_ready(ports)
            await each_call_is_at_one_worker(ports)
        assert [berth.codes[-1] for berth in ports.berths] == [0] * len(ports.berths), "a gateway did not end in order"
        assert storm.applied >= least, storm.done
        assert not ports.workers or {"worker m kill", "worker m stop"} <= storm.done.keys(), storm.done
    except BaseException:
        print(told(ports, storm))  # noqa: T201 - what a failure is found by
        raise
    talks = cast.meetings.joined if cast.meetings is not None else 0
    print(  # noqa: T201 - figures of the issue
        f"seed {SEED}: {storm.applied} faults {dict(storm.done)}; {heard.requests} requests, {heard.retried} again,"
        f" {heard.lines} lines; {talks} times in a call;"
        f" gateways started {sum(len(berth.codes) for berth in ports.berths)} times"
    )
    return cast, heard


async def all_ready(ports: Harbour) -> None:
    async with asyncio.timeout(CALM), aiohttp.ClientSession() as http:
        for berth in ports.berths:
            assert isinstance(berth.ship, Ship)
            while not await ready(http, berth.ship):  # noqa: ASYNC110 - another process
                await asyncio.sleep(AGAIN)


async def each_call_is_at_one_worker(ports: Harbour) -> None:
    """Once it is calm: what a worker found when it was awake again has ended there."""
    async with asyncio.timeout(CALM):
        while True:
            with suppress(WorkerError):
                calls = [call for worker in ports.workers for call in await worker.calls()]
                if len(calls) == len(set(calls)):
                    return
            await asyncio.sleep(AGAIN)


def told(ports: Harbour, storm: Storm) -> str:
    processes = ports.processes.items()
    logs = [f"--- {lane}, ended {berth.codes}\n" + "\n".join(berth.lines) for lane, berth in processes]
    again = f"GENKAN_CHAOS_SEED={SEED} replays: {storm.applied} faults so far, the last:"
    return "\n".join([again, *storm.story, *logs])


async def test_a_day_at_three_gateways_on_one_redis(tmp_path: Path) -> None:
    """At least two hundred faults under thirty people, who talk in the built-in room at two media workers: nothing that
    was answered is lost, nothing happened twice, and whoever is in a conversation hears the other and nobody else."""
    rooms = ("r1", "r2", "r3")
    async with harbour(tmp_path, GATEWAYS, redis=True, workers=2) as ports:
        assert ports.server is not None
        settings = settings_of(ports.document("cli", ports.server.url, a_free_port()))
        cast, heard = await weather_it(ports, settings, rooms, FAULTS)
        await the_journal_holds(settings, cast, heard)


async def test_a_day_at_one_gateway_on_its_file(tmp_path: Path) -> None:
    """The same with SQLite: the gateway killed and stopped, its disk full, its lines bad."""
    async with harbour(tmp_path, ("g1",), redis=False) as ports:
        (berth,) = ports.berths
        assert isinstance(berth.ship, Ship)
        settings = settings_of(berth.ship.settings)
        cast, heard = await weather_it(ports, settings, ("r1", "r2"), FEWER)
        await the_journal_holds(settings, cast, heard)


# --- what has to hold afterwards -----------------------------------------------------------------------------------


async def the_journal_holds(settings: Settings, cast: Cast, heard: Heard) -> None:
    async with House.open(settings) as house:
        journal: list[Stamped] = []
        while page := await house.book.read("exam", len(journal)):
            journal += page
        report = await run(house, "verify", {"event": "exam"})
        assert report["ok"], report["fault"]
        record = await run(house, "attendance", {"event": "exam"})
        bundle = await run(house, "export", {"event": "exam"})
    await a_bundle_of_it_proves_itself(bundle)
    event = Event.replay(journal)
    once_each(journal, cast)
    never_two_in_a_room(journal)
    nothing_answered_is_missing(journal, event, heard)
    nobody_was_overdue_too_soon(journal)
    everybody_came_to_rest(event, record["rows"], cast, heard)
    if cast.meetings is not None:
        assert cast.meetings.heard == {interview: {interview, PANEL} for interview in cast.seated}


async def a_bundle_of_it_proves_itself(answer: Mapping[str, Any]) -> None:
    found = await check(base64.b64decode(answer["bundle"]), [answer["record_key"]])
    assert found.ok, found.flaw
    assert found.trusted


def of(journal: Sequence[Stamped], kind: type) -> list[Stamped]:
    return [st for st in journal if isinstance(st.entry, kind)]


def once_each(journal: Sequence[Stamped], cast: Cast) -> None:
    """One check-in, one call, one admission, one end for whoever came; none for anybody else."""
    for kind in (CheckedIn, Called, Admitted, Finished):
        counted = Counter(st.stream.removeprefix("i:") for st in of(journal, kind))
        assert counted == dict.fromkeys(cast.seated, 1), kind
    assert not of(journal, AdmissionLapsed)


def never_two_in_a_room(journal: Sequence[Stamped]) -> None:
    """At any offset; and a room is taken only when it is free."""
    event = Event()
    for st in journal:
        if isinstance(st.entry, RoomTaken):
            assert event.rooms[st.stream.removeprefix("r:")].taken_by is None, st
        event.apply(st)
        inside = Counter(i.room for i in event.interviews.values() if i.in_room)
        assert all(count == 1 for count in inside.values()), (st.offset, inside)


def nothing_answered_is_missing(journal: Sequence[Stamped], event: Event, heard: Heard) -> None:
    """Commands that were accepted, each an entry, and no entry more; and the arrival times that pages showed."""
    kinds = {kind for kind, _ in heard.once}
    written = Counter(
        (kind, st.stream.removeprefix("i:")) for st in journal if (kind := getattr(st.entry, "kind", "")) in kinds
    )
    assert written == heard.once
    for interview, shown in heard.arrivals.items():
        arrival = event.interviews[interview].arrival
        assert arrival is not None
        assert shown == {arrival.at // 1000}, "the arrival time moved"


def nobody_was_overdue_too_soon(journal: Sequence[Stamped]) -> None:
    """By the store's clock, whatever the gateways' own say."""
    event = Event.replay(journal)
    for st in of(journal, Overdue):
        interview = event.interviews[st.stream.removeprefix("i:")]
        after = deadlines(interview, event.policy, event.pauses_of(interview)).absent_after
        assert after is not None
        assert st.at > after, f"{interview.id} was overdue {(after - st.at) / 1e6:.1f} s before the time"


def everybody_came_to_rest(event: Event, record: Sequence[Mapping[str, Any]], cast: Cast, heard: Heard) -> None:
    """The page, the state, and one line of the record each."""
    assert Counter(line["id"] for line in record) == {one.entrant.id: 1 for one in cast.candidates}
    ends = {"calls_off": "cancelled", "stays_away": "absent"}
    for one in cast.candidates:
        end = ends.get(one.way, "finished")
        assert event.interviews[one.entrant.id].phase == end, one
        assert heard.ended.get(one.entrant.id, "absent") == end, one
        assert rank(end) == OVER
