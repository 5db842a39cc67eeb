"""A bundle: the same journal gives the same bytes, proves itself elsewhere, and any change is found and located."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bundle import members as m
from gateway.bundle.checking import Checked, check
from gateway.bundle.container import Torn, pack, place_of, unpack
from gateway.bundle.making import Material, make
from gateway.cli import invoke
from gateway.house import House
from gateway.operations import run
from tests.support.samples import NOW, SECOND, open_house, roster_row, with_event
from tests.waiting_room.journal.records import HeldRecordKeys
from waiting_room import commands as c
from waiting_room.journal.chain import canonical_bytes, chain_start, fingerprint
from waiting_room.journal.port import Row

NAME, TYPED = "山田 花子", "やまだ はなこ"


async def _day(house: House) -> str:
    """One who came, one who did not, one who is still to come; a pause, and a companion nobody has seen."""
    event = await with_event(house, [roster_row("1", 氏名=NAME, 開始時刻="07:40", 同伴者="木村 理恵(通訳)"),
                                     roster_row("2", 開始時刻="07:20"), roster_row("3", 開始時刻="11:00")])  # fmt: skip
    hall = house.halls[event]
    late, here, _ = hall.state.of_room("r1")
    commands: list[c.Command] = [
        c.Pause("r1", on=True),
        c.Pause("r1", on=False),
        c.Consent(here.id, "s" * 22, "1"),
        c.CheckIn(here.id, "s" * 22, "personal", NOW, number_matches=True, private={"number": "1", "name": TYPED}),
        c.RecordContact(late.id, {"note": "電話あり"}),
        c.ConfirmAbsence(late.id, private={"reason": "来ない"}),
    ]
    for number, command in enumerate(commands):
        await hall.execute(command, actor="staff:st1", command_id=f"c{number:08}")
    return event


async def _exported(folder: Path) -> tuple[bytes, bytes, str]:
    async with open_house(folder) as house:
        event = await _day(house)
        bare = await run(house, "export", {"event": event})
        whole = await run(house, "export", {"event": event, "people": True})
        return base64.b64decode(bare["bundle"]), base64.b64decode(whole["bundle"]), bare["record_key"]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes, str]:
    return asyncio.run(_exported(tmp_path_factory.mktemp("house")))


@pytest.fixture(scope="module")
def bare(exported: tuple[bytes, bytes, str]) -> bytes:
    return exported[0]


@pytest.fixture(scope="module")
def whole(exported: tuple[bytes, bytes, str]) -> bytes:
    return exported[1]


@pytest.fixture(scope="module")
def key(exported: tuple[bytes, bytes, str]) -> str:
    return exported[2]


def checked(data: bytes, *trust: str) -> Checked:
    return asyncio.run(check(data, trust))


def member(data: bytes, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in unpack(data)[name].splitlines()]


def resigned(members: Mapping[str, bytes]) -> bytes:
    """The same with a manifest that fits, signed by a key of one's own: what a forger can do."""
    kid, forgers = HeldRecordKeys().current()
    jwk = json.loads(members[m.KEYS])["keys"][0]
    x = base64.urlsafe_b64encode(forgers.public_key().public_bytes_raw()).rstrip(b"=").decode()
    jwk |= {"kid": kid, "x": x, "genkan_fingerprint": fingerprint(forgers.public_key())}
    told = {**members, m.KEYS: m.jsonl([{"keys": [*json.loads(members[m.KEYS])["keys"], jwk]}])}
    manifest = m.manifest_of(told)
    return pack({**told, m.MANIFEST: manifest, m.SIGNATURE: m.sign_manifest(manifest, kid, forgers)})


# --- what is in it -----------------------------------------------------------------------------------------------


def test_a_bundle_is_whole_and_says_who_signed_it(bare: bytes, key: str) -> None:
    found = checked(bare, key)
    assert (found.ok, found.trusted, found.signed_by, found.people) == (True, True, key, False)
    assert found.verdicts == {"absent": 1, "late": 1, "still_ahead": 1}
    assert (found.event, found.seals, found.entries) == ("test-2026", 1, len(member(bare, m.JOURNAL)))


