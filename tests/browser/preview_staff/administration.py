"""The administrator's side of the stand-in: who carries the video, dry runs, preflights, links issued beforehand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.browser.preview_staff import views
from tests.browser.preview_staff.desk import Desk
from tests.browser.preview_staff.server import LINK, Preview

View = dict[str, Any]
MINUTE = 60_000
SUPPORT = {"name": "受験者サポート窓口", "telephone": "0120-000-000", "url": "https://support.example.invalid/"}
TEST_PAGE = "https://test.example.invalid/"
ABILITIES = ("embedded", "tells_arrival", "revokes", "ends", "waits_again", "issued")


def provider(name: str, ja: str, en: str, able: str, **changes: Any) -> View:
    """``able``: a 1 or 0 for each of ``ABILITIES``."""
    can = {ability: bit == "1" for ability, bit in zip(ABILITIES, able, strict=True)}
    made = {"id": name, "label": {"ja": ja, "en": en}, "in_use": False, "support": None, "test_page": None}
    return {**made, **can, "down": None, **changes}


def providers(in_use: str = "webrtc", down: View | None = None) -> list[View]:
    """The three of them; ``down`` is of Zoom's."""
    found = [
        provider("webrtc", "内蔵の面接室", "Built-in room", "111100"),
        provider(
            "zoom", "Zoom", "Zoom", "011100", support=SUPPORT, test_page="https://test.example.invalid/", down=down
        ),
        provider("harutaka", "harutaka", "harutaka", "000011", support=SUPPORT),
    ]
    return [{**one, "in_use": one["id"] == in_use} for one in found]


def choice(scope: str, name: str, at: int, **changes: Any) -> View:
    made = {"scope": scope, "provider": name, "before": "webrtc", "because": "chosen", "open_sessions": "stay"}
    return {**made, "at": at, "by": "管理 花", **changes}


def day(now: int, count: int = 30, *, in_use: str = "webrtc", down: View | None = None) -> View:
    """An event with three providers, one room and one interview of another mind."""
    view = views.admin(now, count)
    narrower = [choice("r:r2", "zoom", now - 30 * MINUTE, because="failover", by="鈴木 花子")]
    if count > 4:
        narrower.append(choice("i:iv0004", "harutaka", now - 12 * MINUTE))
    return {
        **view,
        "providers": providers(in_use, down),
        "switches": [choice("event", in_use, now - 26 * 60 * MINUTE, before="", by=""), *narrower],
        "confirmations": [{"provider": "zoom", "check": "tenant", "at": now - 50 * 60 * MINUTE, "by": "管理 花"}],
        "coverage": {"harutaka": {"total": count, "missing": min(2, count), "mailed": max(0, count - 4)}},
    }


def alone(now: int, count: int = 0) -> View:
    """Only the built-in room is configured."""
    view = day(now, count)
    return {**view, "providers": view["providers"][:1], "switches": view["switches"][:1], "coverage": {}}


EFFECTS = {"waiting": "reopens", "in_session": "moves", "finished": "stays"}


def dry_run(view: View, body: View) -> View:
    """What a switch would do, some of each effect among many."""
    scope, to = body["scope"], body["provider"] or "webrtc"
    chosen = {one["scope"]: one["provider"] for one in view["switches"]}
    rows = []
    for index, row in enumerate(view["rows"].values()):
        if scope not in ("event", f"r:{row['room']}", f"i:{row['id']}"):
            continue
        rows.append(_effect(row, index, chosen, body, to))
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["effect"]] = counts.get(row["effect"], 0) + 1
    return {"from": chosen.get(scope, chosen["event"]), "to": to, "rows": rows, "counts": counts, "warnings": []}


