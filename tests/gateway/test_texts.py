"""The sentences: both languages say the same things, and no page asks for one that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.texts import LOCALE, negotiate, texts

GATEWAY = LOCALE.parent
FIELD = re.compile(r"\{([a-z_]+)\}")
USED = re.compile(r"""\bt\(\s*"([a-z0-9_.#-]+)"|\{\{ t\("([a-z0-9_.-]+)"\) \}\}""")
JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")


def _sources() -> list[Path]:
    scripts = [path for path in (GATEWAY / "static").rglob("*.js") if not {"console", "admin"} & set(path.parts)]
    return [
        *scripts,
        *(GATEWAY / "templates" / name for name in ("base.html", "landing.html", "video.html", "candidate.html")),
    ]


def test_both_languages_have_the_same_sentences() -> None:
    japanese, english = texts("ja").messages, texts("en").messages
    without_singular = {key for key in english if "#" not in key}
    assert without_singular == {key for key in japanese if "#" not in key}


def test_a_sentence_has_the_same_fields_in_both_languages() -> None:
    japanese, english = texts("ja").messages, texts("en").messages
    differing = [
        key
        for key in japanese
        if "#" not in key and set(FIELD.findall(japanese[key])) != set(FIELD.findall(english[key]))
    ]
    assert differing == []


def test_english_is_english() -> None:
    mixed = [
        key
        for key, text in texts("en").messages.items()
        if JAPANESE.search(text)
        and not key.startswith(("console.", "admin."))
        and not key.endswith(".other_lang")  # shown to everybody beside the page's own language
    ]
    assert mixed == []


def test_no_page_asks_for_a_sentence_that_is_not_there() -> None:
    words = texts("ja")
    asked = {key for path in _sources() for pair in USED.findall(path.read_text("utf-8")) for key in pair if key}
    assert {key for key in asked if key not in words} == set()


@pytest.mark.parametrize(
    ("query", "accept", "language"),
    [
        (None, "", "ja"),
        (None, "en-US,en;q=0.9", "en"),
        (None, "fr,ja;q=0.5,en;q=0.4", "ja"),
        (None, "de;q=x, *", "ja"),
        ("en", "ja", "en"),
        ("fr", "en", "en"),
    ],
)
def test_the_language_is_the_asked_one_else_the_browsers_else_japanese(
    query: str | None, accept: str, language: str
) -> None:
    assert negotiate(query, accept) == language


def test_fields_are_filled_and_unknown_keys_are_their_own_text() -> None:
    assert texts("en")("common.minutes", n=5) == "5 minutes"
    assert texts("en")("no.such") == "no.such"
