"""What a browser is told of the TURN servers that carry calls where UDP does not get through.

With ``secret`` a server's passwords are made here, for one person and half a day: the scheme that coturn calls
``use-auth-secret`` (draft-uberti-behave-turn-rest-00). Both sides know the secret, and no password is kept by either.
"""

from __future__ import annotations

import hmac
import os
from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256

from gateway.config import IceServer, Settings
from gateway.faults import Fault, Faulty
from providers.base import AskAPerson
from providers.configuration import value

LIFE = 12 * 3600  # seconds: a panel's day, with the restarts in it that a call may need
NAME = 16  # hexadecimal digits that tell the server's quota who is who, and its log nobody
SECOND = 1_000_000  # microseconds


class Relays:
    """Of one gateway. ``now``: microseconds UTC. Faulty where a secret is not in its place."""

    def __init__(self, settings: Settings, now: Callable[[], int], environ: Mapping[str, str] | None = None) -> None:
        self._now = now
        where = os.environ if environ is None else environ
        self._servers = [
            (server, _secret(place, server, settings, where)) for place, server in enumerate(settings.media.ice_servers)
        ]

    def of(self, subject: str) -> list[Mapping[str, object]]:
        """As ``RTCIceServer``, for the person whose room token says this ``sub``."""
        return [self._told(server, secret, subject) for server, secret in self._servers]

    def _told(self, server: IceServer, secret: bytes | None, subject: str) -> Mapping[str, object]:
        if secret is None:
            return server.to_json()
        name = sha256(secret + subject.encode()).hexdigest()[:NAME]
        username = f"{self._now() // SECOND + LIFE}:{name}"
        return {"urls": list(server.urls), "username": username, "credential": password(secret, username)}


def password(secret: bytes, username: str) -> str:
    """What the server will compute too. SHA-1 is what it does; HMAC asks no more of it."""
    return b64encode(hmac.digest(secret, username.encode(), "sha1")).decode()


def _secret(place: int, server: IceServer, settings: Settings, environ: Mapping[str, str]) -> bytes | None:
    if server.secret is None:
        return None
    where = f"media.ice_servers[{place}].secret"
    try:
        return value(where, server.secret, environ, settings.base).encode()
    except AskAPerson as error:
        fault = Fault(where, "secret_missing", "is not where it should be", "秘密の値が見つかりません")
        raise Faulty([fault]) from error
