"""How a document becomes a frozen object, and back: every field names the reader of its values.

A reader answers the value as the object has it, or raises Unfit for one of the wrong kind. Reading a whole document
never fails: what is unfit has its default.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any, TypeVar

T = TypeVar("T")
Reader = Callable[[object], Any]

MOST = 2**40  # seconds or days that a policy can say; beyond, it was a slip of somebody's finger
MAX_ITEMS = 400  # of one list: a year's closing days, every day
MAX_TEXT = 200  # of one word, pattern or version
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


class Unfit(ValueError):
    """A value of the wrong kind. Never leaves this module."""


def said(default: T, reads: Reader) -> T:
    """A field of a dataclass that is read by ``reads``."""
    made: T = dataclasses.field(default=default, metadata={"reads": reads})
    return made


def read(cls: type[T], document: Mapping[str, Any]) -> T:
    """Total: what is missing or unfit has its default."""
    given: dict[str, Any] = {}
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]  # every cls here is a dataclass
        if field.name in document:
            with suppress(Unfit):
                given[field.name] = field.metadata["reads"](document[field.name])
    return cls(**given)


def written(value: object) -> Any:
    """As JSON values, every default written out: a later release's defaults do not change an earlier journal."""
    if dataclasses.is_dataclass(value):
        return {field.name: written(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return [written(one) for one in value] if isinstance(value, tuple) else value


# --- readers -----------------------------------------------------------------------------------------------------


def natural(value: object) -> int:
    """A whole number from 0 on."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
        raise Unfit
    return value


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Unfit
    return value


def text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise Unfit
    return value


def day(value: object) -> str:
    """``2026-12-29``, a day of the calendar."""
    try:
        return date.fromisoformat(text(value)).isoformat()
    except ValueError as error:
        raise Unfit from error


def clock(value: object) -> str:
    """``09:00``."""
    if _CLOCK.fullmatch(text(value)) is None:
        raise Unfit
    return text(value)


def pattern(value: object) -> str:
    """A regular expression."""
    try:
        re.compile(text(value))
    except (re.error, OverflowError, RecursionError) as error:
        raise Unfit from error
    return text(value)


def choice(*words: str) -> Reader:
    def reads(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise Unfit
        return value

    return reads


def nullable(reads: Reader) -> Reader:
    """None where a person decides."""
    return lambda value: None if value is None else reads(value)


def many(reads: Reader) -> Reader:
    """A list, whole or not at all."""

    def read_all(value: object) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)) or len(value) > MAX_ITEMS:
            raise Unfit
        return tuple(reads(one) for one in value)

    return read_all


def part(cls: type[Any]) -> Reader:
    """An object within the document."""

    def reads(value: object) -> Any:
        if not isinstance(value, Mapping):
            raise Unfit
        return read(cls, value)

    return reads
