"""Secrets are made once, kept with owner-only rights, and rotate with overlap."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from gateway.keys import MAX_LINK_GENERATIONS, SECOND, TOKEN_OVERLAP, Keys, KeysDamaged, Kind

NOW = 1_790_000_000 * SECOND


def modes(directory: Path) -> dict[str, int]:
    return {str(path.relative_to(directory)): stat.S_IMODE(path.stat().st_mode) for path in directory.rglob("*")}


def test_only_the_owner_can_read_what_is_made(tmp_path: Path) -> None:
    directory = tmp_path / "keys"
    keys = Keys.open(directory, NOW)
    keys.secret("worker")
    keys.events.create("e1")
    keys.rotate("token", NOW)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    found = modes(directory)
    assert len(found) >= 7
    assert {name: oct(mode) for name, mode in found.items() if mode not in (0o600, 0o700)} == {}
    assert [name for name, mode in found.items() if mode == 0o700] == ["events"]


def test_loose_rights_are_tightened_at_the_next_start(tmp_path: Path) -> None:
    Keys.open(tmp_path, NOW)
    (tmp_path / "session.json").chmod(0o644)
    tmp_path.chmod(0o755)
    Keys.open(tmp_path, NOW)
    assert stat.S_IMODE((tmp_path / "session.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_two_gateways_never_share_a_secret_and_a_restart_keeps_them(tmp_path: Path) -> None:
    one, other = Keys.open(tmp_path / "a", NOW), Keys.open(tmp_path / "b", NOW)
    again = Keys.open(tmp_path / "a", NOW + SECOND)
    assert one.link_secrets() != other.link_secrets()
    assert one.link_secrets() == again.link_secrets()
    assert one.describe() == again.describe()
    assert one.secret("worker") == again.secret("worker") != other.secret("worker")


def test_a_secret_shows_in_no_repr(tmp_path: Path) -> None:
    keys = Keys.open(tmp_path, NOW)
    shown = repr(keys.describe()) + repr(keys) + "".join(repr(ring.current) for ring in keys._rings.values())
    assert repr(keys.link_secrets()[0])[2:-1] not in shown


def test_an_old_token_key_is_published_until_its_tokens_are_dead_and_an_hour_more(tmp_path: Path) -> None:
    keys = Keys.open(tmp_path, NOW)
    old = keys.token_key()[0]
    keys.rotate("token", NOW)
    assert keys.token_key()[0] != old
    assert old in keys.token_public(NOW + TOKEN_OVERLAP - 1)
    assert old not in keys.token_public(NOW + TOKEN_OVERLAP)


def test_a_record_key_is_never_dropped(tmp_path: Path) -> None:
    keys = Keys.open(tmp_path, NOW)
    first = keys.record.current()[0]
    for year in range(1, 6):
        keys.rotate("record", NOW + year * 365 * 24 * 3600 * SECOND)
    assert keys.record.public(first) is not None
    assert len(keys.record_public()) == 6
    assert keys.record.public("record-of-somebody-else") is None
    with pytest.raises(ValueError, match="never"):
        keys.rotate("record", NOW, drop_old=True)


def test_link_keys_are_kept_up_to_a_bound_and_dropped_on_request(tmp_path: Path) -> None:
    keys = Keys.open(tmp_path, NOW)
    first = keys.link_secrets()[0]
    keys.rotate("link", NOW)
    assert first in keys.link_secrets()
    assert keys.link_secrets()[0] != first
    for _ in range(5):
        keys.rotate("link", NOW)
    assert len(keys.link_secrets()) == MAX_LINK_GENERATIONS
    keys.rotate("link", NOW, drop_old=True)
    assert len(keys.link_secrets()) == 1
    assert Keys.open(tmp_path, NOW).link_secrets() == keys.link_secrets()


def test_listeners_hear_of_a_rotation_after_it_is_durable(tmp_path: Path) -> None:
    keys = Keys.open(tmp_path, NOW)
    heard: list[tuple[Kind, bool]] = []
    keys.on_rotation(lambda kind: heard.append((kind, Keys.open(tmp_path, NOW).token_key()[0] == keys.token_key()[0])))
    keys.rotate("token", NOW)
    assert heard == [("token", True)]


@pytest.mark.parametrize("content", [b"", b"{}", b'{"generations": []}', b'{"generations": [{"id": "x"}]}', b"\xff"])
def test_a_damaged_key_file_stops_the_start_and_is_not_overwritten(tmp_path: Path, content: bytes) -> None:
    Keys.open(tmp_path, NOW)
    (tmp_path / "link.json").write_bytes(content)
    with pytest.raises(KeysDamaged, match=r"link\.json"):
        Keys.open(tmp_path, NOW)
    assert (tmp_path / "link.json").read_bytes() == content
