"""How a command reaches the operations: through a running gateway's socket, else in this process under the lock."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from gateway import linksheet
from gateway.config import Settings
from gateway.faults import Faulty
from gateway.house import House, microseconds
from gateway.keys import Keys, KeysDamaged
from gateway.operations import run
from gateway.operations.call import Call
from gateway.operations.exporting import made
from gateway.operations.records import verify_event
from gateway.problems import Problem, document, from_error
from gateway.roster import BY_KEY
from gateway.store import open_journal
from providers.base import AskAPerson
from waiting_room.journal.book import Book
from waiting_room.journal.lock import Owned
from waiting_room.journal.port import Unavailable
from waiting_room.journal.redis_line import NotDurable

ANSWER_WITHIN = 120.0  # seconds; the longest operation is the verification of 200,000 entries
CONNECT_WITHIN = 5.0  # seconds; a gateway that is alive takes milliseconds


_HEADINGS = {**BY_KEY, **linksheet.BY_KEY}
_LISTENING = (errno.EADDRINUSE, errno.EADDRNOTAVAIL)


class Failed(Exception):
    """What the person at the command line is told. ``usage``: the command was not written as it has to be."""

    def __init__(
        self, code: str, sentence: str, *, usage: bool = False, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(sentence)
        self.code, self.sentence, self.usage, self.details = code, sentence, usage, dict(details or {})


def load_settings(config: Path | None, data: Path | None, language: str) -> Settings:
    """The settings file, or ``genkan.toml`` here when there is one, or the defaults. ``data``: embedded defaults with
    this data directory, as ``genkan demo --data`` has them. Failed."""
    if data is not None:
        return Settings.for_demo(data.absolute())
    path = config if config is not None else Path("genkan.toml")
    if config is None and not path.exists():
        return Settings.parse({}, base=Path.cwd())
    try:
        return Settings.load(path)
    except Faulty as error:
        raise _bad_settings(path.name, error, language) from error
    except OSError as error:
        raise Failed("no_settings", f"{path}: {error.strerror}", usage=True) from error


def _bad_settings(name: str, error: Faulty, language: str) -> Failed:
    sentences = "\n".join(fault.sentence(language) for fault in error.faults)
    details = {"faults": [fault.to_json() for fault in error.faults]}
    return Failed("bad_settings", f"{name}: {sentences}", usage=True, details=details)


def operate(settings: Settings, name: str, args: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Do one operation, wherever it can be done. Failed."""
    return asyncio.run(_operate(settings, name, args, language))


def export(settings: Settings, args: Mapping[str, Any], language: str) -> tuple[dict[str, Any], bytes]:
    """The answer and the file, wherever it can be made. Failed."""
    return asyncio.run(_export(settings, args, language))


def verify(settings: Settings, event: str | None, language: str) -> list[dict[str, Any]]:
    """Verify one event, or (None) all. By the running gateway, which also compares its memory with its journal; else
    from the file, where no hall is opened, for a damaged journal has none. Failed."""
    return asyncio.run(_verify(settings, event, language))


async def _verify(settings: Settings, event: str | None, language: str) -> list[dict[str, Any]]:
    if settings.socket_path.exists():
        try:
            events = [event] if event else await _listed(settings, language)
            return [await _through_socket(settings.socket_path, "verify", {"event": one}, language) for one in events]
        except aiohttp.ClientConnectorError:
            pass  # left behind by a gateway that was killed
    try:
        return await _verify_file(settings, event)
    except Unavailable as error:
        if settings.journal is not None:
            raise explained(error, settings, language) from error
        raise Failed("unreadable", _say("unreadable", language)) from error
    except Exception as error:
        raise explained(error, settings, language) from error


async def _listed(settings: Settings, language: str) -> list[str]:
    answer = await _through_socket(settings.socket_path, "event-list", {}, language)
    return [one["event"] for one in answer["events"]]


async def _verify_file(settings: Settings, event: str | None) -> list[dict[str, Any]]:
    if settings.journal is None and not settings.journal_path.is_file():
        raise Problem("unknown_event")
    journal = await open_journal(settings, microseconds)
    try:
        keys = Keys.open(settings.keys_dir, microseconds())
        book = Book(journal, keys.events)
        events = await book.events() if event is None else [event]
        return [await verify_event(book, keys, one) for one in events]
    finally:
        await journal.close()


async def _operate(settings: Settings, name: str, args: Mapping[str, Any], language: str) -> dict[str, Any]:
    if settings.socket_path.exists():
        try:
            return await _through_socket(settings.socket_path, name, args, language)
        except aiohttp.ClientConnectorError:
            pass  # left behind by a gateway that was killed: the lock decides
        except (TimeoutError, aiohttp.ClientError, json.JSONDecodeError) as error:
            raise Failed("silent", _say("silent", language)) from error
    return await _in_process(settings, name, args, language)


