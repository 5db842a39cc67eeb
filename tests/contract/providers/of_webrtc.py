"""The built-in room's far side: a worker's control API on a socket, in the tests' own process.

It is the worker's own code, calls and people included, without its packets; a worker in a process of its own, killed
and started anew, is in ``tests/providers/webrtc``.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from providers.webrtc.adapter import Alone, BuiltInRoom, belongs
from providers.webrtc.bulletin import Bulletin
from providers.webrtc.client import PATIENCE, WorkerClient
from providers.webrtc.control import Control
from providers.webrtc.refusals import Refusal
from providers.webrtc.switchboard import Switchboard
from tests.contract.providers.far_side import DONE, HURRY, OVER_HTTP, SECOND_SPEC, SPEC, Declared, FarSide, Fault
from tests.support.faults import Faults, Handler

SECRET = "a secret of the tests only"
ONE_MACHINE = "gateway and worker go by the clock of one machine"
INTERVIEWS = (SPEC.interview, SECOND_SPEC.interview)


DECLARED = Declared(
    steps={"open": ("get_calls", "put_call"), "ticket": ("get_calls",), "close": ("get_calls", "delete_person")},
    felt={
        "timeout_before": "Retry worker_gone",
        "timeout_after": "Retry worker_gone",
        "dropped_after": DONE,  # aiohttp asks once more by itself: none of the three is a POST
        "server_error": "Retry worker_failed",
        "slow_body": dict.fromkeys(("get_calls", "put_call"), "Retry worker_gone"),
        "garbage": "Retry worker_gone",
        "hollow": {"get_calls": "Retry worker_gone", "put_call": DONE, "delete_person": DONE},
        "endless": "Retry worker_gone",
        "busy": "Retry calls_full",
        "refused": "AskAPerson secret_wrong",
        "deaf": "Retry worker_gone",
        "started_anew": DONE,
    },
    absent={
        "slow_body": {"delete_person": "an answer of 204 has no body"},
        "spent": "it counts no days",
        "expired": "its secret does not expire",
        "we_are_ahead": ONE_MACHINE,
        "we_are_behind": ONE_MACHINE,
    },
    silent="the worker is listened to, it calls nobody back",
    secrets=(SECRET,),
)


class OfWebrtc(FarSide):
    """A session stands while somebody of its interview may be in the room's call."""

    told = DECLARED

    def __init__(self) -> None:
        self.faults = Faults()
        self.gate: asyncio.Barrier | None = None
        self._boots = 0

    async def begin(self) -> None:
        self._socket = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="genkan-"))) / "worker.sock"
        self.stack.push_async_callback(self._stop)
        self.stack.callback(self.faults.held.set)
        await self._start()

    async def _start(self) -> None:
        self._boots += 1
        board = Switchboard(addresses=(), bulletin=Bulletin(lambda: 0), spawn=_nobody)
        self.control = Control(board, SECRET, f"boot {self._boots}", asyncio.Event())
        app = self.control.app()
        app.middlewares.insert(0, self._strike)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1, access_log=None)
        await self._runner.setup()
        await self._listen()

    async def _listen(self) -> None:
        await web.UnixSite(self._runner, self._socket).start()

    async def _stop(self) -> None:
        await self._runner.cleanup()
        self._socket.unlink(missing_ok=True)

    @web.middleware
    async def _strike(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        name = request.match_info.handler.__name__.removeprefix("_")
        if name == "put_call" and self.gate is not None:
            await self.gate.wait()
        return await self.faults.strike(name, request, handler)

    def provider(self, *, hurried: bool = False) -> BuiltInRoom:
        client = WorkerClient(self._socket, SECRET, patience=HURRY if hurried else PATIENCE)
        self.stack.push_async_callback(client.close)
        return BuiltInRoom(Alone(client), lambda claims: f"token for {claims['sub']} of {claims['generation']}")

    async def sessions(self) -> Sequence[str]:
        return [
            f"{call.id}/{interview}"
            for call in self.control.board.calls.values()
            for interview in INTERVIEWS
            if any(belongs(sub, interview) for sub in call.people)
        ]

    async def meet(self, fault: Fault, step: str) -> None:
        match fault:
            case "busy":
                self.faults.add(step, _busy)
            case "refused":
                self.control.secret = "another"
            case "deaf":
                await self._deafen()
            case "started_anew":
                await self._stop()
                await self._start()
            case _:
                self.faults.add(step, OVER_HTTP[fault])

    async def _deafen(self) -> None:
        for site in tuple(self._runner.sites):
            await site.stop()
        self._socket.unlink(missing_ok=True)

    def poured(self) -> int:
        return self.faults.poured

    async def heal(self) -> None:
        self.faults.clear()
        self.gate = None
        self.control.secret = SECRET
        if not self._runner.sites:
            await self._listen()

    def together(self, parties: int) -> None:
        self.gate = asyncio.Barrier(parties)


def _busy() -> web.Response:
    refusal = Refusal("calls_full")
    body = json.dumps(refusal.problem())
    return web.Response(status=refusal.status, text=body, content_type="application/problem+json")


def _nobody(work: Coroutine[Any, Any, None]) -> None:
    work.close()
    raise AssertionError("no media in the contract suite")
