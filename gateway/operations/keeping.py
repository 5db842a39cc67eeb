"""How long one event's personal data is kept, who is on hold and why, what was disclosed; and its early end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.closed import Closed
from gateway.hall import Hall
from gateway.operations.call import Call
from gateway.problems import Problem
from gateway.record.words import VERDICTS, word
from gateway.retention import Outlook
from waiting_room.entries import EVENT, Disclosed, HoldLifted, HoldSet, Stamped
from waiting_room.retention import is_over, last_of


async def show(call: Call) -> dict[str, Any]:
    """``event``, one that is open: when its time is over by its rules, what keeps it, and what was disclosed. Changes
    nothing."""
    hall = call.hall()
    outlook = await call.house.retention.look_at(hall.id)
    found = list(_told((await Closed.read(hall.id, call.house.book)).entries))
    private = await call.house.book.private(hall.id, [st.offset for st in found if st.private_digest is not None])
    holds = {st.stream: st for st in found if isinstance(st.entry, HoldSet) and st.stream in hall.state.holds}
    told = {st.offset: _said(hall, st, private.get(st.offset, {})) for st in found}
    people = sorted(st.offset for stream, st in holds.items() if stream != EVENT)
    last = last_of(hall.state)
    return {
        **_outlook(outlook, call.language),
        "days": hall.state.policy.retention_days,
        "last_at": None if last is None else last // 1000,
        "over": is_over(hall.state, call.house.now()),
        "held": told[holds[EVENT].offset] if EVENT in holds else None,
        "people": [told[offset] for offset in people],
        "disclosures": [told[st.offset] for st in found if isinstance(st.entry, Disclosed)],
    }


async def purge_now(call: Call) -> dict[str, Any]:
    """``typed``: the event's id, typed by whoever decides that nobody waits for the end of its time. Refused
    ``event_not_over``, ``held``; Problem ``invalid`` where something else was typed."""
    hall = call.hall()
    if call.text("typed").strip() != hall.id:
        raise Problem("invalid", field="/typed")
    done = await call.house.retention.purge_now(hall.id, actor=call.actor, command_id=call.command())
    return _outlook(done, call.language)


def _told(entries: list[Stamped]) -> Iterator[Stamped]:
    return (st for st in entries if isinstance(st.entry, HoldSet | HoldLifted | Disclosed))


def _said(hall: Hall, st: Stamped, private: dict[str, Any]) -> dict[str, Any]:
    interview = st.stream.removeprefix("i:") if st.stream != EVENT else None
    row = hall.people.roster.get(interview or "", {})
    return {
        "interview": interview,
        "number": str(row.get("number") or ""),
        "name": str(row.get("name") or ""),
        "at": st.at // 1000,
        "by": str(hall.people.staff.get(st.actor.removeprefix("staff:"), {}).get("name") or ""),
        "reason": str(private.get("reason") or ""),
    }


def _outlook(one: Outlook, language: str) -> dict[str, Any]:
    return {
        "event": one.event,
        "stage": one.stage,
        "due_at": None if one.due_at is None else one.due_at // 1000,
        "interviews": one.interviews,
        "kept": list(one.kept),
        "verdicts": {word(VERDICTS, code, language): count for code, count in one.verdicts.items()},
    }
