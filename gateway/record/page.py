"""The attendance record as a page to print: A4 on its side, a room on each sheet, the picture of its day below.

The head of it says what it rests on: the last seal, the digest of the verdicts, and the fingerprint of the record key,
which is what ``genkan verify --trust`` asks for years later.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gateway.eventfile import say
from gateway.record.reasons import Reasons
from gateway.record.reasonwords import HEADINGS
from gateway.record.sheet import (
    Wording,
    applied,
    booking_cells,
    consent_cells,
    deadline_cells,
    identity_word,
    stay_cells,
    verdict_cells,
    verdict_word,
)
from gateway.record.timeline import Picture
from gateway.record.words import DEADLINES, PHASES, Pair, word

if TYPE_CHECKING:
    from gateway.attendance import AttendanceRow

COLUMNS: Sequence[Pair] = (
    ("開始", "Start"),
    ("番号・氏名", "Number, name"),
    ("受付", "Checked in"),
    ("時刻の定め", "Deadlines"),
    ("判定と理由", "Verdict and reason"),
    ("在室", "Inside"),
    ("終了・状態", "Ended, state"),
    ("接続先", "Providers"),
    ("同意した版・確認項目", "Versions agreed to, checklist"),
)
_VERDICT = 4  # its place among COLUMNS
_WORDS: Mapping[str, Pair] = {
    "title": ("出欠の記録", "Attendance record"),
    "sealed": ("封印の位置", "Sealed at entry"),
    "until": ("記録の時点", "As of"),
    "digest": ("判定の要約値", "Digest of the verdicts"),
    "key": ("記録鍵の指紋", "Fingerprint of the record key"),
    "verify": (
        "この記録は、書き出したファイルと上の指紋で、後からでも確かめられます: genkan verify ファイル --trust 指紋",
        "With an exported file and this fingerprint it can be verified later: genkan verify FILE --trust FINGERPRINT",
    ),
    "minutes": ("分", " min"),
    "late": ("分遅れ", " min late"),
    "resits": ("再実施の元", "Re-sits"),
    "resat": ("再実施", "Re-sat by"),
    "attempt": ("最初の試み", "First attempt"),
    "counts": ("判定に用いた時刻", "Time that counts"),
    "notice": ("注意事項", "Notice"),
    "terms": ("接続先の規約", "Provider's terms"),
    "texts": ("その他の文書", "Other texts"),
    "checklist": ("確認項目", "Checklist"),
    "booking": ("予約の確定", "Booking confirmed"),
    "reported": ("案内不着の申し出", "Link reported missing"),
}
_BOOKING = {"booking": "booking confirmed", "reported": "link reported missing"}
_CONSENTS = {
    "notice": "notices agreed to", "terms": "terms agreed to", "texts": "other texts agreed to",
    "checklist": "checklist",
}  # fmt: skip
REHEARSAL: Pair = ("【練習】本番の記録ではありません。Rehearsal", "REHEARSAL: not a record of real interviews. 練習")


@dataclass(frozen=True, slots=True)
class Proof:
    """What the record rests on. ``until``: time of the journal's last entry."""

    sealed: int
    until: int
    digest: str
    record_key: str


def page(
    rows: Sequence[AttendanceRow],
    pictures: Sequence[Picture],
    settings: Mapping[str, Any],
    proof: Proof,
    w: Wording,
    *,
    told: Mapping[str, Reasons] = MappingProxyType({}),
) -> str:
    """Whole HTML; styled by ``/static/record.css``, readable without. The same journal gives the same bytes. ``told``:
    by interview, what opens at "why?"."""
    title = f"{say(settings.get('title', ''), w.language)} {_word('title', w)}".strip()
    rooms = dict.fromkeys(row.room for row in rows)
    mark = rehearsal_mark(settings, w.language)  # on each sheet of paper
    parts = "".join(f"<section>{mark}{_room(room, rows, pictures, w, told)}</section>" for room in rooms)
    return (
        f'<!doctype html><html lang="{w.language}"><head><meta charset="utf-8"><title>{_e(title)}</title>'
        '<meta name="viewport" content="width=device-width">'
        '<link rel="icon" href="/static/icon.svg" type="image/svg+xml">'
        '<link rel="stylesheet" href="/static/record.css"></head><body class="record">'
        f"<header>{mark}<h1>{_e(title)}</h1>{_proof(proof, w)}</header><main>{parts}</main></body></html>\n"
    )


def rehearsal_mark(settings: Mapping[str, Any], language: str) -> str:
    """What stands on every sheet of an event that is for practice; empty for a real one."""
    ja, en = REHEARSAL
    return f'<p class="rehearsal">{_e(ja if language == "ja" else en)}</p>' if settings.get("rehearsal") else ""


