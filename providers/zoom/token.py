"""Server-to-Server OAuth (Zoom, "Use Server-to-Server OAuth"): a token lives an hour, there is no refresh token, and
several may live at once, so two gateways do not get into each other's way."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from providers.base import AskAPerson, Retry
from providers.zoom.config import Account
from providers.zoom.transport import Reply, Transport, refusal
from providers.zoom.types import SECOND, text

EARLY = 120 * SECOND  # before its end at which a token is replaced: longer than any request
LONGEST_LIFE = 3600 * SECOND  # whatever Zoom says


@dataclass(frozen=True, slots=True)
class Token:
    """``ends_at``: microseconds UTC by our clock."""

    value: str = field(repr=False)
    scopes: frozenset[str]
    ends_at: int


class Tokens:
    """One token for everybody, asked for once however many want it."""

    def __init__(self, account: Account, transport: Transport, now: Callable[[], int]) -> None:
        self._account, self._transport, self._now = account, transport, now
        self._held: Token | None = None
        self._asking = asyncio.Lock()

    async def current(self, *, but: Token | None = None) -> Token:
        """One that lives for a while. ``but``: a token that was refused, which is not given again.
        AskAPerson ``credentials_refused``; Retry."""
        if (held := self._good(but)) is not None:
            return held
        async with self._asking:
            if (held := self._good(but)) is None:
                held = self._held = await self._fetch()
            return held

    def _good(self, but: Token | None) -> Token | None:
        held = self._held
        return held if held is not None and held is not but and self._now() < held.ends_at - EARLY else None

    async def _fetch(self) -> Token:
        account, asked_at = self._account, self._now()
        basic = base64.b64encode(f"{account.client_id}:{account.client_secret}".encode()).decode()
        reply = await self._transport.send(
            "POST",
            account.token_url,
            headers={"Authorization": f"Basic {basic}"},
            form={"grant_type": "account_credentials", "account_id": account.account_id},
        )
        if reply.status in (400, 401, 403):
            raise AskAPerson("credentials_refused", f"Zoom answered {reply.status} to a request for a token")
        if reply.status >= 300:
            raise refusal(reply, asked_at)
        return _token(reply, asked_at)


def _token(reply: Reply, asked_at: int) -> Token:
    value, life = text(reply.body.get("access_token")), reply.body.get("expires_in")
    if not value or not isinstance(life, int) or not value.isascii() or not value.isprintable():
        raise Retry("garbage")
    scopes = frozenset(text(reply.body.get("scope")).split())
    return Token(value, scopes, asked_at + min(life * SECOND, LONGEST_LIFE))


def part(name: str) -> str:
    """A part of a path."""
    return quote(name, safe="@")
