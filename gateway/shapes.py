"""A body's schema, compiled once: a quick reader that says yes, and jsonschema for everything else.

Nearly every body is as its schema says, and jsonschema needs 100 µs to find that out. The quick reader knows the plain
keywords that our schemas use and is sure of itself: where it says yes, jsonschema would too. Where it does not,
jsonschema decides, and says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import Draft202012Validator

Reader = Callable[[Any], bool]
_TYPES: Mapping[str, type] = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
_SAID = frozenset({"title", "description"})  # keywords that hold for every value


class Shape:
    """``schema`` is a JSON schema (2020-12)."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.validator = Draft202012Validator(dict(schema))
        self._surely = _reader(schema) or _unsure

    def surely_fits(self, value: Any) -> bool:
        """True: it is what the schema says. False: ask ``validator``."""
        return self._surely(value)


def _unsure(_: Any) -> bool:
    return False


def _reader(schema: Any) -> Reader | None:
    """None for a schema that holds more than the quick reader knows."""
    wanted = _TYPES.get(str(schema.get("type"))) if isinstance(schema, Mapping) else None
    if wanted is None:
        return None
    rules = [
        _RULES[wanted][keyword](schema, said) if keyword in _RULES[wanted] else None
        for keyword, said in schema.items()
        if keyword != "type" and keyword not in _SAID
    ]
    known = [rule for rule in rules if rule is not None]
    if len(known) != len(rules):
        return None
    return lambda value: type(value) is wanted and all(rule(value) for rule in known)


# --- keywords: each makes a reader for values of its type, None when it cannot ---------------------------------------


def _properties(_: Mapping[str, Any], said: Mapping[str, Any]) -> Reader | None:
    readers = {name: _reader(schema) for name, schema in said.items()}
    sure = {name: reader for name, reader in readers.items() if reader is not None}
    if len(sure) != len(readers):
        return None
    return lambda value: all(reader(value[name]) for name, reader in sure.items() if name in value)


def _required(_: Mapping[str, Any], said: Any) -> Reader:
    return frozenset(said).issubset


def _additional(schema: Mapping[str, Any], said: Any) -> Reader | None:
    if said is not False or "patternProperties" in schema:
        return None
    return frozenset(schema.get("properties", ())).issuperset


def _pattern(_: Mapping[str, Any], said: str) -> Reader:
    search = re.compile(said).search
    return lambda value: search(value) is not None


def _one_of_words(_: Mapping[str, Any], said: Any) -> Reader:
    return frozenset(word for word in said if type(word) is str).__contains__


def _items(_: Mapping[str, Any], said: Any) -> Reader | None:
    reader = _reader(said)
    return None if reader is None else lambda value: all(reader(item) for item in value)


def _unique(_: Mapping[str, Any], said: Any) -> Reader:
    def words_apart(value: Any) -> bool:
        return said is False or (all(type(item) is str for item in value) and len(set(value)) == len(value))

    return words_apart


_RULES: Mapping[type, Mapping[str, Callable[[Mapping[str, Any], Any], Reader | None]]] = {
    dict: {"properties": _properties, "required": _required, "additionalProperties": _additional},
    list: {
        "items": _items,
        "uniqueItems": _unique,
        "minItems": lambda _, said: lambda value: len(value) >= said,
        "maxItems": lambda _, said: lambda value: len(value) <= said,
    },
    str: {
        "pattern": _pattern,
        "enum": _one_of_words,
        "minLength": lambda _, said: lambda value: len(value) >= said,
        "maxLength": lambda _, said: lambda value: len(value) <= said,
    },
    int: {
        "minimum": lambda _, said: lambda value: value >= said,
        "maximum": lambda _, said: lambda value: value <= said,
    },
    bool: {},
}
