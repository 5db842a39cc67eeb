"""What pages are told of TURN servers: a password of one's own, which dies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.config import Settings
from gateway.faults import Faulty
from gateway.relays import LIFE, SECOND, Relays, password

URL = "turns:turn.example.lg.jp:443?transport=tcp"
NOW = 1_800_000_000


def relays(tmp_path: Path, *servers: dict[str, Any], **environ: str) -> Relays:
    settings = Settings.parse({"media": {"ice_servers": list(servers)}}, base=tmp_path)
    return Relays(settings, lambda: NOW * SECOND + 999_999, environ)


def test_each_person_has_a_password_for_half_a_day(tmp_path: Path) -> None:
    """The name says until when, and not who: the server's quota tells people apart, its log names nobody."""
    made = relays(tmp_path, {"urls": [URL], "secret": {"env": "TURN"}}, TURN="north")
    (hanako,), (jiro,) = made.of("iv:hanako"), made.of("iv:jiro")
    until, _, who = str(hanako["username"]).partition(":")
    assert int(until) == NOW + LIFE
    assert hanako["urls"] == [URL]
    assert hanako["credential"] == password(b"north", str(hanako["username"]))
    assert len(who) == 16
    assert "hanako" not in who
    assert jiro["username"] != hanako["username"]
    assert jiro["credential"] != hanako["credential"]
    assert made.of("iv:hanako") == [hanako]


def test_the_password_is_the_one_that_the_server_computes() -> None:
    """printf 1800043200:someone | openssl dgst -sha1 -hmac north -binary | base64"""
    assert password(b"north", "1800043200:someone") == "7udktRSD6WpATBP+hYswOvdrI5Q="


def test_the_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "turn").write_text("north\n")
    (told,) = relays(tmp_path, {"urls": [URL], "secret": {"file": "turn"}}).of("a")
    assert told["credential"] == password(b"north", str(told["username"]))


def test_a_fixed_name_and_password_are_told_as_they_are(tmp_path: Path) -> None:
    fixed = {"urls": [URL], "username": "u", "credential": "c"}
    assert relays(tmp_path, fixed, {"urls": ["stun:s.example.lg.jp"]}).of("a") == [
        fixed,
        {"urls": ["stun:s.example.lg.jp"]},
    ]


def test_without_its_secret_nothing_starts(tmp_path: Path) -> None:
    with pytest.raises(Faulty) as caught:
        relays(tmp_path, {"urls": ["stun:s"]}, {"urls": [URL], "secret": {"env": "TURN"}})
    assert [(fault.path, fault.code) for fault in caught.value.faults] == [
        ("media.ice_servers[1].secret", "secret_missing")
    ]


@pytest.mark.parametrize("other", ["username", "credential"])
def test_a_secret_stands_beside_no_fixed_password(tmp_path: Path, other: str) -> None:
    """Who writes both means one of them, and is told so."""
    with pytest.raises(Faulty) as caught:
        relays(tmp_path, {"urls": [URL], "secret": {"env": "TURN"}, other: "x"}, TURN="north")
    assert caught.value.faults[0].path.startswith("media.ice_servers")
