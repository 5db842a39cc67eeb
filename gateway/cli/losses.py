"""``genkan loss``: a store that was set back, emptied or forked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from gateway.cli.options import AsJson, Config, Data, EventId, do
from gateway.cli.show import print_json, print_line, said

app = typer.Typer(help="A store that was set back: show, accept.", no_args_is_help=True)


@app.callback()
def loss() -> None:
    """A store that was set back: show, accept."""


@app.command("show")
def show(event: EventId, *, config: Config = None, data: Data = None, as_json: AsJson = False) -> None:
    """What is missing of an event's journal, as the running gateway knows it."""
    answer = do(config, data, "loss-show", event=event)
    if as_json:
        print_json(answer)
    elif answer["loss"] is None:
        print_line(said("失われた記録はありません。", "Nothing is missing."))
    else:
        print_line(_sentence(answer["loss"]))
        for line in _lines(answer["missing"]):
            print_line(f"  {line}")


@app.command("accept")
def accept(
    event: EventId,
    *,
    offset: Annotated[int, typer.Option("--offset", min=1, help="The last entry that was known, as `show` says it.")],
    reason: Annotated[str, typer.Option("--reason", help="Journalled, and private.")],
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Go on with what the store has. What is missing stays missing; the decision is in the journal."""
    answer = do(config, data, "loss-accept", event=event, offset=offset, reason=reason)
    print_json(answer) if as_json else print_line(said("この記録で続けます。", "Going on with what is there."))


def _sentence(loss: dict[str, Any]) -> str:
    last, kept = _time(loss["at"]), _time(loss["kept_at"])
    if loss["gone"]:
        return said(
            f"このイベントの記録は Redis にありません。最後は {last}、{loss['offset']} 番でした。",
            f"Redis has no journal of this event. The last entry was {loss['offset']}, of {last}.",
        )
    first, upto, many = loss["kept"] + 1, loss["offset"], loss["missing"]
    return said(
        f"{first} 番から {upto} 番までの {many} 件がありません({kept} より後、{last} まで)。",
        f"{many} entries are missing: {first} to {upto}, after {kept}, up to {last}.",
    )


def _lines(missing: dict[str, Any]) -> Iterator[str]:
    """Whose entries they are."""
    for one in missing["interviews"]:
        who, count = f"{one['number']} {one['name']}".strip() or one["interview"], one["entries"]
        way = f"{one['before']} → {one['now'] or '-'}"
        yield said(f"{who}: {count} 件 ({way})", f"{who}: {count} ({way})")
    for key, ja, en in (
        ("rooms", "面接室", "of rooms"),
        ("event", "イベント全体", "of the event as a whole"),
        ("unknown", "内容不明", "not known here"),
    ):
        if missing[key]:
            yield said(f"{ja}: {missing[key]} 件", f"{missing[key]} {en}")


def _time(at: int | None) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else "-"
