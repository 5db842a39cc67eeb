"""A disclosure has the mail too, also of one who is on hold after a purge; and no store is there that it leaves out."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from gateway.disclosurewords import MAILS, STATES
from gateway.operations import run
from gateway.people import COLLECTIONS
from tests.gateway.mail.world import EVENT, HANAKO, HOUR, SECRET_WORD, TARO, World, world
from tests.support.post_office import PostOffice
from waiting_room import commands as c
from waiting_room.entries import KINDS, MailWhat
from waiting_room.journal.book import KEPT
from waiting_room.journal.redis_rows import Keys
from waiting_room.mailing import State

# Every place where the gateway keeps anything, and what a disclosure to a candidate has of it. What is added has to be
# put into one of these, and into ``gateway/belongings.py`` where it is about a candidate.
DISCLOSED = {"roster": "person", "links": "provider_links", KEPT: "the same, of one who is on hold"}
OF_OTHERS = {"settings": "the event's file", "staff": "members of staff"}
TABLES = {
    "event": "epochs",
    "entry": "entries",
    "private": "what goes with each entry, in entries and mail",
    "document": "the collections above",
    "command": "ids by which a repeat is known: hashes of sessions and chance",
}
REDIS = {
    "meta": "epochs",
    "log": "entries",
    "versions": "numbers",
    "private": "what goes with each entry, in entries and mail",
    "commands": "ids by which a repeat is known: hashes of sessions and chance",
    "collections": "names of collections",
    "documents": "the collections above",
    "leases": "which gateway does what",
}
FILES = {"journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", "journal.sqlite.lock"}
KEYS = "keys"  # the directory of secrets: none is about anybody


async def a_day_of_mail(here: World, office: PostOffice) -> str:
    """Sent, come back, put off, and queued still; the interview."""
    await run(here.house, "staff-link", {"event": EVENT, "name": "青木 恵子", "role": "reception"})
    await here.send()
    one = here.see("1")
    bounced = c.ReportBounce(one.id, here.mail("1").id, "5.2.2", "bounced")
    await here.hall.execute(bounced, actor="cli", command_id="bounced-1")
    start = one.starts_at + HOUR
    await here.hall.execute(c.Reschedule(one.id, start, start + HOUR), actor="cli", command_id="later-on")
    office.always[HANAKO] = "450 4.2.2 full"
    await here.send("changed", interviews=[one.id])
    here.clock.on(60)
    await here.operate("mail-send", what="invitation", interviews=[one.id], again=True)
    return one.id


async def disclosed(here: World, interview: str, language: str = "ja") -> Any:
    args = {"event": EVENT, "interview": interview, "reason": "開示請求"}
    return await run(here.house, "disclose", args, language=language)


async def test_what_was_mailed_to_whom_when_and_what_became_of_it(tmp_path: Path, office: PostOffice) -> None:
    async with world(tmp_path / "d", office) as here:
        made = await disclosed(here, await a_day_of_mail(here, office))
        first, second, third = made["record"]["mail"]
        assert (first["what"], first["to"], first["state"], first["code"]) == ("面接のご案内", HANAKO, "不達", "5.2.2")
        assert "面接のご案内" in first["subject"]
        assert SECRET_WORD in first["text"]
        assert here.house.links.invite_token(EVENT, here.see("1").id) not in made["html"]
        assert (second["what"], second["state"], second["code"], second["attempts"]) == (
            "日時・部屋の変更", "送信待ち", "4.2.2", 1,
        )  # fmt: skip
        assert (third["state"], third["text"], third["by"]) == ("送信待ち", "", "係員")
        for text in (HANAKO, "5.2.2", first["subject"]):
            assert text in made["html"]
        assert TARO not in str(made)
        english = (await disclosed(here, here.see("1").id, "en"))["record"]["mail"]
        assert [one["state"] for one in english] == ["undelivered", "waiting to be sent", "waiting to be sent"]


async def test_the_mail_of_one_on_hold_is_kept_when_the_rest_is_purged(tmp_path: Path, office: PostOffice) -> None:
    async with world(tmp_path / "d", office, event={"policy": {"retention_days": 1}}) as here:
        interview = await a_day_of_mail(here, office)
        before = (await disclosed(here, interview))["record"]["mail"]
        await here.operate("hold", interview=interview, on=True, reason="審査請求")
        here.clock.now += 72 * HOUR
        (done,) = (await run(here.house, "retention-run", {}))["events"]
        assert done["stage"] == "purged"
        after = (await disclosed(here, interview))["record"]["mail"]
        assert [{**one, "by": ""} for one in after] == [{**one, "by": ""} for one in before]
        assert len(office.received) == 2
        await here.post.deliver()
        assert len(office.received) == 2  # what was queued goes to nobody any more


async def test_no_store_is_left_out(tmp_path: Path, office: PostOffice) -> None:
    async with world(tmp_path / "d", office) as here:
        await a_day_of_mail(here, office)
        database = sqlite3.connect(f"file:{tmp_path / 'd' / 'journal.sqlite'}?mode=ro", uri=True)
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        collections = {name for (name,) in database.execute("SELECT DISTINCT collection FROM document")}
        database.close()
        assert tables == TABLES.keys()
        assert collections <= {*COLLECTIONS, KEPT}
    assert {*COLLECTIONS, KEPT} == DISCLOSED.keys() | OF_OTHERS.keys()
    assert {name for name in vars(Keys) if not name.startswith("_")} - {"script", "base"} == REDIS.keys()
    found = {path.relative_to(tmp_path / "d") for path in (tmp_path / "d").rglob("*") if path.is_file()}
    assert {str(path) for path in found if path.parts[0] != KEYS} <= FILES


def test_every_mail_and_every_state_of_one_has_words() -> None:
    assert MAILS.keys() == set(MailWhat.__args__)  # type: ignore[attr-defined]
    assert STATES.keys() == set(State.__args__)  # type: ignore[attr-defined]
    assert {kind for kind in KINDS if kind.startswith("mail_")} == {
        "mail_queued", "mail_sent", "mail_failed", "mail_undelivered",
    }  # fmt: skip
