"""The command line while a gateway runs: it goes through the socket, and both see the same."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from gateway.app import running
from gateway.bundle.checking import Checked, check
from gateway.cli.reach import Failed, _export, _operate, _verify
from gateway.config import Settings
from tests.support.samples import LONGEST_NOTE, csv_bytes, encoded, event_document, roster_row


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.for_demo(tmp_path / "d")


async def test_what_the_command_line_does_is_in_the_running_gateway_at_once(settings: Settings) -> None:
    async with running(settings, worker=False) as gateway:
        await _operate(settings, "event-create", {"file": event_document()}, "en")
        content = encoded(csv_bytes([roster_row(備考=LONGEST_NOTE)]))
        answer = await _operate(settings, "roster-import", {"event": "test-2026", "csv": content}, "en")
        assert answer["imported"] == 1
        assert len(gateway.house.halls["test-2026"].state.interviews) == 1
        made = await _operate(settings, "staff-link", {"event": "test-2026", "name": "甲", "role": "reception"}, "en")
        assert made["link"].startswith(gateway.settings.public_origin)
        assert [one["ok"] for one in await _verify(settings, None, "en")] == [True]


async def test_a_bundle_comes_through_the_socket_as_a_file_and_is_the_one_made_in_process(settings: Settings) -> None:
    async def taken() -> Checked:
        answer, content = await _export(settings, {"event": "test-2026", "people": True}, "en")
        assert answer["event"] == "test-2026"
        assert "bundle" not in answer
        return await check(content, [answer["record_key"]])

    async with running(settings, worker=False):
        await _operate(settings, "event-create", {"file": event_document()}, "en")
        through = await taken()
        with pytest.raises(Failed) as caught:
            await _export(settings, {"event": "nope"}, "en")
        assert caught.value.code == "unknown_event"
    alone = await taken()
    assert (
        (through.ok, through.trusted, through.people) == (alone.ok, alone.trusted, alone.people) == (True, True, True)
    )


async def test_a_refusal_through_the_socket_reads_as_one_in_process(settings: Settings) -> None:
    async def refused() -> tuple[str, str]:
        with pytest.raises(Failed) as caught:
            await _operate(settings, "event-show", {"event": "nope"}, "ja")
        return caught.value.code, caught.value.sentence

    async with running(settings, worker=False):
        through = await refused()
    assert through == await refused() == ("unknown_event", "このイベントはありません。 (/event)")


async def test_a_socket_that_a_kill_left_behind_is_stepped_over(settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True)
    server = await asyncio.start_unix_server(lambda _r, w: w.close(), str(settings.socket_path))
    server.close()
    await server.wait_closed()
    if not settings.socket_path.exists():
        settings.socket_path.touch()
    assert await _operate(settings, "event-list", {}, "en") == {"events": [], "rehearsals": []}


async def test_a_gateway_that_answers_nonsense_is_named(settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True)

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnope")
        await writer.drain()
        writer.close()

    async with await asyncio.start_unix_server(babble, str(settings.socket_path)):
        with pytest.raises(Failed) as caught:
            await _operate(settings, "event-list", {}, "en")
    assert caught.value.code == "silent"
    assert "nope" not in json.dumps(caught.value.details)
