"""The media workers that this gateway knows, and whether they live.

``Found``: those that the settings name, registered by being found. Each is asked how it is twice a second, so that a
death is noticed within three; nobody but a worker itself says that it is there, and it needs no store to say so.
``Own``: the one that the gateway started.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog

from gateway.tasks import Tasks
from providers.webrtc.client import WorkerClient, WorkerError, WorkerRefused

log = structlog.get_logger("genkan.workers")

BEAT = 0.5  # seconds between two questions to each worker
PATIENCE = 1.0  # seconds for its answer: it works in milliseconds
ANSWER = 2.0  # seconds for whatever else is asked of it
DEAD_AFTER = 2.25  # seconds without an answer: with a beat, within three of its death
STALLED = 1.0  # seconds by which a beat of ours came late: then it was us who slept
RESOLVE = 1.0  # seconds between two looks at which addresses a name has
FORGET = 60.0  # seconds that a dead worker is asked for whose address no name has any more
MOST = 64  # workers at once

Addresses = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(slots=True, eq=False)
class Worker:
    """One of them, as it last said. ``calls``: those that it has, as its lines tell. ``twin``: another address of a
    worker that is known, or another worker of the same name: it is not used."""

    client: WorkerClient
    name: str = ""
    boot: str = ""  # of the run that answered last
    heard_boot: str = ""  # of the run whose lines are heard
    status: Mapping[str, Any] = field(default_factory=dict)
    heard_at: float = float("-inf")
    calls: set[str] = field(default_factory=set)
    twin: bool = False
    refused: str = ""  # the code with which it refuses us, while it does
    listener: asyncio.Task[None] | None = None
    asking: asyncio.Task[None] | None = None

    @property
    def mark(self) -> str:
        """How it is told apart outside: its name is nobody's business there."""
        return mark_of(self.name)

    @property
    def draining(self) -> bool:
        return bool(self.status.get("draining", False))


def mark_of(name: str) -> str:
    return hashlib.blake2s(name.encode(), digest_size=4, person=b"genkanwk").hexdigest()


class Workers(Protocol):
    def all(self) -> Sequence[Worker]:
        """Those that have been heard of, dead ones included, twins not."""

    def alive(self, worker: Worker) -> bool: ...

    async def statuses(self) -> Mapping[str, Mapping[str, Any] | None]:
        """How each is, by name; None: it does not answer."""

    async def close(self) -> None: ...


class Own:
    """The one on this machine, which the gateway starts again when it has died."""

    NAME = "own"

    def __init__(self, client: WorkerClient) -> None:
        self.worker = Worker(client, self.NAME)

    def all(self) -> Sequence[Worker]:
        return (self.worker,)

    def alive(self, worker: Worker) -> bool:  # noqa: ARG002 - whoever asks it finds out
        return True

    async def statuses(self) -> Mapping[str, Mapping[str, Any] | None]:
        try:
            async with asyncio.timeout(PATIENCE):
                return {self.NAME: await self.worker.client.status()}
        except (WorkerError, TimeoutError):
            return {self.NAME: None}

    async def close(self) -> None:
        await self.worker.client.close()


