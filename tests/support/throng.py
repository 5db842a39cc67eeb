"""People who go through a day as browsers would, each a script (``throng_pages`` has their pages).

Where the event is held in the built-in room, whoever is in a conversation is in its call too (``talk``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.support.day import Entrant
from tests.support.talk import PANEL, Meetings, Talk
from tests.support.throng_pages import OVER, RANKS, Memory, Page, Progress, View, rank

# --- candidates ----------------------------------------------------------------------------------------------------


@dataclass
class Candidate:
    """``way``: what is not plain about their day. ``from_fault``: when they come. ``meetings``: those in the built-in
    room."""

    entrant: Entrant
    link: str
    way: str
    from_fault: int
    meetings: Meetings = field(default_factory=Meetings)

    async def live(self, page: Page, other: Page, progress: Progress) -> None:
        """From the link to the end. ``other``: a page in another browser."""
        await progress.reached(self.from_fault)
        me, heard = self.entrant.id, page.heard
        memory = heard.memory(me)

        def shows(view: View, known: dict[str, Memory]) -> None:
            memory.candidate(view, known.get(me, Memory()))
            if view.get("seat"):
                heard.arrivals.setdefault(me, set()).add(view["seat"]["at"])

        page.shows = other.shows = shows
        if self.way == "calls_off":
            return await self._calls_off(page)
        await self._arrives(page)
        if self.way == "another_device":
            await self._arrives(other)
            assert (await page.present())["fenced"] == "taken_over"
            page = other
        await self._waits_and_is_interviewed(page, Page(page.origin, f"{page.name}:tab", 0, heard, beside=page))
        return None

    async def _arrives(self, page: Page) -> None:
        me, heard, memory = self.entrant.id, page.heard, page.heard.memory(self.entrant.id)
        await page.enter(self.link)
        await page.must("consent", notice="n1")
        memory.agreed = True
        if self.way == "late":
            await page.must("help", reason="late", minutes=5, text="電車が遅れています")
            heard.once["late_notice", me] += 1
            await page.think()
        await page.must("devices", camera="ok", microphone="warn", speaker="ok", network="ok", rtt_ms=30)
        heard.once["device_checked", me] += 1
        await page.think()
        answer = await page.must("check-in", number=self.entrant.number, name=self.entrant.name)
        assert answer["result"] == "seated", answer
        memory.phase = max(memory.phase, RANKS["waiting"])
        assert (await page.present()).get("seat"), "seated, and the page shows no seat"

    async def _calls_off(self, page: Page) -> None:
        """On the page that they will not come; the office has them called off."""
        await page.enter(self.link)
        await page.must("consent", notice="n1")
        await page.must("help", reason="cannot_connect", text="参加できません")
        page.heard.once["late_notice", self.entrant.id] += 1
        view = await page.until(lambda v: v["phase"] == "cancelled")
        page.heard.ended[self.entrant.id] = view["phase"]

    async def _waits_and_is_interviewed(self, page: Page, tab: Page) -> None:
        me, heard, memory = self.entrant.id, page.heard, page.heard.memory(self.entrant.id)
        tab.shows = page.shows
        if self.way == "reload":
            for _ in range(3):
                await page.think()
                await page.enter(self.link)
                assert (await page.present()).get("seat"), "a reload lost the seat"
        if self.way == "second_tab":
            await tab.until(lambda v: v.get("seat"))
        view = await page.until(_called)
        ends = [page, tab] if self.way == "second_tab" else [page]
        if rank(view["phase"]) < OVER and view["admission"]["embedded"]:
            return await self._talks(page, ends)
        while view["phase"] == "admitting":
            if (await page.do("ticket")).status == 200 and (await page.do("pressed")).status == 200:
                heard.once["handed_over", me] += 1
                memory.phase = max(memory.phase, RANKS["in_session"])
                break
            view = await page.until(_called)
        if self.way == "comes_back":
            await page.enter(self.link)
        await self._sees_the_end(ends)
        return None

    async def _sees_the_end(self, pages: Sequence[Page]) -> None:
        for each in pages:
            view = await each.until(lambda v: v["phase"] == "finished")
        pages[0].heard.ended[self.entrant.id] = view["phase"]

    async def _talks(self, page: Page, pages: Sequence[Page]) -> None:
        me, room, meetings = self.entrant.id, self.entrant.room, self.meetings

        def hears(who: str) -> None:
            assert who == PANEL, f"{me} hears {who}"
            meetings.note(me, me)

        talk = Talk(page, room, me, hears, meetings)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(talk.go_on())
            if self.way == "comes_back":
                await meetings.met(me)
                talk.leave()
                await page.enter(self.link)
            await self._sees_the_end(pages)
            talk.over = True
        assert await talk.is_refused(), "a ticket of a conversation that is over leads back into it"


def _called(view: View) -> bool:
    return rank(view["phase"]) > RANKS["admitting"] or (view["phase"] == "admitting" and view["admission"]["ready"])


# --- the office ----------------------------------------------------------------------------------------------------


def _watch_rows(page: Page) -> None:
    heard = page.heard

    def shows(view: View, known: dict[str, Memory]) -> None:
        if "store" not in view:
            for key, row in view["rows"].items():
                heard.memory(key).row(row, known.get(key, Memory()))

    page.shows = shows


def _all_over(view: View) -> bool:
    return all(rank(row["phase"]) == OVER for row in view["rows"].values())


async def interviewer(page: Page, link: str, progress: Progress, meetings: Meetings | None) -> None:
    """Two of them work on one room and know nothing of each other. ``meetings``: in the built-in room nobody is let go
    before the two of a conversation have heard each other."""
    _watch_rows(page)
    await page.enter(link)
    done: set[tuple[str, str]] = set()

    def to_do(view: View) -> list[View]:
        rows = sorted(view["rows"].values(), key=lambda row: row["order"])
        busy = [row for row in rows if row["phase"] == "in_session" and not row["closing"]]
        return busy or [row for row in rows if "admit" in row["can"]]

    while True:
        view = await page.until(lambda v: to_do(v) or _all_over(v))
        if _all_over(view):
            return
        await page.think()
        row = to_do(view)[0]
        if row["phase"] == "in_session":
            await _interviews(page, row["id"], done, progress, meetings)
        else:
            await _message(page, row["id"], done)
            await page.do("admit", interview=row["id"])


async def _message(page: Page, interview: str, done: set[tuple[str, str]]) -> None:
    if ("message", interview) in done:
        return
    done.add(("message", interview))
    if (await page.do("message", interview=interview, text="まもなくお呼びします")).status == 200:
        page.heard.once["message_sent", interview] += 1


async def panel(page: Page, link: str, room: str, meetings: Meetings) -> None:
    """The one of the two who is in the room's call all day. Whom they hear changes with the conversation, and whoever
    has left is heard no more."""
    heard: list[str] = []

    def hears(who: str) -> None:
        assert who not in heard[:-1], f"{who} is in the room again, after {heard}"
        if heard[-1:] != [who]:
            heard.append(who)
        meetings.note(who, PANEL)

    await page.enter(link)
    talk = Talk(page, room, PANEL, hears, meetings, "join", {"room": room})
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(talk.go_on())
        await page.until(_all_over)
        talk.over = True


async def _interviews(
    page: Page, interview: str, done: set[tuple[str, str]], progress: Progress, meetings: Meetings | None
) -> None:
    if ("incident", interview) not in done:
        done.add(("incident", interview))
        await page.do("identity", interview=interview, steps=["number", "name"], confirmed=True)
        if (await page.do("incident", interview=interview, note="音声が途切れました")).status == 200:
            page.heard.once["incident_noted", interview] += 1
        await progress.reached(progress.applied + 2)
    if meetings is not None:
        await meetings.met(interview)
    answer = await page.do("finish", interview=interview, now=page.chance.random() < 0.8)
    if answer.status == 200:
        page.heard.memory(interview).phase = max(page.heard.memory(interview).phase, RANKS["in_session"])
    else:
        await page.think()


async def onlooker(page: Page, link: str, progress: Progress) -> None:
    """Somebody who only looks, as long as the storm lasts: there is always a page for a fault to meet."""
    _watch_rows(page)
    await page.enter(link)
    while not progress.over:
        await page.look()
        await page.think()


async def reception(page: Page, link: str, away: frozenset[str], off: frozenset[str]) -> None:
    """Marks absent who stays ``away``, and calls ``off`` whom they were told of."""
    _watch_rows(page)
    await page.enter(link)

    def to_do(view: View) -> list[tuple[str, View]]:
        rows = [row for row in view["rows"].values() if rank(row["phase"]) < OVER]
        absent = [("no-show", row) for row in rows if row["id"] in away and row["overdue"]]
        return absent + [("call-off", row) for row in rows if row["id"] in off and row["late_notice"]]

    while True:
        view = await page.until(lambda v: to_do(v) or _all_over(v))
        if _all_over(view):
            return
        command, row = to_do(view)[0]
        more = {"because": "candidate"} if command == "call-off" else {}
        if (await page.do(command, interview=row["id"], reason="連絡どおり", **more)).status == 200:
            page.heard.memory(row["id"]).phase = OVER
        await page.think()
