"""HTTP with bounds: on time, on size, and on what is believed.

Nothing of Zoom's own words goes into an error: a message may hold a name or a link. Codes are ours and stable; the
sentence names the status and Zoom's number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from yarl import URL

from providers.base import AskAPerson, GiveUp, ProviderError, Retry
from providers.zoom.types import SECOND, http_date, moment, text

PATIENCE = 10.0  # seconds for a whole answer, slow bodies included; Zoom's own answers take one or two
LONGEST_BODY = 2 * 2**20  # bytes; a page of 300 meetings is some 300 KB
LONGEST_WAIT = 86_400.0  # seconds; the daily limit ends by then
BUSY_WAIT = 1.0  # seconds; limits per second that do not say when they end

# Zoom's numbers ("Error codes" of the Meeting API) that mean something of their own here.
NUMBERS: Mapping[int, ProviderError] = {
    124: AskAPerson("credentials_refused"),
    300: GiveUp("invalid_request"),
    1001: GiveUp("no_such_host"),
    1010: GiveUp("no_such_host"),
    3001: GiveUp("no_such_meeting"),
    3002: Retry("in_progress"),  # it was ended a moment ago, and cannot be deleted yet
    3161: AskAPerson("host_not_allowed"),
    4711: AskAPerson("scope_missing"),
}
STATUSES: Mapping[int, ProviderError] = {
    401: AskAPerson("credentials_refused"),
    403: AskAPerson("forbidden"),
    404: GiveUp("not_found"),
}


@dataclass(frozen=True, slots=True)
class Reply:
    """``date``: the far side's clock, microseconds UTC, None when it did not say."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, object]
    date: int | None


class Transport:
    """Use from one event loop; ``close`` it at the end. Nothing is made before the first request."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._limits = aiohttp.ClientTimeout(total=patience)
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        json_body: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Reply:
        """Whatever status the far side answers. Retry ``unreachable``, ``timeout``, ``too_long`` or ``garbage``."""
        try:
            async with self._opened().request(
                method,
                URL(url, encoded=True),
                headers=headers,
                json=json_body,
                data=form,
                timeout=self._limits,
                allow_redirects=False,  # a token goes to where it was meant to go, or nowhere
            ) as response:
                raw = await _bounded(response)
                date = http_date(response.headers.get("Date", ""))
                return Reply(response.status, response.headers, _parsed(response.status, raw), date)
        except TimeoutError as error:
            raise Retry("timeout") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Retry("unreachable") from error

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    found = bytearray()
    async for chunk in response.content.iter_any():
        found += chunk
        if len(found) > LONGEST_BODY:
            response.close()
            raise Retry("too_long")
    return bytes(found)


def _parsed(status: int, raw: bytes) -> Mapping[str, object]:
    """A refusal is told by its status already: its words may be a proxy's page."""
    try:
        found = json.loads(raw) if raw.strip() else {}
    except (ValueError, RecursionError) as error:
        if status < 300:
            raise Retry("garbage") from error
        return {}
    if isinstance(found, dict):
        return found
    if status < 300:
        raise Retry("garbage")
    return {}


def refusal(reply: Reply, now: int) -> ProviderError:
    """What a status of 300 or more means to the gateway."""
    number = reply.body.get("code")
    number = number if isinstance(number, int) else 0
    sentence = f"Zoom answered {reply.status}, code {number}"
    if reply.status == 429:
        return _too_many(reply, now, sentence)
    if reply.status >= 500 or reply.status in (408, 425) or reply.status < 400:
        return Retry("unavailable", sentence, after=_wait(reply, now))
    meant = NUMBERS.get(number) or STATUSES.get(reply.status) or GiveUp("refused")
    return type(meant)(meant.code, sentence)


def _too_many(reply: Reply, now: int, sentence: str) -> ProviderError:
    """Two shapes. The cap on creations and updates comes without ``Retry-After`` and with headers of another limit:
    only its message tells it (Zoom's developer forum). Everything else says when to come again."""
    message = text(reply.body.get("message")).lower()
    if "daily rate limit" in message and "create/update" in message:
        return AskAPerson("daily_cap", sentence)
    wait = _wait(reply, now)
    return Retry("too_many_requests", sentence, after=BUSY_WAIT if wait is None else wait)


def _wait(reply: Reply, now: int) -> float | None:
    """``Retry-After`` is an ISO 8601 date-time (Zoom, "Rate limits"), by their clock; a proxy's may be seconds."""
    told = reply.headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdigit():
        return min(float(told[:9]), LONGEST_WAIT)
    at = moment(told) or http_date(told)
    if at is None:
        return None
    return min(max(0.0, (at - (reply.date or now)) / SECOND), LONGEST_WAIT)
