"""``genkan export``: an event in one file that proves itself; and what ``genkan verify`` says of such a file."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.bundle.checking import Checked, Flaw, check
from gateway.bundle.container import MAX_FILE_BYTES
from gateway.cli.events import read_file
from gateway.cli.options import AsJson, Config, Data, EventId
from gateway.cli.reach import Failed, load_settings
from gateway.cli.reach import export as take_out
from gateway.cli.rosters import write_file
from gateway.cli.show import language, print_json, print_line, said
from gateway.cli.why import print_why
from gateway.record.reasons import in_lines, to_json
from gateway.record.words import VERDICTS

UNTRUSTED = 3  # exit code: whole in itself, but nobody said whose key it is
BEGINS = b"PK\3\4"


def add_to(root: typer.Typer) -> None:
    """The commands that stand by themselves."""
    root.command("export")(export)


def export(
    event: EventId,
    *,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Default: EVENT.genkan.zip here.")] = None,
    people: Annotated[
        bool, typer.Option("--with-people/--without-people", help="With names, what was typed, and reasons.")
    ] = False,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write an event into one file that `genkan verify` can check on any machine."""
    args = {"event": event, "people": people}
    answer, content = take_out(load_settings(config, data, language()), args, language())
    path = out if out is not None else Path(f"{answer['event']}.genkan.zip")
    write_file(path, content)
    if as_json:
        print_json({**answer, "file": str(path)})
        return
    print_line(said(f"{path} に書きました({answer['entries']} 件)。", f"Wrote {path} ({answer['entries']} entries)."))
    print_line(said(f"記録鍵の指紋: {answer['record_key']}", f"record key: {answer['record_key']}"))


def is_bundle(path: Path) -> bool:
    """Whether this is a file of ``genkan export``, by how it begins or by its name: a damaged one is one, too."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(BEGINS)) == BEGINS or path.suffix == ".zip"


def verify_bundle(path: Path, trust: list[str], *, as_json: bool, why: str = "") -> int:
    """Say what was found; the exit code. No settings, no keys and no data of a gateway are looked at. ``why``: whose
    verdict is to be explained from it, too."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise Failed("too_large", said(f"{path} は大きすぎます。", f"{path} is too large."), usage=True)
    found = asyncio.run(check(read_file(path), trust, why=why, language=language()))
    if as_json:
        print_json({**asdict(found), "why": [to_json(one) for one in found.why], "ok": found.ok})
    else:
        _print(path, found)
        print_why(_told(found), as_json=False)
    if why and found.ok and not found.why:
        sentence = said("この面接は見つかりません。", "There is no such interview.")
        raise Failed("unknown_interview", f"{sentence} {_by_id(found)}".strip())
    if not found.ok:
        return 1
    return 0 if found.trusted else UNTRUSTED


def _told(found: Checked) -> dict[str, Any]:
    lines = [list(in_lines(one, language())) for one in found.why]
    return {"event": found.event, "why": [to_json(one) for one in found.why], "lines": lines}


def _by_id(found: Checked) -> str:
    if found.people:
        return ""
    return said("番号のないファイルです。面接の id で指定してください。", "It has no numbers; give the interview's id.")


def _print(path: Path, found: Checked) -> None:
    if found.flaw is not None:
        print_line(f"{path}: {found.flaw.sentence} [{found.flaw.code} @ {_place(found.flaw)}]")
        return
    counted = said(
        f"{found.entries} 件、封印 {found.seals}。判定をすべて導き直し、記録と一致しました。",
        f"{found.entries} entries, {found.seals} seals. Every verdict was derived anew and is the recorded one.",
    )
    print_line(f"{found.event}: ok — {counted}")
    for code, count in found.verdicts.items():
        print_line(f"  {said(*VERDICTS.get(code, (code, code)))}: {count}")
    print_line(said(f"署名した記録鍵: {found.signed_by}", f"signed by record key: {found.signed_by}"))
    if found.trusted is None:
        warn_of_stranger()


def warn_of_stranger() -> None:
    """Nobody has said whose key it is: loudly, for everything else looks well."""
    print_line()
    print_line(
        said(
            "★注意★ この鍵が誰のものかは、何も確かめていません。誰でも自分の鍵で同じ形の物を作れます。\n"
            "紙の記録や受付票に印刷された指紋を --trust に指定して、もう一度確かめてください。",
            "*** WARNING *** Nothing here says whose key this is: anybody can make the like with a key of their own.\n"
            "Verify again with --trust and the fingerprint that is printed on the record or a receipt.",
        )
    )


def _place(flaw: Flaw) -> str:
    parts = [
        flaw.member,
        f"line {flaw.line}" if flaw.line else "",
        f"byte {flaw.byte}" if flaw.byte is not None else "",
    ]
    return ", ".join(part for part in parts if part)
