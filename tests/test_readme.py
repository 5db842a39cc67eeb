"""The commands of the README do what it says, in its order, with the sample event that ships."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
_TESTED = re.compile(r"<!-- tested -->\s+```sh\n(.*?)```", re.DOTALL)
pytestmark = pytest.mark.process


def commands() -> list[str]:
    """Every line of the README's blocks that are marked as tested."""
    blocks = _TESTED.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


def test_the_first_event_goes_as_the_readme_says(tmp_path: Path) -> None:
    """Create, look, import, links, sheet, attendance, verify: each command ends well, and the files hold everybody."""
    sample = ROOT / "gateway/sample"
    shutil.copy(sample / "event.json", tmp_path)
    shutil.copy(sample / "roster.csv", tmp_path)
    said = {line: _run(line, tmp_path) for line in commands()}
    assert len(said) == 11
    people = 24  # of the sample roster
    assert len([line for line in _table(tmp_path / "attendance.csv") if line[2] == "candidate"]) == people
    assert "<html" in (tmp_path / "sheet.html").read_text(encoding="utf-8")
    assert len(_table(tmp_path / "invites.csv")) > people  # and the interpreter's own link
    links = [text for line, text in said.items() if "staff link" in line]
    assert all(re.search(r"https?://\S+/(console|admin)#[\w-]{22}", text) for text in links)


def test_the_readme_and_the_makefile_name_the_same_targets() -> None:
    """What the README tells people to type is there."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z]+)\b", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_make_help_explains_every_target() -> None:
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("demo", "test", "check", "bench", "docs", "clean"):
        assert f"make {target} " in said


def _run(line: str, folder: Path) -> str:
    """As a shell would, with this environment's ``genkan``, and the sample's id for ``EVENT``."""
    command = re.sub(r"\bEVENT\b", _event(folder), line)
    surroundings = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "LANG": "C.UTF-8"}
    run = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=surroundings, capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, f"{line}: {run.stdout}{run.stderr}"
    return run.stdout


def _event(folder: Path) -> str:
    found = re.search(r'"id": "([a-z0-9-]+)"', (folder / "event.json").read_text(encoding="utf-8"))
    assert found
    return found[1]


def _table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))
