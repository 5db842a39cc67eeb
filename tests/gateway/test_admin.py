"""The administrator's half of the wire: commands, downloads, and who may not."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.moments import local
from gateway.record.sheet import HEADER as RECORD
from gateway.routes.admin import admin_commands
from gateway.spreadsheet import MAX_BYTES
from tests.support.day import DAY, EVENT, HANAKO, MINUTE, Browser, Day
from tests.support.samples import csv_bytes, encoded, roster_row

EVERYTHING: dict[str, dict[str, Any]] = {
    "loss-show": {},
    "loss-accept": {"offset": 1, "reason": "試験"},
    "roster-preview": {"csv": ""},
    "roster-import": {"csv": ""},
    "switch-preview": {"provider": "webrtc"},
    "switch-provider": {"provider": "webrtc", "reason": "x"},
    "provider-check": {"provider": "webrtc"},
    "provider-confirm": {"provider": "webrtc", "check": "recording"},
    "links-preview": {"provider": "webrtc", "csv": "", "mailed": True},
    "links-import": {"provider": "webrtc", "csv": "", "mailed": True},
    "mail-sample": {"what": "invitation"},
    "legal-hold": {"on": True, "reason": "x"},
    "disclose": {"interview": "x", "reason": "x"},
    "purge-now": {"typed": "x"},
    "policy-preview": {"file": {}},
    "policy-set": {"file": {}},
    "notice-preview": {"file": {}},
    "notice-set": {"file": {}},
    "staff-link": {"name": "a", "role": "administrator"},
    "staff-revoke": {"staff": "sthoka"},
    "invite-reissue": {"interview": HANAKO.id},
    "mail-preview": {"what": "invitation", "all": True},
    "mail-send": {"what": "invitation", "all": True},
    "mail-status": {},
    "rehearse": {},
    "rehearse-remove": {},
}


@pytest.fixture
async def admin(today: Day) -> Browser:
    return await today.staff("kanri", "administrator")


def later(today: Day) -> str:
    """A start that is free in every room."""
    return local(today.clock() + 300 * MINUTE, ZoneInfo("Asia/Tokyo")).strftime("%Y-%m-%d %H:%M")


async def test_a_roster_is_previewed_then_imported_once(today: Day, admin: Browser) -> None:
    content = encoded(csv_bytes([roster_row("B-1", 開始時刻=later(today))], encoding="cp932"))
    seen = await admin.must("roster-preview", csv=content)
    assert (seen["rows"], seen["faults"], seen["encoding"], seen["imported"]) == (1, [], "cp932", 0)
    assert len(today.hall.state.interviews) == len(DAY)
    for _ in range(2):
        assert (await admin.do("roster-import", id="import-0001", csv=content)).body["imported"] == 1
    assert len(today.hall.state.interviews) == len(DAY) + 1
    assert [row["number"] for row in (await admin.see())["rows"].values()].count("B-1") == 1


async def test_faults_are_named_without_the_values(today: Day, admin: Browser) -> None:
    bad = csv_bytes([roster_row("Ａー１００１", 開始時刻=later(today), 面接室="ひみつの部屋")])
    seen = await admin.must("roster-preview", csv=encoded(bad))
    assert [(f["line"], f["column"], f["code"], f["value_hidden"]) for f in seen["faults"]] == [
        (2, "room", "unknown_room", True)
    ]
    refused = await admin.do("roster-import", csv=encoded(bad))
    assert (refused.status, refused.code) == (422, "roster_faults")
    assert refused.body["faults"] == seen["faults"]
    assert "ひみつ" not in json.dumps(refused.body, ensure_ascii=False)


async def test_a_number_that_is_there_already_is_found(today: Day, admin: Browser) -> None:
    again = csv_bytes([roster_row("ａー１００１", 開始時刻=later(today))])
    seen = await admin.must("roster-preview", csv=encoded(again))
    assert [fault["code"] for fault in seen["faults"]] == ["already_on_roster"]


async def test_a_huge_file_is_refused(admin: Browser) -> None:
    body = io.BytesIO(json.dumps({"id": "preview-1", "csv": "A" * (MAX_BYTES * 2)}).encode())
    headers = {"Origin": admin.origin, "Content-Type": "application/json"}
    url = f"{admin.origin}/api/s/{admin.sid}/roster-preview"
    async with admin.http.post(url, data=body, headers=headers) as response:
        assert (response.status, (await response.json(content_type=None))["code"]) == (413, "too_large")


async def test_a_staff_link_opens_and_stops_opening_when_revoked(today: Day, admin: Browser) -> None:
    made = await admin.must("staff-link", name="青木 恵子", role="interviewer", rooms=["r1"])
    token = made["link"].partition("#")[2]
    panel = today.browser()
    assert (await panel.enter(link=token)).body["role"] == "interviewer"
    await admin.must("staff-revoke", staff=made["staff"])
    assert (await today.browser().enter(link=token)).code == "link_revoked"
    assert (await panel.get(f"/api/s/{panel.sid}/view")).status in (401, 403, 410)


async def test_a_reissued_link_opens_and_the_old_one_says_that_it_was_replaced(today: Day, admin: Browser) -> None:
    old = today.link(HANAKO.id)
    made = await admin.must("invite-reissue", interview=HANAKO.id)
    assert (await today.browser().enter(link=old)).code == "link_revoked"
    assert (await today.browser().enter(link=made["link"].partition("#")[2])).status == 200


async def test_the_provider_is_switched_with_a_reason(admin: Browser) -> None:
    await admin.must("switch-provider", provider="webrtc", reason="試験")
    assert (await admin.see())["settings"]["provider"] == "webrtc"
    assert (await admin.do("switch-provider", provider="skype", reason="x")).code == "unknown_provider"


async def test_the_record_is_there_as_rows_and_as_a_file(today: Day, admin: Browser) -> None:
    await today.candidate(HANAKO)
    rows = (await admin.get(f"/api/s/{admin.sid}/attendance")).body["rows"]
    assert {row["id"]: row["verdict"] for row in rows}[HANAKO.id] == "late"
    answer = await admin.get(f"/api/s/{admin.sid}/attendance.csv")
    lines = list(csv.reader(io.StringIO(answer.body.removeprefix("\ufeff"), newline="")))
    assert len(lines) == 1 + len(DAY) + sum(one.companions for one in DAY)
    assert lines[0] == [ja for ja, _ in RECORD]
    assert sum(hall.id == EVENT for hall in today.gateway.house.halls) == 1


async def test_downloads_are_files_that_no_browser_keeps(admin: Browser) -> None:
    for name in ("attendance.csv", "invites.csv", "roster-template.csv", "links-template.csv", "sheet"):
        async with admin.http.get(f"{admin.origin}/api/s/{admin.sid}/{name}") as response:
            assert response.status == 200, name
            assert response.headers["Cache-Control"] == "no-store"
            assert response.content_type == ("text/html" if name == "sheet" else "text/csv")


@pytest.mark.parametrize("role", ["interviewer", "reception"])
async def test_nobody_else_may(today: Day, role: str) -> None:
    other = await today.staff("hoka", role)
    assert EVERYTHING.keys() == admin_commands().keys()
    for command, body in EVERYTHING.items():
        refused = await other.do(command, **body)
        assert (refused.status, refused.code) == (403, "forbidden"), command
    for read in (
        "retention", "attendance", "attendance.csv", "invites.csv", "roster-template.csv", "links-template.csv",
        "rehearsal",
    ):  # fmt: skip
        assert (await other.get(f"/api/s/{other.sid}/{read}")).status == 403, read
    for read in ("sheet", "rules"):
        assert (await other.get(f"/api/s/{other.sid}/{read}")).status == (200 if role == "reception" else 403)


async def test_a_candidate_gets_none_of_it(today: Day) -> None:
    browser = await today.candidate(HANAKO)
    for read in ("attendance", "attendance.csv", "invites.csv", "roster-template.csv", "links-template.csv", "sheet"):
        assert (await browser.get(f"/api/s/{browser.sid}/{read}")).status == 403, read
    for command, body in EVERYTHING.items():
        assert (await browser.do(command, **body)).code == "forbidden", command
    assert (await browser.do("staff-link", name="a", role="administrator")).code == "forbidden"


async def test_no_administrator_revokes_themselves(admin: Browser) -> None:
    assert (await admin.do("staff-revoke", staff="stkanri")).code == "forbidden"
