"""Canned views of an invented city's exam day, in the shape of ``docs/protocol.md`` §5."""

from __future__ import annotations

from typing import Any

View = dict[str, Any]
MINUTE = 60_000
NAMES = (
    ("佐藤 さくら", "サトウ サクラ"),
    ("髙橋 健太郎", "タカハシ ケンタロウ"),
    ("渡邉 美咲", "ワタナベ ミサキ"),
    ("山﨑 翔", "ヤマザキ ショウ"),
    ("勅使河原 紗由美", "テシガワラ サユミ"),
    ("小林 陽菜", "コバヤシ ヒナ"),
    ("グエン・ティ・フオン・アイン・マリア・テレーザ", "グエン ティ フオン アイン マリア テレーザ"),
    ("加藤 大輔", "カトウ ダイスケ"),
    ("吉田 直樹", "ヨシダ ナオキ"),
    ("斎藤 結衣", "サイトウ ユイ"),
)


def provider(name: str, label: str, **changes: Any) -> View:
    """What the console hears of a provider: one with pages of its own, unless ``changes`` say otherwise."""
    return {
        "id": name,
        "label": {"ja": label, "en": label},
        "support": None,
        "test_page": None,
        "embedded": False,
        "revokes": False,
        "ends": False,
        "tells_arrival": False,
        "waits_again": False,
        "issued": False,
        "down": None,
    } | changes


ZOOM_DESK = {"name": "Zoom サポート", "telephone": "03-0000-9999", "hours": "24時間", "url": None}
PROVIDERS = {
    "webrtc": provider("webrtc", "内蔵の面接室", embedded=True, revokes=True, ends=True, tells_arrival=True),
    "zoom": provider("zoom", "Zoom", ends=True, tells_arrival=True, support=ZOOM_DESK),
    "harutaka": provider("harutaka", "harutaka", waits_again=True, issued=True),
}


def heading(now: int) -> View:
    return {
        "id": "demo",
        "title": "令和8年度 みなと市職員採用試験 第二次面接",
        "timezone": "Asia/Tokyo",
        "now": now,
        "release": "0.1.0",
        "office": {"name": "みなと市 人事課 採用係", "telephone": "03-0000-1234", "hours": "平日 8:30〜17:15"},
    }


def person(index: int, now: int, room: str = "r1", **changes: Any) -> View:
    """Somebody expected; ``changes`` say what has happened to them."""
    name, kana = NAMES[index % len(NAMES)]
    starts_at = now + (index * 20 - 25) * MINUTE
    return {
        "id": f"iv{room}{index:04d}",
        "room": room,
        "order": index + 1,
        "starts_at": starts_at,
        "ends_at": starts_at + 20 * MINUTE,
        "phase": "expected",
        "number": f"R8-{1001 + index}",
        "name": name,
        "kana": kana,
        "telephone": "090-0000-0000",
        "note": "",
        "typed": None,
        "difference": None,
        "place": None,
        "arrived_at": None,
        "verdict": "not_arrived",
        "minutes": 0,
        "attempts": 0,
        "first_attempt_at": None,
        "presence": "never",
        "since": None,
        "devices": None,
        "early": None,
        "held": False,
        "admission": 0,
        "ready": False,
        "deadline": None,
        "joined": [],
        "closing": None,
        "lapse": None,
        "identity": None,
        "steps": ["number", "name"],
        "contacted_at": None,
        "late_notice": None,
        "overdue": False,
        "held_back": [],
        "companions": [],
        "end": None,
        "knock": None,
        "messages": [],
        "provider": "webrtc",
        "coming": changes.get("provider", "webrtc"),
        "session": None,
        "moving": None,
        "handed_over_at": None,
        "there_at": None,
        "ended_there_at": None,
        "terms": None,
        "mailed": None,
        "alarms": [],
        "can": ["contact", "message", "check-in-for"],
    } | changes


def waiting(index: int, now: int, room: str = "r1", **changes: Any) -> View:
    name = NAMES[index % len(NAMES)][0]
    arrived = {
        "phase": "waiting",
        "place": 1,
        "arrived_at": now - 12 * MINUTE,
        "verdict": "on_time",
        "presence": "here",
        "since": now - 12 * MINUTE,
        "devices": dict.fromkeys(("camera", "microphone", "speaker", "network"), "ok"),
        "typed": {"number": f"R8-{1001 + index}", "name": name, "spans": [], "explain": []},
        "knock": {"since": now - 12 * MINUTE, "handled": True},
        "can": ["admit", "hold", "message", "contact", "incident"],
    }
    return person(index, now, room, **{**arrived, **changes})