def test_it_ends_in_a_seal_behind_the_entry_that_says_that_it_was_taken_out(bare: bytes, whole: bytes) -> None:
    for data, what in ((bare, "bundle"), (whole, "bundle_with_people")):
        *_, told, seal = member(data, m.JOURNAL)
        assert (told["kind"], told["data"], told["actor"], seal["kind"]) == (
            "exported",
            {"what": what},
            "cli",
            "sealed",
        )


def test_nothing_personal_is_in_it_unless_it_was_asked_for(bare: bytes, whole: bytes) -> None:
    for word in (NAME, TYPED, "木村", "電話あり", "来ない"):
        assert word.encode() not in bare
        assert word.encode() in whole


def test_anybody_can_open_it(whole: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [*m.BARE, *m.PEOPLE, m.MANIFEST, m.SIGNATURE]


def test_the_texts_that_were_agreed_to_are_those_that_the_rules_name(bare: bytes) -> None:
    (notice,) = member(bare, m.NOTICES)
    assert (notice["id"], notice["version"], notice["text"]["body"]["ja"]) == ("notice", "1", "本文")


def test_the_rules_are_there_from_each_entry_that_changed_them(bare: bytes) -> None:
    (rules,) = member(bare, m.POLICIES)
    assert (rules["offset"], rules["policy"]["absent_after"]) == (1, 600)


MAKE_AGAIN = """
import sys
from tests.gateway.test_bundle import remade
sys.stdout.buffer.write(remade(sys.stdin.buffer.read()))
"""


def remade(data: bytes) -> bytes:
    """The bundle of a bundle's own journal, by keys that everybody has."""
    head = member(data, m.EVENT)[0]
    rows: list[Row] = [m.row_of(line) for line in member(data, m.JOURNAL)]
    keys = HeldRecordKeys()
    return make(Material(head["event"], head["epoch"], rows, head), keys, [keys.current()[0]])


def test_the_same_journal_gives_the_same_bytes_in_another_process(bare: bytes) -> None:
    for seed in ("1", "2"):
        elsewhere = subprocess.run(
            [sys.executable, "-c", MAKE_AGAIN], input=bare, capture_output=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": "America/Lima", "LC_ALL": "C"},
        ).stdout  # fmt: skip
        assert elsewhere == remade(bare)


# --- what is changed is found ------------------------------------------------------------------------------------


@given(place=st.integers(0, 2**30), flip=st.integers(1, 255))
def test_any_byte_that_flips_is_found_at_its_place(whole: bytes, place: int, flip: int) -> None:
    located(whole, place % len(whole), flip)


def test_any_byte_around_the_members_and_of_the_signature_is_found_at_its_place(whole: bytes) -> None:
    """Each of them, since they are few beside the members and have to be told apart from them."""
    places = [place for place in range(len(whole)) if standing_at(whole, place)[0] in (None, m.SIGNATURE)]
    assert len(places) > 1000
    for place in places:
        located(whole, place, 0x01)


def located(whole: bytes, place: int, flip: int) -> None:
    """At its line; between the members, and in what cannot be read any more, at the byte or where its field begins."""
    found = checked(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :])
    assert found.flaw is not None
    assert not found.signed_by
    member_, begins = standing_at(whole, place)
    if member_ is None:
        assert found.flaw.byte is None or found.flaw.byte <= place
    else:
        assert found.flaw.member == member_
        assert found.flaw.byte is not None
        text = unpack(whole)[member_]
        line = text[: place - begins].count(b"\n") + 1
        if member_ == m.MANIFEST:
            assert found.flaw.byte == place
        elif member_ != m.SIGNATURE:
            assert found.flaw.line == line or b"\n" in (
                bytes([text[place - begins]]),
                bytes([text[place - begins] ^ flip]),
            )


def standing_at(data: bytes, place: int) -> tuple[str | None, int]:
    for name, content in unpack(data).items():
        begins = place_of(data, name)
        if begins <= place < begins + len(content):
            return name, begins
    return None, 0


@given(cut=st.integers(1, 2**30))
def test_a_file_that_was_cut_or_lengthened_is_found(bare: bytes, cut: int) -> None:
    assert checked(bare[: cut % len(bare)]).flaw is not None
    assert checked(bare + b"x").flaw is not None


def test_what_is_no_bundle_at_all_is_refused_and_nothing_falls(bare: bytes) -> None:
    for data in (b"", b"PK", b"PK\3\4", b"hello" * 100, bare[:40], pack({}), pack({"a": b""})):
        assert checked(data).flaw is not None
    with pytest.raises(Torn):
        unpack(b"")


