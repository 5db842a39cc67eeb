"""What we sign: browser sessions (a cookie's value), room tokens (docs/protocol.md §6), and the keys to check them.

RFC 8725 is the checklist for room tokens: one algorithm, an explicit type, issuer, audience and key id checked, sixty
seconds at most, single use by ``jti``.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Literal

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.keys import SECOND, SESSION_LIFE, TOKEN_LIFE, Keys
from providers.base import Role
from waiting_room.journal.chain import RecordKeys, fingerprint

TOKEN_TYPE = "genkan-room+jwt"  # noqa: S105 - a media type
ISSUER = "genkan"
LEEWAY = 5  # seconds that a worker's clock may differ from ours
MAX_COOKIE = 1_500  # a statement has some 250 characters; browsers allow 4,096 with name and attributes
SID_CHARS = 22
KEPT_STATEMENTS = 4_096  # sessions whose statement is remembered, some 600 bytes each: those that ask just now

SessionKind = Literal["candidate", "companion", "shared", "staff", "video"]
Audience = Literal["call", "echo"]


class BadStatement(Exception):
    """Not a session that we signed."""


class StatementExpired(BadStatement):
    """We signed it, and its time is over."""


class BadToken(Exception):
    """Not a room token that we signed for this, now."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Who a browser session is. Ids only. Times: seconds UTC.

    ``interview`` is set for candidate, companion and video of a candidate; ``staff`` for staff and their video;
    ``room`` for a shared link. ``person``: "candidate" or "companion.<n>". ``issue``: the number of the link that it
    came by, so that reissuing a link ends its sessions."""

    sid: str
    event: str
    kind: SessionKind
    iat: int
    exp: int
    interview: str | None = None
    staff: str | None = None
    room: str | None = None
    person: str = "candidate"
    issue: int = 1


@dataclass(frozen=True, slots=True)
class RoomClaims:
    """What a room token says. ``sid``: the call; ``gen``: the session's generation; ``adm``: the admission's number
    (0 for staff); ``dev``: device epoch. Times: seconds UTC."""

    sub: str
    sid: str
    gen: int
    adm: int
    dev: int
    role: Role
    aud: Audience
    grants: tuple[str, ...]
    iat: int
    nbf: int
    exp: int
    jti: str


def new_sid() -> str:
    """A browser session's id: 128 random bits, 22 characters."""
    return secrets.token_urlsafe(16)


def sign_statement(keys: Keys, statement: Statement, now: int) -> str:
    """The cookie's value: ``<key id>.<statement>.<mac>``. ``now``: microseconds. ValueError for a session that would
    outlive its key."""
    if statement.exp * SECOND > now + SESSION_LIFE:
        raise ValueError("a session may not outlive the key that signed it")
    said = {name: value for name, value in asdict(statement).items() if value is not None}
    body = _text(json.dumps(said, separators=(",", ":"), sort_keys=True).encode())
    kid, secret = next(iter(keys.session_secrets(now).items()))
    return f"{kid}.{body}.{_mac(secret, kid, body)}"


def read_statement(keys: Keys, cookie: str, now: int) -> Statement:
    """Who it is. ``now``: microseconds. BadStatement; StatementExpired."""
    kid, _, _ = _parts(cookie)
    secret = keys.session_secrets(now).get(kid)
    if secret is None:
        raise BadStatement("not signed by us")
    statement = _signed(secret, cookie)
    if statement.exp * SECOND <= now:
        raise StatementExpired("its time is over")
    return statement


@lru_cache(KEPT_STATEMENTS)
def _signed(secret: bytes, cookie: str) -> Statement:
    """What this secret signed. Always the same for the same two, so it is remembered; a forgery is not."""
    kid, body, mac = _parts(cookie)
    if not hmac.compare_digest(_mac(secret, kid, body).encode(), mac.encode()):
        raise BadStatement("not signed by us")
    try:
        return Statement(**json.loads(_bytes(body)))
    except (ValueError, TypeError) as error:
        raise BadStatement("signed by another release") from error


