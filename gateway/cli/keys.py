"""``genkan keys`` and ``genkan verify``: what can be proven, and with what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.options import AsJson, Config, Data, do
from gateway.cli.reach import Failed, load_settings, verify
from gateway.cli.show import language, print_json, print_line, print_table, said
from gateway.config import Settings

app = typer.Typer(help="The gateway's keys: show, rotate.", no_args_is_help=True)


def add_to(root: typer.Typer) -> None:
    """The commands that stand by themselves."""
    root.command("verify")(verify_records)


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


def verify_records(
    what: Annotated[str, typer.Argument(metavar="EVENT|PATH", help="An event, or a data directory.")],
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Re-derive chain, seals, states and verdicts; say where the first fault is."""
    if "/" in what or Path(what).is_dir():
        answers = verify(_settings_of(Path(what), config), None, language())
    else:
        answers = verify(load_settings(config, data, language()), what, language())
    if as_json:
        print_json(answers[0] if len(answers) == 1 else {"ok": all(a["ok"] for a in answers), "events": answers})
    else:
        for answer in answers:
            _print(answer)
    broken = next((answer for answer in answers if not answer["ok"]), None)
    if broken is not None:
        raise typer.Exit(1)


def _settings_of(path: Path, config: Path | None) -> Settings:
    """Settings for the journal in a data directory (or beside a journal file), with the keys of ``config`` if given."""
    directory = (path if path.is_dir() else path.parent).absolute()
    if not (directory / "journal.sqlite").is_file():
        raise Failed("no_journal", said(f"{path} に記録がありません。", f"{path} holds no journal."), usage=True)
    keys = load_settings(config, None, language()).keys_dir if config is not None else directory / "keys"
    if not keys.is_dir():
        sentence = said("鍵がありません。--config を指定してください。", "There are no keys; give --config.")
        raise Failed("no_keys", sentence, usage=True)
    return replace(Settings.for_demo(directory), keys_dir=keys)


def _print(answer: dict[str, Any]) -> None:
    if answer["ok"]:
        counted = said(
            f"{answer['entries']} 件、封印 {answer['seals']}、未封印 {answer['unsealed']}",
            f"{answer['entries']} entries, {answer['seals']} seals, {answer['unsealed']} unsealed",
        )
        print_line(f"{answer['event']}: ok — {counted}, attendance {answer['attendance'] or '-'}")
        return
    fault = answer["fault"]
    print_line(f"{answer['event']}: {fault['sentence']} [{fault['code']} @ {fault['offset']}]")
