"""Faults at several gateways and their store, by a schedule that a seed alone decides.

Each *lane* (a gateway's process, the store, a line) has its own list of faults and works it off by itself: what
happens to one, in which order and for how long, is the same in every run of a seed. How the lanes' faults fall beside
each other, and which request meets which, depends on the machine.
"""

from __future__ import annotations

import asyncio
import os
import random
import resource
import secrets
import signal
from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.support.fleet import AGAIN, SECRET, MediaWorker, Ship
from tests.support.hatchery import Hatchery, hatchery
from tests.support.ports import HOST, a_free_port
from tests.support.redis_server import RedisServer, redis_server
from tests.support.wire import Wire, wire

Kind = Literal["kill", "stop", "full", "cut", "close", "hold", "slow", "stammer", "tear"]

SKEWS = (0.0, 1.5, -1.5, 40.0, -40.0, 170.0, -170.0)  # seconds that a gateway's clock is ahead of the store's
DELAY = 0.05  # seconds for each read of a slow line
STRUCK = 4.0  # seconds in which some bytes have to come by
EXITS = 3.0  # seconds in which a store without a disk has found it out: leases are renewed each second
DRAIN = 3.0  # seconds that a worker's calls have at the end of the day, when nobody is in them
TAIL = 120  # lines of a gateway's log that are kept


@dataclass(frozen=True)
class Fault:
    """``after``: seconds of quiet before it; ``lasts``: seconds until it is healed; ``skew``: of the clock of what is
    started after it."""

    lane: str
    kind: Kind
    after: float
    lasts: float
    skew: float = 0.0

    def __str__(self) -> str:
        more = f", then a clock {self.skew:+.1f} s" if self.skew else ""
        return f"{self.lane}: {self.kind} {self.lasts:.2f} s{more}"


@dataclass(frozen=True)
class Weather:
    """What a kind of lane meets: each fault with its weight and the longest that it lasts; how many; the quiet between
    two, at most."""

    kinds: Mapping[Kind, tuple[int, float]]
    faults: int
    quiet: float


GATEWAY = Weather({"kill": (5, 0.3), "stop": (5, 4.0)}, 9, 4.5)
STORE = Weather({"kill": (4, 0.4), "stop": (5, 2.5), "full": (3, 0.4)}, 9, 6.0)
WORKER = Weather({"kill": (3, 0.3), "stop": (4, 5.0)}, 5, 7.0)  # 2.5 s of silence are a death, less is not
FILE_STORE = Weather({"kill": (4, 0.3), "stop": (3, 1.5), "full": (4, 0.8)}, 12, 1.4)  # a gateway with its own store
_LINE: Mapping[Kind, tuple[int, float]] = {
    "cut": (4, 0.0), "close": (2, 1.0), "hold": (3, 1.2), "slow": (2, 1.5), "stammer": (4, 0.0), "tear": (3, 0.0),
}  # fmt: skip
DOOR = CABLE = Weather(_LINE, 35, 1.5)
ONLY_DOOR = Weather(_LINE, 16, 1.2)


def schedule(seed: int, lane: str, weather: Weather) -> list[Fault]:
    """A lane's faults: of the seed and its name alone. Each kind is among them."""
    chance = random.Random(f"{seed}:{lane}")
    known = list(weather.kinds)
    weights = [weight for weight, _ in weather.kinds.values()]
    kinds = [*known, *chance.choices(known, weights, k=weather.faults - len(known))]
    chance.shuffle(kinds)
    return [
        Fault(
            lane,
            kind,
            chance.uniform(0.1, weather.quiet),
            chance.uniform(min(0.3, weather.kinds[kind][1]), weather.kinds[kind][1]),
            chance.choice(SKEWS) if kind == "kill" else 0.0,
        )
        for kind in kinds
    ]


