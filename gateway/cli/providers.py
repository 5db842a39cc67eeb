"""``genkan provider``: which there are, checked beforehand, switched; and ``genkan failover``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from gateway.cli.options import AsJson, Config, Data, EventId, do
from gateway.cli.show import language, print_json, print_line, print_table, said
from gateway.eventfile import say
from gateway.moments import local

app = typer.Typer(help="Providers of the video: list, check, confirm, switch.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The provider: webrtc, zoom, harutaka, …")]
Open = Annotated[str, typer.Option("--open", help="Conversations under way: stay (default) or move.")]

VERDICTS: Mapping[str, tuple[str, str]] = {
    "ok": ("良好", "ok"),
    "warning": ("注意", "warning"),
    "failed": ("不可", "failed"),
    "ask": ("要確認", "to confirm"),
}
EFFECTS: Mapping[str, tuple[str, str]] = {
    "follows": ("切り替わる", "follows"),
    "reopens": ("準備し直す", "is prepared anew"),
    "stays": ("今のまま続ける", "stays where it is"),
    "moves": ("面接中に移る", "moves during the interview"),
    "own": ("個別の指定のまま", "keeps a choice of its own"),
    "same": ("変わらない", "the same"),
}
HINDRANCES: Mapping[str, tuple[str, str]] = {
    "not_configured": ("この接続先は設定されていない", "provider is not set up"),
    "provider_down": ("接続先が応答していない", "provider does not answer"),
    "no_link": ("リンクが未登録", "no link imported"),
}
OLD_LINKS: Mapping[str, tuple[str, str]] = {
    "dies": ("元のリンクは無効になる", "old link dies"),
    "ends": ("元の会議は終了する", "old session is ended"),
    "stays": ("元のリンクは無効にできない", "old link stays good"),
}
WARNINGS: Mapping[str, tuple[str, str]] = {
    "nothing_changes": ("この切り替えで変わることはありません。", "This switch changes nothing."),
    "not_configured": (
        "このゲートウェイで使えない接続先になる面接があります。",
        "Some interviews would be with a provider that this gateway does not have.",
    ),
    "provider_down": (
        "切り替え先は今、応答していません。",
        "The provider that this leads to does not answer now.",
    ),
    "no_link": (
        "切り替え先のリンクが登録されていない面接があります。",
        "Some interviews have no link of that provider.",
    ),
    "waits_again": (
        "切り替え先にも待機室があります。候補者は二度待ちます。",
        "That provider has a waiting room of its own: candidates wait twice.",
    ),
    "terms": ("切り替え先の規約をまだ見ていない人がいます。", "Some people have that provider's terms still to see."),
    "old_links_stay": (
        "渡し済みのリンクは無効にできません。前の接続先に入る人がいないか、見てください。",
        "Links that were given out stay good: look out for people at the provider of before.",
    ),
    "own": (
        "個別の指定がある面接は切り替わりません(--with-narrower で切り替わります)。",
        "Interviews with a choice of their own are left alone (--with-narrower takes them along).",
    ),
}


def add_to(root: typer.Typer) -> None:
    """The commands that stand by themselves."""
    root.command("failover")(failover)


@app.command("list")
def listing(config: Config = None, data: Data = None, as_json: AsJson = False) -> None:
    """Every provider here: what it can do, which events use it."""
    answer = do(config, data, "provider-list")
    if as_json:
        print_json(answer)
        return
    rows = [
        [p["provider"], say(p["label"], language()), _abilities(p), " ".join(p["events"]) or "-", _down(p)]
        for p in answer["providers"]
    ]
    columns = [
        ("接続先", "provider"),
        ("名称", "name"),
        ("できること", "can"),
        ("使用中のイベント", "events"),
        ("状態", "state"),
    ]
    print_table(columns, rows)


@app.command("check")
def check(
    name: Name,
    *,
    event: Annotated[
        str | None,
        typer.Option("--event", metavar="EVENT", help="All that is left of this event; default: what is held with it."),
    ] = None,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Look whether a provider will carry the timetable. Exit code 1 when something failed."""
    answer = do(config, data, "provider-check", provider=name, event=event)
    if as_json:
        print_json(answer)
    else:
        rows = [
            [f["check"], said(*VERDICTS[f["verdict"]]), f.get("number") or "-", f["sentence"], _confirmed(f)]
            for f in answer["findings"]
        ]
        columns = [("項目", "check"), ("結果", "verdict"), ("番号", "number"), ("内容", "finding"), ("確認", "by")]
        print_table(columns, rows)
    if any(finding["verdict"] == "failed" for finding in answer["findings"]):
        raise typer.Exit(1)


