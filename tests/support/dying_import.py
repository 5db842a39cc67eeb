"""Imports a roster again and again, each time in a process that is killed one SQL statement later than the last.

    python -m tests.support.dying_import <data directory with an event> <directory for the copies> [update]

``update``: the event has ``ROWS`` already, and ``CHANGED`` is imported over them.

Prints one JSON object: the number of statements that the import let pass, and how the process ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

from gateway.config import Settings
from gateway.house import House
from gateway.operations import run
from tests.support.samples import NOW, csv_bytes, encoded, roster_row

ROWS = [roster_row(str(1001 + n), 開始時刻=f"{10 + n}:00", 同伴者="木村(通訳)" if n == 1 else "") for n in range(3)]
CHANGED = [  # one at another time, one of another name, one missing and withdrawn, one new
    {**ROWS[0], "開始時刻": "13:00"},
    {**ROWS[1], "氏名": "鈴木 一郎"},
    roster_row("1009", 開始時刻="14:00"),
]
MOST = 200  # statements; an import that needs more would run into the test's time-out


def main(template: Path, copies: Path, *, update: bool = False) -> None:
    endings: dict[int, int] = {}
    for allowed in range(MOST):
        directory = copies / str(allowed)
        shutil.copytree(template, directory)
        child = os.fork()
        if child == 0:
            _import(directory, allowed, update=update)
            os._exit(0)
        endings[allowed] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if endings[allowed] == 0:
            break
    sys.stdout.write(json.dumps(endings))


def _import(directory: Path, allowed: int, *, update: bool) -> None:
    armed = {"left": -1}

    def count(_: str) -> None:
        if armed["left"] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        armed["left"] -= 1

    connect = sqlite3.connect

    def watched(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **kwargs)
        connection.set_trace_callback(count)
        return connection

    sqlite3.connect = watched  # type: ignore[assignment]
    asyncio.run(_run(directory, armed, allowed, update=update))


async def _run(directory: Path, armed: dict[str, int], allowed: int, *, update: bool) -> None:
    async with House.open(Settings.for_demo(directory), clock=lambda: NOW) as house:
        args: dict[str, Any] = {"event": "test-2026", "csv": encoded(csv_bytes(CHANGED if update else ROWS))}
        if update:
            seen = await run(house, "roster-import", {**args, "update": True, "dry_run": True})
            args |= {"update": True, "token": seen["changes"]["token"], "withdraw_missing": 1}
        armed["left"] = allowed
        await run(house, "roster-import", args)
        armed["left"] = -1  # answered: what the house does as it closes is no step of the import


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), update=sys.argv[3:] == ["update"])
