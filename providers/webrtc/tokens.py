"""Room tokens, verified: JWTs signed with Ed25519 by a key that the gateway named (RFC 8725 was the checklist).

The worker trusts nothing in a token but what the signature covers, and takes each token once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

from .refusals import Refusal

ISSUER = "genkan"
TYPE = "genkan-room+jwt"  # RFC 8725, section 3.11: no other token of ours can be taken for this one
LONGEST_LIFE = 60  # seconds from nbf to exp
LEEWAY = 2  # seconds that the gateway's clock may differ
LONGEST = 4096  # characters; one has some 600
# Tokens remembered against a second use. Each is kept for a minute: 300 offers a second are more than a worker bears.
REMEMBERED = 20_000
KEYS = 16
_REQUIRED = ["iss", "aud", "sub", "sid", "gen", "adm", "dev", "role", "grants", "nbf", "exp", "jti"]
_NUMBERS = ("gen", "adm", "dev", "nbf", "exp")
_TEXTS = ("sub", "sid", "role", "jti")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a genuine token says. ``call`` is its ``sid``."""

    call: str
    sub: str
    generation: int
    admission: int
    epoch: int
    role: str
    publish: bool
    subscribe: bool


class TokenVerifier:
    """Holds the public keys and the tokens seen lately. Without keys every token is refused."""

    def __init__(self) -> None:
        self._keys: dict[str, Any] = {}
        self._used: dict[str, float] = {}

    @property
    def keys(self) -> int:
        return len(self._keys)

    def replace_keys(self, keys: Sequence[Mapping[str, Any]]) -> None:
        """Trust exactly these JWKs from now on. Refusal body_invalid, and no change, if one is not a public Ed25519
        key with a ``kid``."""
        if len(keys) > KEYS:
            raise Refusal("body_invalid", f"at most {KEYS} keys")
        found: dict[str, Any] = {}
        for key in keys:
            kid = key.get("kid")
            if key.get("kty") != "OKP" or key.get("crv") != "Ed25519" or "d" in key or not isinstance(kid, str):
                raise Refusal("body_invalid", "keys are public Ed25519 JWKs with a kid")
            try:
                found[kid] = jwt.PyJWK(dict(key), algorithm="EdDSA").key
            except (jwt.PyJWTError, ValueError, TypeError) as error:
                raise Refusal("body_invalid", "a key cannot be read") from error
        self._keys = found

    def verify(self, token: str, audience: str, now: float) -> Claims:
        """The claims of a genuine, current, unused token, which is used up by this. ``now``: seconds since 1970."""
        claims = self._decode(token, audience)
        if any(type(claims[name]) is not int for name in _NUMBERS):
            raise Refusal("token_forged")
        if any(not isinstance(claims[name], str) or not 0 < len(claims[name]) <= 200 for name in _TEXTS):
            raise Refusal("token_forged")
        if claims["exp"] - min(claims["nbf"], claims.get("iat", claims["nbf"])) > LONGEST_LIFE:
            raise Refusal("token_expired", f"a token lives {LONGEST_LIFE} s at most")
        grants = claims["grants"]
        if not isinstance(grants, list):
            raise Refusal("token_forged")
        self._use_up(claims["jti"], claims["exp"] + LEEWAY, now)
        return Claims(
            call=claims["sid"],
            sub=claims["sub"],
            generation=claims["gen"],
            admission=claims["adm"],
            epoch=claims["dev"],
            role=claims["role"],
            publish="publish" in grants,
            subscribe="subscribe" in grants,
        )

    def _decode(self, token: str, audience: str) -> dict[str, Any]:
        if len(token) > LONGEST:
            raise Refusal("token_forged")
        try:
            key = self._key(jwt.get_unverified_header(token))
            return jwt.decode(
                token, key, algorithms=["EdDSA"], audience=audience, issuer=ISSUER, leeway=LEEWAY,
                options={"require": _REQUIRED, "strict_aud": True},
            )  # fmt: skip
        except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
            raise Refusal("token_expired") from error
        except jwt.InvalidAudienceError as error:
            raise Refusal("token_audience") from error
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise Refusal("token_forged") from error

    def _key(self, header: Mapping[str, Any]) -> Any:
        kid = header.get("kid")
        key = self._keys.get(kid) if isinstance(kid, str) else None
        if key is None or header.get("typ") != TYPE:
            raise Refusal("token_forged")
        return key

    def _use_up(self, identifier: str, until: float, now: float) -> None:
        if identifier in self._used:
            raise Refusal("token_replayed")
        if len(self._used) >= REMEMBERED:
            self._used = {known: end for known, end in self._used.items() if end > now}
            if len(self._used) >= REMEMBERED:
                raise Refusal("too_many_offers")
        self._used[identifier] = until
