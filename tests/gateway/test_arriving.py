"""From the link to the seat: links, sessions, numbers and names, claims, takeovers."""

from __future__ import annotations

from tests.support.day import EVENT, HANAKO, JIRO, TARO, Browser, Day
from waiting_room.entries import LinkOpened
from waiting_room.journal.port import MAX_READ


async def shared(today: Day, room: str = "r1") -> Browser:
    browser = today.browser()
    entered = await browser.enter(code=today.gateway.house.links.room_code(EVENT, room))
    assert entered.body["kind"] == "shared"
    return browser


async def test_a_scanner_moves_nothing(today: Day) -> None:
    """It GETs every address, enters with each link twice and reads the view: evidence, and nothing else."""
    before = {i.id: (i.phase, i.arrival, i.consent) for i in today.hall.state.interviews.values()}
    scanner = today.browser()
    for path in ("/", "/j", "/console", "/admin", "/v", "/r/abc234", "/healthz", "/api/openapi.json"):
        await scanner.get(path)
    for entrant in (HANAKO, TARO, JIRO):
        for _ in range(2):
            assert (await scanner.enter(link=today.link(entrant.id))).status == 200
            await scanner.see()
            async with scanner.live() as line:
                await line.until(lambda v: v["phase"] == "expected")
    assert {i.id: (i.phase, i.arrival, i.consent) for i in today.hall.state.interviews.values()} == before
    assert all(today.hall.presence.of(f"candidate:{i}").state == "never" for i in before)
    fresh = await today.gateway.house.book.read(EVENT, 0, MAX_READ)
    assert {type(st.entry) for st in fresh[4:]} <= {LinkOpened}
    assert (await today.candidate(HANAKO)).sid


async def test_entering_names_no_person(today: Day) -> None:
    browser = today.browser()
    answer = await browser.enter(link=today.link(HANAKO.id))
    assert HANAKO.name not in str(answer.body)
    assert HANAKO.number not in str(answer.body)
    assert answer.body["event"]["notice"]["version"] == "n1"


async def test_a_session_is_kept_for_the_same_link_only(today: Day) -> None:
    """A reload keeps the session; another link in the same browser is another person with another cookie."""
    browser = today.browser()
    first = (await browser.enter(link=today.link(HANAKO.id))).body["sid"]
    assert (await browser.enter(link=today.link(HANAKO.id), sid=first)).body["sid"] == first
    second = (await browser.enter(link=today.link(TARO.id), sid=first)).body["sid"]
    assert second != first
    for sid, entrant in ((first, HANAKO), (second, TARO)):
        browser.sid = sid
        await browser.must("consent", notice="n1")
        await browser.must("check-in", number=entrant.number, name=entrant.name)
        assert (await browser.see())["you"]["number"] == entrant.number


async def test_a_session_needs_its_own_cookie(today: Day) -> None:
    hanako, stranger = await today.candidate(HANAKO), today.browser()
    stranger.sid = hanako.sid
    assert (await stranger.do("seen")).code == "session_missing"
    taro = await today.candidate(TARO)
    taro.sid = hanako.sid
    assert (await taro.get(f"/api/s/{taro.sid}/view")).code == "session_missing"


async def test_other_sites_may_ask_for_nothing(today: Day) -> None:
    """Unsafe requests and upgrades need our origin, also from the city's other sites."""
    hanako = await today.candidate(HANAKO)
    path = f"/api/s/{hanako.sid}/seen"
    for origin in ("https://www.aoba.example", "null", ""):
        assert (await hanako.post(path, {"id": "a" * 16}, Origin=origin)).code == "origin"
        assert (await hanako.post("/api/enter", {"link": today.link(TARO.id)}, Origin=origin)).code == "origin"
        url = f"{today.origin}/api/s/{hanako.sid}/live"
        async with hanako.http.get(url, headers={"Origin": origin, "Upgrade": "websocket"}) as response:
            assert response.status == 403


async def test_unknown_and_reissued_links_say_so(today: Day) -> None:
    browser = today.browser()
    old = today.link(HANAKO.id)
    assert (await browser.enter(link="x" * 22)).code == "link_unknown"
    assert (await browser.enter(code="222222")).code == "link_unknown"
    assert (await browser.enter(link=old)).status == 200
    admin = await today.staff("Kanri", "administrator")
    await admin.must("invite-reissue", interview=HANAKO.id)
    assert (await browser.enter(link=old)).code == "link_revoked"
    assert (await browser.get(f"/api/s/{browser.sid}/view")).code == "link_revoked"
    assert (await today.candidate(HANAKO)).sid


async def test_wrong_numbers_slow_down_and_lock_nobody(today: Day) -> None:
    """From the fourth attempt on 429 with a growing delay and the office's telephone; the seat is free for another
    page with the right number, and for this one once it has waited."""
    hanako = await today.candidate(HANAKO, seated=False)
    for tries in (1, 2, 3):
        answer = await hanako.must("check-in", number=f"B-{tries}", name=HANAKO.name)
        assert answer["result"] in ("refused", "claimed")
        assert answer["tries"] == tries
    slowed = await hanako.do("check-in", number="B-4", name=HANAKO.name)
    assert slowed.status == 429
    assert 0 < slowed.body["retry_after"] <= 30
    assert slowed.body["office"]["telephone"] == "050-0000-0001"
    assert (await today.candidate(HANAKO)).sid
    board = await (await today.staff("Ito", rooms=("r1",))).see()
    assert [claim["code"] for claim in board["claims"]] == ["number_differs"]


