"""Imports a roster again and again, each time in a process that is killed one SQL statement later than the last.

    python -m tests.support.dying_import <data directory with an event> <directory for the copies>

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
MOST = 200  # statements; an import that needs more would run into the test's time-out


def main(template: Path, copies: Path) -> None:
    endings: dict[int, int] = {}
    for allowed in range(MOST):
        directory = copies / str(allowed)
        shutil.copytree(template, directory)
        child = os.fork()
        if child == 0:
            _import(directory, allowed)
            os._exit(0)
        endings[allowed] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if endings[allowed] == 0:
            break
    sys.stdout.write(json.dumps(endings))


def _import(directory: Path, allowed: int) -> None:
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
    asyncio.run(_run(directory, armed, allowed))


async def _run(directory: Path, armed: dict[str, int], allowed: int) -> None:
    async with House.open(Settings.for_demo(directory), clock=lambda: NOW) as house:
        armed["left"] = allowed
        await run(house, "roster-import", {"event": "test-2026", "csv": encoded(csv_bytes(ROWS))})
        armed["left"] = -1  # answered: what the house does as it closes is no step of the import


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
