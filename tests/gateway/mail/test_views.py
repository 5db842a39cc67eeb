"""What staff see of mail: what, to whom, when, by whom; and a task for what came back, until it was seen to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.mail.world import HANAKO, World, world
from tests.support.post_office import PostOffice
from waiting_room import commands as c
from waiting_room.views import Scene, admin_view, console_view


@pytest.fixture
async def desk(tmp_path: Path, office: PostOffice) -> AsyncIterator[World]:
    """With reception, who sees all rooms."""
    async with world(tmp_path / "d", office) as here:
        await here.hall.execute(
            c.AdmitStaff("st1", "reception"),
            actor="cli",
            command_id="staff-one",
            documents=[("staff", "st1", {"name": "青木 恵子"})],
        )
        yield here


def scene_of(here: World) -> Scene:
    hall = here.hall
    return Scene(hall.id, hall.state, hall.people, hall.presence, here.clock.now, drawn=hall.drawn)


def console(here: World) -> dict[str, Any]:
    return dict(console_view(scene_of(here), "st1"))


async def test_the_console_says_what_was_mailed_when_and_by_whom(desk: World) -> None:
    await desk.send()
    (mail,) = console(desk)["rows"][desk.see("1").id]["mails"]
    assert mail == {
        "what": "invitation", "person": "candidate", "state": "sent", "at": desk.clock.now // 1000, "by": "青木 恵子",
    }  # fmt: skip
    assert HANAKO not in str(console(desk))


async def test_the_administrator_sees_counts_too(desk: World, office: PostOffice) -> None:
    office.always[HANAKO] = "550 5.1.1 unknown"
    await desk.send()
    view = admin_view(scene_of(desk), "st1")
    assert view["mail"] == {"invitation": {"undelivered": 1, "sent": 1}}
    assert view["rows"][desk.see("1").id]["mails"][0]["state"] == "undelivered"


async def test_what_came_back_is_a_task_until_somebody_has_called(desk: World, office: PostOffice) -> None:
    office.always[HANAKO] = "550 5.1.1 unknown"
    await desk.send()
    interview = desk.see("1").id
    (task,) = [task for task in console(desk)["tasks"] if task["code"] == "mail_undelivered"]
    assert (task["interview"], task["action"]) == (interview, "contact")
    await desk.hall.execute(c.RecordContact(interview), actor="staff:st1", command_id="called-1")
    assert [task for task in console(desk)["tasks"] if task["code"] == "mail_undelivered"] == []
