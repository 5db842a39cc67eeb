"""A Redis that was restored from an older state, emptied, or forked at equal length, under running gateways or while
none ran: nothing is written to the event, staff are told what is missing, and an administrator decides."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.house import House
from gateway.operations import run
from gateway.problems import Problem
from tests.support.day import Answer, Browser, Entrant
from tests.support.fleet import AGAIN, Fleet, fleet
from waiting_room.entries import CheckedIn, LossAccepted, ServiceGap

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

HANAKO = Entrant("ivaaaaaaaaaaaa", "A-1001", "青葉 花子", due=-1)
TARO = Entrant("ivbbbbbbbbbbbb", "A-1002", "渡邉 太郎", due=-1)
JIRO = Entrant("ivcccccccccccc", "A-1003", "髙橋 次郎", room="r2", due=-1)
WITHIN = 30.0  # seconds, on a busy machine


@dataclass
class Office:
    """Two gateways, an administrator at each, and links of three candidates."""

    ships: Fleet
    links: dict[str, str]
    admins: tuple[Browser, Browser]

    async def seat(self, entrant: Entrant) -> Answer:
        """Whether they are let in, at the second gateway."""
        page = self.ships.browser(self.ships.ships[1])
        entered = await page.enter(link=self.links[entrant.id])
        if entered.status != 200:
            return entered
        agreed = await page.do("consent", notice="n1")
        if agreed.status != 200:
            return agreed
        return await page.do("check-in", number=entrant.number, name=entrant.name)

    async def stop_redis(self) -> None:
        await asyncio.to_thread(self.ships.server.kill)

    def copy(self, name: str) -> None:
        """The store's file, as a backup has it."""
        shutil.copytree(self.ships.server.directory / "appendonlydir", self.ships.folder / name)

    async def restore(self, name: str) -> None:
        """The backup in place of what is there."""
        await self.stop_redis()
        there = self.ships.server.directory / "appendonlydir"
        shutil.rmtree(there)
        shutil.copytree(self.ships.folder / name, there)
        await asyncio.to_thread(self.ships.server.start)

    async def told(self) -> dict[str, Any]:
        """What both administrators see is missing."""
        async with asyncio.timeout(WITHIN):
            while True:
                seen = [await self._loss(admin) for admin in self.admins]
                if seen[0] == seen[1]:  # one of them may have known an entry more, until the other hears of it
                    return seen[0]
                await asyncio.sleep(AGAIN)

    @staticmethod
    async def _seen(admin: Browser) -> dict[str, Any]:
        """Their view. Before a gateway has found out what is missing, and while it reads what is there, it has none
        that is sure to be right, and says so."""
        while (answer := await admin.get(f"/api/s/{admin.sid}/view?have=&wait=0")).status != 200:
            assert (answer.status, answer.code) == (503, "store")
            await asyncio.sleep(AGAIN)
        view: dict[str, Any] = answer.body["view"]
        return view

    async def _loss(self, admin: Browser) -> dict[str, Any]:
        while "loss" not in (view := await self._seen(admin)):  # noqa: ASYNC110 - another process
            await asyncio.sleep(AGAIN)
        assert view["store"] == "lost"
        found: dict[str, Any] = view["loss"]
        return found

    async def well(self) -> None:
        async with asyncio.timeout(WITHIN):
            for admin in self.admins:
                while "store" in await self._seen(admin):  # noqa: ASYNC110 - another process
                    await asyncio.sleep(AGAIN)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with fleet(tmp_path, 2) as ships:
        links = await ships.event((HANAKO, TARO, JIRO))
        link = await ships.staff_link("administrator", ())
        admins = ships.browser(ships.ships[0]), ships.browser(ships.ships[1])
        for admin in admins:
            assert (await admin.enter(link=link)).status == 200
        yield Office(ships, links, admins)


async def test_a_redis_restored_from_an_older_state_stops_writing_until_it_is_accepted(office: Office) -> None:
    assert (await office.seat(HANAKO)).body["result"] == "seated"
    hanako, reception = office.ships.browser(office.ships.ships[1]), office.ships.browser()
    assert (await hanako.enter(link=office.links[HANAKO.id])).status == 200
    assert (await reception.enter(link=await office.ships.staff_link("reception", ()))).status == 200
    before, _ = await office.ships.journal()
    office.copy("older")
    assert (await office.seat(TARO)).body["result"] == "seated"
    after, _ = await office.ships.journal()
    await office.restore("older")
    loss = await office.told()
    assert not loss["gone"]
    assert loss["offset"] >= after[-1].offset
    assert loss["kept"] >= before[-1].offset
    assert loss["missing"] == loss["offset"] - loss["kept"] >= 3
    assert loss["at"] >= after[-1].at // 1000
    refused = await office.seat(JIRO)
    assert (refused.status, refused.code) == (503, "journal_lost")
    shown = await hanako.see()
    assert (shown["store"], shown["missing"], "loss" in shown) == ("lost", True, False)
    lost = (await office.admins[1].must("loss-show"))["missing"]
    (taro,) = lost["interviews"]
    assert (taro["interview"], taro["number"], taro["name"]) == (TARO.id, TARO.number, TARO.name)
    assert (taro["before"], taro["now"]) == ("waiting", "expected")
    assert lost["event"] + lost["rooms"] + taro["entries"] + lost["unknown"] == loss["missing"]
    other = await office.admins[0].do("loss-accept", offset=loss["offset"] - 1, reason="x")
    assert (other.status, other.code) == (409, "moved_on")
    assert (await reception.do("loss-accept", offset=loss["offset"], reason="x")).code == "forbidden"
    await office.admins[0].must("loss-accept", offset=loss["offset"], reason="バックアップから戻した")
    await office.well()
    assert (await office.seat(JIRO)).body["result"] == "seated"
    assert (await office.seat(TARO)).body["result"] == "seated", "who was lost checks in again"
    journal, report = await office.ships.journal()
    assert report["ok"], report["fault"]
    (decided,) = (st for st in journal if isinstance(st.entry, LossAccepted))
    assert isinstance(decided.entry, LossAccepted)
    assert (decided.entry.kept, decided.entry.offset) == (loss["kept"], loss["offset"])
    assert decided.actor.startswith("staff:")
    (gap,) = (st.entry for st in journal if isinstance(st.entry, ServiceGap))
    assert gap.from_at // 1000 == loss["kept_at"]
    again = await office.admins[0].do("loss-accept", offset=loss["offset"], reason="x")
    assert again.code == "nothing_lost"