async def _export(settings: Settings, args: Mapping[str, Any], language: str) -> tuple[dict[str, Any], bytes]:
    if settings.socket_path.exists():
        try:
            return await _streamed(settings.socket_path, args, language)
        except aiohttp.ClientConnectorError:
            pass  # left behind by a gateway that was killed: the lock decides
        except (TimeoutError, aiohttp.ClientError, json.JSONDecodeError) as error:
            raise Failed("silent", _say("silent", language)) from error
    try:
        async with House.open(settings) as house:
            return await made(Call(house, args, language=language))
    except Exception as error:
        raise explained(error, settings, language) from error


async def _streamed(socket: Path, args: Mapping[str, Any], language: str) -> tuple[dict[str, Any], bytes]:
    timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN, connect=CONNECT_WITHIN)
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket)), timeout=timeout) as session:
        headers = {"Accept-Language": language}
        async with session.post("http://genkan/ops/export", json=dict(args), headers=headers) as response:
            content = await response.read()
            if response.status != 200:
                raise _refused(json.loads(content), language)
            return json.loads(response.headers["Genkan-Answer"]), content


async def _through_socket(socket: Path, name: str, args: Mapping[str, Any], language: str) -> dict[str, Any]:
    timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN, connect=CONNECT_WITHIN)
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket)), timeout=timeout) as session:
        headers = {"Accept-Language": language, "Content-Type": "application/json"}
        body = io.BytesIO(json.dumps(dict(args)).encode())  # a file, for a roster may be megabytes
        async with session.post(f"http://genkan/ops/{name}", data=body, headers=headers) as response:
            answer: dict[str, Any] = json.loads(await response.read())
            if response.status != 200:
                raise _refused(answer, language)
            return answer


async def _in_process(settings: Settings, name: str, args: Mapping[str, Any], language: str) -> dict[str, Any]:
    try:
        async with House.open(settings) as house:
            return await run(house, name, args, language=language)
    except Exception as error:
        raise explained(error, settings, language) from error


def explained(error: Exception, settings: Settings, language: str) -> Exception:
    """What the person is told, by the same table as on the wire; an unexpected error stays what it is."""
    match error:
        case Owned():
            return Failed("locked", _say("locked", language))
        case Faulty():
            return _bad_settings("genkan.toml", error, language)
        case NotDurable():
            return Failed("not_durable", f"{_say('not_durable', language)} {error.line}", details={"line": error.line})
        case Unavailable() if settings.journal is not None:
            return Failed("no_redis", f"{_say('no_redis', language)} ({error})")
        case AskAPerson():
            return Failed("bad_settings", str(error), usage=True)
        case KeysDamaged():
            return Failed("keys_damaged", str(error))
        case OSError():
            if error.errno in _LISTENING:
                return Failed("cannot_start", f"{settings.host}:{settings.port}: {_say('port', language)}")
            return Failed("cannot_start", f"{settings.data_dir}: {os.strerror(error.errno or 0)}")
    problem = from_error(error)
    return error if problem.code == "internal" else _refused(document(problem, language, None), language)


def _refused(problem: Mapping[str, Any], language: str) -> Failed:
    lines = [str(problem.get("title", ""))]
    lines += [fault_line(fault, language) for fault in problem.get("faults", ())]
    if "field" in problem and len(lines) == 1:
        lines[0] += f" ({problem['field']})"
    return Failed(str(problem.get("code", "refused")), "\n".join(lines), details=problem)


def fault_line(fault: Mapping[str, Any], language: str) -> str:
    """One fault of a file; of a roster with its line and the column's heading, as the spreadsheet has them."""
    if fault.get("line"):
        where = f"{fault['line']} 行目" if language == "ja" else f"line {fault['line']}"
        if fault.get("column"):
            where += f" {_HEADINGS[fault['column']].title(language).rstrip('*')}"
        return f"  {where}: {fault['sentence']} [{fault['code']}]"
    return f"  {fault['sentence']} [{fault['code']}]"


_SENTENCES = {
    "locked": (
        "別の Genkan がこのデータを使っています。そちらを止めてから実行してください。",
        "Another Genkan is using this data. Stop it first.",
    ),
    "unreadable": (
        "記録のファイルが壊れていて開けません。バックアップと比べてください。",
        "The journal's file is damaged and cannot be opened. Compare it with a backup.",
    ),
    "port": (
        "この番号のポートでは待ち受けできません。ほかのプログラムが使っていないか、listen の設定を確かめてください。",
        "cannot listen there. See whether another program has this port, and the settings of listen.",
    ),
    "not_durable": (
        "この Redis は、記録したと答えたものを失うおそれがあるため使えません。redis.conf をこの行に直してください:",
        "This Redis may lose what it has acknowledged, so it is not used. Its redis.conf needs this line:",
    ),
    "no_redis": ("Redis に接続できません。", "Redis cannot be reached."),
    "silent": ("動いているゲートウェイが応答しません。", "The running gateway does not answer."),
}


def _say(code: str, language: str) -> str:
    ja, en = _SENTENCES[code]
    return ja if language == "ja" else en