async def test_a_differing_name_takes_the_seat_and_waits_for_a_person(today: Day) -> None:
    """Admitting needs *same person* first; both are journalled."""
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await today.candidate(HANAKO, seated=False)
    assert (await hanako.must("check-in", number=HANAKO.number, name="青葉 華子"))["result"] == "seated"
    assert (await panel.do("admit", interview=HANAKO.id)).code == "difference_open"
    await panel.must("same-person", interview=HANAKO.id, same=True, reason="本人確認済み")
    await panel.must("admit", interview=HANAKO.id)


async def test_an_empty_name_is_refused(today: Day) -> None:
    hanako = await today.candidate(HANAKO, seated=False)
    answer = await hanako.do("check-in", number=HANAKO.number, name=" 　")
    assert (answer.status, answer.code) == (422, "name_empty")


async def test_a_shared_link_finds_the_seat_by_number_and_name(today: Day) -> None:
    """A wrong number and a wrong name get the same answer; the right pair gets the seat and the candidate's view."""
    page = await shared(today)
    assert (await page.see())["kind"] == "shared"
    assert (await page.do("check-in", number=HANAKO.number, name=HANAKO.name)).code == "consent_needed"
    await page.must("consent", notice="n1")
    assert (await page.see())["notice"]["agreed"]
    wrong_number = await page.must("check-in", number="A-9999", name=HANAKO.name)
    wrong_name = await (await agreed(today)).must("check-in", number=HANAKO.number, name="別野 別子")
    assert wrong_number == wrong_name
    async with page.live() as line:
        await line.until(lambda v: v["kind"] == "shared")
        assert (await page.must("check-in", number=HANAKO.number, name="ｱｵﾊﾞ ﾊﾅｺ"))["result"] == "seated"
        await line.until(lambda v: v["kind"] == "candidate" and v["phase"] == "waiting")


async def agreed(today: Day) -> Browser:
    page = await shared(today)
    await page.must("consent", notice="n1")
    return page


async def test_a_claim_to_a_taken_seat_leaves_the_seated_page_alone(today: Day) -> None:
    """It becomes a request that staff settle; until then nothing of the seated page changes."""
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await today.candidate(HANAKO)
    before = await hanako.view()
    page = await agreed(today)
    assert (await page.must("check-in", number=HANAKO.number, name=HANAKO.name))["result"] == "claimed"
    assert (await hanako.view())["id"] == before["id"]
    (claim,) = (await panel.see())["claims"]
    await panel.must("settle-claim", claim=claim["id"], accept=False)
    assert (await hanako.view())["id"] == before["id"]


async def test_the_third_unfound_attempt_calls_staff_who_may_settle_it(today: Day) -> None:
    """On a shared link; the claimant's page gets the seat that staff name, and sees it at once."""
    reception = await today.staff("Uketsuke", "reception")
    page = await agreed(today)
    for _ in range(3):
        await page.must("check-in", number="9", name=HANAKO.name)
    (claim,) = (await reception.see())["claims"]
    assert claim["candidates"] == [HANAKO.id]
    async with page.live() as line:
        await reception.must("settle-claim", claim=claim["id"], accept=True, interview=HANAKO.id)
        await line.until(lambda v: v["kind"] == "candidate" and v["phase"] == "waiting")


async def test_the_phone_after_the_pc_takes_the_seat_over(today: Day) -> None:
    """By the personal link with the right number; the old page is fenced, silent, and may take it back."""
    pc = await today.candidate(HANAKO)
    at = (await pc.see())["seat"]["at"]
    async with pc.live() as line:
        await line.until(lambda v: v["phase"] == "waiting")
        phone = await today.candidate(HANAKO)
        fenced = await line.until(lambda v: v["fenced"])
        assert set(fenced) == {"kind", "fenced", "event"}
        assert (await phone.see())["seat"]["at"] == at
        await pc.must("take-over")
        await line.until(lambda v: v["fenced"] is None and v["phase"] == "waiting")
    assert (await phone.see())["fenced"] == "taken_over"


async def test_a_companion_arrives_with_a_name_only(today: Day) -> None:
    page = today.browser()
    assert (await page.enter(link=today.link(JIRO.id, "companion.1"))).body["kind"] == "companion"
    await page.must("consent", notice="n1")
    assert (await page.must("check-in", name="同伴 1"))["result"] == "seated"
    view = await page.see()
    assert view["kind"] == "companion"
    assert JIRO.name not in str(view)


async def test_many_sessions_of_one_browser_fit_a_request(today: Day) -> None:
    """The oldest sessions go; the newest still work."""
    browser = today.browser()
    for _ in range(40):
        assert (await browser.enter(link=today.link(HANAKO.id))).status == 200
    held = [f"{cookie.key}={cookie.value}" for cookie in browser.http.cookie_jar]
    assert 20 <= len(held) <= 25  # the day's links of a whole panel beside each other
    assert len("; ".join(held)) < 8192  # what a proxy takes of one header
    assert (await browser.see())["kind"] == "candidate"
