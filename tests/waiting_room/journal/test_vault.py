"""Keys per event and what is encrypted under them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waiting_room.errors import Malformed
from waiting_room.journal.vault import (
    KEY_BYTES,
    CannotOpen,
    EventKeys,
    FileEventKeys,
    KeyExists,
    MemoryEventKeys,
    open_document,
    open_private,
    seal_document,
    seal_private,
)

KEY, OTHER = bytes(32), bytes(31) + b"1"
ROW = {"name": "髙橋 さくら", "number": "0042"}


@pytest.fixture(params=["file", "memory"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> EventKeys:
    return FileEventKeys(tmp_path / "keys") if request.param == "file" else MemoryEventKeys()


def test_an_event_has_one_key_of_its_own_until_it_is_destroyed(keys: EventKeys) -> None:
    assert keys.get("a") is None
    made = {event: keys.create(event) for event in ("a", "b", "../up", "名")}
    assert len(set(made.values())) == 4
    assert all(len(key) == KEY_BYTES for key in made.values())
    assert {event: keys.get(event) for event in made} == made
    with pytest.raises(KeyExists):
        keys.create("a")
    assert keys.get("a") == made["a"]
    keys.destroy("a")
    keys.destroy("a")
    assert keys.get("a") is None
    assert keys.get("b") == made["b"]


def test_key_files_are_for_their_owner_and_found_again_and_leave_nothing_behind(tmp_path: Path) -> None:
    directory = tmp_path / "keys"
    keys = FileEventKeys(directory)
    made = keys.create("../up")
    (file,) = directory.iterdir()
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes() == made
    again = FileEventKeys(directory)
    assert again.get("../up") == made
    again.destroy("../up")
    assert list(directory.iterdir()) == []
    assert FileEventKeys(directory).get("../up") is None


def test_a_directory_that_others_could_enter_is_closed_to_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    FileEventKeys(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_of_two_processes_that_make_a_key_one_wins_and_the_key_is_never_replaced(tmp_path: Path) -> None:
    one, two = FileEventKeys(tmp_path), FileEventKeys(tmp_path)
    made = one.create("a")
    with pytest.raises(KeyExists):
        two.create("a")
    assert two.get("a") == made
    assert [file.name for file in tmp_path.iterdir()] == ["a.key"]


def test_a_crash_while_a_key_is_written_leaves_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(5, "input/output error")

    keys = FileEventKeys(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="input/output"):
            keys.create("a")
    assert keys.get("a") is None
    assert list(tmp_path.iterdir()) == []
    keys.create("a")


def test_a_damaged_key_file_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "a.key").write_bytes(b"short")
    with pytest.raises(CannotOpen):
        FileEventKeys(tmp_path).get("a")


@given(st.dictionaries(st.text("abc漢"), st.text(st.characters(exclude_categories=["Cs"])) | st.integers() | st.none()))
def test_what_is_sealed_opens_again(payload: dict[str, object]) -> None:
    digest, ciphertext = seal_private(KEY, "e", payload)
    assert open_private(KEY, "e", digest, ciphertext) == payload
    assert open_document(KEY, "e", "c", "i", seal_document(KEY, "e", "c", "i", payload)) == payload


def test_equal_payloads_have_different_digests_and_ciphertexts() -> None:
    """Nobody can tell from the entries that two rows are the same person's."""
    one, two = seal_private(KEY, "e", ROW), seal_private(KEY, "e", ROW)
    assert one[0] != two[0]
    assert one[1] != two[1]


@given(place=st.integers(0, 10**6), flip=st.integers(1, 255))
def test_a_changed_ciphertext_does_not_open(place: int, flip: int) -> None:
    digest, ciphertext = seal_private(KEY, "e", ROW)
    changed = bytearray(ciphertext)
    changed[place % len(changed)] ^= flip
    with pytest.raises(CannotOpen):
        open_private(KEY, "e", digest, bytes(changed))


@pytest.mark.parametrize("cut", [0, 5, 12, 20])
def test_a_cut_ciphertext_does_not_open(cut: int) -> None:
    digest, ciphertext = seal_private(KEY, "e", ROW)
    with pytest.raises(CannotOpen):
        open_private(KEY, "e", digest, ciphertext[:cut])


def test_a_private_payload_opens_only_for_its_key_event_and_digest() -> None:
    digest, ciphertext = seal_private(KEY, "e", ROW)
    other_digest, _ = seal_private(KEY, "e", ROW)
    for key, event, claimed in ((OTHER, "e", digest), (KEY, "f", digest), (KEY, "e", other_digest)):
        with pytest.raises(CannotOpen):
            open_private(key, event, claimed, ciphertext)


def test_a_document_opens_only_in_its_place() -> None:
    sealed = seal_document(KEY, "e", "roster", "1", ROW)
    for key, place in (
        (OTHER, ("e", "roster", "1")),
        (KEY, ("f", "roster", "1")),
        (KEY, ("e", "staff", "1")),
        (KEY, ("e", "roster", "2")),
        (KEY, ("e", "ros", "ter1")),
    ):
        with pytest.raises(CannotOpen):
            open_document(key, *place, sealed)


def test_what_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(Malformed):
        seal_private(KEY, "e", {"at": object()})


def test_randomness_can_be_given() -> None:
    assert seal_private(KEY, "e", ROW, bytes) == seal_private(KEY, "e", ROW, bytes)
    assert MemoryEventKeys(bytes).create("e") == bytes(32)
