"""Backup and restore as docs/operations.md says it, by the command line: everything is there again, with names."""

from __future__ import annotations

import asyncio
import csv
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.cli import invoke
from gateway.config import Settings
from gateway.house import House
from tests.support.manifests import ROOT
from tests.support.redis_server import RedisServer, redis_server

pytestmark = pytest.mark.process

SAMPLE = ROOT / "gateway" / "sample"
_ONE_LINER = re.compile(r'`(python -c "import sqlite3;[^`]+)`')


class Office:
    """A folder with settings, data and keys, and a terminal in it."""

    def __init__(self, folder: Path, journal: str, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capture = folder, capture
        folder.mkdir()
        self.config = folder / "genkan.toml"
        self.config.write_text(f'data_dir = "data"\nkeys_dir = "keys"\n{journal}')

    @property
    def settings(self) -> Settings:
        return Settings.load(self.config)

    def type(self, *words: str) -> tuple[int, str]:
        self._capture.readouterr()
        code = invoke([*words, "--config", str(self.config)])
        said = self._capture.readouterr()
        return code, said.out + said.err

    def must(self, *words: str) -> str:
        code, said = self.type(*words)
        assert code == 0, said
        return said

    def record(self) -> list[list[str]]:
        """Of the whole day, with names."""
        path = self.folder / "attendance.csv"
        self.must("attendance", event(), "--csv", str(path))
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))


def event() -> str:
    return str(json.loads((SAMPLE / "event.json").read_text("utf-8"))["id"])


@contextmanager
def running(office: Office) -> Iterator[None]:
    """A gateway's own hold on the store, with the last of what it wrote still outside of the file."""
    with asyncio.Runner() as runner:
        opened = House.open(office.settings)
        house = runner.run(opened.__aenter__())
        assert house.halls[event()].people.roster
        try:
            yield
        finally:
            runner.run(opened.__aexit__(None, None, None))


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def fill(office: Office) -> list[list[str]]:
    office.must("event", "create", str(SAMPLE / "event.json"))
    office.must("roster", "import", event(), str(SAMPLE / "roster.csv"))
    return office.record()


def test_a_day_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = Office(tmp_path / "before", "", capsys)
    written = fill(before)
    found = _ONE_LINER.search((ROOT / "docs/operations.md").read_text("utf-8"))
    assert found
    _, _, program = shlex.split(found[1])
    copy = tmp_path / "copy.sqlite"
    for place, real in (("/var/lib/genkan/data", before.settings.data_dir), ("/tmp/copy.sqlite", copy)):
        assert place in program
        program = program.replace(place, str(real))
    with running(before):
        subprocess.run([sys.executable, "-c", program], check=True)

    after = Office(tmp_path / "after", "", capsys)
    after.settings.data_dir.mkdir(mode=0o700)
    shutil.copy(copy, after.settings.data_dir / "journal.sqlite")
    restored(before, after, written)


def test_a_day_in_redis(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A copy of the folder while it serves, as a snapshot of the volume would have it."""
    with redis_server() as server:
        before = Office(tmp_path / "before", journal(server), capsys)
        written = fill(before)
        with running(before):
            assert b"aof_rewrite_in_progress:0" in server.ask("INFO", "persistence")
            shutil.copytree(server.directory / "appendonlydir", tmp_path / "volume" / "appendonlydir")
            assert b"aof_rewrite_in_progress:0" in server.ask("INFO", "persistence")
    with redis_server(dir=str(tmp_path / "volume")) as other:
        restored(before, Office(tmp_path / "after", journal(other), capsys), written)


def journal(server: RedisServer) -> str:
    return f'[journal]\nredis = "{server.url}"\n'


def restored(before: Office, after: Office, written: list[list[str]]) -> None:
    """From the keys on: without them the data names nobody."""
    code, said = after.type("attendance", event())
    assert code != 0, "names without the keys"
    assert not any(cell in said for row in written[1:] for cell in row[1:3] if cell)
    code, said = after.type("verify", event())
    assert (code, "[seal_key @" in said) == (1, True)
    shutil.rmtree(after.settings.keys_dir)
    shutil.copytree(before.settings.keys_dir, after.settings.keys_dir)
    assert after.record() == written
    assert ": ok" in after.must("verify", event())
