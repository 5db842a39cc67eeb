"""Mail by the command line, and by a whole gateway that sends by itself."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.app import running
from gateway.cli import invoke
from gateway.operations import run
from tests.gateway.mail.world import EVENT, HANAKO, TARO, Clock, people, settings
from tests.gateway.test_cli import ROOT, Terminal, terminal
from tests.support.post_office import PostOffice
from tests.support.samples import csv_bytes, encoded, event_document
from waiting_room.journal.sqlite import SqliteJournal

__all__ = ["terminal"]  # a fixture


@pytest.fixture
def office_s(terminal: Terminal) -> Terminal:
    """A terminal with an event of two candidates, both with an address."""
    (terminal.directory / "roster.csv").write_bytes(csv_bytes(people()))
    terminal.ok("event", "create", "event.json")
    terminal.ok("roster", "import", EVENT, "roster.csv")
    return terminal


def test_a_letter_is_looked_at_and_the_office_s_own_mail_recorded(office_s: Terminal) -> None:
    # In 2026 by this machine's clock or after it: whatever the sample's day is to it, the words are the same.
    seen = office_s.json("mail", "preview", EVENT, "invitation", "--all")
    assert len(seen["recipients"]) + len(seen["refused"]) == 2
    assert "No mail server is set." in office_s.ok("mail", "preview", EVENT, "invitation", "--all")
    code, _, err = office_s.type("mail", "send", EVENT, "invitation", "--all")
    assert (code, "[mail_off]" in err) == (1, True)
    office_s.ok("mail", "record", EVENT, "invitation", "--all")
    assert office_s.json("mail", "status", EVENT)["configured"] is False


def test_letters_are_written_out_once_and_checked(terminal: Terminal) -> None:
    assert "in order" in terminal.ok("mail", "letters", "ours")
    mine = terminal.directory / "ours" / "reminder.ja.txt"
    mine.write_text("件名: あ\n{{ number }}\n", encoding="utf-8")
    code, _, err = terminal.type("mail", "letters", "ours")
    assert (code, "reminder.ja.txt" in err, "number" in err) == (1, True, True)
    assert mine.read_text(encoding="utf-8").startswith("件名: あ")


@pytest.mark.process
def test_a_start_with_a_faulty_letter_names_it(terminal: Terminal) -> None:
    terminal.ok("mail", "letters", "ours")
    (terminal.directory / "ours" / "ready.en.txt").write_text("Subject: a\n{{ nam }}\n")
    mail = '[mail]\nhost = "127.0.0.1"\ntls = "none"\nfrom = "a@sender.example"\ntemplates = "ours"\n'
    (terminal.directory / "genkan.toml").write_text(f'public_origin = "https://a.example"\n[listen]\nport = 0\n{mail}')
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "serve"],
        cwd=terminal.directory, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, b"mail.templates/ready.en.txt" in done.stderr, b'"name"' in done.stderr) == (2, True, True)


def test_what_is_no_report_is_said_to_be_none(terminal: Terminal) -> None:
    (terminal.directory / "note.eml").write_text("Subject: hello\n\nI am away\n")
    code, _, err = terminal.type("mail", "bounce", "note.eml")
    assert (code, "[no_report]" in err) == (1, True)
    assert invoke(["mail", "bounce", "gone.eml", "--json"]) == 2


async def test_a_gateway_sends_what_is_queued_by_itself(tmp_path: Path, office: PostOffice) -> None:
    clock = Clock()
    journal = await SqliteJournal.open(":memory:", clock=clock)
    async with running(settings(tmp_path, office), clock=clock, journal=journal, worker=False) as gateway:
        await run(gateway.house, "event-create", {"file": event_document(provider="scripted")})
        await run(gateway.house, "roster-import", {"event": EVENT, "csv": encoded(csv_bytes(people()))})
        await run(gateway.house, "mail-send", {"event": EVENT, "what": "invitation", "all": True})
        hall = gateway.house.halls[EVENT]
        async with asyncio.timeout(20):
            while not all(i.mails and i.mails[-1].state == "sent" for i in hall.state.interviews.values()):
                await hall.watch(hall.state.head)
    assert sorted(one.to for one in office.received) == [HANAKO, TARO]
