"""Callbacks: which are genuine, and what each says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp import web

from providers.base import GiveUp, Observation, Person, Redirect
from providers.zoom.adapter import Zoom
from providers.zoom.types import SECOND
from providers.zoom.webhooks import LONGEST, observations
from tests.providers.zoom.conftest import Make
from tests.providers.zoom.samples import CANDIDATE, COMPANION, INTERVIEWER, spec
from tests.support.zoom_simulator import Clock, ZoomSimulator
from tests.support.zoom_simulator_webhooks import Webhooks

T = "2026-11-28T03:30:00Z"
AT = 1_795_836_600 * SECOND
SENT = AT + 5 * SECOND
HOST = "Abhost1-_9"
GUEST = {"id": "", "email": "", "user_name": "1001 青葉 花子", "participant_uuid": "p1"}


def message(event: str, id_: object = "99900000000", participant: object = None, **about: object) -> dict[str, Any]:
    object_ = {"id": id_, "uuid": "/a//b==", "host_id": HOST, "topic": "面接", "unheard_of": [1], **about}
    if participant is not None:
        object_["participant"] = participant
    return {"event": event, "event_ts": SENT // 1000, "payload": {"account_id": "a", "object": object_}}


def guest(event: str, participant: Mapping[str, object] | None = None) -> dict[str, Any]:
    return message(f"meeting.participant_{event}", participant={**GUEST, **(participant or {})})


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        (message("meeting.started", start_time=T), ("opened", AT, None, None)),
        (message("meeting.ended", end_time=T), ("ended", AT, None, None)),
        (guest("joined", {"join_time": T}), ("joined", AT, "candidate", None)),
        (
            message("meeting.participant_joined", participant={"id": HOST, "user_name": "Host", "join_time": T}),
            ("joined", AT, "staff", None),
        ),
        (
            guest("joined", {"user_name": "stranger", "join_time": T}),
            ("joined", AT, None, None),
        ),
        (
            guest("left", {"leave_time": T, "leave_reason": "Network connection error."}),
            ("left", AT, "candidate", "Network connection error."),
        ),
        (
            guest("left", {"leave_time": T, "leave_reason": "青葉 left the meeting.<br>Reason: Host ended it."}),
            ("left", AT, "candidate", "Host ended it."),
        ),
        (
            guest("left", {"leave_time": T, "leave_reason": "青葉 left the meeting."}),
            ("left", AT, "candidate", None),
        ),
        (
            guest("joined_waiting_room", {"date_time": T}),
            ("waiting", AT, "candidate", "waiting_room"),
        ),
        (
            guest("put_in_waiting_room", {"date_time": T}),
            ("waiting", AT, "candidate", "waiting_room"),
        ),
        (guest("jbh_waiting"), ("waiting", SENT, "candidate", "before_host")),
        (guest("jbh_waiting_left"), ("left", SENT, "candidate", "before_host")),
        (guest("jbh_joined"), ("joined", SENT, "candidate", None)),
        (guest("admitted", {"date_time": T}), ("joined", AT, "candidate", None)),
        (
            message("meeting.device_tested", participant={**GUEST, "camera_status": 2, "microphone_status": 1}),
            ("checked", SENT, "candidate", "camera=2 microphone=1"),
        ),
        (
            message("recording.started", recording_file={"recording_start": T}),
            ("recording", AT, None, "recording.started"),
        ),
        (message("recording.transcript_completed"), ("recording", SENT, None, "recording.transcript_completed")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("id_", ["99900000000", 99900000000])
def test_what_each_event_says(told: dict[str, Any], seen: tuple[object, ...], id_: object) -> None:
    """By the payload's own times; the id a string in some, a number in others."""
    told["payload"]["object"]["id"] = id_
    known = {("99900000000", "1001 青葉 花子"): "candidate:iv1"}
    (found,) = observations(told, lambda room, name: known.get((room, name)))
    kind, at, side, reason = seen
    sub = "candidate:iv1" if side == "candidate" else None
    stranger = told["payload"]["object"].get("participant", {}).get("user_name") if side is None else None
    assert found == Observation(kind, "99900000000", at, sub, side, reason, stranger)  # type: ignore[arg-type]  # parametrised


@pytest.mark.parametrize("event", ["meeting.created", "user.updated", "", "endpoint.url_validation"])
def test_what_is_nothing_of_ours_says_nothing(event: str) -> None:
    assert observations({"event": event, "payload": {}}, lambda _room, _name: None) == []


@pytest.mark.parametrize(
    "told",
    [
        message("meeting.started", id_=None),
        message("meeting.started", id_="ab"),
        message("meeting.started", id_=True),
        {**message("meeting.started"), "payload": "text"},
        {**message("meeting.participant_jbh_waiting"), "event_ts": "now"},
    ],
)
def test_a_payload_without_its_meeting_or_time_is_garbage(told: dict[str, Any]) -> None:
    with pytest.raises(GiveUp, match="garbage"):
        observations(told, lambda _room, _name: None)


# --- genuine ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def hooks(clock: Clock) -> Webhooks:
    return ZoomSimulator(clock).webhooks


def body(event: str = "meeting.started") -> bytes:
    return json.dumps(message(event, start_time=T)).encode()


