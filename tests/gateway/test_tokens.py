"""Sessions and room tokens: genuine ones say who, all others are refused."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.keys import SECOND, SESSION_LIFE, Keys
from gateway.tokens import (
    BadStatement,
    BadToken,
    Statement,
    StatementExpired,
    jwks,
    mint_room_token,
    new_sid,
    read_statement,
    sign_statement,
    verify_room_token,
)

NOW = 1_790_000_000 * SECOND
SEC = NOW // SECOND


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys.open(tmp_path / "keys", NOW)


def statement(**changes: Any) -> Statement:
    made = Statement(new_sid(), "e1", "candidate", iat=SEC, exp=SEC + 3600, interview="ivabc", issue=2)
    return replace(made, **changes)


def token(keys: Keys, **changes: Any) -> str:
    asked: dict[str, Any] = {
        "sub": "candidate:ivabc",
        "call": "e1.r1",
        "generation": 1,
        "admission": 1,
        "device_epoch": 3,
        "role": "candidate",
    }
    return mint_room_token(keys, NOW, **(asked | changes))


def test_a_session_comes_back_as_it_was_signed(keys: Keys) -> None:
    made = statement()
    cookie = sign_statement(keys, made, NOW)
    assert read_statement(keys, cookie, NOW) == made
    assert len(cookie) < 400
    assert len(made.sid) == 22


def test_a_session_ends_on_time(keys: Keys) -> None:
    cookie = sign_statement(keys, statement(), NOW)
    read_statement(keys, cookie, NOW + 3600 * SECOND - 1)
    with pytest.raises(StatementExpired):
        read_statement(keys, cookie, NOW + 3600 * SECOND)


def test_a_session_outlives_a_rotation_but_not_a_drop(keys: Keys) -> None:
    cookie = sign_statement(keys, statement(), NOW)
    keys.rotate("session", NOW)
    assert read_statement(keys, cookie, NOW).interview == "ivabc"
    keys.rotate("session", NOW, drop_old=True)
    with pytest.raises(BadStatement):
        read_statement(keys, cookie, NOW)


def test_a_session_that_would_outlive_its_key_is_not_signed(keys: Keys) -> None:
    with pytest.raises(ValueError, match="outlive"):
        sign_statement(keys, statement(exp=(NOW + SESSION_LIFE) // SECOND + 1), NOW)


def test_another_gateways_session_is_refused(keys: Keys, tmp_path: Path) -> None:
    other = Keys.open(tmp_path / "other", NOW)
    with pytest.raises(BadStatement):
        read_statement(keys, sign_statement(other, statement(), NOW), NOW)


@given(position=st.integers(0, 10_000), bit=st.integers(0, 6))
def test_no_changed_character_of_a_cookie_gets_through(
    tmp_path_factory: pytest.TempPathFactory, position: int, bit: int
) -> None:
    keys = Keys.open(tmp_path_factory.getbasetemp() / "shared-keys", NOW)
    cookie = sign_statement(keys, statement(sid="s" * 22), NOW)
    at = position % len(cookie)
    changed = cookie[:at] + chr(ord(cookie[at]) ^ (1 << bit)) + cookie[at + 1 :]
    with pytest.raises(BadStatement):
        read_statement(keys, changed, NOW)


@given(st.text(max_size=60))
def test_any_text_is_read_without_a_crash(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    keys = Keys.open(tmp_path_factory.getbasetemp() / "shared-keys", NOW)
    with pytest.raises(BadStatement):
        read_statement(keys, text, NOW)


def test_a_room_token_carries_every_claim_of_the_protocol(keys: Keys) -> None:
    made = token(keys)
    header = jwt.get_unverified_header(made)
    assert header == {"alg": "EdDSA", "typ": "genkan-room+jwt", "kid": keys.token_key()[0]}
    claims = jwt.decode(made, options={"verify_signature": False})
    assert {k: v for k, v in claims.items() if k != "jti"} == {
        "iss": "genkan",
        "aud": "call",
        "sub": "candidate:ivabc",
        "sid": "e1.r1",
        "gen": 1,
        "adm": 1,
        "dev": 3,
        "role": "candidate",
        "grants": ["publish", "subscribe"],
        "iat": SEC,
        "nbf": SEC,
        "exp": SEC + 60,
    }
    assert verify_room_token(keys.token_public(NOW), made, NOW).sub == "candidate:ivabc"
    assert jwt.decode(token(keys), options={"verify_signature": False})["jti"] != claims["jti"]


def test_a_room_token_lives_sixty_seconds_at_most_whoever_asks_for_more(keys: Keys) -> None:
    made = token(keys, life=3600 * SECOND)
    verify_room_token(keys.token_public(NOW), made, NOW + 60 * SECOND)
    with pytest.raises(BadToken):
        verify_room_token(keys.token_public(NOW), made, NOW + 66 * SECOND)
    with pytest.raises(BadToken):
        verify_room_token(keys.token_public(NOW), made, NOW - 6 * SECOND)


def test_a_token_of_the_connection_test_opens_no_call(keys: Keys) -> None:
    made = token(keys, audience="echo")
    verify_room_token(keys.token_public(NOW), made, NOW, audience="echo")
    with pytest.raises(BadToken):
        verify_room_token(keys.token_public(NOW), made, NOW)


def test_a_token_signed_before_a_rotation_is_good_until_it_ends(keys: Keys) -> None:
    made = token(keys)
    keys.rotate("token", NOW)
    assert verify_room_token(keys.token_public(NOW), made, NOW).dev == 3


def forgeries(keys: Keys) -> dict[str, str]:
    """Tokens that look right and are not."""
    claims = jwt.decode(token(keys), options={"verify_signature": False})
    kid, genuine = keys.token_key()
    head = {"kid": kid, "typ": "genkan-room+jwt"}
    stranger = Ed25519PrivateKey.generate()
    public = genuine.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    body = token(keys).split(".")
    none_header = base64.urlsafe_b64encode(json.dumps({"alg": "none", **head}).encode()).rstrip(b"=").decode()
    long = claims | {"exp": claims["nbf"] + 61}
    return {
        "re-signed": jwt.encode(claims, stranger, algorithm="EdDSA", headers=head),
        "alg none": f"{none_header}.{body[1]}.",
        "public key as a secret": jwt.encode(claims, public + b"x" * 8, algorithm="HS256", headers=head),
        "other type": jwt.encode(claims, genuine, algorithm="EdDSA", headers={"kid": kid, "typ": "JWT"}),
        "no key id": jwt.encode(claims, genuine, algorithm="EdDSA", headers={"typ": "genkan-room+jwt"}),
        "other issuer": jwt.encode(claims | {"iss": "x"}, genuine, algorithm="EdDSA", headers=head),
        "no audience": jwt.encode({k: v for k, v in claims.items() if k != "aud"}, genuine, "EdDSA", headers=head),
        "lives too long": jwt.encode(long, genuine, algorithm="EdDSA", headers=head),
        "times are text": jwt.encode(claims | {"nbf": "0", "iat": "0"}, genuine, algorithm="EdDSA", headers=head),
        "no jti": jwt.encode({k: v for k, v in claims.items() if k != "jti"}, genuine, "EdDSA", headers=head),
        "changed body": f"{body[0]}.{body[1][:-2]}AA.{body[2]}",
        "nothing": "",
        "no token": "a.b.c",
    }


def test_every_forgery_is_refused(keys: Keys) -> None:
    for name, forged in forgeries(keys).items():
        with pytest.raises(BadToken):
            raise AssertionError(f"{name}: {verify_room_token(keys.token_public(NOW), forged, NOW)}")


def test_the_published_keys_verify_and_hold_no_private_part(keys: Keys) -> None:
    kid = keys.token_key()[0]
    keys.rotate("token", NOW)
    published = jwks(keys, NOW)["keys"]
    assert {key["kid"] for key in published} >= {kid, keys.token_key()[0], keys.record.current()[0]}
    assert all("d" not in key for key in published)
    assert [key.get("genkan_use") for key in published] == [None, None, "record"]
    by_kid = {key["kid"]: jwt.PyJWK(key).key for key in published if "genkan_use" not in key}
    assert verify_room_token(by_kid, token(keys), NOW).gen == 1
