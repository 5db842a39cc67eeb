"""The attendance record and the paper sheet: everybody once, verdicts that follow from the journal, the same bytes."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.attendance import attendance, attendance_csv, attendance_json, digest
from gateway.eventfile import EventFile
from gateway.record.words import PHASES, VERDICTS
from gateway.sheet import sheet_html, sheet_text
from tests.support.samples import event_document
from waiting_room import entries as e
from waiting_room.event import Event
from waiting_room.phases import TRANSITIONS

SECOND, MINUTE = 1_000_000, 60_000_000
START = 1_795_827_600 * SECOND  # 2026-11-28 10:00 in Japan


@dataclass
class People:
    roster: dict[str, dict[str, Any]] = field(default_factory=dict)
    staff: dict[str, dict[str, Any]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


class Day:
    """An event whose entries are written by hand, with the times that a test wants."""

    def __init__(self) -> None:
        document = EventFile.parse(event_document())
        self.event, self.people = Event(), People(settings=dict(document.document))
        self.add(
            e.EVENT, e.EventCreated(("r1", "r2"), "scripted", document.policy.to_document()), START - 86_400 * SECOND
        )

    def add(self, stream: str, entry: e.Known, at: int, actor: str = "cli") -> None:
        state = self.event
        state.apply(e.Stamped(state.head + 1, stream, state.version(stream) + 1, at, actor, entry))

    def schedule(self, interview: str, room: str = "r1", start: int = START, **row: Any) -> None:
        self.add(f"i:{interview}", e.Scheduled(room, start, start + 20 * MINUTE), START - 80_000 * SECOND)
        self.people.roster[interview] = {"number": interview, "name": f"受験者 {interview}", "companions": []} | row

    def arrive(self, interview: str, at: int, counts_from: int | None = None) -> None:
        stream = f"i:{interview}"
        self.add(stream, e.Consented("s" * 22, "1"), at)
        self.add(stream, e.CheckedIn("s" * 22, "personal", at, counts_from=counts_from), at)


@pytest.fixture
def day() -> Day:
    return Day()


def verdicts(day: Day) -> dict[str, tuple[str, int]]:
    return {row.id: (row.verdict, row.minutes) for row in attendance(day.event, day.people, START)}


@pytest.mark.parametrize(
    ("after_start", "verdict", "minutes"),
    [
        (-300_000_000, "on_time", 0),
        (-299_999_999, "after_arrive_by", 0),
        (0, "after_arrive_by", 0),
        (1, "late", 1),
        (60_000_000, "late", 1),
        (60_000_001, "late", 2),
    ],
)
def test_a_verdict_turns_at_the_microsecond(day: Day, after_start: int, verdict: str, minutes: int) -> None:
    day.schedule("a")
    day.arrive("a", START + after_start)
    assert verdicts(day) == {"a": (verdict, minutes)}


def test_an_attempt_that_staff_let_count_is_shown_beside_the_check_in(day: Day) -> None:
    day.schedule("a")
    day.arrive("a", START + 5 * MINUTE, counts_from=START - 6 * MINUTE)
    (row,) = attendance(day.event, day.people, START)
    assert (row.verdict, row.arrived_at, row.counts_at) == ("on_time", START + 5 * MINUTE, START - 6 * MINUTE)


def test_everybody_is_there_once_in_the_order_of_the_rooms(day: Day) -> None:
    day.schedule("d", "r2")
    day.schedule("b", start=START + 20 * MINUTE)
    day.schedule("a")
    day.schedule("c", start=START + 40 * MINUTE)
    day.add("i:b", e.Cancelled("candidate"), START)
    day.add("i:c", e.AbsenceConfirmed(), START + 60 * MINUTE, "staff:st1")
    rows = attendance(day.event, day.people, START)
    assert [(row.id, row.verdict) for row in rows] == [
        ("a", "not_arrived"),
        ("b", "cancelled"),
        ("c", "absent"),
        ("d", "not_arrived"),
    ]


def test_the_file_opens_in_a_spreadsheet_and_runs_nothing(day: Day) -> None:
    day.people.staff["st1"] = {"name": "=HYPERLINK(1)"}
    day.schedule("a", name='=cmd|"/C calc"!A1', number="+1", companions=[{"name": "@甲", "role": "通訳"}])
    day.add("i:a", e.AbsenceConfirmed(), START + 60 * MINUTE, "staff:st1")
    content = attendance_csv(attendance(day.event, day.people, START), day.people.settings, day.event)
    assert content.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert len(header) == len(row)
    cells = dict(zip(header, row, strict=True))
    assert (cells["受験番号"], cells["氏名"][0], cells["同伴者"], cells["担当"][0]) == ("'+1", "'", "'@甲(通訳)", "'")
    assert (cells["判定"], cells["開始時刻"]) == ("欠席", "2026-11-28 10:00")


def test_the_same_journal_gives_the_same_bytes_at_any_time(day: Day) -> None:
    day.schedule("a")
    day.schedule("b", "r2")
    day.arrive("b", START + 90 * SECOND)
    files = []
    for now in (START, START + 86_400 * SECOND):
        rows = attendance(day.event, day.people, now)
        files.append((attendance_csv(rows, day.people.settings, day.event), digest(rows)))
    assert files[0] == files[1]


def test_the_digest_rests_on_verdicts_and_not_on_names(day: Day) -> None:
    day.schedule("a")
    before = digest(attendance(day.event, day.people, START))
    assert digest(attendance(day.event, People(), START)) == before
    day.arrive("a", START)
    assert digest(attendance(day.event, day.people, START)) != before


def test_on_the_wire_times_are_milliseconds_and_codes_have_words(day: Day) -> None:
    day.schedule("a")
    day.arrive("a", START + 90 * SECOND)
    (row,) = attendance(day.event, day.people, START)
    wire = attendance_json(row, "en")
    assert (wire["starts_at"], wire["arrived_at"], wire["label"]) == (START // 1000, START // 1000 + 90_000, "late")


def test_every_phase_and_verdict_has_words_in_both_languages() -> None:
    phases = {phase for moves in TRANSITIONS.values() for phase in moves}
    assert phases <= PHASES.keys()
    assert all(ja and en for ja, en in [*PHASES.values(), *VERDICTS.values()])


def test_the_paper_has_each_room_with_telephone_and_room_to_write(day: Day) -> None:
    day.schedule("a", telephone="090-0000-0001", companions=[{"name": "木村", "role": "通訳"}])
    day.schedule("b", "r2", name="<b>&")
    text, page = sheet_text(day.event, day.people), sheet_html(day.event, day.people)
    assert "11/28 10:00  a         受験者 a ＋木村  090-0000-0001" in text
    assert "000-111-2222" in text
    assert page.count("<table>") == 2
    assert "&lt;b&gt;&amp;" in page
    assert "<b>" not in page
    assert "<script" not in page
