"""Mail in the journal: nothing is announced that is not so, nothing is told twice, nothing that waits is forgotten."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waiting_room.day import MINUTE, NINE, Day
from waiting_room import commands as c
from waiting_room import entries as e
from waiting_room import mailing
from waiting_room.event import Event
from waiting_room.mailing import MAX_MAILS, MAX_UNSENT, Mail, is_unreached, unsettled

HALF_PAST = NINE + 30 * MINUTE


@pytest.fixture
def day() -> Day:
    made = Day(now=NINE - 60 * MINUTE)
    made.schedule("a", "b", companions=1)
    return made


def queue(day: Day, what: Any = "invitation", mail: str = "", **how: Any) -> list[str]:
    return day.do(c.QueueMail(mail or f"m{len(day.journal)}", "a", what, **how))


def last(day: Day) -> Mail:
    return day.see("a").mails[-1]


def sent(day: Day, what: Any = "invitation", **how: Any) -> Mail:
    queue(day, what, **how)
    see = day.see("a")
    day.do(c.MailWentOut("a", last(day).id, see.issue(), see.schedule), "reactor")
    return last(day)


def test_a_mail_is_queued_with_the_link_and_the_timetable_that_it_tells(day: Day) -> None:
    day.do(c.IssueInvite("a"))
    assert queue(day) == ["mail_queued"]
    mail = last(day)
    assert (mail.what, mail.person, mail.issue, mail.schedule) == ("invitation", "candidate", 2, 1)
    assert mail.state == "queued"
    assert (mail.by, mail.at) == ("staff:s", day.now)


def test_the_same_news_is_queued_once_unless_it_is_asked_for_again(day: Day) -> None:
    assert queue(day) == ["mail_queued"]
    assert queue(day) == []
    assert queue(day, person="companion.1") == ["mail_queued"]
    assert queue(day, again=True) == ["mail_queued"]


@pytest.mark.parametrize("news", [c.IssueInvite("a"), c.Reschedule("a", HALF_PAST, HALF_PAST + 20 * MINUTE)])
def test_another_link_or_another_time_is_other_news(day: Day, news: c.Command) -> None:
    sent(day)
    day.do(news)
    assert queue(day) == ["mail_queued"]


@pytest.mark.parametrize("what", ["invitation", "reminder"])
def test_nothing_is_announced_for_an_interview_that_is_not_on_the_timetable(day: Day, what: Any) -> None:
    assert day.refusal(c.QueueMail("m", "nobody", what)) == "no_such_interview"
    assert day.refusal(c.QueueMail("m", "a", what, "companion.2")) == "no_such_person"


def test_changed_is_said_only_of_what_has_changed(day: Day) -> None:
    assert day.refusal(c.QueueMail("m", "a", "changed")) == "not_changed"
    day.do(c.Reschedule("a", NINE, NINE + 20 * MINUTE, room="r2"))
    assert queue(day, "changed") == ["mail_queued"]
    assert queue(day, "changed") == []
    day.do(c.Reschedule("a", HALF_PAST, HALF_PAST + 20 * MINUTE))
    assert queue(day, "changed") == ["mail_queued"]


def test_ready_is_said_only_by_a_panel_that_is(day: Day) -> None:
    assert day.refusal(c.QueueMail("m", "a", "ready")) == "room_not_ready"
    day.do(c.SetReady("r1", ready=True))
    decided = day.decide(c.QueueMail("m", "a", "ready"))
    assert "r:r1" in decided.guards


def test_an_end_is_told_as_the_end_that_it_is(day: Day) -> None:
    assert day.refusal(c.QueueMail("m", "a", "cancelled")) == "not_cancelled"
    assert day.refusal(c.QueueMail("m", "a", "absence")) == "not_absent"
    day.do(c.CancelInterview("a", "staff"))
    assert queue(day, "cancelled") == ["mail_queued"]
    for what in ("invitation", "changed", "reminder", "ready"):
        assert day.refusal(c.QueueMail("m", "a", what)) == "interview_over"


def test_the_schedule_grows_with_every_change_that_a_calendar_has_to_hear_of(day: Day) -> None:
    seen = [day.see("a").schedule]
    for news in (
        c.Reschedule("a", HALF_PAST, HALF_PAST + 20 * MINUTE),
        c.CancelInterview("a", "staff"),
        c.Reopen("a"),
    ):
        day.do(news)
        seen.append(day.see("a").schedule)
    assert seen == [1, 2, 3, 4]


def test_a_time_that_has_passed_is_announced_to_nobody(day: Day) -> None:
    day.now = NINE
    assert day.refusal(c.QueueMail("m", "a", "reminder")) == "mail_too_late"
    assert queue(day) == ["mail_queued"]
    day.now = NINE + 20 * MINUTE
    assert day.refusal(c.QueueMail("m", "a", "invitation", again=True)) == "mail_too_late"


def test_what_the_office_mailed_itself_is_told_and_never_sent(day: Day) -> None:
    assert queue(day, by_office=True) == ["mail_queued"]
    assert last(day).state == "by_office"
    assert day.do(c.MailWentOut("a", last(day).id, 1, 1)) == []
    assert queue(day) == []


def test_an_attempt_that_failed_leaves_it_queued_and_counts(day: Day) -> None:
    queue(day)
    day.do(c.MailFell("a", last(day).id, "4.2.2", retry=True), "reactor")
    assert (last(day).state, last(day).attempts, last(day).code) == ("queued", 1, "4.2.2")
    day.do(c.MailFell("a", last(day).id, "interview_over", retry=False), "reactor")
    assert last(day).state == "dropped"
    assert day.do(c.MailFell("a", last(day).id, "4.2.2", retry=True), "reactor") == []


def test_a_bounce_counts_after_sending_and_where_sending_was_not_recorded(day: Day) -> None:
    first = sent(day)
    assert day.do(c.ReportBounce("a", first.id, "5.1.1")) == ["mail_undelivered"]
    assert day.do(c.ReportBounce("a", first.id, "5.1.1")) == []
    queue(day)
    assert day.do(c.ReportBounce("a", last(day).id, "5.1.1")) == ["mail_undelivered"]
    assert day.do(c.MailWentOut("a", last(day).id, 1, 1)) == []
    assert day.refusal(c.ReportBounce("a", "m-unknown", "5.1.1")) == "no_such_mail"


def test_an_invitation_that_reached_nobody_holds_an_absence_back_until_the_link_is_opened(day: Day) -> None:
    assert not is_unreached(day.see("a"))  # nothing was to be mailed
    first = sent(day)
    assert not is_unreached(day.see("a"))
    day.do(c.ReportBounce("a", first.id, "5.1.1"))
    assert is_unreached(day.see("a"))
    queue(day)
    assert is_unreached(day.see("a"))  # on its way is not there
    day.do(c.OpenLink("a", "sid", "personal"), "candidate:a")
    assert not is_unreached(day.see("a"))


def test_mail_that_came_back_is_settled_by_another_or_by_telephone(day: Day) -> None:
    first = sent(day)
    day.do(c.ReportBounce("a", first.id, "5.1.1"))
    assert unsettled(day.see("a")) == last(day)
    day.now += MINUTE
    second = sent(day)
    assert unsettled(day.see("a")) is None
    day.do(c.ReportBounce("a", second.id, "5.1.1"))
    assert unsettled(day.see("a")) is not None
    day.do(c.RecordContact("a"))
    assert unsettled(day.see("a")) is None


def test_too_much_unsent_mail_is_refused_and_none_of_it_is_forgotten(day: Day) -> None:
    for n in range(MAX_UNSENT):
        queue(day, mail=f"u{n}", again=True)
    assert day.refusal(c.QueueMail("one-more", "a", "invitation", again=True)) == "too_many_mails"
    for mail in day.see("a").mails:
        day.do(c.MailWentOut("a", mail.id, 1, 1), "reactor")
    for n in range(MAX_MAILS):
        sent(day, mail=f"s{n}", again=True)
    assert len(day.see("a").mails) == MAX_MAILS
    assert Event.replay(day.journal).interviews == day.event.interviews


@given(st.lists(st.sampled_from([True, False]), max_size=3 * MAX_MAILS))
def test_what_is_still_to_be_sent_outlives_everything_that_is_done(done: list[bool]) -> None:
    mails: tuple[Mail, ...] = ()
    waiting: list[str] = []
    for n, is_done in enumerate(done):
        if not is_done and len(waiting) >= MAX_UNSENT:
            continue
        stamp = e.Stamped(n + 1, "i:a", n + 1, n, "x", e.MailQueued(f"m{n}", "invitation", "candidate", 1, 1))
        mails = mailing.fold(mails, e.MailQueued(f"m{n}", "invitation", "candidate", 1, 1), stamp)
        if is_done:
            mails = mailing.fold(mails, e.MailSent(f"m{n}", 1, 1), stamp)
        else:
            waiting.append(f"m{n}")
    assert [mail.id for mail in mails if mail.state == "queued"] == waiting
    assert len(mails) <= MAX_MAILS