def _effect(row: View, index: int, chosen: View, body: View, to: str) -> View:
    own = chosen.get(f"i:{row['id']}") or chosen.get(f"r:{row['room']}")
    now_with = own or chosen["event"]
    left_alone = own is not None and body["scope"] == "event" and not body["with_narrower"]
    inside = index % 10 == 3
    effect = "own" if left_alone else "same" if now_with == to else EFFECTS.get(row["phase"], "follows")
    if effect in ("follows", "reopens") and inside:
        effect = "moves" if body["open"] == "move" else "stays"
    changes = effect in ("follows", "reopens", "moves")
    given = {"harutaka": "stays", "zoom": "ends", "webrtc": "dies"}[now_with]
    return {
        **{key: row[key] for key in ("number", "name", "room", "starts_at", "phase")},
        "interview": row["id"],
        "from": now_with,
        "to": to if changes else now_with,
        "effect": effect,
        "terms_to_see": changes and to != "webrtc" and index % 3 == 0,
        "hindrance": "no_link" if changes and to == "harutaka" and index % 9 == 1 else None,
        "old_link": given if changes and (effect == "moves" or now_with == "harutaka") else None,
    }


def finding(check: str, verdict: str, sentence: str, row: View | None = None, **changes: Any) -> View:
    slot = {key: row[key] for key in ("number", "name", "starts_at")} | {"interview": row["id"]} if row else {}
    return {"check": check, "verdict": verdict, "sentence": sentence, "confirmed": None, **slot, **changes}


def findings(view: View, short: int = 2) -> list[View]:
    """A preflight of Zoom: ``short`` slots lack a host, one thing to confirm is new and one was confirmed before."""
    rows = list(view["rows"].values())[:short]
    before = view["confirmations"][0]
    return [
        finding("credentials", "ok", "認証情報でZoomに接続できます。"),
        finding("scopes", "ok", "必要な権限(スコープ)がそろっています。"),
        finding("clock", "warning", "Zoomの時刻を確認できませんでした。"),
        *(finding("concurrency", "failed", "この枠でホストが 1 人足りません。", row) for row in rows),
        finding("settings", "failed", "設定「auto_recording」が希望どおりになりません。"),
        finding("tenant", "ask", "録画・AI Companion・要約が無効であることを目で確認してください。", confirmed=before),
        finding("waiting_room", "ask", "待機室がアカウントで固定されていないことを目で確認してください。"),
        finding("trial", "ok", "試しの会議を作成・確認・削除できました。"),
    ]


def links(view: View, faults: list[View] | None = None) -> View:
    rows = list(view["rows"].values())
    kept = ("number", "name", "starts_at")
    missing = [{"interview": row["id"], **{key: row[key] for key in kept}} for row in rows[-2:]]
    found = max(0, len(rows) - 2)
    return {"ok": True, "rows": found, "known": found, "missing": missing, "faults": faults or []}


@dataclass
class Administration(Preview):
    """``computed``: answers that depend on what was asked. A command in ``gates`` is answered when its gate opens."""

    computed: dict[str, Callable[[View], tuple[int, View]]] = field(default_factory=dict)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)

    async def _command(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name in self.computed:
            self.answers[name] = self.computed[name](await request.json())
        response = await super()._command(request)
        if name in self.gates:
            await self.gates[name].wait()
        return response


def administration(view: View) -> Administration:
    """One that answers as a gateway would."""
    made = Administration(view)
    made.computed = {
        "switch-preview": lambda body: (200, dry_run(made.view, body)),
        "provider-check": lambda body: (200, {"provider": body["provider"], "findings": findings(made.view)}),
        "links-preview": lambda _: (200, links(made.view)),
        "links-import": lambda _: (200, links(made.view)),
    }
    return made


async def open_at(desk: Desk, preview: Preview, place: str, lang: str = "ja") -> None:
    """The page or section of that name, by its address."""
    await desk.page.goto("about:blank")  # the same address with another fragment would be no new page
    await desk.page.goto(f"{preview.origin}/admin?lang={lang}#{LINK}/{place}")
    await desk.page.wait_for_selector("#desk:not([hidden])")