# --- what is forged ----------------------------------------------------------------------------------------------


def test_without_a_fingerprint_nothing_says_whose_key_it_is(bare: bytes) -> None:
    found = checked(bare)
    assert (found.ok, found.trusted) == (True, None)


def test_a_bundle_signed_by_somebody_else_is_not_trusted(bare: bytes, key: str) -> None:
    forged = resigned(unpack(bare))
    assert checked(forged).ok
    found = checked(forged, key)
    assert found.flaw is not None
    assert (found.flaw.code, found.trusted) == ("untrusted", False)


def test_a_fingerprint_is_read_as_it_is_printed(bare: bytes, key: str) -> None:
    assert checked(bare, ":".join(key[i : i + 4].upper() for i in range(0, 64, 4))).trusted


def test_an_entry_that_a_forger_changed_with_everything_around_it_breaks_the_seal(bare: bytes) -> None:
    members = dict(unpack(bare))
    lines = member(bare, m.JOURNAL)
    arrival = next(line for line in lines if line["kind"] == "checked_in")
    arrival["data"]["counts_from"] = NOW - 3600 * SECOND
    members[m.JOURNAL] = _rechained(bare, lines)
    found = checked(resigned(members))
    assert found.flaw is not None
    assert (found.flaw.code, found.flaw.member, found.flaw.line) == ("seal_chain", m.JOURNAL, len(lines))


def _rechained(data: bytes, lines: list[dict[str, Any]]) -> bytes:
    head = member(data, m.EVENT)[0]
    value = chain_start(head["event"], head["epoch"])
    for line in lines:
        row = m.row_of(line)
        line["check"] = crc32(canonical_bytes(row.offset, row.stream, row.version, row.at, row.body))
        value = m.chained(value, row)
        line["chain"] = value.hex()
    return m.jsonl(lines)


def test_a_verdict_that_does_not_follow_from_the_journal_is_found_at_its_line(bare: bytes) -> None:
    members, record = dict(unpack(bare)), member(bare, m.RECORD)
    record[1]["verdict"]["code"] = "on_time"
    members[m.RECORD] = m.jsonl(record)
    found = checked(resigned(members))
    assert found.flaw is not None
    assert (found.flaw.code, found.flaw.line) == ("record", 2)


@pytest.mark.parametrize(("name", "code"), [(m.POLICIES, "policies"), (m.NOTICES, "notices"), (m.PRIVATE, "private")])
def test_what_goes_with_the_journal_has_to_follow_from_it(whole: bytes, name: str, code: str) -> None:
    members, lines = dict(unpack(whole)), member(whole, name)
    key = {"policies": "at", "notices": "version", "private": "payload"}[code]
    lines[0][key] = {"name": "別人"} if code == "private" else 7
    members[name] = m.jsonl(lines)
    found = checked(resigned(members))
    assert found.flaw is not None
    assert (found.flaw.code, found.flaw.member, found.flaw.line) == (code, name, 1)


# --- the command line --------------------------------------------------------------------------------------------


def test_verify_needs_nothing_but_the_file(
    bare: bytes, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No settings, no data and no keys are there, and none are made."""
    (tmp_path / "day.zip").write_bytes(bare)
    monkeypatch.chdir(tmp_path)
    assert invoke(["verify", "day.zip", "--trust", key, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdicts"] == {"absent": 1, "late": 1, "still_ahead": 1}
    assert invoke(["verify", "day.zip"]) == 3
    assert "WARNING" in capsys.readouterr().out
    (tmp_path / "day.zip").write_bytes(bare.replace(b"checked_in", b"checked_im", 1))
    assert invoke(["verify", "day.zip", "--trust", key]) == 1
    assert "journal.jsonl, line " in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["day.zip"]


def test_export_writes_a_file_that_only_its_owner_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def made() -> str:
        async with open_house(tmp_path / "data") as house:
            return await with_event(house, [roster_row("1")])

    event = asyncio.run(made())
    monkeypatch.chdir(tmp_path)
    assert invoke(["export", event, "--with-people", "--data", str(tmp_path / "data"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    path = tmp_path / answer["file"]
    assert (path.stat().st_mode & 0o777, answer["people"]) == (0o600, True)
    assert checked(path.read_bytes(), answer["record_key"]).trusted
