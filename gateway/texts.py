"""The sentences that people read, in Japanese and English: ``locale/*.json``, flat, keyed ``common.save``.

Templates get a ``Texts`` as ``t``; pages carry the part that their scripts need as a block of JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal

Language = Literal["ja", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("ja", "en")
LOCALE: Final = Path(__file__).parent / "locale"
_FIELD: Final = re.compile(r"\{([a-z_]+)\}")


class Texts:
    """All sentences of one language. ``t(key, name=value)`` fills ``{name}``; an unknown key is its own text."""

    def __init__(self, lang: Language, messages: Mapping[str, str]) -> None:
        self.lang, self.messages = lang, messages

    def __call__(self, key: str, **values: object) -> str:
        text = self.messages.get(key, key)
        return _FIELD.sub(lambda field: str(values.get(field[1], field[0])), text)

    def __contains__(self, key: object) -> bool:
        return key in self.messages

    def only(self, *prefixes: str) -> dict[str, str]:
        """The sentences whose keys start with one of the prefixes, for a page's scripts."""
        return {key: text for key, text in self.messages.items() if key.startswith(prefixes)}


@cache
def texts(lang: Language) -> Texts:
    """Read once per process; every ``*.{lang}.json`` beside ``{lang}.json`` adds its own keys."""
    messages: dict[str, str] = {}
    for path in (LOCALE / f"{lang}.json", *sorted(LOCALE.glob(f"*.{lang}.json"))):
        messages |= json.loads(path.read_text("utf-8"))
    return Texts(lang, messages)


def negotiate(query: str | None, accept: str) -> Language:
    """``?lang=`` when it names a language of ours, else the better one of ``Accept-Language``, else Japanese."""
    if query in LANGUAGES:
        return query
    wanted: list[tuple[float, Language]] = []
    for part in accept.split(",")[:20]:  # nobody speaks more; a header may hold thousands
        name, _, weight = part.strip().partition(";q=")
        base = name.lower().split("-")[0]
        wanted.extend((_weight(weight), lang) for lang in LANGUAGES if base == lang)
    return max(wanted, key=lambda choice: choice[0], default=(0.0, LANGUAGES[0]))[1]


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
