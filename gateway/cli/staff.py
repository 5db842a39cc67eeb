"""``genkan staff``: named links."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.options import AsJson, Config, Data, EventId, do
from gateway.cli.show import print_json, print_line, print_table, said

app = typer.Typer(help="Named links for the people who work at an event.", no_args_is_help=True)
OfEvent = Annotated[str, typer.Option("--event", metavar="EVENT", help="The event's id.")]


@app.command("link")
def link(
    *,
    name: Annotated[str, typer.Option("--name", help="Whose link it is.")],
    role: Annotated[str, typer.Option("--role", help="interviewer, reception or administrator.")],
    event: OfEvent,
    room: Annotated[list[str] | None, typer.Option("--room", help="An interviewer's room; may be repeated.")] = None,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a link for one person."""
    answer = do(config, data, "staff-link", event=event, name=name, role=role, rooms=room or [])
    if as_json:
        print_json(answer)
    else:
        print_line(answer["link"])


@app.command("list")
def listing(event: EventId, config: Config = None, data: Data = None, as_json: AsJson = False) -> None:
    """Everybody who has a link."""
    answer = do(config, data, "staff-list", event=event)
    if as_json:
        print_json(answer)
        return
    rows = [
        [s["staff"], s["name"], s["role"], " ".join(s["rooms"]) or "*", said("無効", "revoked") if s["revoked"] else ""]
        for s in answer["staff"]
    ]
    print_table([("id", "id"), ("氏名", "name"), ("役割", "role"), ("室", "rooms"), ("", "")], rows)


@app.command("revoke")
def revoke(
    staff: Annotated[str, typer.Argument(metavar="STAFF", help="As `staff list` shows it.")],
    event: OfEvent,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a link worthless, and every page that was opened with it."""
    answer = do(config, data, "staff-revoke", event=event, staff=staff)
    if as_json:
        print_json(answer)
    else:
        print_line(said(f"{staff} のリンクを無効にしました。", f"Revoked {staff}."))
