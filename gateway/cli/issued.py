"""``genkan links``: links that a provider issued beforehand, from a spreadsheet."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.events import read_file
from gateway.cli.options import AsJson, Config, Data, EventId, do
from gateway.cli.reach import Failed, fault_line
from gateway.cli.show import language, print_bytes, print_json, print_line, said
from gateway.linksheet import template


def add_to(root: typer.Typer) -> None:
    """The commands that stand by themselves."""
    root.command("links")(links)
    root.command("links-template")(print_template)


def links(
    event: EventId,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv")],
    *,
    provider: Annotated[str, typer.Option("--provider", help="Whose links they are: harutaka.")],
    mailed: Annotated[
        bool | None,
        typer.Option("--mailed/--not-mailed", help="Whether candidates have these links already; has to be said."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look; change nothing.")] = False,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Import links that a provider issued: all of them, or none and every fault."""
    if mailed is None:
        sentence = said("受験者にすでに送ったURLかどうかを選んでください。", "Say whether candidates have these links.")
        raise typer.BadParameter(sentence, param_hint="--mailed / --not-mailed")
    asked = {"event": event, "provider": provider, "csv": base64.b64encode(read_file(file)).decode()}
    answer = do(config, data, "links-import", **asked, mailed=mailed, dry_run=dry_run)
    if answer["faults"]:
        lines = [fault_line(fault, language()) for fault in answer["faults"]]
        sentence = said("リンクの一覧に誤りがあります。", "The list of links has faults.")
        raise Failed("links_faults", "\n".join([sentence, *lines]), details={"faults": answer["faults"]})
    if as_json:
        print_json(answer)
    else:
        _print(answer, dry_run=dry_run)


def print_template() -> None:
    """An empty list of links to fill in: a line a candidate, or a room."""
    print_bytes(template(language()))


def _print(answer: Mapping[str, Any], *, dry_run: bool) -> None:
    if dry_run:
        print_line(said(f"{answer['rows']} 行を登録できます。", f"{answer['rows']} lines can be imported."))
    else:
        print_line(said(f"{answer['imported']} 人のリンクを登録しました。", f"Imported {answer['imported']} links."))
    for warning in answer["warnings"]:
        print_line(fault_line(warning, language()))
    if answer["missing"]:
        count = len(answer["missing"])
        print_line(said(f"リンクのない面接が {count} 件あります:", f"{count} interviews have none:"))
        for row in answer["missing"]:
            print_line(f"  {row['number']}  {row['name']}")
