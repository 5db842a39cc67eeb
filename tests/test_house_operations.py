"""docs/operations.md says what to do at each alert, and names what is there."""

from __future__ import annotations

import re
from pathlib import Path

import typer
import yaml

from gateway.cli import app
from tests.support.manifests import ROOT

TEXT = (ROOT / "docs/operations.md").read_text("utf-8")
_ROW = re.compile(r"^\| `(Genkan\w+)` \| (.+) \| (.+) \|$", re.MULTILINE)
_COMMAND = re.compile(r"`genkan ((?:[a-z][a-z-]* ?)+)")
_PATH = re.compile(r"`((?:k8s|tests|bench|requirements)/[\w./-]+)`")


def test_every_alert_has_its_line_and_no_other_does() -> None:
    """Somebody who is woken at night finds where to look and what to do."""
    groups = yaml.safe_load((ROOT / "k8s/monitoring/alerts.yaml").read_text("utf-8"))["groups"]
    alerts = [rule["alert"] for group in groups for rule in group["rules"]]
    rows = _ROW.findall(TEXT)
    assert sorted(name for name, _, _ in rows) == sorted(alerts)
    assert all(len(look) > 20 and len(do) > 40 for _, look, do in rows)


def test_every_command_that_it_names_is_there() -> None:
    root = typer.main.get_command(app)
    for said in set(_COMMAND.findall(TEXT)):
        command, words = root, said.split()
        while words and hasattr(command, "commands"):
            assert words[0] in command.commands, f"genkan {said}"
            command = command.commands[words.pop(0)]


def test_every_file_that_it_names_is_there() -> None:
    """Of the tree, so that what is renamed is renamed here too."""
    named = {Path(path) for path in _PATH.findall(TEXT)}
    assert len(named) > 10
    assert {path for path in named if not (ROOT / path).exists()} == set()
