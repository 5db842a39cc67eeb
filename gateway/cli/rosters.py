"""``genkan roster``, and what goes out on paper and by mail: ``invites``, ``sheet``, ``attendance``."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.events import read_file
from gateway.cli.imported import print_import
from gateway.cli.options import AsJson, Config, Data, EventId, do
from gateway.cli.reach import Failed, fault_line
from gateway.cli.show import language, print_bytes, print_json, print_line, print_table, said
from gateway.cli.why import print_why
from gateway.roster import template

app = typer.Typer(help="The roster of an event: import, template.", no_args_is_help=True)
Encoding = Annotated[str, typer.Option("--encoding", help="utf-8-sig (default) or cp932.")]


def add_to(root: typer.Typer) -> None:
    """The commands that stand by themselves."""
    root.command("invites")(invites)
    root.command("sheet")(sheet)
    root.command("attendance")(attendance)


@app.command("import")
def import_roster(
    event: EventId,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look; change nothing.")] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Over the roster that is there: rows meet by their number.")
    ] = False,
    expects: Annotated[
        str | None, typer.Option("--expects", metavar="TOKEN", help="The dry run's token: refuse anything else.")
    ] = None,
    withdraw_missing: Annotated[
        int | None,
        typer.Option("--withdraw-missing", metavar="N", min=0, help="Withdraw the N who are missing from the file."),
    ] = None,
    side: Annotated[
        str, typer.Option("--side", help="On whose side they are withdrawn: candidate or staff.")
    ] = "candidate",
    despite_rules: Annotated[
        bool, typer.Option("--despite-rules", help="Also what is outside the event's own hours, days or lengths.")
    ] = False,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Import a roster: all of it, or nothing and every fault."""
    content = base64.b64encode(read_file(file)).decode()
    args = {"event": event, "csv": content, "update": update, "despite_rules": despite_rules}
    args |= {"withdraw_missing": withdraw_missing, "withdraw_side": side if update else None}
    if not update and (withdraw_missing is not None or expects is not None):
        raise typer.BadParameter("--update", param_hint="--withdraw-missing, --expects")
    answer = do(config, data, "roster-import", **args, dry_run=True) if update or dry_run else {}
    if answer.get("faults"):
        lines = [fault_line(fault, language()) for fault in answer["faults"]]
        sentence = said("名簿に誤りがあります。", "The roster has faults.")
        raise Failed("roster_faults", "\n".join([sentence, *lines]), details={"faults": answer["faults"]})
    if not dry_run:
        token = expects if expects is not None else answer.get("changes", {}).get("token")
        answer = do(config, data, "roster-import", **args, token=token)
    if as_json:
        print_json(answer)
    else:
        print_import(answer, dry_run=dry_run)


@app.command("template")
def print_template() -> None:
    """An empty roster to fill in; required columns have an asterisk."""
    print_bytes(template(language()))


def invites(
    event: EventId,
    *,
    as_csv: Annotated[bool, typer.Option("--csv", help="A spreadsheet file on standard output.")] = False,
    encoding: Encoding = "utf-8-sig",
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Every candidate's and companion's personal link."""
    answer = do(config, data, "invites", event=event, encoding=encoding)
    if as_json:
        print_json({"event": answer["event"], "invites": answer["invites"]})
    elif as_csv:
        print_bytes(base64.b64decode(answer["csv"]))
    else:
        columns = [
            ("番号", "number"),
            ("宛先", "for"),
            ("室", "room"),
            ("開始", "start"),
            ("リンク", "link"),
        ]
        rows = [[r["number"], r["for"], r["room"], r["start"], r["link"]] for r in answer["invites"]]
        print_table(columns, rows)


def sheet(
    event: EventId,
    *,
    as_html: Annotated[bool, typer.Option("--html", help="A page to print.")] = False,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The day on paper: per room time, number, name, telephone, an empty column."""
    answer = do(config, data, "sheet", event=event)
    if as_json:
        print_json(answer)
    else:
        print_line((answer["html"] if as_html else answer["text"]).rstrip("\n"))


def attendance(
    event: EventId,
    *,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write a spreadsheet file.")] = None,
    page: Annotated[Path | None, typer.Option("--page", metavar="FILE", help="Write a page to print.")] = None,
    room: Annotated[str | None, typer.Option("--room", metavar="ROOM", help="One room only, by its id.")] = None,
    why: Annotated[
        str | None,
        typer.Option("--why", metavar="NUMBER", help="Why this candidate's (or interview's) verdict is so."),
    ] = None,
    encoding: Encoding = "utf-8-sig",
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The attendance record: every interview once."""
    if why is not None:
        print_why(do(config, data, "why", event=event, of=why), as_json=as_json)
        return
    if page is not None:
        made = do(config, data, "attendance-page", event=event, room=room)
        write_file(page, made["html"].encode())
        print_line(said(f"{page} に書きました。", f"Wrote {page}."))
        return
    answer = do(config, data, "attendance", event=event, encoding=encoding, room=room)
    if csv is not None:
        write_file(csv, base64.b64decode(answer["csv"]))
    if as_json:
        print_json({key: answer[key] for key in ("event", "rows", "digest", "sealed", "record_key")})
    elif csv is not None:
        print_line(said(f"{csv} に書きました。", f"Wrote {csv}."))
    else:
        columns = [
            ("番号", "number"),
            ("氏名", "name"),
            ("室", "room"),
            ("判定", "verdict"),
            ("状態", "state"),
        ]
        rows = [[r["number"], r["name"], r["room"], r["label"], r["state"]] for r in answer["rows"]]
        print_table(columns, rows)


def write_file(path: Path, content: bytes) -> None:
    """Readable by its owner only: it is full of names."""
    try:
        path.touch(mode=0o600)
        path.write_bytes(content)
    except OSError as error:
        raise Failed("cannot_write", f"{path}: {error.strerror}") from error
