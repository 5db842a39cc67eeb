"""What a page asks of a candidate before the seat: the booking, the event's texts besides the notice, the checklist."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from waiting_room import booking, declaring
from waiting_room.interview import Consent, Interview
from waiting_room.viewing.scene import Scene, View, ms, ms_or_none


def texts(scene: Scene, agreed: Collection[str]) -> list[View]:
    """Those that have to be agreed to, in the rules' order; ``agreed``: as ``Consented.texts`` names them."""
    known = _written(scene, "consents")
    return [
        {**_shown(known.get(name.partition(" ")[0], {})), "id": name, "agreed": name in agreed}
        for name in declaring.texts_of(scene.event.policy)
    ]


def texts_of(consent: Consent | None) -> tuple[str, ...]:
    """What was agreed to besides the notice."""
    return () if consent is None else consent.texts


def checklist(scene: Scene, ticked: Collection[str], *, done: bool) -> View | None:
    """None where the rules have none. ``done``: nothing is to be ticked, or no more."""
    policy = scene.event.policy
    if not policy.declarations:
        return None
    words = _written(scene, "declarations")
    lines = [
        {"id": line.id, "text": words.get(line.id, {}).get("text", line.id), "required": line.required}
        for line in policy.declarations
    ]
    return {"version": declaring.version_of(policy), "lines": lines, "ticked": list(ticked), "done": done}


def checklist_of(scene: Scene, i: Interview) -> View | None:
    """Whoever has the seat is asked no more."""
    ticked = () if i.declared is None else i.declared.items
    return checklist(scene, ticked, done=i.arrival is not None or declaring.is_declared(i, scene.event.policy))


def number_hint(scene: Scene) -> Any:
    """What a number looks like, in the office's words; None where they gave none."""
    return (scene.people.settings.get("policy") or {}).get("number_hint")


def booking_of(scene: Scene, i: Interview) -> View | None:
    """Whether the booking is confirmed; None where nothing has to be. ``held_back``: why it is not void although the
    cut-off has passed."""
    dates = scene.dates(i)
    stands = booking.standing(i, scene.event.policy, dates.reply_by, scene.now)
    if stands == "none":
        return None
    overdue = stands == "overdue" and dates.reply_by is not None
    return {
        "state": stands,
        "by_reply": scene.event.policy.booking.confirmation == "reply",
        "reply_by": ms_or_none(dates.reply_by),
        "at": None if i.confirmed is None else ms(i.confirmed.at),
        "held_back": list(booking.held_back(scene.event, i, dates.reply_by or 0)) if overdue else [],
    }


def pretest_of(scene: Scene, i: Interview) -> View | None:
    """What the rules say of a connection test on an earlier day, and when it was done last; None where they ask for
    none."""
    policy, dates = scene.event.policy, scene.dates(i)
    if policy.pretest == "off":
        return None
    found = booking.pretested(i, policy, dates)
    return {
        "wanted": policy.pretest,
        "at": None if found is None else ms(found.at),
        "ok": found is not None and found.ok,
    }


def declared(scene: Scene, i: Interview) -> View | None:
    """For staff: how many lines were ticked and when, and what is missing of those that the rules require, in the
    office's words. None where the rules have no checklist."""
    policy = scene.event.policy
    if not policy.declarations:
        return None
    found, words = i.declared, _written(scene, "declarations")
    ticked = () if found is None else found.items
    open_lines = [line for line in policy.declarations if line.id not in ticked]
    return {
        "at": None if found is None else ms(found.at),
        "version": None if found is None else found.version,
        "ticked": len(ticked),
        "lines": len(policy.declarations),
        "missing": [words.get(line.id, {}).get("text", line.id) for line in open_lines if line.required],
        "advice": [words.get(line.id, {}).get("text", line.id) for line in open_lines if not line.required],
        "done": declaring.is_declared(i, policy),
    }


def _written(scene: Scene, key: str) -> Mapping[str, Mapping[str, Any]]:
    """The office's words for the lines of a list of its rules, by id; none once the event was purged."""
    rules = scene.people.settings.get("policy") or {}
    return {one["id"]: one for one in rules.get(key, ())}


def _shown(text: Mapping[str, Any]) -> View:
    return {key: text.get(key) for key in ("title", "url", "body")}
