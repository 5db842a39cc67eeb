"""The live channel: the same views both ways, roles checked for each, and nobody held up by anybody."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence

import aiohttp
import pytest

from gateway.access import check
from gateway.look import view_of
from gateway.tasks import Tasks
from gateway.tokens import read_statement
from tests.support.day import HANAKO, JIRO, TARO, Day
from waiting_room.codec import canonical_json
from waiting_room.commands import AdmitStaff
from waiting_room.entries import Stamped
from waiting_room.journal.port import MAX_READ, Batch, Draft, Row, Unavailable

OPEN_AND_CLOSE = ("hall_opened", "hall_closed")


async def test_both_doors_show_the_same_view(today: Day) -> None:
    """A WebSocket and a long poll, for a candidate, a console and the administrator."""
    pages = [
        await today.candidate(HANAKO),
        await today.staff("Ito", rooms=("r1",)),
        await today.staff("Kanri", "administrator"),
    ]
    for page in pages:
        async with page.live() as line:
            shown = await line.until(lambda _: True)
            polled = await page.view()
            assert polled["view"] == shown
            assert polled["id"] == line.id


async def test_a_poll_waits_for_the_next_view(today: Day) -> None:
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await today.candidate(HANAKO)
    have = (await hanako.view())["id"]
    assert await hanako.view(have=have, wait=0) == {"t": "same"}
    assert await hanako.view(have=have, wait=0.05) == {"t": "same"}
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(hanako.view(have=have, wait=20))
        await panel.must("message", interview=HANAKO.id, text="もう少しお待ちください")
    frame = waiting.result()
    assert frame["view"]["messages"][0]["text"] == "もう少しお待ちください"


async def test_a_returning_page_that_has_the_present_view_is_told_nothing(today: Day) -> None:
    hanako = await today.candidate(HANAKO)
    have = (await hanako.view())["id"]
    url = f"{today.origin}/api/s/{hanako.sid}/live"
    async with hanako.http.ws_connect(url, headers={"Origin": today.origin}) as socket:
        await socket.send_json({"t": "have", "id": have})
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.3)
        await socket.send_json({"t": "have", "id": ""})
        assert (await socket.receive_json(timeout=5))["id"] == have


async def test_a_console_gets_rows_and_ends_with_the_present_view(today: Day) -> None:
    """Differences, applied as a page applies them, are the whole view."""
    panel = await today.staff("Ito", rooms=("r1",))
    async with panel.live() as line:
        await line.until(lambda v: v["rows"][HANAKO.id]["phase"] == "expected")
        await today.candidate(HANAKO)
        await line.until(lambda v: v["rows"][HANAKO.id]["phase"] == "waiting")
        await panel.must("admit", interview=HANAKO.id)
        await line.until(lambda v: v["rows"][HANAKO.id]["ready"])
        assert (await panel.view())["view"] == line.view
    kinds = [text[:12] for text in panel.heard if text.startswith('{"t":"rows"')]
    assert kinds


async def test_an_answer_to_staff_names_the_view_that_holds_its_effect(today: Day) -> None:
    """A button stays busy until that view has come; a candidate's page waits for its view only."""
    panel, hanako = await today.staff("Ito", rooms=("r1",)), await today.candidate(HANAKO)
    answer = await panel.must("hold", interview=HANAKO.id, on=True)
    seen = await panel.view()
    assert seen["id"] == answer["view"]
    assert seen["view"]["rows"][HANAKO.id]["held"] is True
    assert "view" not in await hanako.must("help", reason="late")


async def test_two_consoles_agree(today: Day) -> None:
    one, two = await today.staff("Ito", rooms=("r1",)), await today.staff("Mori", rooms=("r1",))
    await today.candidate(HANAKO)
    await one.must("admit", interview=HANAKO.id)
    await one.must("send-back", interview=HANAKO.id)
    first, second = await one.see(), await two.see()
    assert first["rows"] == second["rows"]
    assert first["claims"] == second["claims"]


async def test_a_revoked_member_of_staff_loses_the_channel_within_a_second(today: Day) -> None:
    panel = await today.staff("Ito", rooms=("r1",))
    async with panel.live() as line:
        await line.until(lambda _: True)
        began = time.monotonic()
        command = AdmitStaff("stIto", "interviewer", ("r1",), 1, revoked=True)
        await today.hall.execute(command, actor="cli", command_id=uuid.uuid4().hex)
        frame = await line.frame()
        assert frame == {"t": "bye", "code": "forbidden", "again": False}
        closed = await line.socket.receive(timeout=2)
        assert closed.type is aiohttp.WSMsgType.CLOSE
        assert line.socket.close_code == 4400
        assert time.monotonic() - began < 1
    assert (await panel.do("ready", room="r1", ready=True)).code == "link_revoked"


