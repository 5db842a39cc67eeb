"""A picture of one room's day: when each interview was to be, when somebody came, when they were in the room.

Drawn by hand as SVG, so that it prints, scales and needs nothing. What it shows has a shape and a word, never a colour
alone, and ``cells`` says the same as a table for who does not see it.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from gateway.moments import local
from gateway.record.sheet import Wording, verdict_word
from gateway.record.words import Pair
from waiting_room.event import Event
from waiting_room.pauses import FOREVER
from waiting_room.punctuality import MINUTE

if TYPE_CHECKING:
    from gateway.attendance import AttendanceRow

WIDTH, LABEL, WORDS = 960, 170, 190  # the whole, what is left for who it is, and for what became of it
ROW, HEAD, FOOT = 26, 30, 8
STEP = 30 * MINUTE  # between two lines of the scale
MAX_STEPS = 48  # a day; one that is spread wider by a slip gets no more lines than that

_TITLE: Pair = ("{room} {day} の予定と実際", "{room}, {day}: planned and actual")
_LEGEND: Pair = (
    "枠は予定、塗りは在室、▼は受付、灰色は中断です。下の表に同じ内容があります。",
    "Outlined: planned. Filled: inside. ▼: checked in. Grey: paused. The table below says the same.",
)
HEADINGS: Sequence[Pair] = (
    ("受験番号", "number"), ("予定", "planned"), ("受付", "checked in"), ("在室", "inside"), ("判定", "verdict"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picture:
    """One room on one day. ``cells``: the same as a table, its headings first."""

    room: str
    title: str
    svg: str
    cells: list[list[str]]


def pictures(event: Event, rows: Sequence[AttendanceRow], wording: Wording) -> list[Picture]:
    """One for each room and day, in the rows' order. The same rows give the same picture."""

    def place(row: AttendanceRow) -> tuple[str, str]:
        return row.room, _day(row, wording)

    ordered = sorted(rows, key=lambda row: (_order(wording, row.room), row.starts_at, row.id))
    groups = [(room, day, list(found)) for (room, day), found in groupby(ordered, place)]
    return [
        _Scale(event, room, _titled(room, day, wording), found, wording).picture(n)
        for n, (room, day, found) in enumerate(groups, 1)
    ]


def _titled(room: str, day: str, wording: Wording) -> str:
    return wording.say(_TITLE).format(room=wording.rooms.get(room, room), day=day)


def _order(wording: Wording, room: str) -> int:
    names = list(wording.rooms)
    return names.index(room) if room in names else len(names)


def _day(row: AttendanceRow, wording: Wording) -> str:
    return local(row.starts_at, wording.zone).strftime("%Y-%m-%d")


