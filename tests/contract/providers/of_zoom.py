"""Zoom's far side: its simulator, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiohttp import web

from providers.base import Person, Room
from providers.zoom.adapter import Zoom
from providers.zoom.links import shown_name
from providers.zoom.transport import PATIENCE
from tests.contract.providers.far_side import (
    DONE,
    HURRY,
    OVER_HTTP,
    SPEC,
    Callback,
    Declared,
    FarSide,
    Fault,
    Happening,
)
from tests.support.zoom_simulator import ACCOUNT, HOOK, SECRET, Clock, ZoomSimulator
from tests.support.zoom_simulator_rules import CAP, DAY, SECOND, Refusal, iso

HOSTS = ("host1", "host2")
HOUR = 3600 * SECOND
POSTS = ("token", "create", "invite_links")  # a request of another kind is sent once more by itself when it is cut
OTHERS = ("list", "read", "status", "delete")
TELLING, MUTE = (*POSTS, "list", "read"), ("status", "delete")


DECLARED = Declared(
    steps={
        "open": ("token", "list", "create", "read"),
        "ticket": ("token", "invite_links"),
        "close": ("token", "status", "delete"),
    },
    felt={
        "timeout_before": "Retry timeout",
        "timeout_after": "Retry timeout",
        "dropped_after": dict.fromkeys(POSTS, "Retry unreachable") | dict.fromkeys(OTHERS, DONE),
        "server_error": "Retry unavailable",
        "slow_body": dict.fromkeys(TELLING, "Retry timeout"),
        "garbage": "Retry garbage",
        "hollow": dict.fromkeys(TELLING, "Retry garbage") | dict.fromkeys(MUTE, DONE),
        "endless": "Retry too_long",
        "busy": "Retry too_many_requests",
        "spent": {"create": "AskAPerson daily_cap"},
        "expired": dict.fromkeys(("create", "invite_links", *OTHERS), DONE),
        "refused": "AskAPerson credentials_refused",
        "we_are_ahead": DONE,
        "we_are_behind": DONE,
        "deaf": "Retry unreachable",
    },
    absent={
        "slow_body": dict.fromkeys(MUTE, "an answer of 204 has no body"),
        "spent": dict.fromkeys(("token", "invite_links", *OTHERS), "the cap is on creations"),
        "expired": {"token": "a token is asked for with the secret, which does not expire"},
        "started_anew": "it keeps its meetings",
    },
    says_when=True,
    secrets=(SECRET, HOOK, ACCOUNT, *HOSTS),
)


class OfZoom(FarSide):
    """Two hosts, one clock. A cap ends when the day does."""

    told = DECLARED

    def __init__(self) -> None:
        self.clock = Clock(SPEC.starts_at)
        self.simulator = ZoomSimulator(self.clock)
        self._ahead = 0

    async def begin(self) -> None:
        await self.stack.enter_async_context(self.simulator)

    def provider(self, *, hurried: bool = False) -> Zoom:
        ahead = self._ahead
        made = Zoom(
            self.simulator.account(*HOSTS),
            now=lambda: self.clock() + ahead,
            sleep=self.clock.sleep,
            patience=HURRY if hurried else PATIENCE,
        )
        self.stack.push_async_callback(made.close)
        return made

    async def sessions(self) -> Sequence[str]:
        return [str(number) for number in self.simulator.world.meetings]

    async def meet(self, fault: Fault, step: str) -> None:
        match fault:
            case "busy":
                self.simulator.faults.add(step, self._busy)
            case "spent":
                for host in HOSTS:
                    self.simulator.limits.days[host, self.clock.at // DAY] = CAP
            case "expired":
                self.simulator.faults.add(step, lambda: Refusal(401, 124, "Access token is expired.").response())
            case "refused":
                self.simulator.secret = "another"
            case "we_are_ahead" | "we_are_behind":
                self._ahead = HOUR if fault == "we_are_ahead" else -HOUR
            case "deaf":
                await self.simulator.deafen()
            case _:
                self.simulator.faults.add(step, OVER_HTTP[fault])

    def poured(self) -> int:
        return self.simulator.faults.poured

    async def heal(self) -> None:
        self.simulator.faults.clear()
        self.simulator.gates.clear()
        self.simulator.secret = SECRET
        if self.simulator.limits.days:
            self.clock.at = (self.clock.at // DAY + 1) * DAY
        await self.simulator.listen()

    def _busy(self) -> web.Response:
        wait = {"Retry-After": iso(self.clock.at + 5 * SECOND)}
        return Refusal(429, 429, "You have reached the maximum per-second rate limit.", wait).response()

    async def under_way(self, room: Room) -> None:
        self.simulator.world.start(self.simulator.world.meetings[int(room.id)])

    def together(self, parties: int) -> None:
        self.simulator.gates["create"] = asyncio.Barrier(parties)

    def callback(self, kind: Happening, room: Room, person: Person, *, at: int = 0) -> Callback:
        at = (at or self.clock.at) // SECOND * SECOND
        name, time = ("joined", "join_time") if kind == "joined" else ("left", "leave_time")
        meeting = self.simulator.world.meetings[int(room.id)]
        who = {"id": "", "email": "", "user_name": shown_name(person.shown_as), time: iso(at)}
        body = self.simulator.webhooks.body(f"meeting.participant_{name}", meeting, who)
        return Callback(self.simulator.webhooks.headers(body), body, at)

    def stale(self, callback: Callback) -> Callback:
        headers = self.simulator.webhooks.headers(callback.body, at=self.clock.at - HOUR)
        return Callback(headers, callback.body, callback.at)
