"""``genkan migrate``: the journals of a file in Redis, whole, whatever dies on the way."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway.cli import invoke
from gateway.config import Settings
from gateway.house import House
from gateway.operations import run
from tests.support.day import FILE, MINUTE, Entrant, row_of
from tests.support.hatchery import hatchery
from tests.support.redis_server import RedisServer
from waiting_room.commands import ImportRoster, Slot
from waiting_room.journal.port import Row
from waiting_room.journal.redis import RedisJournal
from waiting_room.journal.sqlite import SqliteJournal

EVENTS = ("exam", "second")
KILLED = -9
EXCHANGES = range(1, 12)  # with Redis: all of one event, and the first of the next


@dataclass
class Place:
    """A data directory with two events, and settings that name a Redis."""

    folder: Path
    server: RedisServer
    capture: pytest.CaptureFixture[str]

    @property
    def config(self) -> Path:
        return self.folder / "genkan.toml"

    def migrate(self) -> tuple[int, str, str]:
        self.capture.readouterr()
        code = invoke(["migrate", "--config", str(self.config)])
        said = self.capture.readouterr()
        return code, said.out, said.err

    def before(self) -> Settings:
        """The settings while the journals were in the file."""
        return replace(Settings.parse({"data_dir": "d"}, base=self.folder), demo=True)


@pytest.fixture
async def place(
    tmp_path: Path, server: RedisServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Place:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    made = Place(tmp_path, server, capsys)
    made.config.write_text(f'data_dir = "d"\n[journal]\nredis = "{server.url}"\n')
    async with House.open(made.before()) as house:
        for event in EVENTS:
            await run(house, "event-create", {"file": {**FILE, "id": event}})
            await fill(house, event)
    return made


async def fill(house: House, event: str, first: int = 0) -> None:
    """Ten candidates and three staff."""
    hall, now = house.halls[event], house.now()
    people = [Entrant(f"iv{n:02d}aaaaaaaaaa", f"A-{n:04d}", f"受験 {n}") for n in range(first, first + 10)]
    slots = tuple(Slot(e.id, e.room, now + 60 * MINUTE, now + 80 * MINUTE) for e in people)
    documents = [("roster", e.id, row_of(e)) for e in people]
    await hall.execute(ImportRoster(slots), actor="cli", command_id=f"roster{first}", documents=documents)
    for name in ("一", "二", "三"):
        await run(house, "staff-link", {"event": event, "name": name, "role": "interviewer", "rooms": ["r1"]})


async def rows_of(journal: SqliteJournal | RedisJournal, event: str) -> list[Row]:
    return list(await journal.read(event, 0))


async def must_be_moved(place: Place) -> None:
    """Everything is there as it was, to the last byte of what is private."""
    source = await SqliteJournal.open(place.before().journal_path)
    target = await RedisJournal.open(place.server.url)
    try:
        assert await target.events() == list(EVENTS)
        for event in EVENTS:
            rows = await rows_of(source, event)
            assert await rows_of(target, event) == rows
            offsets = [row.offset for row in rows]
            assert await target.private(event, offsets) == await source.private(event, offsets)
            assert await target.head(event) == await source.head(event)
            for collection in {one.collection for one in await source.all_documents(event)}:
                assert await target.documents(event, collection) == await source.documents(event, collection)
    finally:
        await source.close()
        await target.close()


async def test_everything_arrives_and_a_house_on_redis_goes_on(place: Place) -> None:
    code, out, err = await_free(place)
    assert code == 0, err
    assert [line.partition(":")[0] for line in out.splitlines()[:2]] == list(EVENTS)
    assert "exam: 0/" in err
    await must_be_moved(place)
    async with House.open(Settings.load(place.config)) as house:
        assert house.halls["exam"].people.roster["iv03aaaaaaaaaa"]["name"] == "受験 3"
        repeated = await house.halls["exam"].execute(
            ImportRoster(()), actor="cli", command_id="roster0", documents=[("roster", "x", {"name": "x"})]
        )
        assert repeated.repeated, "a command keeps its first answer"
        await fill(house, "exam", first=10)
        assert (await run(house, "verify", {"event": "exam"}))["ok"]


def await_free(place: Place) -> tuple[int, str, str]:
    """The command line has a loop of its own, so it runs on a thread."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(place.migrate).result()


