"""What to do when a provider fails, as a proposal: whom it concerns and where to. Pure; a person decides.

A provider that is down and in use leads to one proposal: the next of the policy's order that is there and not down.
Where a proposal was accepted and the provider is up again, the way back is proposed in the same manner. Nothing here
moves anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from waiting_room import entries as e
from waiting_room.event import Event, Switch


@dataclass(frozen=True, slots=True)
class Proposal:
    """From ``provider`` ``to`` another ("": there is none), for these scopes. ``since``: microseconds UTC; ``code``:
    why the provider is down, empty for a way back. ``declined``: staff saw it, and stay."""

    kind: Literal["failover", "back"]
    provider: str
    to: str
    scopes: tuple[str, ...]
    since: int
    code: str = ""
    declined: bool = False

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.provider}:{self.to}"


def proposals(event: Event, order: Sequence[str]) -> tuple[Proposal, ...]:
    """All that stand now. ``order``: the providers that there are, in the order of preference where the policy has
    none of its own."""
    return (*_away(event, order), *_back(event))


def _away(event: Event, order: Sequence[str]) -> Iterator[Proposal]:
    for provider, down in event.down.items():
        scopes = tuple(scope for scope, switch in event.providers.items() if switch.provider == provider)
        if scopes:
            to = _next(event, provider, order)
            yield Proposal("failover", provider, to, scopes, down.at, down.code, down.declined)


def _next(event: Event, provider: str, order: Sequence[str]) -> str:
    wanted = [name for name in event.policy.provider_order if name in order] or list(order)
    return next((name for name in wanted if name != provider and name not in event.down), "")


def _back(event: Event) -> Iterator[Proposal]:
    ways: dict[tuple[str, str], list[tuple[str, Switch]]] = {}
    for scope, switch in event.providers.items():
        if switch.because == "failover" and switch.before not in event.down:
            ways.setdefault((switch.provider, switch.before), []).append((scope, switch))
    for (provider, to), found in ways.items():
        since = max(switch.at for _, switch in found)
        yield Proposal("back", provider, to, tuple(scope for scope, _ in found), since)


def in_rooms(event: Event, proposal: Proposal, rooms: Sequence[str]) -> tuple[str, ...]:
    """The proposal's scopes as far as these rooms go: the rooms that use the provider, and their interviews."""
    wanted = [e.room_stream(room) for room in rooms]
    found = [scope for scope in wanted if event.provider_for(scope) == proposal.provider]
    for scope in proposal.scopes:
        interview = event.interviews.get(scope.removeprefix("i:")) if scope.startswith("i:") else None
        if interview is not None and interview.room in rooms:
            found.append(scope)
    return tuple(found)
