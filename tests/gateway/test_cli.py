"""The command line: one sentence and a code for what is wrong, exit codes that scripts can rely on, JSON on request."""

from __future__ import annotations

import csv
import io
import json
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import invoke
from gateway.config import Settings
from tests.support.samples import csv_bytes, event_document, roster_row, sample_event, sample_roster

ROOT = Path(__file__).parents[2]


class Terminal:
    """One person's terminal in one directory, in English unless told otherwise."""

    def __init__(self, directory: Path, capture: pytest.CaptureFixture[bytes]) -> None:
        self.directory, self._capture = directory, capture
        (directory / "event.json").write_text(json.dumps(event_document()))
        (directory / "roster.csv").write_bytes(csv_bytes([roster_row("1"), roster_row("2", 開始時刻="11:00")]))

    def type(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        self._capture.readouterr()
        code = invoke(list(arguments))
        out, err = self._capture.readouterr()
        return code, out.decode("utf-8-sig"), err.decode()

    def ok(self, *arguments: str) -> str:
        code, out, err = self.type(*arguments)
        assert (code, err) == (0, "")
        return out

    def json(self, *arguments: str) -> Any:
        out = self.ok(*arguments, "--json")
        assert out.count("\n") == 1
        return json.loads(out)


@pytest.fixture
def terminal(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return Terminal(tmp_path, capsysbinary)


def test_the_rules_are_explained_line_by_line(terminal: Terminal) -> None:
    rules = event_document(policy={"preset": "exam-interview"})
    (terminal.directory / "event.json").write_text(json.dumps(rules))
    terminal.ok("event", "create", "event.json")
    lines = terminal.ok("policy", "explain", "test-2026").splitlines()
    assert "Whoever has checked in by 09:55 is on time." in lines
    found = terminal.json("policy", "explain", "test-2026")["lines"]
    assert [line["sentence"] for line in found] == lines
    code, _, err = terminal.type("policy", "explain", "nowhere")
    assert (code, "[unknown_event]" in err) == (1, True)


def test_a_day_is_set_up_from_files_and_written_out(terminal: Terminal) -> None:
    assert terminal.ok("event", "create", "event.json") == "Created event test-2026.\n"
    assert "2 lines can" in terminal.ok("roster", "import", "test-2026", "roster.csv", "--dry-run")
    assert terminal.ok("roster", "import", "test-2026", "roster.csv") == "Imported 2 candidates.\n"
    rows = list(csv.DictReader(io.StringIO(terminal.ok("invites", "test-2026", "--csv"), newline="")))
    assert [row["number"] for row in rows] == ["1", "2"]
    assert all(row["link"].startswith("http://127.0.0.1:8080/j#") for row in rows)
    link = terminal.ok(
        "staff", "link", "--name", "青木", "--role", "interviewer", "--event", "test-2026", "--room", "r1"
    )
    assert link.startswith("http://127.0.0.1:8080/console#")
    (member,) = terminal.json("staff", "list", "test-2026")["staff"]
    terminal.ok("staff", "revoke", member["staff"], "--event", "test-2026")
    assert terminal.json("staff", "list", "test-2026")["staff"][0]["revoked"]
    terminal.ok("attendance", "test-2026", "--csv", "record.csv")
    record = (terminal.directory / "record.csv").read_bytes()
    assert record.startswith(b"\xef\xbb\xbf")
    assert record.count(b"\r\n") == 3
    assert (terminal.directory / "record.csv").stat().st_mode & 0o077 == 0
    assert "山田 花子" in terminal.ok("sheet", "test-2026")
    assert terminal.ok("verify", "test-2026").startswith("test-2026: ok")
    assert terminal.ok("verify", "data").startswith("test-2026: ok")


def test_what_is_kept_is_listed_held_and_disclosed(terminal: Terminal) -> None:
    terminal.ok("event", "create", "event.json")
    terminal.ok("roster", "import", "test-2026", "roster.csv")
    assert terminal.ok("hold", "set", "test-2026", "--reason", "appeal") == "On hold.\n"
    (one,) = terminal.json("retention", "run", "--dry-run")["events"]
    assert (one["stage"], one["interviews"], one["verdicts"]) == ("held", 2, {"not_arrived": 2})
    assert terminal.ok("hold", "lift", "test-2026", "--reason", "over") == "The hold is lifted.\n"
    assert "test-2026\tno time set\t-\t2\t0\tnot arrived 2" in terminal.ok("retention", "run")
    interview = terminal.json("invites", "test-2026")["invites"][0]["interview"]
    record = json.loads(terminal.ok("disclose", "test-2026", interview, "--reason", "asked for"))
    assert record["person"]["name"] == "山田 花子"
    terminal.ok("disclose", "test-2026", interview, "--reason", "asked for", "--html", "record.html")
    page = terminal.directory / "record.html"
    assert page.stat().st_mode & 0o777 == 0o600
    assert "山田 花子" in page.read_text("utf-8")


@pytest.mark.parametrize(("stage", "code"), [("purged", 0), ("held", 0), ("due", 1), ("interrupted", 1)])
def test_a_purge_that_could_not_be_done_is_a_failure(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, stage: str, code: int
) -> None:
    """For whoever runs it each night and looks at nothing but how it ended. Only looking is always well."""
    one: dict[str, Any] = {"event": "e", "stage": stage, "due_at": None, "interviews": 0, "kept": [], "verdicts": {}}
    monkeypatch.setattr("gateway.cli.retention.do", lambda *_, **__: {"events": [one]})
    assert terminal.type("retention", "run")[0] == code
    assert terminal.type("retention", "run", "--json")[0] == code
    assert terminal.type("retention", "run", "--dry-run")[0] == 0


def test_a_roster_is_updated_as_it_was_looked_at(terminal: Terminal) -> None:
    terminal.ok("event", "create", "event.json")
    terminal.ok("roster", "import", "test-2026", "roster.csv")
    rows = [roster_row("1", 氏名="山田 花"), roster_row("3", 開始時刻="13:00")]
    (terminal.directory / "roster.csv").write_bytes(csv_bytes(rows))
    update = ("roster", "import", "test-2026", "roster.csv", "--update")
    looked = terminal.ok(*update, "--dry-run")
    assert "name: 山田 花子 → 山田 花" in looked
    assert "added 1  moved 0  changed 1  missing from the file 1  unchanged 0" in looked
    code, _, err = terminal.type(*update, "--withdraw-missing", "2")
    assert (code, "[missing_differs]" in err) == (1, True)
    code, _, err = terminal.type(*update, "--expects", "0" * 32)
    assert (code, "[moved_on]" in err) == (1, True)
    token = looked.rpartition("--expects ")[2].split()[0]
    done = terminal.ok(*update, "--expects", token, "--withdraw-missing", "1", "--side", "staff")
    assert done == "Added 1, changed 1, withdrew 1.\n"
    assert terminal.json(*update)["changes"]["counts"]["unchanged"] == 2
    assert terminal.type("roster", "import", "test-2026", "roster.csv", "--withdraw-missing", "1")[0] == 2


def test_the_sample_goes_in_and_its_record_comes_out_in_cp932(terminal: Terminal) -> None:
    (terminal.directory / "e.json").write_bytes(sample_event())
    (terminal.directory / "r.csv").write_bytes(sample_roster())
    terminal.ok("event", "create", "e.json")
    code, _, err = terminal.type("roster", "import", "shiomi-2026", "r.csv")
    assert (code, "[not_a_business_day]" in err) == (0, True)  # the sample's day is a Saturday
    terminal.ok("attendance", "shiomi-2026", "--csv", "record.csv", "--encoding", "cp932")
    rows = list(csv.reader(io.StringIO((terminal.directory / "record.csv").read_bytes().decode("cp932"), newline="")))
    assert len([row for row in rows if row[2] == "candidate"]) == 24
    assert len({row[0] for row in rows}) == 25


def test_japanese_where_the_terminal_is(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    assert terminal.ok("event", "create", "event.json") == "イベント test-2026 を作りました。\n"
    code, _, err = terminal.type("event", "show", "nope")
    assert (code, err) == (1, "genkan: このイベントはありません。 (/event) [unknown_event]\n")


def test_every_bad_line_is_named_and_nothing_is_imported(terminal: Terminal) -> None:
    terminal.ok("event", "create", "event.json")
    bad = csv_bytes([roster_row("1", 面接室="x"), roster_row("2"), roster_row("２", 開始時刻="y")])
    (terminal.directory / "roster.csv").write_bytes(bad)
    for arguments in (["--dry-run"], []):
        code, out, err = terminal.type("roster", "import", "test-2026", "roster.csv", *arguments)
        assert (code, out) == (1, "")
        first, *lines = err.splitlines()
        assert first.endswith("[roster_faults]")
        assert [line.split(": ")[0].strip() for line in lines] == ["line 2 room", "line 4 start"]
    assert terminal.json("event", "list")["events"][0]["interviews"] == 0


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (["event", "show", "nope"], 1, "unknown_event"),
        (["event", "create", "missing.json"], 2, "no_file"),
        (["event", "create", "roster.csv"], 1, "malformed"),
        (["roster", "import", "nope", "roster.csv"], 1, "unknown_event"),
        (["verify", "nope"], 1, "unknown_event"),
        (["verify", "./nowhere/at/all"], 2, "no_journal"),
        (["event", "list", "--config", "missing.toml"], 2, "no_settings"),
        (["event", "list", "--config", "roster.csv"], 2, "bad_settings"),
        (["staff", "link", "--name", "a"], 2, "usage"),
        (["keys", "rotate", "door"], 1, "invalid"),
        (["no-such-command"], 2, "usage"),
        (["event", "list", "--no-such-option"], 2, "usage"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_a_code(
    terminal: Terminal, arguments: list[str], exit_code: int, code: str
) -> None:
    got, out, err = terminal.type(*arguments)
    assert (got, out) == (exit_code, "")
    assert err.startswith("genkan: ")
    assert err.splitlines()[0].endswith(f"[{code}]")
    assert "Traceback" not in err
    got, out, err = terminal.type(*arguments, "--json")
    assert (got, json.loads(out)["error"]["code"], err) == (exit_code, code, "")


def test_help_is_there_for_every_command(terminal: Terminal) -> None:
    for command in ([], ["event"], ["roster"], ["staff"], ["keys"], ["serve"], ["demo"], ["verify"], ["attendance"]):
        assert "Usage: genkan" in terminal.ok(*command, "--help")


def test_settings_faults_are_all_named(terminal: Terminal) -> None:
    (terminal.directory / "genkan.toml").write_text('public_orgin = "x"\n[listen]\nport = 99999\n')
    code, _, err = terminal.type("event", "list")
    assert code == 2
    assert "public_orgin: unknown key" in err
    assert "listen.port: must be at most 65535" in err


def test_another_process_that_has_the_data_and_is_silent_is_named(terminal: Terminal) -> None:
    from waiting_room.journal.lock import OwnerLock

    terminal.ok("event", "create", "event.json")
    lock = OwnerLock(Settings.parse({}, base=terminal.directory).journal_path)
    try:
        code, _, err = terminal.type("event", "list")
    finally:
        lock.release()
    assert (code, err) == (1, "genkan: Another Genkan is using this data. Stop it first. [locked]\n")
    assert terminal.json("event", "list")["events"]


def test_a_port_that_is_taken_is_one_sentence(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = terminal.type("demo", "--port", str(port))
    assert (code, out) == (1, "")
    assert err.startswith(f"genkan: 127.0.0.1:{port}: cannot listen there. ")
    assert err.endswith(" [cannot_start]\n")
    assert err.count("\n") == 1  # no worker was started, which would say so here and outlive the attempt


def test_verify_says_where_the_first_fault_is(terminal: Terminal) -> None:
    terminal.ok("event", "create", "event.json")
    terminal.ok("roster", "import", "test-2026", "roster.csv")
    terminal.ok("attendance", "test-2026")
    _flip_a_byte_of_entry(terminal.directory / "data" / "journal.sqlite", 2)
    for what in ("test-2026", "data"):
        code, out, _ = terminal.type("verify", what)
        assert (code, out.rstrip().endswith("[check @ 2]")) == (1, True)
        code, out, _ = terminal.type("verify", what, "--json")
        assert (code, json.loads(out)["fault"]["offset"]) == (1, 2)


def test_a_file_that_cannot_be_opened_is_one_sentence(terminal: Terminal) -> None:
    terminal.ok("event", "create", "event.json")
    journal = terminal.directory / "data" / "journal.sqlite"
    journal.write_bytes(b"garbage " * 4 + journal.read_bytes()[32:])
    code, out, err = terminal.type("verify", "test-2026")
    assert (code, out, err.rstrip().endswith("[unreadable]")) == (1, "", True)


@pytest.mark.process
def test_logs_never_mix_with_the_answer(terminal: Terminal) -> None:
    terminal.ok("event", "create", "event.json")
    for key in (terminal.directory / "data" / "keys" / "events").iterdir():
        key.unlink()  # an event without its key is logged
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "event", "list", "--json"],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert json.loads(done.stdout) == {"events": [], "rehearsals": []}


def _flip_a_byte_of_entry(journal: Path, offset: int) -> None:
    connection = sqlite3.connect(journal)
    rows = connection.execute("SELECT id, body FROM entry ORDER BY id").fetchall()
    key, body = rows[offset - 1]
    assert b"r1" in body
    connection.execute("UPDATE entry SET body = ? WHERE id = ?", (body.replace(b"r1", b"r2", 1), key))
    connection.commit()
    connection.close()
