"""``genkan policy``: what the rules of an event mean."""

from __future__ import annotations

import typer

from gateway.cli.options import AsJson, Config, Data, EventId, do
from gateway.cli.show import print_json, print_line

app = typer.Typer(help="The rules of an event: explain.", no_args_is_help=True)


@app.callback()
def policy() -> None:
    """The rules of an event: explain."""


@app.command("explain")
def explain(event: EventId, config: Config = None, data: Data = None, as_json: AsJson = False) -> None:
    """What the rules mean for an interview that begins at 10:00, in sentences."""
    answer = do(config, data, "policy-explain", event=event)
    if as_json:
        print_json(answer)
        return
    for line in answer["lines"]:
        print_line(line["sentence"])
