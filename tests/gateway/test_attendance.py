"""The attendance record and the paper sheet: everybody once, verdicts that follow from the journal, the same bytes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from gateway.attendance import attendance, attendance_csv, attendance_json, digest, wording_of
from gateway.eventfile import EventFile
from gateway.record.page import Proof, page
from gateway.record.timeline import WIDTH, Picture, pictures
from gateway.record.words import DEADLINES, KINDS, MARKS, PHASES, RULE_WORDS, SIDES, STAGES, VERDICTS
from gateway.sheet import sheet_html, sheet_text
from gateway.spreadsheet import CannotEncode
from tests.support.samples import event_document
from waiting_room import entries as e
from waiting_room.deadlines import Deadlines
from waiting_room.event import Event
from waiting_room.phases import TRANSITIONS
from waiting_room.punctuality import RULES

SECOND, MINUTE = 1_000_000, 60_000_000
START = 1_795_827_600 * SECOND  # 2026-11-28 10:00 in Japan


@dataclass
class People:
    roster: dict[str, dict[str, Any]] = field(default_factory=dict)
    staff: dict[str, dict[str, Any]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    written: dict[int, dict[str, Any]] = field(default_factory=dict)

    def private(self, offset: int | None) -> dict[str, Any]:
        return self.written.get(offset, {}) if offset is not None else {}


class Day:
    """An event whose entries are written by hand, with the times that a test wants."""

    def __init__(self) -> None:
        document = EventFile.parse(event_document())
        self.event, self.people = Event(), People(settings=dict(document.document))
        self.journal: list[e.Stamped] = []
        self.add(
            e.EVENT, e.EventCreated(("r1", "r2"), "scripted", document.policy.to_document()), START - 86_400 * SECOND
        )

    def add(self, stream: str, entry: e.Known, at: int, actor: str = "cli") -> None:
        state = self.event
        self.journal.append(e.Stamped(state.head + 1, stream, state.version(stream) + 1, at, actor, entry))
        state.apply(self.journal[-1])

    def schedule(self, interview: str, room: str = "r1", start: int = START, **row: Any) -> None:
        slot = e.Scheduled(room, start, start + 20 * MINUTE, len(row.get("companions", ())))
        self.add(f"i:{interview}", slot, START - 80_000 * SECOND)
        self.people.roster[interview] = {"number": interview, "name": f"受験者 {interview}", "companions": []} | row

    def arrive(self, interview: str, at: int, counts_from: int | None = None) -> None:
        stream = f"i:{interview}"
        self.add(stream, e.Consented("s" * 22, "1"), at)
        self.add(stream, e.CheckedIn("s" * 22, "personal", at, counts_from=counts_from), at)

    def hold(
        self, interview: str, begins: int, ends: int, stays: Sequence[tuple[int, int | None]] = ((0, 20),)
    ) -> None:
        """Called, let in, finished by st1. ``stays``: minutes from the beginning; None where nobody saw the end."""
        stream = f"i:{interview}"
        self.add(stream, e.Called(1), begins, "staff:st1")
        self.add(stream, e.Admitted(1, 1, "webrtc"), begins)
        self.add(stream, e.HandedOver(1, 1), begins)
        for since, until in stays:
            self.add(stream, e.Joined("candidate", "worker", begins + since * MINUTE, 1, generation=1), begins)
            if until is not None:
                self.add(stream, e.Left("candidate", "worker", begins + until * MINUTE, 1, generation=1), begins)
        self.add(stream, e.Finished(), ends, "staff:st1")


@pytest.fixture
def day() -> Day:
    return Day()


def verdicts(day: Day) -> dict[str, tuple[str, int]]:
    return {row.id: (row.verdict, row.minutes) for row in attendance(day.event, day.people)}


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
    (row,) = attendance(day.event, day.people)
    assert (row.verdict, row.arrived_at, row.counts_at) == ("on_time", START + 5 * MINUTE, START - 6 * MINUTE)


def test_everybody_is_there_once_in_the_order_of_the_rooms(day: Day) -> None:
    day.schedule("d", "r2")
    day.schedule("b", start=START + 20 * MINUTE)
    day.schedule("a")
    day.schedule("c", start=START + 40 * MINUTE)
    day.add("i:b", e.Cancelled("candidate"), START)
    day.add("i:c", e.AbsenceConfirmed(), START + 60 * MINUTE, "staff:st1")
    rows = attendance(day.event, day.people)
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
    day.people.written[day.event.head] = {"reason": "=1+1 電話に出ない"}
    content = attendance_csv(attendance(day.event, day.people), day.people.settings, day.event)
    assert content.startswith(b"\xef\xbb\xbf")
    header, row, companion = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert len(header) == len(row) == len(companion)
    cells = dict(zip(header, row, strict=True))
    assert companion[1] == "'@甲(通訳)"
    assert (cells["受験番号"], cells["氏名"][0], cells["同伴者"], cells["担当"][0]) == ("'+1", "'", "'@甲(通訳)", "'")
    assert cells["終了の理由(記載)"] == "'=1+1 電話に出ない"
    assert (cells["判定"], cells["開始時刻"]) == ("欠席", "2026-11-28 10:00")


def test_the_same_journal_gives_the_same_bytes(day: Day) -> None:
    """No clock is asked: a fold of the same entries, years later, comes to the same file."""
    day.schedule("a")
    day.schedule("b", "r2")
    day.arrive("b", START + 90 * SECOND)
    files = []
    for event in (day.event, Event.replay(day.journal)):
        rows = attendance(event, day.people)
        files.append((attendance_csv(rows, day.people.settings, event), digest(rows)))
    assert files[0] == files[1]


def cells(day: Day, language: str = "en", room: str | None = None) -> list[dict[str, str]]:
    content = attendance_csv(attendance(day.event, day.people, room), day.people.settings, day.event, language)
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_companions_and_interviewers_have_lines_of_their_own(day: Day) -> None:
    day.people.staff["st1"] = {"name": "面接 一郎"}
    day.schedule("a", companions=[{"name": "木村", "role": "通訳"}])
    day.add("i:a", e.Consented("c" * 22, "1", "t2", "companion.1", "zoom"), START - 9 * MINUTE)
    day.add("i:a", e.CompanionArrived("c" * 22, "companion.1"), START - 8 * MINUTE)
    day.arrive("a", START - 6 * MINUTE)
    day.hold("a", START, START + 20 * MINUTE)
    candidate, companion, interviewer = cells(day)
    assert [one["line of"] for one in (candidate, companion, interviewer)] == ["candidate", "companion", "interviewer"]
    assert {one["number"] for one in (candidate, companion, interviewer)} == {"a"}
    assert (companion["name"], companion["checked in"][11:]) == ("木村(通訳)", "09:52:00")
    assert (companion["notices agreed to"], companion["terms agreed to"]) == ("1 (2026-11-28 09:51:00)", "zoom t2")
    assert (interviewer["name"], interviewer["first in"][11:], interviewer["last out"][11:]) == (
        "面接 一郎", "10:00:00", "10:20:00",
    )  # fmt: skip


def test_every_visit_is_merged_into_first_in_last_out_and_the_minutes_between(day: Day) -> None:
    """Two devices are there together, time apart counts for nothing, and who never left was there to the end."""
    day.schedule("a")
    day.arrive("a", START - 6 * MINUTE)
    day.hold("a", START, START + 20 * MINUTE, stays=[(0, 5), (3, 8), (10, None)])
    (row, _) = cells(day)
    assert (row["first in"][11:], row["last out"][11:]) == ("10:00:00", "10:20:00")
    assert (row["minutes inside"], row["visits"], row["providers"]) == ("18", "3", "webrtc")


def test_where_nobody_tells_who_is_there_it_is_from_the_join_button_to_the_end(day: Day) -> None:
    day.schedule("a")
    day.arrive("a", START - 6 * MINUTE)
    day.hold("a", START, START + 20 * MINUTE, stays=[])
    (row, _) = cells(day)
    assert (row["first in"][11:], row["minutes inside"], row["visits"]) == ("10:00:00", "20", "1")


def test_a_deadline_is_there_as_planned_and_as_a_pause_moved_it(day: Day) -> None:
    day.schedule("a")
    day.add("r:r1", e.RoomPaused(), START - 10 * MINUTE)
    day.add("r:r1", e.RoomResumed(), START + 5 * MINUTE)
    day.arrive("a", START + 9 * MINUTE)
    (row,) = cells(day)
    assert (row["arrive by, planned"][11:], row["arrive by, applied"][11:]) == ("09:55:00", "10:10:00")
    assert (row["start"][11:], row["start, pauses added"][11:]) == ("10:00", "10:15:00")
    assert row["verdict"] == "on time"


def test_who_is_still_ahead_has_not_failed_to_arrive(day: Day) -> None:
    day.schedule("a")
    day.schedule("b", start=START + 20 * MINUTE)
    day.add("i:a", e.LinkOpened("s" * 22, "personal"), START + MINUTE)
    assert [row["verdict"] for row in cells(day)] == ["not arrived", "still ahead"]
    assert [row["判定"] for row in cells(day, "ja")] == ["未到着", "これから"]


def test_a_verdict_comes_with_its_rule_its_reason_and_the_entries(day: Day) -> None:
    day.schedule("a")
    day.arrive("a", START + 90 * SECOND)
    (row,) = cells(day)
    assert (row["verdict"], row["minutes late"]) == ("late", "2")
    assert row["rule"].endswith("[arrival.late]")
    assert row["reason"] == "checked in 2026-11-28 10:01:30 / late after 2026-11-28 10:00:00"
    assert row["entries"] == f"#{day.event.head}"


def test_who_agreed_to_which_version_of_the_notice_and_of_the_terms_is_in_it(day: Day) -> None:
    day.schedule("a")
    day.add("i:a", e.Consented("s" * 22, "1", "t1", provider="zoom"), START - 9 * MINUTE)
    day.add("i:a", e.Consented("s" * 22, "2", "t1", provider="zoom"), START - 8 * MINUTE)
    (row,) = cells(day)
    assert row["notices agreed to"] == "1 (2026-11-28 09:51:00) / 2 (2026-11-28 09:52:00)"
    assert row["terms agreed to"] == "zoom t1 (2026-11-28 09:51:00)"


def test_an_interview_that_is_sat_again_names_the_other_one_by_number(day: Day) -> None:
    day.schedule("a")
    day.add("i:b", e.Scheduled("r1", START + 60 * MINUTE, START + 80 * MINUTE, resits="a"), START + MINUTE)
    day.people.roster["b"] = {"number": "B-2"}
    first, second = cells(day)
    assert (first["re-sat by"], second["re-sits"]) == ("B-2", "a")


def test_a_room_has_its_own_record(day: Day) -> None:
    day.schedule("a")
    day.schedule("b", "r2")
    assert [row["number"] for row in cells(day, room="r2")] == ["b"]


def test_what_cp932_cannot_hold_is_named_by_cell(day: Day) -> None:
    day.schedule("a", name="𠮷田")
    rows = attendance(day.event, day.people)
    with pytest.raises(CannotEncode) as caught:
        attendance_csv(rows, day.people.settings, day.event, encoding="cp932")
    assert caught.value.cells == ((2, 2),)
    day.people.roster["a"]["name"] = "吉田"
    day.add("r:r1", e.RoomPaused(), START - 10 * MINUTE)
    assert "―" in attendance_csv(attendance(day.event, day.people), {}, day.event, encoding="cp932").decode("cp932")


def test_every_rule_deadline_and_mark_has_words_in_both_languages() -> None:
    assert RULE_WORDS.keys() == RULES.keys()
    assert set(Deadlines.__slots__) == DEADLINES.keys()
    for table in (RULE_WORDS, DEADLINES, KINDS, MARKS, STAGES, SIDES):
        assert all(ja and en for ja, en in table.values())


def test_the_digest_rests_on_verdicts_and_not_on_names(day: Day) -> None:
    day.schedule("a")
    before = digest(attendance(day.event, day.people))
    assert digest(attendance(day.event, People())) == before
    day.arrive("a", START)
    assert digest(attendance(day.event, day.people)) != before


def test_on_the_wire_times_are_milliseconds_and_codes_have_words(day: Day) -> None:
    day.schedule("a")
    day.arrive("a", START + 90 * SECOND)
    (row,) = attendance(day.event, day.people)
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


# --- on paper, and as a picture ----------------------------------------------------------------------------------


def drawn(day: Day, language: str = "en") -> tuple[list[Picture], str]:
    rows, wording = attendance(day.event, day.people), wording_of(day.people.settings, day.event, language)
    found = pictures(day.event, rows, wording)
    proof = Proof(7, day.event.at, digest(rows), "ab12" * 16)
    return found, page(rows, found, day.people.settings, proof, wording)


def full(day: Day) -> None:
    day.people.staff["st1"] = {"name": "面接 <一郎>"}
    day.schedule("a", companions=[{"name": "木村", "role": "通訳"}])
    day.schedule("b", "r2", name="<script>alert(1)</script>")
    day.schedule("c", "r2", start=START + 24 * 60 * MINUTE)
    day.add("r:r2", e.RoomPaused(), START - 10 * MINUTE)
    day.arrive("a", START - 6 * MINUTE)
    day.hold("a", START, START + 20 * MINUTE)


def test_the_page_says_what_it_rests_on(day: Day) -> None:
    full(day)
    _, text = drawn(day)
    assert "#7" in text
    assert " ".join(["ab12"] * 16) in text
    assert digest(attendance(day.event, day.people)) in text
    assert "genkan verify FILE --trust" in text


def test_nothing_on_the_page_is_taken_for_markup(day: Day) -> None:
    full(day)
    _, text = drawn(day)
    assert "<script" not in text
    assert "style=" not in text  # the page's policy would drop it
    assert "&lt;script&gt;" in text
    assert "Companion: 木村(通訳)" in text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_same_journal_gives_the_same_page_and_pictures(day: Day, language: str) -> None:
    full(day)
    again = Day()
    again.event, again.people = Event.replay(day.journal), day.people
    assert drawn(day, language) == drawn(again, language)


def test_there_is_a_picture_for_each_room_and_day_with_words_and_a_table(day: Day) -> None:
    full(day)
    found, _ = drawn(day)
    assert [one.title for one in found] == [
        "Room 1, 2026-11-28: planned and actual",
        "Room 2, 2026-11-28: planned and actual",
        "Room 2, 2026-11-29: planned and actual",
    ]
    for one in found:
        picture = ET.fromstring(one.svg)  # noqa: S314 - it is our own
        ids = picture.attrib["aria-labelledby"].split()
        named = {element.attrib["id"]: element.text for element in picture if "id" in element.attrib}
        assert [bool(named[id_]) for id_ in ids] == [True, True]
    assert found[0].cells[1] == ["a", "10:00–10:20", "09:54", "10:00–10:20", "on time"]
    assert 'fill="#d9d9d9"' in found[1].svg  # the pause
    assert 'fill="#d9d9d9"' not in found[0].svg


def test_a_picture_stays_on_its_paper_whatever_the_times(day: Day) -> None:
    """An arrival a week before, a pause that lasts, an interview of a day: no place lies outside."""
    day.schedule("a")
    day.add("event", e.RoomPaused(), START - 50_000 * MINUTE)
    day.arrive("a", START - 10_000 * MINUTE)
    (picture,), _ = drawn(day)
    places = [int(x) for x in re.findall(r' x1?="(-?\d+)"', picture.svg)]
    assert min(places) >= 0
    assert max(places) <= WIDTH