def in_session(index: int, now: int, room: str = "r1", **changes: Any) -> View:
    inside = {
        "phase": "in_session",
        "place": None,
        "admission": 1,
        "ready": True,
        "joined": ["candidate"],
        "knock": None,
        "can": ["finish", "send-back", "message", "stop", "identity", "incident"],
    }
    return waiting(index, now, room, **{**inside, **changes})


def outside(index: int, now: int, room: str = "r1", name: str = "zoom", **changes: Any) -> View:
    """In session with a provider of its own pages, handed over two minutes ago and not seen there yet."""
    there = {
        "provider": name,
        "session": {"provider": name, "state": "open", "code": None},
        "handed_over_at": now - 2 * MINUTE,
        "joined": [],
        "presence": "asleep",
        "since": now - MINUTE,
        "terms": "agreed",
        "can": ["arrived", "finish", "send-back", "message", "stop", "identity", "incident"],
    }
    return in_session(index, now, room, **{**there, **changes})


def alarm(code: str, now: int, detail: str = "") -> View:
    return {"code": code, "provider": "zoom", "at": now - MINUTE, "detail": detail}


def proposal(now: int, kind: str = "failover", to: str | None = "webrtc", **changes: Any) -> View:
    """Away from Zoom, or back to it."""
    left, goal = ("zoom", to) if kind == "failover" else ("webrtc", "zoom")
    return {
        "id": f"{kind}:{left}:{goal or ''}",
        "kind": kind,
        "provider": left,
        "to": goal,
        "since": now - 4 * MINUTE,
        "code": "unavailable" if kind == "failover" else "",
        "declined": False,
        "inside": 3,
        "ahead": 12,
    } | changes


def zoom_day(now: int, room: str = "r1") -> list[View]:
    """A room on Zoom, with one of each kind of thing that happens there."""
    ready = {"provider": "zoom", "session": {"provider": "zoom", "state": "open", "code": None}}
    failed = {"provider": "zoom", "state": "failed", "code": "quota"}
    recorded = [alarm("recording", now), alarm("settings", now, "auto_recording")]
    return [
        outside(1, now, room, alarms=recorded, can=["arrived", "finish", "send-back", "stop", "settle-alarm"]),
        waiting(2, now, room, place=1, terms="to_see", **ready),
        waiting(3, now, room, place=2, provider="zoom", session=failed),
        waiting(4, now, room, place=3, terms="agreed"),
        person(5, now, room, provider="harutaka", mailed=True, overdue=True, starts_at=now - 8 * MINUTE),
        person(6, now, room, provider="harutaka", mailed=False),
        person(7, now, room, provider="zoom", terms="to_see"),
    ]


def on_zoom(now: int, rows: list[View], **changes: Any) -> View:
    """A console of an event that is held on Zoom."""
    return console(now, rows, **{"provider": {"id": "zoom", "label": PROVIDERS["zoom"]["label"]}, **changes})


def zoom_reception(now: int) -> View:
    """Two rooms on Zoom, a proposal, and something of each kind to do."""
    ended = outside(2, now, "r2", there_at=now - 9 * MINUTE, ended_there_at=now - MINUTE)
    rows = [*zoom_day(now), ended]
    return on_zoom(now, rows, role="reception", rooms=2, failover=[proposal(now)], tasks=zoom_tasks(now))


def zoom_tasks(now: int) -> list[View]:
    def task(code: str, action: str, since: int) -> View:
        about = {"code": code, "room": "r1", "interview": "ivr10001", "since": since, "action": action}
        return {"id": f"{code}:ivr10001:", **about}

    return [
        task("not_seen", "arrived", now - MINUTE),
        task("ended_there", "finish", now - 2 * MINUTE),
        task("alarm_recording", "settle-alarm", now - 3 * MINUTE),
        task("alarm_settings", "settle-alarm", now - 4 * MINUTE),
        {**task("provider", "switch-provider", now - 5 * MINUTE), "interview": "ivr10003", "id": "provider:ivr10003"},
    ]


