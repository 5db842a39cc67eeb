"""What a release has written, every later one reads to the same end.

That an entry of a later release than its own takes a gateway out of service for the event, instead of having it guess,
is held by tests/gateway/test_newer_release.py.
"""

from __future__ import annotations

import json
from importlib.metadata import version

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.golden.journals import HERE, Golden, columns, states
from waiting_room.entries import KINDS, Sealed
from waiting_room.journal.book import stamped
from waiting_room.journal.chain import Chain, signed

RELEASES = sorted(path.name for path in HERE.iterdir() if (path / "journal.jsonl").exists())


@pytest.mark.parametrize("release", RELEASES)
def test_a_journal_folds_to_what_it_folded_to_when_it_was_written(release: str) -> None:
    journal = Golden.load(release)
    event = journal.replayed()
    assert event.readable
    expected = json.loads((HERE / release / "states.json").read_text("utf-8"))
    assert json.loads(json.dumps(states(event))) == expected


@pytest.mark.parametrize("release", RELEASES)
def test_its_record_says_the_same_in_every_column_that_it_had(release: str) -> None:
    expected, found = columns((HERE / release / "attendance.csv").read_bytes()), columns(Golden.load(release).record())
    assert {name: found.get(name) for name in expected} == expected


@pytest.mark.parametrize("release", RELEASES)
def test_its_chain_and_its_seals_hold(release: str) -> None:
    journal = Golden.load(release)
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(journal.record_key))
    chain, seals = Chain(journal.event, journal.epoch), 0
    for row, value in zip(journal.rows, journal.chain, strict=True):
        entry = stamped(row).entry
        if isinstance(entry, Sealed):
            assert entry.offset == chain.offset
            assert entry.chain == chain.value.hex()
            assert signed(entry, journal.event, journal.epoch, key)
            seals += 1
        assert chain.feed(row).hex() == value
    assert seals


def test_the_journal_of_this_release_has_every_kind_that_it_can_write() -> None:
    """A new kind goes into tests/golden/story.py, under a new version (pyproject.toml)."""
    written = {getattr(stamped(row).entry, "kind", "") for row in Golden.load(version("genkan")).rows}
    assert written == KINDS.keys()
