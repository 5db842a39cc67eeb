"""A measurement of what is not there any more would be found out on the day that somebody wants the figure."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bench import bench_checkin
from bench import day as house

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]


def test_the_day_that_is_measured_can_be_held(tmp_path: Path) -> None:
    """Its event and roster are accepted by the command line, and its three people are let in by a gateway."""
    day = house.prepare(tmp_path, 3, rooms=3, first_in=bench_checkin.FIRST_IN)
    with house.gateway(day) as pid:
        _, rate, _ = asyncio.run(bench_checkin.check_in_all(day, pid))
    assert rate > 0