async def test_entries_that_come_back_settle_it_without_anybody(office: Office) -> None:
    office.copy("older")
    assert (await office.seat(HANAKO)).body["result"] == "seated"
    await office.stop_redis()
    office.copy("right")
    await asyncio.to_thread(office.ships.server.start)
    await office.restore("older")
    await office.told()
    await office.restore("right")
    await office.well()
    assert (await office.seat(TARO)).body["result"] == "seated"
    journal, report = await office.ships.journal()
    assert report["ok"], report["fault"]
    assert not [st for st in journal if isinstance(st.entry, LossAccepted)]
    assert len([st for st in journal if isinstance(st.entry, CheckedIn)]) == 2


async def test_a_redis_that_was_emptied_has_nothing_to_go_on_with(office: Office) -> None:
    assert (await office.seat(HANAKO)).body["result"] == "seated"
    journal, _ = await office.ships.journal()
    office.ships.server.ask("FLUSHALL")
    loss = await office.told()
    assert (loss["gone"], loss["kept"], loss["missing"]) == (True, 0, loss["offset"])
    assert loss["offset"] >= journal[-1].offset
    assert (await office.seat(TARO)).code == "journal_lost"
    answer = await office.admins[1].do("loss-accept", offset=loss["offset"], reason="x")
    assert (answer.status, answer.code) == (409, "journal_gone")


async def test_a_fork_of_equal_length_is_told_from_the_entry_where_it_begins(office: Office) -> None:
    """Somebody worked on the backup: as many entries, but others."""
    await quiet(office)
    office.copy("older")
    older, _ = await office.ships.journal()
    await office.ships.staff_link("reception", ())
    await office.ships.staff_link("reception", ())
    await quiet(office)
    known, _ = await office.ships.journal()
    for ship in office.ships.ships:
        ship.signal(signal.SIGSTOP)
    await office.restore("older")
    for _ in range(known[-1].offset - older[-1].offset):
        await office.ships.staff_link("interviewer", ("r2",))
    forked, _ = await office.ships.journal()
    assert forked[-1].offset == known[-1].offset
    for ship in office.ships.ships:
        ship.signal(signal.SIGCONT)
    loss = await office.told()
    assert (loss["kept"], loss["offset"]) == (older[-1].offset, known[-1].offset)
    assert (await office.seat(HANAKO)).code == "journal_lost"
    await office.admins[1].must("loss-accept", offset=loss["offset"], reason="x")
    await office.well()
    assert (await office.seat(HANAKO)).body["result"] == "seated"


async def quiet(office: Office) -> None:
    """Both gateways know the last entry, and it is a seal: nothing more comes by itself."""
    async with asyncio.timeout(WITHIN):
        while True:
            async with House.open(office.ships.settings) as house:
                await run(house, "attendance", {"event": "exam"})  # a record that leaves is sealed first
            journal, report = await office.ships.journal()
            if report["unsealed"] <= 1 and journal[-1].actor == "reactor":
                break
    for admin in office.admins:
        await admin.see()


async def test_a_redis_that_was_set_back_while_nobody_ran_is_noticed_at_the_start(office: Office) -> None:
    office.copy("older")
    assert (await office.seat(HANAKO)).body["result"] == "seated"
    for ship in office.ships.ships:
        ship.signal(signal.SIGTERM)
        assert await ship.ended() == 0
    await office.restore("older")
    for ship in office.ships.ships:
        await office.ships.launch(ship)
    loss = await office.told()
    assert loss["missing"] >= 2
    assert (await office.seat(TARO)).code == "journal_lost"
    async with House.open(office.ships.settings) as elsewhere:  # which has never known it
        with pytest.raises(Problem, match="nothing_lost"):
            await run(elsewhere, "loss-accept", {"event": "exam", "offset": loss["offset"], "reason": "x"})
    await office.admins[0].must("loss-accept", offset=loss["offset"], reason="x")
    await office.well()
    assert (await office.seat(TARO)).body["result"] == "seated"