@dataclass(eq=False)
class Berth:
    """A process that is started again whenever it ends, as an orchestrator does it."""

    ship: Ship | MediaWorker
    nest: Hatchery
    log: Path
    skew: float = 0.0  # seconds that a gateway's clock will be ahead; workers want a clock that is right
    wanted: bool = True
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL))
    codes: list[int] = field(default_factory=list)  # how its processes ended

    async def keep(self) -> None:
        while self.wanted:
            self.ship.child = await self.nest.hatch({**self._order(), "log": str(self.log)})
            self.codes.append(await self.ship.child.ended)
            await asyncio.sleep(AGAIN)

    def _order(self) -> dict[str, Any]:
        if isinstance(self.ship, MediaWorker):
            return {"media": [*self.ship.words(self.log.parent / SECRET), "--drain", str(DRAIN)]}
        return {"settings": dict(self.ship.settings), "skew": self.skew}

    @property
    def alive(self) -> bool:
        return self.ship.child is not None and not self.ship.child.ended.done()

    async def read_log(self) -> None:
        """Of all its processes, one after the other."""
        os.mkfifo(self.log)
        reader = asyncio.StreamReader()
        end = os.fdopen(os.open(self.log, os.O_RDWR | os.O_NONBLOCK), "rb", 0)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, end)
        try:
            while line := await reader.readline():
                self.lines.append(line.decode(errors="replace").rstrip())
        finally:
            transport.close()


