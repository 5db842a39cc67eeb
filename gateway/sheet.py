"""The day on paper, for when nothing else works: per room the time, number, name, telephone, and room to write.

It has the telephone numbers because on that day they are what is left to reach people by.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Mapping
from typing import Any

from gateway.attendance import PeopleOf, room_names, zone_of
from gateway.eventfile import say
from gateway.moments import local
from gateway.record.page import rehearsal_mark
from waiting_room.event import Event

_WORDS: Mapping[str, tuple[str, str]] = {
    "time": ("時刻", "Time"),
    "number": ("受験番号", "Number"),
    "name": ("氏名", "Name"),
    "telephone": ("電話番号", "Telephone"),
    "memo": ("受付・連絡・備考", "Arrived, calls, notes"),
    "title": ("紙の予備表", "Paper fallback"),
    "office": ("問合せ", "Office"),
}
COLUMNS = ("time", "number", "name", "telephone", "memo")


def sheet_html(event: Event, people: PeopleOf, language: str = "ja") -> str:
    """A page to print: one table a room, each on its own sheet of paper. Styled by ``/static/sheet.css`` where that is
    served, readable without."""
    title = f"{say(people.settings.get('title', ''), language)} {_word('title', language)}"
    mark = rehearsal_mark(people.settings, language)
    parts = [_room_html(event, people, room, language, mark) for room in room_names(people.settings, event, language)]
    office = _office(people.settings, language)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<link rel="stylesheet" href="/static/sheet.css"></head><body class="sheet">'
        f"{mark}<h1>{html.escape(title)}</h1><p>{html.escape(office)}</p>{''.join(parts)}</body></html>"
    )


def sheet_text(event: Event, people: PeopleOf, language: str = "ja") -> str:
    """The same for a printer that knows nothing but text."""
    lines = [
        f"{say(people.settings.get('title', ''), language)} {_word('title', language)}",
        _office(people.settings, language),
    ]
    for room, name in room_names(people.settings, event, language).items():
        table = [[_word(column, language) for column in COLUMNS], *_rows(event, people, room)]
        widths = [max(_width(row[place]) for row in table) for place in range(4)]
        lines += ["", f"== {name} =="]
        lines += ["  ".join(_pad(cell, width) for cell, width in zip(row, [*widths, 24], strict=True)) for row in table]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _room_html(event: Event, people: PeopleOf, room: str, language: str, mark: str) -> str:
    name = room_names(people.settings, event, language)[room]
    head = "".join(f'<th scope="col">{html.escape(_word(column, language))}</th>' for column in COLUMNS)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in _rows(event, people, room)
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<section>{mark}<h2>{html.escape(name)}</h2>{table}</section>"


def _rows(event: Event, people: PeopleOf, room: str) -> list[list[str]]:
    zone = zone_of(people.settings)
    rows = []
    for interview in event.of_room(room):
        person = people.roster.get(interview.id, {})
        begins = local(interview.starts_at, zone).strftime("%m/%d %H:%M")
        companions = "、".join(f"＋{c.get('name', '')}" for c in person.get("companions", ()))
        name = f"{person.get('name', '')} {companions}".strip()
        rows.append([begins, str(person.get("number", "")), name, str(person.get("telephone", "")), ""])
    return rows


def _office(settings: Mapping[str, Any], language: str) -> str:
    office = settings.get("office", {})
    if not office:
        return ""
    words = [say(office["name"], language), office["telephone"], say(office["hours"], language)]
    return f"{_word('office', language)}: " + " / ".join(words)


def _word(key: str, language: str) -> str:
    ja, en = _WORDS[key]
    return ja if language == "ja" else en


def _width(text: str) -> int:
    """Columns on a printer: full-width characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text if not unicodedata.combining(c))


def _pad(text: str, width: int) -> str:
    return text + " " * max(0, width - _width(text))
