"""Each provider says what it holds itself to, and which test shows it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = sorted(path.parent for path in (ROOT / "providers").glob("*/__init__.py"))
REASONED = ("todo", "exempt")


def rules(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((folder / "quality.yaml").read_text(encoding="utf-8"))["rules"]
    return found


def fault(rule: dict[str, Any]) -> str:
    """What is wrong with a line of a checklist, nothing if it is well."""
    match rule:
        case {"rule": str(), "status": "done", "shown_by": str(name), **rest} if not rest:
            return "" if (ROOT / name).is_file() else f"{name} is no file"
        case {"rule": str(), "status": status, "reason": str(reason), **rest} if status in REASONED and not rest:
            return "" if reason.strip() else "an empty reason"
    return "neither done with a test nor todo or exempt with a reason"


def test_every_provider_is_a_folder_with_a_checklist() -> None:
    assert len(FOLDERS) > 2
    assert [folder.name for folder in FOLDERS if not (folder / "quality.yaml").is_file()] == []


def test_every_provider_is_under_the_rules_for_imports() -> None:
    """They do not know each other, and only the built-in room's one file touches aiortc."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = {contract["name"]: contract for contract in project["tool"]["importlinter"]["contracts"]}
    here = {f"providers.{folder.name}" for folder in FOLDERS}
    assert set(named["providers do not know each other"]["modules"]) == here
    assert set(named["only one file touches aiortc"]["source_modules"]) >= here


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_line_of_a_checklist_is_done_todo_or_exempt_and_says_why(folder: Path) -> None:
    """And the tests that it names exist."""
    found = rules(folder)
    assert len(found) > 3
    assert {rule.get("rule"): fault(rule) for rule in found if fault(rule)} == {}
    assert len({rule["rule"] for rule in found}) == len(found)


@pytest.mark.parametrize(
    "rule",
    [
        {"rule": "r", "status": "done"},
        {"rule": "r", "status": "done", "shown_by": "tests/gone.py"},
        {"rule": "r", "status": "todo"},
        {"rule": "r", "status": "exempt", "reason": " "},
        {"rule": "r", "status": "nearly", "reason": "because"},
        {"rule": "r", "status": "todo", "reason": "because", "shown_by": "tests/conftest.py"},
        {"status": "todo", "reason": "because"},
    ],
)
def test_a_line_that_says_too_little_is_found(rule: dict[str, Any]) -> None:
    assert fault(rule)
