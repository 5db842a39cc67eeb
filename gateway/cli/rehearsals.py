"""``genkan rehearse``: an event laid out for practice, from now, with invented candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from gateway.cli.options import AsJson, Config, Data, EventId, do
from gateway.cli.reach import Failed
from gateway.cli.show import language, print_json, print_line, said
from gateway.eventfile import say


def add_to(root: typer.Typer) -> None:
    """The command that stands by itself."""
    root.command("rehearse")(rehearse)


def rehearse(
    event: EventId,
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Begin anew, in place of the one that there is.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the event's rehearsal, or this one.")] = False,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Lay out a rehearsal of an event: its rules and timetable in a few minutes, invented people, ready links."""
    if replace and remove:
        sentence = said("--replace と --remove は同時に使えません。", "--replace and --remove exclude each other.")
        raise Failed("usage", sentence, usage=True)
    if remove:
        answer = do(config, data, "rehearse-remove", event=event)
        print_json(answer) if as_json else print_line(
            said(f"練習 {answer['removed']} を消しました。", f"Removed the rehearsal {answer['removed']}.")
        )
        return
    answer = do(config, data, "rehearse", event=event, replace=replace)
    print_json(answer) if as_json else _print(answer)


def _print(made: Mapping[str, Any]) -> None:
    fresh, event = made["fresh"], made["event"]
    print_line(
        said(f"練習 {event} を作りました。", f"Laid out the rehearsal {event}.")
        if fresh
        else said(f"練習 {event} があります。", f"There is the rehearsal {event}.")
    )
    if made["given_up"]:
        names = " / ".join(say(one["label"], language()) for one in made["given_up"])
        stand_in = f"A page for practice opens in the place of {names}."
        print_line(said(f"接続先「{names}」の代わりに、練習用の画面が開きます。", stand_in))
    for ja, en, key in (("管理", "administrator", "admin"), ("受付", "reception", "reception")):
        print_line(f"\n{said(ja, en)}\n  {made[key]}")
    for room, name in made["rooms"].items():
        print_line(f"\n== {name}")
        _print_room([one for one in made["consoles"] if one["room"] == room], made["candidates"], room)


def _print_room(consoles: Sequence[Mapping[str, Any]], candidates: Sequence[Mapping[str, Any]], room: str) -> None:
    for console in consoles:
        print_line(f"  {console['name']}\n    {console['link']}")
    for candidate in candidates:
        if candidate["room"] == room:
            print_line(f"  {candidate['start'][11:16]}  {candidate['exam_number']}  {candidate['name']}")
            print_line(f"    {candidate['link']}")
            if "companion_link" in candidate:
                print_line(f"    {said('同伴者', 'companion')} {candidate['companion_link']}")
