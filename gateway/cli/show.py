"""What the command line prints: tables for people, one JSON value for programs, errors on the other stream."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from gateway.cli.reach import Failed


def language() -> str:
    """Japanese where the terminal's locale is, else English."""
    chosen = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "ja" if chosen.startswith("ja") else "en"


def said(ja: str, en: str) -> str:
    """The one of the two that this person reads."""
    return ja if language() == "ja" else en


def print_json(value: Any) -> None:
    """One JSON value on one line."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_bytes(content: bytes) -> None:
    """A file's content, as it is."""
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def print_line(text: str = "") -> None:
    """Plain text: links must come out unbroken and unstyled."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_aside(text: str) -> None:
    """What a person has to know and a program that reads the answer has not: on the other stream."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def print_table(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]]) -> None:
    """A table, its headings in Japanese and English; in a pipe, lines of tabs."""
    headings = [said(ja, en) for ja, en in columns]
    if not sys.stdout.isatty():
        for row in [headings, *rows]:
            print_line("\t".join(row))
        return
    table = Table()
    for column in headings:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table, markup=False)


def print_failure(failed: Failed, *, as_json: bool) -> None:
    """One sentence and the code; never a traceback."""
    if as_json:
        print_json({"error": {"code": failed.code, "sentence": failed.sentence, **_shown(failed.details)}})
    else:
        first, *more = failed.sentence.split("\n")
        sys.stderr.write("\n".join([f"genkan: {first} [{failed.code}]", *more]) + "\n")


def _shown(details: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in details.items() if key in ("faults", "field", "cells", "details")}
