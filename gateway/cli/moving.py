"""``genkan migrate``: the journals of a file move to the Redis that the settings name."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import typer

from gateway.cli.options import AsJson, Config
from gateway.cli.reach import Failed, explained, load_settings
from gateway.cli.show import language, print_json, print_line, said
from gateway.config import Settings
from gateway.house import microseconds
from gateway.keys import Keys
from gateway.store import open_journal
from waiting_room.journal.moving import Moved, Moving, NotMoved
from waiting_room.journal.redis import RedisJournal
from waiting_room.journal.sqlite import SqliteJournal


def add_to(root: typer.Typer) -> None:
    """The command that stands by itself."""
    root.command("migrate")(migrate)


def migrate(*, config: Config = None, as_json: AsJson = False) -> None:
    """Move every journal from the file in data_dir to the Redis of [journal]; run it again after an interruption."""
    settings = load_settings(config, None, language())
    try:
        moved = asyncio.run(_migrate(settings))
    except NotMoved as error:
        raise Failed(error.code, str(error)) from error
    except Failed:
        raise
    except Exception as error:
        raise explained(error, settings, language()) from error
    if as_json:
        print_json({"events": [_to_json(one) for one in moved]})
        return
    for one in moved:
        state = said("移行済みでした", "was there already") if one.already else said("移行しました", "moved")
        print_line(f"{one.event}: {state}, {one.entries}, {one.chain}")
    print_line(
        said(
            "両側の記録の連鎖は一致しています。元のファイルはバックアップとして保管してください。",
            "The chains are the same at both ends. Keep the file as a backup.",
        )
    )


async def _migrate(settings: Settings) -> list[Moved]:
    if settings.journal is None:
        raise Failed(
            "no_target", said("設定に [journal] がありません。", "The settings have no [journal]."), usage=True
        )
    if not settings.journal_path.is_file():
        raise Failed("no_source", said("移行する記録のファイルがありません。", "There is no file of journals to move."))
    source = await SqliteJournal.open(settings.journal_path)
    try:
        target = await open_journal(settings, microseconds)
        assert isinstance(target, RedisJournal)  # noqa: S101 - what the settings name
        try:
            keys = Keys.open(settings.keys_dir, microseconds())
            moving = Moving(source, target, keys.events, keys.record, _progress)
            return [await moving.move(event) for event in await source.events()]
        finally:
            await target.close()
    finally:
        await source.close()


def _progress(event: str, there: int, of: int) -> None:
    """On standard error: the other stream is the answer's."""
    sys.stderr.write(f"{event}: {there}/{of}\n")


def _to_json(one: Moved) -> dict[str, Any]:
    return {"event": one.event, "entries": one.entries, "chain": one.chain, "already": one.already}
