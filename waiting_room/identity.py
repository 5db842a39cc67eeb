"""Exam number and name: folding, comparing, explaining a difference.

People type what is on their card on a phone: full-width digits, any of a dozen hyphens, 髙 as 高, their kana instead of
their kanji. What is plainly the same person is no difference. What is left is shown to staff with the places marked;
software never decides that somebody is not who they say they are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

MAX_TYPED = 100  # characters of a number or a name that are looked at; the wire allows no more
KEPT_CHARACTERS = 8_192  # folded characters that are remembered: more than all names of a city use

# U+002D and its look-alikes: hyphens, dashes, minus, katakana's long-vowel marks, box drawing as old tables have it.
_HYPHENS = "-‐‑‒–—―⁃−﹣－ーｰ─━"
_HYPHEN = str.maketrans(dict.fromkeys(_HYPHENS, "-"))

# Variant forms of characters in family and given names, each group with the form that it folds to first. Registers
# write them apart, people do not. Compatibility ideographs (U+F900…) are folded by NFKC before.
_GROUPS = (
    "高髙", "崎﨑碕嵜", "辺邊邉", "斎斉齋齊亝", "浜濱濵", "徳德", "吉𠮷", "沢澤", "広廣", "桜櫻", "真眞", "島嶋嶌",
    "国國", "竜龍", "滝瀧", "渋澁澀", "塩鹽", "黒黑", "桑桒", "富冨", "峰峯", "館舘", "恵惠", "栄榮", "円圓",
    "宝寶", "実實", "寿壽", "礼禮", "静靜", "万萬", "与與", "会會", "学學", "関關", "条條", "来來", "豊豐", "県縣",
    "横橫", "緑綠", "清淸", "青靑", "剣劍劔剱", "巌巖", "弥彌", "児兒", "亀龜", "蔵藏", "曽曾", "祢禰", "芦蘆",
    "鉄鐵銕", "柳栁桺", "船舩", "槙槇", "渕淵渊", "薮藪", "桧檜", "郎郞", "朗朖", "猪豬", "増增", "穂穗", "瀬瀨",
    "戸戶", "巻卷", "呉吳", "教敎", "強强", "尚尙", "絵繪", "昇曻", "凛凜", "尭堯", "遥遙", "薫薰", "鴎鷗", "麹麴",
    "頼賴",
)  # fmt: skip


def _variants() -> Mapping[int, str]:
    table: dict[int, str] = {}
    for group in _GROUPS:
        table.update({ord(other): group[0] for other in group[1:]})
    return MappingProxyType(table)


VARIANTS = _variants()
_SMALL_KANA = str.maketrans("ァィゥェォャュョッヮヵヶ", "アイウエオヤユヨツワカケ")
_IGNORED = frozenset("・･.,、。'’＝=")  # separators of names in other scripts

Explanation = Literal["variant_character", "kana_typed", "kana_size", "spacing", "width", "letter_case", "other_name"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``differs``: fields that staff have to look at. ``explain``: why typed and roster look unlike, differences or
    not. ``spans``: half-open ranges of the typed name, in code points, that the roster does not have; only when the
    name differs."""

    number_matches: bool
    name_empty: bool
    differs: tuple[str, ...] = ()
    explain: tuple[Explanation, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()


def fold_number(number: str) -> str:
    """One form for every way to type the same number. Leading zeros matter, letters' case does not."""
    text = unicodedata.normalize("NFKC", number[:MAX_TYPED].translate(_HYPHEN)).translate(_HYPHEN)
    return "".join(c for c in text if not _is_blank(c)).upper()


def fold_name(name: str) -> str:
    """One form for every way to write the same name: no spaces, no variation selectors, variant characters as the
    common ones, hiragana as katakana, Latin in capitals."""
    return "".join(folded for folded, _ in _folded(name))


def compare(typed_number: str, typed_name: str, roster_number: str, roster_name: str, roster_kana: str) -> Comparison:
    """What was typed against the roster. An empty number on the roster matches nothing."""
    number_matches = bool(roster_number) and fold_number(typed_number) == fold_number(roster_number)
    typed = fold_name(typed_name)
    if not typed:
        return Comparison(number_matches, name_empty=True)
    if typed == fold_name(roster_name):
        return Comparison(number_matches, name_empty=False, explain=_same_name(typed_name, roster_name))
    if roster_kana and _fold_kana(typed_name) == _fold_kana(roster_kana):
        return Comparison(number_matches, name_empty=False, explain=("kana_typed",))
    explain: Explanation = "kana_size" if _fold_kana(typed_name) == _fold_kana(roster_name) else "other_name"
    return Comparison(number_matches, False, ("name",), (explain,), spans(typed_name, roster_name))


def spans(typed: str, roster: str) -> tuple[tuple[int, int], ...]:
    """Half-open ranges of ``typed``, in code points, that are not in ``roster``. Where something is only missing, the
    character before the gap is marked, so that there is something to see."""
    ours, theirs = _folded(typed), fold_name(roster)
    matcher = SequenceMatcher(None, "".join(c for c, _ in ours), theirs, autojunk=False)
    marked = [
        (start, end) if end > start else (max(0, start - 1), max(1, start))
        for tag, start, end, _, _ in matcher.get_opcodes()
        if tag != "equal"
    ]
    return tuple((ours[start][1], ours[end - 1][1] + 1) for start, end in marked if end <= len(ours))


def _folded(name: str) -> list[tuple[str, int]]:
    """Folded characters, each with the place in ``name`` that it came from."""
    return [(folded, place) for place, c in enumerate(_composed(name)) for folded in _fold_character(c)]


def _composed(name: str) -> list[str]:
    """Characters with what combines with them (dakuten, also half-width ones) joined to them, so that places stay."""
    parts: list[str] = []
    for c in name[:MAX_TYPED]:
        joins = parts and (unicodedata.combining(c) or c in "ﾞﾟ")
        if joins:
            at = next(i for i in range(len(parts) - 1, -1, -1) if parts[i])
            parts[at] += c
        parts.append("" if joins else c)
    return parts


@lru_cache(KEPT_CHARACTERS)
def _fold_character(c: str) -> str:
    text = unicodedata.normalize("NFKC", c).translate(VARIANTS).upper()
    return "".join(_katakana(x) for x in text if not _is_blank(x) and x not in _IGNORED)


def _katakana(c: str) -> str:
    if c in "〜~":  # both are typed for a long vowel
        return "ー"
    return chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c


@lru_cache(KEPT_CHARACTERS)
def _is_blank(c: str) -> bool:
    """Spaces, controls, zero-width characters and variation selectors."""
    return c.isspace() or unicodedata.category(c) in ("Cc", "Cf", "Zs") or _is_selector(c)


def _is_selector(c: str) -> bool:
    return "\ufe00" <= c <= "\ufe0f" or "\U000e0100" <= c <= "\U000e01ef"


def _fold_kana(name: str) -> str:
    """Kana whatever its size and long-vowel mark: half-width exports have no small kana."""
    return fold_name(name).translate(_SMALL_KANA).translate(_HYPHEN)


def _same_name(typed: str, roster: str) -> tuple[Explanation, ...]:
    """Why two spellings of the same name look unlike; nothing when they do not."""
    if typed == roster:
        return ()
    found: list[Explanation] = []
    a, b = unicodedata.normalize("NFC", typed), unicodedata.normalize("NFC", roster)
    if any(c.isspace() for c in a) != any(c.isspace() for c in b) or len(a.split()) != len(b.split()):
        found.append("spacing")
    if _characters(a) != _characters(b) and _characters(a, VARIANTS) == _characters(b, VARIANTS):
        found.append("variant_character")
    if _characters(a) != _characters(b) and _characters(a).upper() == _characters(b).upper():
        found.append("letter_case")
    return tuple(found) or ("width",)


def _characters(name: str, table: Mapping[int, str] | None = None) -> str:
    text = unicodedata.normalize("NFKC", "".join(c for c in name if not _is_selector(c)))
    return "".join(text.translate(table or {}).split())
