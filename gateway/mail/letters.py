"""The letters that are mailed: templates that an office may edit, checked as a whole before the first is sent.

A template is a file ``<what>.<language>.txt`` or ``.html``; the first line of the text file is the subject. A file in
the office's folder stands in for the one of the same name in ``templates/``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from jinja2 import DictLoader, StrictUndefined, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import SandboxedEnvironment

from gateway.faults import Fault, Faulty, nearest
from gateway.texts import LANGUAGES, Language
from waiting_room.entries import MailWhat

WHATS: tuple[MailWhat, ...] = get_args(MailWhat)
LAYOUT = "layout.html"
NAMES = (LAYOUT, *(f"{what}.{lang}.{form}" for what in WHATS for lang in LANGUAGES for form in ("txt", "html")))
MAX_TEMPLATE_BYTES = 64 * 2**10  # a letter is a page; more is another file put there by mistake
MAX_SUBJECT = 200  # characters; mail programs show some sixty
_SUBJECT = re.compile(r"(?:Subject|件名)\s*[:\uff1a]\s*(\S.*)")

SAMPLE: Mapping[str, Any] = MappingProxyType(
    {
        "title": "青葉市職員採用試験 第2次面接",
        "name": "青葉 花子",
        "office_name": "青葉市人事課",
        "office_telephone": "050-0000-0001",
        "office_hours": "8:30-17:15",
        "room": "第1面接室",
        "day": "2026年11月28日(土)",
        "starts": "10:00",
        "ends": "10:20",
        "opens": "9:30",
        "arrive_by": "9:55",
        "minutes": 20,
        "reply_by": "2026年11月26日(木) 17:15",
        "link": "https://mensetsu.example/j#aaaaaaaaaaaaaaaaaaaaaa",
        "prepare": "受験票\n本人確認書類",
        "companions": [{"name": "木村 理恵", "link": "https://mensetsu.example/j#bbbbbbbbbbbbbbbbbbbbbb"}],
    }
)
"""Every variable that a template may use, as an example."""
_SPARSE = {**SAMPLE, "prepare": "", "companions": [], "reply_by": ""}


@dataclass(frozen=True, slots=True)
class Letter:
    """One line, plain text, and HTML."""

    subject: str
    text: str
    html: str


class Letters:
    """All templates, compiled. Faulty, with every fault of every file: none of them would be found out at sending."""

    def __init__(self, folder: Path | None = None) -> None:
        self._sources = dict(_shipped())
        faults = list(_theirs(folder, self._sources)) if folder is not None else []
        self._subjects: dict[str, str] = {}
        for name in NAMES:
            if name.endswith(".txt"):
                faults += self._take_subject(name)
        faults = faults or [fault for name in NAMES for fault in self._word_faults(name)]
        faults = faults or [fault for name in NAMES if name != LAYOUT for fault in self._rendering_faults(name)]
        if faults:
            raise Faulty(faults)

    def render(self, what: MailWhat, language: Language, facts: Mapping[str, Any]) -> Letter:
        """The letter with these facts: the variables of ``SAMPLE``. TemplateError."""
        name = f"{what}.{language}"
        subject = self._plain.get_template(f"{name}.subject").render(facts)
        text = self._plain.get_template(f"{name}.txt").render(facts)
        return Letter(one_line(subject), text.strip() + "\n", self._rich.get_template(f"{name}.html").render(facts))

    @cached_property
    def _plain(self) -> SandboxedEnvironment:
        subjects = {name.replace(".txt", ".subject"): line for name, line in self._subjects.items()}
        return _environment({**self._sources, **subjects}, escaped=False)

    @cached_property
    def _rich(self) -> SandboxedEnvironment:
        return _environment(self._sources, escaped=True)

    def _take_subject(self, name: str) -> Iterator[Fault]:
        """The first line off the text, so that no fact, however it reads, can become a line of the other."""
        first, _, rest = self._sources[name].lstrip("\ufeff").partition("\n")
        found = _SUBJECT.fullmatch(first.strip())
        if found is None:
            yield _fault(name, "no_subject", "must begin with a line 'Subject: …'", "1行目は「件名: …」とします")
        else:
            self._subjects[name], self._sources[name] = found[1], rest

    def _word_faults(self, name: str) -> Iterator[Fault]:
        environment = self._rich if name.endswith(".html") else self._plain
        subject = self._subjects.get(name)
        if subject is not None:
            yield from _unknown(environment, name, subject, 1)
        yield from _unknown(environment, name, self._sources[name], 1 if subject is None else 2)

    def _rendering_faults(self, name: str) -> Iterator[Fault]:
        """What only shows when it is filled in: a letter with everything, and one with as little as there can be."""
        environment = self._rich if name.endswith(".html") else self._plain
        for facts in (SAMPLE, _SPARSE):
            try:
                environment.get_template(name).render(facts)
                if name in self._subjects and not one_line(environment.from_string(self._subjects[name]).render(facts)):
                    yield _fault(name, "no_subject", "has an empty subject", "件名が空です")
                    return
            except (TemplateError, TypeError, ValueError, LookupError, ArithmeticError) as error:
                yield _fault(name, "cannot_render", f"cannot be filled in: {error}", f"差し込みできません: {error}")
                return


def one_line(text: str) -> str:
    """Fit for a header: no line break, no control character, not endless."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))[:MAX_SUBJECT].strip()


