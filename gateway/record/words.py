"""The words of the attendance record, Japanese and English: verdicts, phases, sides, headings."""

from __future__ import annotations

from collections.abc import Mapping

Pair = tuple[str, str]  # Japanese, English

VERDICTS: Mapping[str, Pair] = {
    "on_time": ("定刻", "on time"),
    "after_arrive_by": ("受付締切後(開始前)", "after arrive-by, before the start"),
    "late": ("遅刻", "late"),
    "excused": ("遅れ(当方の事由)", "excused (our doing)"),
    "still_ahead": ("これから", "still ahead"),
    "not_arrived": ("未到着", "not arrived"),
    "arrived_refused": ("到着(遅刻のため入室不可)", "arrived, refused for being late"),
    "not_there_when_called": ("受付後・呼出時不在", "checked in, not there when called"),
    "technical_difficulty": ("接続できず(試行の記録あり)", "tried, could not get in"),
    "absent": ("欠席", "absent"),
    "deemed_cancelled": ("みなし取消(連絡なし)", "deemed cancelled, no contact"),
    "cancelled": ("取消", "cancelled"),
    "broken_off": ("中断", "broken off"),
    "not_held": ("実施できず(当方の事由)", "not held (our doing)"),
    "interviewers_absent": ("実施できず(面接官不在)", "not held, no interviewer"),
}
PHASES: Mapping[str, Pair] = {
    "expected": ("未受付", "expected"),
    "preparing": ("準備中", "preparing"),
    "waiting": ("待機中", "waiting"),
    "admitting": ("入室中", "admitting"),
    "in_session": ("面接中", "in session"),
    "finished": ("終了", "finished"),
    "broken_off": ("中断終了", "broken off"),
    "absent": ("欠席", "absent"),
    "cancelled": ("取消", "cancelled"),
}
SIDES: Mapping[str, Pair] = {
    "candidate": ("受験者側", "candidate's side"),
    "staff": ("主催者側", "our side"),
    "provider": ("接続先", "provider"),
    "gateway": ("システム", "gateway"),
}


def pick(pair: Pair, language: str) -> str:
    """The one of the two that this reader reads."""
    return pair[0] if language == "ja" else pair[1]


def word(table: Mapping[str, Pair], code: str | None, language: str) -> str:
    """A code in words; a code that the table does not know is its own word."""
    return pick(table.get(code, (code, code)), language) if code else ""