def test_a_signed_callback_is_genuine_whatever_the_case_of_its_headers(zoom: Zoom, hooks: Webhooks) -> None:
    headers = hooks.headers(body())
    for told in (headers, {name.title(): value for name, value in headers.items()}):
        assert [one.kind for one in zoom.observe(told, body())] == ["opened"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"x-zm-signature": "v0=" + "0" * 64}, "not_genuine"),
        ({"x-zm-signature": "é"}, "not_genuine"),
        ({"x-zm-signature": "v0=\udcff"}, "not_genuine"),
        ({"x-zm-signature": ""}, "not_genuine"),
        ({"x-zm-request-timestamp": "1"}, "not_genuine"),
        ({"x-zm-request-timestamp": "９９"}, "not_genuine"),
        ({"x-zm-request-timestamp": ""}, "not_genuine"),
    ],
)
def test_a_forged_callback_is_refused(zoom: Zoom, hooks: Webhooks, changed: dict[str, str], code: str) -> None:
    with pytest.raises(GiveUp, match=code):
        zoom.observe({**hooks.headers(body()), **changed}, body())


def test_a_changed_body_is_refused(zoom: Zoom, hooks: Webhooks) -> None:
    with pytest.raises(GiveUp, match="not_genuine"):
        zoom.observe(hooks.headers(body()), body() + b" ")


@pytest.mark.parametrize("off", [-301, 302])
def test_a_callback_that_was_signed_long_ago_is_a_replay(zoom: Zoom, hooks: Webhooks, clock: Clock, off: int) -> None:
    headers = hooks.headers(body(), at=clock.at + off * SECOND)
    with pytest.raises(GiveUp, match="stale"):
        zoom.observe(headers, body())


def test_a_late_delivery_is_taken_by_its_own_times(zoom: Zoom, hooks: Webhooks, clock: Clock) -> None:
    """Signed anew at each attempt, up to 85 minutes later: the time is that of the fact."""
    clock.at = AT + 85 * 60 * SECOND
    assert [one.at for one in zoom.observe(hooks.headers(body()), body())] == [AT]


def test_without_a_secret_nothing_is_genuine(make: Make, clock: Clock) -> None:
    unsigned = Webhooks("", "a", clock)
    with pytest.raises(GiveUp, match="not_genuine"):
        make(webhook_secret="").observe(unsigned.headers(body()), body())


def test_a_body_beyond_the_bound_is_refused(zoom: Zoom, hooks: Webhooks) -> None:
    long = body() + b" " * LONGEST
    with pytest.raises(GiveUp, match="not_genuine"):
        zoom.observe(hooks.headers(long), long)


@pytest.mark.parametrize("raw", [b"", b"[1]", b"\xff", b"[" * 10_000, b"null"])
def test_a_signed_body_that_is_no_message_is_garbage(zoom: Zoom, hooks: Webhooks, raw: bytes) -> None:
    with pytest.raises(GiveUp, match="garbage"):
        zoom.observe(hooks.headers(raw), raw)


def test_a_repeated_delivery_has_the_same_id_and_another_fact_has_not(zoom: Zoom) -> None:
    again = json.dumps(json.loads(body()), indent=1).encode()
    assert zoom.delivery_id(body()) == zoom.delivery_id(again)
    assert zoom.delivery_id(body()) != zoom.delivery_id(body("meeting.ended"))


# --- as the simulator delivers them ----------------------------------------------------------------------------------


async def test_a_call_is_seen_from_join_to_end(zoom: Zoom, far_side: ZoomSimulator) -> None:
    """Duplicated and in reverse: the same facts, and the ids tell the duplicates."""
    seen: list[Observation] = []
    ids: list[str] = []

    async def hear(request: web.Request) -> web.Response:
        raw = await request.read()
        if (answer := zoom.validation(request.headers, raw)) is not None:
            return web.json_response(dict(answer))
        seen.extend(zoom.observe(request.headers, raw))
        ids.append(zoom.delivery_id(raw))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/hook", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    far_side.webhooks.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    assert await far_side.webhooks.validate()

    room = await zoom.open_room(spec(), key="k")
    for person in (INTERVIEWER, CANDIDATE, COMPANION):
        ticket = await zoom.ticket(room, person)
        assert isinstance(ticket, Redirect)
        far_side.world.enter(int(room.id), ticket.url.rpartition("=")[2])
    far_side.world.record(int(room.id))
    await zoom.close_room(room)
    assert set(await far_side.webhooks.deliver(reverse=True, times=2)) == {204}
    await runner.cleanup()

    assert len(ids) == 2 * len(set(ids))
    facts = sorted({(one.kind, one.sub, one.side) for one in seen}, key=str)
    assert facts == sorted(
        [
            ("opened", None, None),
            ("ended", None, None),
            ("recording", None, None),
            *((kind, None, "staff") for kind in ("joined", "left")),
            *((kind, CANDIDATE.sub, "candidate") for kind in ("joined", "left")),
            *((kind, COMPANION.sub, "companion") for kind in ("joined", "left")),
        ],
        key=str,
    )
    assert {one.room_id for one in seen} == {room.id}


async def test_two_of_the_same_name_are_not_told_apart(zoom: Zoom, far_side: ZoomSimulator) -> None:
    room = await zoom.open_room(spec(), key="k")
    far_side.world.start(far_side.world.meetings[int(room.id)])
    for sub in ("companion:iv1.1", "companion:iv1.2"):
        ticket = await zoom.ticket(room, Person(sub, "companion", "佐藤", 1, 0))
    assert isinstance(ticket, Redirect)
    far_side.world.enter(int(room.id), ticket.url.partition("tk=")[2])
    raw = far_side.webhooks.outbox[-1]
    assert [one.sub for one in zoom.observe(far_side.webhooks.headers(raw), raw)] == [None]
