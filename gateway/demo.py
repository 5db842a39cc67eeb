"""``genkan demo``: the sample event laid around now, ready links, on this machine.

The sample goes the way of every roster: its file is rewritten with today's times and imported by the operation that
the administrator's page uses. Nothing here is a shortcut past a check.
"""

from __future__ import annotations

import asyncio
import base64
import csv
import io
import ipaddress
import json
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.app import running
from gateway.config import Media, Settings
from gateway.eventfile import EventFile, say
from gateway.handout import ready_links
from gateway.house import House
from gateway.logs import configure_logs
from gateway.moments import local
from gateway.operations import run as operate
from gateway.spreadsheet import decode
from providers.webrtc.client import WorkerClient
from providers.webrtc.spawn import SOCKET, stop_worker

HOST = "127.0.0.1"
FIRST = -20  # minutes: the first slot of a room is over and nobody came; the second is due; the third is early
SHIFT: Mapping[str, int] = {"r1": 0, "r2": -1, "r3": 1}  # minutes, so that not all rooms are alike
PANEL: Mapping[str, Sequence[str]] = {
    "r1": ("面接官 青木 恵子", "面接官 石井 健"),
    "r2": ("面接官 上田 誠", "面接官 岡本 由美"),
    "r3": ("面接官 片山 修", "面接官 北川 京子"),
}


@dataclass(frozen=True, slots=True)
class Demo:
    """What was asked for on the command line. ``providers``: see ``Settings``; ``links``: a sheet of links that the
    provider issued, for one that needs them."""

    port: int = 8080
    data: Path | None = None
    media_hosts: tuple[str, ...] = ()
    provider: str = "webrtc"
    as_json: bool = False
    providers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    links: bytes = field(default=b"", repr=False)


def run(demo: Demo) -> None:
    """Until Ctrl-C or SIGTERM; the media worker ends too. OSError when the port is taken."""
    socket.create_server((HOST, demo.port)).close()  # OSError before anything is started that would have to be ended
    with _directory(demo.data) as directory:
        asyncio.run(_run(demo, directory))


async def _run(demo: Demo, directory: Path) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    settings = demo_settings(demo, directory)
    configure_logs(settings.log_level if demo.as_json else "warning")
    secret = ""
    try:
        async with running(settings) as gateway:
            secret = gateway.house.keys.secret("worker").hex()
            _print(await prepare(gateway.house, demo.provider, demo.links), as_json=demo.as_json)
            await stop.wait()
    finally:
        if secret:  # a worker outlives its gateway, so that calls do; a demo's has nobody to come back to
            await stop_worker(WorkerClient(settings.run_dir / SOCKET, secret))


def demo_settings(demo: Demo, directory: Path) -> Settings:
    """Embedded defaults; media at addresses that a real browser can reach, for it offers none of loopback's."""
    hosts = demo.media_hosts or tuple(dict.fromkeys([HOST, *_own_address()]))
    bind = HOST if hosts == (HOST,) else Media().host
    settings = Settings.for_demo(directory, port=demo.port, media=Media(host=bind, port=0, advertise=hosts))
    return replace(settings, providers=demo.providers)


async def prepare(house: House, provider: str = "webrtc", links: bytes = b"") -> dict[str, Any]:
    """The sample event with its staff in an empty house, or the one that is there from the last time; its links."""
    event = _sample_event()
    if house.halls.get(str(event["id"])) is None:
        await _fill(house, {**event, "provider": provider}, links)
    return ready_links(house, str(event["id"]))


async def _fill(house: House, event: Mapping[str, Any], links: bytes) -> None:
    made = await operate(house, "event-create", {"file": dict(event)})
    roster = sample_roster(EventFile.parse(dict(event)), house.clock())
    args = {"event": made["event"], "csv": base64.b64encode(roster).decode()}
    await operate(house, "roster-import", args)
    if links:
        sheet = {"provider": event["provider"], "csv": base64.b64encode(links).decode(), "mailed": False}
        await operate(house, "links-import", {"event": made["event"], **sheet})
    for name, role, rooms in _staff():
        await operate(house, "staff-link", {"event": made["event"], "name": name, "role": role, "rooms": rooms})


def sample_roster(event: EventFile, now: int) -> bytes:
    """The sample's file with its slots around ``now`` (microseconds, cut to the minute): in each room one slot that is
    over, one that is due, one that is early, and later ones."""
    text, _ = decode((files("gateway") / "sample" / "roster.csv").read_bytes())
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    room, day, start = (header.index(name) for name in ("面接室*", "面接日", "開始時刻*"))
    rooms = {say(name, "ja"): id_ for id_, name in event.rooms.items()}
    seen: dict[str, int] = dict.fromkeys(rooms.values(), 0)
    for row in rows:
        here = rooms[row[room]]
        begins = _start(now, event.zone, seen[here], SHIFT.get(here, 0), event.slot_minutes)
        row[day], row[start] = begins.strftime("%Y/%m/%d"), begins.strftime("%H:%M")
        seen[here] += 1
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *rows])
    return out.getvalue().encode()


def _start(now: int, zone: ZoneInfo, place: int, shift: int, slot_minutes: int) -> datetime:
    minute = local(now, zone).replace(second=0, microsecond=0)
    return minute + timedelta(minutes=FIRST + shift + place * slot_minutes)


def _staff() -> list[tuple[str, str, list[str]]]:
    panel = [(name, "interviewer", [room]) for room, names in PANEL.items() for name in names]
    return [("管理 田村 一", "administrator", []), ("受付 西村 花", "reception", []), *panel]


def _print(links: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(links, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        return
    from gateway.cli.show import print_line, said

    print_line(said("玄関のデモです。Ctrl-C で終わります。", "A day at Genkan. Ctrl-C ends it."))
    for ja, en, key in (("管理", "administrator", "admin"), ("受付", "reception", "reception")):
        print_line(f"\n{said(ja, en)}\n  {links[key]}")
    for room in links["shared"]:
        print_line(f"\n== {room['room']}  {said('共用リンク', 'shared link')} {room['link']}")
        for console in links["consoles"]:
            if console["room"] == room["room"]:
                print_line(f"  {console['name']}\n    {console['link']}")
        for candidate in links["candidates"]:
            if candidate["room"] == room["room"]:
                print_line(f"  {candidate['start'][11:16]}  {candidate['exam_number']}  {candidate['name']}")
                print_line(f"    {candidate['link']}")
                if "companion_link" in candidate:
                    print_line(f"    {said('同伴者', 'companion')} {candidate['companion_link']}")


def _sample_event() -> dict[str, Any]:
    event: dict[str, Any] = json.loads((files("gateway") / "sample" / "event.json").read_text("utf-8"))
    return event


def _own_address() -> list[str]:
    """This machine's address towards others, if it has one. No packet is sent: connecting UDP only asks for a route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            address = probe.getsockname()[0]
        except OSError:
            return []
    return [] if ipaddress.ip_address(address).is_unspecified else [address]


@contextmanager
def _directory(data: Path | None) -> Iterator[Path]:
    if data is not None:
        yield data.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="genkan-", ignore_cleanup_errors=True) as name:
        yield Path(name)
