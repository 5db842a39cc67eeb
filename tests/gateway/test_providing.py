"""Staff and the providers: their own way in, arrivals, proposals; and who may not."""

from __future__ import annotations

import pytest

from gateway.health import usable
from providers.base import AskAPerson, Retry
from tests.support.day import EVENT, HANAKO, JIRO, TARO, Day
from tests.support.outside import fail, named, ready, seated, session_of, settled, switch, until, zoom
from waiting_room.entries import CheckedIn
from waiting_room.journal.port import MAX_READ

# --- the way in ------------------------------------------------------------------------------------------------------


async def test_staff_are_led_to_zoom_by_a_link_that_is_read_then(today: Day) -> None:
    async with zoom(today) as (_, far_side):
        await switch(today, "zoom")
        panel = await today.staff("Ito", rooms=("r1",))
        assert (await panel.do("join", room="r1")).code == "no_such_session"
        await ready(today, HANAKO, "zoom")
        ticket = (await panel.must("join", room="r1"))["ticket"]
        assert ticket == {
            "kind": "redirect", "url": f"/api/s/{panel.sid}/open/{HANAKO.id}", "interview": HANAKO.id,
        }  # fmt: skip
        head, seen = today.hall.state.head, set()
        for _ in range(2):
            async with panel.http.get(today.origin + ticket["url"], allow_redirects=False) as answer:
                assert answer.status == 303
                assert answer.headers["Cache-Control"] == "no-store"
                assert answer.headers["Referrer-Policy"] == "no-referrer"
                seen.add(answer.headers["Location"])
        assert len(seen) == 2
        assert all(url.startswith(f"{far_side.url}/s/") for url in seen)
        assert today.hall.state.head == head


async def test_where_there_is_no_link_staff_read_why_and_find_back(today: Day) -> None:
    other = named(today, "other")
    await switch(today, "other")
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await ready(today, HANAKO, "other")
    await settled(today)
    path = f"/api/s/{panel.sid}/open/{HANAKO.id}"
    other.script.fail("ticket", AskAPerson("no_evaluator_url"))
    answer = await panel.get(f"{path}?lang=en")
    assert answer.status == 409
    assert "No interviewers&#39; link was imported" in answer.body
    assert 'href="/console"' in answer.body
    other.script.fail("ticket", Retry("timeout"))
    assert (await panel.get(path)).status == 503
    for browser, wanted in ((await today.staff("Mori", rooms=("r2",)), 403), (hanako, 403)):
        assert (await browser.get(f"/api/s/{browser.sid}/open/{HANAKO.id}")).status == wanted
    assert (await panel.get(f"/api/s/{panel.sid}/open/{TARO.id}")).status == 409  # nothing stands for them yet
    assert (await panel.do("join", room="r2")).code == "forbidden"


async def test_the_built_in_room_is_joined_as_ever(today: Day) -> None:
    """Here no worker runs: that is what it says."""
    panel = await today.staff("Ito", rooms=("r1",))
    await switch(today, "scripted")
    assert (await panel.do("join", room="r1")).code == "no_such_session"


# --- arrivals --------------------------------------------------------------------------------------------------------


async def test_staff_say_that_the_candidate_is_there(today: Day) -> None:
    """Where the provider cannot tell: asked for after a while, answered with one key."""
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await ready(today, HANAKO, "scripted")
    assert (await panel.do("arrived", interview=HANAKO.id)).code == "not_admitted"
    await panel.must("admit", interview=HANAKO.id)
    await hanako.must("pressed")
    assert "arrived" in (await panel.see())["rows"][HANAKO.id]["can"]
    await panel.must("arrived", interview=HANAKO.id)
    assert (await panel.see())["rows"][HANAKO.id]["there_at"] is not None
    assert (await hanako.see())["admission"]["there"]


async def test_already_at_the_provider_is_a_check_in_with_its_source(today: Day) -> None:
    panel = await today.staff("Ito", rooms=("r1",))
    await panel.must("check-in-for", interview=HANAKO.id, reason="harutaka に入室済み", via="provider")
    found = await today.gateway.house.book.read(EVENT, 0, MAX_READ)
    assert [st.entry.via for st in found if isinstance(st.entry, CheckedIn)] == ["provider"]


# --- when a provider fails -------------------------------------------------------------------------------------------


async def test_staff_learn_first_and_one_key_moves_everybody(today: Day) -> None:
    """Down after three failures; the console has a proposal, no candidate's page does; accepted, who waits follows."""
    other = named(today, "other")
    await switch(today, "other")
    reception = await today.staff("Sato", "reception")
    hanako = await seated(today, HANAKO)
    await fail(today, other)
    (proposal,) = (await reception.see())["failover"]
    assert (proposal["kind"], proposal["provider"], proposal["to"]) == ("failover", "other", None)
    named(today, "spare")
    (proposal,) = (await reception.see())["failover"]
    assert proposal["to"] == "spare"
    assert "failover" not in await hanako.see()
    assert "spare" not in "".join(hanako.heard)
    await reception.must("failover", provider="other", to="spare", open="move")
    await until(today, lambda: session_of(today, HANAKO.id) == ("spare", "open"))
    assert (await reception.do("failover", provider="other", to="spare", open="move")).code == "nothing_proposed"


async def test_an_interviewers_yes_counts_for_their_own_rooms(today: Day) -> None:
    other, _ = named(today, "other"), named(today, "spare")
    await switch(today, "other")
    panel = await today.staff("Ito", rooms=("r1",))
    await seated(today, HANAKO)
    await seated(today, JIRO)
    await fail(today, other)
    assert (await panel.do("failover-decline", provider="other")).code == "forbidden"
    await panel.must("failover", provider="other", to="spare", open="stay")
    assert today.hall.state.provider_for("r:r1") == "spare"
    assert today.hall.state.provider_for("r:r2") == "other"


async def test_declined_it_stays_visible_and_is_asked_no_more(today: Day) -> None:
    other, _ = named(today, "other"), named(today, "spare")
    await switch(today, "other")
    reception = await today.staff("Sato", "reception")
    await seated(today, HANAKO)
    await fail(today, other)
    await reception.must("failover-decline", provider="other")
    (proposal,) = (await reception.see())["failover"]
    assert proposal["declined"]


async def test_the_rehearsals_provider_steps_in_for_nobody(today: Day) -> None:
    """Nor one whose links are issued beforehand, where there are none."""
    named(today, "other")
    named(today, "issued", issued=True)
    assert "scripted" in usable(today.gateway.house, today.hall)
    await switch(today, "other")
    assert tuple(usable(today.gateway.house, today.hall)) == ("other",)


@pytest.mark.parametrize(
    "command",
    ["switch-provider", "switch-preview", "provider-check", "provider-confirm", "links-preview", "links-import"],
)
async def test_what_is_an_administrators_is_refused_to_everybody_else(today: Day, command: str) -> None:
    panel = await today.staff("Ito", rooms=("r1",))
    reception = await today.staff("Sato", "reception")
    for browser in (panel, reception, await seated(today, HANAKO)):
        assert (await browser.do(command, provider="scripted")).status == 403


@pytest.mark.parametrize("command", ["arrived", "move", "settle-alarm", "failover", "failover-decline"])
async def test_what_is_staffs_is_refused_to_candidates(today: Day, command: str) -> None:
    hanako = await seated(today, HANAKO)
    assert (await hanako.do(command, interview=HANAKO.id)).status == 403
