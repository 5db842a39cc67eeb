"""Links lead in for as long as the rules let them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.day import EVENT, FILE, HANAKO, JIRO, TARO, Day, day
from waiting_room.commands import Admit


def ruled(tmp_path: Path, **rules: Any) -> Any:
    return day(tmp_path, file=FILE | {"policy": rules})


async def opens(today: Day, **key: str) -> str:
    """The code of the refusal, empty where it opens."""
    return (await today.browser().enter(**key)).code


async def test_a_link_opens_no_sooner_than_the_rules_say(tmp_path: Path) -> None:
    async with ruled(tmp_path, invite_valid_before=10) as today:
        link = today.link(TARO.id)
        assert await opens(today, link=link) == "link_not_yet"
        assert today.hall.state.interviews[TARO.id].opened == ()
        today.clock.shift(9.5 * 60)
        assert await opens(today, link=link) == ""


async def test_nor_later_for_a_companion_or_by_a_rooms_code_either(tmp_path: Path) -> None:
    async with ruled(tmp_path, invite_valid_after=60) as today:
        keys = [{"link": today.link(HANAKO.id)}, {"link": today.link(JIRO.id, "companion.1")}]
        keys.append({"code": today.gateway.house.links.room_code(EVENT, "r2")})
        assert [await opens(today, **key) for key in keys] == ["", "", ""]
        today.clock.shift(3600)
        assert [await opens(today, **key) for key in keys] == ["link_expired"] * 3
        shared = {"code": today.gateway.house.links.room_code(EVENT, "r1")}
        assert await opens(today, **shared) == ""  # for Taro, who is still to come


async def test_who_is_in_the_room_is_not_locked_out(tmp_path: Path) -> None:
    async with ruled(tmp_path, invite_valid_after=0) as today:
        browser = today.browser()
        assert (await browser.enter(link=today.link(TARO.id))).status == 200
        await browser.must("consent", notice="n1")
        await browser.must("check-in", number=TARO.number, name=TARO.name)
        today.clock.shift(20 * 60)
        assert await opens(today, link=today.link(TARO.id)) == "link_expired"
        await today.hall.execute(Admit(TARO.id), actor="staff:x", command_id="admit")
        assert await opens(today, link=today.link(TARO.id)) == ""


@pytest.mark.parametrize("after", [60, None])
async def test_staff_are_bound_by_no_such_rule(tmp_path: Path, after: int | None) -> None:
    async with ruled(tmp_path, invite_valid_after=after) as today:
        link = await today.staff_link("d", "reception", ())
        today.clock.shift(2 * 3600)
        assert await opens(today, link=link) == ""
