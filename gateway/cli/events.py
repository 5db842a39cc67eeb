"""``genkan event``: make one from a file, list, show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from gateway.cli.options import AsJson, Config, Data, EventId, do
from gateway.cli.reach import Failed
from gateway.cli.show import language, print_json, print_line, print_table, said
from gateway.eventfile import MAX_EVENT_BYTES, say
from gateway.moments import local
from gateway.record.words import PHASES
from waiting_room.codec import parse_json
from waiting_room.errors import Malformed

app = typer.Typer(help="Events: make one from a file, list, show.", no_args_is_help=True)


@app.command("create")
def create(
    file: Annotated[Path, typer.Argument(metavar="FILE.json")],
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make an event from a JSON file."""
    answer = do(config, data, "event-create", file=document(file))
    if as_json:
        print_json(answer)
    else:
        print_line(said(f"イベント {answer['event']} を作りました。", f"Created event {answer['event']}."))


@app.command("list")
def listing(config: Config = None, data: Data = None, as_json: AsJson = False) -> None:
    """Every event here."""
    answer = do(config, data, "event-list")
    if as_json:
        print_json(answer)
        return
    rows = [
        [e["event"], e["title"], str(e["interviews"]), _day(e["first_starts_at"], e["zone"])] for e in answer["events"]
    ]
    print_table([("イベント", "event"), ("名称", "title"), ("面接数", "interviews"), ("開始", "first")], rows)
    if answer["rehearsals"]:
        practice = [[one["event"], one["of"] or "-", one["title"]] for one in answer["rehearsals"]]
        print_line("")
        print_table([("練習", "rehearsal"), ("元のイベント", "of"), ("名称", "title")], practice)


@app.command("show")
def show(event: EventId, config: Config = None, data: Data = None, as_json: AsJson = False) -> None:
    """One event: rooms, shared links, who is where."""
    answer = do(config, data, "event-show", event=event)
    if as_json:
        print_json(answer)
        return
    office = answer["office"]
    if answer["rehearsal"]:
        print_line(said("【練習】本番のイベントではありません。", "A rehearsal, not a real event."))
    print_line(f"{answer['event']}  {answer['title']}")
    if office:
        print_line(f"{say(office['name'], language())}  {office['telephone']}  {say(office['hours'], language())}")
    print_line(said(f"接続: {answer['provider']}", f"provider: {answer['provider']}"))
    rows = [[room["id"], room["name"], room["shared_link"], _phases(room["phases"])] for room in answer["rooms"]]
    print_table([("室", "room"), ("名称", "name"), ("共用リンク", "shared link"), ("状態", "state")], rows)


def read_file(path: Path) -> bytes:
    """A file that the person named. Failed."""
    try:
        return path.read_bytes()
    except OSError as error:
        sentence = said("このファイルを読めません。", "This file cannot be read.")
        raise Failed("no_file", f"{path}: {sentence}", usage=True) from error


def document(path: Path) -> Any:
    """The JSON value in a file. Failed."""
    try:
        return parse_json(read_file(path).removeprefix(b"\xef\xbb\xbf"), max_bytes=MAX_EVENT_BYTES)
    except Malformed as error:
        raise Failed("malformed", f"{path}: {error.sentence}") from error


def _day(milliseconds: int | None, zone: str) -> str:
    """As the clock on the event's wall has it."""
    return local(milliseconds * 1000, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if milliseconds else "-"


def _phases(phases: dict[str, int]) -> str:
    """How many are in which state, in the attendance record's words."""
    return "  ".join(f"{said(*PHASES[phase])} {count}" for phase, count in phases.items()) or "-"
