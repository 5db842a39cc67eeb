"""Links are derived, revocable by number, and known by whoever folds the journal."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.links import CODE_ALPHABET, LinkIndex, Links, Target, invite_token, room_code
from waiting_room.entries import EventCreated, InviteIssued, Scheduled, StaffAdmitted

OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture
def links() -> Links:
    return Links([NEW, OLD], "https://example.lg.jp")


@pytest.fixture
def index(links: Links) -> LinkIndex:
    made = LinkIndex(links)
    made.fold("e1", "event", EventCreated(("r1", "r2"), "webrtc", {}))
    made.fold("e1", "i:iv1", Scheduled("r1", 0, 1, companions=1))
    made.fold("e1", "event", StaffAdmitted("st1", "interviewer", ("r1",)))
    return made


def test_each_kind_of_link_finds_its_person(links: Links, index: LinkIndex) -> None:
    assert index.find(links.invite_token("e1", "iv1")) == Target("candidate", "e1", "iv1")
    assert index.find(links.invite_token("e1", "iv1", "companion.1")) == Target("companion", "e1", "iv1", "companion.1")
    assert index.find(links.staff_token("e1", "st1")) == Target("staff", "e1", "st1")
    assert index.find(links.room_code("e1", "r2").upper()) == Target("shared", "e1", "r2")


def test_a_link_holds_its_token_in_the_fragment(links: Links) -> None:
    assert re.fullmatch(r"https://example\.lg\.jp/j#[A-Za-z0-9_-]{22}", links.invite("e1", "iv1"))
    assert re.fullmatch(r"https://example\.lg\.jp/admin#[A-Za-z0-9_-]{22}", links.staff("e1", "st1", "administrator"))
    assert re.fullmatch(r"https://example\.lg\.jp/console#[A-Za-z0-9_-]{22}", links.staff("e1", "st1", "reception"))
    assert re.fullmatch(rf"https://example\.lg\.jp/r/[{CODE_ALPHABET}]{{6}}", links.shared("e1", "r1"))


def test_a_new_number_revokes_the_link_before_it(links: Links, index: LinkIndex) -> None:
    index.fold("e1", "i:iv1", InviteIssued("candidate", 2))
    old = index.find(links.invite_token("e1", "iv1", issue=1))
    assert old is not None
    assert old.revoked
    assert index.find(links.invite_token("e1", "iv1", issue=2)) == Target("candidate", "e1", "iv1", issue=2)
    assert index.find(links.invite_token("e1", "iv1", "companion.1")) is not None


def test_a_revoked_person_of_the_staff_is_found_revoked(links: Links, index: LinkIndex) -> None:
    index.fold("e1", "event", StaffAdmitted("st1", "interviewer", ("r1",), revoked=True))
    found = index.find(links.staff_token("e1", "st1"))
    assert found is not None
    assert found.revoked


def test_a_mailed_link_opens_after_a_rotation_until_the_old_key_is_dropped(links: Links, index: LinkIndex) -> None:
    mailed = invite_token(OLD, "e1", "iv1", "candidate", 1)
    assert index.find(mailed) == Target("candidate", "e1", "iv1")
    index.rekey(Links([NEW]))
    assert index.find(mailed) is None
    assert index.find(links.invite_token("e1", "iv1")) == Target("candidate", "e1", "iv1")


def test_a_closed_events_links_are_nobodys(links: Links, index: LinkIndex) -> None:
    index.fold("e2", "i:iv1", InviteIssued("candidate", 1))
    index.forget("e1")
    assert index.find(links.invite_token("e1", "iv1")) is None
    assert index.find(links.room_code("e1", "r1")) is None
    assert index.find(links.invite_token("e2", "iv1")) == Target("candidate", "e2", "iv1")


@given(st.text(max_size=30))
def test_what_we_never_gave_out_is_nobody(text: str) -> None:
    made = LinkIndex(Links([OLD]))
    made.fold("e1", "i:iv1", InviteIssued("candidate", 1))
    assert made.find(text) is None


parts = st.text(alphabet="abc123.-_", min_size=1, max_size=12)


@given(one=st.tuples(parts, parts, parts, st.integers(1, 9)), other=st.tuples(parts, parts, parts, st.integers(1, 9)))
def test_different_people_have_different_links(
    one: tuple[str, str, str, int], other: tuple[str, str, str, int]
) -> None:
    assert (invite_token(OLD, *one) == invite_token(OLD, *other)) == (one == other)


@given(parts, parts)
def test_a_code_can_be_dictated(event: str, room: str) -> None:
    assert re.fullmatch(rf"[{CODE_ALPHABET}]{{6}}", room_code(OLD, event, room))
