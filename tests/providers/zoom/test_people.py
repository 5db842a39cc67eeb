"""Tickets: whose link it is, what name it shows, how long it lives."""

from __future__ import annotations

from dataclasses import replace

import aiohttp
import pytest

from providers.base import GiveUp, Redirect, Retry
from providers.zoom.adapter import LONGEST_NAME, Zoom
from providers.zoom.config import LINK_TTL
from providers.zoom.types import SECOND
from tests.providers.zoom.conftest import Make
from tests.providers.zoom.samples import CANDIDATE, COMPANION, INTERVIEWER, spec
from tests.support.zoom_simulator import Clock, ZoomSimulator


async def test_a_candidate_is_shown_by_the_name_that_policy_says(zoom: Zoom, far_side: ZoomSimulator) -> None:
    room = await zoom.open_room(spec(), key="k")
    for person in (CANDIDATE, COMPANION):
        ticket = await zoom.ticket(room, person)
        assert isinstance(ticket, Redirect)
        link = far_side.world.links[ticket.url.partition("tk=")[2]]
        assert (link.meeting, link.name) == (int(room.id), person.shown_as)


@pytest.mark.parametrize(
    ("shown_as", "shown"),
    [("名" * 80, "名" * LONGEST_NAME), ("青葉\n花子\t ", "青葉 花子"), ("", "-"), ("\u202e", "-")],
)
async def test_a_name_that_zoom_would_refuse_is_made_to_fit(
    zoom: Zoom, far_side: ZoomSimulator, shown_as: str, shown: str
) -> None:
    """An admission never fails for a name."""
    room = await zoom.open_room(spec(), key="k")
    await zoom.ticket(room, replace(CANDIDATE, shown_as=shown_as))
    assert [link.name for link in far_side.world.links.values() if link.name] == [shown]


async def test_a_link_lives_for_a_short_time(zoom: Zoom, clock: Clock) -> None:
    room = await zoom.open_room(spec(), key="k")
    ticket = await zoom.ticket(room, CANDIDATE)
    assert isinstance(ticket, Redirect)
    assert ticket.expires_at is not None
    assert 0 <= clock.at - (ticket.expires_at - LINK_TTL * SECOND) < 2 * SECOND
    clock.at = ticket.expires_at + 2 * SECOND
    async with aiohttp.ClientSession() as browser, browser.get(ticket.url) as page:
        assert page.status == 410


async def test_staff_start_by_a_link_that_is_read_anew(zoom: Zoom, far_side: ZoomSimulator) -> None:
    """A start link expires after two hours: none is kept."""
    room = await zoom.open_room(spec(), key="k")
    tickets = [await zoom.ticket(room, INTERVIEWER) for _ in range(2)]
    assert tickets[0] != tickets[1]
    far_side.world.enter(int(room.id), tickets[1].url.partition("zak=")[2])  # type: ignore[union-attr]
    assert far_side.world.meetings[int(room.id)].status == "started"


async def test_the_room_holds_no_link(zoom: Zoom) -> None:
    """What is journalled opens nothing."""
    room = await zoom.open_room(spec(), key="k")
    assert "http" not in repr(room)


@pytest.mark.parametrize("person", [CANDIDATE, INTERVIEWER])
async def test_no_ticket_to_a_meeting_that_is_gone(zoom: Zoom, person: object) -> None:
    room = await zoom.open_room(spec(), key="k")
    await zoom.close_room(room)
    with pytest.raises(GiveUp, match="3001"):
        await zoom.ticket(room, person)  # type: ignore[arg-type]  # parametrised


async def test_a_lost_answer_costs_another_link_and_nothing_else(make: Make, far_side: ZoomSimulator) -> None:
    zoom = make()
    room = await zoom.open_room(spec(), key="k")
    far_side.faults.add("invite_links", "dropped_after")
    with pytest.raises(Retry):
        await zoom.ticket(room, CANDIDATE)
    assert isinstance(await zoom.ticket(room, CANDIDATE), Redirect)


async def test_following_a_link_joins_nobody_and_the_button_does(zoom: Zoom, far_side: ZoomSimulator) -> None:
    """The simulator's join page, as a mail scanner and then a browser would use it. A guest waits for the host."""
    room = await zoom.open_room(spec(), key="k")
    guest, host = await zoom.ticket(room, CANDIDATE), await zoom.ticket(room, INTERVIEWER)
    assert isinstance(guest, Redirect)
    assert isinstance(host, Redirect)
    meeting = far_side.world.meetings[int(room.id)]
    join = f"{far_side.url}/wc/{room.id}/join"
    async with aiohttp.ClientSession() as browser:
        async with browser.get(guest.url) as page:
            assert CANDIDATE.shown_as in await page.text()
        assert not meeting.present
        async with browser.post(join, data={"tk": guest.url.partition("tk=")[2]}) as page:
            assert page.status == 409
        for token in (host.url.partition("zak=")[2], guest.url.partition("tk=")[2]):
            async with browser.post(join, data={"tk": token}) as page:
                assert page.status == 200
    assert sorted(meeting.present.values()) == ["", CANDIDATE.shown_as]
