"""The house around the code: what is shipped, what may import what, how long a file may be, and what is explained."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from docs import generate

ROOT = Path(__file__).resolve().parent.parent
# Files above the bound, each with the reason why splitting would not help its reader.
LONG = {
    "waiting_room/entries.py": "the catalogue of kinds is one list, read from top to bottom",
    "waiting_room/commands.py": "the catalogue of commands is one list, read from top to bottom",
    "gateway/static/media/call.js": "the life of one peer connection; its states only make sense side by side",
}
MAX_LINES = 500  # STYLE: a split before that
_MACHINE = re.compile(r"/(?:root|home/[a-z]+)/|\.pyenv/|\bfind-links\b")  # somebody's own folders and settings
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")


def tracked() -> list[Path]:
    """The files of the tree: what git knows and what it would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [path for name in sorted(set(listed.stdout.split("\0")) - {""}) if (path := ROOT / name).is_file()]


def texts(*suffixes: str) -> Iterator[tuple[str, str]]:
    for path in tracked():
        if not suffixes or path.suffix in suffixes:
            try:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # pictures, sounds, a roster in cp932


def test_import_rules_hold() -> None:
    """The layers of docs/architecture.md: import-linter finds no breach."""
    run = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_import_rule_names_modules_that_exist_and_every_core_module() -> None:
    """A new module of the core is under the rule that keeps I/O and clocks out of it."""
    contracts = _pyproject()["tool"]["importlinter"]["contracts"]
    core = next(c for c in contracts if "no clock" in c["name"])
    folder = ROOT / "waiting_room"
    modules = [path.stem for path in folder.glob("*.py")] + [path.parent.name for path in folder.glob("*/__init__.py")]
    here = {f"waiting_room.{name}" for name in modules} - {"waiting_room.__init__", "waiting_room.journal"}
    assert set(core["source_modules"]) == here


def test_the_core_imports_the_standard_library_only() -> None:
    """No third party in the core: it will be read, and run, in twenty years' time."""
    found = {
        (name, module)
        for name, text in texts(".py")
        if name.startswith("waiting_room/") and not name.startswith("waiting_room/journal/")
        for module in _imported(text)
        if module != "waiting_room" and module not in sys.stdlib_module_names
    }
    assert found == set()


def _imported(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def test_no_shipped_script_can_record() -> None:
    """No media at rest: a MediaRecorder has no place in a page."""
    found = [name for name, text in texts(".js", ".html", ".mjs") if name.startswith("gateway/") and _records(text)]
    assert found == []


def _records(text: str) -> bool:
    return re.search(r"MediaRecorder|captureStream|showSaveFilePicker", text) is not None


def test_no_path_or_registry_of_a_machine_is_in_the_tree() -> None:
    """What the tree names exists on every machine."""
    found = [name for name, text in texts() if name != "tests/test_house.py" and _MACHINE.search(text)]
    assert found == []


def test_no_file_is_long_without_a_reason() -> None:
    lengths = {name: text.count("\n") for name, text in texts(".py", ".js")}
    assert {name for name, lines in lengths.items() if lines > MAX_LINES} == set(LONG)


def test_generated_parts_and_links_of_the_docs_are_current() -> None:
    assert generate.faults() == []


def test_a_stale_part_and_a_broken_link_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- generated: phases -->\nold\n<!-- end -->\n[a](gone.md) [b](#nowhere)", encoding="utf-8")
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    assert generate.faults() == [
        "page.md: a generated part is out of date, run: make docs",
        "page.md: gone.md leads nowhere",
        "page.md: #nowhere has no such heading",
    ]


def test_every_dependency_has_its_reason() -> None:
    project = _pyproject()["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    named = {m[0] for line in wanted if (m := _REQUIREMENT.match(line))}
    named |= set(json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"])
    lines = (ROOT / "docs/decisions/dependencies.md").read_text(encoding="utf-8").splitlines()
    explained = {line.split("`")[1] for line in lines if line.startswith("| `")}
    assert explained == named


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs/decisions"
    listed = set(re.findall(r"\((\d{4}-[a-z-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8")))
    assert {path.name for path in folder.glob("[0-9]*.md")} == listed


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
