"""What was under way when a gateway ended is taken up by the next one: deadlines, outages, seals, presence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from gateway.outages import Heartbeat
from tests.support.day import EVENT, HANAKO, JIRO, SECOND, Browser, Clock, Day, Entrant, day, row_of
from waiting_room.entries import AdmissionLapsed, Admitted, Finished, Sealed
from waiting_room.interview import Interview
from waiting_room.punctuality import verdict

LAPSES = 45  # seconds, the policy's ``arrival_wait``
SOON = Entrant("ivdddddddddddd", "A-1004", "木村 四郎", due=7)  # arrive-by in two minutes


class Life:
    """Gateways on one journal, one after the other, with one clock."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, Clock()

    def one(self, *entrants: Entrant) -> AbstractAsyncContextManager[Day]:
        return day(
            self.folder, clock=self.clock, journal=str(self.folder / "journal.sqlite"), entrants=entrants or (HANAKO,)
        )


def of(today: Day, entrant: Entrant) -> Interview:
    return today.hall.state.interviews[entrant.id]


async def until(today: Day, true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await today.hall.watch(today.hall.state.head)


async def kinds(today: Day, *wanted: type) -> list[type]:
    entries = await today.gateway.house.book.read(EVENT, 0)
    return [type(st.entry) for st in entries if isinstance(st.entry, wanted)]


async def called(today: Day) -> tuple[Browser, Browser]:
    """HANAKO's page and her panel's, she being called with her ticket ready."""
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await today.candidate(HANAKO)
    await panel.must("admit", interview=HANAKO.id)
    async with hanako.live() as line:
        await line.until(lambda v: v["phase"] == "admitting" and v["admission"]["ready"])
    return hanako, panel


async def moved(today: Day, seconds: float) -> None:
    """Time passes while the gateway is there."""
    today.clock.shift(seconds)
    for agenda in today.gateway.agendas.values():
        agenda.wake()


async def test_an_admission_has_its_whole_wait_again_after_an_outage_and_then_lapses_once(tmp_path: Path) -> None:
    """Nobody could follow the call while we were away; who is still not there afterwards is back on the same seat."""
    life = Life(tmp_path)
    async with life.one() as before:
        await called(before)
        arrival = of(before, HANAKO).arrival
    life.clock.shift(LAPSES + 10)
    async with life.one() as after:
        for _ in range(20):
            await asyncio.sleep(0)
        assert of(after, HANAKO).phase == "admitting"
        await moved(after, LAPSES + 1)
        await until(after, lambda: of(after, HANAKO).phase == "waiting")
        assert of(after, HANAKO).arrival == arrival
        assert after.hall.state.rooms["r1"].taken_by is None
        assert await kinds(after, Admitted, AdmissionLapsed) == [Admitted, AdmissionLapsed]


async def test_an_admission_has_its_whole_wait_again_after_the_store_was_away(tmp_path: Path) -> None:
    """The gateway was there, and could record no arrival."""
    async with Life(tmp_path).one() as today:
        _, panel = await called(today)
        contact = today.gateway.house.book.journal.contact
        contact.found(lost=True)
        today.clock.shift(LAPSES + 10)
        contact.found(lost=False)
        for _ in range(5):  # whatever the reactor found due has been recorded by then
            await panel.must("message", interview=HANAKO.id, text="お待ちください")
        assert of(today, HANAKO).phase == "admitting"
        await moved(today, LAPSES + 1)
        await until(today, lambda: of(today, HANAKO).phase == "waiting")
        assert await kinds(today, Admitted, AdmissionLapsed) == [Admitted, AdmissionLapsed]


async def test_a_finish_that_was_under_way_is_finished_when_its_time_is_over(tmp_path: Path) -> None:
    life = Life(tmp_path)
    async with life.one() as before:
        hanako, panel = await called(before)
        await hanako.must("pressed")
        await panel.must("finish", interview=HANAKO.id)
        closing = of(before, HANAKO).closing_until
        assert closing is not None
    async with life.one() as after:
        assert of(after, HANAKO).closing_until == closing
        await moved(after, (closing - after.clock()) / SECOND + 0.1)
        await until(after, lambda: of(after, HANAKO).phase == "finished")
        assert await kinds(after, Finished) == [Finished]
        assert after.hall.state.rooms["r1"].taken_by is None


async def test_a_finish_can_still_be_taken_back_after_a_restart(tmp_path: Path) -> None:
    life = Life(tmp_path)
    async with life.one() as before:
        hanako, panel = await called(before)
        await hanako.must("pressed")
        await panel.must("finish", interview=HANAKO.id)
        link = before.gateway.house.links.staff_token(EVENT, "stIto", 1)
    async with life.one() as after:
        again = after.browser()
        await again.enter(link=link)
        await again.must("finish-undo", interview=HANAKO.id)
        await moved(after, 20)
        assert of(after, HANAKO).phase == "in_session"
        assert of(after, HANAKO).closing_until is None


async def test_an_outage_of_seconds_over_a_deadline_excuses_too(tmp_path: Path) -> None:
    """Whoever checks in right after it could not have done so before; elsewhere a short restart leaves no entry."""
    life = Life(tmp_path)
    async with life.one(SOON) as before:
        due = of(before, SOON).starts_at - 300 * SECOND
        life.clock.ahead += due - life.clock() - 4 * SECOND
        Heartbeat(before.gateway.house).beat()
    life.clock.shift(8)
    async with life.one(SOON) as after:
        assert len(after.hall.state.gaps) == 1
        await after.candidate(SOON)
        found = verdict(of(after, SOON), after.hall.state.policy, after.hall.state.gaps, after.clock())
        assert found.code == "excused"
        Heartbeat(after.gateway.house).beat()
    life.clock.shift(8)
    async with life.one(SOON) as last:
        assert len(last.hall.state.gaps) == 1


async def test_every_end_leaves_the_whole_journal_sealed(tmp_path: Path) -> None:
    """Also when entries came in until the last moment."""
    life = Life(tmp_path)
    for _ in range(3):
        async with life.one() as today:
            browser = today.browser()
            await browser.enter(link=today.link(HANAKO.id))
            panel = await today.staff(f"S{life.clock()}", rooms=("r1",))
            for on in (True, False) * 5:
                await panel.must("hold", interview=HANAKO.id, on=on)
    async with life.one() as last:
        entries = await last.gateway.house.book.read(EVENT, 0)
        seals = [st for st in entries if isinstance(st.entry, Sealed)]
        held = [st.offset for st in entries if getattr(st.entry, "kind", "") == "held"]
        assert len(seals) >= 3
        newest = seals[-1].entry
        assert isinstance(newest, Sealed)
        assert newest.offset >= held[-1]


async def test_an_absence_that_was_withdrawn_is_proposed_again(tmp_path: Path) -> None:
    life = Life(tmp_path)
    async with life.one(JIRO) as today:
        panel = await today.staff("Mori", rooms=("r2",))
        await moved(today, 700)
        await until(today, lambda: of(today, JIRO).overdue_at is not None)
        await panel.must("no-show", interview=JIRO.id, reason="連絡なし")
        await panel.must("withdraw-no-show", interview=JIRO.id, reason="電話あり")
        await until(today, lambda: of(today, JIRO).overdue_at is not None)
        assert of(today, JIRO).phase == "expected"


async def test_after_a_purge_no_name_is_in_any_file_and_the_day_verifies(tmp_path: Path) -> None:
    """A whole day on disk, its key destroyed: every byte of the data directory is looked at."""
    life = Life(tmp_path)
    async with life.one(HANAKO, JIRO) as today:
        hanako, panel = await called(today)
        await panel.must("message", interview=HANAKO.id, text="まもなくお呼びします")
        await hanako.must("pressed")
        await panel.must("stop", interview=HANAKO.id, side="provider", reason="回線の障害でした")
        jiro = await today.candidate(JIRO, seated=False)
        await jiro.must("check-in", number="B-9999", name="別人 次郎")
        await jiro.must("help", reason="late", minutes=5, text="電車が遅れています")
    said = [
        "まもなくお呼びします",
        "回線の障害でした",
        "B-9999",
        "別人 次郎",
        "電車が遅れています",
        "/rehearsal/",
    ]
    for entrant in (HANAKO, JIRO):
        row = row_of(entrant)
        said += [str(row[key]) for key in ("number", "name", "kana", "email", "telephone", "note")]
    assert not _found(tmp_path, said), "readable on disk before anything was purged"
    async with life.one(HANAKO, JIRO) as today:
        house = today.gateway.house
        house.halls.close(EVENT)
        await house.book.purge(EVENT)
        report = await house.book.verify(EVENT, house.keys.record)
        assert report.ok, report.fault
        assert report.private_checked == 0
    assert not _found(tmp_path, said)


def _found(folder: Path, said: list[str]) -> list[tuple[str, str]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [(path.name, text) for path in files for text in said if text.encode() in path.read_bytes()]