def room_head(room: str, name: str, **changes: Any) -> View:
    return {
        "id": room,
        "name": name,
        "state": "ready",
        "taken_by": None,
        "next": None,
        "behind_minutes": 0,
        "panel": [
            {"id": "st1", "name": "田中 一郎", "here": True, "in_call": True, "me": True},
            {"id": "st2", "name": "鈴木 花子", "here": True, "in_call": False, "me": False},
            {"id": "st3", "name": "長谷川 京", "here": False, "in_call": False, "me": False},
        ],
        "shared_link": "/r/abc234",
    } | changes


def day(now: int, room: str = "r1") -> list[View]:
    """One of each kind of thing that happens."""
    differs = {"number": "Ｒ８－１００４", "name": "山崎 翔太", "spans": [[4, 5]], "explain": ["other_name"]}
    return [
        person(
            0,
            now,
            room,
            phase="finished",
            arrived_at=now - 60 * MINUTE,
            verdict="on_time",
            can=["reopen"],
            end={"code": "finished", "side": None, "reason": ""},
        ),
        in_session(1, now, room),
        waiting(2, now, room, place=1, verdict="late", minutes=3, knock={"since": now - 20_000, "handled": False}),
        waiting(
            3,
            now,
            room,
            place=2,
            verdict="after_arrive_by",
            typed=differs,
            difference="open",
            presence="asleep",
            since=now - 4 * MINUTE,
            can=["same-person", "message", "hold", "contact"],
        ),
        waiting(
            4,
            now,
            room,
            place=3,
            presence="away",
            since=now - 6 * MINUTE,
            note="筆記試験で車いす席を利用。声が小さめとの申し出あり。",
            companions=[{"label": 1, "name": "通訳 ブイ・ミン", "here": True}],
            early="asked",
            held=True,
        ),
        person(
            5,
            now,
            room,
            starts_at=now - 12 * MINUTE,
            overdue=True,
            attempts=2,
            first_attempt_at=now - 14 * MINUTE,
            contacted_at=now - 5 * MINUTE,
            can=["contact", "message", "check-in-for", "no-show"],
        ),
        person(6, now, room, late_notice={"code": "late", "minutes": 10, "text": "電車が止まっています"}),
        person(
            7,
            now,
            room,
            phase="preparing",
            presence="here",
            since=now - MINUTE,
            devices={"camera": "ok", "microphone": "fail", "speaker": "ok", "network": "warn"},
        ),
        person(8, now, room),
        person(
            9,
            now,
            room,
            phase="absent",
            verdict="absent",
            can=["withdraw-no-show", "reopen"],
            starts_at=now - 80 * MINUTE,
            end={"code": "absent", "side": None, "reason": "電話にも応答がないため"},
        ),
    ]


def console(now: int, rows: list[View], *, role: str = "interviewer", rooms: int = 1, **changes: Any) -> View:
    """``rooms``: r1… ; whom each has and who is next is read off the rows."""
    heads = {}
    for number in range(1, rooms + 1):
        mine = [row for row in rows if row["room"] == f"r{number}"]
        taken = next((row["id"] for row in mine if row["phase"] in ("admitting", "in_session")), None)
        following = next((row["id"] for row in mine if row["phase"] == "waiting"), None)
        heads[f"r{number}"] = room_head(
            f"r{number}", f"第{number}面接室", taken_by=taken, next=following, behind_minutes=8 if number == 1 else 0
        )
    return {
        "kind": "console",
        "event": heading(now),
        "me": {"id": "st1", "name": "田中 一郎", "role": role},
        "provider": {"id": "webrtc", "label": {"ja": "内蔵の面接室", "en": "Built-in room"}},
        "providers": PROVIDERS,
        "failover": [],
        "rooms": heads,
        "rows": {row["id"]: row for row in rows},
        "claims": [],
        "call": None,
        "tasks": [],
    } | changes


def crowd(now: int, count: int) -> View:
    """A room with one inside, ten waiting and the rest to come."""
    rows = [in_session(0, now)]
    rows += [waiting(i, now, place=i) for i in range(1, min(count, 11))]
    rows += [person(i, now) for i in range(11, count)]
    return console(now, rows[:count])


