"""What can be wrong with an import of links, in words. None of them repeats a link, a number or a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from providers.harutaka.address import MAX_URL

Column = Literal["number", "room", "candidate", "evaluator"]


@dataclass(frozen=True, slots=True)
class Fault:
    """``line`` counts from 1 as an editor does. ``code`` is a key of ``SENTENCES``; ``details`` are other lines."""

    line: int
    column: Column
    code: str
    details: Mapping[str, int] = field(default_factory=dict)

    @property
    def text(self) -> dict[str, str]:
        """Language -> the sentence, without the place."""
        ja, en = (sentence.format_map(self.details) for sentence in SENTENCES[self.code])
        return {"ja": ja, "en": en}


SENTENCES: Mapping[str, tuple[str, str]] = {
    # a row
    "no_key": ("受験番号も面接室もありません。", "There is neither a number nor a room."),
    "no_candidate": ("候補者ライブURLがありません。", "The candidate's URL is missing."),
    "no_evaluator": ("面接官用URLがありません。", "The interviewer's URL is missing."),
    "room_candidate": (
        "候補者ライブURLは受験者ごとに必要です。面接室で使い回すと、ほかの人の面接に入れてしまいます。",
        "A candidate's URL is for one candidate, never for a room: with it another could enter the interview.",
    ),
    "duplicate_number": ("{other} 行目と同じ受験番号です。", "The number is the same as on line {other}."),
    "duplicate_room": ("{other} 行目と同じ面接室です。", "The room is the same as on line {other}."),
    # a link
    "too_long": (
        f"URLが長すぎます({MAX_URL:,} 文字まで)。",
        f"The URL is too long ({MAX_URL:,} characters at most).",
    ),
    "bad_character": (
        "URLに使えない文字(空白、全角文字など)があります。",
        "The URL has characters that no URL has, such as spaces.",
    ),
    "not_https": ("https:// で始まるURLではありません。", "The URL does not begin with https://."),
    "bad_url": ("URLの書き方が正しくありません。", "This is no URL."),
    "user_in_url": (
        "URLに @ を使った利用者名が入っています。本物のリンクではないおそれがあります。",
        "The URL has a user name before an @: it may lead somewhere else than it seems to.",
    ),
    "port": ("URLにポート番号が入っています。", "The URL has a port."),
    "foreign_host": (
        "harutaka.jp のURLではありません(ほかの宛先は設定 providers.harutaka.hosts で許可します)。",
        "The URL is not under harutaka.jp (others have to be allowed in providers.harutaka.hosts).",
    ),
    "no_room": (
        "ライブルームのURLではありません(トップページのURLです)。",
        "The URL leads to no live room, only to the first page.",
    ),
    "my_live_url": (
        "マイライブURLは受験者ごとのものではなく、主催者が始めるまで誰も入れません。候補者ライブURLが必要です。",
        "A my-live URL (マイライブ) is no candidate's own, and nobody gets in before its host.",
    ),
    # links among each other
    "duplicate_candidate": (
        "{other} 行目の受験者と同じ候補者ライブURLです。",
        "The candidate's URL is the same as another candidate's on line {other}.",
    ),
    "evaluator_is_candidate": (
        "{other} 行目の候補者ライブURLと同じです。面接官用のURLを入れてください。",
        "It is the candidate's URL of line {other}; take the interviewer's.",
    ),
    "taken": (
        "ほかの用途で登録済みのURLです。前に渡した人が、この面接に入れてしまいます。",
        "The URL was imported before, for somebody else: whoever has it could enter this interview.",
    ),
    # warnings: an import is not held up by them
    "my_live_evaluator": (
        "マイライブURLです。候補者ライブルームとは別の部屋になるおそれがあります。",
        "This is a my-live URL (マイライブ): it may lead to another room than the candidate's.",
    ),
    "evaluator_of_two_rooms": (
        "{other} 行目の面接室と同じ面接官用URLです。",
        "The interviewer's URL is the same as that of the room on line {other}.",
    ),
}
WARNINGS = frozenset({"my_live_evaluator", "evaluator_of_two_rooms"})
