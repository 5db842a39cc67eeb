"""The receipt of a check-in: short, nameless, the same whenever it is derived, and checked by anybody years later."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli import invoke
from gateway.keys import Keys
from gateway.receipt import BadReceipt, Receipt, read, receipt_of, sign
from tests.support.day import HANAKO, JIRO, TARO, Answer, Browser, Day
from tests.waiting_room.journal.records import HeldRecordKeys
from waiting_room.journal.chain import fingerprint

SAID = Receipt("shiomi-2026", "R8-2001", 1_795_827_599_123_456, 41)
KEY = HeldRecordKeys().current()[1]
MARK = fingerprint(KEY.public_key())
TEXT = sign(SAID, KEY)


async def checked(browser: Browser, text: str) -> Answer:
    return await browser.post("/api/receipt", {"receipt": text})


async def receipt(browser: Browser) -> str:
    return str((await browser.get(f"/api/s/{browser.sid}/receipt")).body["receipt"])


def test_it_says_what_was_signed_and_by_whom() -> None:
    found = read(TEXT)
    assert (found.receipt, found.fingerprint) == (SAID, MARK)
    assert read(f"https://genkan.example.jp/receipt#{TEXT}\n").receipt == SAID
    assert sign(SAID, KEY) == TEXT


@given(place=st.integers(0, len(TEXT) - 1), other=st.characters(min_codepoint=33, max_codepoint=122))
def test_no_character_of_it_can_be_another(place: int, other: str) -> None:
    text = TEXT[:place] + other + TEXT[place + 1 :]
    if text != TEXT:
        with pytest.raises(BadReceipt):
            read(text)


@given(st.text(max_size=200))
def test_what_is_none_is_refused(text: str) -> None:
    for one in (text, f"r1.{text}", f"#{text}", TEXT + text * 20 + "x"):
        with pytest.raises(BadReceipt):
            read(one)


async def test_the_candidate_gets_it_and_anybody_can_check_it(today: Day) -> None:
    browser = await today.candidate(HANAKO)
    answer = (await browser.get(f"/api/s/{browser.sid}/receipt")).body
    assert answer["url"] == f"{today.origin}/receipt#{answer['receipt']}"
    assert answer["qr"]["size"] <= 81  # version 14 and the quiet zone: a phone reads it from paper
    found = (await checked(today.browser(), answer["receipt"])).body
    arrival = today.hall.state.interviews[HANAKO.id].arrival
    assert arrival is not None
    assert (found["signature"], found["journal"]) == ("holds", "stands")
    said = {"event": "exam", "number": HANAKO.number, "at": arrival.at // 1000, "offset": arrival.offset}
    assert found["receipt"] == said
    assert found["event"]["office"]["telephone"] == "050-0000-0001"
    assert HANAKO.name not in json.dumps([answer, found], ensure_ascii=False)


async def test_checking_changes_nothing(today: Day) -> None:
    text = await receipt(await today.candidate(TARO))  # nobody is to open a session for this one yet
    before = today.hall.state.version(f"i:{TARO.id}"), today.hall.state.version("event")
    await checked(today.browser(), text)
    assert (today.hall.state.version(f"i:{TARO.id}"), today.hall.state.version("event")) == before


async def test_nobody_gets_another_ones(today: Day) -> None:
    await today.candidate(HANAKO)
    unseated = await today.candidate(HANAKO, seated=False)
    assert (await unseated.get(f"/api/s/{unseated.sid}/receipt")).code == "no_seat"
    panel = await today.staff("Ito")
    assert (await panel.get(f"/api/s/{panel.sid}/receipt")).code == "forbidden"
    companion = today.browser()
    await companion.enter(link=today.link(JIRO.id, "companion.1"))
    assert (await companion.get(f"/api/s/{companion.sid}/receipt")).code == "forbidden"


async def test_it_is_the_same_after_a_new_record_key_and_from_a_new_fold(today: Day) -> None:
    browser = await today.candidate(HANAKO)
    text = await receipt(browser)
    today.clock.shift(60)
    today.gateway.house.keys.rotate("record", today.clock())
    assert await receipt(browser) == text
    await today.hall.load()
    assert receipt_of(today.hall, today.hall.state.interviews[HANAKO.id], today.gateway.house.keys) == text
    assert (await checked(browser, text)).body["signature"] == "holds"


async def test_a_seat_that_was_not_this_persons_is_said_to_be_void(today: Day) -> None:
    """The receipt stays the gateway's word that somebody checked in at that time."""
    browser = today.browser()
    await browser.enter(link=today.link(TARO.id))
    await browser.must("consent", notice="n1")
    await browser.must("check-in", number=TARO.number, name="別の 人")
    text = await receipt(browser)
    panel = await today.staff("Ito")
    await panel.must("same-person", interview=TARO.id, same=False, reason="別人")
    found = (await checked(today.browser(), text)).body
    assert (found["signature"], found["journal"]) == ("holds", "void")


async def test_where_the_event_is_gone_only_the_signature_speaks(today: Day) -> None:
    keys: Keys = today.gateway.house.keys
    now = today.clock()
    elsewhere = sign(Receipt("gone-2019", "1", now, 3), keys.record_key_at(now))
    found = (await checked(today.browser(), elsewhere)).body
    assert (found["signature"], found["journal"], found["event"]) == ("holds", None, None)
    stranger = (await checked(today.browser(), TEXT)).body
    assert (stranger["signature"], "journal" in stranger) == ("unknown_key", False)
    assert (await checked(today.browser(), TEXT[:-4])).body == {"signature": "broken"}
    wrong = sign(Receipt("exam", "1", now, 1), keys.record_key_at(now))
    assert (await checked(today.browser(), wrong)).body["journal"] == "differs"


def test_the_command_line_needs_nothing_but_a_fingerprint_or_the_published_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert invoke(["verify", "--receipt", TEXT, "--trust", MARK, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["receipt"]["number"] == "R8-2001"
    assert invoke(["verify", "--receipt", TEXT, "--trust", "0" * 64]) == 1
    assert invoke(["verify", "--receipt", TEXT]) == 3
    assert "WARNING" in capsys.readouterr().out
    assert invoke(["verify", "--receipt", TEXT[:-1]]) == 1
    x = urlsafe_b64encode(KEY.public_key().public_bytes_raw()).rstrip(b"=").decode()
    jwk = {"kid": "record-1", "kty": "OKP", "crv": "Ed25519", "x": x, "genkan_use": "record"}
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [jwk]}))
    assert invoke(["verify", "--receipt", TEXT, "--keys", "jwks.json"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["jwks.json"]


async def test_it_can_be_had_in_the_room_and_when_all_is_over(today: Day) -> None:
    browser, panel = await today.candidate(HANAKO), await today.staff("Ito")
    text = await receipt(browser)
    await panel.must("admit", interview=HANAKO.id)
    await panel.must("arrived", interview=HANAKO.id)
    assert await receipt(browser) == text
    await panel.must("finish", interview=HANAKO.id, now=True)
    assert (await browser.see())["phase"] == "finished"
    assert (await browser.see())["seat"]["at"]
    assert await receipt(browser) == text
    assert (await checked(browser, text)).body["journal"] == "stands"


async def test_it_can_be_had_after_an_end_that_was_no_interview(today: Day) -> None:
    browser, panel = await today.candidate(HANAKO), await today.staff("Ito")
    text = await receipt(browser)
    await panel.must("call-off", interview=HANAKO.id, because="interviewers_absent", reason="面接官が不在")
    assert await receipt(browser) == text
