"""A house whose mail goes to a post office of the test's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gateway.config import Settings
from gateway.hall import Hall
from gateway.house import House
from gateway.mail.post import Post
from gateway.mail.settings import MailSettings
from gateway.operations import run
from tests.support.post_office import PostOffice
from tests.support.samples import NOW, csv_bytes, encoded, event_document, roster_row
from waiting_room.interview import Interview
from waiting_room.journal.port import Journal
from waiting_room.mailing import Mail

EVENT = "test-2026"
SECOND = 1_000_000
HOUR = 3600 * SECOND
SECRET_WORD = "ヒミツノ"  # in every name, so that one search finds them all
HANAKO, TARO = "hanako@one.example", "taro@two.example"  # each domain has its own pace, and the clock stands


@dataclass
class Clock:
    """Stands still until it is set on."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now

    def on(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)


@dataclass
class World:
    house: House
    post: Post
    clock: Clock

    @property
    def hall(self) -> Hall:
        return self.house.halls[EVENT]

    async def operate(self, name: str, **args: Any) -> dict[str, Any]:
        return await run(self.house, name, {"event": EVENT, **args}, actor="staff:st1")

    async def send(self, what: str = "invitation", **args: Any) -> dict[str, Any]:
        """Queue and deliver."""
        if "interviews" not in args and "room" not in args:
            args["all"] = True
        answer = await self.operate("mail-send", what=what, **args)
        await self.post.deliver()
        return answer

    def see(self, number: str) -> Interview:
        found = next(i for i, row in self.hall.people.roster.items() if row["number"] == number)
        return self.hall.state.interviews[found]

    def mail(self, number: str = "1") -> Mail:
        return self.see(number).mails[-1]


def people() -> list[dict[str, str]]:
    return [
        roster_row("1", 氏名=f"{SECRET_WORD} 花子", メールアドレス=HANAKO),
        roster_row("2", 氏名=f"{SECRET_WORD} 太郎", 開始時刻="11:00", メールアドレス=TARO),
    ]


def settings(directory: Path, office: PostOffice, **changes: Any) -> Settings:
    mail = MailSettings(
        host="127.0.0.1",
        port=office.port,
        sender="mensetsu@sender.example",
        bounces="bounces@sender.example",
        tls="none",
        reply_to="jinji@sender.example",
        per_minute=6000,
        per_domain=6000,
    )
    plain = replace(Settings.for_demo(directory), public_origin="https://mensetsu.example")
    return replace(plain, mail=replace(mail, **changes))


@asynccontextmanager
async def world(
    directory: Path,
    office: PostOffice,
    rows: Sequence[dict[str, str]] | None = None,
    *,
    clock: Clock | None = None,
    event: dict[str, Any] | None = None,
    journal: Journal | None = None,
    **changes: Any,
) -> AsyncIterator[World]:
    """With two candidates, unless there is an event here already. Nothing is sent but by ``deliver``. ``journal``: in
    the place of a file."""
    clock = clock or Clock()
    async with House.open(settings(directory, office, **changes), clock=clock, journal=journal) as house:
        post = house.post = Post.make(house)
        assert post is not None
        house.opened.append(post.open)
        for hall in house.halls:
            post.open(hall)
        if not len(house.halls):
            await run(house, "event-create", {"file": event_document(**(event or {}))})
            csv = csv_bytes(people() if rows is None else rows)
            await run(house, "roster-import", {"event": EVENT, "csv": encoded(csv)})
        yield World(house, post, clock)
