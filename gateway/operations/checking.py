"""Whether a provider will carry a timetable: its own preflight, told to the person who asked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.hall import Hall
from gateway.operations.call import Call
from gateway.operations.providers import person_of, provider_of, running
from providers.base import Finding, Planned, Plans, Preflight, ProviderError
from waiting_room.event import Confirmation
from waiting_room.interview import Interview

CHECK_WITHIN = 60.0  # seconds: a page and the command line wait for twice as long; most answer in two or three

NOTHING = Finding(
    "nothing",
    "ok",
    {
        "ja": "この接続先に、事前に確認することはありません。",
        "en": "There is nothing to look at beforehand for this provider.",
    },
)
SILENT = Finding(
    "answer",
    "failed",
    {
        "ja": "接続先が応答しないため、確認できませんでした。",
        "en": "The provider does not answer, so nothing could be looked at.",
    },
)


async def check(call: Call) -> dict[str, Any]:
    """``provider``, ``event?``: over every interview that is still to be held with it, and over all that the event
    still has, whoever carries those now. A provider that does not answer is a finding. Problem ``unknown_provider``,
    ``unknown_event``."""
    name = provider_of(call)
    asked = call.hall() if call.args.get("event") is not None else None
    halls = [hall for hall in call.house.halls if hall.state.created]
    provider = running(call.house, name)
    found = await _looked(provider, _timetable(name, asked, halls, shared=asked is None or isinstance(provider, Plans)))
    shown = [asked] if asked is not None else halls
    return {
        "provider": name,
        "event": asked.id if asked is not None else None,
        "findings": [_to_json(name, one, shown, call.language) for one in found],
    }


def still_to_be_held(hall: Hall) -> Iterable[Interview]:
    """Every interview that is not over."""
    return (interview for interview in hall.state.interviews.values() if interview.room and not interview.over)


def _timetable(name: str, asked: Hall | None, halls: Sequence[Hall], *, shared: bool) -> list[Planned]:
    """``shared``: also what other events hold with this provider, whose means are one for all of them."""
    found: list[Planned] = []
    for hall in halls:
        if hall is asked:
            found += [_slot(hall, interview) for interview in still_to_be_held(hall)]
        elif shared:
            ahead = still_to_be_held(hall)
            found += [_slot(hall, i) for i in ahead if hall.state.provider_for(i.stream) == name]
    return sorted(found, key=lambda slot: (slot.starts_at, slot.event, slot.interview))


def _slot(hall: Hall, interview: Interview) -> Planned:
    return Planned(hall.id, interview.room, interview.id, interview.starts_at, interview.ends_at)


async def _looked(provider: object, timetable: Sequence[Planned]) -> Sequence[Finding]:
    if not isinstance(provider, Preflight):
        return [NOTHING]
    try:
        async with asyncio.timeout(CHECK_WITHIN):
            return await provider.preflight(timetable)
    except (ProviderError, TimeoutError, OSError):
        return [SILENT]


def _to_json(name: str, finding: Finding, halls: Sequence[Hall], language: str) -> dict[str, Any]:
    """Whom it is about is told of the events that were asked for only: of another event, its sentence's time is all."""
    text = finding.text.get(language) or next(iter(finding.text.values()), "")
    confirmed = _confirmed(name, finding.check, halls) if finding.verdict == "ask" else None
    made = {"check": finding.check, "verdict": finding.verdict, "sentence": text, "confirmed": confirmed}
    for hall in halls:
        if finding.interview is not None and (interview := hall.state.interviews.get(finding.interview)) is not None:
            return {**made, "event": hall.id, **person_of(hall, interview)}
    return made


def _confirmed(name: str, check: str, halls: Sequence[Hall]) -> Mapping[str, Any] | None:
    """When it was last confirmed, and by whom."""
    said = ((hall, hall.state.confirmations.get((name, check))) for hall in halls)
    known = [(hall, one) for hall, one in said if one is not None]
    if not known:
        return None
    hall, latest = max(known, key=lambda one: one[1].at)
    return {"at": latest.at // 1000, "by": who_confirmed(hall, latest)}


def who_confirmed(hall: Hall, said: Confirmation) -> str:
    """A name: of the member of staff, or the one that was given on the command line. Empty when it is purged."""
    member = hall.people.staff.get(said.by.removeprefix("staff:"), {})
    return str(member.get("name") or hall.people.private(said.offset).get("name") or "")
