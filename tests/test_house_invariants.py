"""The invariants of docs/architecture.md: each names the tests that hold it, and those tests exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_ROW = re.compile(r"^\| (\d+) \| .+? \| (.+) \|$", re.MULTILINE)
_NAMED = re.compile(r"`(tests/[\w/]+\.(?:py|js))(?:::(\w+))?`")


def table() -> dict[int, list[tuple[str, str]]]:
    """Invariant's number -> (file, test or nothing)."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    part = text.partition("<!-- invariants -->")[2].partition("<!-- end invariants -->")[0]
    return {int(number): _NAMED.findall(cell) for number, cell in _ROW.findall(part)}


@cache
def defined_in(name: str) -> frozenset[str]:
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    named = (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(name for name in named if name.startswith("test_"))


def test_every_invariant_names_a_test() -> None:
    assert {number: bool(named) for number, named in table().items()} == dict.fromkeys(range(1, 14), True)


def test_every_named_test_exists() -> None:
    named = [one for row in table().values() for one in row]
    gone = [f"{name}::{test}" for name, test in named if not (ROOT / name).is_file()]
    assert gone == []
    assert [f"{name}::{test}" for name, test in named if test and test not in defined_in(name)] == []
