"""Days and times of day as Japanese offices type them into spreadsheets.

``2026-11-23``, ``2026/11/23``, ``2026.11.23``, ``20261123``, ``2026年11月23日``, ``令和8年11月23日``, ``R8.11.23``,
each with or without a weekday in brackets; ``10:00``, ``10:00:00``, ``10時00分``, ``10時``, ``10時半``; and a day and a
time in one cell. Full-width characters count as their half-width ones.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

_ERAS = {
    "令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867,
    "R": 2018, "H": 1988, "S": 1925, "T": 1911, "M": 1867,
}  # fmt: skip
_WEEKDAY = r"(?:\s*\([月火水木金土日](?:曜日?)?\))?"
_YEAR = r"(?:(?P<year>\d{4})|(?P<era>令和|平成|昭和|大正|明治|[RHSTM])\s*(?P<era_year>\d{1,2}|元))"
_DAY = rf"{_YEAR}\s*[-/.年]\s*(?P<month>\d{{1,2}})\s*[-/.月]\s*(?P<day>\d{{1,2}})\s*日?{_WEEKDAY}"
_TIME = r"(?P<hour>\d{1,2})\s*(?::\s*(?P<minute>\d{2})(?::00)?|時\s*(?:(?P<minute2>\d{1,2})\s*分?|(?P<half>半))?)"
_COMPACT_DAY = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
_ONLY_DAY = re.compile(_DAY)
_ONLY_TIME = re.compile(_TIME)
_BOTH = re.compile(rf"{_DAY}[\sT]*{_TIME}")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))

MICROSECONDS = 1_000_000


def parse_day(text: str) -> date | None:
    """The day, or None when the text is none."""
    folded = _fold(text)
    found = _ONLY_DAY.fullmatch(folded) or _COMPACT_DAY.fullmatch(folded)
    return _day(found) if found else None


def parse_time(text: str) -> time | None:
    """The time of day, whole minutes, or None when the text is none."""
    found = _ONLY_TIME.fullmatch(_fold(text))
    return _time(found) if found else None


def parse_day_and_time(text: str) -> tuple[date, time] | None:
    """Both out of one cell, or None."""
    found = _BOTH.fullmatch(_fold(text))
    if found is None:
        return None
    day, clock = _day(found), _time(found)
    return None if day is None or clock is None else (day, clock)


def to_microseconds(day: date, clock: time, zone: ZoneInfo) -> int | None:
    """Microseconds UTC; None for a local time that the clock skips when summer time begins. Of the hour that comes
    twice when it ends, the first."""
    local = datetime.combine(day, clock, zone)
    seconds = int(local.timestamp())
    if datetime.fromtimestamp(seconds, zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        return None
    return seconds * MICROSECONDS


def local(at: int, zone: ZoneInfo) -> datetime:
    """Microseconds UTC as the clock on the office's wall."""
    return datetime.fromtimestamp(at // MICROSECONDS, zone)


def utc(at: int) -> str:
    """Microseconds UTC to the second, for who reads it where nobody knows the office's zone."""
    return datetime.fromtimestamp(at // MICROSECONDS, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_DASHES).strip()


def _day(found: re.Match[str]) -> date | None:
    parts = found.groupdict()
    if parts["year"]:
        year = int(parts["year"])
    else:
        year = _ERAS[parts["era"]] + (1 if parts["era_year"] == "元" else int(parts["era_year"]))
    try:
        return date(year, int(parts["month"]), int(parts["day"]))
    except ValueError:
        return None


def _time(found: re.Match[str]) -> time | None:
    minute = "30" if found["half"] else found["minute"] or found["minute2"] or "0"
    try:
        return time(int(found["hour"]), int(minute))
    except ValueError:
        return None
