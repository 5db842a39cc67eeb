"""What stands on the other side of a provider, in the tests' hands. A new provider adds one of these, and no tests.

A far side says of each fault what the gateway feels of it, or why it cannot meet it: a test holds either.

==============  =======================================================================================
fault           what happens to one request of an operation (its ``step``)
==============  =======================================================================================
timeout_before  no answer comes, and nothing was done
timeout_after   no answer comes, and all was done
dropped_after   all was done, and the connection is cut before the answer
server_error    5xx
slow_body       all was done, and the answer comes a byte at a time
garbage         an answer that cannot be parsed
hollow          all was done, and the answer, well-formed, says nothing of it
endless         an answer longer than anybody should read
busy            too much at once
spent           nothing more today
expired         the credentials of this request have ended
--------------  ---- these are about the far side as a whole ----------------------------------------------
refused         the credentials are not good (any more)
we_are_ahead    our clock is an hour ahead of theirs
we_are_behind   our clock is an hour behind theirs
deaf            nobody listens
started_anew    it was started anew, and has forgotten what it does not keep
==============  =======================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import ClassVar, Literal, Self

from providers.base import Person, Provider, Room, RoomSpec
from tests.support.faults import Kind

Happening = Literal["joined", "left"]
Operation = Literal["open", "ticket", "close"]
OPERATIONS: tuple[Operation, ...] = ("open", "ticket", "close")

Fault = Literal[
    "timeout_before", "timeout_after", "dropped_after", "server_error", "slow_body", "garbage", "hollow", "endless",
    "busy", "spent", "expired", "refused", "we_are_ahead", "we_are_behind", "deaf", "started_anew",
]  # fmt: skip
OF_A_STEP: tuple[Fault, ...] = (
    "timeout_before", "timeout_after", "dropped_after", "server_error", "slow_body", "garbage", "hollow", "endless",
    "busy", "spent", "expired",
)  # fmt: skip
OF_THE_WHOLE: tuple[Fault, ...] = ("refused", "we_are_ahead", "we_are_behind", "deaf", "started_anew")
TIMED = frozenset({"timeout_before", "timeout_after", "slow_body"})  # met by an adapter that is in a hurry

# Where the far side is an HTTP server.
OVER_HTTP: Mapping[Fault, Kind] = {
    "timeout_before": "time_out_before",
    "timeout_after": "time_out_after",
    "dropped_after": "dropped_after",
    "server_error": "500",
    "slow_body": "slow_body",
    "garbage": "garbage",
    "hollow": "hollow",
    "endless": "endless",
}

DONE = "done"  # nothing is felt of it
HURRY = 0.3  # seconds for one answer that an adapter in a hurry has

# What the suite opens. A far side whose sessions are issued beforehand issues them for these.
AT = 1_795_836_600_000_000  # 2026-11-28 12:30 in Japan
SLOT = 1_200_000_000
SPEC = RoomSpec("exam", "r1", "ivaaaaaaaaaaaa", 1, "面接", AT, AT + SLOT)
KEY = "exam:ivaaaaaaaaaaaa:1"
SECOND_SPEC = RoomSpec("exam", "r1", "ivbbbbbbbbbbbb", 1, "面接", AT + SLOT, AT + 2 * SLOT)
SECOND_KEY = "exam:ivbbbbbbbbbbbb:1"
CANDIDATE = Person("candidate:ivaaaaaaaaaaaa", "candidate", "青葉 花子", admission=1, device_epoch=1)
INTERVIEWER = Person("staff:1", "interviewer", "面接官 一", admission=0, device_epoch=1)
COMPANION = Person("companion:ivaaaaaaaaaaaa.1", "companion", "同伴 一", admission=1, device_epoch=0)


class CannotMeet(Exception):
    """This far side has no such fault, or calls nobody back. The reason is its words."""


@dataclass(frozen=True)
class Callback:
    """A genuine callback. ``at``: when what it tells happened, microseconds UTC, whole seconds."""

    headers: Mapping[str, str]
    body: bytes
    at: int


@dataclass(frozen=True)
class Declared:
    """What a far side says of itself.

    ``steps``: the requests that each operation makes, in order. ``felt``: what an operation comes to that meets a fault
    once, ``Retry timeout`` or ``done``, alike for all steps or for each step. ``absent``: why it cannot meet a fault,
    likewise. ``makes_sessions``: an opening makes one there, and a close ends it. ``says_when``: it says when to come
    again. ``silent``: why it calls nobody back, None when it does. ``secrets``: what no error may hold."""

    steps: Mapping[Operation, Sequence[str]]
    felt: Mapping[Fault, str | Mapping[str, str]]
    absent: Mapping[Fault, str | Mapping[str, str]]
    makes_sessions: bool = True
    says_when: bool = False
    silent: str | None = None
    secrets: Sequence[str] = ()

    def outcome(self, fault: Fault, step: str) -> str:
        """Empty for a fault that it cannot meet there."""
        return _of_step(self.felt.get(fault, ""), step)

    def why_absent(self, fault: Fault, step: str = "") -> str:
        """Empty for a fault that it can meet there."""
        return _of_step(self.absent.get(fault, ""), step)


def _of_step(told: str | Mapping[str, str], step: str) -> str:
    return told if isinstance(told, str) else told.get(step, "")


class FarSide:
    """Use as an async context manager."""

    told: ClassVar[Declared]

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self.stack = stack
            await self.begin()
            self.stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stack.aclose()

    async def begin(self) -> None:
        """Start what has to be started, and leave its end to ``stack``."""

    def provider(self, *, hurried: bool = False) -> Provider:
        """Another gateway's adapter, on this same far side. ``hurried``: with HURRY for one answer, where that can be
        told."""
        raise NotImplementedError

    async def sessions(self) -> Sequence[str]:
        """The ids of the rooms that stand."""
        raise NotImplementedError

    async def stand(self, *rooms: Room) -> bool:
        """Whether exactly the sessions of these rooms stand, each once, as far as any are made there."""
        wanted = [room.id for room in rooms] if self.told.makes_sessions else []
        return sorted(await self.sessions()) == sorted(wanted)

    async def inject(self, fault: Fault, step: str = "") -> None:
        """Have the next request of this step meet the fault, or the far side as a whole until ``heal``. CannotMeet."""
        if why := self.told.why_absent(fault, step):
            raise CannotMeet(why)
        await self.meet(fault, step)

    async def meet(self, fault: Fault, step: str) -> None:
        """The same, for a fault that it can meet."""
        raise NotImplementedError

    def poured(self) -> int:
        """Bytes of endless answers that were taken."""
        return 0

    async def heal(self) -> None:
        """Whatever is wrong is wrong no more, and nobody waits for anybody."""

    async def under_way(self, room: Room) -> None:
        """Somebody begins the call, where that makes a difference to the far side."""

    def together(self, parties: int) -> None:
        """Let nobody's opening go on until this many have looked and found nothing, where openings can cross."""

    def callback(self, kind: Happening, room: Room, person: Person, *, at: int = 0) -> Callback:  # noqa: ARG002
        """A genuine callback, delivered now, about what happened at ``at`` (0: now). CannotMeet."""
        raise CannotMeet(self.told.silent)

    def stale(self, callback: Callback) -> Callback:  # noqa: ARG002
        """The same, as it was genuine an hour ago. CannotMeet when it does not say when it was sent."""
        raise CannotMeet("it does not say when it was sent")
