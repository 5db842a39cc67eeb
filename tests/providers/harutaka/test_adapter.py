"""The links of an interview are handed out to whom they are for, and to nobody where there are none."""

from __future__ import annotations

import pytest

from providers.base import AskAPerson, GiveUp, Person, Preflight, Provider, Redirect, RoomSpec, Terms
from providers.harutaka.adapter import Harutaka
from providers.harutaka.config import DESK, ENVIRONMENT, Tenant
from providers.harutaka.urls import Pair
from tests.providers.harutaka.samples import PAIR, ROOMS

TENANT = Tenant(Terms("harutaka", "https://www.example.lg.jp/harutaka-terms", "2026-04-01"))
SPEC = RoomSpec("exam", "r1", "iv1", 1, "面接", 0, 1)
CANDIDATE = Person("candidate:iv1", "candidate", "青葉 花子", 1, 1)
COMPANION = Person("companion:iv1.1", "companion", "同伴 一", 1, 0)
STAFF = [Person(f"staff:{role}", role, "面接官", 0, 1) for role in ("interviewer", "reception", "administrator")]


class Imported(dict[tuple[str, str, str], Pair]):
    """What was imported, as the gateway would look it up."""

    def __call__(self, event: str, room: str, interview: str) -> Pair | None:
        return self.get((event, room, interview))


@pytest.fixture
def imported() -> Imported:
    return Imported({("exam", "r1", "iv1"): PAIR})


@pytest.fixture
def harutaka(imported: Imported) -> Harutaka:
    return Harutaka(TENANT, links=imported)


def test_it_is_a_provider_with_a_preflight(harutaka: Harutaka) -> None:
    assert isinstance(harutaka, Provider)
    assert isinstance(harutaka, Preflight)


def test_it_says_that_it_only_hands_over(harutaka: Harutaka) -> None:
    can = harutaka.abilities
    assert (can.arrival, can.embedded, can.revokes, can.ends, can.issued) == ("handed_over", False, False, False, True)
    assert (can.support, can.test_page, can.terms) == (DESK, ENVIRONMENT, TENANT.terms)
    assert (DESK.open_from, DESK.open_until) == ("09:00", "18:00")


def test_a_tenant_with_its_own_waiting_room_lets_people_wait_again(imported: Imported) -> None:
    assert not Harutaka(TENANT, links=imported).abilities.waits_again
    assert Harutaka(Tenant(TENANT.terms, waiting_room=True), links=imported).abilities.waits_again


async def test_each_side_is_sent_to_its_own_link(harutaka: Harutaka) -> None:
    room = await harutaka.open_room(SPEC, key="k")
    for person in (CANDIDATE, COMPANION):
        assert await harutaka.ticket(room, person) == Redirect(PAIR.candidate)
    for person in STAFF:
        assert await harutaka.ticket(room, person) == Redirect(PAIR.evaluator)


async def test_an_interview_without_a_link_asks_a_person(harutaka: Harutaka) -> None:
    """It is of no use to try again, and no other interview's link will do."""
    for spec in (RoomSpec("exam", "r1", "iv2", 1, "", 0, 1), RoomSpec("exam2", "r1", "iv1", 1, "", 0, 1)):
        with pytest.raises(AskAPerson) as caught:
            await harutaka.open_room(spec, key="k")
        assert caught.value.code == "no_url"


async def test_without_an_interviewers_link_only_staff_are_held_up(imported: Imported, harutaka: Harutaka) -> None:
    imported["exam", "r1", "iv1"] = Pair(PAIR.candidate)
    room = await harutaka.open_room(SPEC, key="k")
    assert await harutaka.ticket(room, CANDIDATE) == Redirect(PAIR.candidate)
    for person in STAFF:
        with pytest.raises(AskAPerson) as caught:
            await harutaka.ticket(room, person)
        assert caught.value.code == "no_evaluator_url"


@pytest.mark.parametrize(
    "pair",
    [
        Pair("https://evil.example/live/abc", PAIR.evaluator),
        Pair(PAIR.candidate, "https://evil.example/live/abc"),
        Pair("http://127.0.0.1:8099/live/abc"),
    ],
)
async def test_nobody_is_sent_where_the_settings_do_not_allow(pair: Pair) -> None:
    """A rehearsal's links outlive its settings."""
    rehearsal = Tenant(TENANT.terms, hosts=frozenset({"127.0.0.1:8099", "evil.example"}))
    await Harutaka(rehearsal, links=lambda *_: pair).open_room(SPEC, key="k")
    with pytest.raises(AskAPerson) as caught:
        await Harutaka(TENANT, links=lambda *_: pair).open_room(SPEC, key="k")
    assert caught.value.code == "url_refused"
    assert "abc" not in str(caught.value)


async def test_the_rooms_id_is_the_same_for_the_same_link_and_is_no_link(
    imported: Imported, harutaka: Harutaka
) -> None:
    first = await harutaka.open_room(SPEC, key="k1")
    assert (await harutaka.open_room(SPEC, key="k2")).id == first.id
    assert ROOMS not in first.id
    assert "token" not in first.id
    imported["exam", "r1", "iv1"] = Pair(f"{ROOMS}/another")
    assert (await harutaka.open_room(SPEC, key="k1")).id != first.id


async def test_closing_changes_nothing(harutaka: Harutaka) -> None:
    """The far side cannot be told, so a link given out stays good: abilities say so."""
    room = await harutaka.open_room(SPEC, key="k")
    for _ in range(2):
        await harutaka.close_room(room)
    assert await harutaka.ticket(room, CANDIDATE) == Redirect(PAIR.candidate)


def test_no_callback_is_genuine(harutaka: Harutaka) -> None:
    with pytest.raises(GiveUp) as caught:
        harutaka.observe({"X-Signature": "whatever"}, b'{"event": "joined"}')
    assert caught.value.code == "not_genuine"
