"""What a candidate's browser is ever sent: their own, and no ticket before they are admitted."""

from __future__ import annotations

import io
import json
import logging

import structlog

from tests.support.day import HANAKO, JIRO, TARO, Browser, Day, Entrant, row_of


def secrets_of(today: Day, entrant: Entrant) -> list[str]:
    """Everything by which somebody could be known."""
    row = row_of(entrant)
    known = [entrant.id, entrant.number, entrant.name, entrant.kana, row["email"], row["telephone"], row["note"]]
    return [*(text for text in known if text), today.link(entrant.id)]


async def a_whole_day(today: Day) -> dict[str, Browser]:
    panel = await today.staff("Ito", rooms=("r1",))
    people = {entrant.id: await today.candidate(entrant) for entrant in (HANAKO, TARO, JIRO)}
    hanako = people[HANAKO.id]
    async with hanako.live() as line, people[TARO.id].live() as other, panel.live() as board:
        await board.until(lambda v: v["rows"][HANAKO.id]["phase"] == "waiting")
        await panel.must("message", room="r1", text="お待ちください")
        await panel.must("hold", interview=TARO.id, on=True)
        await other.until(lambda v: v["seat"]["held"])
        await people[JIRO.id].must("help", reason="late", minutes=5, text="電車が遅れています")
        wrong = await hanako.do("check-in", number=TARO.number, name=TARO.name)
        assert wrong.status == 200
        await panel.must("admit", interview=HANAKO.id)
        await line.until(lambda v: v["phase"] == "admitting" and v["admission"]["ready"])
        await hanako.must("pressed")
        await panel.must("stop", interview=HANAKO.id, side="provider", reason="回線の障害")
        await line.until(lambda v: v["phase"] == "broken_off")
        await panel.must("reopen", interview=HANAKO.id, reason="再開")
        await line.until(lambda v: v["phase"] == "waiting")
    for browser in people.values():
        await browser.do("ticket")
        await browser.do("admit", interview=TARO.id)
        await browser.get(f"/api/s/{browser.sid}/attendance.csv")
    return people


async def test_nobody_is_sent_anything_about_another(today: Day) -> None:
    people = await a_whole_day(today)
    for entrant in (HANAKO, TARO, JIRO):
        heard = "\n".join(people[entrant.id].heard)
        for other in (HANAKO, TARO, JIRO):
            if other is not entrant:
                found = [secret for secret in secrets_of(today, other) if secret in heard]
                assert not found, (entrant.number, found)
        for browser in people.values():
            assert browser is people[entrant.id] or browser.sid not in heard


async def test_before_admitted_there_is_no_ticket_anywhere(today: Day) -> None:
    """Neither in an answer nor in a frame; the session stands ready all the while."""
    people = await a_whole_day(today)
    for entrant in (TARO, JIRO):
        heard = "\n".join(people[entrant.id].heard)
        assert "/rehearsal/" not in heard
        assert '"ticket":' not in heard
        assert '"token"' not in heard


async def test_the_log_holds_nothing_personal(today: Day) -> None:
    """No name, number, message, token, session or address; the route's template instead of the path."""
    written = io.StringIO()
    structlog.configure(
        processors=[structlog.processors.JSONRenderer(ensure_ascii=False)],
        logger_factory=structlog.WriteLoggerFactory(written),
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        cache_logger_on_first_use=False,
    )
    try:
        people = await a_whole_day(today)
    finally:
        structlog.reset_defaults()
    text = written.getvalue()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {line.get("route") for line in lines} >= {"/api/enter", "/api/s/{sid}/{command}", "/api/s/{sid}/live"}
    told = [secret for entrant in (HANAKO, TARO, JIRO) for secret in secrets_of(today, entrant) if secret != entrant.id]
    told += [browser.sid for browser in people.values()] + ["aiohttp/", "127.0.0.1"]
    told += ["電車", "回線の障害", "/rehearsal/"]
    assert not [secret for secret in told if secret in text]


async def test_entries_proper_hold_nothing_personal(today: Day) -> None:
    """What is typed and written goes beside the entry, encrypted."""
    await a_whole_day(today)
    rows = await today.gateway.house.book.journal.read("exam", 0)
    text = b"\n".join(row.body for row in rows).decode()
    for entrant in (HANAKO, TARO, JIRO):
        assert not [secret for secret in secrets_of(today, entrant) if secret != entrant.id and secret in text]
    assert "/rehearsal/" not in text
