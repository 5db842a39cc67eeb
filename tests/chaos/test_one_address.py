"""A city hall behind one address, and somebody in it who means no good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.limits import ADDRESS_BURST, PERSON_BURST
from gateway.operations import run
from tests.support.call_client import CallClient
from tests.support.day import EVENT, FILE, HANAKO, JIRO, TARO, Browser, Day, Entrant, day

CROWD = tuple(Entrant(f"iv{n:012d}", f"A-{n:04d}", f"受験 {n}", due=-1) for n in range(100))


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Day]:
    async with day(tmp_path, entrants=CROWD) as made:
        yield made


async def guess(today: Day, times: int) -> None:
    """Wrong links until the address has used up what it may."""
    browser = today.browser()
    for n in range(times):
        await browser.enter(link=f"{n:022d}")


async def test_a_hundred_candidates_behind_one_address_are_seated_while_somebody_guesses(hall: Day) -> None:
    await guess(hall, int(ADDRESS_BURST) + 5)
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        guesser = tasks.create_task(guess(hall, 10_000))
        await asyncio.gather(*(hall.candidate(one) for one in CROWD))
        guesser.cancel()
    assert all(interview.arrival is not None for interview in hall.hall.state.interviews.values())


async def test_a_seat_is_found_by_shared_link_whatever_wrong_numbers_others_typed(today: Day) -> None:
    """Others pay with time, never with the seat."""
    code = today.gateway.house.links.room_code(EVENT, "r1")
    guesser = await by_code(today, code)
    for n in range(5):
        await guesser.do("check-in", number=f"Z-{n}", name=HANAKO.name)
    assert (await guesser.do("check-in", number=HANAKO.number, name=HANAKO.name)).code == "slow_down"
    hanako = await by_code(today, code)
    assert (await hanako.must("check-in", number=HANAKO.number, name=HANAKO.name))["result"] == "seated"


async def test_wrong_number_and_wrong_name_read_alike_seated_or_not(today: Day) -> None:
    """A shared link tells nobody whether a number or a name exists, nor whether its seat is taken."""
    code = today.gateway.house.links.room_code(EVENT, "r1")
    pairs = [("Z-0000", TARO.name), (TARO.number, "別人 太郎"), ("Z-0000", "別人 太郎"), (HANAKO.number, "別人")]
    told = [await first_answer(today, code, number, name) for number, name in pairs]
    await today.candidate(HANAKO)
    await today.candidate(TARO)
    told += [await first_answer(today, code, number, name) for number, name in pairs]
    assert all(one == told[0] for one in told), told
    assert told[0]["result"] == "refused"


async def first_answer(today: Day, code: str, number: str, name: str) -> dict[str, Any]:
    browser = await by_code(today, code)
    answer = await browser.must("check-in", number=number, name=name)
    view = await browser.see()
    return {key: value for key, value in answer.items() if key != "view"} | {"view": view}


async def by_code(today: Day, code: str) -> Browser:
    browser = today.browser()
    assert (await browser.enter(code=code)).status == 200
    await browser.must("consent", notice="n1")
    return browser


async def test_a_page_that_has_agreed_to_nothing_is_nobodys_presence(today: Day) -> None:
    """A scanner that runs the page, opens its channel and says that it is here; companions' links too."""
    panel = await today.staff("Mori", rooms=("r2",))
    for person in ("candidate", "companion.1"):
        scanner = today.browser()
        await scanner.enter(link=today.link(JIRO.id, person))
        async with scanner.live() as line:
            await line.socket.send_json({"t": "here", "visible": True})
            await line.until(lambda v: v["kind"] in ("candidate", "companion"))
        await scanner.must("seen")
        subject = f"{person.partition('.')[0]}:{JIRO.id}{'.1' if person != 'candidate' else ''}"
        assert today.hall.presence.of(subject).state == "never"
        await scanner.must("consent", notice="n1")
        await scanner.must("seen")
        assert today.hall.presence.of(subject).state == "here"
    assert (await panel.see())["rows"][JIRO.id]["presence"] == "here"


async def test_a_companion_is_never_the_candidate(today: Day) -> None:
    """Neither by checking in, nor by answering for them, nor by a claim that staff would settle with their seat."""
    await today.candidate(JIRO)
    companion = today.browser()
    await companion.enter(link=today.link(JIRO.id, "companion.1"))
    await companion.must("consent", notice="n1")
    holder = today.hall.state.interviews[JIRO.id].holder
    await companion.must("check-in", name="同伴 1", number=JIRO.number)
    assert (await companion.do("early", accept=True)).status in (403, 409)
    for command in ("take-over", "pressed", "ticket"):
        assert (await companion.do(command)).status in (403, 409), command
    assert (await companion.do("help", reason="number_unknown")).code == "forbidden"
    interview = today.hall.state.interviews[JIRO.id]
    assert interview.holder == holder
    assert interview.claims == ()
    assert interview.early == "none"


async def test_only_the_terms_that_are_shown_can_be_agreed_to(tmp_path: Path) -> None:
    """Nothing that a page makes up gets into an entry, and no consent leaves the terms out."""
    terms = {"version": "t1", "title": {"ja": "規約", "en": "Terms"}, "body": {"ja": "本文", "en": "Text"}}
    async with day(tmp_path, file={**FILE, "terms": terms}) as today:
        browser = today.browser()
        await browser.enter(link=today.link(HANAKO.id))
        for body in ({}, {"terms": None}, {"terms": "山田 太郎"}):
            assert (await browser.do("consent", notice="n1", **body)).code == "notice_outdated"
        assert today.hall.state.interviews[HANAKO.id].consent is None
        await browser.must("consent", notice="n1", terms="t1")


