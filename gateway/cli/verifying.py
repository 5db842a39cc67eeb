"""``genkan verify``: what is so, and who says it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.bundles import is_bundle, verify_bundle
from gateway.cli.options import AsJson, Config, Data
from gateway.cli.reach import Failed, load_settings, verify
from gateway.cli.receipts import verify_receipt
from gateway.cli.show import language, print_json, print_line, said
from gateway.config import Settings


def add_to(root: typer.Typer) -> None:
    """The commands that stand by themselves."""
    root.command("verify")(verify_records)


def verify_records(
    what: Annotated[
        str, typer.Argument(metavar="[EVENT|BUNDLE|PATH]", help="An event, a file of export, or a data directory.")
    ] = "",
    *,
    receipt: Annotated[
        str | None, typer.Option("--receipt", metavar="TEXT", help="A receipt, or the address in its QR code.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option("--keys", metavar="FILE", help="Published keys (JWK set) to check a receipt by.")
    ] = None,
    trust: Annotated[
        list[str] | None,
        typer.Option("--trust", metavar="FINGERPRINT", help="The record key that has to have signed."),
    ] = None,
    why: Annotated[
        str,
        typer.Option("--why", metavar="INTERVIEW", help="Also why this verdict is so; with people also by number."),
    ] = "",
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Re-derive chain, seals, states and verdicts; say where the first fault is.

    A bundle or a receipt is checked with nothing but itself and a fingerprint. Exit code 3: whole in itself, but
    without --trust (or --keys) nothing says whose key signed it."""
    if receipt is not None:
        raise typer.Exit(verify_receipt(receipt, trust or [], keys, as_json=as_json))
    if not what:
        raise Failed("usage", said("何を確かめるかを指定してください。", "Say what is to be verified."), usage=True)
    if is_bundle(Path(what)):
        raise typer.Exit(verify_bundle(Path(what), trust or [], as_json=as_json, why=why))
    if why:
        raise Failed(
            "usage", said("--why は書き出したファイルに使います。", "--why is asked of a file of export."), usage=True
        )
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
