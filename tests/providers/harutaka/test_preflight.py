"""Preflight: each slot without links is named, and what only a person can see is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from providers.base import Finding, Planned, Terms
from providers.harutaka.adapter import Harutaka
from providers.harutaka.config import Tenant
from providers.harutaka.preflight import TEXTS
from providers.harutaka.urls import Pair
from tests.providers.harutaka.samples import ROOMS, pair, slot

TERMS = Terms("harutaka", "https://www.example.lg.jp/harutaka-terms", "2026-04-01")
DAY = [slot(number) for number in range(3)]
ASKED = ["alive", "waiting_room", "recording", "people", "network"]


async def look(
    links: Mapping[str, Pair], *, timetable: Sequence[Planned] = DAY, tenant: Tenant | None = None
) -> Sequence[Finding]:
    provider = Harutaka(tenant or Tenant(TERMS), links=lambda _event, _room, interview: links.get(interview))
    return await provider.preflight(timetable)


def of(found: Sequence[Finding], check: str) -> list[tuple[str, str | None]]:
    return [(one.verdict, one.interview) for one in found if one.check == check]


ALL = {planned.interview: pair(number) for number, planned in enumerate(DAY)}


async def test_all_is_well_and_a_person_is_asked_the_rest() -> None:
    found = await look(ALL)
    assert [(one.check, one.verdict) for one in found] == [
        ("coverage", "ok"), ("duplicate", "ok"), ("address", "ok"), ("evaluator", "ok"),
        *((check, "ask") for check in ASKED),
    ]  # fmt: skip
    assert "3" in found[0].text["ja"]


async def test_each_slot_without_a_link_is_named_with_its_time() -> None:
    found = await look({"ivr1-1": pair(1)})
    assert of(found, "coverage") == [("failed", "ivr1-0"), ("failed", "ivr1-2")]
    assert [re.search(r"11/28 \d\d:\d\d \(JST\)", one.text["en"]) is not None for one in found[:2]] == [True, True]
    assert "09:40" in found[1].text["ja"]


async def test_an_interviewers_link_that_is_missing_is_a_warning() -> None:
    """Interviewers can still enter on harutaka's own page."""
    found = await look({**ALL, "ivr1-1": Pair(f"{ROOMS}/c-token-1")})
    assert of(found, "evaluator") == [("warning", "ivr1-1")]
    assert of(found, "coverage") == [("ok", None)]


async def test_slots_that_share_a_link_are_named() -> None:
    found = await look({**ALL, "ivr1-2": Pair(f"{ROOMS}/c-token-0", f"{ROOMS}/e")})
    assert of(found, "duplicate") == [("failed", "ivr1-0"), ("failed", "ivr1-2")]


async def test_a_link_to_a_host_that_is_not_allowed_is_named() -> None:
    links = {**ALL, "ivr1-0": Pair("http://127.0.0.1:8099/live/1", f"{ROOMS}/e")}
    assert of(await look(links), "address") == [("failed", "ivr1-0")]
    rehearsal = Tenant(TERMS, hosts=frozenset({"127.0.0.1:8099"}))
    assert of(await look(links, tenant=rehearsal), "address") == [("ok", None)]


async def test_whether_the_waiting_room_is_as_the_settings_say_is_asked() -> None:
    off = [one.text for one in await look(ALL) if one.check == "waiting_room"]
    on = [one.text for one in await look(ALL, tenant=Tenant(TERMS, waiting_room=True)) if one.check == "waiting_room"]
    assert ["オフ" in text["ja"] for text in off] == [True]
    assert ["オン" in text["ja"] and "オフ" not in text["ja"] for text in on] == [True]


async def test_the_figures_of_harutakas_pages_are_told() -> None:
    texts = {one.check: one.text for one in await look(ALL)}
    for language in ("ja", "en"):
        assert "12" in texts["people"][language]
        assert all(part in texts["network"][language] for part in ("*.harutaka.jp", "32768–61000", "443"))
        assert "企業情報編集" in texts["recording"][language]


async def test_no_finding_shows_a_link() -> None:
    found = await look({"ivr1-0": Pair("http://evil.example/hush", f"{ROOMS}/hush"), "ivr1-1": pair(1)})
    assert not any("hush" in text or "token" in text or "{" in text for one in found for text in one.text.values())


def test_every_finding_speaks_both_languages() -> None:
    for key, (ja, en) in TEXTS.items():
        assert re.search(r"[\u3040-\u30ff]", ja), key
        assert len(re.findall(r"[\u3040-\u30ff\u4e00-\u9fff]", en)) < len(en) / 5, key
