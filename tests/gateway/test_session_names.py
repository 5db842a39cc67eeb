"""A browser session is written by a keyed hash only: its own id is in no entry, command id, bundle or file."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from gateway.operations import run
from tests.support.day import HANAKO, JIRO, TARO, Browser, Day, day
from waiting_room.journal.book import stamped
from waiting_room.journal.vault import MemoryEventKeys, name_session, session_key

NAMED = re.compile(r"h\.[A-Za-z0-9_-]{16}")
AGENT = "Konqueror-of-one-candidate/7"


def cookies_of(browser: Browser) -> list[str]:
    return [cookie.value for cookie in browser.http.cookie_jar]


def found_in(folder: Path, wanted: list[str]) -> list[tuple[str, str]]:
    contents = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    return [(file.name, one) for file, raw in contents.items() for one in wanted if one.encode() in raw]


async def visitors(today: Day) -> dict[str, Browser]:
    """A candidate with a seat, a companion, one by the room's code, an administrator."""
    companion, shared = today.browser(), today.browser()
    for browser in (companion, shared):
        browser.http.headers["User-Agent"] = AGENT
    hanako, panel = await today.candidate(HANAKO), await today.staff("Ito", "administrator")
    await companion.enter(link=today.link(JIRO.id, "companion.1"))
    await companion.must("consent", notice="n1")
    await companion.must("check-in", name="同伴 1")
    assert (await shared.enter(code=today.gateway.house.links.room_code("exam", "r1"))).status == 200
    await shared.must("consent", notice="n1")
    assert (await shared.must("check-in", number=TARO.number, name=TARO.name))["result"] == "seated"
    await hanako.must("devices", camera="ok", microphone="ok", speaker="ok", network="ok")
    await panel.must("admit", interview=HANAKO.id)
    return {"hanako": hanako, "companion": companion, "shared": shared, "panel": panel}


async def test_no_file_and_no_bundle_holds_a_sessions_id_a_cookie_an_agent_or_an_address(tmp_path: Path) -> None:
    async with day(tmp_path, journal=str(tmp_path / "journal.sqlite")) as today:
        people = await visitors(today)
        wanted = [one for browser in people.values() for one in (browser.sid, *cookies_of(browser))]
        assert len(wanted) >= 8
        wanted += [AGENT, "127.0.0.1", "aiohttp/"]
        assert await asyncio.to_thread(found_in, tmp_path, wanted) == []
        rows = await today.gateway.house.book.journal.read("exam", 0)
        sids = [sid for row in rows if (sid := getattr(stamped(row).entry, "sid", None)) is not None]
        assert len(set(sids)) == 3
        assert all(NAMED.fullmatch(sid) for sid in sids)
        assert await asyncio.to_thread(found_in, tmp_path, [sids[0]])  # the search does find
        for people_too in (False, True):
            made = await run(today.gateway.house, "export", {"event": "exam", "with_people": people_too})
            archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(made["bundle"])))
            content = b"".join(archive.read(name) for name in archive.namelist()).decode()
            assert not [one for one in wanted if one in content]
    assert await asyncio.to_thread(found_in, tmp_path, wanted) == []


async def test_whoever_had_a_seat_under_an_earlier_release_has_it_still_and_the_record_verifies(tmp_path: Path) -> None:
    """That wrote the sessions' own ids into entries."""
    journal = str(tmp_path / "journal.sqlite")
    async with day(tmp_path, journal=journal) as today:
        hanako = await today.candidate(HANAKO, seated=False)
        earlier = _written_as_before(today, hanako.sid)
        await hanako.must("check-in", number=HANAKO.number, name=HANAKO.name)
        assert earlier(await today.gateway.house.book.journal.read("exam", 0))
        assert today.hall.state.interviews[HANAKO.id].holder == today.hall.named(hanako.sid)
        cookies = list(hanako.http.cookie_jar)
        sid = hanako.sid
    async with day(tmp_path, journal=journal) as later:
        again = later.browser()
        again.sid = sid
        again.http.cookie_jar.update_cookies({cookie.key: cookie.value for cookie in cookies})
        assert (await again.see())["phase"] == "waiting"
        assert later.hall.state.interviews[HANAKO.id].holder == later.hall.named(sid)
        assert (await run(later.gateway.house, "verify", {"event": "exam"}))["ok"]


def _written_as_before(today: Day, sid: str) -> Any:
    """Have the next append write the session's own id, as earlier releases did; whether that was so."""
    book, hall = today.gateway.house.book, today.hall
    append = book.journal.append

    async def as_before(event: str, batch: Any, **how: Any) -> Any:
        from dataclasses import replace

        drafts = tuple(
            replace(one, body=one.body.replace(hall.named(sid).encode(), sid.encode())) for one in batch.drafts
        )
        return await append(event, replace(batch, drafts=drafts), **how)

    book.journal.append = as_before  # type: ignore[method-assign]
    return lambda rows: any(sid.encode() in row.body for row in rows)


def test_a_name_is_of_one_session_in_one_event_and_needs_the_events_key() -> None:
    keys = MemoryEventKeys()
    first, second = (session_key(keys.create(event), event) for event in ("e1", "e2"))
    name = name_session(first, "a" * 22)
    assert NAMED.fullmatch(name)
    assert name == name_session(first, "a" * 22)
    assert len({name, name_session(second, "a" * 22), name_session(first, "b" * 22)}) == 3
    assert session_key(b"k" * 32, "e1") != session_key(b"k" * 32, "e2")
    assert json.dumps(name) == f'"{name}"'