async def test_an_interviewer_of_another_room_may_see_and_do_nothing_here(today: Day) -> None:
    panel = await today.staff("Mori", rooms=("r2",))
    await today.candidate(HANAKO)
    assert set((await panel.see())["rows"]) == {JIRO.id}
    for command in ("admit", "send-back", "finish", "contact"):
        assert (await panel.do(command, interview=HANAKO.id)).code == "forbidden"
    assert (await panel.do("ready", room="r1", ready=True)).code == "forbidden"
    assert (await panel.do("message", room="r1", text="x")).code == "forbidden"


async def test_the_queue_behind_an_admission_moves_up(today: Day) -> None:
    """The others of a room are told in a sweep."""
    panel = await today.staff("Ito", rooms=("r1",))
    await today.candidate(HANAKO)
    taro = await today.candidate(TARO)
    async with taro.live() as line:
        await line.until(lambda v: v["seat"]["place"] == 2)
        await panel.must("admit", interview=HANAKO.id)
        await line.until(lambda v: v["seat"]["place"] == 1)


async def test_presence_comes_from_frames_and_goes_with_silence(today: Day) -> None:
    """Here, asleep, away; away is kept in the journal with when the page was last heard of, and coming back too."""
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await today.candidate(HANAKO)
    row = f"candidate:{HANAKO.id}"
    async with panel.live() as board:
        async with hanako.live() as line:
            await line.socket.send_json({"t": "here", "visible": True})
            await board.until(lambda v: v["rows"][HANAKO.id]["presence"] == "here")
            await line.socket.send_json({"t": "asleep"})
            await board.until(lambda v: v["rows"][HANAKO.id]["presence"] == "asleep")
        await hanako.must("seen")
        await board.until(lambda v: v["rows"][HANAKO.id]["presence"] == "here")
        last = today.hall.presence.of(row).seen_at
        today.clock.shift(31)
        today.hall.presence.settle(today.clock())
        await board.until(lambda v: v["rows"][HANAKO.id]["presence"] == "away")
        await until(today, lambda: today.hall.state.interviews[HANAKO.id].away_since == last)
        await hanako.must("seen")
        await until(today, lambda: today.hall.state.interviews[HANAKO.id].away_since is None)


async def until(today: Day, true: object) -> None:
    """Wait for the journal to make it true."""
    async with asyncio.timeout(20):
        while not true():  # type: ignore[operator]  # a predicate
            await today.hall.watch(today.hall.state.head)


async def test_a_fenced_page_is_not_present(today: Day) -> None:
    pc = await today.candidate(HANAKO)
    await today.candidate(HANAKO)
    await pc.must("seen")
    assert today.hall.presence.of(f"candidate:{HANAKO.id}").state == "never"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"t":"view"}', "[" * 2000, '{"t":1}'])
async def test_a_frame_that_is_none_ends_the_line(today: Day, text: str) -> None:
    hanako = await today.candidate(HANAKO)
    async with hanako.live() as line:
        await line.until(lambda _: True)
        await line.socket.send_str(text)
        closed = await line.socket.receive(timeout=5)
        assert closed.type is aiohttp.WSMsgType.CLOSE
        assert line.socket.close_code == 4400


async def test_a_page_that_reads_nothing_holds_up_nobody(today: Day) -> None:
    """Its console falls behind by itself; another console is told of every change at once."""
    deaf, panel = await today.staff("Deaf", rooms=("r1",)), await today.staff("Ito", rooms=("r1",))
    async with deaf.live() as silent:
        silent.socket._response.connection.transport.pause_reading()  # type: ignore[union-attr]
        async with panel.live() as line:
            for count in range(40):
                on = count % 2 == 0
                await panel.must("hold", interview=HANAKO.id, on=on)
                await line.until(lambda v, on=on: v["rows"][HANAKO.id]["held"] is on, within=2)
        silent.socket._response.connection.transport.resume_reading()  # type: ignore[union-attr]
        await silent.until(lambda v: v["rows"][HANAKO.id]["held"] is False)


