"""The end of what is personal: nothing is left in any file, the record still proves itself, a hold stops it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.app import running
from gateway.config import Settings
from gateway.house import House
from gateway.operations import run
from gateway.problems import Problem
from gateway.retention import Retention
from tests.support.samples import NOW, csv_bytes, encoded, event_document, roster_row
from waiting_room import commands as c
from waiting_room.errors import Refused
from waiting_room.journal.port import Unavailable

EVENT = "test-2026"
DAY = 24 * 3600 * 1_000_000
AFTER = NOW + 32 * DAY  # retention_days is 30
NAMES = ("山田 花子", "鈴木 一郎")
MAIL, PHONE, TYPED, WORDS, REASON = (
    "hanako@kita.example",
    "000-999-8888",
    "1001甲",
    "十分ほど遅れます",
    "審査請求のため",
)
ROWS = [
    roster_row("1001", 氏名=NAMES[0], メールアドレス=MAIL, 電話番号=PHONE),
    roster_row("1002", 氏名=NAMES[1], 開始時刻="10:20"),
]


class Clock:
    now = NOW

    def __call__(self) -> int:
        return self.now


@asynccontextmanager
async def at(directory: Path, clock: Clock) -> AsyncIterator[House]:
    async with House.open(Settings.for_demo(directory), clock=clock) as house:
        yield house


async def a_day(house: House) -> dict[str, str]:
    """An event with what people typed and wrote; number -> interview."""
    await run(house, "event-create", {"file": event_document(policy={"retention_days": 30})})
    await run(house, "roster-import", {"event": EVENT, "csv": encoded(csv_bytes(ROWS))})
    await run(house, "staff-link", {"event": EVENT, "name": "青木 恵子", "role": "interviewer", "rooms": ["r1"]})
    hall = house.halls[EVENT]
    found = {str(row["number"]): key for key, row in hall.people.roster.items()}
    first = found["1001"]
    day: tuple[c.Command, ...] = (
        c.OpenLink(first, "browser-abc", "personal"),
        c.GiveNotice(first, "late", 10, {"text": WORDS}),
        c.RaiseClaim("claim1", "browser-abc", "number_unknown", None, "r1", {"number": TYPED, "name": NAMES[0]}),
        c.SettleClaim("claim1", True, first),
        c.SendMessage({"text": "皆さまへ"}, room="r1"),
    )
    for n, command in enumerate(day):
        hall._clock = lambda: hall.state.interviews[first].starts_at - 60_000_000
        await hall.execute(command, actor=f"candidate:{first}", command_id=f"day-{n}")
    hall._clock = house.clock
    return found


async def purge(house: House) -> dict[str, Any]:
    (found,) = (await run(house, "retention-run", {}))["events"]
    return dict(found)


async def needles(house: House, keys: Path) -> list[bytes]:
    """Everything that must not be found: what people are called, keys, and every ciphertext."""
    journal, head = house.book.journal, house.halls[EVENT].state.head
    bodies = list((await journal.private(EVENT, range(1, head + 1))).values())
    for collection in ("roster", "staff", "settings", "links"):
        bodies += (await journal.documents(EVENT, collection)).values()
    key = await asyncio.to_thread((keys / "events" / f"{EVENT}.key").read_bytes)
    words = [word.encode() for word in (*NAMES, MAIL, PHONE, TYPED, WORDS, REASON, "青木 恵子")]
    return [*words, key, *(body[:24] for body in bodies), *(body[-24:] for body in bodies)]


def found_in(directory: Path, wanted: list[bytes]) -> list[str]:
    contents = {file: file.read_bytes() for file in directory.rglob("*") if file.is_file()}
    return [file.name for file, raw in contents.items() for one in wanted if one in raw]


async def test_after_a_purge_nothing_is_found_in_any_file_and_the_record_still_proves_itself(tmp_path: Path) -> None:
    clock = Clock()
    async with at(tmp_path, clock) as house:
        await a_day(house)
        before = await run(house, "verify", {"event": EVENT})
        wanted = await needles(house, house.settings.keys_dir)
        assert len(await asyncio.to_thread(found_in, tmp_path, wanted)) > 10  # the search does find
        clock.now = NOW + 29 * DAY
        assert (await purge(house))["stage"] == "kept"
        clock.now = AFTER
        hall = house.halls[EVENT]
        done = await purge(house)
        assert (done["stage"], done["interviews"], done["verdicts"]) == ("purged", 2, before["verdicts"])
        assert house.halls.get(EVENT) is None
        assert (hall.people.roster, hall.people.settings, hall.drawn) == ({}, {}, {})
        assert await asyncio.to_thread(found_in, tmp_path, wanted) == []
        after = await run(house, "verify", {"event": EVENT})
        assert (after["ok"], after["verdicts"], after["unsealed"]) == (True, before["verdicts"], 1)
        head = (await house.book.head(EVENT)).position
        assert (await purge(house))["stage"] == "purged"
        assert (await house.book.head(EVENT)).position == head  # nothing more to do
    async with at(tmp_path, clock) as house:
        assert house.halls.get(EVENT) is None
        assert (await refused(house, "event-show")).code == "unknown_event"
        assert (await run(house, "retention-run", {"dry_run": True}))["events"][0]["stage"] == "purged"
    assert await asyncio.to_thread(found_in, tmp_path, wanted) == []


async def test_a_hold_on_the_event_stops_it_until_it_is_lifted_and_its_reason_is_private(tmp_path: Path) -> None:
    clock = Clock()
    async with at(tmp_path, clock) as house:
        await a_day(house)
        await run(house, "hold", {"event": EVENT, "on": True, "reason": REASON})
        clock.now = AFTER
        assert (await purge(house))["stage"] == "held"
        assert house.halls[EVENT].people.roster
        bodies = b"".join(row.body for row in await house.book.journal.read(EVENT, 0))
        assert REASON.encode() not in bodies
        await run(house, "hold", {"event": EVENT, "on": False, "reason": "終了"})
        assert (await purge(house))["stage"] == "purged"


async def test_a_person_on_hold_is_all_that_is_kept_and_can_be_disclosed_until_the_hold_ends(tmp_path: Path) -> None:
    clock = Clock()
    async with at(tmp_path, clock) as house:
        found = await a_day(house)
        first, second = found["1001"], found["1002"]
        await run(house, "hold", {"event": EVENT, "interview": first, "on": True, "reason": REASON})
        wanted = await needles(house, house.settings.keys_dir)
        open_record = (await disclose(house, first))["record"]
        clock.now = AFTER
        done = await purge(house)
        assert (done["stage"], done["kept"]) == ("purged", (first,))
        assert await asyncio.to_thread(found_in, tmp_path, wanted) == []
        assert (await run(house, "verify", {"event": EVENT}))["ok"]
        kept_record = (await disclose(house, first))["record"]
        assert kept_record["person"] == open_record["person"]
        told = [{k: v for k, v in one.items() if k != "by"} for one in kept_record["entries"]]
        assert told[: len(open_record["entries"])] == [
            {k: v for k, v in one.items() if k != "by"} for one in open_record["entries"]
        ]
        assert (await refused(house, "disclose", interview=second, reason="x")).code == "purged"
    async with at(tmp_path, clock) as house:
        boxes = list((await house.book.journal.documents(EVENT, "kept")).values())
        key = (house.settings.keys_dir / "events" / f"{EVENT}%3A{first}.key").read_bytes()
        wanted = [key, *(body[:24] for body in boxes)]
        await run(house, "hold", {"event": EVENT, "interview": first, "on": False, "reason": "終了"})
        done = await purge(house)
        assert (done["stage"], done["kept"]) == ("purged", ())
        assert await asyncio.to_thread(found_in, tmp_path, wanted) == []
        assert (await refused(house, "disclose", interview=first, reason="x")).code == "purged"
        with pytest.raises(Refused) as caught:
            await run(house, "hold", {"event": EVENT, "interview": first, "on": True, "reason": "x"})
        assert caught.value.code == "purged"
        assert (await run(house, "verify", {"event": EVENT}))["ok"]


async def test_a_disclosure_has_everything_of_one_person_in_words_and_no_device(tmp_path: Path) -> None:
    async with at(tmp_path, Clock()) as house:
        found = await a_day(house)
        answer = await disclose(house, found["1001"])
        text = json.dumps(answer, ensure_ascii=False)
        for known in (NAMES[0], MAIL, PHONE, TYPED, WORDS):
            assert known in text
        for other in (NAMES[1], "1002", "browser-abc", "青木", "皆さまへ"):
            assert other not in text
        sentences = [one["sentence"] for one in answer["record"]["entries"]]
        assert sentences[:2] == ["面接の予定が登録された", "リンクが開かれた"]
        last = (await house.book.read(EVENT, 0))[-1]
        assert getattr(last.entry, "kind", "") == "disclosed"
        assert (await house.book.private(EVENT, [last.offset]))[last.offset] == {"reason": REASON}
        assert (await refused(house, "disclose", interview="ivnobody", reason="x")).code == "unknown_interview"
        assert (await refused(house, "disclose", interview=found["1001"])).code == "invalid"


def test_every_kind_that_a_persons_stream_can_hold_has_words() -> None:
    from gateway.disclosurewords import KINDS
    from waiting_room.entries import KINDS as ALL

    of_others = {
        "event_created", "policy_changed", "provider_switched", "provider_down", "provider_up", "failover_declined",
        "check_confirmed", "service_gap", "hall_opened", "hall_closed", "sealed", "staff_admitted", "exported",
        "roster_imported", "purge_begun", "purged", "room_ready", "room_preparing", "room_paused", "room_resumed",
        "room_taken", "room_freed", "loss_accepted",
    }  # fmt: skip
    assert ALL.keys() - of_others <= KINDS.keys()


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("step", ["before", "rows", "keys"])
async def test_a_purge_that_was_interrupted_is_finished_at_the_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, *, held: bool
) -> None:
    clock = Clock()
    async with at(tmp_path, clock) as house:
        found = await a_day(house)
        if held:
            await run(house, "hold", {"event": EVENT, "interview": found["1001"], "on": True, "reason": REASON})
        wanted = await needles(house, house.settings.keys_dir)
        clock.now = AFTER
        with monkeypatch.context() as broken:
            _break(broken, house, step)
            assert (await purge(house))["stage"] == "interrupted"
        assert house.halls.get(EVENT) is None
    clock.now = NOW  # whatever the clock says by then
    async with at(tmp_path, clock) as house:
        assert house.halls.get(EVENT) is None
        done = await purge(house)
        assert (done["stage"], done["kept"]) == ("purged", (found["1001"],) if held else ())
        assert await asyncio.to_thread(found_in, tmp_path, wanted) == []
        if held:
            assert (await disclose(house, found["1001"]))["record"]["person"]["氏名"] == NAMES[0]
        assert (await run(house, "verify", {"event": EVENT}))["ok"]


def _break(broken: pytest.MonkeyPatch, house: House, step: str) -> None:
    """Have the purge fail at this step."""

    async def fails(*_: Any, **__: Any) -> None:
        raise Unavailable("the disk is full")

    if step == "before":
        broken.setattr(house.book, "purge", fails)
    elif step == "rows":
        broken.setattr(house.book.journal, "purge", fails)
    else:
        broken.setattr("gateway.closed.Closed.execute", fails)


async def test_a_gateway_that_runs_purges_by_itself_and_lets_everything_of_the_event_go(tmp_path: Path) -> None:
    clock = Clock()
    async with running(Settings.for_demo(tmp_path), clock=clock, worker=False, sockets=False) as gateway:
        house = gateway.house
        await a_day(house)
        assert EVENT in gateway.lives
        clock.now = AFTER
        await Retention(house).run(actor="reactor")
        await asyncio.sleep(0.05)
        for parts in (gateway.lives, gateway.reactors, gateway.agendas, gateway.sealings, gateway.tickets):
            assert EVENT not in parts
        names = {task.get_name() for task in asyncio.all_tasks()}
        assert not [name for name in names if name.endswith(f":{EVENT}")]
        assert "retention" in names


async def test_nothing_else_happens_in_an_event_that_is_being_purged(tmp_path: Path) -> None:
    clock = Clock()
    async with at(tmp_path, clock) as house:
        found = await a_day(house)
        hall = house.halls[EVENT]
        with pytest.raises(Refused) as caught:
            await hall.execute(c.BeginPurge(), actor="cli", command_id="too-soon")
        assert caught.value.code == "not_due"
        clock.now = AFTER
        await hall.execute(c.BeginPurge(), actor="cli", command_id="begin")
        for command in (c.CheckInByStaff(found["1001"], AFTER), c.SetHold(True), c.RecordExport("attendance")):
            with pytest.raises(Refused) as caught:
                await hall.execute(command, actor="cli", command_id=f"late-{type(command).__name__}")
            assert caught.value.code == "purged"


async def disclose(house: House, interview: str) -> dict[str, Any]:
    return await run(house, "disclose", {"event": EVENT, "interview": interview, "reason": REASON})


async def refused(house: House, name: str, **args: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await run(house, name, {"event": EVENT, **args})
    return caught.value
