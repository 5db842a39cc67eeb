"""Tickets of providers that redirect: ready beforehand, given out at admission, a person's own."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import pytest
import structlog

from providers.base import GiveUp, Retry, Terms
from tests.support.day import EVENT, HANAKO, JIRO, MINUTE, Day
from tests.support.outside import Named, agree, named, ready, seated, session_of, settled, switch, until, zoom
from waiting_room import commands as c
from waiting_room.policy import Policy


async def outside(today: Day, **more: Any) -> Named:
    """The event is with another provider than it began with."""
    other = named(today, "other", **more)
    await switch(today, "other")
    return other


def tickets(other: Named) -> int:
    return len(other.asked_for)


async def test_the_head_of_the_queue_has_a_ticket_before_anybody_lets_it_in(today: Day) -> None:
    """So an admission waits for no vendor: it fails by then, and nobody notices."""
    other = await outside(today)
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await ready(today, HANAKO, "other")
    await settled(today)
    assert [person.sub for person in other.asked_for] == [f"candidate:{HANAKO.id}"]
    other.script.fail("ticket", Retry("timeout"), times=10)
    assert (await hanako.do("ticket")).code == "not_admitted"
    await panel.must("admit", interview=HANAKO.id)
    ticket = (await hanako.must("ticket"))["ticket"]
    assert ticket["kind"] == "redirect"
    assert (ticket["generation"], ticket["browser_url"]) == (1, None)
    assert tickets(other) == 1


async def test_where_none_was_ready_it_is_asked_for_at_the_door(today: Day) -> None:
    other = await outside(today)
    other.script.fail("ticket", Retry("timeout"))
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await ready(today, HANAKO, "other")
    await settled(today)
    await panel.must("admit", interview=HANAKO.id)
    assert (await hanako.must("ticket"))["ticket"]["url"].startswith("https://other.invalid/")
    other.script.fail("ticket", GiveUp("room_closed"))
    assert tickets(other) == 2


async def test_one_press_while_it_is_asked_for_waits_for_the_same_answer(today: Day) -> None:
    other = await outside(today)
    gate, asked = asyncio.Event(), other.ticket

    async def slowly(*args: Any) -> Any:
        await gate.wait()
        return await asked(*args)

    other.ticket = slowly  # type: ignore[method-assign,assignment]  # a far side that takes its time
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await ready(today, HANAKO, "other")
    await panel.must("admit", interview=HANAKO.id)
    pressed = asyncio.gather(*(hanako.do("ticket") for _ in range(3)))
    await asyncio.sleep(0)
    gate.set()
    assert len({answer.body["ticket"]["url"] for answer in await pressed}) == 1
    assert tickets(other) == 1


async def test_a_takeover_makes_the_ticket_that_was_ready_worthless(today: Day) -> None:
    """It is of another device by then, and so is the one that is given out; the old page gets none."""
    other = await outside(today)
    panel = await today.staff("Ito", rooms=("r1",))
    pc = await ready(today, HANAKO, "other")
    await settled(today)
    phone = await seated(today, HANAKO)
    await settled(today)
    await panel.must("admit", interview=HANAKO.id)
    assert (await pc.do("ticket")).code == "not_holder"
    assert (await phone.do("ticket")).status == 200
    assert [person.device_epoch for person in other.asked_for] == [1, 2]
    held = today.gateway.tickets[EVENT]._held["r1"]
    assert {holder.epoch for holder in held} == {2}


async def test_a_ticket_is_dropped_with_its_session_and_kept_for_nobody_else(today: Day) -> None:
    await outside(today)
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await ready(today, HANAKO, "other")
    await panel.must("admit", interview=HANAKO.id)
    await hanako.must("ticket")
    await hanako.must("pressed")
    await panel.must("finish", interview=HANAKO.id, now=True)
    assert not today.gateway.tickets[EVENT]._held["r1"]
    assert (await hanako.do("ticket")).code == "not_admitted"


async def test_a_ticket_that_expires_is_replaced_before(today: Day) -> None:
    """Whoever waits for an hour has a good one all the time."""
    other = await outside(today, life=15 * MINUTE)
    await ready(today, HANAKO, "other")
    await settled(today)
    for _ in range(3):
        today.clock.shift(13 * 60)
        today.gateway.tickets[EVENT].prepare(["r1"])
        await settled(today)
    assert tickets(other) == 4
    (kept,) = today.gateway.tickets[EVENT]._held["r1"].values()
    assert kept.ticket is not None
    assert (kept.ticket.expires_at or 0) > today.clock() + 10 * MINUTE


async def test_nobody_gets_a_ticket_before_they_agreed_to_the_providers_terms(today: Day) -> None:
    """A switch can bring terms that somebody who waits has not seen: the page asks, and then gives the ticket."""
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await ready(today, HANAKO, "scripted")
    await outside(today, terms=Terms("Terms of the other", "https://other.invalid/terms", "7"))
    await until(today, lambda: session_of(today, HANAKO.id) == ("other", "open"))
    await panel.must("admit", interview=HANAKO.id)
    assert (await hanako.see())["admission"]["terms_needed"]
    assert (await hanako.do("ticket")).code == "terms_needed"
    assert (await hanako.do("consent", notice="n1")).code == "notice_outdated"
    await agree(hanako)
    assert not (await hanako.see())["admission"]["terms_needed"]
    assert (await hanako.do("ticket")).status == 200


@pytest.mark.parametrize(
    ("shown", "candidate", "companion"),
    [
        ("both", "A-1003 髙橋 次郎", "A-1003-1 同伴 1"),
        ("number", "A-1003", "A-1003-1"),
        ("name", "髙橋 次郎", "同伴 1"),
    ],
)
async def test_what_the_provider_shows_is_by_the_policy(
    today: Day, shown: Literal["both", "number", "name"], candidate: str, companion: str
) -> None:
    other = await outside(today)
    rules = Policy.from_document({"shown_name": shown}).to_document()
    await today.hall.execute(c.ChangePolicy(rules), actor="cli", command_id="rules-1")
    helper = today.browser()
    assert (await helper.enter(link=today.link(JIRO.id, "companion.1"))).status == 200
    await helper.must("consent", notice="n1")
    await helper.must("check-in", name="同伴 1")
    await ready(today, JIRO, "other")
    await settled(today)
    assert {person.sub: person.shown_as for person in other.asked_for} == {
        f"candidate:{JIRO.id}": candidate,
        f"companion:{JIRO.id}.1": companion,
    }


async def test_before_admitted_nothing_that_leaves_us_holds_a_way_to_the_provider(today: Day) -> None:
    """Zoom, by its simulator: answers, live messages, the console's too, and the log; then the ticket has it, and shows
    number and name."""
    with structlog.testing.capture_logs() as logged:
        async with zoom(today) as (_, far_side):
            await switch(today, "zoom")
            panel = await today.staff("Ito", rooms=("r1",))
            hanako = await ready(today, HANAKO, "zoom")
            await settled(today)
            assert far_side.world.links  # it is ready by now
            secrets = [*far_side.world.links, *map(str, far_side.world.meetings), far_side.url]
            async with hanako.live() as line, panel.live() as board:
                await board.until(lambda v: v["rows"][HANAKO.id]["phase"] == "waiting")
                await line.until(lambda v: v["phase"] == "waiting")
            assert (await hanako.do("ticket")).code == "not_admitted"
            said = [text for browser in today.browsers for text in browser.heard]
            assert not [secret for secret in secrets for text in [*said, str(logged)] if secret in text]
            await panel.must("admit", interview=HANAKO.id)
            ticket = (await hanako.must("ticket"))["ticket"]
            (name,) = {link.name for link in far_side.world.links.values() if link.name}
    assert name == "A-1001 青葉 花子"
    assert ticket["url"].startswith("http://127.0.0.1")
    assert not [entry for entry in logged if ticket["url"] in str(entry)]
