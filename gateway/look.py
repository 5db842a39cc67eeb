"""What a session may see now: from its caller to the view of its audience, and the view's id."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from gateway.access import Caller
from gateway.hall import Hall
from gateway.health import REHEARSAL, usable
from gateway.problems import Problem
from providers.base import Abilities
from waiting_room import declaring
from waiting_room.booking import Dates
from waiting_room.interview import Interview
from waiting_room.viewing.asking import checklist, texts
from waiting_room.views import (
    ProviderInfo,
    Scene,
    admin_view,
    candidate_view,
    companion_view,
    console_view,
    shared_view,
)

if TYPE_CHECKING:
    from gateway.house import House

View = dict[str, Any]
ID_BYTES = 12  # 96 bits: two views of one page never share an id by chance

VIDEO_PARTS = ("fenced", "event", "phase", "admission", "closing", "call", "provider", "camera")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def view_of(caller: Caller) -> View:
    """The present view. Problem ``forbidden`` where the session has none."""
    view, loss = _view_of(caller), caller.hall.loss
    if loss is not None:
        view |= {"loss": loss.to_json()} if caller.statement.staff is not None else {"missing": True}
    return view | {"store": "lost"} if caller.hall.behind or loss is not None else view


def _view_of(caller: Caller) -> View:
    scene = scene_of(caller)
    sid, person = caller.sid, caller.statement.person
    match caller.role:
        case "administrator":
            return admin_view(scene, caller.staff)
        case "interviewer" | "reception":
            return console_view(scene, caller.staff)
        case "video":
            return _video_view(scene, caller)
        case "shared":
            return _shared_view(scene, caller)
        case "companion":
            return companion_view(scene, caller.own.id, person, sid)
        case "candidate":
            return candidate_view(scene, caller.own.id, sid)


def id_of(view: View, hall: Hall) -> str:
    """The same view has the same id, in every process. Of a console's rows only those that are new are read."""
    if view["kind"] != "console":
        return hashlib.blake2s(_encode(view).encode(), digest_size=ID_BYTES).hexdigest()
    rows = view["rows"]
    whole = hashlib.blake2s(_encode({**view, "rows": list(rows)}).encode(), digest_size=ID_BYTES)
    whole.update(b"".join([_digest(hall.digests, key, row) for key, row in rows.items()]))
    return whole.hexdigest()


def _digest(known: dict[str, tuple[View, bytes]], key: str, row: View) -> bytes:
    found = known.get(key)
    if found is None or found[0] is not row:
        found = known[key] = (row, hashlib.blake2s(_encode(row).encode()).digest())
    return found[1]


def look(caller: Caller) -> str:
    """The id of the present view."""
    return id_of(view_of(caller), caller.hall)


def scene_of(caller: Caller) -> Scene:
    """This moment of the caller's event."""
    house, hall = caller.house, caller.hall
    subject = caller.actor

    def dates(i: Interview) -> Dates:
        return hall.cutoffs.at(hall.state.policy, i.starts_at, hall.people.zone)

    return Scene(
        id=hall.id,
        event=hall.state,
        people=hall.people,
        presence=hall.presence,
        now=max(house.now(), hall.state.at),
        release=release(),
        cancel_until=lambda i: dates(i).cancel_until,
        dates=dates,
        providers=provider_infos(house),
        order=tuple(usable(house, hall)) if caller.statement.staff is not None else (),
        shared_links=shared_links(house, hall),
        slots=hall.calls.slots,
        in_call=hall.calls.in_call,
        elsewhere=frozenset({subject}) if house.video.has_elsewhere(caller.sid) else frozenset(),
        retry_after=_retry_after(caller),
        record_key=house.keys.record_fingerprint() if caller.role == "administrator" else "",
        drawn=hall.drawn,
    )


@cache
def release() -> str:
    """This release's version, so that a page that is older can reload itself."""
    return version("genkan")


def provider_infos(house: House) -> Mapping[str, ProviderInfo]:
    """Of every provider; made once, for what a provider can do does not change while we run."""
    known = house.provider_infos
    for name in house.providers:
        if name not in known:
            known[name] = info_of(name, house.providers[name].abilities)
    return known


def shared_links(house: House, hall: Hall) -> Mapping[str, str]:
    """Paths of the rooms' shared links."""
    if len(hall.shared_links) != len(hall.state.rooms):  # a room stays a room
        hall.shared_links = {room: f"/r/{house.links.room_code(hall.id, room)}" for room in hall.state.rooms}
    return hall.shared_links


def info_of(name: str, can: Abilities) -> ProviderInfo:
    """What screens say about a provider that can do this."""
    return ProviderInfo(
        id=name,
        label=can.label,
        embedded=can.embedded,
        support=asdict(can.support) if can.support is not None else None,
        test_page=can.test_page,
        terms=asdict(can.terms) if can.terms is not None else None,
        arrival=can.arrival,
        revokes=can.revokes,
        ends=can.ends,
        waits_again=can.waits_again,
        issued=can.issued,
        rehearsal=name == REHEARSAL,
    )


def _retry_after(caller: Caller) -> Mapping[str, int]:
    delay = caller.house.slowing.delay(caller.address, caller.sid, caller.house.monotonic())
    return {caller.sid: int(delay)} if delay else {}


def _shared_view(scene: Scene, caller: Caller) -> View:
    """Consent on a shared link is kept with the session until the seat is found."""
    view = shared_view(scene, caller.statement.room or "", caller.sid)
    given = caller.house.consents.get(caller.sid)
    if given is not None:
        view["notice"] = {**view["notice"], "agreed": given["notice"] == view["notice"]["version"]}
        if view["terms"]:
            view["terms"] = {**view["terms"], "agreed": given.get("terms") == view["terms"]["version"]}
        view["texts"] = texts(scene, given["texts"])
        ticked, version = given.get("declared", ((), ""))
        done = version == declaring.version_of(scene.event.policy)
        view["declarations"] = checklist(scene, ticked, done=done)
    return view


def _video_view(scene: Scene, caller: Caller) -> View:
    """Of the page that this device belongs to: only what the video needs."""
    parent = caller.house.video.parent(caller.sid)
    if parent is None:
        raise Problem("session_expired")
    if caller.statement.staff is not None:
        console = console_view(scene, caller.staff)
        return {"kind": "video", "of": "staff", "event": console["event"], "call": console["call"]}
    interview, person = caller.own, caller.statement.person
    if person == "candidate":
        whole = candidate_view(scene, interview.id, parent)
    else:
        whole = companion_view(scene, interview.id, person, parent)
    return {"kind": "video", "of": whole["kind"], **{part: whole.get(part) for part in VIDEO_PARTS}}
