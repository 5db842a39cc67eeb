"""Several gateways on one Redis: what a durable check-in costs all of them together, with one, two and three, and how
long after "admit" at one gateway the candidate's page at another is told.

Every entry reaches every gateway, which folds it for its own pages: the figure that grows with their number. What
Redis needs (``appendfsync always``) is a figure beside it.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import day as house
from bench.bench_checkin import AT_ONCE, FIRST_IN, bare_cpu
from bench.bench_live import admit_across
from bench.figures import Figure, table
from bench.load import Run, cpu_seconds, percentile
from bench.store import Store, redis

CANDIDATES = 1_200  # a large exam's quarter of an hour
WAITING = 300  # pages at the other gateway
NUMBERS = (1, 2, 3)


def journal(store: Store, database: int) -> str:
    return f'[journal]\nredis = "{store.url}?db={database}"\n'


async def check_in_all(day: house.Day, served: Sequence[house.Served], store: Store) -> tuple[float, float, Run]:
    """µs of CPU of a check-in: of all gateways, and of Redis; and the answers. Candidates are dealt to the gateways
    in turn."""
    parts = [day.candidates[number :: len(served)] for number in range(len(served))]
    sessions = [await house.consented(one.port, part) for one, part in zip(served, parts, strict=True)]
    before = [cpu_seconds(pid) for pid in (store.pid, *(one.pid for one in served))]
    runs = await asyncio.gather(
        *(
            house.command(one.port, mine, "check-in", house.check_ins(part), at_once=AT_ONCE // len(served))
            for one, mine, part in zip(served, sessions, parts, strict=True)
        )
    )
    await house.settle(1.0)
    after = [cpu_seconds(pid) for pid in (store.pid, *(one.pid for one in served))]
    redis_cpu, *cpu = (b - a for a, b in zip(before, after, strict=True))
    answers = [answer for run in runs for answer in run.answers]
    assert all(answer.body["result"] == "seated" for answer in answers)
    return sum(cpu) / len(answers) * 1e6, redis_cpu / len(answers) * 1e6, Run(answers, max(run.seconds for run in runs))


def check_in(store: Store, bare: float) -> list[Figure]:
    figures: list[Figure] = []
    for number in NUMBERS:
        with tempfile.TemporaryDirectory() as folder:
            day = house.prepare(Path(folder), CANDIDATES, first_in=FIRST_IN, settings=journal(store, number))
            with house.gateways(day, number) as served:
                cpu, redis_cpu, run = asyncio.run(check_in_all(day, served, store))
        name = f"check-in, Redis, {number} gateway{'s' if number > 1 else ''}"
        note = f"{CANDIDATES:,} check-ins, {AT_ONCE} at once, appendfsync always"
        figures += [
            Figure(f"{name}: CPU of all gateways", cpu, "µs", note=note),
            Figure(f"{name}: CPU of Redis", redis_cpu, "µs"),
            Figure(f"{name}: against the bare handler", cpu / bare, "×", 6.0 if number == 1 else None),
            Figure(f"{name}: rate", run.rate, "/s", note="gateways, Redis and client on the same cores"),
            Figure(f"{name}: p99", run.p99_ms(), "ms", 250),
        ]
    return figures


def admit(store: Store) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        day = house.prepare(Path(folder), WAITING, settings=journal(store, 0))
        with house.gateways(day, 2) as served:
            taken = asyncio.run(admit_across(day, pages_at=served[0].port, console_at=served[1].port))
    note = f"{WAITING} waiting, page and console at different gateways"
    return [
        Figure("admit → page told, two gateways: p99", percentile(taken, 0.99) * 1000, "ms", 25, note=note),
        Figure("admit → page told, two gateways: median", percentile(taken, 0.5) * 1000, "ms"),
    ]


def main() -> list[Figure]:
    with redis() as store:
        if store is None:
            return []
        return check_in(store, bare_cpu()) + admit(store)


if __name__ == "__main__":
    print(table(main()))
