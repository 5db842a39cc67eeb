"""``genkan policy`` and ``genkan notice``: what the rules of an event mean, and how they and the notice are changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.events import document
from gateway.cli.options import AsJson, Config, Data, EventId, do
from gateway.cli.show import print_json, print_line, said

app = typer.Typer(help="The rules of an event: explain, set.", no_args_is_help=True)
notice_app = typer.Typer(help="The notice of an event: set.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(metavar="FILE.json")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")]


@app.callback()
def policy() -> None:
    """The rules of an event: explain, set."""


@notice_app.callback()
def notice() -> None:
    """The notice of an event: set."""


@app.command("set")
def change(
    event: EventId,
    file: File,
    *,
    dry_run: DryRun = False,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Give the event these rules, from now on. The file is a whole policy, as in an event's file."""
    _tell(do(config, data, "policy-set", event=event, file=document(file), dry_run=dry_run), as_json, dry_run=dry_run)


@notice_app.command("set")
def change_notice(
    event: EventId,
    file: File,
    *,
    dry_run: DryRun = False,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Give the event a new version of its notice. Whoever agreed to the one before is asked again, and keeps their
    place."""
    answer = do(config, data, "notice-set", event=event, file=document(file), dry_run=dry_run)
    _tell(answer, as_json, dry_run=dry_run)
    if not as_json and answer["changed"]:
        n = answer["asked_again"]
        print_line(said(f"{n}人にあらためて同意をたずねます。", f"{n} people are asked to agree again."))


def _tell(answer: dict[str, Any], as_json: bool, *, dry_run: bool) -> None:
    if as_json:
        print_json(answer)
        return
    for sign, key in (("-", "gone"), ("+", "new")):
        for line in answer[key]:
            print_line(f"{sign} {line['sentence']}")
    if not answer["changed"]:
        print_line(said("変わるところはありません。", "Nothing changes."))
    elif dry_run:
        print_line(said("まだ何も変えていません。", "Nothing has been changed yet."))
    else:
        print_line(said("いまから、この規則です。", "These rules hold from now on."))


@app.command("explain")
def explain(event: EventId, config: Config = None, data: Data = None, as_json: AsJson = False) -> None:
    """What the rules mean for an interview that begins at 10:00, in sentences."""
    answer = do(config, data, "policy-explain", event=event)
    if as_json:
        print_json(answer)
        return
    for line in answer["lines"]:
        print_line(line["sentence"])
