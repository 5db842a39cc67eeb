"""Canonical bytes, the chain over them, and signatures on it."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waiting_room.journal.records import HeldRecordKeys
from waiting_room.journal.chain import (
    Chain,
    canonical,
    canonical_bytes,
    chain_next,
    chain_start,
    fingerprint,
    origin,
    signed,
)
from waiting_room.journal.port import Row

ROW = Row(1, "i:1", 1, 1_000, b'{"k":"held"}', 0)
STAMPS = st.tuples(st.integers(1, 99), st.text(), st.integers(1, 99), st.integers(0, 99), st.binary(max_size=9))


def test_canonical_bytes_are_this_and_stay_so() -> None:
    """Sealed journals of years ago must verify: this test is changed together with the seal's version, never alone."""
    assert canonical(ROW) == b'1:1:1000:3:i:1:{"k":"held"}'
    assert chain_start("e", "ab") == hashlib.sha256(b"genkan-chain-v1\0e\0ab").digest()
    assert chain_next(b"x", b"y") == hashlib.sha256(b"xy").digest()


@given(STAMPS, STAMPS)
def test_two_entries_have_the_same_bytes_only_when_they_are_the_same(
    one: tuple[int, str, int, int, bytes], two: tuple[int, str, int, int, bytes]
) -> None:
    assert (canonical_bytes(*one) == canonical_bytes(*two)) == (one == two)


def test_a_colon_in_a_stream_cannot_move_the_border_to_the_body() -> None:
    assert canonical_bytes(1, "a:b", 1, 1, b"c") != canonical_bytes(1, "a", 1, 1, b"b:c")


def test_a_stream_that_is_no_utf8_keeps_its_bytes() -> None:
    assert b"\xff" in canonical_bytes(1, b"\xff".decode("utf-8", "surrogateescape"), 1, 1, b"")


def test_readers_that_fed_the_same_rows_agree_and_any_difference_shows() -> None:
    rows = [replace(ROW, offset=n, version=n) for n in range(1, 6)]
    one, two, three = Chain("e", "ab"), Chain("e", "ab"), Chain("e", "ab")
    for row in rows:
        one.feed(row)
        two.feed(row)
        three.feed(replace(row, at=row.at + (row.offset == 2)))
    assert one.value == two.value != three.value
    assert Chain("e", "ab").value != Chain("f", "ab").value
    assert Chain("e", "ab").value != Chain("e", "cd").value
    assert Chain("e", "ab").value == Chain("e", "ab.restored").value


@pytest.mark.parametrize("offset", [0, 1, 3])
def test_a_chain_takes_only_the_next_row(offset: int) -> None:
    chain = Chain("e", "ab")
    chain.feed(ROW)
    with pytest.raises(ValueError, match="does not follow"):
        chain.feed(replace(ROW, offset=offset))
    assert chain.offset == 1


def test_a_seal_is_signed_for_this_journal_this_place_and_this_value() -> None:
    keys = HeldRecordKeys()
    chain = Chain("e", "ab")
    chain.feed(ROW)
    seal = chain.seal(keys)
    public = keys.public(seal.kid)
    assert public is not None
    assert (seal.offset, seal.chain, seal.kid) == (1, chain.value.hex(), "k1")
    assert signed(seal, "e", "ab", public)
    assert signed(seal, "e", "ab.restored", public)
    assert not signed(seal, "f", "ab", public)
    assert not signed(seal, "e", "cd", public)
    assert not signed(replace(seal, offset=2), "e", "ab", public)
    assert not signed(replace(seal, chain="00" * 32), "e", "ab", public)
    assert not signed(replace(seal, chain="no hex"), "e", "ab", public)
    assert not signed(replace(seal, signature=""), "e", "ab", public)
    keys.rotate()
    assert not signed(seal, "e", "ab", keys.current()[1].public_key())


def test_a_fingerprint_names_a_key() -> None:
    public = HeldRecordKeys().public("k1")
    assert public is not None
    assert fingerprint(public) == hashlib.sha256(public.public_bytes_raw()).hexdigest()


def test_a_restore_keeps_the_origin_of_an_epoch() -> None:
    assert [origin(epoch) for epoch in ("ab", "ab.cd", "ab.cd.ef")] == ["ab", "ab", "ab"]