class Harbour:
    """Gateways behind one address, each behind a line of its own, and their Redis, if they have one, behind another."""

    def __init__(self, folder: Path, nest: Hatchery, server: RedisServer | None) -> None:
        self.folder, self.nest, self.server = folder, nest, server
        self.front = a_free_port()
        self.berths: list[Berth] = []  # of the gateways
        self.workers: list[MediaWorker] = []
        self.processes: dict[str, Berth] = {}  # everything that can be killed and stopped, by its lane
        self.doors: dict[str, Wire] = {}  # from browsers to each gateway
        self.cables: dict[str, Wire] = {}  # from each gateway to Redis
        self._dealt = 0

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.front}"

    @asynccontextmanager
    async def manned(self) -> AsyncIterator[None]:
        """Each process is kept running; at the end each is asked to end (SIGTERM), and has ended."""
        async with asyncio.TaskGroup() as tasks:
            logs = [tasks.create_task(berth.read_log()) for berth in self.processes.values()]
            kept = [tasks.create_task(berth.keep()) for berth in self.processes.values()]
            try:
                yield
                for berth in self.processes.values():
                    berth.wanted = False
                    berth.ship.signal(signal.SIGTERM)
                await asyncio.gather(*kept)
            finally:
                for task in (*kept, *logs):
                    task.cancel()

    def document(self, name: str, redis: str, port: int) -> dict[str, Any]:
        """A gateway's ``genkan.toml``, parsed."""
        made = {
            "public_origin": self.origin,
            "data_dir": str(self.folder / name),
            "keys_dir": str(self.folder / "keys"),
            "listen": {"port": port},
            "log": {"level": "info"},
        }
        if self.workers:
            urls = [worker.url for worker in self.workers]
            made["media"] = {"workers": urls, "secret": {"file": str(self.folder / SECRET)}}
        return {**made, "journal": {"redis": redis}} if redis else made

    async def deal(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to the next gateway that takes it."""
        doors = list(self.doors.values())
        self._dealt += 1
        for place in range(len(doors)):
            if await doors[(self._dealt + place) % len(doors)].take(reader, writer):
                return
        writer.transport.abort()

    def add_worker(self, name: str, secret: str) -> None:
        """A media worker's berth, and nothing in it yet."""
        worker = MediaWorker(name, a_free_port(), secret)
        self.workers.append(worker)
        self.processes[f"worker {name}"] = Berth(worker, self.nest, self.folder / f"{name}.log")

    async def add(self, name: str, stack: AsyncExitStack) -> Berth:
        """A berth, its lines, and nothing in it yet."""
        port, redis = a_free_port(), ""
        if self.server is not None:
            socket = str(self.server.socket)
            cable = await stack.enter_async_context(wire(lambda: asyncio.open_unix_connection(socket)))
            self.cables[name], redis = cable, f"redis://{HOST}:{cable.port}"
        berth = Berth(Ship(name, port, self.document(name, redis, port)), self.nest, self.folder / f"{name}.log")
        self.doors[name] = Wire(lambda: asyncio.open_connection(HOST, port), echoes=False)
        self.berths.append(berth)
        self.processes[f"gateway {name}"] = berth
        return berth


@asynccontextmanager
async def harbour(folder: Path, names: Sequence[str], *, redis: bool, workers: int = 0) -> AsyncIterator[Harbour]:
    """Berths of these names, and so many for media workers. Whoever has made the event has them manned."""
    async with AsyncExitStack() as stack:
        server = None
        if redis:
            holder = redis_server()
            server = await asyncio.to_thread(holder.__enter__)
            stack.push_async_callback(asyncio.to_thread, holder.__exit__, None, None, None)
        nest = await stack.enter_async_context(hatchery("tests.support.fleet"))
        made = Harbour(folder, nest, server)
        (folder / SECRET).write_text(secret := secrets.token_hex(16))
        for number in range(workers):
            made.add_worker(f"m{number + 1}", secret)
        for name in names:
            await made.add(name, stack)
        listening = await asyncio.start_server(made.deal, HOST, made.front)
        stack.callback(listening.close)
        try:
            yield made
        finally:
            for door in made.doors.values():
                door.cut()


@dataclass
class Storm:
    """Applies what is scheduled, and counts what really came about."""

    harbour: Harbour
    lanes: Mapping[str, Sequence[Fault]]
    applied: int = 0
    over: bool = False
    done: Counter[str] = field(default_factory=Counter)
    story: deque[str] = field(default_factory=lambda: deque(maxlen=40))
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def reached(self, faults: int) -> None:
        while self.applied < faults and not self.over:
            await self._moved.wait()

    async def rage(self) -> None:
        """All lanes; afterwards everything is healed."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for lane in self.lanes.values():
                    tasks.create_task(self._lane(lane))
        finally:
            self.over = True
            self._move()

    async def _lane(self, faults: Sequence[Fault]) -> None:
        for fault in faults:
            await asyncio.sleep(fault.after)  # the schedule's own time
            if await self._apply(fault):
                self.applied += 1
                self.done[f"{fault.lane.rstrip('123')} {fault.kind}"] += 1
                self.story.append(f"{asyncio.get_running_loop().time():.2f} {fault}")
                self._move()

    def _move(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def _apply(self, fault: Fault) -> bool:
        """Whether it came about. It is over, and healed, when this returns."""
        what, _, name = fault.lane.partition(" ")
        if what == "store":
            return await self._at_store(fault)
        if fault.lane in self.harbour.processes:
            return await self._at_process(fault, self.harbour.processes[fault.lane])
        return await self._at_line(fault, {"door": self.harbour.doors, "cable": self.harbour.cables}[what][name])

    @staticmethod
    async def _at_process(fault: Fault, berth: Berth) -> bool:
        if not berth.alive:
            return False
        child = berth.ship.child
        assert child is not None
        if fault.kind == "kill":
            berth.skew = fault.skew
            child.signal(signal.SIGKILL)
            await child.ended
            return True
        if fault.kind == "full":
            resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            await asyncio.sleep(fault.lasts)
            if not child.ended.done():
                resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            return True
        child.signal(signal.SIGSTOP)
        await asyncio.sleep(fault.lasts)
        child.signal(signal.SIGCONT)
        return True

    async def _at_store(self, fault: Fault) -> bool:
        server = self.harbour.server
        assert server is not None
        if fault.kind == "stop":
            server.signal(signal.SIGSTOP)
            await asyncio.sleep(fault.lasts)
            server.signal(signal.SIGCONT)
            return True
        if fault.kind == "full":
            server.fill_disk(0)
            with suppress(TimeoutError):
                async with asyncio.timeout(EXITS):
                    while server.alive:  # noqa: ASYNC110 - another process
                        await asyncio.sleep(AGAIN)
        came_about = fault.kind == "kill" or not server.alive
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(fault.lasts)
        await asyncio.to_thread(server.start)
        return came_about

    @staticmethod
    async def _at_line(fault: Fault, line: Wire) -> bool:
        match fault.kind:
            case "cut":
                return line.cut() > 0
            case "close":
                line.closed = True
                came_about = line.cut() > 0
            case "hold":
                line.hold()
                came_about = True
            case "slow":
                line.delay = DELAY
                came_about = True
            case _:
                line.stammer() if fault.kind == "stammer" else line.tear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(STRUCK):
                        await line.struck.wait()
                came_about = line.struck.is_set()
        await asyncio.sleep(fault.lasts)
        line.heal()
        return came_about
