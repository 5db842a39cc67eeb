"""A gateway that kills itself at one of its steps: before or after a request to Zoom, before or after an append.

The steps are watched from outside, here; the product knows nothing of it. Each that is crossed is a line in the file
``trail``, so that it is known afterwards where the process died. Hatched by ``tests.support.hatchery``.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway import house
from gateway.app import running
from gateway.config import Settings
from gateway.duties import Duties
from gateway.hall import Hall
from gateway.logs import configure_logs
from providers.registry import Registry
from providers.zoom.adapter import Zoom
from providers.zoom.config import Account
from providers.zoom.transport import Reply, Transport
from waiting_room.journal.port import Appended, Batch, Journal
from waiting_room.journal.redis import RedisJournal
from waiting_room.journal.sqlite import SqliteJournal

SECOND = 1_000_000
WHOSE = re.compile(r"(?<=/users/)[^/]+|\d{6,}")  # which host's, or which meeting's, is not what a step is about


@dataclass(frozen=True)
class Fast:
    """A clock that is right at ``begun`` (microseconds UTC) and fast from then on, the same in every process; Zoom's
    whole seconds pass in less."""

    begun: int
    speed: int

    def __call__(self) -> int:
        return self.begun + (time.time_ns() // 1000 - self.begun) * self.speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)


@dataclass(frozen=True)
class Order:
    """What a gateway is told, in JSON. ``die_at``: the step, as the trail has it; empty: live. ``redis``: the journal's
    address, empty for the file ``data``. ``brief``: end as soon as it has begun."""

    data: str
    keys: str
    run: str
    port: int
    origin: str
    begun: int
    speed: int
    account: Mapping[str, Any]
    trail: str
    die_at: str = ""
    redis: str = ""
    brief: bool = False

    def settings(self) -> Settings:
        return Settings(
            data_dir=Path(self.run), keys_dir=Path(self.keys), public_origin=self.origin, port=self.port,
            log_level="warning",
        )  # fmt: skip

    def zoom(self) -> Account:
        return Account(**{**self.account, "hosts": tuple(self.account["hosts"])})


@dataclass
class Steps:
    """Writes down what is crossed, and which time it is, and dies where it was told to."""

    die_at: str
    trail: Path
    crossed: Counter[str] = field(default_factory=Counter)
    file: int = field(init=False)

    def __post_init__(self) -> None:
        self.file = os.open(self.trail, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)

    def cross(self, name: str) -> None:
        self.crossed[name] += 1
        step = f"{name} {self.crossed[name]}"
        os.write(self.file, f"{step}\n".encode())
        if step == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)


def watch_requests(steps: Steps) -> None:
    """Every request of Zoom's adapter, and every answer."""
    send: Callable[..., Any] = Transport.send

    async def watched(self: Transport, method: str, url: str, **told: Any) -> Reply:
        name = f"{method} {WHOSE.sub('#', urlsplit(url).path)}"
        steps.cross(f"before {name}")
        reply: Reply = await send(self, method, url, **told)
        steps.cross(f"after {name}")
        return reply

    setattr(Transport, "send", watched)  # noqa: B010 - from outside, and the checker knows


def watch_appends(steps: Steps, engine: type[SqliteJournal | RedisJournal]) -> None:
    """Every append to the journal, and every answer."""
    append: Callable[..., Any] = engine.append

    async def watched(self: Journal, event: str, batch: Batch, **told: Any) -> Appended:
        name = "append " + "+".join(json.loads(draft.body)["k"] for draft in batch.drafts)
        steps.cross(f"before {name}")
        done: Appended = await append(self, event, batch, **told)
        steps.cross(f"after {name}")
        return done

    setattr(engine, "append", watched)  # noqa: B010 - as above


def work_without_leases() -> None:
    """Whatever has to be right rests on guards: as if each gateway believed that the work is its own."""
    setattr(Duties, "mine", lambda *_: True)  # noqa: B010 - as above
    setattr(Hall, "_fence", lambda *_, **__: None)  # noqa: B010 - as above


def know(zoom: Zoom) -> None:
    """Every house that is opened from here on has this one, with its own clock."""
    setattr(house, "Registry", functools.partial(Registry, zoom))  # noqa: B010 - as above


def main(order: Mapping[str, Any]) -> None:
    """Serve until SIGTERM, or until the step."""
    asyncio.run(serve(Order(**order)))


async def serve(order: Order) -> None:
    steps = Steps(order.die_at, Path(order.trail))
    watch_requests(steps)
    watch_appends(steps, RedisJournal if order.redis else SqliteJournal)
    work_without_leases()
    settings, clock = order.settings(), Fast(order.begun, order.speed)
    configure_logs(settings.log_level)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    journal: Journal = (
        await RedisJournal.open(order.redis) if order.redis else await SqliteJournal.open(Path(order.data))
    )
    know(Zoom(order.zoom(), now=clock, sleep=clock.sleep))
    async with running(settings, journal=journal, worker=False, sockets=False):
        if not order.brief:
            await stop.wait()
