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
    "void": ("予約無効(返事なし)", "booking void, no reply"),
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


KINDS: Mapping[str, Pair] = {
    "candidate": ("受験者", "candidate"),
    "companion": ("同伴者", "companion"),
    "interviewer": ("面接官", "interviewer"),
}
STEPS: Mapping[str, Pair] = {
    "number": ("番号", "number"),
    "name": ("氏名", "name"),
    "date_of_birth": ("生年月日", "date of birth"),
    "photo": ("写真", "photograph"),
    "document": ("身分証", "identity document"),
}
DEADLINES: Mapping[str, Pair] = {
    "opens_at": ("受付開始", "check-in opens"),
    "arrive_by": ("受付締切", "arrive by"),
    "starts_at": ("開始", "start"),
    "late_after": ("これより後は遅刻", "late after"),
    "absent_after": ("これより後は欠席を提案", "absence proposed after"),
    "refused_after": ("これより後は入室を制限", "late entry restricted after"),
    "almost_up": ("終了予告", "time almost up"),
    "time_up": ("時間終了", "time up"),
}
MARKS: Mapping[str, Pair] = {
    "arrived_at": ("受付", "checked in"),
    "arrive_by": ("受付締切", "arrive by"),
    "late_after": ("遅刻の境", "late after"),
    "gap_from": ("当方の停止 始", "our gap from"),
    "gap_to": ("当方の停止 終", "our gap to"),
    "starts_at": ("開始", "start"),
    "overdue_at": ("欠席の提案", "absence proposed"),
    "ended_at": ("終了の記録", "ended"),
    "tried_number": ("番号が合わず", "number did not match"),
    "tried_device": ("機器の確認に失敗", "a check failed"),
    "tried_cannot_connect": ("接続できないとの連絡", "said they could not connect"),
    "tried_claim": ("席の申し出", "claimed the seat"),
    "outage_from": ("接続先の停止 始", "provider down from"),
    "outage_to": ("接続先の停止 終", "provider down to"),
}
STAGES: Mapping[str, Pair] = {
    "proposed": ("提案のまま", "proposed"),
    "confirmed": ("確定", "confirmed"),
    "withdrawn": ("取り下げ", "withdrawn"),
}
RULE_WORDS: Mapping[str, Pair] = {
    "arrival.on_time": ("受付締切までに受付をした。", "Checked in up to and including the arrive-by time."),
    "arrival.after_arrive_by": (
        "受付締切を過ぎ、遅刻の境までに受付をした。",
        "Checked in after the arrive-by time, and not later than the late-after time.",
    ),
    "arrival.late": (
        "遅刻の境を過ぎて受付をした。分は開始から、始まった分を1分と数える。",
        "Checked in after the late-after time; begun minutes from the start.",
    ),
    "arrival.excused": (
        "境の時刻に当方のシステムが止まっていた。",
        "Behind a deadline during which our own service was down.",
    ),
    "arrival.refused": (
        "遅れての入室の限度を過ぎて来たため、規則により入室できなかった。",
        "Came after the time for late entry and was refused by that rule.",
    ),
    "arrival.none_yet": ("受付をしていない。何も決定していない。", "Has not checked in, and nothing was decided."),
    "trying.failed": (
        "欠席の時刻より前に入ろうとして、入れなかった。",
        "Tried to come before the absence was due, and never got in.",
    ),
    "absence.proposed": (
        "欠席の時刻までに受付がない。担当者の判断を待つ。",
        "Not checked in when the absence was due: for a person to decide.",
    ),
    "absence.confirmed": ("受付がなく、欠席と確定した。", "Not checked in, and confirmed as absent."),
    "absence.withdrawn": (
        "欠席を取り下げた。その後の受付はない。",
        "An absence was taken back; nobody has checked in since.",
    ),
    "absence.without_contact": (
        "連絡がなく欠席した。規則により取消とみなす。",
        "Absent without a word, which the rules deem a cancellation.",
    ),
    "call.not_there": ("受付をしたが、呼び出しのときにいなかった。", "Checked in, and not there when called."),
    "booking.cancelled": ("始まる前に取り消した。", "Cancelled before the interview began."),
    "booking.void": ("期限までに予約の確認がなかった。", "The booking was not confirmed in time."),
    "not_held.ours": (
        "接続先またはシステムの事由で実施しなかった。",
        "Not held because of the provider or the gateway.",
    ),
    "not_held.interviewers": ("面接官が来ず、実施しなかった。", "Not held because no interviewer came."),
    "room.broken_off": ("始まってから中断した。", "Began and was broken off."),
}
