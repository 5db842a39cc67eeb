"""Mail to an event's people: looked at, sent, seen to, and what came back."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from gateway.faults import Faulty
from gateway.hall import Hall
from gateway.mail.bounces import MAX_BOUNCE_BYTES, NoReport, read_report
from gateway.mail.facts import address_of, language_of, name_of
from gateway.mail.letters import WHATS, Letters
from gateway.mail.making import Desk
from gateway.mail.post import is_rehearsal
from gateway.mail.queueing import Order, queue, written_to
from gateway.operations.call import Call
from gateway.operations.events import faults_problem
from gateway.problems import Problem
from gateway.texts import LANGUAGES, Language
from waiting_room.commands import ReportBounce
from waiting_room.deciding.mailing import untrue
from waiting_room.entries import MailWhat
from waiting_room.errors import Refused
from waiting_room.interview import Interview
from waiting_room.mailing import Mail, find, is_told

AT_ONCE = 50  # appends under way: they are committed as one, and others get in between
MAX_CHOSEN = 5_000  # interviews named one by one: as many as a roster has


@dataclass(slots=True)
class Plan:
    """Who would be written to, and who not, with the reason."""

    what: MailWhat
    recipients: list[tuple[Interview, str]] = field(default_factory=list)
    already: list[tuple[Interview, str]] = field(default_factory=list)
    without_address: list[tuple[Interview, str]] = field(default_factory=list)
    refused: list[tuple[Interview, str]] = field(default_factory=list)  # with the code


async def preview(call: Call) -> dict[str, Any]:
    """``what``, and whom: ``interviews``, ``room`` or ``all``. Who would get it, who has no address, and the letter as
    the first of them would read it. Changes nothing."""
    hall, plan = _planned(call)
    sample = plan.recipients[0] if plan.recipients else next(iter(plan.already or plan.without_address), None)
    letter = None
    if sample is not None:
        interview, person = sample
        desk = Desk(hall, call.house.links, letters_of(call))
        written, _ = desk.write(interview, person, plan.what, chosen_language(call) or language_of(hall))
        shown = {"subject": written.subject, "text": written.text, "html": written.html}
        letter = {**_person(hall, interview, person), **shown}
    return {**_summary(hall, plan), **await _state(call, hall), "letter": letter}


async def send(call: Call) -> dict[str, Any]:
    """As ``preview`` chooses; ``again``: also to whom it was told before; ``dry_run``: only count. ``by_office``: the
    office has mailed it itself, which is recorded. What is queued goes out by itself. Problem ``mail_off``,
    ``mail_rehearsal``."""
    hall, plan = _planned(call)
    if call.flag("dry_run"):
        return {**_summary(hall, plan), **await _state(call, hall), "queued": 0}
    if call.house.settings.mail is None and not call.flag("by_office"):
        raise Problem("mail_off")
    if is_rehearsal(hall):
        raise Problem("mail_rehearsal")
    queued = await _queue_all(call, hall, plan)
    return {**_summary(hall, plan), **await _state(call, hall), "queued": queued}


async def status(call: Call) -> dict[str, Any]:
    """How many of each kind are where, whether the mail server takes any, and every mail that did not reach its
    person."""
    hall = call.hall()
    counts: dict[str, Counter[str]] = {what: Counter() for what in WHATS}
    rows: list[dict[str, Any]] = []
    for interview in hall.state.interviews.values():
        for mail in interview.mails:
            counts[mail.what][mail.state] += 1
            if mail.state in ("undelivered", "dropped") or (mail.state == "queued" and mail.attempts):
                rows.append({**_person(hall, interview, mail.person), **_mail(hall, mail)})
    shown = {what: dict(sorted(found.items())) for what, found in counts.items() if found}
    rows.sort(key=lambda row: -row["at"])
    return {"event": hall.id, **await _state(call, hall), "counts": shown, "rows": rows}


async def bounce(call: Call) -> dict[str, Any]:
    """``message``: one mail that came back, base64. Recorded as undelivered where it says so of a mail of ours; of
    anything else nothing is kept. Problem ``no_report``."""
    try:
        data = base64.b64decode(call.text("message", longest=2 * MAX_BOUNCE_BYTES), validate=True)
        report = read_report(data)
    except (binascii.Error, NoReport) as error:
        raise Problem("no_report", field="/message") from error
    known = _find(call.house.halls, report.mail) if report.mail is not None else None
    if known is None:
        return {"known": False, "failed": report.failed}
    hall, interview = known
    if report.failed and report.mail is not None:
        await call.execute(hall, ReportBounce(interview.id, report.mail, report.code))
    return {"known": True, "failed": report.failed, "code": report.code, "event": hall.id, "interview": interview.id}


# --- whom --------------------------------------------------------------------------------------------------------


def _planned(call: Call) -> tuple[Hall, Plan]:
    hall, what = call.hall(), call.text("what")
    if what not in WHATS:
        raise Problem("invalid", field="/what")
    plan = Plan(what)
    again, by_office, now = call.flag("again"), call.flag("by_office"), max(call.house.now(), hall.state.at)
    for interview in _chosen(call, hall):
        code = untrue(hall.state, interview, plan.what, now)
        if code is not None:
            plan.refused.append((interview, code))
            continue
        for person in written_to(hall, interview):
            if is_told(interview, what, person) and not again:
                plan.already.append((interview, person))
            elif not by_office and address_of(hall, interview, person) is None:
                plan.without_address.append((interview, person))
            else:
                plan.recipients.append((interview, person))
    return hall, plan


def _chosen(call: Call, hall: Hall) -> list[Interview]:
    """By exactly one of the three. In the order of rooms and times."""
    names, room, everybody = call.texts("interviews"), call.optional("room"), call.flag("all")
    if bool(names) + (room is not None) + everybody != 1 or len(names) > MAX_CHOSEN:
        raise Problem("invalid", field="/interviews")
    if room is not None and room not in hall.state.rooms:
        raise Problem("unknown_room", field="/room")
    if any(name not in hall.state.interviews for name in names):
        raise Problem("unknown_interview", field="/interviews")
    rooms = [room] if room is not None else list(hall.state.rooms)
    wanted = frozenset(names)
    return [one for each in rooms for one in hall.state.of_room(each) if not wanted or one.id in wanted]


async def _queue_all(call: Call, hall: Hall, plan: Plan) -> int:
    language, again, by_office = chosen_language(call), call.flag("again"), call.flag("by_office")
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(interview: Interview, person: str) -> bool:
        order = Order(interview.id, person, plan.what, language, again, by_office)
        async with slots:
            try:
                return await queue(hall, order, actor=call.actor, command_id=call.command(f":{interview.id}:{person}"))
            except Refused as refused:  # overtaken: it is not so any more
                plan.refused.append((interview, refused.code))
                return False

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(*recipient)) for recipient in plan.recipients]
    return sum(task.result() for task in tasks)


def _find(halls: Iterable[Hall], mail: str) -> tuple[Hall, Interview] | None:
    everybody = ((hall, interview) for hall in halls for interview in hall.state.interviews.values())
    return next((found for found in everybody if find(found[1].mails, mail) is not None), None)


# --- what is answered --------------------------------------------------------------------------------------------


def chosen_language(call: Call) -> Language | None:
    """``language``; None for the event's own. Problem ``invalid``."""
    wanted = call.optional("language")
    if wanted is not None and wanted not in LANGUAGES:
        raise Problem("invalid", field="/language")
    return wanted