async def test_a_view_says_that_it_may_be_old_until_the_store_has_been_read_again(
    today: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line to the store that works again tells nothing of what others have written meanwhile."""
    page, hall = await today.candidate(HANAKO), today.hall
    journal = today.gateway.house.book.journal
    monkeypatch.setattr(journal, "shared", True)
    house = today.gateway.house
    (cookie,) = (cookie.value for cookie in page.http.cookie_jar)
    caller = check(house, read_statement(house.keys, cookie, house.now()))
    assert "store" not in view_of(caller)
    journal.contact.found(lost=True)
    journal.contact.found(lost=False)
    assert view_of(caller)["store"] == "lost"
    await hall.present()
    assert "store" not in view_of(caller)
    assert "store" not in await page.see()


async def test_what_cannot_be_known_now_is_not_shown_as_if_it_were_present(
    today: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is there, and does not tell: the page comes again."""
    page = await today.candidate(HANAKO)

    async def refused() -> None:
        raise Unavailable("busy")

    monkeypatch.setattr(today.hall, "present", refused)
    answer = await page.get(f"/api/s/{page.sid}/view?have=&wait=0")
    assert (answer.status, answer.code) == (503, "store")


async def test_one_read_serves_all_who_asked_before_it_began_and_so_does_its_failure(
    today: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asked while it was read already is served by the next; who reads may go away without taking others along."""
    hall, journal = today.hall, today.gateway.house.book.journal
    gates: list[asyncio.Future[None]] = []

    async def held(event: str, after: int, limit: int = MAX_READ) -> Sequence[Row]:
        gates.append(asyncio.get_running_loop().create_future())
        await gates[-1]
        return await read(event, after, limit)

    assert hall.follower is not None
    hall.follower.cancel()  # it asks too
    await asyncio.wait([hall.follower])
    read = journal.read
    monkeypatch.setattr(journal, "read", held)
    tasks = Tasks()

    async def ask(people: int) -> list[asyncio.Task[None]]:
        asking = [tasks.start(hall.catch_up(), "asks") for _ in range(people)]
        await asyncio.sleep(0)
        return asking

    first, crowd = await ask(1), await ask(20)
    assert len(gates) == 1
    gates[0].set_result(None)
    await asyncio.gather(*first)
    await asyncio.sleep(0)
    later = await ask(20)
    assert len(gates) == 2
    gates[1].set_exception(Unavailable("cut"))
    failed = await asyncio.gather(*crowd, return_exceptions=True)
    assert [type(one) for one in failed] == [Unavailable] * 20
    await asyncio.sleep(0)
    later[0].cancel()
    await asyncio.gather(later[0], return_exceptions=True)
    await asyncio.sleep(0)
    assert len(gates) == 4
    gates[3].set_result(None)
    await asyncio.gather(*later[1:])
    assert len(gates) == 4
    await tasks.close()


async def test_a_fault_while_others_entries_are_folded_leaves_none_of_them_out(
    today: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store goes away between an entry and what is personal of it; once it is back, all is read."""
    hall, fetch = today.hall, today.hall.people.fetch
    cut = asyncio.Event()

    async def fails_once(entries: Sequence[Stamped]) -> None:
        if not cut.is_set():
            cut.set()
            raise Unavailable("cut")
        await fetch(entries)

    monkeypatch.setattr(hall.people, "fetch", fails_once)
    drafts = tuple(Draft("event", canonical_json({"a": "cli", "d": {}, "k": kind})) for kind in OPEN_AND_CLOSE)
    for number in range(2):
        await hall._book.journal.append(hall.id, Batch(drafts), guards={}, command_id=f"{number}", epoch=hall.epoch)
        await cut.wait()
    async with asyncio.timeout(20):
        await hall.watch((await hall._book.head(hall.id)).position.offset - 1)
    assert (await (await today.candidate(HANAKO)).see())["seat"]


async def test_an_answer_knows_its_own_entry_while_what_others_wrote_is_still_being_fetched(
    today: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tail has brought an entry whose personal part takes its time; a check-in that comes after it is a seat."""
    hall, fetch = today.hall, today.hall.people.fetch
    begun, slow = asyncio.Event(), asyncio.Event()

    async def slowly_once(entries: Sequence[Stamped]) -> None:
        if not begun.is_set():
            begun.set()
            await slow.wait()
        await fetch(entries)

    page = await today.candidate(HANAKO, seated=False)
    monkeypatch.setattr(hall.people, "fetch", slowly_once)
    drafts = [Draft("event", canonical_json({"a": "cli", "d": {}, "k": kind})) for kind in OPEN_AND_CLOSE]
    await hall._book.journal.append(hall.id, Batch(tuple(drafts)), guards={}, command_id="others", epoch=hall.epoch)
    await begun.wait()
    answer = await page.do("check-in", number=HANAKO.number, name=HANAKO.name)
    slow.set()
    assert answer.body.get("result") == "seated", answer