class _Scale:
    """One picture being drawn: from times to places across it."""

    def __init__(self, event: Event, room: str, title: str, rows: Sequence[AttendanceRow], wording: Wording) -> None:
        self.event, self.room, self.title, self.rows, self.wording = event, room, title, rows, wording
        times = [at for row in rows for at in _times(row)]
        self.begins = min(times) // STEP * STEP
        self.ends = max(-(-max(times) // STEP) * STEP, self.begins + STEP)
        self.height = HEAD + ROW * len(rows) + FOOT

    def picture(self, number: int) -> Picture:
        """``number``: of this picture on its page."""
        return Picture(self.room, self.title, self._svg(f"timeline-{number}"), cells(self.rows, self.wording))

    def x(self, at: int) -> int:
        inside = min(max(at, self.begins), self.ends)
        return LABEL + (inside - self.begins) * (WIDTH - LABEL - WORDS) // (self.ends - self.begins)

    def _svg(self, name: str) -> str:
        rows = (part for n, row in enumerate(self.rows) for part in self._row(n, row))
        title = f'<title id="{name}-title">{html.escape(self.title)}</title>'
        desc = f'<desc id="{name}-desc">{html.escape(self.wording.say(_LEGEND))}</desc>'
        drawn = "".join((title, desc, *self._pauses(), *self._axis(), *rows))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="timeline" viewBox="0 0 {WIDTH} {self.height}" role="img" '
            f'aria-labelledby="{name}-title {name}-desc" font-size="13">{drawn}</svg>'
        )

    def _pauses(self) -> Iterator[str]:
        room = self.event.rooms.get(self.room)
        for pause in (*self.event.pauses, *(room.pauses if room is not None else ())):
            until = self.ends if pause.to_at is None else pause.to_at
            if pause.from_at < self.ends and until > self.begins:
                yield _rect(self.x(pause.from_at), HEAD, self.x(until), self.height - FOOT, 'fill="#d9d9d9"')

    def _axis(self) -> Iterator[str]:
        step = max(STEP, -(-(self.ends - self.begins) // MAX_STEPS // STEP) * STEP)
        every = max(1, (self.ends - self.begins) // step // 12)  # more words than that run into one another
        for place, at in enumerate(range(self.begins, self.ends + 1, step)):
            x = self.x(at)
            yield f'<line x1="{x}" y1="{HEAD - 6}" x2="{x}" y2="{self.height - FOOT}" stroke="#b3b3b3"/>'
            if place % every == 0:
                yield _text(x, HEAD - 12, _clock(at, self.wording), "middle")

    def _row(self, number: int, row: AttendanceRow) -> Iterator[str]:
        line, top = row.line, HEAD + ROW * number
        bottom = top + ROW
        yield _text(4, top + 18, f"{_clock(row.starts_at, self.wording)} {row.number or row.id}")
        yield _rect(self.x(line.starts_at), top + 4, self.x(line.ends_at), bottom - 4, 'fill="none" stroke="#333333"')
        if line.stay is not None:
            out = self.event.at if line.stay.last_out is None else line.stay.last_out
            yield _rect(self.x(line.stay.first_in), top + 8, self.x(out), bottom - 8, 'fill="#0017c1"')
        if line.counts_at is not None:
            x = self.x(line.counts_at)
            yield f'<path d="M{x - 6} {top + 2}h12l-6 10z" fill="#1a1a1a"/>'
        yield _text(WIDTH - WORDS + 10, top + 18, verdict_word(line, self.wording))


def cells(rows: Sequence[AttendanceRow], wording: Wording) -> list[list[str]]:
    """The picture as a table: headings, then a line for each interview."""
    return [[wording.say(heading) for heading in HEADINGS], *(_cells(row, wording) for row in rows)]


def _cells(row: AttendanceRow, w: Wording) -> list[str]:
    stay = row.line.stay
    inside = ""
    if stay is not None:
        inside = f"{_clock(stay.first_in, w)}–{'' if stay.last_out is None else _clock(stay.last_out, w)}"
    planned = f"{_clock(row.line.starts_at, w)}–{_clock(row.line.ends_at, w)}"
    came = "" if row.counts_at is None else _clock(row.counts_at, w)
    return [row.number or row.id, planned, came, inside, verdict_word(row.line, w)]


def _times(row: AttendanceRow) -> Iterator[int]:
    """Those of its own day: somebody may have tried a week before."""
    yield from (row.line.starts_at, row.line.ends_at)
    found = [row.line.counts_at, row.line.ended_at, *(_ends(row))]
    near = 12 * 60 * MINUTE
    yield from (at for at in found if at is not None and abs(at - row.line.starts_at) < near)


def _ends(row: AttendanceRow) -> tuple[int | None, int | None]:
    stay = row.line.stay
    return (None, None) if stay is None else (stay.first_in, stay.last_out)


def _clock(at: int, wording: Wording) -> str:
    return "―" if at >= FOREVER else local(at, wording.zone).strftime("%H:%M")


def _rect(left: int, top: int, right: int, bottom: int, look: str) -> str:
    return f'<rect x="{left}" y="{top}" width="{max(2, right - left)}" height="{bottom - top}" {look}/>'


def _text(x: int, y: int, text: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{html.escape(text)}</text>'