async def test_moved_again_it_says_that_all_is_there_already(place: Place) -> None:
    assert await_free(place)[0] == 0
    code, out, _ = await_free(place)
    assert (code, out.count("was there already")) == (0, 2)
    async with House.open(Settings.load(place.config)) as house:
        await fill(house, "exam", first=10)
    code, out, _ = await_free(place)
    assert (code, out.count("was there already")) == (0, 2), "it may have gone on there"


@pytest.mark.process
@pytest.mark.timeout(300)
async def test_killed_at_any_exchange_it_goes_on_when_it_is_run_again(place: Place) -> None:
    """Before the first, and after each: who dies before the next leaves what is left by who dies after the last."""
    async with hatchery("tests.support.dying_migration") as nest:
        for number, after in ((1, False), *((number, True) for number in EXCHANGES)):
            place.server.ask("FLUSHALL")
            child = await nest.hatch({"config": str(place.config), "die_at": number, "after": after})
            assert await child.ended == KILLED
            again = await nest.hatch({"config": str(place.config), "die_at": 0, "after": False})
            assert await again.ended == 0, number
            await must_be_moved(place)


async def test_until_all_of_it_is_there_no_gateway_sees_it(place: Place) -> None:
    async with hatchery("tests.support.dying_migration") as nest:
        child = await nest.hatch({"config": str(place.config), "die_at": 3, "after": True})
        assert await child.ended == KILLED
    async with House.open(Settings.load(place.config)) as house:
        assert len(house.halls) == 0


async def test_a_source_that_went_on_since_an_interrupted_move_is_moved_as_it_is_now(place: Place) -> None:
    async with hatchery("tests.support.dying_migration") as nest:
        child = await nest.hatch({"config": str(place.config), "die_at": 8, "after": True})
        assert await child.ended == KILLED
    async with House.open(place.before()) as house:
        await fill(house, "exam", first=10)
    assert await_free(place)[0] == 0
    await must_be_moved(place)


async def test_another_journal_of_the_same_event_is_left_alone(place: Place) -> None:
    async with House.open(Settings.load(place.config)) as house:
        position = await house.book.journal.create("exam")
    code, _, err = await_free(place)
    assert (code, "[target_differs]" in err) == (1, True)
    target = await RedisJournal.open(place.server.url)
    assert (await target.head("exam")).position == position
    await target.close()


async def test_a_source_with_a_fault_is_not_moved(place: Place) -> None:
    with sqlite3.connect(place.before().journal_path) as sql:
        sql.execute(
            "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'r1', 'r2') AS BLOB) WHERE id % 4294967296 = 2"
        )
    code, _, err = await_free(place)
    assert (code, "[not_whole]" in err) == (1, True)
    assert place.server.ask("DBSIZE") == b":0\r\n"


async def test_a_file_that_a_gateway_uses_is_refused(place: Place) -> None:
    journal = await SqliteJournal.open(place.before().journal_path)
    code, _, err = await_free(place)
    await journal.close()
    assert (code, "[locked]" in err) == (1, True)


def test_without_a_target_or_a_source_it_says_which(
    tmp_path: Path, server: RedisServer, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "genkan.toml"
    config.write_text("")
    assert invoke(["migrate", "--config", str(config)]) == 2
    config.write_text(f'[journal]\nredis = "{server.url}"\n')
    assert invoke(["migrate", "--config", str(config)]) == 1
    shutil.rmtree(tmp_path / "data", ignore_errors=True)
    said = capsys.readouterr().err
    assert "[no_target]" in said
    assert "[no_source]" in said


def test_the_answer_is_json_where_that_is_asked_for(place: Place) -> None:
    place.capture.readouterr()
    assert invoke(["migrate", "--config", str(place.config), "--json"]) == 0
    answer = json.loads(place.capture.readouterr().out)
    assert [(one["event"], one["already"]) for one in answer["events"]] == [(event, False) for event in EVENTS]
