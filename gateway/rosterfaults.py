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
        }


def fault(line: int, column: str, code: str, **details: int) -> RosterFault:
    """A fault with one of the codes of ``SENTENCES``; of a slot or number already on the roster, ``other`` is 0."""
    if code == "slot_overlap" and not details.get("other"):
        return RosterFault(line, column, "slot_taken")
    return RosterFault(line, column, code, details)


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
    "duplicate_number": ("{other} 行目と同じ受験番号です。", "The number is the same as on line {other}."),
    "already_on_roster": ("この受験番号はすでに名簿にあります。", "This number is on the roster already."),
    "slot_overlap": ("同じ面接室で {other} 行目と時間が重なります。", "It overlaps line {other} in the same room."),
    "slot_taken": (
        "同じ面接室の登録済みの面接と時間が重なります。",
        "It overlaps an interview that the room has already.",
    ),
}
