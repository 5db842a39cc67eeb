"""Zoom's Meeting API, as far as it is used here: one method per request, each tried once (and once more with a fresh
token). Trying again is the gateway's business."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from providers.base import AskAPerson, GiveUp, Retry
from providers.zoom import types
from providers.zoom.config import Account
from providers.zoom.token import Token, Tokens, part
from providers.zoom.transport import PATIENCE, Reply, Transport, refusal
from providers.zoom.types import Meeting, Unreadable

PAGE = 300  # meetings in an answer, Zoom's most
MAX_PAGES = 20  # 6,000 meetings of one host: it is used for something else

SCOPES = frozenset(
    f"meeting:{what}:admin"
    for what in (
        "write:meeting",
        "read:meeting",
        "read:list_meetings",
        "delete:meeting",
        "update:status",
        "write:invite_links",
    )
)


@dataclass(frozen=True, slots=True)
class Listing:
    """A host's meetings, live and to come. ``date``: Zoom's clock at the answer."""

    meetings: Sequence[Meeting]
    date: int | None


class Client:
    """Use from one event loop; ``close`` it at the end. Every method may raise a ProviderError."""

    def __init__(self, account: Account, now: Callable[[], int], patience: float = PATIENCE) -> None:
        self._api, self._now = account.api_url, now
        self._transport = Transport(patience)
        self._tokens = Tokens(account, self._transport, now)

    async def close(self) -> None:
        await self._transport.close()

    async def token(self) -> Token:
        return await self._tokens.current()

    async def create(self, host: str, body: Mapping[str, object]) -> Meeting:
        """AskAPerson ``daily_cap`` or ``host_not_allowed``, GiveUp ``no_such_host`` for this host."""
        return _meeting(await self._ask("POST", f"/users/{part(host)}/meetings", body))

    async def meetings(self, host: str) -> Listing:
        """AskAPerson ``too_many_meetings`` beyond MAX_PAGES."""
        found: list[Meeting] = []
        mark = ""
        for _ in range(MAX_PAGES):
            query = f"type=scheduled&page_size={PAGE}" + (f"&next_page_token={quote(mark, safe='')}" if mark else "")
            reply = await self._ask("GET", f"/users/{part(host)}/meetings?{query}")
            found.extend(_listed(reply))
            mark = types.text(reply.body.get("next_page_token"))
            if not mark:
                return Listing(found, reply.date)
        raise AskAPerson("too_many_meetings")

    async def meeting(self, id_: str) -> Meeting:
        """GiveUp ``no_such_meeting``."""
        return _meeting(await self._ask("GET", f"/meetings/{part(id_)}"))

    async def end(self, id_: str) -> None:
        """GiveUp ``no_such_meeting``; ``refused`` when it has not begun."""
        await self._ask("PUT", f"/meetings/{part(id_)}/status", {"action": "end"})

    async def delete(self, id_: str) -> None:
        """Nobody is mailed about it. GiveUp ``no_such_meeting``."""
        quiet = "schedule_for_reminder=false&cancel_meeting_reminder=false"
        await self._ask("DELETE", f"/meetings/{part(id_)}?{quiet}")

    async def invite(self, id_: str, name: str, ttl: int) -> str:
        """A link for one person, shown there as ``name`` (at most 64 characters), good for ``ttl`` seconds."""
        body = {"attendees": [{"name": name}], "ttl": ttl}
        reply = await self._ask("POST", f"/meetings/{part(id_)}/invite_links", body)
        made = reply.body.get("attendees")
        first = made[0] if isinstance(made, list) and made else None
        url = types.text(first.get("join_url")) if isinstance(first, Mapping) else ""
        return link(url)

    async def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Reply:
        token = await self._tokens.current()
        reply = await self._send(token, method, path, body)
        if reply.status == 401:  # it was revoked, or clocks differ: once more with another
            reply = await self._send(await self._tokens.current(but=token), method, path, body)
        if reply.status >= 300:
            raise refusal(reply, self._now())
        return reply

    async def _send(self, token: Token, method: str, path: str, body: Mapping[str, object] | None) -> Reply:
        headers = {"Authorization": f"Bearer {token.value}"}
        return await self._transport.send(method, self._api + path, headers=headers, json_body=body)


def link(url: str) -> str:
    """What a person can be sent to. Retry ``garbage`` when it is none."""
    if not url.startswith(("https://", "http://")) or any(c.isspace() for c in url):
        raise Retry("garbage")
    return url


def gone(error: GiveUp) -> bool:
    """The meeting is not there (any more)."""
    return error.code in ("no_such_meeting", "not_found")


def _meeting(reply: Reply) -> Meeting:
    try:
        return types.meeting(reply.body)
    except Unreadable as error:
        raise Retry("garbage") from error


def _listed(reply: Reply) -> list[Meeting]:
    listed = reply.body.get("meetings")
    if not isinstance(listed, list):
        raise Retry("garbage")
    try:
        return [types.meeting(one) for one in listed if isinstance(one, Mapping)]
    except Unreadable as error:
        raise Retry("garbage") from error
