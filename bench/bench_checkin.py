"""What a durable check-in over HTTP costs the gateway: session, schema, roster, identity, append, push to a console.

The journal is a file with ``synchronous=FULL``. Against it, in the same run, a bare aiohttp POST handler that reads a
JSON body and answers one: the ratio of the two is what the gateway itself costs, whatever the machine.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from bench import day as house
from bench.figures import Figure, table
from bench.load import Request, cpu_seconds, send_all

CANDIDATES = 2_000  # a large exam's half hour
AT_ONCE = 50  # kept connections, so that many in flight: the minute before the first slots
BARE = 10_000
FIRST_IN = timedelta(minutes=45)  # the provider's sessions, opened minutes before a slot, are not a check-in's cost


def bare_cpu() -> float:
    """µs of CPU per POST of the bare handler."""
    process = subprocess.Popen([sys.executable, "-m", "bench.bare"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        asyncio.run(post(port, BARE // 10))
        before = cpu_seconds(process.pid)
        asyncio.run(post(port, BARE))
        return (cpu_seconds(process.pid) - before) / BARE * 1e6
    finally:
        process.terminate()
        process.wait(timeout=10)


async def post(port: int, count: int) -> None:
    body = {"id": "0123456789abcdef", "number": "A00001", "name": "候補 00001"}
    request = Request("/api/s/abcdefghijklmnopqrstuv/check-in", body, "genkan=" + "x" * 200)
    await send_all(house.HOST, port, [request] * count, at_once=AT_ONCE, expect=house.good)


async def check_in_all(day: house.Day, pid: int) -> tuple[float, float, float]:
    """CPU of a check-in in µs, check-ins a second, p99 in ms."""
    port = house.port_of(day)
    sessions = await house.consented(port, day.candidates)
    before = cpu_seconds(pid)
    run = await house.command(port, sessions, "check-in", house.check_ins(day.candidates), at_once=AT_ONCE)
    await house.settle(0.5)
    cpu = (cpu_seconds(pid) - before) / len(run.answers) * 1e6
    assert all(answer.body["result"] == "seated" for answer in run.answers)
    return cpu, run.rate, run.p99_ms()


def main() -> list[Figure]:
    bare = bare_cpu()
    with tempfile.TemporaryDirectory() as folder:
        day = house.prepare(Path(folder), CANDIDATES, first_in=FIRST_IN)
        with house.gateway(day) as pid:
            cpu, rate, p99 = asyncio.run(check_in_all(day, pid))
    note = f"{CANDIDATES:,} check-ins, {AT_ONCE} at once, synchronous=FULL"
    return [
        Figure("bare aiohttp POST handler: CPU", bare, "µs"),
        Figure("check-in, durable: CPU", cpu, "µs", note=note),
        Figure("check-in against the bare handler", cpu / bare, "×", 4.0),
        Figure("check-ins of one process", rate, "/s", 2_500, more_is_better=True, note="client on the other core"),
        Figure("check-in: p99", p99, "ms", 250),
    ]


if __name__ == "__main__":
    print(table(main()))
