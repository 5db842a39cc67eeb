"""``genkan keys``: with what it is that something is proven."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.options import AsJson, Config, Data, do
from gateway.cli.show import print_json, print_line, print_table, said

app = typer.Typer(help="The gateway's keys: show, rotate.", no_args_is_help=True)


@app.command("show")
def show(config: Config = None, data: Data = None, as_json: AsJson = False) -> None:
    """Every key by id, age and fingerprint; no secret."""
    answer = do(config, data, "keys-show")
    if as_json:
        print_json(answer)
        return
    rows = [
        [
            k["kind"],
            k["id"],
            said("旧", "old") if k["retired_at"] else said("使用中", "in use"),
            k["fingerprint"] or "-",
        ]
        for k in answer["keys"]
    ]
    print_table([("種類", "kind"), ("id", "id"), ("状態", "state"), ("指紋", "fingerprint")], rows)


@app.command("rotate")
def rotate(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="link, session, token or record.")] = "token",
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="Make every earlier link (or session) worthless at once.")
    ] = False,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a new key; the old one stays good until nothing that it signed is."""
    answer = do(config, data, "keys-rotate", kind=kind, drop_old=drop_old)
    if as_json:
        print_json(answer)
    else:
        print_line(said(f"新しい鍵: {answer['rotated']['id']}", f"new key: {answer['rotated']['id']}"))
