"""Reminders by the clock: at their moment, once, also after a time away; and to nobody whom they would confuse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.agenda import Agenda
from gateway.mail.reminders import Reminders
from tests.gateway.mail.world import HOUR, SECOND, World, world
from tests.support.post_office import PostOffice
from tests.support.samples import NOW, event_document, roster_row
from waiting_room import commands as c

FAR = [roster_row("1", メールアドレス="hanako@one.example", 開始時刻="2026-11-30 10:00")]


@pytest.fixture
async def far(tmp_path: Path, office: PostOffice) -> AsyncIterator[World]:
    """An interview in two days, reminded of a day before."""
    async with world(tmp_path / "d", office, FAR, event={"mail": {"reminder_hours": 24}}) as made:
        yield made


async def look(here: World) -> None:
    """As a gateway does when the moment comes."""
    agenda = Agenda(here.clock)
    Reminders(here.house, here.hall, agenda).look_at(list(here.hall.state.interviews))
    while reminders := [task for task in here.house.tasks._running if task.get_name() == "reminder"]:
        await reminders[0]
    agenda_at = min((at for at, _ in agenda._heap), default=None)
    assert agenda_at is None or agenda_at == here.see("1").starts_at - 24 * HOUR
    await here.post.deliver()


async def test_a_reminder_goes_out_at_its_moment_and_once(far: World, office: PostOffice) -> None:
    await far.send()
    await look(far)
    assert len(office.received) == 1
    far.clock.now = far.see("1").starts_at - 24 * HOUR
    for _ in range(3):
        await look(far)
    assert [mail.what for mail in far.see("1").mails] == ["invitation", "reminder"]
    assert (len(office.received), far.mail().by) == (2, "reactor")


async def test_whoever_was_invited_since_the_moment_needs_no_reminder(far: World, office: PostOffice) -> None:
    far.clock.now = far.see("1").starts_at - 20 * HOUR
    await far.send()
    await look(far)
    assert len(office.received) == 1


async def test_whoever_was_never_told_is_not_reminded(far: World, office: PostOffice) -> None:
    far.clock.now = far.see("1").starts_at - 20 * HOUR
    await look(far)
    assert office.received == []


async def test_a_gateway_that_was_away_makes_up_for_it_until_it_is_too_late(far: World, office: PostOffice) -> None:
    await far.operate("mail-send", what="invitation", all=True, by_office=True)
    far.clock.now = far.see("1").starts_at - HOUR
    await look(far)
    assert office.received == []
    far.clock.now = far.see("1").starts_at - 3 * HOUR
    await look(far)
    assert [mail.what for mail in far.see("1").mails] == ["invitation", "reminder"]


async def test_another_time_is_reminded_of_anew(far: World, office: PostOffice) -> None:
    await far.send()
    far.clock.now = far.see("1").starts_at - 24 * HOUR
    await look(far)
    start = far.see("1").starts_at + 48 * HOUR
    await far.hall.execute(c.Reschedule(far.see("1").id, start, start + HOUR), actor="cli", command_id="reschedule")
    await look(far)
    assert len(office.received) == 2
    far.clock.now = start - 24 * HOUR + SECOND
    await look(far)
    assert len(office.received) == 3


async def test_an_event_without_a_reminder_has_none(tmp_path: Path, office: PostOffice) -> None:
    assert "mail" not in event_document()
    async with world(tmp_path / "d", office, FAR) as here:
        await here.send()
        here.clock.now = NOW + 40 * HOUR
        await look(here)
        assert len(office.received) == 1
