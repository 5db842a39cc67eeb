"""The attendance record as a table: a line for each candidate, companion and interviewer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.moments import local
from gateway.record.lines import Line, Stay
from gateway.record.words import (
    DEADLINES,
    KINDS,
    MARKS,
    PHASES,
    RULE_WORDS,
    SIDES,
    STAGES,
    STEPS,
    VERDICTS,
    Pair,
    pick,
    word,
)
from waiting_room.evidence import Deadline
from waiting_room.pauses import FOREVER

if TYPE_CHECKING:
    from gateway.attendance import AttendanceRow

SHOWN = ("arrive_by", "late_after", "refused_after", "absent_after")  # the deadlines that somebody is judged by
HEADER: Sequence[Pair] = (
    ("受験番号", "number"),
    ("氏名", "name"),
    ("種別", "line of"),
    ("面接室", "room"),
    ("開始時刻", "start"),
    ("開始(中断後)", "start, pauses added"),
    *((f"{DEADLINES[name][0]}(予定)", f"{DEADLINES[name][1]}, planned") for name in SHOWN),
    *((f"{DEADLINES[name][0]}(適用)", f"{DEADLINES[name][1]}, applied") for name in SHOWN),
    ("最初の試み", "first attempt"),
    ("受付時刻", "checked in"),
    ("判定に用いた時刻", "time that counts"),
    ("判定", "verdict"),
    ("遅刻(分)", "minutes late"),
    ("判定の段階", "stage"),
    ("判定の規則", "rule"),
    ("判定の理由", "reason"),
    ("根拠の記録", "entries"),
    ("入室時刻", "entered"),
    ("最初の入室", "first in"),
    ("最後の退室", "last out"),
    ("在室(分)", "minutes inside"),
    ("入室回数", "visits"),
    ("終了時刻", "ended"),
    ("状態", "state"),
    ("終了の事由側", "ended by side"),
    ("終了の理由(記載)", "reason as written"),
    ("本人確認", "identity"),
    ("接続先", "providers"),
    ("同意した注意事項", "notices agreed to"),
    ("同意した規約", "terms agreed to"),
    ("同意したその他の文書", "other texts agreed to"),
    ("確認項目", "checklist"),
    ("接続テスト", "connection tests"),
    ("予約の確定", "booking confirmed"),
    ("案内不着の申し出", "link reported missing"),
    ("再実施の元", "re-sits"),
    ("再実施", "re-sat by"),
    ("同伴者", "companions"),
    ("担当", "staff"),
)
_PLACES = {pair[1]: place for place, pair in enumerate(HEADER)}


@dataclass(frozen=True, slots=True)
class Wording:
    """How one event's record is written down."""

    zone: ZoneInfo
    rooms: Mapping[str, str]
    language: str

    def clock(self, at: int | None) -> str:
        """To the second, cut off, never rounded up into the next minute; a dash while a pause lasts that moves it."""
        if at is None:
            return ""
        return "―" if at >= FOREVER else local(at, self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def minute(self, at: int) -> str:
        return "―" if at >= FOREVER else local(at, self.zone).strftime("%Y-%m-%d %H:%M")

    def say(self, pair: Pair) -> str:
        return pick(pair, self.language)


def header(language: str) -> list[str]:
    return [pick(pair, language) for pair in HEADER]


def table(rows: Sequence[AttendanceRow], wording: Wording) -> Iterator[list[str]]:
    """The cells of every line, each candidate's followed by those of their companions and interviewers."""
    for row in rows:
        yield _cells(_candidate(row, wording))
        yield from (_cells(cells) for cells in _others(row, wording))


def _cells(said: Mapping[str, str]) -> list[str]:
    cells = [""] * len(HEADER)
    for key, value in said.items():
        cells[_PLACES[key]] = value
    return cells


def _candidate(row: AttendanceRow, w: Wording) -> dict[str, str]:
    line = row.line
    return {
        **_common(row, "candidate", row.name, w),
        **deadline_cells(line, w),
        **verdict_cells(line, w),
        **stay_cells(line.stay, w),
        "first attempt": w.clock(line.first_attempt_at),
        "checked in": w.clock(line.arrived_at),
        "time that counts": w.clock(line.counts_at),
        "entered": w.clock(line.entered_at),
        "ended": w.clock(line.ended_at),
        "state": word(PHASES, line.phase, w.language),
        "ended by side": word(SIDES, line.ended_side, w.language) if line.phase in ("broken_off", "cancelled") else "",
        "reason as written": row.stated,
        "identity": identity_word(line, w),
        "providers": " → ".join(line.carriers),
        **consent_cells(line, w),
        **booking_cells(line, w),
        "connection tests": _tests(line, w),
        "re-sits": row.resits,
        "re-sat by": row.resat_by,
        "companions": row.companions,
        "staff": row.staff,
    }


def _others(row: AttendanceRow, w: Wording) -> Iterator[dict[str, str]]:
    for companion, name in zip(row.line.companions, row.companion_names, strict=True):
        agreed = "" if companion.agreed is None else f"{companion.agreed.notice} ({w.clock(companion.agreed.at)})"
        yield {
            **_common(row, "companion", name, w),
            **stay_cells(companion.stay, w),
            "checked in": w.clock(companion.arrived_at),
            "notices agreed to": agreed,
            "terms agreed to": _joined(f"{provider} {version}" for provider, version in companion.terms),
        }
    for host, name in zip(row.line.hosts, row.host_names, strict=True):
        yield {
            **_common(row, "interviewer", name, w),
            "first in": w.clock(host.first_at),
            "last out": w.clock(host.last_at),
        }


def _common(row: AttendanceRow, kind: str, name: str, w: Wording) -> dict[str, str]:
    return {
        "number": row.number,
        "name": name,
        "line of": word(KINDS, kind, w.language),
        "room": w.rooms.get(row.room, row.room),
        "start": w.minute(row.starts_at),
    }


# --- what a page says in the same words --------------------------------------------------------------------------


def deadline_cells(line: Line, w: Wording) -> dict[str, str]:
    """Each deadline as planned and as it held; the start only where a pause has moved it."""
    due = {one.name: one for one in line.deadlines}
    moved = due["starts_at"].at != due["starts_at"].planned
    said = {"start, pauses added": w.clock(due["starts_at"].at) if moved else ""}
    for name in SHOWN:
        label = DEADLINES[name][1]
        said[f"{label}, planned"] = w.clock(due[name].planned)
        said[f"{label}, applied"] = applied(due[name], w)
    return said


def applied(deadline: Deadline, w: Wording) -> str:
    """With pauses and word from the candidate, which may have taken it away."""
    if deadline.at is None and deadline.planned is not None:
        return w.say(("なし(連絡あり)", "none (word was given)"))
    return w.clock(deadline.at)


def verdict_cells(line: Line, w: Wording) -> dict[str, str]:
    found = line.verdict
    return {
        "verdict": verdict_word(line, w),
        "minutes late": str(found.minutes) if found.minutes else "",
        "stage": word(STAGES, found.stage, w.language),
        "rule": f"{word(RULE_WORDS, found.rule, w.language)} [{found.rule}]",
        "reason": _joined(f"{word(MARKS, name, w.language)} {w.clock(at)}" for name, at in found.by if name in MARKS),
        "entries": " ".join(f"#{offset}" for offset in found.rests_on),
    }


def verdict_word(line: Line, w: Wording) -> str:
    return word(VERDICTS, label_of(line), w.language)


def label_of(line: Line) -> str:
    """Of ``VERDICTS``. Whose time has not come has not failed to arrive; what the rules made void nobody cancelled."""
    if line.ahead:
        return "still_ahead"
    return "void" if line.verdict.rule == "booking.void" else line.verdict.code


def stay_cells(stay: Stay | None, w: Wording) -> dict[str, str]:
    if stay is None:
        return {}
    out = w.say(("在室中", "still inside")) if stay.inside else w.clock(stay.last_out)
    said = {"first in": w.clock(stay.first_in), "last out": out}
    return said | {"minutes inside": str(stay.minutes), "visits": str(stay.visits)}


def consent_cells(line: Line, w: Wording) -> dict[str, str]:
    """Which version of each text was agreed to, and which checklist was ticked, when."""

    def agreed(kind: str) -> str:
        found = (one for one in line.agreements if one.document.partition(":")[0] == kind)
        return _joined(
            f"{one.document.partition(':')[2]} {one.version}".strip() + f" ({w.clock(one.at)})" for one in found
        )

    ticked = (f"{len(one.items)}/{one.lines} [{one.version}] ({w.clock(one.at)})" for one in line.declared)
    return {
        "notices agreed to": agreed("notice"),
        "terms agreed to": agreed("terms"),
        "other texts agreed to": agreed("text"),
        "checklist": _joined(ticked),
    }


def _tests(line: Line, w: Wording) -> str:
    """The last device check of each day."""
    last = {w.clock(test.at)[:10]: test for test in line.tested}
    words = {True: w.say(("問題なし", "all well")), False: w.say(("問題あり", "with trouble"))}
    return _joined(f"{w.clock(test.at)} ({words[test.ok]})" for test in last.values())


def booking_cells(line: Line, w: Wording) -> dict[str, str]:
    by = w.say(("本人", "candidate") if (line.confirmed_by or "").startswith("candidate:") else ("主催者", "staff"))
    late = w.say(("期限のあと", "after the day for it"))
    return {
        "booking confirmed": "" if line.confirmed_at is None else f"{w.clock(line.confirmed_at)} ({by})",
        "link reported missing": w.clock(line.reported_at) + (f" ({late})" if line.reported_late else ""),
    }


def identity_word(line: Line, w: Wording) -> str:
    if line.identity is None:
        return ""
    said = w.say(("済", "confirmed") if line.identity else ("疑義", "doubted"))
    steps = w.say(("・", ", ")).join(word(STEPS, step, w.language) for step in line.identity_steps)
    lacks = w.say(("・", ", ")).join(
        word(STEPS, step, w.language) for step in line.identity_wanted if step not in line.identity_steps
    )
    unlooked = w.say((f"未確認: {lacks}", f"not looked at: {lacks}")) if lacks and line.identity else ""
    return f"{said} ({'; '.join(part for part in (steps, unlooked) if part)})" if steps or unlooked else said


def _joined(parts: Iterator[str]) -> str:
    return " / ".join(parts)