def _environment(sources: Mapping[str, str], *, escaped: bool) -> SandboxedEnvironment:
    return SandboxedEnvironment(
        loader=DictLoader(dict(sources)),
        autoescape=escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shipped() -> Iterator[tuple[str, str]]:
    folder = files("gateway.mail") / "templates"
    for name in NAMES:
        yield name, (folder / name).read_text("utf-8")


def _theirs(folder: Path, sources: dict[str, str]) -> Iterator[Fault]:
    """Put the office's own files in the place of ours."""
    for path in sorted(folder.iterdir()):
        if path.suffix not in (".txt", ".html") or not path.is_file():
            continue
        if path.name not in NAMES:
            guess = nearest(path.name, NAMES)
            en, ja = "is no letter of ours", "このファイル名の文面はありません"
            yield _fault(path.name, "unknown_file", f"{en}; did you mean {guess}?", f"{ja}。{guess} のことですか")
            continue
        try:
            data = path.read_bytes()
            if len(data) > MAX_TEMPLATE_BYTES:
                yield _fault(path.name, "too_large", "is too large for a letter", "文面としては大きすぎます")
            else:
                sources[path.name] = data.decode("utf-8-sig").replace("\r\n", "\n")
        except (OSError, UnicodeDecodeError):
            yield _fault(path.name, "unreadable", "cannot be read as UTF-8", "UTF-8 として読めません")


def _unknown(environment: SandboxedEnvironment, name: str, source: str, first: int) -> Iterator[Fault]:
    """``first``: the line of the file that the source begins with."""
    try:
        wanted = meta.find_undeclared_variables(environment.parse(source))
        environment.from_string(source)  # filters and tests are looked up when it is compiled
    except TemplateSyntaxError as error:
        line = error.lineno + first - 1
        yield _fault(name, "bad_template", f"line {line}: {error}", f"{line} 行目: {error}")
        return
    for variable in sorted(wanted - SAMPLE.keys()):
        guess = nearest(variable, sorted(SAMPLE))
        line = _line_of(variable, source) + first - 1
        en, ja = f'line {line}: unknown variable "{variable}"', f"{line} 行目: 知らない差し込み項目です: {variable}"
        if guess:
            en, ja = f'{en}; did you mean "{guess}"?', f"{ja}。「{guess}」のことですか"
        yield _fault(name, "unknown_variable", en, ja)


def _line_of(variable: str, source: str) -> int:
    """Of the first place where it stands in a tag; 1 where it is not found as a word."""
    tags = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
    for tag in tags.finditer(source):
        if (found := re.search(rf"\b{re.escape(variable)}\b", tag[0])) is not None:
            return source.count("\n", 0, tag.start() + found.start()) + 1
    return 1


def _fault(name: str, code: str, en: str, ja: str) -> Fault:
    return Fault(f"mail.templates/{name}", code, en, ja)