@app.command("confirm")
def confirm(
    name: Name,
    check: Annotated[str, typer.Argument(metavar="CHECK", help="As `provider check` names it.")],
    *,
    event: Annotated[str, typer.Option("--event", metavar="EVENT", help="The event's id.")],
    who: Annotated[str, typer.Option("--name", help="Who looked.")],
    note: Annotated[str | None, typer.Option("--note", help="What was seen.")] = None,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Say that a person looked at what no program can see."""
    answer = do(config, data, "provider-confirm", provider=name, check=check, event=event, name=who, note=note)
    if as_json:
        print_json(answer)
    else:
        print_line(said(f"{name} の {check} を確認済みにしました。", f"Confirmed {check} of {name}."))


@app.command("switch")
def switch(
    event: EventId,
    provider: Annotated[
        str, typer.Argument(metavar="PROVIDER", help='"": a room or an interview follows the wider choice again.')
    ],
    *,
    scope: Annotated[str, typer.Option("--scope", help="event, r:ROOM or i:INTERVIEW.")] = "event",
    open_: Open = "stay",
    with_narrower: Annotated[
        bool, typer.Option("--with-narrower", help="Drop choices of rooms and interviews inside.")
    ] = False,
    expects: Annotated[
        str | None, typer.Option("--expects", metavar="PROVIDER", help="Refuse if another one is in use by now.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; kept in the journal, privately.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look; change nothing.")] = False,
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Switch the provider of an event, a room or an interview."""
    asked = {"event": event, "provider": provider, "scope": scope, "open": open_, "with_narrower": with_narrower}
    if not dry_run and reason is None:
        raise typer.BadParameter(said("理由が必要です。", "A reason is needed."), param_hint="--reason")
    if dry_run:
        _print_preview(do(config, data, "provider-switch", **asked, dry_run=True), as_json=as_json)
        return
    answer = do(config, data, "provider-switch", **asked, expects=expects, reason=reason)
    if as_json:
        print_json(answer)
    else:
        print_line(said(f"接続先を {answer['provider']} にしました。", f"The provider is {answer['provider']} now."))


def failover(
    event: EventId,
    *,
    to: Annotated[str, typer.Option("--to", metavar="PROVIDER", help="As it is proposed.")],
    leaving: Annotated[
        str | None, typer.Option("--from", metavar="PROVIDER", help="Which to leave, where two proposals lead there.")
    ] = None,
    open_: Open = "stay",
    config: Config = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Accept a proposal: leave a provider that failed, or go back to it."""
    answer = do(config, data, "failover", event=event, to=to, provider=leaving, open=open_)
    if as_json:
        print_json(answer)
    else:
        change = f"{answer['provider']} → {answer['to']}"
        print_line(said(f"接続先を切り替えました: {change}", f"Switched: {change}"))


def _print_preview(answer: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    print_line(f"{answer['from']} → {answer['to']}")
    counts = [f"{said(*EFFECTS[effect])} {count}" for effect, count in answer["counts"].items() if count]
    print_line("  ".join(counts) or "-")
    for code in answer["warnings"]:
        print_line(f"! {said(*WARNINGS[code])}")
    columns = [
        ("番号", "number"),
        ("室", "room"),
        ("前", "from"),
        ("後", "to"),
        ("影響", "effect"),
        ("備考", "remarks"),
    ]
    rows = [
        [row["number"], row["room"], row["from"], row["to"], said(*EFFECTS[row["effect"]]), _remarks(row)]
        for row in answer["rows"]
    ]
    print_table(columns, rows)


def _remarks(row: Mapping[str, Any]) -> str:
    found = [said(*HINDRANCES[row["hindrance"]])] if row["hindrance"] else []
    found += [said("規約を見ていない", "terms to see")] if row["terms_to_see"] else []
    found += [said(*OLD_LINKS[row["old_link"]])] if row["old_link"] else []
    return ", ".join(found)


def _abilities(provider: Mapping[str, Any]) -> str:
    """What it can do, in a word each."""
    words: list[tuple[str, tuple[str, str]]] = [
        ("embedded", ("ページ内", "on our page")),
        ("tells_arrival", ("入室がわかる", "tells arrival")),
        ("revokes", ("リンク無効化", "revokes links")),
        ("ends", ("会議終了", "ends sessions")),
        ("waits_again", ("待機室あり", "waits again")),
        ("issued", ("リンク取込", "links imported")),
    ]
    return ", ".join(said(*text) for key, text in words if provider[key]) or "-"


def _down(provider: Mapping[str, Any]) -> str:
    if not provider["down"]:
        return said("良好", "up")
    return " ".join(f"{one['event']}: {one['code']}" for one in provider["down"])


def _confirmed(finding: Mapping[str, Any]) -> str:
    """Who looked, and on which day; Genkan's offices are in Japan."""
    if finding["confirmed"] is None:
        return "-"
    day = local(finding["confirmed"]["at"] * 1000, ZoneInfo("Asia/Tokyo")).strftime("%Y-%m-%d")
    return f"{day} {finding['confirmed']['by']}"
