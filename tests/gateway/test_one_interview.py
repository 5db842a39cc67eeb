"""One interview over HTTP, from the link to the end."""

from __future__ import annotations

from tests.support.day import HANAKO, Day


async def test_from_the_link_to_the_end(today: Day) -> None:
    """Enter, agree, devices, check in, wait, be admitted, ticket, join, finish: each page sees each step."""
    panel = await today.staff("Ito", rooms=("r1",))
    await panel.must("ready", room="r1", ready=True)
    hanako = today.browser()
    entered = await hanako.enter(link=today.link(HANAKO.id))
    assert entered.status == 200
    assert entered.body["event"]["office"]["telephone"] == "050-0000-0001"
    assert (await hanako.see())["phase"] == "expected"
    await hanako.must("consent", notice="n1")
    assert (await hanako.see())["phase"] == "preparing"
    ok = {"camera": "ok", "microphone": "ok", "speaker": "ok", "network": "ok"}
    await hanako.must("devices", **ok, rtt_ms=12)
    seated = await hanako.must("check-in", number="Ａ－１００１", name="青葉花子")
    assert seated["result"] == "seated"
    view = await hanako.view()
    assert view["view"]["phase"] == "waiting"
    assert view["view"]["seat"]["place"] == 1

    async with hanako.live() as line:
        await line.until(lambda v: v["phase"] == "waiting")
        assert (await hanako.do("ticket")).code == "not_admitted"
        await panel.must("admit", interview=HANAKO.id)
        shown = await line.until(lambda v: v["phase"] == "admitting" and v["admission"]["ready"])
        assert shown["admission"]["provider"]["id"] == "scripted"
        ticket = (await hanako.must("ticket"))["ticket"]
        assert ticket["kind"] == "redirect"
        await hanako.must("pressed")
        await line.until(lambda v: v["phase"] == "in_session")
        await panel.must("finish", interview=HANAKO.id)
        assert (await line.until(lambda v: v.get("closing")))["closing"]
        await panel.must("finish", interview=HANAKO.id, now=True)
        await line.until(lambda v: v["phase"] == "finished")
    assert (await hanako.do("ticket")).code in {"not_admitted", "interview_over"}
