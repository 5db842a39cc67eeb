"""What providers say of themselves can be shown by a page as it is."""

from __future__ import annotations

import re

import pytest

from providers import scripted
from providers.base import Abilities, Terms
from providers.harutaka.adapter import Harutaka
from providers.harutaka.config import Tenant
from providers.webrtc.adapter import BuiltInRoom
from providers.zoom import adapter as zoom

CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
HARUTAKA = Harutaka(Tenant(Terms("", "", ""), waiting_room=True), links=lambda *_: None)
ALL = [
    pytest.param(HARUTAKA.abilities, id="harutaka"),
    pytest.param(scripted.ABILITIES, id="scripted"),
    pytest.param(BuiltInRoom.abilities, id="webrtc"),
    pytest.param(zoom.ABILITIES, id="zoom"),
]


@pytest.mark.parametrize("can", ALL)
def test_the_desks_hours_can_be_reckoned_with_or_are_not_told(can: Abilities) -> None:
    """A page greys the desk outside them, so half of the hours would grey it for good."""
    desk = can.support
    if desk is None or (desk.open_from is None and desk.open_until is None):
        return
    assert desk.open_from is not None
    assert desk.open_until is not None
    assert CLOCK.fullmatch(desk.open_from)
    assert CLOCK.fullmatch(desk.open_until)
    assert desk.open_from < desk.open_until
    assert desk.hours


@pytest.mark.parametrize("can", ALL)
def test_who_shows_the_session_on_our_page_hands_nobody_over(can: Abilities) -> None:
    """An embedded session has one door, which is ours and tells who came through."""
    assert set(can.label) >= {"ja", "en"}
    assert not (can.embedded and (can.waits_again or can.issued or can.arrival == "handed_over"))
