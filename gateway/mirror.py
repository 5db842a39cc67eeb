"""What a candidate's page shows now, for staff who have them on the telephone: read only, made here, without a script.

It is made from the candidate's own view, so it can show nothing that the candidate does not see; and it has no button,
no form and no script, so nothing can be done on it. What the page alone knows (a device check under way, what is being
typed) is not here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gateway.access import Caller
from gateway.eventfile import say
from gateway.look import scene_of
from gateway.moments import local
from gateway.texts import Texts, texts
from waiting_room.interview import Interview
from waiting_room.views import View, candidate_view

OVER = ("finished", "absent", "cancelled", "broken_off")
MILLISECOND = 1000


class Line(NamedTuple):
    """A sentence of the page. ``kind``: how it stands out there."""

    text: str
    kind: str = ""


class Mirror(NamedTuple):
    """What ``templates/mirror.html`` shows. ``facts``: what is on the left and on the right."""

    title: str
    lines: tuple[Line, ...]
    facts: tuple[tuple[str, str], ...]
    messages: tuple[tuple[str, str], ...]
    who: str
    at: str
    rehearsal: bool


def mirror(caller: Caller, interview: Interview) -> Mirror:
    """The page that has the seat, else the one that was opened last."""
    view, words = candidate_view(scene_of(caller), interview.id, _page(interview)), texts(caller.language)
    row, zone = caller.hall.people.roster.get(interview.id, {}), ZoneInfo(caller.hall.people.zone)
    clock = _Clock(zone)
    screen = _screen(view, clock.now(caller))
    name = caller.language
    return Mirror(
        title=words(_title(screen)),
        lines=tuple(_lines(view, screen, words, clock)),
        facts=tuple(_facts(view, words, clock, name)),
        messages=tuple((clock.time(one["at"]), str(one["text"])) for one in reversed(view["messages"])),
        who=f"{row.get('number', '')} {row.get('name', '')}".strip(),
        at=clock.seconds(caller.house.now()),
        rehearsal=caller.hall.state.rehearsal,
    )


def _page(interview: Interview) -> str:
    """The browser session whose page it is."""
    opened = [one.sid for one in interview.opened if one.person == "candidate"]
    agreed = interview.consent.sid if interview.consent is not None else ""
    return interview.holder or agreed or (opened[-1] if opened else "")


class _Clock(NamedTuple):
    zone: ZoneInfo

    def now(self, caller: Caller) -> int:
        return caller.house.now() // MILLISECOND

    def time(self, at: int) -> str:
        return f"{local(at * MILLISECOND, self.zone):%H:%M}"

    def day(self, at: int) -> str:
        return f"{local(at * MILLISECOND, self.zone):%Y-%m-%d %H:%M}"

    def seconds(self, at: int) -> str:
        return f"{local(at, self.zone):%H:%M:%S}"


def _screen(view: View, now: int) -> str:
    """As ``static/candidate/screens.js`` chooses, where the view alone decides."""
    phase, admission = view["phase"], view["admission"]
    if phase in OVER:
        return f"end.{phase}"
    if view["seat"] is None and not (view["notice"]["agreed"] and (view["terms"] or {"agreed": True})["agreed"]):
        return "notice"
    if phase in ("admitting", "in_session"):
        return "called" if admission is None or not admission["ready"] else _inside(admission)
    if phase == "waiting":
        return "waiting"
    if view["claim"] is not None and view["claim"]["state"] == "open":
        return "claim.open"
    early = not view["schedule"]["open"] and now < view["schedule"]["opens_at"]
    return "early_days" if early else "number"


def _inside(admission: Mapping[str, Any]) -> str:
    return "room" if admission["embedded"] else "redirect"


def _title(screen: str) -> str:
    return f"candidate.{screen}.title"


def _lines(view: View, screen: str, words: Texts, clock: _Clock) -> Iterator[Line]:
    room, seat = view["room"], view["seat"]
    if screen == "early_days":
        yield Line(words("candidate.early_days.body", at=clock.day(view["schedule"]["opens_at"])))
    elif screen.startswith(("end.", "claim.", "number")):
        yield Line(words(f"candidate.{screen}.body"))
    if view["early"] == "asked":
        yield Line(words("candidate.early.title"), "warn")
    if screen == "waiting" and seat is not None:
        yield from _waiting(view, words)
    if room["state"] == "paused" and not screen.startswith("end."):
        yield Line(words("candidate.waiting.room.paused.body"), "warn")
    elif screen == "waiting":
        yield Line(words(f"candidate.waiting.room.{room['state']}"))
    if view["lapse"]:
        yield Line(words(f"candidate.waiting.lapse.{view['lapse']}"), "warn")
    if view["tries"] is not None and view["tries"]["count"]:
        yield Line(words("candidate.number.refused.title"), "warn")
    if view["said"] is not None:
        yield _said(view["said"], words, clock)


def _waiting(view: View, words: Texts) -> Iterator[Line]:
    seat, behind = view["seat"], view["room"]["behind_minutes"]
    ahead = seat["ahead"]
    if ahead is not None:
        yield Line(
            words("candidate.waiting.place", n=ahead) if ahead else words("candidate.waiting.place_next"), "strong"
        )
    if seat["verdict"]:
        yield Line(words(f"candidate.waiting.verdict.{seat['verdict']}", n=seat["minutes"]))
    if seat["held"]:
        yield Line(words("candidate.waiting.held"), "warn")
    if behind:
        yield Line(words("candidate.waiting.behind.title", n=behind), "warn")


def _said(said: Mapping[str, Any], words: Texts, clock: _Clock) -> Line:
    by = said["code"] == "late" and said["minutes"]
    what = words("candidate.said.late_by", n=said["minutes"]) if by else words(f"candidate.said.{said['code']}")
    if said["withdrawn"]:
        state = words("candidate.said.withdrawn")
    elif said["seen_at"] is not None:
        state = words("candidate.said.seen", at=clock.time(said["seen_at"]))
    else:
        state = words("candidate.said.unseen")
    return Line(
        f"{words('candidate.said.title')}: {what} {words('candidate.said.at', at=clock.time(said['at']))} {state}"
    )


def _facts(view: View, words: Texts, clock: _Clock, language: str) -> Iterator[tuple[str, str]]:
    schedule, seat, devices = view["schedule"], view["seat"], view["devices"]
    begins, ends = clock.day(schedule["starts_at"]), clock.time(schedule["ends_at"])
    yield words("candidate.when"), f"{begins}–{ends}"
    yield words("candidate.where"), say(schedule["room"], language)
    if seat is None:
        yield words("candidate.arrive_by"), clock.time(schedule["arrive_by"])
    else:
        yield words("candidate.checked_in_at"), clock.time(seat["at"])
    yield words("candidate.service"), say(view["provider"]["label"], language)
    if devices is not None:
        parts = ("camera", "microphone", "speaker", "network")
        found = (f"{words('candidate.check.' + p)}: {words('candidate.check.result.' + devices[p])}" for p in parts)
        yield words("candidate.check.title"), " / ".join(found)
