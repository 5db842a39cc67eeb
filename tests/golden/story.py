"""A day in which everything happens once: each kind of entry that this release can write, on the seats of some people.

Whoever adds a kind adds it here, for the journal of the next release.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from waiting_room import entries as e

EVENT, EPOCH = "aoba-2026", "golden0123456789"
SECOND = 1_000_000
MINUTE = 60 * SECOND
TEN = 1_795_827_600 * SECOND  # 2026-11-28 10:00 in Japan
POLICY: Mapping[str, Any] = {"arrive_by": 300, "absent_after": 600}
NEXT_POLICY: Mapping[str, Any] = {**POLICY, "late_entry": "ask"}
DIGEST = "00" * 32  # of private payloads: what it covers was never here

SETTINGS: Mapping[str, Any] = {
    "id": EVENT,
    "zone": "Asia/Tokyo",
    "title": {"ja": "青葉市職員採用試験 面接", "en": "Aoba City interviews"},
    "rooms": [
        {"id": "r1", "name": {"ja": "第1面接室", "en": "Room 1"}},
        {"id": "r2", "name": {"ja": "第2面接室", "en": "Room 2"}},
    ],
}
NAMES = ("青葉 花子", "渡邉 太郎", "髙橋 次郎", "木村 四郎", "佐藤 五月", "鈴木 六実", "田中 七海", "伊藤 八重")


@dataclass(frozen=True)
class Step:
    """``at``: minutes from ten o'clock. ``private``: what was written beside it."""

    at: float
    stream: str
    entry: e.Known
    actor: str = "reactor"
    private: Mapping[str, Any] | None = None


def people() -> dict[str, dict[str, dict[str, Any]]]:
    """Roster and staff, as their documents have them."""
    roster: dict[str, dict[str, Any]] = {
        f"iv{n}": {"number": f"A-{n:04d}", "name": name, "kana": "", "companions": [], "note": ""}
        for n, name in enumerate(NAMES, 1)
    }
    roster["iv1"]["companions"] = [{"name": "木村 理恵", "role": "通訳"}]
    return {"roster": roster, "staff": {"st1": {"name": "面接官 青木"}, "st2": {"name": "受付 石井"}}}


def story() -> Iterator[Step]:
    """In the order of time."""
    yield from _before()
    yield from _arriving()
    yield from _first_interview()
    yield from _moved_during_the_interview()
    yield from _those_who_do_not_come()
    yield from _afterwards()


def _i(n: int) -> str:
    return f"i:iv{n}"


def _before() -> Iterator[Step]:
    day = -24 * 60.0
    yield Step(day, "event", e.EventCreated(("r1", "r2"), "zoom", POLICY), "cli", {"by": "総務"})
    yield Step(day, "event", e.HallOpened(), "cli")
    yield Step(day + 1, "event", e.RosterImported(added=len(NAMES)), "cli")
    for n in range(1, len(NAMES) + 1):
        starts = TEN + (n - 1) // 2 * 30 * MINUTE
        row = people()["roster"][f"iv{n}"]
        slot = e.Scheduled("r1" if n % 2 else "r2", starts, starts + 20 * MINUTE, 1 if n == 1 else 0)
        yield Step(day + 1, _i(n), slot, "cli", row)
    yield Step(day + 2, "event", e.StaffAdmitted("st1", "interviewer", ("r1",)), "cli")
    yield Step(day + 2, "event", e.StaffAdmitted("st2", "reception"), "cli")
    yield Step(day + 3, _i(1), e.Amended(("note",), 1), "cli", people()["roster"]["iv1"])
    yield Step(day + 3, _i(2), e.InviteIssued("candidate", 2), "cli")
    yield Step(day + 4, _i(1), e.MailQueued("m1", "invitation", "candidate", 1, 0), "cli", {"to": "a@example.jp"})
    yield Step(day + 4, _i(1), e.MailSent("m1", 1, 0), private={"subject": "面接のご案内"})
    yield Step(day + 4, _i(8), e.MailQueued("m2", "invitation", "candidate", 1, 0), "cli", {"to": "b@example.jp"})
    yield Step(day + 5, _i(8), e.MailFailed("m2", "450", retry=True))
    yield Step(day + 6, _i(8), e.MailUndelivered("m2", "5.1.1"))
    yield Step(day + 7, _i(8), e.InviteReported(late=True), "staff:st2", {"note": "電話"})
    yield Step(day + 8, _i(3), e.Confirmed(), "candidate:iv3")
    yield Step(day + 9, _i(7), e.Lapsed())
    yield Step(day + 9, _i(7), e.Reopened(), "staff:st2", {"reason": "返信が届いていた"})
    yield Step(day + 10, _i(4), e.Rescheduled(TEN + 60 * MINUTE, TEN + 80 * MINUTE), "cli")
    yield Step(day + 10, _i(6), e.Moved("r1"), "cli")
    yield Step(day + 11, _i(3), e.LinkRegistered("harutaka", mailed=False), "cli")
    yield Step(day + 12, "event", e.CheckConfirmed("zoom", "tenant"), "staff:st2", {"note": "録画オフ"})
    yield Step(day + 13, "event", e.PolicyChanged(NEXT_POLICY), "cli")


