"""One spelling per value, and a reader that takes nothing for granted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waiting_room.codec import MAX_JSON_DEPTH, canonical_json, parse_json, parse_stored
from waiting_room.errors import Malformed

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


@given(JSON)
def test_a_value_comes_back_and_has_one_spelling(value: Any) -> None:
    data = canonical_json(value)
    assert parse_json(data) == parse_stored(data) == value
    assert canonical_json(parse_json(data)) == data
    assert canonical_json(parse_json(json.dumps(value, indent=1).encode())) == data


def test_keys_are_sorted_and_nothing_is_escaped_that_need_not_be() -> None:
    assert canonical_json({"名": ["é", 1], "a": None}) == '{"a":null,"名":["é",1]}'.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), "\ud800", {"\udfff": 1}, {1: 1, "1": 2}, b""])
def test_what_json_has_no_word_for_is_refused(value: object) -> None:
    with pytest.raises(Malformed):
        canonical_json(value)


def test_a_value_that_holds_itself_is_refused() -> None:
    ring: list[Any] = []
    ring.append(ring)
    with pytest.raises(Malformed):
        canonical_json(ring)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "line 1"),
        (b"{", "line 1"),
        (b'{"a":1} x', "line 1"),
        (b"\xff\xfe", "UTF-8"),
        (b"\xef\xbb\xbf{}", "line 1"),
        (b'{"a":1,"a":1}', "twice"),
        (b'[{"a":{"b":1,"b":2}}]', "twice"),
        (b"NaN", "NaN"),
        (b"[-Infinity]", "NaN"),
        (b"1e999", "too large"),
        (b"9" * 5_000, "too long"),
        (rb'"\ud800"', "UTF-8"),
        (rb'{"\udc00":1}', "UTF-8"),
        (b"[" * 100_000, "deeper"),
        (b"[" * 33 + b"]" * 33, "deeper"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "deeper"),
        (b'"' + b"x" * 2**20 + b'"', "longer"),
    ],
)
def test_anything_but_strict_json_within_the_bounds_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(Malformed, match=sentence):
        parse_json(data)


def test_depth_counts_levels_and_not_brackets() -> None:
    deepest = b"[" * MAX_JSON_DEPTH + b"]" * MAX_JSON_DEPTH
    assert parse_json(deepest) is not None
    assert parse_json(b"[" + b"{}," * 5_000 + b"{}]")
    assert parse_json(b'"' + b"[" * 5_000 + b'"') == "[" * 5_000


def test_a_refusal_does_not_repeat_the_input() -> None:
    for data in (b'{"name": "Sakura" "x"}', b'{"Sakura": 1, "Sakura": 2}', b'["Sakura", NaN]'):
        with pytest.raises(Malformed) as refused:
            parse_json(data)
        assert "Sakura" not in str(refused.value)


@pytest.mark.parametrize("data", [b"", b"\xff", b"[" * 100_000])
def test_a_stored_value_that_is_no_json_is_said_so(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_stored(data)
