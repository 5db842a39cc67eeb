"""Options that most commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.reach import load_settings, operate
from gateway.cli.show import language

Config = Annotated[Path | None, typer.Option("--config", "-c", help="Settings file; default: genkan.toml here.")]
Data = Annotated[Path | None, typer.Option("--data", help="Data directory of a demo, instead of --config.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON value instead of text.")]
EventId = Annotated[str, typer.Argument(metavar="EVENT", help="The event's id.")]


def do(config: Path | None, data: Path | None, operation: str, /, **args: Any) -> dict[str, Any]:
    """One operation; what was not given is left out. Failed."""
    tongue = language()
    given = {key: value for key, value in args.items() if value is not None}
    return operate(load_settings(config, data, tongue), operation, given, tongue)
