"""Preflight: what would go wrong on the day is said before it, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from providers.base import Finding, Preflight
from providers.zoom.adapter import Zoom
from providers.zoom.types import MINUTE, SECOND
from tests.providers.zoom.conftest import Make
from tests.providers.zoom.samples import NINE, day, slot
from tests.support.zoom_simulator import Clock, ZoomSimulator
from tests.support.zoom_simulator_rules import CAP, DAY, OPERATIONS


def verdicts(found: Sequence[Finding]) -> dict[str, str]:
    """The worst of each check."""
    order = ["ok", "ask", "warning", "failed"]
    worst: dict[str, str] = {}
    for one in found:
        worst[one.check] = max(worst.get(one.check, "ok"), one.verdict, key=order.index)
    return worst


async def test_all_is_well(zoom: Zoom, far_side: ZoomSimulator) -> None:
    """And what only a person can see is asked. The trial meeting is gone."""
    assert isinstance(zoom, Preflight)
    found = await zoom.preflight(day(3, 20))
    assert verdicts(found) == {
        "credentials": "ok",
        "scopes": "ok",
        "clock": "ok",
        "host": "ok",
        "timetable": "ok",
        "trial": "ok",
        "tenant": "ask",
        "browser": "ask",
    }
    assert (len(far_side.world.created), far_side.world.meetings) == (1, {})


async def test_every_finding_speaks_both_languages_and_names_no_host(zoom: Zoom, far_side: ZoomSimulator) -> None:
    far_side.world.user("host2").active = False
    far_side.world.locked = {"auto_recording": "cloud"}
    found = await zoom.preflight(day(4, 1))
    assert all(set(one.text) == {"ja", "en"} for one in found)
    assert not any("host1" in text or "{" in text for one in found for text in one.text.values())


async def test_wrong_credentials_end_it(make: Make) -> None:
    found = await make(client_secret="wrong").preflight(day(1, 1))
    assert verdicts(found) == {"credentials": "failed", "tenant": "ask", "browser": "ask"}


async def test_missing_scopes_are_named(zoom: Zoom, far_side: ZoomSimulator) -> None:
    lost = OPERATIONS["invite_links"].scope
    far_side.scopes = far_side.scopes - {lost}
    (found,) = [one for one in await zoom.preflight([]) if one.check == "scopes"]
    assert found.verdict == "failed"
    assert lost in found.text["ja"]


async def test_clocks_that_differ_are_told_by_seconds(zoom: Zoom, far_side: ZoomSimulator) -> None:
    far_side.skew = 400 * SECOND
    (found,) = [one for one in await zoom.preflight([]) if one.check == "clock"]
    assert found.verdict == "failed"
    assert "400" in found.text["en"] or "399" in found.text["en"]


async def test_the_slot_that_is_short_of_hosts_is_named_with_how_many(zoom: Zoom) -> None:
    timetable = [*day(3, 2), slot(0, "r8"), slot(0, "r9")]
    short = [one for one in await zoom.preflight(timetable) if one.check == "concurrency"]
    assert {one.interview for one in short} == {"ivr8-0", "ivr9-0"}
    assert all(one.verdict == "failed" and "short of 2 hosts" in one.text["en"] for one in short)
    assert all("12:30" in one.text["ja"] for one in short)


async def test_the_slot_beyond_the_quota_is_named(make: Make) -> None:
    timetable = [slot(n, "r1", NINE + n * 2 * MINUTE, 2) for n in range(CAP + 1)]
    found = await make("host1").preflight(timetable)
    assert [one.interview for one in found if one.check == "quota"] == [f"ivr1-{CAP}"]


async def test_other_meetings_of_the_hosts_are_seen(make: Make, far_side: ZoomSimulator) -> None:
    zoom = make("host1", "host2")
    body = {"topic": "Team", "start_time": "2026-11-28T03:30:00Z", "duration": 60}
    far_side.world.create(far_side.world.user("host1"), body)
    short = [one for one in await zoom.preflight(day(2, 1)) if one.check == "concurrency"]
    assert {one.interview for one in short} == {"ivr0-0", "ivr1-0"}


async def test_a_suspended_host_counts_as_none(zoom: Zoom, far_side: ZoomSimulator) -> None:
    far_side.world.user("host2").active = False
    found = await zoom.preflight(day(3, 1))
    assert [one.verdict for one in found if one.check == "host"] == ["ok", "failed", "ok"]
    assert verdicts(found)["concurrency"] == "failed"


async def test_settings_that_the_tenant_locks_are_named(zoom: Zoom, far_side: ZoomSimulator) -> None:
    far_side.world.locked = {"auto_recording": "cloud"}
    found = [one for one in await zoom.preflight([]) if one.check == "settings"]
    assert [one.verdict for one in found] == ["failed"]
    assert "auto_recording" in found[0].text["ja"]


async def test_what_was_made_today_counts(make: Make, far_side: ZoomSimulator) -> None:
    """Also by others, and before a start."""
    for _ in range(30):
        far_side.account("host1")
        far_side.world.create(far_side.world.user("host1"), {"topic": "Team", "type": 3})
    (found,) = [one for one in await make("host1").preflight([]) if one.check == "host"]
    assert f"{CAP - 30} left" in found.text["en"]


async def test_a_cap_that_is_reached_shows_in_the_trial(make: Make, far_side: ZoomSimulator, clock: Clock) -> None:
    far_side.world.users.clear()
    zoom = make("host1")
    far_side.limits.days["host1", clock.at // DAY] = CAP
    (found,) = [one for one in await zoom.preflight([]) if one.check == "trial"]
    assert (found.verdict, "daily_cap" in found.text["en"]) == ("failed", True)


async def test_a_far_side_that_does_not_answer_is_a_finding(zoom: Zoom, far_side: ZoomSimulator) -> None:
    for operation in ("list", "create"):
        far_side.faults.add(operation, "500", times=3)
    found = verdicts(await zoom.preflight(day(1, 1)))
    assert (found["host"], found["trial"], found["clock"]) == ("failed", "failed", "warning")


async def test_a_trial_that_cannot_be_read_is_deleted_all_the_same(zoom: Zoom, far_side: ZoomSimulator) -> None:
    far_side.faults.add("read", "500")
    assert verdicts(await zoom.preflight([]))["trial"] == "failed"
    assert far_side.world.meetings == {}
