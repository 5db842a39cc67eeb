"""What is wrong with a document that a person wrote, all of it at once, in words that name the place.

A fault never repeats the value it complains about: it may be somebody's name, or a secret.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

MAX_FAULTS = 200  # a person mends a file in rounds; more lines than this hide the first ones


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where (``listen.port``, ``rooms[1].id``), a stable code, and a sentence in both languages."""

    path: str
    code: str
    en: str
    ja: str

    def sentence(self, language: str) -> str:
        """With the place in front of it, unless the fault is the whole document's."""
        text = self.ja if language == "ja" else self.en
        return f"{self.path}: {text}" if self.path else text

    def to_json(self) -> dict[str, str]:
        return {"path": self.path, "code": self.code, "en": self.en, "ja": self.ja}


class Faulty(ValueError):
    """A document has faults; nothing was changed."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults[:MAX_FAULTS])
        super().__init__("; ".join(fault.sentence("en") for fault in self.faults))


def schema_faults(schema: Mapping[str, Any], document: object) -> list[Fault]:
    """Every place where the document is not what the schema says, in the document's order of places."""
    validator = Draft202012Validator(dict(schema))
    faults = [fault for error in validator.iter_errors(document) for fault in _explain(error)]
    return sorted(dict.fromkeys(faults), key=lambda fault: fault.path)


def dotted(path: Sequence[str | int]) -> str:
    """``("rooms", 1, "id")`` as ``rooms[1].id``."""
    words = ""
    for step in path:
        if isinstance(step, int):
            words += f"[{step}]"
        else:
            words += f".{step}" if words else step
    return words


def nearest(name: str, known: Sequence[str]) -> str | None:
    """The known name that was probably meant."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return close[0] if close else None


def unknown_key(path: Sequence[str | int], known: Sequence[str]) -> Fault:
    """The last step of ``path`` is a key that nobody knows; the fault names the nearest of the ``known``."""
    guess = nearest(str(path[-1]), known)
    en, ja = "unknown key", "知らない項目です"
    if guess:
        en, ja = f'unknown key; did you mean "{guess}"?', f"知らない項目です。「{guess}」のことですか"
    return Fault(dotted(path), "unknown_key", en, ja)


def _explain(error: ValidationError) -> Iterator[Fault]:
    path = list(error.absolute_path)
    match error.validator:
        case "additionalProperties":
            yield from _unknown_keys(error, path)
        case "required":
            yield from _missing_keys(error, path)
        case "anyOf" | "oneOf":
            yield from _of_the_meant_form(error, path)
        case _:
            en, ja = _words(str(error.validator), error.validator_value)
            yield Fault(dotted(path), f"bad_{_snake(str(error.validator))}", en, ja)


def _unknown_keys(error: ValidationError, path: list[str | int]) -> Iterator[Fault]:
    known = sorted(_as_mapping(_as_mapping(error.schema).get("properties")))
    for key in _as_mapping(error.instance):
        if key not in known:
            yield unknown_key([*path, str(key)], known)


def _missing_keys(error: ValidationError, path: list[str | int]) -> Iterator[Fault]:
    wanted: Any = error.validator_value
    for key in wanted:
        if key not in _as_mapping(error.instance):
            yield Fault(dotted([*path, key]), "missing", "is required", "必須です")


def _of_the_meant_form(error: ValidationError, path: list[str | int]) -> Iterator[Fault]:
    """Of several allowed forms, the faults of the one whose JSON type the value has."""
    meant = [e for e in error.context or () if e.validator != "type" or e.relative_path]
    if not meant:
        yield Fault(dotted(path), "bad_type", "has the wrong type", "型が違います")
    for inner in meant:
        yield from _explain(inner)


_TYPES = {
    "string": ("text", "文字列"),
    "integer": ("a whole number", "整数"),
    "number": ("a number", "数"),
    "boolean": ("true or false", "true か false"),
    "array": ("a list", "一覧(配列)"),
    "object": ("a table of keys and values", "項目と値の組"),
}


def _words(validator: str, value: Any) -> tuple[str, str]:
    match validator:
        case "type":
            allowed = [_TYPES.get(one, (one, one)) for one in ([value] if isinstance(value, str) else value)]
            en, ja = " or ".join(en for en, _ in allowed), "か".join(ja for _, ja in allowed)
            return f"must be {en}", f"{ja}でなければなりません"
        case "enum":
            choices = ", ".join(str(choice) for choice in value)
            return f"must be one of: {choices}", f"次のどれかでなければなりません: {choices}"
        case "minimum" | "exclusiveMinimum":
            return f"must be at least {value}", f"{value} 以上でなければなりません"
        case "maximum" | "exclusiveMaximum":
            return f"must be at most {value}", f"{value} 以下でなければなりません"
        case "minLength" | "minItems" | "minProperties":
            return f"is too short (at least {value})", f"短すぎます({value} 以上)"
        case "maxLength" | "maxItems" | "maxProperties":
            return f"is too long (at most {value})", f"長すぎます({value} まで)"
        case "uniqueItems":
            return "says the same thing twice", "同じものが二度あります"
        case _:
            return "is not written in the expected form", "書き方が正しくありません"


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _as_mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
