"""Tickets: whose link it is, what name it shows, how long it lives."""

from __future__ import annotations

from dataclasses import replace

import aiohttp
import pytest

from providers.base import GiveUp, Redirect, Retry
from providers.zoom.adapter import Zoom
from providers.zoom.config import LINK_TTL
from providers.zoom.links import LONGEST_NAME, in_browser
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
    [
        ("名" * 80, "名" * LONGEST_NAME),
        ("名" * 63 + " 花", "名" * 63),
        ("𠮷" * 40, "𠮷" * (LONGEST_NAME // 2)),
        ("名" * 63 + "𠮷", "名" * 63),
        ("葛\U000e0100城", "葛\U000e0100城"),
        ("青葉\u3000花子", "青葉 花子"),
        ("青葉\n花子\t ", "青葉 花子"),
        ("\ud800青葉", "青葉"),
        ("", "-"),
        ("\u202e", "-"),
    ],
)
async def test_a_name_that_zoom_would_refuse_is_made_to_fit(
    zoom: Zoom, far_side: ZoomSimulator, shown_as: str, shown: str
) -> None:
    """An admission never fails for a name. However Zoom counts characters, 64 of UTF-16 are no more than it takes."""
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


@pytest.mark.parametrize(
    ("url", "there"),
    [
        ("https://zoom.us/j/99900000000?tk=Ab-c_1.DQ", "https://app.zoom.us/wc/99900000000/join?tk=Ab-c_1.DQ"),
        (
            "https://us06web.zoom.us/w/99900000000?tk=t&pwd=p.1&uuid=x#success",
            "https://app.zoom.us/wc/99900000000/join?tk=t&pwd=p.1",
        ),
        ("https://shiomi.zoom.us/j/999000000?pwd=a%2Bb%3D&tk=t", "https://app.zoom.us/wc/999000000/join?pwd=a%2Bb%3D&tk=t"),
        ("https://zoom.example/j/99900000000?tk=t", "https://zoom.example/wc/99900000000/join?tk=t"),
        ("http://127.0.0.1:8081/j/99900000000?tk=t", "http://127.0.0.1:8081/wc/99900000000/join?tk=t"),
        ("https://notzoom.us/j/99900000000?tk=t", "https://notzoom.us/wc/99900000000/join?tk=t"),
        ("https://zoom.us/j/99900000000?pwd=p", None),
        ("https://zoom.us/j/99900000000?tk=", None),
        ("https://zoom.us/my/office?tk=t", None),
        ("https://zoom.us/s/99900000000?tk=t", None),
        ("https://zoom.us/j/９９９０００００００００?tk=t", None),
        ("https:///j/99900000000?tk=t", None),
        ("https://[/j/99900000000?tk=t", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_way_in_without_the_app_keeps_who_the_person_is_and_nothing_else(url: str, there: str | None) -> None:
    assert in_browser(url) == there


async def test_a_candidate_can_join_without_the_app_and_staff_start_by_it(zoom: Zoom, far_side: ZoomSimulator) -> None:
    """The web client's own way of starting a meeting as its host asks for a login: it is not offered."""
    room = await zoom.open_room(spec(), key="k")
    candidate, staff = [await zoom.ticket(room, person) for person in (CANDIDATE, INTERVIEWER)]
    assert isinstance(candidate, Redirect)
    assert isinstance(staff, Redirect)
    token = candidate.url.rpartition("=")[2]
    assert candidate.browser_url is not None
    assert candidate.browser_url.startswith(f"{far_side.url}/wc/{room.id}/join?")
    assert token in candidate.browser_url
    assert staff.browser_url is None


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
