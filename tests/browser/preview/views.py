"""A canned view of every state that a candidate, a companion or a visitor can be in. All people are invented."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

View = dict[str, Any]
MINUTE: Final = 60_000
OFFICE: Final = {
    "name": {"ja": "みどり野市 人事委員会事務局", "en": "Midorino City Personnel Commission"},
    "telephone": "012-345-6789",
    "hours": {"ja": "平日 8時30分から17時15分まで", "en": "Weekdays 8:30 to 17:15"},
}
WEBRTC: Final = {
    "id": "webrtc",
    "label": {"ja": "内蔵の面接室", "en": "Built-in room"},
    "support": None,
    "test_page": None,
    "waits_again": False,
}
OUTSIDE: Final = {
    "id": "zoom",
    "label": {"ja": "Zoom", "en": "Zoom"},
    "support": {"name": "Zoom", "url": "https://support.example.com/", "hours": None, "telephone": None},
    "test_page": "https://test.example.com/",
    "waits_again": False,
}
NOTICE: Final = {
    "ja": "この面接はオンラインで行います。\n\n面接の録画・録音・撮影は禁止です。\n\n"
    "予定の時刻の5分前までに受付してください。遅れるときは、電話で連絡してください。\n\n入れていただいた番号と名前は、この面接のためだけに使います。",
    "en": "This interview takes place online.\n\nRecording is forbidden.\n\n"
    "Please check in five minutes before the start. If you are late, please call.\n\n"
    "Your number and name are used for this interview only.",
}


def now_ms() -> int:
    return int(time.time() * 1000)


def harutaka(*, opens_in: int) -> View:
    """A provider that waits once more, its desk open for two hours from ``opens_in`` hours from now."""
    begin = datetime.now(UTC).astimezone(timezone(timedelta(hours=9))) + timedelta(hours=opens_in)
    desk = {
        "name": "harutaka サポートデスク",
        "telephone": "03-0000-5678",
        "hours": "9:00〜18:00（年末年始を除く）",
        "url": "https://desk.example.com/",
        "open_from": f"{begin:%H:%M}",
        "open_until": f"{begin + timedelta(hours=2):%H:%M}",
    }
    label = {"ja": "harutaka", "en": "harutaka"}
    return {"id": "harutaka", "label": label, "support": desk, "test_page": None, "waits_again": True}


def event() -> View:
    title = {"ja": "令和8年度 職員採用試験 第2次面接", "en": "Staff recruitment 2026, second interview"}
    return {"id": "sample", "title": title, "timezone": "Asia/Tokyo", "office": OFFICE, "release": "0.1.0"}


def candidate(phase: str, **parts: Any) -> View:
    """A candidate who has agreed, with the parts that differ."""
    start = now_ms() + 20 * MINUTE
    return {
        "kind": "candidate",
        "phase": phase,
        "fenced": None,
        "event": event(),
        "notice": {"version": "1", "title": {"ja": "受験上の注意", "en": "Notice"}, "body": NOTICE, "agreed": True},
        "terms": None,
        "schedule": {
            "starts_at": start,
            "ends_at": start + 20 * MINUTE,
            "opens_at": start - 60 * MINUTE,
            "arrive_by": start - 5 * MINUTE,
            "late_after": start,
            "room": {"ja": "第1面接室", "en": "Room 1"},
            "open": True,
            "cancel_by": None,
            "shifted_to": None,
        },
        "said": None,
        "devices": None,
        "you": None,
        "seat": None,
        "claim": None,
        "tries": None,
        "room": {"state": "preparing", "behind_minutes": 0},
        "early": None,
        "admission": None,
        "lapse": None,
        "closing": None,
        "time": None,
        "companions": [],
        "texts": [],
        "camera": "required",
        "number_hint": {"ja": "英字1文字と数字4けた（例：A-1001）", "en": "a letter and four digits, such as A-1001"},
        "declarations": None,
        "booking": None,
        "coming_late": None,
        "call": None,
        "messages": [],
        "provider": {"id": "webrtc", "label": WEBRTC["label"]},
        **parts,
    }


def seated(phase: str = "waiting", **parts: Any) -> View:
    seat = {"at": now_ms() - 3 * MINUTE, "verdict": "on_time", "minutes": 0, "place": 3, "ahead": 2, "held": False}
    you = {"number": "１０２３", "name": "髙橋 さくら", "label": None}
    return candidate(phase, **{"you": you, "seat": seat, **parts})


def said(code: str = "late", **parts: Any) -> View:
    """What the candidate told the office five minutes ago."""
    words = {"code": code, "minutes": 10 if code == "late" else None, "text": "電車が止まっています。"}
    return {**words, "at": now_ms() - 5 * MINUTE, "seen_at": None, "withdrawn": False, **parts}


def cancellable(phase: str = "preparing", **parts: Any) -> View:
    """One who may still cancel."""
    view = candidate(phase, **parts)
    return {**view, "schedule": {**view["schedule"], "cancel_by": now_ms() + 10 * MINUTE}}


def shifted() -> View:
    """After a pause of ten minutes."""
    view = seated()
    return {**view, "schedule": {**view["schedule"], "shifted_to": view["schedule"]["starts_at"] + 10 * MINUTE}}


def admission(*, ready: bool = True, provider: View = WEBRTC, pressed: bool = False, **parts: Any) -> View:
    """``parts``: what differs of ``generation``, ``there``, ``moving`` and ``terms_needed``."""
    embedded = provider["id"] == "webrtc"
    door = {"number": 1, "generation": 1, "ready": ready, "embedded": embedded, "provider": provider}
    way = {"deadline": now_ms() + MINUTE, "pressed": pressed, "there": False, "moving": None, "terms_needed": False}
    return {**door, **way, **parts}


def terms(provider: str = "zoom", *, agreed: bool = False) -> View:
    title = {"ja": f"{provider} の利用規約", "en": f"Terms of {provider}"}
    shown = {"title": title, "url": f"https://terms.example.com/{provider}", "version": "3"}
    return {**shown, "provider": provider, "agreed": agreed}


def outside(phase: str = "in_session", provider: View = OUTSIDE, **parts: Any) -> View:
    """Admitted to a provider that has its own pages; ``parts`` of the admission."""
    shown = {"id": provider["id"], "label": provider["label"]}
    return seated(phase, admission=admission(provider=provider, **parts), provider=shown)


def companion_outside(**parts: Any) -> View:
    return {**outside(**parts), "kind": "companion", "you": {"number": None, "name": "王 芳", "label": 1}}


def _call(*, elsewhere: bool = False) -> View:
    slots = [
        {"slot": 0, "role": "interviewer", "label": "1"},
        {"slot": 1, "role": "interviewer", "label": "2"},
        {"slot": 2, "role": "companion", "label": "1"},
    ]
    return {"slots": slots, "video_elsewhere": elsewhere}


def _unread() -> View:
    body = candidate("expected")
    return {**body, "notice": {**body["notice"], "agreed": False}}


def _with_terms() -> View:
    return {**_unread(), "terms": terms()}


def _booked(state: str = "asked") -> View:
    """Two days ahead, the reply due tomorrow."""
    by = now_ms() + 24 * 60 * MINUTE
    return {**_not_open(), "booking": {"state": state, "reply_by": by, "at": None}}


def coming_late(rule: str, *, absent: bool = False, came: bool = False) -> View:
    return {"rule": rule, "absent": absent, "turned_away_at": now_ms() - MINUTE if came else None}


def _own_text() -> View:
    text = {
        "id": "privacy 3",
        "title": {"ja": "個人情報の取扱い", "en": "Privacy"},
        "url": "https://a.example/",
        "body": None,
    }
    return {**_unread(), "texts": [{**text, "agreed": False}]}


def declarations(*, done: bool = False) -> View:
    """A checklist of three lines, the last of them advice; nothing ticked."""
    texts = (
        ("battery", "機器を十分に充電しました。", "My device is well charged.", True),
        ("alone", "明るく静かで、ほかの人が入らない部屋にひとりでいます。", "I am alone in a quiet room.", True),
        ("earphones", "有線のイヤホンを使います。", "I use wired earphones.", False),
    )
    lines = [{"id": key, "text": {"ja": ja, "en": en}, "required": required} for key, ja, en, required in texts]
    return {"version": "0a1b2c3d", "lines": lines, "ticked": [], "done": done}


def _shared() -> View:
    whole = _unread()
    kept = ("event", "fenced", "notice", "terms", "claim", "tries", "provider")
    room = {"name": {"ja": "第2面接室", "en": "Room 2"}}
    return {"kind": "shared", "phase": "arriving", "schedule": None, "room": room, **{key: whole[key] for key in kept}}


def _not_open() -> View:
    view = candidate("preparing")
    opens = now_ms() + 2 * 24 * 60 * MINUTE
    schedule = {**view["schedule"], "opens_at": opens, "starts_at": opens + 60 * MINUTE, "ends_at": opens + 80 * MINUTE}
    return {**view, "schedule": {**schedule, "arrive_by": opens + 55 * MINUTE, "open": False}}


def _busy() -> View:
    messages = [
        {"at": now_ms() - 4 * MINUTE, "text": "前の方の面接が少し長くなっています。"},
        {"at": now_ms() - MINUTE, "text": "もうすぐ始まります。お待ちください。"},
    ]
    view = seated(
        room={"state": "ready", "behind_minutes": 12}, messages=messages, companions=[{"label": 1, "here": True}]
    )
    return {**view, "seat": {**view["seat"], "verdict": "late", "minutes": 3, "place": 1, "ahead": 0, "held": True}}


def _fenced(why: str) -> View:
    return {"kind": "candidate", "fenced": why, "event": event()}


def _companion(phase: str, **parts: Any) -> View:
    return {**seated(phase), "kind": "companion", "you": None, "seat": None, **parts}


def _time(state: str, minutes: int) -> View:
    return {"state": state, "ends_at": now_ms() + minutes * 60_000}


def states() -> dict[str, tuple[str, View]]:
    """State → (the screen that the page must show, the view)."""
    seat = {"at": now_ms() - MINUTE, "verdict": None, "minutes": 0, "place": 3, "ahead": 2, "held": False}
    zoom = {"id": "zoom", "label": OUTSIDE["label"]}
    asks: View = {"provider": zoom, "terms": terms()}
    again = harutaka(opens_in=-1)
    return {
        "notice": ("notice", _unread()),
        "terms": ("notice", _with_terms()),
        "confirm": ("confirm", _booked()),
        "confirmed": ("early_days", _booked("confirmed")),
        "latenumber": ("number", candidate("preparing", coming_late=coming_late("ask"))),
        "late": ("late", candidate("preparing", coming_late=coming_late("refuse", came=True))),
        "absentask": ("end-absent", candidate("absent", coming_late=coming_late("ask", absent=True))),
        "absentstands": ("end-absent", candidate("absent", coming_late=coming_late("stands", absent=True))),
        "owntext": ("notice", _own_text()),
        "declare": ("declare", candidate("preparing", declarations=declarations())),
        "shared": ("notice", _shared()),
        "check": ("check", candidate("preparing")),
        "checksound": ("check", candidate("preparing", camera="forbidden")),
        "notopen": ("early_days", _not_open()),
        "number": ("number", candidate("preparing")),
        "said": ("number", cancellable(said=said())),
        "saidseen": ("waiting", seated(said=said("cannot_connect", seen_at=now_ms() - MINUTE))),
        "saidback": ("number", candidate("preparing", said=said(withdrawn=True))),
        "cancelledown": ("end-cancelled", candidate("cancelled", said=said("cancelled", text="都合のため。"))),
        "tried": ("number", candidate("preparing", tries={"count": 2, "retry_after": 0})),
        "claimopen": ("claim", candidate("preparing", claim={"state": "open", "code": "number_differs"})),
        "claimrefused": ("number", candidate("preparing", claim={"state": "refused", "code": None})),
        "waiting": ("waiting", seated()),
        "busy": ("waiting", _busy()),
        "pausedbefore": ("number", candidate("preparing", room={"state": "paused", "behind_minutes": 0})),
        "shifted": ("waiting", shifted()),
        "paused": ("waiting", seated(room={"state": "paused", "behind_minutes": 0}, lapse="provider_failed")),
        "early": ("waiting", seated(early="asked")),
        "waitingterms": ("waiting", seated(**asks)),
        "preparing": ("called", seated("admitting", admission=admission(ready=False))),
        "preparingzoom": ("called", seated("admitting", admission=admission(ready=False, provider=OUTSIDE))),
        "calledterms": (
            "terms",
            seated("admitting", admission=admission(provider=OUTSIDE, terms_needed=True), **asks),
        ),
        "called": ("called", seated("admitting", admission=admission(), call=_call())),
        "redirect": ("redirect", outside("admitting")),
        "pressed": ("redirect", outside(pressed=True)),
        "there": ("redirect", outside(pressed=True, there=True)),
        "again": ("redirect", outside("admitting", again)),
        "againpressed": ("redirect", outside(provider=harutaka(opens_in=2), pressed=True)),
        "companionoutside": ("redirect", companion_outside(pressed=True)),
        "room": ("room", seated("in_session", admission=admission(), call=_call())),
        "time-almost-up": (
            "room",
            seated("in_session", admission=admission(), call=_call(), time=_time("almost_up", 5)),
        ),
        "time-up": ("room", seated("in_session", admission=admission(), call=_call(), time=_time("up", -1))),
        "closing": ("room", seated("in_session", admission=admission(), call=_call(), closing=now_ms() + 600_000)),
        "elsewhere": ("room", seated("in_session", admission=admission(), call=_call(elsewhere=True))),
        "moving": ("room", seated("in_session", admission=admission(moving="preparing"), call=_call())),
        "movingterms": ("room", seated("in_session", admission=admission(moving="preparing"), call=_call(), **asks)),
        "movingout": ("redirect", outside(pressed=True, moving="preparing")),
        "moved": ("moved", seated("in_session", admission=admission(generation=2, moving="open"), call=_call())),
        "movedout": ("redirect-moved", outside(generation=2, moving="open")),
        "finished": ("end-finished", seated("finished")),
        "absent": ("end-absent", candidate("absent")),
        "cancelled": ("end-cancelled", candidate("cancelled")),
        "brokenoff": ("end-broken_off", seated("broken_off")),
        "takenover": ("fenced-taken_over", _fenced("taken_over")),
        "stranger": ("fenced-not_this_person", _fenced("not_this_person")),
        "companion": ("number", _companion("preparing")),
        "companionwaits": (
            "waiting",
            _companion("waiting", seat=seat, you={"number": None, "name": "王 芳", "label": 1}),
        ),
    }
