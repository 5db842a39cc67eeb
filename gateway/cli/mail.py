"""``genkan mail``: what goes out to an event's people, what became of it, and what came back."""

from __future__ import annotations

import base64
import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.events import read_file
from gateway.cli.options import AsJson, Config, Data, EventId, do
from gateway.cli.reach import Failed
from gateway.cli.show import language, print_json, print_line, print_table, said
from gateway.faults import Faulty
from gateway.mail.letters import NAMES, Letters

app = typer.Typer(help="Mail to an event's people: look, send, see what became of it.", no_args_is_help=True)

WORDS = {
    "invitation": ("招待", "invitation"),
    "changed": ("変更", "changed time or room"),
    "reminder": ("再通知", "reminder"),
    "ready": ("準備完了", "we are ready"),
    "absence": ("欠席", "absence"),
    "cancelled": ("取消し", "cancellation"),
    "queued": ("送信待ち", "queued"),
    "sent": ("送信済み", "sent"),
    "undelivered": ("不達", "undelivered"),
    "dropped": ("取りやめ", "dropped"),
    "by_office": ("事務局が送付", "mailed by the office"),
}
What = Annotated[str, typer.Argument(metavar="WHAT", help="invitation, changed, reminder, ready, absence, cancelled.")]
Interviews = Annotated[list[str] | None, typer.Option("--interview", help="An interview's id; may be repeated.")]
Room = Annotated[str | None, typer.Option("--room", help="Everybody of a room.")]
Everybody = Annotated[bool, typer.Option("--all", help="Everybody of the event.")]
Again = Annotated[bool, typer.Option("--again", help="Also to those who were told before.")]
In = Annotated[str | None, typer.Option("--language", help="ja or en; default: the event's.")]


@app.command("preview")
def preview(
    event: EventId,
    what: What,
    *,
    interview: Interviews = None,
    room: Room = None,
    everybody: Everybody = False,
    again: Again = False,
    tongue: In = None,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Who would get it, who has no address, and the letter as the first of them would read it."""
    chosen = _chosen(event, what, interview, room, everybody)
    answer = do(config, data, "mail-preview", **chosen, again=again, language=tongue)
    if as_json:
        print_json(answer)
        return
    _print_plan(answer)
    if (letter := answer["letter"]) is not None:
        print_line(f"\n{said('件名', 'Subject')}: {letter['subject']}\n\n{letter['text']}".rstrip())


@app.command("send")
def send(
    event: EventId,
    what: What,
    *,
    interview: Interviews = None,
    room: Room = None,
    everybody: Everybody = False,
    again: Again = False,
    tongue: In = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look; change nothing.")] = False,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Queue it; the running gateway sends it, and goes on with that after a restart."""
    chosen = _chosen(event, what, interview, room, everybody)
    answer = do(config, data, "mail-send", **chosen, again=again, language=tongue, dry_run=dry_run)
    _print_sent(answer, as_json=as_json, dry_run=dry_run)


@app.command("record")
def record(
    event: EventId,
    what: What,
    *,
    interview: Interviews = None,
    room: Room = None,
    everybody: Everybody = False,
    again: Again = False,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Record that the office has mailed it itself (from `invites --csv`, say)."""
    chosen = _chosen(event, what, interview, room, everybody)
    answer = do(config, data, "mail-send", **chosen, again=again, by_office=True)
    _print_sent(answer, as_json=as_json, dry_run=False)


@app.command("status")
def status(event: EventId, config: Config = None, data: Data = None, as_json: AsJson = False) -> None:
    """How many are where, whether the mail server answers, and which mail did not reach its person."""
    answer = do(config, data, "mail-status", event=event)
    if as_json:
        print_json(answer)
        return
    _print_state(answer)
    counts = [
        [_word(what), _word(state), str(count)] for what, by in answer["counts"].items() for state, count in by.items()
    ]
    print_table([("種類", "what"), ("状態", "state"), ("件数", "count")], counts)
    if answer["rows"]:
        rows = [[r["number"], r["name"], _word(r["what"]), _word(r["state"]), r["code"]] for r in answer["rows"]]
        columns = [("番号", "number"), ("氏名", "name"), ("種類", "what"), ("状態", "state"), ("理由", "code")]
        print_line()
        print_table(columns, rows)


@app.command("bounce")
def bounce(
    messages: Annotated[list[Path], typer.Argument(metavar="FILE.eml...", help="Mail that came back; -: from a pipe.")],
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Record what came back as undelivered. A mailbox can be piped in, mail by mail."""
    for path in messages:
        content = sys.stdin.buffer.read() if str(path) == "-" else read_file(path)
        answer = do(config, data, "mail-bounce", message=base64.b64encode(content).decode())
        if as_json:
            print_json(answer)
        elif not answer["known"]:
            print_line(said(f"{path}: 送ったメールと結びつきません。", f"{path}: not about a mail of ours."))
        elif not answer["failed"]:
            print_line(said(f"{path}: 不達ではありません。", f"{path}: it was not given up."))
        else:
            words = f"{answer['event']} {answer['interview']} {answer['code']}"
            print_line(said(f"{path}: 不達を記録しました。{words}", f"{path}: recorded as undelivered. {words}"))


@app.command("letters")
def letters(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="As `templates` in [mail] names it.")],
) -> None:
    """Put the shipped letters into a folder to be edited, beside what is there already, and check them all."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            if not (folder / name).exists():
                (folder / name).write_text((files("gateway.mail") / "templates" / name).read_text("utf-8"), "utf-8")
    except OSError as error:
        raise Failed("cannot_write", f"{folder}: {error.strerror}") from error
    try:
        Letters(folder)
    except Faulty as error:
        sentences = "\n".join(fault.sentence(language()) for fault in error.faults)
        details = {"faults": [fault.to_json() for fault in error.faults]}
        raise Failed("bad_letters", sentences, details=details) from error
    print_line(said(f"{folder}: 文面に誤りはありません。", f"{folder}: every letter is in order."))


def _chosen(event: str, what: str, interview: list[str] | None, room: str | None, everybody: bool) -> dict[str, Any]:
    return {"event": event, "what": what, "interviews": interview or [], "room": room, "all": everybody}


def _print_sent(answer: dict[str, Any], *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        print_json(answer)
        return
    _print_plan(answer)
    if not dry_run:
        print_line(said(f"{answer['queued']} 通を記録しました。", f"Recorded {answer['queued']}."))


def _print_plan(answer: dict[str, Any]) -> None:
    _print_state(answer)
    to = len(answer["recipients"])
    print_line(said(f"宛先 {to} 人、通知済み {answer['already']} 人", f"to {to}, told before {answer['already']}"))
    for key, ja, en in (("without_address", "アドレスなし", "no address"), ("refused", "送れません", "not now")):
        for one in answer[key]:
            print_line(f"  {said(ja, en)}: {one['number']} {one['name']} {one.get('code', '')}".rstrip())


def _print_state(answer: dict[str, Any]) -> None:
    if not answer["configured"]:
        print_line(said("メールサーバーは設定されていません。", "No mail server is set."))
    if answer["trouble"] is not None:
        code = answer["trouble"]["code"]
        print_line(said(f"メールサーバーに送れません [{code}]", f"the mail server takes nothing [{code}]"))


def _word(code: str) -> str:
    return said(*WORDS[code])