def _arriving() -> Iterator[Step]:
    yield Step(-20, "r:r1", e.RoomPreparing(), "staff:st1")
    yield Step(-15, "r:r1", e.RoomReady(), "staff:st1")
    yield Step(-15, "r:r2", e.RoomReady(), "staff:st2")
    yield Step(-14, _i(1), e.LinkOpened("s1", "personal"), "candidate:iv1")
    yield Step(-13, _i(1), e.Consented("s1", "n1", "z1", provider="zoom", texts=("privacy 3",)), "candidate:iv1")
    yield Step(-13, _i(1), e.Declared("s1", "0a1b2c3d", ("battery",)), "candidate:iv1")
    yield Step(-12, _i(1), e.DeviceChecked("s1", "ok", "warn", "ok", "ok", 31), "candidate:iv1")
    yield Step(-11, _i(1), e.CheckInRefused("s1", "number_differs"), "candidate:iv1", {"number": "A-9999"})
    yield Step(-10, _i(1), e.CheckedIn("s1", "personal", TEN - 10 * MINUTE), "candidate:iv1", {"number": "A-0001"})
    yield Step(-9, _i(1), e.CompanionArrived("s2", "companion.1"), "companion:iv1.1")
    yield Step(-8, _i(2), e.Consented("s3", "n1"), "candidate:iv2")
    typed = {"number": "A-0002", "name": "渡辺 太郎"}
    yield Step(-8, _i(2), e.CheckedIn("s3", "personal", TEN - 8 * MINUTE, ("name",)), "candidate:iv2", typed)
    yield Step(-7, _i(2), e.DifferenceSettled(same=True), "staff:st2")
    yield Step(-7, _i(2), e.ClaimRaised("cl1", "s4", "seat_taken"), "candidate:iv2", typed)
    yield Step(-6, _i(2), e.ClaimSettled("cl1", accepted=True), "staff:st2", {"reason": "電話で本人確認"})
    yield Step(-6, _i(2), e.TakenOver("s4", 2), "staff:st2")
    yield Step(-5, _i(2), e.Away(TEN - 6 * MINUTE))
    yield Step(-4, _i(2), e.Back())
    yield Step(-4, _i(2), e.MessageSent(), "staff:st2", {"text": "少しお待ちください"})
    yield Step(-3, _i(2), e.Held(on=True), "staff:st2")
    yield Step(-2, _i(2), e.Held(on=False), "staff:st2")


def _first_interview() -> Iterator[Step]:
    """Asked before the time; the first admission lapses, the second one is sent back, the third is held."""
    yield Step(-3.0, _i(1), e.SessionRequested("zoom", 1, "k1"))
    yield Step(-2.9, _i(1), e.SessionFailed("zoom", 1, "unavailable", retry=True))
    yield Step(-2.8, _i(1), e.SessionRequested("zoom", 2, "k2"))
    yield Step(-2.7, _i(1), e.SessionOpened("zoom", 2), private={"room": "https://zoom.example/j/1"})
    yield Step(-2.0, _i(1), e.EarlyAsked(), "staff:st1")
    yield Step(-1.8, _i(1), e.EarlyAnswered(accepted=True), "candidate:iv1")
    for number, at in ((1, -1.7), (2, 0.0), (3, 3.0)):
        yield Step(at, _i(1), e.Called(number), "staff:st1")
        yield Step(at, "r:r1", e.RoomTaken("iv1"), "staff:st1")
        yield Step(at, _i(1), e.Admitted(number, 2, "zoom"), "staff:st1")
        if number == 1:
            yield Step(-0.9, _i(1), e.AdmissionLapsed(1, "no_arrival"))
            yield Step(-0.9, "r:r1", e.RoomFreed("iv1"))
        if number == 2:
            yield Step(0.5, _i(1), e.HandedOver(2, 2), "candidate:iv1")
            yield Step(1.0, _i(1), e.Removed("companion.1"), "staff:st1", {"reason": "別の方"})
            yield Step(2.0, _i(1), e.Returned(), "staff:st1", {"reason": "準備中"})
            yield Step(2.0, "r:r1", e.RoomFreed("iv1"), "staff:st1")
    yield Step(3.5, _i(1), e.HandedOver(3, 2), "candidate:iv1")
    yield Step(3.6, _i(1), e.Joined("candidate", "provider", TEN + 3 * MINUTE, 3, generation=2), "provider:zoom")
    yield Step(4.0, _i(1), e.SessionObserved("zoom", 2, "opened", TEN + 3 * MINUTE), "provider:zoom")
    yield Step(4.5, _i(1), e.IdentityDoubted(), "staff:st1", {"reason": "名前が聞き取れない"})
    yield Step(5.0, _i(1), e.IdentityConfirmed(("number", "name")), "staff:st1")
    yield Step(6.0, _i(1), e.IncidentNoted(), "staff:st1", {"note": "音声が途切れた"})
    yield Step(7.0, _i(1), e.AlarmRaised("zoom", 2, "recording"), "provider:zoom")
    yield Step(8.0, _i(1), e.AlarmSettled("recording"), "staff:st1", {"note": "止めた"})
    yield Step(18.0, _i(1), e.FinishBegun(TEN + 18 * MINUTE + 10 * SECOND), "staff:st1")
    yield Step(18.1, _i(1), e.FinishUndone(), "staff:st1")
    yield Step(19.0, _i(1), e.FinishBegun(TEN + 19 * MINUTE + 10 * SECOND), "staff:st1")
    yield Step(19.2, _i(1), e.Finished())
    yield Step(19.2, "r:r1", e.RoomFreed("iv1"))
    yield Step(19.3, _i(1), e.Left("candidate", "provider", TEN + 19 * MINUTE, 3, generation=2), "provider:zoom")
    yield Step(19.4, _i(1), e.SessionClosed("zoom", 2))


