"""The other side of a measurement: a client that costs little, and what the kernel says about a process.

The client speaks HTTP/1.1 over kept connections and reads only what it needs of an answer, so that on two cores the
server, in a process of its own, is what is measured.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
TOO_LONG = 30.0  # s; an answer that takes longer is a fault of the run, not a measurement


def cpu_seconds(pid: int) -> float:
    """User and system time of one process so far; resolution 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, int(share * len(ordered) + 0.999999) - 1))]


@dataclass(frozen=True, slots=True)
class Request:
    """``cookie`` is the whole header's value; ``address`` is what a trusted proxy would say of the client."""

    path: str
    body: Mapping[str, Any]
    cookie: str = ""
    address: str = ""

    def encoded(self, host: str) -> bytes:
        body = json.dumps(self.body).encode()
        head = [f"POST {self.path} HTTP/1.1", f"Host: {host}", f"Origin: http://{host}"]
        head += [f"Cookie: {self.cookie}"] if self.cookie else []
        head += [f"X-Forwarded-For: {self.address}"] if self.address else []
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}", "", ""]
        return "\r\n".join(head).encode() + body


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    seconds: float
    cookie: str  # what Set-Cookie said, without attributes
    body: Any


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def exchange(self, request: bytes) -> Answer:
        started = time.perf_counter()
        self.writer.write(request)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        headers = [line.partition(": ") for line in head.split("\r\n")[1:]]
        named = {name.lower(): value for name, _, value in headers}
        body = await self.reader.readexactly(int(named.get("content-length", "0")))
        seconds = time.perf_counter() - started
        cookie = named.get("set-cookie", "").partition(";")[0]
        return Answer(int(head[9:12]), seconds, cookie, json.loads(body) if body else None)


@dataclass(slots=True)
class Run:
    """What came of a series of requests, in the order of the requests."""

    answers: list[Answer] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.answers) / self.seconds

    def p99_ms(self) -> float:
        return percentile([answer.seconds for answer in self.answers], 0.99) * 1000


async def send_all(
    host: str, port: int, requests: Iterable[Request], *, at_once: int, expect: Callable[[Answer], bool]
) -> Run:
    """All requests over ``at_once`` kept connections. RuntimeError at the first answer that was not expected: a
    figure made of refusals would be a lie."""
    prepared = [request.encoded(f"{host}:{port}") for request in requests]
    answers: list[Answer | None] = [None] * len(prepared)
    left = iter(range(len(prepared)))

    async def one_connection() -> None:
        connection = _Connection(*await asyncio.open_connection(host, port))
        try:
            for index in left:
                answer = await asyncio.wait_for(connection.exchange(prepared[index]), TOO_LONG)
                if not expect(answer):
                    raise RuntimeError(f"unexpected answer {answer.status}: {answer.body}")
                answers[index] = answer
        finally:
            connection.writer.close()

    started = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(min(at_once, len(prepared))):
            tasks.create_task(one_connection())
    return Run([answer for answer in answers if answer is not None], time.perf_counter() - started)