class Found:
    """``urls`` of the settings, ``secret`` of gateways and workers. ``arrived``: called with each worker that has
    answered for the first time."""

    def __init__(
        self,
        urls: Sequence[str],
        secret: str,
        tasks: Tasks,
        *,
        addresses: Addresses | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.arrived: list[Callable[[Worker], None]] = []
        self._urls, self._secret, self._tasks = urls, secret, tasks
        self._addresses, self._monotonic = addresses or addresses_of, monotonic
        self._by_address: dict[str, Worker] = {}
        self._current: dict[str, frozenset[str]] = {}  # url -> addresses, as last resolved
        self._beat_at = self._began = monotonic()

    def all(self) -> Sequence[Worker]:
        return [worker for worker in self._by_address.values() if worker.name and not worker.twin]

    def alive(self, worker: Worker) -> bool:
        return self._monotonic() - worker.heard_at <= DEAD_AFTER

    @property
    def watched(self) -> bool:
        """Whether we have looked for long enough to miss somebody."""
        return self._monotonic() - self._began > DEAD_AFTER

    async def statuses(self) -> Mapping[str, Mapping[str, Any] | None]:
        return {worker.name: worker.status if self.alive(worker) else None for worker in self.all()}

    async def begin(self) -> None:
        """Find those that are there now. It is no error that there are none yet."""
        await self._resolve()
        await asyncio.gather(*(self._ask(worker) for worker in tuple(self._by_address.values())))
        if not self.all():
            log.warning("no_media_worker", urls=len(self._urls))

    async def look(self) -> None:
        """Resolve the names again and again, for ever."""
        while True:
            await asyncio.sleep(RESOLVE)
            await self._resolve()

    async def watch(self) -> None:
        """Know who lives, for ever."""
        while True:
            await asyncio.sleep(BEAT)
            self.beat()

    def beat(self) -> None:
        """Ask each how it is; nothing is waited for, for a beat that comes late says that we slept."""
        now = self._monotonic()
        if now - self._beat_at > BEAT + STALLED:
            for worker in self._by_address.values():
                if self._beat_at - worker.heard_at <= DEAD_AFTER:
                    worker.heard_at = now
        self._beat_at = now
        for worker in self._by_address.values():
            if worker.asking is None or worker.asking.done():
                worker.asking = self._tasks.start(self._ask(worker), "worker:status")

    async def close(self) -> None:
        """Leave them, and the calls in them, running."""
        asking = [worker.asking for worker in self._by_address.values() if worker.asking is not None]
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        for worker in self._by_address.values():
            await worker.client.close()

    # --- parts -----------------------------------------------------------------------------------------------------

    async def _ask(self, worker: Worker) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                status = await worker.client.status()
                if status["boot"] != worker.boot:
                    worker.calls = {state["call"] for state in (await worker.client.calls())["calls"]}
        except WorkerRefused as refused:
            if worker.refused != refused.code:
                log.critical("worker_refuses", address=worker.client.address, code=refused.code)
            worker.refused = refused.code
            return
        except (WorkerError, TimeoutError, KeyError):
            return
        self._take(worker, status)

    def _take(self, worker: Worker, status: Mapping[str, Any]) -> None:
        fresh, worker.refused = not worker.name, ""
        if worker.boot and status["boot"] != worker.boot:
            log.warning("worker_was_restarted", worker=status["name"])
        worker.name, worker.boot, worker.status = status["name"], status["boot"], status
        other = next((one for one in self.all() if one is not worker and one.name == worker.name), None)
        worker.twin = other is not None and self.alive(other)
        if worker.twin and other is not None and other.boot != worker.boot:
            log.critical("worker_name_twice", worker=worker.name, address=worker.client.address)
        if not worker.twin and not self.alive(worker):
            log.info("worker_found" if fresh else "worker_back", worker=worker.name)
        worker.heard_at = self._monotonic()
        if worker.listener is None and not worker.twin:
            for listener in tuple(self.arrived):
                listener(worker)

    async def _resolve(self) -> None:
        await asyncio.gather(*(self._resolve_one(url) for url in self._urls))
        present = frozenset().union(*self._current.values())
        for address in sorted(present - self._by_address.keys()):
            if len(self._by_address) < MOST:
                self._by_address[address] = Worker(WorkerClient(address, self._secret, patience=ANSWER))
        for address in [a for a in self._by_address if a not in present]:
            worker = self._by_address[address]
            if self._monotonic() - worker.heard_at > FORGET:
                del self._by_address[address]
                log.info("worker_forgotten", worker=worker.name)
                if worker.listener is not None:
                    worker.listener.cancel()
                await worker.client.close()

    async def _resolve_one(self, url: str) -> None:
        """A name that cannot be resolved now keeps the addresses that it had: who answers there lives."""
        parts = urlsplit(url)
        try:
            found = await self._addresses(parts.hostname or "", parts.port or 0)
        except OSError:
            return
        self._current[url] = frozenset(found)


async def addresses_of(host: str, port: int) -> Sequence[str]:
    """``http://address:port`` of each address that this name has. OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    hosts = dict.fromkeys(str(entry[4][0]) for entry in found)
    return [f"http://[{one}]:{port}" if ":" in one else f"http://{one}:{port}" for one in hosts]