def _moved_during_the_interview() -> Iterator[Step]:
    """The provider fails; staff decline first, then an administrator has those inside moved; it breaks off at last."""
    yield Step(19.5, _i(2), e.SessionRequested("zoom", 1, "k3"))
    yield Step(19.6, _i(2), e.SessionOpened("zoom", 1), private={"room": "https://zoom.example/j/2"})
    yield Step(20.0, _i(2), e.Called(1), "staff:st2")
    yield Step(20.0, "r:r2", e.RoomTaken("iv2"), "staff:st2")
    yield Step(20.0, _i(2), e.Admitted(1, 1, "zoom"), "staff:st2")
    yield Step(20.5, _i(2), e.HandedOver(1, 1), "candidate:iv2")
    yield Step(21.0, "event", e.ProviderDown("zoom", "unavailable"))
    yield Step(21.5, "event", e.FailoverDeclined("zoom"), "staff:st2")
    yield Step(22.0, "event", e.ProviderSwitched("webrtc", open_sessions="move", before="zoom"), "staff:st2")
    yield Step(22.1, _i(2), e.SessionRequested("webrtc", 2, "k4"))
    yield Step(22.2, _i(2), e.SessionOpened("webrtc", 2), private={"room": "r2"})
    yield Step(22.2, _i(2), e.SessionMoved(1, 2, "webrtc"))
    yield Step(24.0, "event", e.ProviderUp("zoom"))
    yield Step(30.0, _i(2), e.BrokenOff("provider"), "staff:st2", {"reason": "回線の障害"})
    yield Step(30.0, "r:r2", e.RoomFreed("iv2"), "staff:st2")
    yield Step(30.1, _i(2), e.SessionClosed("webrtc", 2))


def _those_who_do_not_come() -> Iterator[Step]:
    yield Step(31.0, "event", e.RoomPaused(), "staff:st2")
    yield Step(34.0, "event", e.RoomResumed(), "staff:st2")
    yield Step(35.0, _i(3), e.LateNotice("late", 10, "s5"), "candidate:iv3", {"text": "電車が遅れています"})
    yield Step(35.5, _i(3), e.NoticeSeen(), "staff:st2")
    yield Step(36.0, _i(3), e.NoticeWithdrawn(), "candidate:iv3")
    yield Step(37.0, _i(3), e.ContactRecorded(), "staff:st2", {"note": "11時に着く"})
    yield Step(44.0, _i(3), e.Overdue(("service_gap",)))
    yield Step(45.0, _i(3), e.AbsenceConfirmed(), "staff:st2", {"reason": "連絡なし"})
    yield Step(46.0, _i(3), e.AbsenceWithdrawn(), "staff:st2", {"reason": "電話あり"})
    yield Step(47.0, _i(3), e.Consented("s5", "n1"), "candidate:iv3")
    yield Step(47.5, _i(3), e.CheckedIn("s5", "personal", TEN + 47 * MINUTE), "candidate:iv3", {"number": "A-0003"})
    yield Step(50.0, _i(5), e.Cancelled("candidate"), "staff:st2", {"reason": "辞退"})
    yield Step(51.0, "event", e.ServiceGap(TEN + 49 * MINUTE, TEN + 51 * MINUTE))
    yield Step(75.0, _i(6), e.Overdue(()))
    yield Step(76.0, _i(6), e.AbsenceConfirmed(automatic=True))


def _afterwards() -> Iterator[Step]:
    """Somebody asks for what is held on them; the store was set back; at last what is personal is destroyed."""
    yield Step(180.0, _i(1), e.HoldSet(), "cli", {"reason": "不服申立て"})
    yield Step(181.0, _i(1), e.Disclosed(), "cli", {"reason": "開示請求"})
    yield Step(182.0, _i(1), e.HoldLifted(), "cli", {"reason": "終結"})
    yield Step(183.0, "event", e.LossAccepted(100, TEN, 101, TEN + SECOND), "staff:st2", {"reason": "復旧"})
    yield Step(184.0, "event", e.Exported("attendance"), "cli")
    yield Step(185.0, "event", e.HallClosed(), "cli")
    yield Step(186.0, "event", e.PurgeBegun(early=True), "cli")
    yield Step(187.0, "event", e.Purged(), "cli")
