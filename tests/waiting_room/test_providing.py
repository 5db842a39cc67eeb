"""Who carries the video: switches, moves, failovers, and what providers say, as the core decides them."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.waiting_room.day import MINUTE, NINE, PROVIDER, Day
from waiting_room import commands as c
from waiting_room.failover import proposals
from waiting_room.interview import Interview
from waiting_room.policy import SECOND

ORDER = (PROVIDER, "other", "third")


@pytest.fixture
def day() -> Day:
    made = Day(policy={"absent_automatic": True})
    made.schedule("a", "b")
    made.schedule("d", room="r2")
    return made


def session_of(i: Interview) -> tuple[str, int, str]:
    assert i.session is not None
    return i.session.provider, i.session.generation, i.session.state


def current_of(i: Interview) -> str | None:
    return i.current.provider if i.current is not None else None


def request(day: Day, interview: str, provider: str) -> int:
    day.do(c.OpenSession(interview, f"key-{len(day.journal)}", provider), "reactor")
    return session_of(day.see(interview))[1]


def come_up(day: Day, interview: str, provider: str) -> list[str]:
    generation = request(day, interview, provider)
    return day.do(c.SessionCameUp(interview, provider, generation), "reactor")


# --- switching ---------------------------------------------------------------------------------------------------


def test_the_narrowest_choice_holds_and_can_be_given_up(day: Day) -> None:
    day.do(c.SwitchProvider("other", "r:r1"))
    day.do(c.SwitchProvider("third", "i:a"))
    assert [day.event.provider_for(s) for s in ("i:a", "i:b", "i:d", "event")] == ["third", "other", PROVIDER, PROVIDER]
    day.do(c.SwitchProvider("", "i:a"))
    assert day.event.provider_for("i:a") == "other"
    assert day.refusal(c.SwitchProvider("")) == "bad_target"
    assert day.do(c.SwitchProvider("", "i:a")) == []


def test_a_switch_takes_narrower_choices_along_only_where_it_says_so(day: Day) -> None:
    day.do(c.SwitchProvider("other", "r:r1"))
    day.do(c.SwitchProvider("third", "i:d"))
    day.do(c.SwitchProvider("third"))
    assert day.event.provider_for("i:a") == "other"
    day.do(c.SwitchProvider("third", "r:r1", with_narrower=True))
    assert "i:d" in day.event.providers  # another room's
    day.do(c.SwitchProvider(PROVIDER, with_narrower=True))
    assert {day.event.provider_for(f"i:{i}") for i in "abd"} == {PROVIDER}
    assert set(day.event.providers) == {"event"}


def test_a_switch_rests_on_the_provider_that_was_looked_at(day: Day) -> None:
    day.do(c.SwitchProvider("other", expects=PROVIDER))
    assert day.refusal(c.SwitchProvider("third", expects=PROVIDER)) == "changed_meanwhile"


def test_two_switches_at_once_rest_on_the_same_version(day: Day) -> None:
    first, second = day.decide(c.SwitchProvider("other")), day.decide(c.SwitchProvider("third"))
    day.append(first)
    with pytest.raises(Exception, match="event"):
        day.append(second)


def test_the_same_provider_again_with_another_word_for_open_sessions_is_a_switch(day: Day) -> None:
    day.do(c.SwitchProvider("other", open_sessions="stay"))
    assert day.do(c.SwitchProvider("other", open_sessions="stay")) == []
    assert day.do(c.SwitchProvider("other", open_sessions="move")) == ["provider_switched"]


# --- moving ------------------------------------------------------------------------------------------------------


def in_session(day: Day, interview: str = "a") -> Interview:
    day.seat(interview)
    day.enter(interview)
    return day.see(interview)


def test_a_move_keeps_people_where_they_are_until_the_next_session_stands(day: Day) -> None:
    before = in_session(day)
    day.do(c.SwitchProvider("other", open_sessions="move"))
    request(day, "a", "other")
    i = day.see("a")
    assert (i.phase, i.moving, current_of(i)) == ("in_session", "preparing", PROVIDER)
    assert day.do(c.SessionCameUp("a", "other", 2), "reactor") == ["session_opened", "session_moved"]
    i = day.see("a")
    assert (i.moving, current_of(i), i.generation, i.arrived, i.confirmed_at) == ("open", "other", 2, 1, None)
    day.do(c.PressJoin("a", "sid"), "candidate:a")
    i = day.see("a")
    assert (i.phase, i.moving, i.arrived, i.arrival) == ("in_session", None, 2, before.arrival)
    assert (i.admission, i.entered_at) == (before.admission, before.entered_at)


def test_who_is_seen_by_the_worker_has_come_over(day: Day) -> None:
    in_session(day)
    day.do(c.SwitchProvider("other", open_sessions="move"))
    come_up(day, "a", "other")
    day.do(c.SeeJoined("a", "candidate", "worker", day.now, 1, generation=1), "reactor")
    assert day.see("a").moving == "open", "a line of the session that was left"
    day.do(c.SeeJoined("a", "candidate", "worker", day.now, 1, generation=2), "reactor")
    assert day.see("a").moving is None


def test_a_move_while_the_candidate_is_on_the_way_gives_them_the_whole_wait_again(day: Day) -> None:
    day.seat("a")
    day.open_session("a")
    day.now = NINE
    day.do(c.Admit("a"))
    day.now += 30 * SECOND
    day.do(c.SwitchProvider("other", open_sessions="move"))
    come_up(day, "a", "other")
    assert (day.see("a").phase, day.see("a").admitted_at) == ("admitting", day.now)
    day.now += 44 * SECOND
    assert day.refusal(c.LapseAdmission("a", 1), "reactor") == "not_due"


def test_a_session_that_comes_up_after_the_move_was_called_off_moves_nobody(day: Day) -> None:
    in_session(day)
    day.do(c.SwitchProvider("other", open_sessions="move"))
    request(day, "a", "other")
    day.do(c.SwitchProvider(PROVIDER))
    assert day.do(c.SessionCameUp("a", "other", 2), "reactor") == ["session_opened"]
    assert current_of(day.see("a")) == PROVIDER
    day.do(c.CloseSession("a", "other", 2), "reactor")
    assert (day.see("a").moving, day.see("a").generation) == (None, 1)


def test_sent_back_during_a_move_the_seat_is_as_it_was(day: Day) -> None:
    before = in_session(day)
    day.do(c.SwitchProvider("other", open_sessions="move"))
    come_up(day, "a", "other")
    day.do(c.SendBack("a"))
    i = day.see("a")
    assert (i.phase, i.arrival, i.moving, i.current, i.generation) == ("waiting", before.arrival, None, None, 0)


def test_one_conversation_is_moved_by_itself(day: Day) -> None:
    in_session(day)
    day.seat("d")
    day.enter("d")
    assert day.refusal(c.MoveSession("a")) == "nothing_to_move"
    day.do(c.SwitchProvider("other"))
    day.do(c.MoveSession("a"))
    switches = {scope: switch.open_sessions for scope, switch in day.event.providers.items()}
    assert switches == {"event": "stay", "i:a": "move"}
    assert day.refusal(c.MoveSession("b")) == "not_in_session"


# --- handing over ------------------------------------------------------------------------------------------------


def test_after_the_button_nothing_lapses_and_staff_say_that_they_see_the_person(day: Day) -> None:
    day.seat("a")
    day.open_session("a")
    assert day.refusal(c.ConfirmArrival("a")) == "not_admitted"
    day.now = NINE
    day.do(c.Admit("a"))
    day.do(c.PressJoin("a", "sid"), "candidate:a")
    assert day.do(c.PressJoin("a", "sid"), "candidate:a") == []
    day.now += 3600 * SECOND
    assert day.refusal(c.LapseAdmission("a", 1), "reactor") == "not_admitting"
    assert day.do(c.ConfirmArrival("a")) == ["joined"]
    assert day.do(c.ConfirmArrival("a")) == []


def test_staff_who_see_the_person_there_need_no_button(day: Day) -> None:
    """Already in harutaka, by a link that was mailed past us: checked in by staff, admitted, seen."""
    day.do(c.CheckInByStaff("a", day.now, via="provider"))
    arrival = day.see("a").arrival
    assert arrival is not None
    assert arrival.via == "provider"
    day.open_session("a")
    day.do(c.Admit("a"))
    day.do(c.ConfirmArrival("a"))
    assert day.see("a").phase == "in_session"


def test_the_providers_checks_may_be_done_before_the_start() -> None:
    """``handover_before``: no question whether they want to come early."""
    early = Day(policy={"handover_before": 600})
    early.schedule("a", start=NINE + 10 * MINUTE)
    early.seat("a")
    early.open_session("a")
    early.now -= 1
    assert early.do(c.Admit("a")) == ["room_ready", "early_asked"]
    early.do(c.Pause("r2", on=True))
    early.now += 1
    assert early.do(c.Admit("a")) == ["called", "room_taken", "admitted"]


def test_a_mailed_link_keeps_an_absence_from_being_automatic(day: Day) -> None:
    day.now = NINE + 30 * MINUTE
    day.do(c.RegisterLinks(PROVIDER, ("a",), mailed=True))
    day.do(c.RegisterLinks(PROVIDER, ("d",), mailed=False))
    for interview in ("a", "d"):
        day.do(c.ProposeAbsence(interview), "reactor")
    assert day.refusal(c.ConfirmAbsence("a"), "reactor") == "needs_a_person"
    day.do(c.SwitchProvider("other", "i:a"))
    assert day.refusal(c.ConfirmAbsence("a"), "reactor") is None, "the link leads to a provider that is not in use"
    assert day.do(c.ConfirmAbsence("d"), "reactor") == ["absence_confirmed"]


# --- what providers say ------------------------------------------------------------------------------------------


SAID: tuple[c.Command, ...] = (
    c.SeeJoined("a", "candidate", "provider", NINE - 80 * MINUTE, 1, generation=1),
    c.SeeLeft("a", "candidate", "provider", NINE - 79 * MINUTE, 1, generation=1),
    c.ObserveSession("a", "other", 1, "opened", NINE),
    c.ObserveSession("a", "other", 1, "ended", NINE + 1),
)


def test_callbacks_in_any_order_move_no_phase_and_nobodys_arrival(day: Day) -> None:
    day.seat("a")
    day.open_session("a")
    day.now = NINE
    day.do(c.Admit("a"))
    before = day.see("a")
    for order in permutations(SAID):
        for command in (*order, *order):
            day.do(command, "reactor")
        after = day.see("a")
        assert (after.phase, after.arrival, after.arrived) == (before.phase, before.arrival, 0)


def test_a_callback_corroborates_the_session_that_it_is_about(day: Day) -> None:
    in_session(day)
    day.do(c.SwitchProvider("other", open_sessions="move"))
    come_up(day, "a", "other")
    day.do(c.SeeJoined("a", "candidate", "provider", day.now, 1, generation=1), "reactor")
    assert day.see("a").confirmed_at is None
    day.do(c.SeeJoined("a", "candidate", "provider", day.now, 1, generation=2), "reactor")
    assert (day.see("a").confirmed_at, day.see("a").moving) == (day.now, "open")


def test_an_alarm_stands_until_staff_have_seen_to_it(day: Day) -> None:
    raise_it = c.RaiseAlarm("a", PROVIDER, 1, "settings", "auto_recording")
    assert day.do(raise_it, "reactor") == ["alarm_raised"]
    assert day.do(raise_it, "reactor") == []
    assert day.refusal(c.SettleAlarm("a", "recording")) == "no_such_alarm"
    day.do(c.SettleAlarm("a", "settings"))
    assert day.see("a").alarms == ()


# --- when one fails ----------------------------------------------------------------------------------------------


def test_a_provider_that_fails_leads_to_one_proposal_and_moves_nobody(day: Day) -> None:
    before = in_session(day)
    day.do(c.SwitchProvider("third", "r:r2"))
    day.do(c.ReportProvider(PROVIDER, "unavailable"), "reactor")
    assert day.do(c.ReportProvider(PROVIDER, "unavailable"), "reactor") == []
    (found,) = proposals(day.event, ORDER)
    assert (found.kind, found.provider, found.to, found.scopes) == ("failover", PROVIDER, "other", ("event",))
    assert day.see("a") == before
    assert day.event.provider_for("i:a") == PROVIDER


def test_the_policys_order_goes_before_the_gateways() -> None:
    chosen = Day(policy={"provider_order": ["gone", "third", "other"]})
    chosen.do(c.ReportProvider(PROVIDER, "x"), "reactor")
    assert [p.to for p in proposals(chosen.event, ORDER)] == ["third"]
    for name in ("third", "other"):
        chosen.do(c.ReportProvider(name, "x"), "reactor")
    assert [p.to for p in proposals(chosen.event, ORDER)] == [""]
    assert chosen.refusal(c.AcceptFailover(PROVIDER, "", "stay", ORDER)) == "nothing_proposed"


def test_one_key_switches_all_that_the_proposal_is_about_and_one_key_leads_back(day: Day) -> None:
    day.do(c.SwitchProvider(PROVIDER, "i:b"))
    day.do(c.SwitchProvider("third", "r:r2"))
    day.do(c.ReportProvider(PROVIDER, "timeout"), "reactor")
    assert day.refusal(c.AcceptFailover(PROVIDER, "third", "stay", ORDER)) == "nothing_proposed"
    day.do(c.AcceptFailover(PROVIDER, "other", "stay", ORDER))
    assert [day.event.provider_for(f"i:{i}") for i in "abd"] == ["other", "other", "third"]
    assert proposals(day.event, ORDER) == ()
    assert day.refusal(c.AcceptFailover("other", PROVIDER, "stay", ORDER)) == "nothing_proposed", "it is still down"
    day.do(c.ReportProvider(PROVIDER, ""), "reactor")
    (back,) = proposals(day.event, ORDER)
    assert (back.kind, back.provider, back.to) == ("back", "other", PROVIDER)
    day.do(c.AcceptFailover("other", PROVIDER, "stay", ORDER))
    assert [day.event.provider_for(f"i:{i}") for i in "abd"] == [PROVIDER, PROVIDER, "third"]
    assert proposals(day.event, ORDER) == ()


def test_an_interviewer_accepts_for_their_rooms_only(day: Day) -> None:
    day.do(c.ReportProvider(PROVIDER, "timeout"), "reactor")
    day.do(c.AcceptFailover(PROVIDER, "other", "move", ORDER, rooms=("r2",)))
    assert [day.event.provider_for(f"i:{i}") for i in "abd"] == [PROVIDER, PROVIDER, "other"]
    assert day.refusal(c.AcceptFailover(PROVIDER, "other", "move", ORDER, rooms=("r2",))) == "nothing_proposed"


def test_a_declined_proposal_stays_declined_until_the_provider_fails_anew(day: Day) -> None:
    assert day.refusal(c.DeclineFailover(PROVIDER)) == "nothing_proposed"
    day.do(c.ReportProvider(PROVIDER, "x"), "reactor")
    day.do(c.DeclineFailover(PROVIDER))
    assert [p.declined for p in proposals(day.event, ORDER)] == [True]
    day.do(c.ReportProvider(PROVIDER, ""), "reactor")
    day.do(c.ReportProvider(PROVIDER, "x"), "reactor")
    assert [p.declined for p in proposals(day.event, ORDER)] == [False]


# --- terms -------------------------------------------------------------------------------------------------------


def test_consent_is_kept_for_each_providers_terms(day: Day) -> None:
    day.do(c.Consent("a", "sid", "1", "v1", provider="zoom"), "candidate:a")
    assert day.do(c.Consent("a", "sid", "1", "v1", provider="zoom"), "candidate:a") == []
    day.do(c.Consent("a", "sid", "1", "v1", provider="harutaka"), "candidate:a")
    assert day.see("a").terms == {("zoom", "v1"), ("harutaka", "v1")}