def letters_of(call: Call) -> Letters:
    """Those of the running gateway; else as the settings have them now."""
    if call.house.post is not None:
        return call.house.post.letters
    settings = call.house.settings.mail
    try:
        return Letters(settings.templates if settings is not None else None)
    except Faulty as error:
        raise faults_problem(error.faults, call.language) from error


async def _state(call: Call, hall: Hall) -> dict[str, Any]:
    trouble = await call.house.neighbours.mail_trouble()
    return {
        "configured": call.house.settings.mail is not None,
        "rehearsal": is_rehearsal(hall),
        "trouble": None if trouble is None else {"code": trouble[0], "since": trouble[1] // 1000},
    }


def _summary(hall: Hall, plan: Plan) -> dict[str, Any]:
    return {
        "event": hall.id,
        "what": plan.what,
        "recipients": list(_people(hall, plan.recipients)),
        "already": len(plan.already),
        "without_address": list(_people(hall, plan.without_address)),
        "refused": [{**_person(hall, interview, "candidate"), "code": code} for interview, code in plan.refused],
    }


def _people(hall: Hall, chosen: list[tuple[Interview, str]]) -> Iterator[dict[str, Any]]:
    for interview, person in chosen:
        yield {**_person(hall, interview, person), "to": address_of(hall, interview, person) or ""}


def _person(hall: Hall, interview: Interview, person: str) -> dict[str, Any]:
    number = str(hall.people.roster.get(interview.id, {}).get("number", ""))
    name = name_of(hall, interview, person)
    return {"interview": interview.id, "person": person, "number": number, "name": name}


def _mail(hall: Hall, mail: Mail) -> dict[str, Any]:
    by = hall.people.staff.get(mail.by.removeprefix("staff:"), {}).get("name", "")
    shown = {"what": mail.what, "state": mail.state, "at": mail.at // 1000, "by": str(by)}
    return {**shown, "attempts": mail.attempts, "code": mail.code}
