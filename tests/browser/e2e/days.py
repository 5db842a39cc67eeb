"""The two days that Genkan is measured by, as pages: an office's file, its roster, and what is kept afterwards."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import jpholiday
from playwright.async_api import FilePayload, Page, expect

from gateway.bundle.checking import check
from gateway.operations import run as operate
from gateway.spreadsheet import write_table
from tests.browser.e2e.people import ARTIFACTS, DESK, PATIENCE, PHONE, Admin, Candidate, Console
from tests.support.brokering import Brokering
from tests.support.day import Clock

A_WEEK = timedelta(days=7)
FINGERPRINT = re.compile(r"(?:[0-9a-f]{4} ){15}[0-9a-f]{4}")  # as printed
TOKYO = ZoneInfo("Asia/Tokyo")
HEADINGS = ("受験番号", "氏名", "フリガナ", "メールアドレス", "電話番号", "生年月日", "面接室", "面接日", "開始時刻")


@dataclass(frozen=True)
class Applicant:
    """A line of the roster. ``start``: HH:MM on the day."""

    number: str
    name: str
    kana: str
    start: str
    room: str = "第1面接室"
    birth: str = "2001-04-01"

    def cells(self, day: datetime) -> list[str]:
        mail, telephone = f"{self.number.lower()}@example.jp", f"090-0000-{self.number[-4:]}"
        return [
            self.number,
            self.name,
            self.kana,
            mail,
            telephone,
            self.birth,
            self.room,
            f"{day:%Y/%m/%d}",
            self.start,
        ]


def office_file(id_: str, preset: str, title: Mapping[str, str], rooms: Sequence[str]) -> dict[str, Any]:
    """An event file that says nothing of its rules but which preset they are."""
    return {
        "id": id_,
        "title": dict(title),
        "office": {
            "name": {"ja": "潮見市 人事課", "en": "Shiomi City, Personnel"},
            "telephone": "000-123-4567",
            "hours": {"ja": "8:30〜17:15", "en": "8:30 to 17:15"},
        },
        "rooms": [{"id": f"r{n}", "name": {"ja": name, "en": f"Room {n}"}} for n, name in enumerate(rooms, 1)],
        "policy": {"preset": preset},
    }


def morning(hour: int, minute: int) -> Clock:
    """A clock that shows this time of an ordinary Tuesday in Japan, at least a week from now, from here on."""
    now = datetime.now(UTC).astimezone(TOKYO)
    day = now + timedelta(days=7 + (1 - now.weekday()) % 7)
    while any(_is_closed(day - timedelta(days=before)) for before in (0, 1)):
        day += timedelta(days=7)
    wanted = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return Clock(int((wanted - now).total_seconds() * 1_000_000))


def _is_closed(day: datetime) -> bool:
    return jpholiday.is_holiday(day.date()) or f"{day:%m-%d}" >= "12-28" or f"{day:%m-%d}" <= "01-04"


def today(clock: Clock) -> datetime:
    return datetime.fromtimestamp(clock() / 1_000_000, TOKYO)


async def to(office: Brokering, hour: int, minute: int, second: int = 0) -> None:
    """Let it become this time of the day. Pages learn of it by the next frame, as of every change of a clock."""
    now = today(office.clock)
    wanted = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
    assert wanted > now, f"it is {now:%H:%M:%S} already"
    office.shift((wanted - now).total_seconds())


async def import_roster(
    office: Brokering, admin: Admin, applicants: Sequence[Applicant], day: datetime | None = None
) -> None:
    """As an administrator does: the file, what would come of it, the import. ``day``: theirs, if not today."""
    await admin.import_roster([HEADINGS, *(one.cells(day or today(office.clock)) for one in applicants)])
    office.look_again()


async def choose_roster(
    office: Brokering, admin: Admin, applicants: Sequence[Applicant], day: datetime | None = None
) -> None:
    """Only look at what would come of it."""
    await admin.go("roster")
    rows = [HEADINGS, *(one.cells(day or today(office.clock)) for one in applicants)]
    await admin.page.locator("#csv").set_input_files(sheet("名簿.csv", rows))


def sheet(name: str, rows: Sequence[Sequence[str]]) -> FilePayload:
    """A spreadsheet as somebody chooses it on a page."""
    return {"name": name, "mimeType": "text/csv", "buffer": write_table(rows)}


def link_of(office: Brokering, number: str) -> str:
    return next(str(one["link"]) for one in office.links["candidates"] if one["exam_number"] == number)


async def comes(office: Brokering, candidate: Candidate, who: Applicant) -> None:
    """From the link to the seat, through every step that the rules ask for."""
    await candidate.open(link_of(office, who.number))
    if await candidate.screen("notice", "declare") == "notice":  # else they agreed when they replied
        await candidate.agree()
    await candidate.declare()
    await candidate.skip_check()
    await candidate.type_in(who.number, who.name)
    await candidate.screen("waiting")


async def task(console: Console, code: str, number: str) -> None:
    """Reception has this task about this candidate."""
    await expect(
        console.page.locator(f'.task:has(.row-number:text-is("{number}"))', has_text=code).first
    ).to_be_visible(timeout=PATIENCE)


async def no_task(console: Console, number: str) -> None:
    await expect(console.page.locator(f'.task:has(.row-number:text-is("{number}"))')).to_have_count(0, timeout=PATIENCE)


async def is_kept(
    office: Brokering, admin: Admin, name: str, *, verdicts: Mapping[str, str], codes: Mapping[str, int], reason: str
) -> None:
    """The spreadsheet has these verdicts by number, the page the reason as written, and the bundle comes to the same
    for somebody who has nothing else but the fingerprint on that page. ``name``: of the pictures."""
    assert {line["受験番号"]: line["判定"] for line in await admin.attendance()} == verdicts
    page = await record_pages(admin, name)
    await expect(page.locator("body")).to_contain_text(reason)
    printed = FINGERPRINT.search(await page.locator(".proof").inner_text())
    assert printed is not None
    exported = await operate(office.gateway.house, "export", {"event": office.hall.id, "people": False})
    found = await check(base64.b64decode(exported["bundle"]), [printed[0]])
    assert (found.flaw, found.trusted) == (None, True)
    assert found.verdicts == codes


async def record_pages(admin: Admin, name: str) -> Page:
    """The record's section, its page, and the page as it is printed; the page of the record."""
    await admin.go("attendance")
    await admin.shots(f"{name}-record-admin")
    page = await admin.opens(admin.page.locator("#get-record-page").click)
    for size in (PHONE, DESK):
        await page.set_viewport_size({"width": size["width"], "height": size["height"]})
        await page.screenshot(path=ARTIFACTS / f"e2e-{name}-record-{size['width']}.png", full_page=True)
    await page.emulate_media(media="print")
    await page.screenshot(path=ARTIFACTS / f"e2e-{name}-record-print.png", full_page=True)
    return page