def mint_room_token(
    keys: Keys,
    now: int,
    *,
    sub: str,
    call: str,
    generation: int,
    admission: int,
    device_epoch: int,
    role: Role,
    audience: Audience = "call",
    grants: tuple[str, ...] = ("publish", "subscribe"),
    life: int = TOKEN_LIFE,
) -> str:
    """A token for one offer or one ICE restart. ``now`` and ``life`` are microseconds; ``life`` at most TOKEN_LIFE.
    Ask whether the person is admitted before you mint."""
    issued = now // SECOND
    kid, key = keys.token_key()
    claims = {
        "iss": ISSUER,
        "aud": audience,
        "sub": sub,
        "sid": call,
        "gen": generation,
        "adm": admission,
        "dev": device_epoch,
        "role": role,
        "grants": list(grants),
        "iat": issued,
        "nbf": issued,
        "exp": issued + min(life, TOKEN_LIFE) // SECOND,
        "jti": secrets.token_urlsafe(16),
    }
    return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": kid, "typ": TOKEN_TYPE})


def verify_room_token(
    public: Mapping[str, Ed25519PublicKey], token: str, now: int, *, audience: Audience = "call"
) -> RoomClaims:
    """What a genuine token says, against keys by key id. ``now``: microseconds. BadToken. Single use and generations
    are for the one who keeps the call to check."""
    try:
        header = jwt.get_unverified_header(token)
        key = public.get(header.get("kid", ""))
        if header.get("typ") != TOKEN_TYPE or header.get("alg") != "EdDSA" or key is None:
            raise BadToken("not a room token of ours")
        claims = jwt.decode(
            token,
            key,
            algorithms=["EdDSA"],
            audience=audience,
            issuer=ISSUER,
            options={
                "require": ["iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti"],
                "verify_exp": False,  # the time is an argument, see below
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
        said = RoomClaims(**{f.name: claims[f.name] for f in fields(RoomClaims)})
    except (jwt.PyJWTError, KeyError, TypeError) as error:
        raise BadToken("not a room token of ours") from error
    _check_time(said, now // SECOND)
    return said


def jwks(keys: Keys, now: int) -> dict[str, list[dict[str, str]]]:
    """The public keys for ``/.well-known/jwks.json``: token keys, and every record key ever."""
    tokens = [_jwk(kid, key) for kid, key in keys.token_public(now).items()]
    return {"keys": tokens + record_jwks(keys.record, list(keys.record_public()))["keys"]}


def record_jwks(keys: RecordKeys, kids: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    """The public record keys of these ids; one that is not there is left out."""
    known = [(kid, keys.public(kid)) for kid in kids]
    return {"keys": [_jwk(kid, key) | {"genkan_use": "record"} for kid, key in known if key is not None]}


def _check_time(claims: RoomClaims, now: int) -> None:
    if not all(isinstance(t, int) for t in (claims.iat, claims.nbf, claims.exp)):
        raise BadToken("its times are no numbers")
    if claims.exp - claims.nbf > TOKEN_LIFE // SECOND:
        raise BadToken("lives longer than we sign")
    if now >= claims.exp + LEEWAY or now < claims.nbf - LEEWAY:
        raise BadToken("expired, or not valid yet")


def _jwk(kid: str, key: Ed25519PublicKey) -> dict[str, str]:
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "use": "sig",
        "kid": kid,
        "x": _text(key.public_bytes_raw()),
        "genkan_fingerprint": fingerprint(key),
    }


def _parts(cookie: str) -> tuple[str, str, str]:
    parts = cookie.split(".")
    if len(cookie) > MAX_COOKIE or len(parts) != 3:
        raise BadStatement("not a session of ours")
    return parts[0], parts[1], parts[2]


def _mac(secret: bytes, kid: str, body: str) -> str:
    return _text(hmac.digest(secret, f"genkan-session-v1.{kid}.{body}".encode(), hashlib.sha256))


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise BadStatement("not a session of ours") from error
