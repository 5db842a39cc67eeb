"""The form of the numbers of an event: what fits it, and which forms an office may write down.

A pattern is tried on what strangers type, so it has to be one that ends soon on any text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from waiting_room.identity import fold_number

LONGEST = 40  # characters that are tried: no number is longer
MAX_VARIABLE = 4  # parts of a pattern whose length varies: C(44, 4) ways to part 40 characters, some 0.1 s at worst
KEPT_PATTERNS = 64

_ESCAPED = re.compile(r"\\.")
_CLASS = re.compile(r"\[\^?\]?[^\]]*\]")
_COUNTED = re.compile(r"\{(\d*)(,?)(\d*)\}")
_REPEATED_GROUP = re.compile(r"\)(?:[*+?]|\{)")


def fits(pattern: str | None, typed: str) -> bool:
    """Whether what was typed has the form of a number: as it is in half-width, or folded as numbers are compared."""
    if pattern is None:
        return True
    shown = unicodedata.normalize("NFKC", typed).strip()
    if len(shown) > LONGEST:
        return False
    compiled = _compiled(pattern)
    return any(compiled.fullmatch(text) is not None for text in (shown, fold_number(typed)))


def ends_soon(pattern: str) -> bool:
    """Whether a pattern is one that may be tried on anything: no group is repeated, and few parts vary in length."""
    plain = _CLASS.sub("x", _ESCAPED.sub("x", pattern))
    if _REPEATED_GROUP.search(plain):
        return False
    counted = [m for m in _COUNTED.finditer(plain) if m[2] and m[1] != m[3]]
    return len(counted) + sum(plain.count(sign) for sign in "*+?") <= MAX_VARIABLE


@lru_cache(KEPT_PATTERNS)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
