"""A golden journal: its files, and what is made of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from gateway.attendance import attendance, attendance_csv
from waiting_room.event import Event
from waiting_room.journal.book import stamped
from waiting_room.journal.chain import canonical_bytes
from waiting_room.journal.port import Row
from waiting_room.punctuality import verdict

HERE = Path(__file__).parent
UTF8 = "utf-8-sig"


@dataclass(frozen=True)
class Golden:
    """``chain``: the value after each entry, in hex. ``record_key``: the raw public key that sealed it, in hex."""

    event: str
    epoch: str
    record_key: str
    rows: Sequence[Row]
    chain: Sequence[str]
    people: Mapping[str, Any]

    @classmethod
    def load(cls, release: str) -> Golden:
        folder = HERE / release
        first, *lines = (json.loads(line) for line in (folder / "journal.jsonl").read_text("utf-8").splitlines())
        people = json.loads((folder / "people.json").read_text("utf-8"))
        return cls(
            first["event"],
            first["epoch"],
            first["record_key"],
            [row_of(line) for line in lines],
            [line["chain"] for line in lines],
            people,
        )

    def save(self, release: str) -> Path:
        """Its files, and what this release makes of them. FileExistsError for a release that has some."""
        folder = HERE / release
        folder.mkdir()
        first = {"event": self.event, "epoch": self.epoch, "record_key": self.record_key}
        lines = [first, *(line_of(row, chain) for row, chain in zip(self.rows, self.chain, strict=True))]
        (folder / "journal.jsonl").write_text("".join(f"{_dumps(line)}\n" for line in lines), "utf-8")
        (folder / "people.json").write_text(_dumps(self.people, indent=1) + "\n", "utf-8")
        (folder / "states.json").write_text(_dumps(states(self.replayed()), indent=1) + "\n", "utf-8")
        (folder / "attendance.csv").write_bytes(self.record())
        return folder

    def replayed(self) -> Event:
        return Event.replay([stamped(row) for row in self.rows])

    def record(self) -> bytes:
        """The attendance record as a spreadsheet."""
        event, people = self.replayed(), Opened(self.people)
        return attendance_csv(attendance(event, people), people.settings, event)


@dataclass(frozen=True)
class Opened:
    """What is personal, as the record asks for it."""

    kept: Mapping[str, Any]

    @property
    def roster(self) -> Mapping[str, Mapping[str, Any]]:
        found: Mapping[str, Mapping[str, Any]] = self.kept["roster"]
        return found

    @property
    def staff(self) -> Mapping[str, Mapping[str, Any]]:
        found: Mapping[str, Mapping[str, Any]] = self.kept["staff"]
        return found

    @property
    def settings(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.kept["settings"]
        return found

    def private(self, offset: int | None) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.kept["private"].get(str(offset), {})
        return found


def row_of(line: Mapping[str, Any]) -> Row:
    body = line["body"].encode()
    at = (line["offset"], line["stream"], line["version"], line["at"])
    return Row(*at, body, crc32(canonical_bytes(*at, body)))


def line_of(row: Row, chain: str) -> dict[str, Any]:
    """A row as it stands in the file: the body is text, byte for byte what the chain covers."""
    where = {"offset": row.offset, "stream": row.stream, "version": row.version, "at": row.at}
    return {**where, "body": row.body.decode(), "chain": chain}


def states(event: Event) -> dict[str, Any]:
    """What no later release may see otherwise. Names are those of this file: they outlive those of the code."""
    return {
        "interviews": {
            key: {
                "room": i.room,
                "starts_at": i.starts_at,
                "ends_at": i.ends_at,
                "phase": i.phase,
                "arrived_at": i.arrival.at if i.arrival else None,
                "admission": i.admission,
                "holder": i.holder,
                "session": [i.session.provider, i.session.generation, i.session.state] if i.session else None,
                "verdict": [(found := verdict(i, event.policy, event.gaps, event.at)).code, found.minutes],
            }
            for key, i in sorted(event.interviews.items())
        },
        "rooms": {key: {"ready": room.ready, "taken_by": room.taken_by} for key, room in sorted(event.rooms.items())},
        "staff": {key: [one.role, list(one.rooms), one.revoked] for key, one in sorted(event.staff.items())},
        "provider": event.provider_for("event"),
        "gaps": [[gap.from_at, gap.to_at] for gap in event.gaps],
        "head": event.head,
        "at": event.at,
    }


def columns(record: bytes) -> dict[str, list[str]]:
    """The record's columns by their headings."""
    heading, *rows = csv.reader(io.StringIO(record.decode(UTF8)))
    return {name: [row[place] for row in rows] for place, name in enumerate(heading)}


def _dumps(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=indent)
