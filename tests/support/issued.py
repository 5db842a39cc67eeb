"""Links as harutaka might issue them, in the sheets that offices keep. The tokens are invented."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.house import House
from gateway.issued import links_of
from providers.base import Terms
from providers.harutaka.adapter import Harutaka
from providers.harutaka.config import Tenant

LIVE = "https://company.harutaka.jp/live"
HEADER = "受験番号,面接室,候補者URL,評価者URL"
TERMS = Terms("harutaka 利用規約", "https://harutaka.jp/terms", "2026-04-01")


def candidate(token: str) -> str:
    return f"{LIVE}/c-token-{token}"


def evaluator(token: str) -> str:
    return f"{LIVE}/e-token-{token}"


def sheet(*lines: str, header: str = HEADER, encoding: str = "utf-8") -> bytes:
    return "\r\n".join([header, *lines, ""]).encode(encoding)


def line(number: str, token: str = "", room: str = "", interviewers: str = "") -> str:
    """A candidate's line; the link's token is the number's unless it is told."""
    return f"{number},{room},{candidate(token or number)},{interviewers}"


def set_up(house: House, *, hosts: Sequence[str] = (), waiting_room: bool = False) -> Harutaka:
    """harutaka among the house's providers, reading what is imported."""
    tenant = Tenant(TERMS, hosts=frozenset(hosts), waiting_room=waiting_room)
    made = Harutaka(tenant, links=links_of(house))
    house.providers.add(made)
    return made
