"""What can be wrong with a line of a roster, in words; none of them repeats what stands in the cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RosterFault:
    """``line`` counts from 1 as an editor does, 0: the whole file. ``column`` is a column's key, empty: the line."""

    line: int
    column: str
    code: str
    details: Mapping[str, int] = field(default_factory=dict)

    def sentence(self, language: str) -> str:
        """Without the place; see ``to_json``."""
        ja, en = SENTENCES[self.code]
        return (ja if language == "ja" else en).format_map(self.details)

    def to_json(self, language: str) -> dict[str, Any]:
        return {
            "line": self.line,
            "column": self.column,
            "code": self.code,
            "value_hidden": True,
            "sentence": self.sentence(language),
            "rule": self.code in RULES,
        }


def fault(line: int, column: str, code: str, **details: int) -> RosterFault:
    """A fault with one of the codes of ``SENTENCES``; of a slot or number already on the roster, ``other`` is 0."""
    if code == "slot_overlap" and not details.get("other"):
        return RosterFault(line, column, "slot_taken")
    return RosterFault(line, column, code, details)


# The office's own rules for its days: an administrator may import despite them, having been told.
RULES = frozenset({"outside_hours", "closing_day", "longer_than_rules"})

SENTENCES: Mapping[str, tuple[str, str]] = {
    # the file
    "too_large": ("ファイルが大きすぎます(4 MiB まで)。", "The file is too large (4 MiB at most)."),
    "bad_encoding": (
        "文字コードが UTF-8 でも Shift_JIS(cp932)でもありません。",
        "The encoding is neither UTF-8 nor cp932.",
    ),
    "bad_csv": ("CSV として読めません。引用符を確認してください。", "This is no CSV; look at the quotation marks."),
    "empty": ("名簿に行がありません。", "The roster has no lines."),
    "too_many_rows": ("行が多すぎます(5,000 行まで)。", "There are too many lines (5,000 at most)."),
    "too_many_columns": ("列が多すぎます。", "There are too many columns."),
    # the header
    "column_missing": ("必須の列がありません。", "A required column is missing."),
    "column_twice": ("同じ意味の列が二つあります。", "Two columns mean the same."),
    "unknown_column": ("{place} 列目の見出しがわかりません。", "The heading of column {place} is not known."),
    # a line
    "too_many_cells": ("見出しより列の多い行です。", "The line has more cells than the header."),
    "missing": ("必須の項目が空です。", "A required cell is empty."),
    "too_long": ("長すぎます({longest} 文字まで)。", "It is too long ({longest} characters at most)."),
    "control_character": ("使えない文字(制御文字)があります。", "It has characters that cannot be used (controls)."),
    "unknown_room": ("この面接室はイベントにありません。", "The event has no such room."),
    "bad_start": (
        "開始時刻を読み取れません(例 10:00、2026-11-23 10:00)。",
        "The start cannot be read (for example 10:00 or 2026-11-23 10:00).",
    ),
    "no_date": (
        "日付がありません。日付の列か、イベントの date が必要です。",
        "There is no date: add a date column, or a date to the event.",
    ),
    "bad_date": (
        "日付を読み取れません(例 2026-11-23、令和8年11月23日)。",
        "The date cannot be read (for example 2026-11-23).",
    ),
    "bad_email": ("メールアドレスの書き方が正しくありません。", "This is no e-mail address."),
    "bad_telephone": ("電話番号の書き方が正しくありません。", "This is no telephone number."),
    "bad_companions": (
        "同伴者は「氏名(役割)」を「、」で区切り、{most} 人までです。",
        'Write companions as "name (role)", separated by semicolons, {most} at most.',
    ),
    "bad_minutes": (
        "面接の時間は 1 から {most} までの分の数で書いてください。",
        "Write the length in minutes, from 1 to {most}.",
    ),
    "too_many_interviewers": ("面接官は {most} 人までです。", "There are too many interviewers ({most} at most)."),
    "duplicate_number": ("{other} 行目と同じ受験番号です。", "The number is the same as on line {other}."),
    "already_on_roster": ("この受験番号はすでに名簿にあります。", "This number is on the roster already."),
    "resits_unknown": (
        "再面接の元の面接がないか、終わっていないか、すでに再面接が決まっています。",
        "There is no such interview to sit again, or it is not over, or it is being sat again already.",
    ),
    "absent_before": ("この方は前に {times} 回、来ませんでした。", "This person did not come {times} times before."),
    "slot_overlap": ("同じ面接室で {other} 行目と時間が重なります。", "It overlaps line {other} in the same room."),
    "slot_taken": (
        "同じ面接室の登録済みの面接と時間が重なります。",
        "It overlaps an interview that the room has already.",
    ),
    # against what is there
    "is_in_room": (
        "入室中のため、時刻も面接室も変えられません。",
        "This candidate is in the room now: neither time nor room can be changed.",
    ),
    "is_over": (
        "終わった面接、または欠席・取消の面接です。時刻も面接室も変えられません。",
        "This interview is over, or marked absent or cancelled: neither time nor room can be changed.",
    ),
    "slot_of_missing": (
        "この時間には、ファイルにない方の面接が残っています。取り下げないと重なります。",
        "Somebody who is missing from the file has this slot: it overlaps unless they are withdrawn.",
    ),
    "stays_closed": (
        "欠席または取消の面接です。取り込んでも再開されません。",
        "This interview is marked absent or cancelled; the import does not reopen it.",
    ),
    "too_many_at_once": (
        "一度に変更できる量を超えています。ファイルを分けて取り込んでください。",
        "That is more than can be changed at once. Import it in several files.",
    ),
    # the office's rules
    "outside_hours": (
        "規則の受付時間(曜日と時刻)の外です。",
        "It is outside the opening hours (weekday and time) of the event's rules.",
    ),
    "closing_day": ("規則で休みと決めた日です。", "The event's rules name this day as a closing day."),
    "longer_than_rules": (
        "規則で決めた長さ({most} 分)を超えています。",
        "It is longer than the event's rules allow ({most} minutes).",
    ),
    "not_a_business_day": (
        "土日・祝日・年末年始です(この日の行: {lines} 行)。日付を確かめてください。",
        "The day is a weekend, a holiday or at the year's end (lines on it: {lines}). Please check the date.",
    ),
    "number_shape": (
        "規則で決めた番号の形に合いません。",
        "This number does not fit the form that the event's rules name.",
    ),
    "no_companions": (
        "規則では同伴者を認めていません。",
        "By the event's rules there are no companions.",
    ),
    "companions_beyond_rules": (
        "規則では同伴者は {most} 人までです。",
        "By the event's rules there are {most} companions at most.",
    ),
    "lead_too_short": (
        "規則では {lead} 営業日前までに予約を決めます。この日にはもう間に合いません。",
        "By the event's rules a slot is fixed {lead} business days ahead; for this day that has passed.",
    ),
    "interviewer_twice": (
        "同じ面接官が、{other} 行目の別の面接室と時間が重なっています。",
        "An interviewer is at the same time in another room, on line {other}.",
    ),
}
