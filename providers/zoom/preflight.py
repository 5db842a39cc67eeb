"""Whether Zoom will carry this timetable: credentials, scopes, clocks, hosts, quota, and one meeting made for trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from providers.base import Finding, Planned, ProviderError, RoomSpec, Verdict
from providers.zoom.client import SCOPES, Client
from providers.zoom.hosts import DAY, Booking, Shortfall, allot, place_of
from providers.zoom.marks import Mark
from providers.zoom.pool import Held, Pool
from providers.zoom.settings import differences, request
from providers.zoom.types import MINUTE, SECOND, Meeting

SKEW = 60 * SECOND  # worth a look; callbacks are refused from five minutes on
TRIAL = RoomSpec("preflight", "trial", "trial", 1, "Genkan: preflight", 0, 0)
TRIAL_KEY = "preflight"
TRIAL_MARK = Mark(TRIAL.event, place_of(TRIAL.event, TRIAL.room), TRIAL_KEY)
LEFT_BEHIND = 3600 * SECOND  # a trial meeting older than that is nobody's look that is under way

# What was looked at -> Japanese, English; ! when it failed, ? when only a person can tell.
TEXTS: Mapping[str, tuple[str, str]] = {
    "credentials": ("認証情報でZoomに接続できます。", "Zoom accepts the credentials."),
    "credentials!": ("Zoomに接続できません({code})。", "Zoom cannot be used ({code})."),
    "scopes": ("必要な権限(スコープ)がそろっています。", "All scopes are granted."),
    "scopes!": ("権限(スコープ)が足りません: {missing}", "Scopes are missing: {missing}"),
    "clock": ("時計は合っています(差 {seconds} 秒)。", "The clocks agree ({seconds} s apart)."),
    "clock!": ("時計が {seconds} 秒ずれています。", "The clocks are {seconds} s apart."),
    "clock?": ("Zoomの時刻を確認できませんでした。", "Zoom's clock could not be read."),
    "host": ("ホスト{number}番は使えます(本日の残り {left} 回)。", "Host {number} is usable ({left} left today)."),
    "host!": ("ホスト{number}番を使えません({code})。", "Host {number} cannot be used ({code})."),
    "timetable": ("全{slots}枠にホストを割り当てられます。", "All {slots} slots have a host."),
    "concurrency!": (
        "{at} 開始の枠でホストが {short} 人足りません。",
        "The slot that starts at {at} is short of {short} hosts.",
    ),
    "quota!": (
        "{at} 開始の枠で会議の作成回数が足りません(その日 {short} 回不足)。",
        "The slot that starts at {at} is beyond the daily quota (short by {short} that day).",
    ),
    "busy!": (
        "{at} 開始の枠のあいだ、{busy} 人のホストに別の会議があり、{short} 人足りません。",
        "In the slot that starts at {at}, {busy} hosts have other meetings: short of {short}.",
    ),
    "trial": ("試しの会議を作成・確認・削除できました。", "A trial meeting was made, read and deleted."),
    "trial!": ("試しの会議に失敗しました({code})。", "The trial meeting failed ({code})."),
    "settings!": (
        "設定「{setting}」が希望どおりになりません(管理者による固定を確認してください)。",
        "The setting {setting} is not taken (see whether the account locks it).",
    ),
    "tenant?": (
        "アカウント設定で録画・AI Companion・要約が無効であることを目で確認してください。",
        "Confirm by eye that recording, AI Companion and summaries are off in the account's settings.",
    ),
    "browser?": (
        "アカウント設定で「ブラウザーから参加」がサインインなしで使えることを目で確認してください(アプリを入れられない方の入り口です)。",
        "Confirm by eye that joining from the browser needs no login: it is for those who cannot install the app.",
    ),
}


async def look(client: Client, pool: Pool, timetable: Sequence[Planned], now: Callable[[], int]) -> Sequence[Finding]:
    """Everything, in the order in which a person would mend it. Without credentials nothing else is known."""
    found = await _access(client)
    if found[0].verdict == "ok":
        found += await _hosts(client, pool, timetable, now)
        found += await _trial(client, pool, now())
    return [*found, _finding("tenant", "ask", "tenant?"), _finding("browser", "ask", "browser?")]


async def _access(client: Client) -> list[Finding]:
    try:
        token = await client.token()
    except ProviderError as error:
        return [_finding("credentials", "failed", "credentials!", code=error.code)]
    missing = sorted(SCOPES - token.scopes)
    scopes = (
        _finding("scopes", "failed", "scopes!", missing=", ".join(missing))
        if missing
        else _finding("scopes", "ok", "scopes")
    )
    return [_finding("credentials", "ok", "credentials"), scopes]


async def _hosts(client: Client, pool: Pool, timetable: Sequence[Planned], now: Callable[[], int]) -> list[Finding]:
    found: list[Finding] = []
    bookings: list[Booking] = []
    usable: list[str] = []
    skew: int | None = None
    for number, host in enumerate(pool.hosts, 1):
        try:
            listing = await client.meetings(host)
        except ProviderError as error:
            found.append(_finding("host", "failed", "host!", number=number, code=error.code))
            continue
        usable.append(host)
        pool.seen(host, listing.meetings)
        held = [pool.held(host, one) for one in listing.meetings]
        bookings += [booking for one in held if (booking := one.booking()) is not None]
        await _tidy(client, held, listing.date)
        skew = now() - listing.date if listing.date is not None else skew
        found.append(_finding("host", "ok", "host", number=number, left=pool.ledger.left(host, now())))
    return [_clock(skew), *found, *_timetable(timetable, usable, bookings, pool)]


async def _tidy(client: Client, listed: Sequence[Held], date: int | None) -> None:
    """Delete trial meetings that an earlier look could not. One that cannot be deleted now is left to the next."""
    for one in listed:
        if date is not None and one.mark == TRIAL_MARK and one.meeting.made_before(date - LEFT_BEHIND):
            with suppress(ProviderError):
                await client.delete(one.meeting.id)


def _clock(skew: int | None) -> Finding:
    if skew is None:
        return _finding("clock", "warning", "clock?")
    seconds = round(abs(skew) / SECOND)
    if abs(skew) > SKEW:
        return _finding("clock", "failed", "clock!", seconds=seconds)
    return _finding("clock", "ok", "clock", seconds=seconds)


def _timetable(
    timetable: Sequence[Planned], usable: Sequence[str], bookings: Sequence[Booking], pool: Pool
) -> list[Finding]:
    shortfalls = allot(timetable, usable, pool.ledger).shortfalls
    found = [_short(one) for one in shortfalls]
    known = {one.slot.interview for one in shortfalls}
    others = (_busy(slot, timetable, usable, bookings) for slot in timetable if slot.interview not in known)
    found += [finding for finding in others if finding is not None]
    return found or [_finding("timetable", "ok", "timetable", slots=len(timetable))]


def _short(one: Shortfall) -> Finding:
    slot, key = one.slot, f"{one.reason}!"
    return _finding(one.reason, "failed", key, slot.interview, at=_clock_time(slot.starts_at), short=one.short_by)


def _busy(
    slot: Planned, timetable: Sequence[Planned], usable: Sequence[str], bookings: Sequence[Booking]
) -> Finding | None:
    """Meetings that are not ours take hosts away, too."""
    ours = {(s.event, s.room) for s in timetable if s.starts_at <= slot.starts_at < s.ends_at}
    places = {f"{event}/{room}" for event, room in ours}
    busy = {
        b.host for b in bookings if b.starts_at < slot.ends_at and slot.starts_at < b.ends_at and b.place not in places
    }
    short = len(places) - (len(usable) - len(busy))
    if short <= 0 or not busy:
        return None
    at = _clock_time(slot.starts_at)
    return _finding("concurrency", "failed", "busy!", slot.interview, at=at, busy=len(busy), short=short)


async def _trial(client: Client, pool: Pool, now: int) -> list[Finding]:
    """Far ahead of everything, so that it is in nobody's way."""
    hosts = [host for host in pool.hosts if pool.ledger.left(host, now) > 0]
    if not hosts:
        return [_finding("trial", "failed", "trial!", code="daily_cap")]
    try:
        whole = await _made_and_deleted(client, pool, hosts[0], now + 30 * DAY)
    except ProviderError as error:
        return [_finding("trial", "failed", "trial!", code=error.code)]
    alarms = [_finding("settings", "failed", "settings!", setting=one["setting"]) for one in differences(whole)]
    return [_finding("trial", "ok", "trial"), *alarms]


async def _made_and_deleted(client: Client, pool: Pool, host: str, at: int) -> Meeting:
    booking = pool.mean(host, place_of(TRIAL.event, TRIAL.room), (at, at + MINUTE))
    try:
        made = await client.create(host, request(TRIAL, pool.marks.agenda(TRIAL, TRIAL_KEY), at))
    finally:
        pool.forget(booking)
    try:
        return await client.meeting(made.id)
    finally:
        await client.delete(made.id)


def _clock_time(at: int) -> str:
    """Hours and minutes where the interviews are held; Genkan's offices are in Japan."""
    rest = (at + 9 * 3600 * SECOND) % DAY
    return f"{rest // (3600 * SECOND):02}:{rest // MINUTE % 60:02} (JST)"


def _finding(check: str, verdict: Verdict, key: str, interview: str | None = None, **values: object) -> Finding:
    ja, en = (text.format(**values) for text in TEXTS[key])
    return Finding(check, verdict, {"ja": ja, "en": en}, interview)
