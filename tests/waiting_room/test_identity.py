"""How numbers and names are typed on a phone, and what is left for a person to look at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waiting_room.identity import MAX_TYPED, VARIANTS, compare, fold_number, spans


@pytest.mark.parametrize(
    "typed",
    [
        "A-0123",
        "ａ−０１２３",
        "A‐0123",
        "A–0123",
        "A－0123",
        "Aー0123",
        "Aｰ0123",
        " a - 0123 ",
        "A\u30000123"[:1] + "-0123",
    ],
)
def test_a_number_is_the_same_however_it_is_typed(typed: str) -> None:
    assert fold_number(typed) == "A-0123"


def test_leading_zeros_matter() -> None:
    assert fold_number("0123") != fold_number("123")


def test_an_empty_number_on_the_roster_matches_nothing() -> None:
    assert not compare("", "x", "", "x", "").number_matches


@pytest.mark.parametrize(
    ("typed", "roster", "kana", "explain"),
    [
        ("髙橋一郎", "髙橋一郎", "", ()),
        ("高橋一郎", "髙橋一郎", "", ("variant_character",)),
        ("山崎 花", "山﨑花", "", ("spacing", "variant_character")),
        ("渡邉", "渡辺", "", ("variant_character",)),
        ("斎藤", "齋藤", "", ("variant_character",)),
        ("吉田", "𠮷田", "", ("variant_character",)),
        ("葛\U000e0100城", "葛城", "", ("width",)),
        ("ﾀﾞｲ", "ダイ", "", ("width",)),
        ("やまだ たろう", "山田太郎", "ﾔﾏﾀﾞ ﾀﾛｳ", ("kana_typed",)),
        ("キヨウコ", "京子", "きょうこ", ("kana_typed",)),
        ("smith", "SMITH", "", ("letter_case",)),
    ],
)
def test_the_same_person_is_no_difference(typed: str, roster: str, kana: str, explain: tuple[str, ...]) -> None:
    found = compare("1", typed, "１", roster, kana)
    assert (found.number_matches, found.name_empty, found.differs, found.spans) == (True, False, (), ())
    assert found.explain == explain


@pytest.mark.parametrize(
    ("typed", "roster", "marked"),
    [
        ("山田太朗", "山田太郎", ((3, 4),)),
        ("山田 太朗", "山田太郎", ((4, 5),)),
        ("佐藤", "佐藤花子", ((1, 2),)),
        ("鈴木", "佐藤", ((0, 2),)),
        ("ｶﾞｸ", "ガス", ((2, 3),)),
    ],
)
def test_another_name_is_a_difference_and_its_places_are_marked(
    typed: str, roster: str, marked: tuple[tuple[int, int], ...]
) -> None:
    found = compare("1", typed, "1", roster, "")
    assert found.differs == ("name",)
    assert found.spans == marked


@pytest.mark.parametrize("typed", ["", "  ", "\u3000", "\u200b", "\ufe0f"])
def test_a_name_of_nothing_visible_is_empty(typed: str) -> None:
    assert compare("1", typed, "1", "x", "").name_empty


def test_variants_fold_to_characters_that_do_not_fold_further() -> None:
    assert not {ord(base) for base in VARIANTS.values()} & VARIANTS.keys()


@given(st.text(max_size=2 * MAX_TYPED), st.text(max_size=30))
def test_whatever_is_typed_is_compared_and_spans_stay_inside(typed: str, roster: str) -> None:
    compare(typed, typed, roster, roster, roster)
    for start, end in spans(typed, roster):
        assert 0 <= start < end <= min(len(typed), MAX_TYPED)
