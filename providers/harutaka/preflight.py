"""Whether the imported links will carry this timetable, and what only a person can see in harutaka's own pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone

from providers.base import Finding, Planned, Verdict
from providers.harutaka.address import trouble
from providers.harutaka.config import Tenant
from providers.harutaka.urls import Links, coverage

MOST_PEOPLE = 12  # in one live room, harutaka's help pages
JAPAN = timezone(timedelta(hours=9))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# What was looked at -> Japanese, English; ! when it failed, ? when only a person can tell.
TEXTS: Mapping[str, tuple[str, str]] = {
    "coverage": ("全{slots}枠に候補者ライブURLがあります。", "All {slots} slots have a candidate's URL."),
    "coverage!": (
        "{at} 開始の枠に候補者ライブURLがありません。",
        "The slot that starts at {at} has no candidate's URL.",
    ),
    "evaluator": (
        "候補者ライブURLのある枠には、面接官用URLもあります。",
        "Every slot with a candidate's URL has an interviewer's, too.",
    ),
    "evaluator!": (
        "{at} 開始の枠に面接官用URLがありません。面接官は harutaka の画面の「ライブを開始」から入ります。",
        "The slot that starts at {at} has no interviewer's URL: they enter by 「ライブを開始」 in harutaka.",
    ),
    "duplicate": ("同じ候補者ライブURLを使う枠はありません。", "No two slots have the same candidate's URL."),
    "duplicate!": (
        "{at} 開始の枠のURLは、ほかの枠の候補者ライブURLと同じです。ほかの人の面接に入れてしまいます。",
        "The slot that starts at {at} has the URL of another slot's candidate, who could enter it.",
    ),
    "address": ("URLの宛先はすべて許可されています。", "All URLs lead to hosts that are allowed."),
    "address!": (
        "{at} 開始の枠のURLの宛先が許可されていません(設定 providers.harutaka.hosts)。",
        "The slot that starts at {at} has a URL to a host that is not allowed (see providers.harutaka.hosts).",
    ),
    "alive?": (
        "URLがいまも使えるかは、ここからはわかりません。試験用の候補者のURLを一組、開いて確認してください。",
        "Whether the URLs still work cannot be seen from here: open those of a candidate made for trial.",
    ),
    "waiting_room_off?": (
        "harutaka の待機室がオフであることを確認してください。オンだと、候補者は二度待つことになります。",
        "Confirm that harutaka's own waiting room (待機室) is off; while it is on, candidates wait twice.",
    ),
    "waiting_room_on?": (
        "harutaka の待機室がオンであることを確認してください。面接官は harutaka でも「許可」を押します。",
        "Confirm that harutaka's own waiting room (待機室) is on; interviewers press 「許可」 there, too.",
    ),
    "recording?": (
        "harutaka の「企業情報編集」で録画を無効にしてください。有効だと、知らされずに録画されることがあります。",
        "Disable recording in harutaka's 「企業情報編集」: else candidates may be recorded without being told.",
    ),
    "people?": (
        "一つの面接に入る人が、同伴者も含めて{most}人以下であることを確認してください。",
        "Confirm that no interview has more than {most} people, companions included.",
    ),
    "network?": (
        "面接官の回線から *.harutaka.jp につながることを確認してください(UDP 32768–61000、または TCP/TLS 443)。",
        "Confirm that interviewers reach *.harutaka.jp (UDP 32768–61000, else TCP or TLS 443).",
    ),
}


def look(timetable: Sequence[Planned], links: Links, tenant: Tenant) -> Sequence[Finding]:
    """Everything, in the order in which a person would mend it; each slot that falls short by its interview."""
    covered = coverage(timetable, links)
    refused = [slot for slot in timetable if _is_refused(slot, links, tenant)]
    return [
        *_each("coverage", "failed", covered.without, len(timetable)),
        *_each("duplicate", "failed", covered.shared),
        *_each("address", "failed", refused),
        *_each("evaluator", "warning", covered.without_evaluator),
        _finding("alive", "ask", "alive?"),
        _finding("waiting_room", "ask", "waiting_room_on?" if tenant.waiting_room else "waiting_room_off?"),
        _finding("recording", "ask", "recording?"),
        _finding("people", "ask", "people?", most=MOST_PEOPLE),
        _finding("network", "ask", "network?"),
    ]


def _is_refused(slot: Planned, links: Links, tenant: Tenant) -> bool:
    pair = links(slot.event, slot.room, slot.interview)
    return pair is not None and any(trouble(url, tenant.hosts) for url in (pair.candidate, pair.evaluator) if url)


def _each(check: str, verdict: Verdict, short: Sequence[Planned], slots: int = 0) -> Iterator[Finding]:
    """One finding for each slot that falls short, or one that says that none does."""
    for slot in short:
        yield _finding(check, verdict, f"{check}!", slot.interview, at=_when(slot.starts_at))
    if not short:
        yield _finding(check, "ok", check, slots=slots)


def _when(at: int) -> str:
    """Day and time where the interviews are held; Genkan's offices are in Japan."""
    return (EPOCH + timedelta(microseconds=at)).astimezone(JAPAN).strftime("%m/%d %H:%M (JST)")


def _finding(check: str, verdict: Verdict, key: str, interview: str | None = None, **values: object) -> Finding:
    ja, en = (text.format(**values) for text in TEXTS[key])
    return Finding(check, verdict, {"ja": ja, "en": en}, interview)