def reception(now: int) -> View:
    """Three rooms, a claim, and something of each kind to do."""
    rows = [row for number in (1, 2, 3) for row in day(now, f"r{number}")]
    claim = {
        "id": "cl1",
        "room": "r1",
        "interview": None,
        "code": "number_unknown",
        "at": now - 3 * MINUTE,
        "first_attempt_at": now - 5 * MINUTE,
        "number": "",
        "name": "小林 陽菜",
        "candidates": ["ivr10005"],
    }
    tasks = [
        {
            "id": "overdue:ivr10005",
            "code": "overdue",
            "room": "r1",
            "interview": "ivr10005",
            "since": now - 2 * MINUTE,
            "action": "no-show",
        },
        {
            "id": "knocking:ivr20002",
            "code": "knocking",
            "room": "r2",
            "interview": "ivr20002",
            "since": now - 90_000,
            "action": "admit",
        },
        {
            "id": "difference:ivr10003",
            "code": "difference",
            "room": "r1",
            "interview": "ivr10003",
            "since": now - 8 * MINUTE,
            "action": "same-person",
        },
        {
            "id": "device:ivr30007",
            "code": "device",
            "room": "r3",
            "interview": "ivr30007",
            "since": now - MINUTE,
            "action": "message",
        },
        {
            "id": "claim:cl1",
            "code": "claim",
            "room": "r1",
            "interview": None,
            "since": now - 3 * MINUTE,
            "action": "settle-claim",
        },
        {
            "id": "panel_missing:r3",
            "code": "panel_missing",
            "room": "r3",
            "interview": None,
            "since": now - 4 * MINUTE,
            "action": "message",
        },
    ]
    return console(now, rows, role="reception", rooms=3, claims=[claim], tasks=tasks)


def admin(now: int, count: int = 24) -> View:
    rows = {}
    for index in range(count):
        source = (
            person(index % 8, now, f"r{index // 8 % 3 + 1}")
            if index % 3
            else waiting(index % 8, now, f"r{index // 8 % 3 + 1}")
        )
        kept = ("room", "starts_at", "name", "phase", "arrived_at", "verdict", "minutes")
        rows[f"iv{index:04d}"] = {
            "id": f"iv{index:04d}",
            "number": f"R8-{1001 + index}",
            "invite_issue": 1 + (index == 4),
            **{key: source[key] for key in kept},
        }
    phases = (
        "expected",
        "preparing",
        "waiting",
        "admitting",
        "in_session",
        "finished",
        "absent",
        "cancelled",
        "broken_off",
    )
    counts = {}
    for room in ("r1", "r2", "r3"):
        mine = [row for row in rows.values() if row["room"] == room]
        counts[room] = {"total": len(mine), "late": 0} | {
            phase: sum(row["phase"] == phase for row in mine) for phase in phases
        }
    return {
        "kind": "admin",
        "event": heading(now),
        "me": {"id": "st9", "name": "管理 花", "role": "administrator"},
        "settings": {
            "provider": "webrtc",
            "notice": {"version": "1", "title": "受験上の注意", "body": "…"},
            "policy": {
                "opens_before": 1800,
                "arrive_by": 300,
                "late_after": 0,
                "absent_after": 600,
                "absent_automatic": False,
                "arrival_wait": 45,
                "finish_undo": 10,
                "early_allowed": True,
                "session_before": 300,
            },
            "rooms": [{"id": f"r{n}", "name": f"第{n}面接室", "shared_link": f"/r/abc23{n + 3}"} for n in (1, 2, 3)],
        },
        "providers": [
            {"id": "webrtc", "label": {"ja": "内蔵の面接室", "en": "Built-in room"}, "in_use": True},
            {"id": "scripted", "label": {"ja": "リハーサル用", "en": "Rehearsal"}, "in_use": False},
        ],
        "counts": counts,
        "rows": rows,
        "staff": [
            {"id": "st1", "name": "田中 一郎", "role": "interviewer", "rooms": ["r1"], "here": True, "revoked": False},
            {"id": "st2", "name": "鈴木 花子", "role": "reception", "rooms": [], "here": False, "revoked": False},
            {"id": "st3", "name": "前任 太郎", "role": "interviewer", "rooms": ["r2"], "here": False, "revoked": True},
            {"id": "st9", "name": "管理 花", "role": "administrator", "rooms": [], "here": True, "revoked": False},
        ],
        "journal": {"offset": 1284, "sealed": 1280, "record_key": "a1b2:c3d4:e5f6:0718:293a:4b5c:6d7e:8f90"},
    }
