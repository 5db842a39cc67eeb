"""``genkan retention``, ``genkan hold`` and ``genkan disclose``: how long what is personal is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.options import AsJson, Config, Data, EventId, do
from gateway.cli.reach import Failed
from gateway.cli.show import print_json, print_line, print_table, said

app = typer.Typer(help="How long what is personal is kept: run.", no_args_is_help=True)
holds = typer.Typer(help="Keep what is personal beyond its time: set, lift.", no_args_is_help=True)
Interview = Annotated[str | None, typer.Option("--interview", help="One person only; default: the whole event.")]
Reason = Annotated[str, typer.Option("--reason", help="Journalled, and private.")]

STAGES = {
    "kept": ("保存中", "kept"),
    "no_time": ("期限なし", "no time set"),
    "held": ("保全中", "on hold"),
    "due": ("期限切れ", "due"),
    "interrupted": ("削除の途中", "being purged"),
    "purged": ("削除済み", "purged"),
}


def add_to(root: typer.Typer) -> None:
    """The commands that stand by themselves."""
    root.command("disclose")(disclose)


@app.callback()
def retention() -> None:
    """How long what is personal is kept: run."""


@app.command("run")
def run(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look; purge nothing.")] = False,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Purge every event whose time is over; list all of them with what remains. Exit code 1 where one could not be."""
    answer = do(config, data, "retention-run", dry_run=dry_run)
    _print(answer, as_json=as_json)
    if not dry_run and any(one["stage"] in ("due", "interrupted") for one in answer["events"]):
        raise typer.Exit(1)


def _print(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    columns = [
        ("イベント", "event"),
        ("状態", "state"),
        ("期限", "due"),
        ("面接数", "interviews"),
        ("保全中の人", "people on hold"),
        ("判定", "verdicts"),
    ]
    print_table(columns, [_row(one) for one in answer["events"]])


@holds.command("set")
def set_hold(
    event: EventId,
    *,
    reason: Reason,
    interview: Interview = None,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Keep an event's, or one person's, data until the hold is lifted."""
    answer = do(config, data, "hold", event=event, interview=interview, on=True, reason=reason)
    print_json(answer) if as_json else print_line(said("保全を始めました。", "On hold."))


@holds.command("lift")
def lift_hold(
    event: EventId,
    *,
    reason: Reason,
    interview: Interview = None,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """End a hold: what is due goes with the next run."""
    answer = do(config, data, "hold", event=event, interview=interview, on=False, reason=reason)
    print_json(answer) if as_json else print_line(said("保全を終えました。", "The hold is lifted."))


def disclose(
    event: EventId,
    interview: Annotated[str, typer.Argument(metavar="INTERVIEW", help="The interview's id.")],
    *,
    reason: Reason,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page to print.")] = None,
    config: Config = None,
    data: Data = None,
) -> None:
    """Everything that is held on one person, as JSON; journalled with its reason."""
    answer = do(config, data, "disclose", event=event, interview=interview, reason=reason)
    if html is None:
        print_json(answer["record"])
        return
    try:
        html.touch(mode=0o600)
        html.write_text(answer["html"], "utf-8")
    except OSError as error:
        raise Failed("cannot_write", f"{html}: {error.strerror}") from error
    print_line(said(f"{html} に書きました。", f"Wrote {html}."))


def _row(one: dict[str, Any]) -> list[str]:
    due = datetime.fromtimestamp(one["due_at"] / 1000, UTC).strftime("%Y-%m-%d") if one["due_at"] else "-"
    verdicts = "  ".join(f"{one['verdict_labels'][code]} {count}" for code, count in one["verdicts"].items())
    return [
        one["event"],
        said(*STAGES[one["stage"]]),
        due,
        str(one["interviews"]),
        str(len(one["kept"])),
        verdicts or "-",
    ]
