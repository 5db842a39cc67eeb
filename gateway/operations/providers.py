"""Who carries the video: which providers there are, switched, and failed over as proposed; what a person confirmed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from gateway.hall import Hall
from gateway.health import usable
from gateway.look import info_of, provider_infos
from gateway.operations.call import Call
from gateway.problems import Problem
from gateway.switching import Preview, Row, foretell
from providers.base import Preflight, Provider
from providers.webrtc.adapter import BuiltInRoom
from waiting_room.commands import AcceptFailover, ConfirmCheck, SwitchProvider
from waiting_room.entries import EVENT, CheckConfirmed
from waiting_room.failover import proposals
from waiting_room.interview import CANDIDATE, Interview
from waiting_room.views import ProviderInfo, Scene

if TYPE_CHECKING:
    from gateway.house import House

BUILT_IN = "webrtc"  # known also where no worker runs: to the command line
MAX_REASON = 500  # characters, as on the wire
MAX_NAME = 100  # characters of a person's name
_CHECK = re.compile(r"[a-z][a-z0-9_]{0,39}")  # a preflight's stable name

Sessions = Literal["stay", "move"]


def known(house: House) -> Mapping[str, ProviderInfo]:
    """Every provider that this gateway has, by name."""
    infos = dict(provider_infos(house))
    infos.setdefault(BUILT_IN, info_of(BUILT_IN, BuiltInRoom.abilities))
    return infos


def choosable(house: House, *, rehearsal: bool) -> Mapping[str, ProviderInfo]:
    """Those that such an event may be held with: what carries nobody is for rehearsals and a demo, and a rehearsal has
    nothing asked of a service outside, where it would use up what the real event needs."""
    return {
        name: info
        for name, info in known(house).items()
        if ((rehearsal or house.settings.demo) if info.rehearsal else (info.embedded or not rehearsal))
    }


def running(house: House, name: str) -> Provider | None:
    """The provider itself. None for the built-in room where no worker runs."""
    if name not in house.providers:
        return None
    return house.providers[name]


def provider_of(call: Call) -> str:
    """The required ``provider``, one of those that there are. Problem ``invalid``, ``unknown_provider``."""
    provider = call.text("provider")
    if provider not in known(call.house):
        raise Problem("unknown_provider", field="/provider")
    return provider


async def switch(call: Call) -> dict[str, Any]:
    """``provider`` ("": a room or an interview follows the wider choice again), ``scope?``, ``open?``: stay or move,
    ``with_narrower?``, ``expects?``, and a ``reason``. ``dry_run``: what it would come to, interview by interview, and
    no reason. Problem ``unknown_provider``; Refused ``changed_meanwhile``, ``no_such_room``, ``no_such_interview``,
    ``bad_target``."""
    hall = call.hall()
    if call.args.get("provider"):
        _must_be_choosable(call, hall)
    if call.flag("dry_run"):
        return _to_json(hall, _foretold(call, hall, _switch_of(call)))
    reason = call.text("reason", longest=MAX_REASON)
    command = _switch_of(call, {"reason": reason})
    await call.execute(hall, command)
    provider = hall.state.provider_for(command.scope)
    return {"event": hall.id, "scope": command.scope, "provider": provider}


async def failover(call: Call) -> dict[str, Any]:
    """``to``, ``open``: stay or move, ``provider?``: whom to leave, where several proposals lead ``to`` the same. As
    proposed now, for all rooms. Refused ``nothing_proposed``."""
    hall, to = call.hall(), call.text("to")
    order = tuple(usable(call.house, hall))
    leaving = call.optional("provider")
    found = [one for one in proposals(hall.state, order) if one.to == to and leaving in (None, one.provider)]
    if len(found) > 1:
        raise Problem("invalid", field="/provider")
    provider = found[0].provider if found else leaving or ""
    await call.execute(hall, AcceptFailover(provider, to, _open(call), order))
    return {"event": hall.id, "provider": provider, "to": to}


async def listing(call: Call) -> dict[str, Any]:
    """Every provider of this gateway: what it can do, which events use it, and for which it does not answer."""
    real = (hall for hall in call.house.halls if hall.state.created and not hall.state.rehearsal)
    halls = sorted(real, key=lambda hall: hall.id)
    return {"providers": [_line(call.house, info, halls) for info in known(call.house).values()]}


async def confirm(call: Call) -> dict[str, Any]:
    """``provider``, ``check``, ``note?``: a person looked at what no program can see. ``name``: who, kept privately and
    required on the command line; whoever asks on a page is known. Problem ``unknown_provider``, ``invalid``."""
    hall, provider, check = call.hall(), provider_of(call), call.text("check")
    if not _CHECK.fullmatch(check):
        raise Problem("invalid", field="/check")
    words = {"note": call.optional("note", longest=MAX_REASON) if call.args.get("note") else None}
    if not call.actor.startswith("staff:"):
        words["name"] = call.text("name", longest=MAX_NAME)
    said = {key: text for key, text in words.items() if text}
    done = await call.execute(hall, ConfirmCheck(provider, check, said or None))
    at = next(st.at for st in done.stamped if isinstance(st.entry, CheckConfirmed))
    return {"event": hall.id, "provider": provider, "check": check, "at": at // 1000}


# --- switching ---------------------------------------------------------------------------------------------------


def _switch_of(call: Call, private: Mapping[str, Any] | None = None) -> SwitchProvider:
    provider = "" if call.args.get("provider") == "" else provider_of(call)
    return SwitchProvider(
        provider,
        call.optional("scope") or EVENT,
        _open(call),
        private,
        expects=call.optional("expects"),
        with_narrower=call.flag("with_narrower"),
    )


def _must_be_choosable(call: Call, hall: Hall) -> None:
    """Problem ``rehearsal_only``, ``rehearsal_outside``."""
    provider, rehearsal = provider_of(call), hall.state.rehearsal
    if provider not in choosable(call.house, rehearsal=rehearsal):
        raise Problem("rehearsal_outside" if rehearsal else "rehearsal_only", field="/provider")


def _open(call: Call) -> Sessions:
    match call.args.get("open", "stay"):
        case "stay":
            return "stay"
        case "move":
            return "move"
    raise Problem("invalid", field="/open")


def _foretold(call: Call, hall: Hall, command: SwitchProvider) -> Preview:
    providers = known(call.house)
    scene = Scene(hall.id, hall.state, hall.people, hall.presence, call.house.now(), providers=providers)

    def to_see(provider: str, interview: Interview) -> bool:
        return any(_sees_terms(scene, provider, agreed) for agreed in _agreed(interview))

    return foretell(hall.state, command, providers, to_see)


def _sees_terms(scene: Scene, provider: str, agreed: frozenset[tuple[str, str]]) -> bool:
    terms = scene.terms(provider, agreed)
    return terms is not None and not terms["agreed"]


def _agreed(interview: Interview) -> Iterator[frozenset[tuple[str, str]]]:
    """What each person of an interview has agreed to."""
    for person in interview.people():
        yield interview.terms if person == CANDIDATE else interview.companion(person).terms


def _to_json(hall: Hall, preview: Preview) -> dict[str, Any]:
    return {
        "event": hall.id,
        "from": preview.was,
        "to": preview.to,
        "rows": [_row(hall, row) for row in preview.rows],
        "counts": dict(preview.counts),
        "warnings": list(preview.warnings),
    }


def _row(hall: Hall, row: Row) -> dict[str, Any]:
    i = row.interview
    return {
        **person_of(hall, i),
        "room": i.room,
        "phase": i.phase,
        "from": row.was,
        "to": row.to,
        "effect": row.effect,
        "terms_to_see": row.terms_to_see,
        "hindrance": row.hindrance,
        "old_link": row.old_link,
    }


def person_of(hall: Hall, interview: Interview) -> dict[str, Any]:
    """Which interview it is, in words that an administrator knows it by."""
    person = hall.people.roster.get(interview.id, {})
    return {
        "interview": interview.id,
        "number": str(person.get("number") or ""),
        "name": str(person.get("name") or ""),
        "starts_at": interview.starts_at // 1000,
    }


# --- what there is -----------------------------------------------------------------------------------------------


def _line(house: House, info: ProviderInfo, halls: Sequence[Hall]) -> dict[str, Any]:
    down = ((hall.id, hall.state.down.get(info.id)) for hall in halls)
    provider = running(house, info.id)
    return {
        "provider": info.id,
        "label": dict(info.label),
        "embedded": info.embedded,
        "tells_arrival": info.arrival == "joined",
        "revokes": info.revokes,
        "ends": info.ends,
        "waits_again": info.waits_again,
        "issued": info.issued,
        "preflight": isinstance(provider, Preflight),
        "events": [hall.id for hall in halls if info.id in in_use(hall)],
        "down": [{"event": event, "since": one.at // 1000, "code": one.code} for event, one in down if one is not None],
    }


def in_use(hall: Hall) -> frozenset[str]:
    """Providers that are chosen for the event, or for anything in it."""
    return frozenset(switched.provider for switched in hall.state.providers.values() if switched.provider)
