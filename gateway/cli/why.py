"""Why a verdict is what it is, on a terminal: of a running event, or out of a bundle."""

from __future__ import annotations

from typing import Any

from gateway.cli.show import print_json, print_line


def print_why(answer: dict[str, Any], *, as_json: bool) -> None:
    """``answer`` of the operation ``why``: several, where a number was planned for more than once."""
    if as_json:
        print_json({"event": answer["event"], "why": answer["why"]})
        return
    for number, (told, lines) in enumerate(zip(answer["why"], answer["lines"], strict=True)):
        if number:
            print_line()
        print_line(f"{answer['event']} {told['interview']}")
        for line in lines:
            print_line(line)
