"""The quick reader never says yes where jsonschema says no."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.requests import request_schemas
from gateway.shapes import Shape

SCHEMAS = {**request_schemas()["commands"], "enter": request_schemas()["enter"]}
IDS = st.sampled_from(("0123456789abcdef", "short", "with space 12", "0123456789abcdef\n"))
LEAVES = st.one_of(
    IDS, st.none(), st.booleans(), st.integers(-2, 2_000), st.floats(allow_nan=False), st.text(max_size=4),
    st.sampled_from(("1.0", "candidate", "ok", "fail", "x" * 101, "x" * 501)),
)  # fmt: skip
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(IDS, inner, max_size=2))


def bodies(schema: Any) -> st.SearchStrategy[Any]:
    """Bodies near the schema: its names, with values that may or may not be what it wants, and a name too many."""
    known = {name: wanted(part) | VALUES for name, part in schema.get("properties", {}).items()}
    return st.fixed_dictionaries({}, optional={**known, "else": LEAVES}) | VALUES


def wanted(part: Any) -> st.SearchStrategy[Any]:
    if "enum" in part:
        return st.sampled_from(part["enum"])
    return {"integer": st.integers(0, 90), "boolean": st.booleans(), "array": st.lists(LEAVES, max_size=3)}.get(
        str(part.get("type")), st.text("ab1.", max_size=20) | IDS
    )


@pytest.mark.parametrize("name", SCHEMAS)
@settings(max_examples=40)
@given(st.data())
def test_yes_is_what_jsonschema_says_too(name: str, data: st.DataObject) -> None:
    shape = Shape(SCHEMAS[name])
    body = data.draw(bodies(SCHEMAS[name]))
    if shape.surely_fits(body):
        assert shape.validator.is_valid(body)


def test_a_check_in_as_pages_send_it_needs_no_second_reader() -> None:
    body = {"id": "0123456789abcdef", "number": "A00001", "name": "候補 一"}
    assert Shape(SCHEMAS["check-in"]).surely_fits(body)


@pytest.mark.parametrize(
    "body",
    [
        {"id": "0123456789abcdef"},
        {"id": "0123456789abcdef", "name": "n", "more": 1},
        {"id": "0123456789abcdef", "name": True},
        {"id": "short", "name": "n"},
        [],
    ],
)
def test_what_is_not_as_the_schema_says_is_left_to_jsonschema(body: Any) -> None:
    assert not Shape(SCHEMAS["check-in"]).surely_fits(body)


def test_a_schema_with_a_keyword_that_is_not_known_is_left_to_jsonschema() -> None:
    unknown: list[dict[str, Any]] = [{"type": "string", "format": "date"}, {"type": ["string", "null"]}, {"not": {}}]
    for schema in unknown:
        assert not Shape(schema).surely_fits("x")
