"""The sentences: both languages have the same ones, what a page or a script asks for is there, and every refusal and
problem has its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.sentences import KINDS
from gateway.texts import LANGUAGES, LOCALE, Language, texts
from waiting_room.errors import REFUSALS

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "gateway"
_FIELD = re.compile(r"\{([a-z_]+)\}")
_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
# t("key") and t(x ? "key" : "key") in scripts, t('key') in templates.
_CALL = re.compile(r"(?<![\w.])t\(\s*((?:[^()`]|\([^()]*\))*?)(?=[,)`])")
_QUOTED = re.compile(r"""["']([a-z_]+(?:\.[a-z0-9_#-]+)+)["']""")
# In t(`zone.${zone}`) the part before the first gap.
_BEGUN = re.compile(r"(?<![\w.])t\(\s*`([a-z_]+\.[a-z0-9_.-]*?)\$\{")


def keys(lang: Language) -> set[str]:
    """Every key, without the singulars (``key#one``), which a language has where its grammar needs them."""
    return {key for key in texts(lang).messages if "#" not in key}


def sources() -> Iterator[tuple[str, str, str]]:
    """(file, what stands before its keys, text) of each template and script. A page whose scripts take ``t`` from a
    ``words.js`` of its own leaves its name out of the keys."""
    for path in sorted([*PAGES.glob("templates/**/*.html"), *PAGES.glob("static/**/*.js")]):
        text = path.read_text(encoding="utf-8")
        own = re.search(r"""import {[^}]*\bt\b[^}]*} from "./words.js\"""", text)
        shorter = own or (path.name == "words.js" and "export function t(key" in text)
        yield path.name, f"{path.parent.name}." if shorter else "", text


def asked_for() -> Iterator[tuple[str, str]]:
    """(file, key) for each key that is written out in a template or a script."""
    for name, before, text in sources():
        for call in _CALL.findall(text):
            yield from ((name, before + key) for key in _QUOTED.findall(call))


def test_both_languages_have_the_same_sentences_with_the_same_gaps() -> None:
    assert keys("ja") == keys("en")
    gaps = {lang: {key: set(_FIELD.findall(texts(lang).messages[key])) for key in keys(lang)} for lang in LANGUAGES}
    assert gaps["ja"] == gaps["en"]


def test_no_key_is_in_two_files_of_a_language() -> None:
    for lang in LANGUAGES:
        files = [*LOCALE.glob(f"{lang}.json"), *LOCALE.glob(f"*.{lang}.json")]
        seen = [m for path in files for m in re.findall(r'^\s*"([^"]+)":', path.read_text("utf-8"), re.MULTILINE)]
        assert len(seen) == len(set(seen)), sorted(key for key in set(seen) if seen.count(key) > 1)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sentence_is_in_its_language(lang: Language) -> None:
    """English has no kana or kanji but a few as examples and the name of the other language. No sentence is blank."""
    for key, text in texts(lang).messages.items():
        if lang == "en" and "lang" not in key:
            assert len(_JAPANESE.findall(text)) < len(text) / 10, key
        assert text.strip(), key


def test_what_pages_and_scripts_ask_for_is_there() -> None:
    wanted = list(asked_for())
    assert len(wanted) > 50  # the pattern still reads the sources
    assert [(name, key) for name, key in wanted if key not in keys("ja")] == []


def test_keys_that_a_script_completes_have_something_to_complete() -> None:
    begun = {(name, before + start) for name, before, text in sources() for start in _BEGUN.findall(text)}
    assert {(name, start) for name, start in begun if not any(key.startswith(start) for key in keys("ja"))} == set()


def test_every_refusal_of_the_core_has_a_sentence_in_both_languages() -> None:
    assert REFUSALS.keys() - KINDS.keys() == set()


def test_every_code_that_is_raised_is_in_its_table() -> None:
    assert {code for code in _raised("Refused", "waiting_room") if code not in REFUSALS} == set()
    assert {code for code in _raised("Problem", "gateway") if code not in KINDS} == set()


def _raised(name: str, package: str) -> Iterator[str]:
    """First arguments of every call of ``name``, where they are written out."""
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _called(node) == name and node.args:
                yield from _codes(node.args[0])


def _codes(expression: ast.expr) -> Iterator[str]:
    """The strings that an expression may come to: of ``a if x == "b" else c`` not the ``"b"``."""
    if isinstance(expression, ast.IfExp):
        yield from _codes(expression.body)
        yield from _codes(expression.orelse)
    elif isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        yield expression.value


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def test_the_table_of_problems_speaks_both_languages() -> None:
    for code, kind in KINDS.items():
        assert _JAPANESE.search(kind.ja), code
        assert kind.en, code
        assert not _JAPANESE.search(kind.en), code
        assert 400 <= kind.status <= 599, code