async def test_one_candidate_cannot_fill_the_journal(today: Day) -> None:
    """Two pages that take the seat from each other without end are slowed; another candidate is not."""
    first, second = await today.candidate(HANAKO), await today.candidate(HANAKO)
    codes = set()
    for _ in range(int(PERSON_BURST) // 2):
        codes |= {(await first.do("take-over")).code, (await second.do("take-over")).code}
    assert "slow_down" in codes
    head = today.hall.state.head
    assert (await first.do("take-over")).code in ("slow_down", "")
    assert today.hall.state.head <= head + 3
    await today.candidate(TARO)


async def test_reading_changes_nothing(today: Day) -> None:
    """Every GET there is, by everybody: an export is journalled, and that is all."""
    people = [await today.candidate(HANAKO), await today.staff("Ito"), await today.staff("Abe", "administrator")]
    people.append(await today.staff("Ueno", "reception"))
    reads = ["view", "attendance", "attendance.csv", "invites.csv", "roster-template.csv", "sheet"]
    async with asyncio.timeout(20):
        while today.hall.state.interviews[HANAKO.id].session is None:
            await today.hall.watch(today.hall.state.head)
    await asyncio.sleep(0)
    before = today.hall.state.head
    for browser in people:
        for read in reads:
            await browser.get(f"/api/s/{browser.sid}/{read}")
        for command in ("check-in", "admit", "consent", "finish", "leave"):
            assert (await browser.get(f"/api/s/{browser.sid}/{command}")).status in (404, 405)
    for path in ("/", "/j", "/r/abc234", "/console", "/admin", "/v", "/healthz", "/readyz", "/api/openapi.json"):
        await people[0].get(path)
    entries = await today.gateway.house.book.read(EVENT, before)
    kinds = {getattr(st.entry, "kind", "") for st in entries}
    assert kinds <= {"exported", "sealed", "session_opened"}, kinds


async def test_a_genuine_token_is_worth_nothing_from_another_session(tmp_path: Path) -> None:
    """A candidate with an interviewer's fresh token, and an interviewer with a candidate's."""
    async with day(tmp_path, file={**FILE, "provider": "webrtc"}, worker=True) as today:
        panel = await today.staff("Ito", rooms=("r1",))
        hanako = await today.candidate(HANAKO)
        await panel.must("admit", interview=HANAKO.id)
        async with hanako.live() as line:
            await line.until(lambda v: v["phase"] == "admitting" and v["admission"]["ready"])
        tokens = [
            (await panel.must("join", room="r1"))["ticket"]["token"],
            (await hanako.must("ticket"))["ticket"]["token"],
        ]
        client = CallClient()
        for browser, token in zip((hanako, panel), tokens, strict=True):
            assert (await browser.do("offer", token=token, sdp=client.offer_text())).code == "forbidden"
        answer = await client.join(hanako)
        assert answer.status == 200
        assert (await panel.do("leave", peer=answer.body["peer"])).code == "peer_unknown"
        fresh = (await panel.must("join", room="r1"))["ticket"]["token"]
        restarted = await panel.do("restart", peer=answer.body["peer"], token=fresh, sdp=client.offer_text())
        assert restarted.code == "peer_unknown"
        await panel.must("send-back", interview=HANAKO.id)
        assert (await hanako.do("offer", token=tokens[1], sdp=client.offer_text())).code == "not_admitted"
        await client.close()
        calling = today.gateway.calling
        assert calling is not None
        await calling.workers.all()[0].client.stop()


async def test_dropping_the_session_keys_ends_lines_that_are_open(today: Day) -> None:
    """Not only requests: a line that was open is cut, and does not come back."""
    hanako = await today.candidate(HANAKO)
    async with hanako.live() as line:
        await line.until(lambda v: v["phase"] == "waiting")
        await run(today.gateway.house, "keys-rotate", {"kind": "session", "drop_old": True})
        while (frame := await line.frame())["t"] != "bye":
            pass
        assert frame["again"]
    assert (await hanako.do("seen")).code == "session_missing"


async def test_staff_who_look_in_leave_room_for_the_candidate(tmp_path: Path) -> None:
    """Whoever of the staff comes fourth is refused, not the candidate who is called."""
    async with day(tmp_path, file={**FILE, "provider": "webrtc"}, worker=True) as today:
        staff = [await today.staff(f"S{n}", "reception") for n in range(4)]
        clients, told = [CallClient() for _ in range(4)], asyncio.Event()
        today.hall.presence.listeners.append(lambda _: told.set())  # also told who has come into a call
        for browser, client in zip(staff[:3], clients[:3], strict=True):
            assert (await client.join(browser, "join", room="r1")).status == 200
        async with asyncio.timeout(30):
            while len(today.hall.calls.in_room("r1")) < 3:
                told.clear()
                await told.wait()
        assert (await staff[3].do("join", room="r1")).code == "call_full"
        hanako = await today.candidate(HANAKO)
        await staff[0].must("admit", interview=HANAKO.id)
        async with hanako.live() as line:
            await line.until(lambda v: v["phase"] == "admitting" and v["admission"]["ready"])
        assert (await clients[3].join(hanako)).status == 200
        for client in clients:
            await client.close()
        assert today.gateway.calling is not None
        await today.gateway.calling.workers.all()[0].client.stop()
