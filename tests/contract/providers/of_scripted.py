"""The scripted provider's far side: what it was told."""

from __future__ import annotations

import json
from collections.abc import Sequence

from providers.base import AskAPerson, Person, ProviderError, Retry, Room
from providers.scripted import Script, Scripted
from providers.scripted.adapter import Method
from tests.contract.providers.far_side import AT, DONE, Callback, Declared, FarSide, Fault, Happening

NO_WIRE = "it reads no answer: a fault is the error that it was told to raise"
NO_TIME = "it knows no time"
METHODS: dict[str, Method] = {"open": "open_room", "ticket": "ticket", "close": "close_room"}
TOLD: dict[Fault, tuple[ProviderError, bool]] = {  # the error, and whether it strikes after the work
    "timeout_before": (Retry("timeout"), False),
    "timeout_after": (Retry("timeout"), True),
    "dropped_after": (Retry("unreachable"), True),
    "server_error": (Retry("unavailable"), False),
    "busy": (Retry("too_many_requests", after=5), False),
    "spent": (AskAPerson("daily_cap"), False),
    "refused": (AskAPerson("credentials_refused"), False),
    "deaf": (Retry("unreachable"), False),
}


SECRET = "a secret of the tests"
DECLARED = Declared(
    steps={"open": ("open",), "ticket": ("ticket",), "close": ("close",)},
    felt={
        **{fault: f"{type(error).__name__} {error.code}" for fault, (error, _) in TOLD.items()},
        "started_anew": DONE,
    },
    absent={
        "slow_body": NO_WIRE,
        "garbage": NO_WIRE,
        "hollow": NO_WIRE,
        "endless": NO_WIRE,
        "expired": NO_TIME,
        "we_are_ahead": NO_TIME,
        "we_are_behind": NO_TIME,
    },
    says_when=True,
    secrets=(SECRET,),
)


class OfScripted(FarSide):
    """Rooms that all its providers share, as gateways share a far side."""

    told = DECLARED

    def __init__(self) -> None:
        self.script = Script()
        self.rooms: dict[str, Room] = {}
        self.closed: set[str] = set()

    def provider(self, *, hurried: bool = False) -> Scripted:  # noqa: ARG002 - it never waits
        made = Scripted(secret=SECRET.encode(), script=self.script)
        made.rooms, made.closed = self.rooms, self.closed
        return made

    async def sessions(self) -> Sequence[str]:
        return list(self.rooms)

    async def meet(self, fault: Fault, step: str) -> None:
        if fault == "started_anew":
            self.rooms.clear()
        else:
            error, after_work = TOLD[fault]
            self.script.fail(METHODS[step], error, after_work=after_work)

    def callback(self, kind: Happening, room: Room, person: Person, *, at: int = 0) -> Callback:
        at = at or AT
        body = json.dumps([{"kind": kind, "room_id": room.id, "at": at, "sub": person.sub}]).encode()
        return Callback(self.provider().sign(body), body, at)
