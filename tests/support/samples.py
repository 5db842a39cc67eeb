"""Events and rosters for tests: small, invented, and easy to break in one place."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from gateway.config import Settings
from gateway.house import House
from gateway.operations import run

SECOND = 1_000_000
LONGEST_NOTE = "備" * 500  # the longest note
NOW = 1_795_820_000 * SECOND  # 2026-11-28 07:53:20 in Japan, the morning of the sample's day
HEADER = (
    "受験番号",
    "氏名",
    "フリガナ",
    "メールアドレス",
    "電話番号",
    "生年月日",
    "面接室",
    "開始時刻",
    "同伴者",
    "備考",
)


def event_document(**changes: Any) -> dict[str, Any]:
    """A valid event file of two rooms; ``changes`` replace top-level keys."""
    document: dict[str, Any] = {
        "id": "test-2026",
        "title": {"ja": "試験用の面接", "en": "An interview for tests"},
        "date": "2026-11-28",
        "office": {
            "name": {"ja": "人事課", "en": "Personnel"},
            "telephone": "000-111-2222",
            "hours": {"ja": "9時から17時", "en": "9 to 5"},
        },
        "rooms": [
            {"id": "r1", "name": {"ja": "第1面接室", "en": "Room 1"}},
            {"id": "r2", "name": {"ja": "第2面接室", "en": "Room 2"}},
        ],
        "notice": {"version": "1", "title": {"ja": "注意", "en": "Notice"}, "body": {"ja": "本文", "en": "Body"}},
    }
    return document | changes


def roster_row(number: str = "1001", **cells: str) -> dict[str, str]:
    """A valid row by header; ``cells`` by the column's key replace."""
    row = dict.fromkeys(HEADER, "")
    row |= {"受験番号": number, "氏名": "山田 花子", "面接室": "第1面接室", "開始時刻": "10:00"}
    return row | cells


def csv_bytes(rows: Sequence[Mapping[str, str]], encoding: str = "utf-8", header: Sequence[str] = HEADER) -> bytes:
    """A file without any quoting; cells that need it bring their own quotes."""
    lines = [",".join(header), *(",".join(row.get(name, "") for name in header) for row in rows)]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sample_event() -> bytes:
    """The event that ships."""
    return (files("gateway") / "sample" / "event.json").read_bytes()


def sample_roster() -> bytes:
    """The roster that ships."""
    return (files("gateway") / "sample" / "roster.csv").read_bytes()


@asynccontextmanager
async def open_house(directory: Path) -> AsyncIterator[House]:
    """A house on files, with a clock that stands still."""
    async with House.open(Settings.for_demo(directory), clock=lambda: NOW) as house:
        yield house


async def with_event(house: House, rows: Sequence[Mapping[str, str]] = (), **changes: Any) -> str:
    """An event in the house, with these rows on its roster; ``changes`` replace keys of its file."""
    event = str((await run(house, "event-create", {"file": event_document(**changes)}))["event"])
    if rows:
        await run(house, "roster-import", {"event": event, "csv": encoded(csv_bytes(rows))})
    return event
