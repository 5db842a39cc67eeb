"""Every kind of task has one action; doing it settles it, and it is gone on the second console too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from providers.base import Retry
from tests.support.day import DAY, EVENT, FILE, HANAKO, TARO, Browser, Day, Entrant, day
from tests.support.outside import named, switch
from waiting_room import commands as c
from waiting_room.viewing.urgency import _ORDER

REASON = {"reason": "確認した"}
BAD_DEVICE = {"camera": "ok", "microphone": "fail", "speaker": "ok", "network": "ok"}
Body = Mapping[str, Any]
DAYS = 12 * 86_400  # seconds: longer than any row of days on which an office is closed, shorter than a session
LATER = Entrant("ivlaaaaaaaaaaa", "A-2001", "青葉 後子", due=DAYS / 60)
REPLY = {"confirmation": "reply", "reply_by": {"days_before": 1, "at": "12:00"}}


async def done(today: Day, command: c.Command, name: str = "one") -> None:
    await today.hall.execute(command, actor="reactor", command_id=f"test:{name}")


async def inside(today: Day) -> Browser:
    """Hanako is called and has pressed the join button."""
    person, desk = await today.candidate(HANAKO), await today.staff("Call", "reception")
    async with person.live() as line:
        await desk.must("admit", interview=HANAKO.id)
        await line.until(lambda view: (view["admission"] or {}).get("ready"))
    await person.must("pressed")
    return person


# --- how each comes about ----------------------------------------------------------------------------------------


async def overdue(today: Day) -> None:
    today.clock.shift(15 * 60)
    await done(today, c.ProposeAbsence(HANAKO.id))


async def knocking(today: Day) -> None:
    await today.candidate(HANAKO)
    today.clock.shift(90)


async def difference(today: Day) -> None:
    person = await today.candidate(HANAKO, seated=False)
    await person.must("check-in", number=HANAKO.number, name="別の 名前")


async def by_the_shared_link(today: Day) -> Browser:
    page = today.browser()
    assert (await page.enter(code=today.gateway.house.links.room_code(EVENT, "r1"))).status == 200
    await page.must("consent", notice="n1")
    return page


async def claim(today: Day) -> None:
    """To a seat that is taken."""
    await today.candidate(HANAKO)
    other = await by_the_shared_link(today)
    assert (await other.must("check-in", number=HANAKO.number, name=HANAKO.name))["result"] == "claimed"


async def claim_on_the_room(today: Day) -> None:
    """The third time that nobody of this number is found."""
    other = await by_the_shared_link(today)
    for number in range(3):
        await other.must("check-in", number=f"Z-{number}", name="誰か")


async def device(today: Day) -> None:
    person = await today.candidate(TARO, seated=False)
    await person.must("devices", **BAD_DEVICE)


async def dropped(today: Day) -> None:
    await inside(today)
    now = today.clock()
    await done(today, c.SeeJoined(HANAKO.id, "candidate", "worker", now, 1, generation=1), "join")
    await done(today, c.SeeLeft(HANAKO.id, "candidate", "worker", now, 1, generation=1), "left")


async def late_notice(today: Day) -> None:
    await (await today.candidate(TARO, seated=False)).must("help", reason="late", minutes=5)


async def cannot_connect(today: Day) -> None:
    await (await today.candidate(TARO, seated=False)).must("help", reason="cannot_connect")


async def cancelled(today: Day) -> None:
    person = await today.candidate(TARO, seated=False)
    await person.must("cancel", number=TARO.number)


async def panel_missing(today: Day) -> None:
    await today.candidate(HANAKO)


async def mail_undelivered(today: Day) -> None:
    await done(today, c.QueueMail("m1", TARO.id, "invitation"), "queue")
    interview = today.hall.state.interviews[TARO.id]
    await done(today, c.MailWentOut(TARO.id, "m1", interview.issue(), interview.schedule), "sent")
    await done(today, c.ReportBounce(TARO.id, "m1", "no_such_mailbox"), "bounce")


async def not_seen(today: Day) -> None:
    await inside(today)
    today.clock.shift(10 * 60)


async def ended_there(today: Day) -> None:
    await inside(today)
    await done(today, c.ObserveSession(HANAKO.id, "scripted", 1, "ended", today.clock()))


async def alarm_recording(today: Day) -> None:
    await inside(today)
    await done(today, c.RaiseAlarm(HANAKO.id, "scripted", 1, "recording"))


async def alarm_settings(today: Day) -> None:
    await inside(today)
    await done(today, c.RaiseAlarm(HANAKO.id, "scripted", 1, "settings", "waiting_room"))


async def provider(today: Day) -> None:
    """Whoever waits has no session, for a while at least."""
    other = named(today, "other")
    other.script.fail("open_room", Retry("unavailable"), times=1_000)
    await switch(today, "other")
    await today.candidate(HANAKO)


async def not_back(today: Day) -> None:
    await dropped(today)
    today.clock.shift(6 * 60)


async def over_time(today: Day) -> None:
    """Somebody waits for the room."""
    await inside(today)
    await today.candidate(TARO)
    today.clock.shift(40 * 60)


async def unconfirmed(today: Day) -> None:
    """It is not void by itself, because nobody knows whether they were asked."""
    today.clock.shift(DAYS - 3600)


async def booking_void(today: Day) -> None:
    """They were asked, and did not reply in time."""
    await done(today, c.QueueMail("m1", LATER.id, "invitation"), "queue")
    interview = today.hall.state.interviews[LATER.id]
    await done(today, c.MailWentOut(LATER.id, "m1", interview.issue(), interview.schedule), "sent")
    today.clock.shift(DAYS - 3600)
    today.gateway.agendas[EVENT].wake()
    async with asyncio.timeout(30):
        while not today.hall.state.interviews[LATER.id].over:
            await today.hall.watch(today.hall.state.head)


async def untested(today: Day) -> None:
    """It is the day, and there was no connection test."""
    assert not today.hall.state.interviews[HANAKO.id].tests


async def invite_missing(today: Day) -> None:
    await done(today, c.ReportInvite(TARO.id))


@dataclass(frozen=True)
class Kind:
    """A task and its one action, with the body that goes with it."""

    code: str
    arises: Callable[[Day], Awaitable[None]]
    action: str
    body: Body = field(default_factory=dict)
    file: Body = field(default_factory=dict)
    entrants: tuple[Entrant, ...] = DAY


KINDS = [
    Kind("overdue", overdue, "no-show", REASON),
    Kind("knocking", knocking, "admit"),
    Kind("difference", difference, "same-person", {"same": True}),
    Kind("claim", claim, "settle-claim", {"accept": False, **REASON}),
    Kind("claim", claim_on_the_room, "settle-claim", {"accept": False, **REASON}),
    Kind("device", device, "message", {"text": "イヤホンを試してください。"}),
    Kind("dropped", dropped, "send-back"),
    Kind("late_notice", late_notice, "acknowledge"),
    Kind("cannot_connect", cannot_connect, "contact"),
    Kind("cancelled", cancelled, "acknowledge", file={"policy": {"booking": {"cancel_by": {"at": "23:59"}}}}),
    Kind("panel_missing", panel_missing, "message", {"text": "面接官を待っています。お待ちください。"}),
    Kind("mail_undelivered", mail_undelivered, "contact"),
    Kind("not_seen", not_seen, "arrived"),
    Kind("ended_there", ended_there, "finish", {"now": True}),
    Kind("alarm_recording", alarm_recording, "settle-alarm", {"code": "recording"}),
    Kind("alarm_settings", alarm_settings, "settle-alarm", {"code": "settings"}),
    Kind("not_back", not_back, "stop", {"side": "candidate", **REASON}, {"policy": {"reconnect_grace": 5}}),
    Kind("over_time", over_time, "finish", {"now": True}, {"policy": {"max_minutes": 30, "almost_up": 5}}),
    Kind("unconfirmed", unconfirmed, "confirm-booking", file={"policy": {"booking": REPLY}}, entrants=(LATER,)),
    Kind("booking_void", booking_void, "contact", file={"policy": {"booking": REPLY}}, entrants=(LATER,)),
    Kind("untested", untested, "contact", file={"policy": {"pretest": "required"}}, entrants=(HANAKO,)),
    Kind("invite_missing", invite_missing, "contact"),
    Kind("provider", provider, "switch-provider", {"provider": "scripted", **REASON}),
]


@asynccontextmanager
async def opened(folder: Path, kind: Kind) -> AsyncIterator[Day]:
    async with day(folder, file={**FILE, **kind.file}, entrants=kind.entrants) as made:
        yield made


def target(task: Mapping[str, Any]) -> Body:
    """What the action is about, as the console reads it from the task."""
    if task["action"] == "settle-claim":
        return {"claim": task["id"].rpartition(":")[2]}
    if task["action"] == "switch-provider":
        return {}
    return {"interview": task["interview"]} if task["interview"] else {"room": task["room"]}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.arises.__name__)
async def test_its_one_action_settles_it_on_every_console(tmp_path: Path, kind: Kind) -> None:
    async with opened(tmp_path, kind) as today:
        first, second = await today.staff("Ito", "reception"), await today.staff("Mori", "reception")
        await kind.arises(today)

        def there(view: Mapping[str, Any]) -> list[Mapping[str, Any]]:
            return [task for task in view["tasks"] if task["code"] == kind.code]

        async with first.live() as one, second.live() as two:
            (task,) = there(await one.until(there))
            assert there(await two.until(there)) == [task]
            assert (task["action"], task["urgency"]) == (kind.action, urgency(kind.code))
            chief = await today.staff("Chief", "administrator") if kind.action == "switch-provider" else first
            await chief.must(kind.action, **target(task), **kind.body)
            for line in (one, two):
                await line.until(lambda view: task["id"] not in {one["id"] for one in view["tasks"]})


def urgency(code: str) -> str:
    return next(name for name, codes in _ORDER.items() if code in codes)


def test_no_kind_is_left_out() -> None:
    assert {kind.code for kind in KINDS} == {code for codes in _ORDER.values() for code in codes}


async def test_no_interviewer_is_a_task_again_for_the_next_who_waits_past_their_time(today: Day) -> None:
    desk = await today.staff("Ito", "reception")
    await today.candidate(HANAKO)
    await desk.must("message", room="r1", text="お待ちください。")
    assert "panel_missing" not in [task["code"] for task in (await desk.see())["tasks"]]
    today.clock.shift(20 * 60)
    await today.candidate(TARO)
    found = [task for task in (await desk.see())["tasks"] if task["code"] == "panel_missing"]
    assert [task["room"] for task in found] == ["r1"]
    panel = await today.staff("Panel", rooms=("r1",))
    async with panel.live() as line, desk.live() as board:
        await line.socket.send_json({"t": "here", "visible": True})
        await board.until(lambda view: "panel_missing" not in [task["code"] for task in view["tasks"]])
