"""What an import of a roster did, or would do, as lines on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.cli.reach import fault_line
from gateway.cli.show import language, print_aside, print_line, said

KINDS: Mapping[str, tuple[str, str]] = {
    "added": ("追加", "added"),
    "moved": ("時刻・面接室の変更", "moved"),
    "changed": ("内容の変更", "changed"),
    "missing": ("ファイルにない", "missing from the file"),
    "unchanged": ("変更なし", "unchanged"),
}


def print_import(answer: Mapping[str, Any], *, dry_run: bool) -> None:
    """Warnings first, on standard error."""
    if answer.get("warnings"):
        print_aside(said("確かめてください:", "To check:"))
        for warning in answer["warnings"]:
            print_aside(fault_line(warning, language()))
    changes = answer.get("changes")
    if changes is not None and dry_run:
        for line in _differences(changes):
            print_line(line)
    elif dry_run:
        print_line(said(f"{answer['rows']} 行を登録できます。", f"{answer['rows']} lines can be imported."))
    elif "applied" in answer:
        print_line(_applied(answer["applied"]))
    else:
        print_line(said(f"{answer['imported']} 人を登録しました。", f"Imported {answer['imported']} candidates."))


def _differences(changes: Mapping[str, Any]) -> Iterator[str]:
    counts = changes["counts"]
    yield "  ".join(f"{said(*KINDS[kind])} {counts[kind]}" for kind in KINDS)
    for row in changes["rows"]:
        yield f"{said(*KINDS[row['kind']])}  {row['number']}  {row['name']}"
        for field in row["fields"]:
            yield f"    {field['title']}: {field['old'] or '-'} → {field['new'] or '-'}"
    if changes["more"]:
        yield said(f"ほか {changes['more']} 件", f"and {changes['more']} more")
    if changes["withdrawable"]:
        option = f"--withdraw-missing {changes['withdrawable']}"
        yield said(f"ファイルにない方を取り下げるには {option}", f"{option} withdraws those who are missing")
    yield said(
        f"この内容のまま取り込むには --expects {changes['token']}", f"--expects {changes['token']} applies exactly this"
    )


def _applied(applied: Mapping[str, int]) -> str:
    added, changed, withdrawn = applied["added"], applied["changed"], applied["withdrawn"]
    return said(
        f"追加 {added} 人、変更 {changed} 人、取り下げ {withdrawn} 人。",
        f"Added {added}, changed {changed}, withdrew {withdrawn}.",
    )
