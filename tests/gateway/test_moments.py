"""Days and times as offices type them."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.moments import local, parse_day, parse_day_and_time, parse_time, to_microseconds

DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23", "2026/11/23", "2026.11.23", "20261123", "2026年11月23日", "2026年11月23日(月)",
        "2026/11/23（月曜日）",
        "令和8年11月23日", "令和８年１１月２３日", "R8.11.23", "R8/11/23", " ２０２６－１１－２３ ", "2026−11−23",
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert parse_day(text) == DAY


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("平成12年4月3日", date(2000, 4, 3)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("H11.6.5", date(1999, 6, 5)),
    ],
)
def test_eras_are_read(text: str, day: date) -> None:
    assert parse_day(text) == day


@pytest.mark.parametrize("text", ["", "11/23", "2026-13-01", "2026-02-30", "明日", "2026", "令和8年", "99999999"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert parse_day(text) is None


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("10:00", time(10)), ("9:05", time(9, 5)), ("10:00:00", time(10)), ("10時", time(10)), ("10時半", time(10, 30)),
        ("10時05分", time(10, 5)), ("１０：００", time(10)), ("１０時３０分", time(10, 30)),
    ],
)  # fmt: skip
def test_a_time_is_read_however_it_is_written(text: str, clock: time) -> None:
    assert parse_time(text) == clock


@pytest.mark.parametrize("text", ["", "10", "25:00", "10:60", "10:00:30", "午前10時", "10:0", "10.30"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize(
    "text", ["2026-11-23 10:00", "2026/11/23 10:00:00", "令和8年11月23日10時00分", "2026-11-23T10:00"]
)
def test_a_day_and_a_time_in_one_cell(text: str) -> None:
    assert parse_day_and_time(text) == (DAY, time(10))


def test_a_time_that_the_clock_skips_is_none_and_one_that_comes_twice_is_the_first() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert to_microseconds(date(2026, 3, 29), time(2, 30), berlin) is None
    twice = to_microseconds(date(2026, 10, 25), time(2, 30), berlin)
    assert twice == int(datetime.fromisoformat("2026-10-25T02:30:00+02:00").timestamp()) * 1_000_000


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.times())
def test_what_is_written_is_what_is_read(day: date, clock: time) -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    found = parse_day_and_time(f"{day:%Y年%m月%d日} {clock:%H時%M分}")
    assert found is not None
    at = to_microseconds(*found, tokyo)
    assert at is not None
    assert local(at, tokyo) == datetime.combine(day, clock.replace(second=0, microsecond=0), tokyo)


@given(st.text(max_size=40))
def test_any_text_is_read_without_a_crash(text: str) -> None:
    parse_day(text)
    parse_time(text)
    parse_day_and_time(text)
