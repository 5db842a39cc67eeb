"""A day at a scale: an event with its roster, made by the command line, and a gateway of its own process that serves
it. What is measured is what an office would run."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.load import Answer, Request, Run, send_all

EVENT = "bench"
ROOMS = 100
HOST = "127.0.0.1"
START = 60.0  # s until a gateway answers; a journal of 5,000 candidates is folded before
NOTICE = "1"
SERVE = (sys.executable, "-m", "gateway", "serve", "--config")
_NUMBER = re.compile(r"A\d{5}")


@dataclass(frozen=True, slots=True)
class Candidate:
    number: str
    name: str
    room: str
    link: str


@dataclass(frozen=True, slots=True)
class Session:
    sid: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Served:
    """One gateway of several."""

    port: int
    pid: int


@dataclass(frozen=True, slots=True)
class Day:
    """An event in ``folder``, ready to be served: candidates in the order of the roster."""

    folder: Path
    candidates: Sequence[Candidate]
    staff: str  # the token of reception's link

    @property
    def config(self) -> Path:
        return self.folder / "genkan.toml"


def genkan(folder: Path, *arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "gateway", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise RuntimeError(f"genkan {' '.join(arguments[:2])}: {run.stdout}{run.stderr}")
    return run.stdout


def prepare(
    folder: Path,
    candidates: int,
    *,
    first_in: timedelta = -timedelta(minutes=1),
    rooms: int = ROOMS,
    at_once: int = 0,
    settings: str = "",
    **event: Any,
) -> Day:
    """Rooms with slots of a minute each, the first of them so long from now; everybody may check in at once.
    ``at_once``: interviews that begin at the same time, where they are fewer than the rooms; ``settings``: sections of
    ``genkan.toml``; ``event``: what the event's file says besides."""
    now = datetime.now(UTC) + first_in
    told_event = {
        "id": EVENT,
        "title": "Measurement",
        "zone": "UTC",
        "office": {"name": "Bench office", "telephone": "03-0000-0000", "hours": "9-17"},
        "rooms": [{"id": f"r{n}", "name": f"Room {n}"} for n in range(1, rooms + 1)],
        "notice": {"version": NOTICE, "title": "Notice", "body": "Nothing is recorded."},
        "opens_before": 1440,
        "absent_after": None,
        "slot_minutes": 1,
        "provider": "webrtc",
        **event,
    }
    (folder / "event.json").write_text(json.dumps(told_event), encoding="utf-8")
    wave = at_once or rooms
    rows = [
        (f"A{n:05}", f"候補 {n:05}", f"r{n % rooms + 1}", f"{now + timedelta(minutes=n // wave):%Y-%m-%d %H:%M}")
        for n in range(candidates)
    ]
    with (folder / "roster.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("受験番号", "氏名", "面接室", "開始時刻"), *rows])
    told = f'[listen]\nport = {free_port()}\n[media]\nhost = "{HOST}"\nport = 0\n[log]\nlevel = "error"\n{settings}'
    (folder / "genkan.toml").write_text(told, encoding="utf-8")
    genkan(folder, "event", "create", "event.json")
    genkan(folder, "roster", "import", EVENT, "roster.csv")
    invites = genkan(folder, "invites", EVENT, "--csv")
    staff = genkan(folder, "staff", "link", "--name", "Bench", "--role", "reception", "--event", EVENT)
    return Day(folder, _invited(invites, rows), staff.strip().rpartition("#")[2].split()[0])


def _invited(table: str, rows: Sequence[tuple[str, str, str, str]]) -> list[Candidate]:
    """In the order of the roster; the spreadsheet has them by room and time."""
    links: dict[str, str] = {}
    for row in list(csv.reader(table.splitlines()))[1:]:
        link = next(cell for cell in row if "/j#" in cell)
        links.update((cell, link.rpartition("#")[2]) for cell in row if _NUMBER.fullmatch(cell))
    return [Candidate(number, name, room, links[number]) for number, name, room, _ in rows]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(command: Sequence[str], port: int, folder: Path) -> Iterator[int]:
    """The server's process id, once its port answers. It is stopped at the end."""
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + START
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the server did not start")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def port_of(day: Day) -> int:
    line = next(line for line in day.config.read_text("utf-8").splitlines() if line.startswith("port"))
    return int(line.partition("=")[2])


@contextmanager
def gateway(day: Day) -> Iterator[int]:
    """The gateway's process id. Its media worker, which outlives gateways on purpose, is ended too."""
    with without_workers(day), serving([*SERVE, "genkan.toml"], port_of(day), day.folder) as pid:
        yield pid


@contextmanager
def gateways(day: Day, count: int) -> Iterator[list[Served]]:
    """So many gateways on the day's store, which must be one that can be shared."""
    told = day.config.read_text("utf-8")
    with without_workers(day), ExitStack() as stack:
        served = []
        for number in range(1, count + 1):
            port = free_port()
            own = f'data_dir = "data{number}"\nkeys_dir = "data/keys"\n'
            file = day.folder / f"genkan{number}.toml"
            file.write_text(own + told.replace(f"port = {port_of(day)}\n", f"port = {port}\n", 1), encoding="utf-8")
            served.append(Served(port, stack.enter_context(serving([*SERVE, file.name], port, day.folder))))
        yield served


@contextmanager
def without_workers(day: Day) -> Iterator[None]:
    """Media workers outlive gateways on purpose: those of this day are ended with it."""
    try:
        yield
    finally:
        for process in Path("/proc").glob("[0-9]*"):
            if str(day.folder) in _command_line(process):
                os.kill(int(process.name), signal.SIGTERM)


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # it has ended meanwhile


def good(answer: Answer) -> bool:
    return answer.status == 200


async def enter(port: int, links: Sequence[str]) -> list[Session]:
    """A browser session for each link."""
    run = await send_all(HOST, port, [Request("/api/enter", {"link": link}) for link in links], at_once=50, expect=good)
    return [Session(answer.body["sid"], answer.cookie) for answer in run.answers]


async def command(
    port: int, sessions: Sequence[Session], name: str, bodies: Sequence[Mapping[str, Any]], *, at_once: int = 50
) -> Run:
    """One command of each session, ids made up."""
    requests = [
        Request(f"/api/s/{session.sid}/{name}", {"id": uuid.uuid4().hex, **body}, session.cookie)
        for session, body in zip(sessions, bodies, strict=True)
    ]
    return await send_all(HOST, port, requests, at_once=at_once, expect=good)


async def consented(port: int, candidates: Sequence[Candidate], terms: str = "") -> list[Session]:
    """Sessions that may check in. ``terms``: the version of those that the provider has."""
    sessions = await enter(port, [candidate.link for candidate in candidates])
    agreed = {"notice": NOTICE, **({"terms": terms} if terms else {})}
    await command(port, sessions, "consent", [agreed] * len(sessions))
    return sessions


def check_ins(candidates: Sequence[Candidate]) -> list[dict[str, str]]:
    return [{"number": candidate.number, "name": candidate.name} for candidate in candidates]


async def settle(seconds: float) -> None:
    """Let the server finish what was asked of it before its memory is read."""
    await asyncio.sleep(seconds)