def in_fours(fingerprint: str) -> str:
    """As it can be read aloud and typed."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


def _proof(proof: Proof, w: Wording) -> str:
    facts = {
        "sealed": f"#{proof.sealed}", "until": w.clock(proof.until), "digest": proof.digest,
        "key": in_fours(proof.record_key),
    }  # fmt: skip
    lines = "".join(f"<div><dt>{_e(_word(key, w))}</dt><dd>{_e(value)}</dd></div>" for key, value in facts.items())
    return f'<dl class="proof">{lines}</dl><p>{_e(_word("verify", w))}</p>'


def _room(
    room: str, rows: Sequence[AttendanceRow], pictures: Sequence[Picture], w: Wording, told: Mapping[str, Reasons]
) -> str:
    head = "".join(f'<th scope="col">{_e(w.say(pair))}</th>' for pair in COLUMNS)
    body = "".join(_rows(row, w, told.get(row.id)) for row in rows if row.room == room)
    drawn = "".join(f"<figure>{one.svg}</figure>" for one in pictures if one.room == room)
    name = _e(w.rooms.get(room, room))
    table = f"<table><caption>{name}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<h2>{name}</h2>{table}{drawn}"


def _rows(row: AttendanceRow, w: Wording, told: Reasons | None) -> str:
    cells = ["<br>".join(_e(part) for part in cell if part) for cell in _cells(row, w)]
    if told is not None:
        cells[_VERDICT] += _why(row, told, w)
    found = "".join(f"<td>{cell}</td>" for cell in cells)
    others = "".join(f'<tr class="other"><td></td><td colspan="8">{_e(text)}</td></tr>' for text in _others(row, w))
    return f"<tr>{found}</tr>{others}"


def _cells(row: AttendanceRow, w: Wording) -> Iterator[list[str]]:
    line, moved = row.line, deadline_cells(row.line, w)["start, pauses added"]
    yield [w.minute(row.starts_at), f"→ {moved}" if moved else ""]
    yield [row.number, row.name, identity_word(line, w)]
    counts = w.clock(line.counts_at) if line.counts_at != line.arrived_at else ""
    yield [w.clock(line.arrived_at), _with("counts", counts, w), _with("attempt", w.clock(line.first_attempt_at), w)]
    yield list(_deadlines(row, w))
    yield list(_verdict(row, w))
    stay = stay_cells(line.stay, w)
    yield [stay.get("first in", ""), stay.get("last out", ""), _minutes(stay.get("minutes inside", ""), w)]
    yield [w.clock(line.ended_at), word(PHASES, line.phase, w.language), row.stated, row.staff]
    yield [" → ".join(line.carriers)]
    consent = consent_cells(line, w)
    booked = [_with(key, booking_cells(line, w)[column], w) for key, column in _BOOKING.items()]
    yield [*(_with(key, consent[column], w) for key, column in _CONSENTS.items()), *booked]


def _deadlines(row: AttendanceRow, w: Wording) -> Iterator[str]:
    """Those that somebody is judged by; what a pause or a word from the candidate changed is said beside the plan."""
    for one in row.line.deadlines:
        if one.name in ("arrive_by", "late_after", "absent_after") and one.planned is not None:
            change = f" → {applied(one, w)}" if one.at != one.planned else ""
            yield f"{word(DEADLINES, one.name, w.language)} {w.clock(one.planned)[11:]}{change}"


def _verdict(row: AttendanceRow, w: Wording) -> Iterator[str]:
    said = verdict_cells(row.line, w)
    late = f" {said['minutes late']}{_word('late', w)}" if said["minutes late"] else ""
    yield f"{verdict_word(row.line, w)}{late} {said['stage']}".strip()
    yield said["rule"]
    yield f"{said['reason']} {said['entries']}".strip()
    yield _with("resits", row.resits, w)
    yield _with("resat", row.resat_by, w)


def _why(row: AttendanceRow, told: Reasons, w: Wording) -> str:
    """Closed on paper; opened, the rule's figures and each entry that the verdict rests on."""

    def listed(key: str, lines: Iterable[str]) -> str:
        items = "".join(f"<li>{_e(line)}</li>" for line in lines)
        return f"<h3>{_e(w.say(HEADINGS[key]))}</h3><ul>{items}</ul>" if items else ""

    who = f'<span class="visually-hidden"> {_e(row.number or row.id)}</span>'
    since = f"#{told.since} {told.since_clock}"
    made = (f"#{one.offset} {one.clock} {one.what}{f' ({one.by})' if one.by else ''}" for one in told.entries)
    figures = (f"{words}: {value}" for words, value in told.figures)
    parts = (listed("figures", figures), listed("since", [since]), listed("entries", made))
    return f"<details><summary>{_e(w.say(HEADINGS['why']))}{who}</summary>{''.join(parts)}</details>"


def _others(row: AttendanceRow, w: Wording) -> Iterator[str]:
    for companion, name in zip(row.line.companions, row.companion_names, strict=True):
        stay = stay_cells(companion.stay, w)
        times = [w.clock(companion.arrived_at), stay.get("first in", ""), stay.get("last out", "")]
        label = w.say(("同伴者", "Companion"))
        yield f"{label}: {name} {' – '.join(time for time in times if time) or '―'}"
    for host, name in zip(row.line.hosts, row.host_names, strict=True):
        yield f"{w.say(('面接官', 'Interviewer'))}: {name} {w.clock(host.first_at)} – {w.clock(host.last_at)}"


def _with(key: str, value: str, w: Wording) -> str:
    return f"{_word(key, w)}: {value}" if value else ""


def _minutes(value: str, w: Wording) -> str:
    return f"{value}{_word('minutes', w)}" if value else ""


def _word(key: str, w: Wording) -> str:
    return w.say(_WORDS[key])


def _e(text: str) -> str:
    return html.escape(text)
