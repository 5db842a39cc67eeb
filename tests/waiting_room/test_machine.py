"""Commands in any order, by several actors, also decided on a state that has moved on: what must hold always."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, get_args

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.waiting_room.day import MINUTE, NINE, PROVIDER, Day, Moved, documented
from waiting_room import commands as c
from waiting_room.decide import Decision
from waiting_room.deciding.mailing import untrue
from waiting_room.entries import Admitted, DifferenceSettled, MailWhat
from waiting_room.errors import Refused
from waiting_room.event import Event
from waiting_room.evidence import why
from waiting_room.interview import Interview
from waiting_room.policy import SECOND
from waiting_room.punctuality import RULES

INTERVIEWS = ("a", "b", "d")
ROOMS = {"a": "r1", "b": "r1", "d": "r2"}
FOR_ALL_WHO_CAME = ("on_time", "after_arrive_by", "late", "excused", "not_there_when_called")
VOIDS = DifferenceSettled  # the only entry that takes a seat away

interviews = st.sampled_from(INTERVIEWS)
rooms = st.sampled_from(("r1", "r2"))
sids = st.sampled_from(("s1", "s2", "s3"))
vias = st.sampled_from(("personal", "shared"))
people = st.sampled_from(("candidate", "companion.1", "companion.9"))
outcomes = st.sampled_from(("ok", "fail"))
sides = st.sampled_from(("candidate", "staff", "provider", "gateway"))
small = st.integers(0, 4)
times = st.integers(0, 120).map(lambda minutes: NINE + (minutes - 60) * MINUTE)
claims = st.sampled_from(("c1", "c2", "c3"))
differs = st.sampled_from(((), ("name",)))
maybe = st.none() | interviews
providers = st.sampled_from((PROVIDER, "other"))
stay_or_move = st.sampled_from(("stay", "move"))
alarms = st.sampled_from(("recording", "settings"))
policies = st.fixed_dictionaries(
    {
        "late_entry": st.sampled_from(("allow", "ask", "refuse")),
        "absence": st.sampled_from(("proposed", "automatic")),
        "without_contact": st.sampled_from(("absent", "deemed_cancelled")),
        "contact_stops_absence": st.booleans(),
        "contact_stops_for": st.sampled_from((None, 600)),
        "hold_back_for": st.sampled_from((None, 0, 600)),
        "arrive_by": st.sampled_from((None, 300)),
    }
)
actors = st.sampled_from(("staff:1", "staff:2", "candidate:a", "reactor", "cli"))


def some(kind: type[Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[c.Command]:
    return st.builds(kind, **fields)


ARRIVING = st.one_of(
    some(c.OpenLink, interview=interviews, sid=sids, via=vias, person=people),
    some(c.Consent, interview=interviews, sid=sids, notice=st.just("1"), terms=st.none(), person=people),
    some(
        c.ReportDevices, interview=interviews, sid=sids, camera=outcomes, microphone=outcomes, speaker=outcomes,
        network=outcomes, rtt_ms=st.none(), person=people, private=st.none(),
    ),
    some(
        c.CheckIn, interview=interviews, sid=sids, via=vias, received_at=times, number_matches=st.booleans(),
        name_empty=st.booleans(), differs=differs, claim=claims, private=st.none(),
    ),
    some(c.CheckIn, interview=interviews, sid=sids, via=vias, received_at=times, number_matches=st.just(True)),
    some(
        c.RaiseClaim, claim=claims, sid=sids, code=st.sampled_from(("number_unknown", "not_found")), interview=maybe,
        room=st.none() | rooms, private=st.none(),
    ),
    some(
        c.SettleClaim, claim=claims, accepted=st.booleans(), interview=maybe, count_from_first=st.booleans(),
        private=st.none(),
    ),
    some(c.SettleDifference, interview=interviews, same=st.booleans(), private=st.none()),
    some(
        c.CheckInByStaff, interview=interviews, received_at=times, counts_from=st.none() | times, private=st.none()
    ),
    some(c.ArriveAsCompanion, interview=interviews, sid=sids, person=people, received_at=times),
    some(c.TakeOver, interview=interviews, sid=sids),
    some(c.NotePresence, interview=interviews, away_since=st.none() | times),
    some(
        c.GiveNotice, interview=interviews, code=st.sampled_from(("late", "cannot_connect")), minutes=small,
        private=st.none(),
    ),
    some(c.WithdrawNotice, interview=interviews),
    some(c.SeeNotice, interview=interviews),
    some(c.RecordContact, interview=interviews, private=st.none()),
    some(c.Hold, interview=interviews, on=st.booleans()),
)  # fmt: skip
ADMITTING = st.one_of(
    some(c.Admit, interview=interviews),
    some(c.AnswerEarly, interview=interviews, sid=sids, accepted=st.booleans()),
    some(
        c.OpenSession, interview=interviews, key=st.sampled_from(("k1", "k2", "k3")), provider=providers,
    ),
    some(
        c.SessionCameUp, interview=interviews, provider=providers, generation=st.integers(1, 3),
        private=st.none(),
    ),
    some(
        c.SessionFell, interview=interviews, provider=st.just(PROVIDER), generation=small, code=st.just("gone"),
        retry=st.booleans(),
    ),
    some(c.CloseSession, interview=interviews, provider=providers, generation=small),
    some(c.PressJoin, interview=interviews, sid=sids),
    some(
        c.SeeJoined, interview=interviews, side=st.just("candidate"),
        source=st.sampled_from(("worker", "provider", "staff")), seen_at=times, admission=small,
        person=st.just("candidate"),
    ),
    some(
        c.SeeLeft, interview=interviews, side=st.just("candidate"), source=st.just("worker"), seen_at=times,
        admission=small, code=st.just("left"), person=st.just("candidate"),
    ),
    some(c.ConfirmArrival, interview=interviews),
    some(
        c.LapseAdmission, interview=interviews, admission=small,
        code=st.sampled_from(("no_arrival", "provider_failed")),
    ),
    some(c.SendBack, interview=interviews, private=st.none()),
    some(c.TickIdentity, interview=interviews, steps=st.just(()), confirmed=st.booleans(), private=st.none()),
    some(c.NoteIncident, interview=interviews, private=st.just({})),
)  # fmt: skip
ENDING = st.one_of(
    some(c.Finish, interview=interviews, now=st.booleans()),
    some(c.UndoFinish, interview=interviews),
    some(c.BreakOff, interview=interviews, side=sides, private=st.none()),
    some(c.ProposeAbsence, interview=interviews, held_back=st.sampled_from(((), ("provider_down",)))),
    some(
        c.ConfirmAbsence, interview=interviews, code=st.sampled_from(("absent", "not_there_when_called")),
        private=st.none(),
    ),
    some(c.WithdrawAbsence, interview=interviews, private=st.none()),
    some(
        c.CancelOwn, interview=interviews, until=st.none() | times, number_matches=st.booleans(), private=st.none(),
    ),
    some(
        c.CancelInterview, interview=interviews, side=sides, private=st.none(),
        because=st.sampled_from(("", "interviewers_absent")),
    ),
    some(c.Reopen, interview=interviews, private=st.none()),
)  # fmt: skip
HALL = st.one_of(
    some(c.CreateEvent, rooms=st.just(("r1",)), provider=st.just(PROVIDER), policy=st.just({})),
    some(c.ImportRoster, slots=st.just((c.Slot("a", "r1", NINE, NINE + MINUTE),))),
    some(c.ChangePolicy, policy=policies, private=st.none()),
    some(
        c.AdmitStaff, staff=st.just("s"), role=st.just("reception"), rooms=st.just(()), issue=small,
        revoked=st.booleans(),
    ),
    some(c.RecordGap, from_at=times, to_at=times),
    some(c.RecordExport, what=st.just("attendance")),
    some(c.Seal, offset=small, chain=st.just("x"), kid=st.just("k"), signature=st.just("s")),
    some(c.SetReady, room=st.sampled_from(("r1", "r2", "no")), ready=st.booleans()),
    some(c.Pause, room=st.none() | rooms, on=st.booleans()),
    some(c.SendMessage, private=st.just({"text": "x"}), interview=maybe, room=st.none() | rooms),
    some(c.Reschedule, interview=interviews, starts_at=times, ends_at=times, room=st.none() | rooms),
    some(c.IssueInvite, interview=interviews, person=people),
)  # fmt: skip
PROVIDING = st.one_of(
    some(
        c.SwitchProvider, provider=st.sampled_from((PROVIDER, "other", "")),
        scope=st.sampled_from(("event", "r:r1", "i:a", "r:no", "x")),
        open_sessions=stay_or_move, private=st.none(), expects=st.none() | providers, with_narrower=st.booleans(),
    ),
    some(c.MoveSession, interview=interviews),
    some(c.ReportProvider, provider=providers, code=st.sampled_from(("", "unavailable"))),
    some(
        c.AcceptFailover, provider=providers, to=providers, open_sessions=stay_or_move,
        order=st.just((PROVIDER, "other")), rooms=st.none() | st.just(("r1",)),
    ),
    some(c.DeclineFailover, provider=providers),
    some(c.ConfirmCheck, provider=providers, check=st.just("tenant"), private=st.none()),
    some(c.RegisterLinks, provider=providers, interviews=st.just(("a", "b")), mailed=st.booleans()),
    some(
        c.ObserveSession, interview=interviews, provider=providers, generation=small,
        what=st.sampled_from(("opened", "ended", "waiting", "checked")), seen_at=times,
    ),
    some(c.RaiseAlarm, interview=interviews, provider=providers, generation=small, code=alarms),
    some(c.SettleAlarm, interview=interviews, code=alarms, private=st.none()),
)  # fmt: skip
mails = st.sampled_from(("m1", "m2", "m3"))
NEWS: tuple[MailWhat, ...] = get_args(MailWhat)
news = st.sampled_from(NEWS)
MAILING = st.one_of(
    some(
        c.QueueMail, mail=mails, interview=interviews, what=news, person=people, again=st.booleans(),
        by_office=st.booleans(), private=st.none(),
    ),
    some(c.MailWentOut, interview=interviews, mail=mails, issue=small, schedule=small, private=st.none()),
    some(c.MailFell, interview=interviews, mail=mails, code=st.just("450"), retry=st.booleans()),
    some(c.ReportBounce, interview=interviews, mail=mails, code=st.just("5.1.1")),
)  # fmt: skip
COMMANDS = st.one_of(ARRIVING, ADMITTING, ADMITTING, ENDING, HALL, PROVIDING, MAILING)


class Office(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.day = Day(policy={"absent_automatic": True})
        self.day.schedule("a", "b", companions=1)
        self.day.schedule("d", room="r2")
        self.pending: list[Decision] = []
        self.checked = len(self.day.journal)
        self.arrivals: dict[str, tuple[int, int | None]] = {}

    @rule(command=COMMANDS, actor=actors)
    def ask(self, command: c.Command, actor: str) -> None:
        """Refused with a code that is documented, or accepted; never any other exception."""
        try:
            self.day.do(command, actor)
        except Refused as refused:
            documented(refused)

    @rule(seconds=st.sampled_from((1, 11, 46, 301, 1200)))
    def time_passes(self, seconds: int) -> None:
        self.day.now += seconds * SECOND

    @rule(command=COMMANDS, actor=actors)
    def decide_on_what_is_known_now(self, command: c.Command, actor: str) -> None:
        """Another gateway decides, and its append comes later."""
        if len(self.pending) < 4:
            try:
                self.pending.append(self.day.decide(command, actor))
            except Refused as refused:
                documented(refused)

    @precondition(lambda self: bool(self.pending))
    @rule()
    def append_what_was_decided_before(self) -> None:
        try:
            self.day.append(self.pending.pop(0))
        except Moved:
            return

    @rule(interview=interviews, sid=sids, steps=st.integers(2, 8), differs=differs)
    def walk_in(self, interview: str, sid: str, steps: int, differs: tuple[str, ...]) -> None:
        """The usual way, as far as ``steps``, so that rooms fill up and empty again."""
        i = self.day.see(interview)
        generation = i.session.generation + 1 if i.session else 1
        self.day.now = max(self.day.now, i.starts_at if steps > 3 else 0)
        usual: tuple[c.Command, ...] = (
            c.Consent(interview, sid, "1"),
            c.CheckIn(interview, sid, "personal", self.day.now, number_matches=True, differs=differs, claim="c9"),
            c.OpenSession(interview, f"k{len(self.day.journal)}", PROVIDER),
            c.SettleDifference(interview, same=True),
            c.Admit(interview),
            c.SessionCameUp(interview, PROVIDER, generation),
            c.SeeJoined(interview, "candidate", "worker", self.day.now, i.admission + 1),
            c.Finish(interview),
        )
        for command in usual[:steps]:
            self.ask(command, "staff:1")

    @rule(interview=interviews, sid=sids, accepted=st.booleans(), first=st.booleans())
    def claim_a_seat(self, interview: str, sid: str, accepted: bool, first: bool) -> None:
        claim = f"claim-{len(self.day.journal)}"
        self.ask(c.RaiseClaim(claim, sid, "number_unknown", interview), "candidate:x")
        self.ask(c.SettleClaim(claim, accepted, interview, first), "staff:1")

    @rule(sid=sids)
    def two_consoles_admit_two_at_once(self, sid: str) -> None:
        """Both decide on what both see; the second append has to be refused by the journal."""
        for interview in ("a", "b"):
            self.ask(c.Consent(interview, sid, "1"), "candidate:x")
            self.ask(c.CheckIn(interview, sid, "personal", self.day.now, number_matches=True), "candidate:x")
        decided: list[Decision] = []
        for interview in ("a", "b"):
            with suppress(Refused):
                decided.append(self.day.decide(c.Admit(interview), "staff:1"))
        for decision in decided:
            with suppress(Moved):
                self.day.append(decision)

    @rule(interview=interviews)
    def way_on(self, interview: str) -> None:
        """Whatever happened, staff can bring every interview that is not over to its end, in a copy of the day."""
        copy = Day(rooms=self.day.rooms)
        copy.journal, copy.event = list(self.day.journal), Event.replay(self.day.journal)
        copy.now = self.day.now
        if not copy.see(interview).over:
            bring_to_the_end(copy, interview)

    @invariant()
    def one_candidate_in_a_room(self) -> None:
        inside: dict[str, list[str]] = {room: [] for room in self.day.rooms}
        for interview in self.day.event.interviews.values():
            if interview.in_room:
                inside[interview.room].append(interview.id)
        taken = {room: [state.taken_by] if state.taken_by else [] for room, state in self.day.event.rooms.items()}
        assert taken == inside

    @invariant()
    def one_admitted_for_each_admission(self) -> None:
        told = [(s.stream, s.entry.admission) for s in self.day.journal if isinstance(s.entry, Admitted)]
        assert len(told) == len(set(told))

    @invariant()
    def a_seat_is_lost_only_when_staff_say_it_is_somebody_else(self) -> None:
        news = self.day.journal[self.checked :]
        self.checked = len(self.day.journal)
        for interview in self.day.event.interviews.values():
            void = any(s.stream == interview.stream and isinstance(s.entry, VOIDS) for s in news)
            before = self.arrivals.get(interview.id)
            now = (interview.arrival.at, interview.arrival.counts_from) if interview.arrival else None
            assert before is None or before == now or void
            if now is not None:
                self.arrivals[interview.id] = now
            else:
                self.arrivals.pop(interview.id, None)

    @invariant()
    def every_phase_is_consistent(self) -> None:
        for interview in self.day.event.interviews.values():
            consistent(interview)

    @invariant()
    def nothing_is_told_of_what_is_over_but_how_it_ended(self) -> None:
        ends = {"absent": {"absence"}, "cancelled": {"cancelled"}}
        for interview in self.day.event.interviews.values():
            told = {what for what in NEWS if untrue(self.day.event, interview, what, self.day.now) is None}
            assert not interview.over or told == ends.get(interview.phase, set())

    @invariant()
    def every_verdict_rests_on_entries_that_are_there(self) -> None:
        streams = {stamped.offset: stamped.stream for stamped in self.day.journal}
        for interview in self.day.event.interviews.values():
            found = why(interview, self.day.event)
            offsets = [*found.verdict.rests_on, *(one.offset for one in found.entries)]
            assert {streams[offset] for offset in offsets} <= {interview.stream, "event", "r:r1", "r:r2"}
            assert set(found.verdict.rests_on) <= {one.offset for one in found.entries}
            assert found.verdict.rule in RULES
            assert (found.verdict.code in FOR_ALL_WHO_CAME) <= (interview.arrival is not None)

    def teardown(self) -> None:
        replayed = Event.replay(self.day.journal)
        assert vars(replayed) == vars(self.day.event)
        for interview in replayed.interviews.values():
            assert why(interview, replayed) == why(self.day.see(interview.id), self.day.event)


def consistent(i: Interview) -> None:
    if i.phase in ("waiting", "admitting", "in_session"):
        assert i.arrival is not None
    if i.phase in ("expected", "preparing"):
        assert i.arrival is None
        assert i.holder is None
    assert i.over == (i.ended is not None)
    assert (i.closing_until is None) or i.phase == "in_session"
    assert not i.admitted or i.called_at is not None
    assert i.admitted or i.phase != "in_session"
    assert i.arrived <= i.generation
    assert (i.generation > 0) == (i.admitted_at is not None)
    assert i.phase != "in_session" or i.arrived > 0
    assert i.over or i.admitted or (i.moving, i.current, i.confirmed_at) == (None, None, None)


def bring_to_the_end(day: Day, interview: str) -> None:
    """As staff would: settle what is open, free the room, call, see them there, finish."""
    i = day.see(interview)
    day.now = max(day.now, i.starts_at)
    for room in (None, i.room):
        day.do(c.Pause(room, on=False))
    if i.arrival is None:
        day.do(c.CheckInByStaff(interview, day.now))
    if day.see(interview).difference == "open":
        day.do(c.SettleDifference(interview, same=True))
    if not i.in_room:
        occupant = day.event.rooms[i.room].taken_by
        if occupant is not None:
            day.do(c.SendBack(occupant))
        day.do(c.Hold(interview, on=False))
        day.do(c.Admit(interview))
    if not day.see(interview).admitted:
        provider = day.event.provider_for(i.stream)
        session = day.see(interview).session
        if session is None or session.state not in ("requested", "open") or session.provider != provider:
            day.do(c.OpenSession(interview, f"end-{len(day.journal)}", provider), "reactor")
        session = day.see(interview).session
        assert session is not None
        day.do(c.SessionCameUp(interview, session.provider, session.generation), "reactor")
    if day.see(interview).phase == "admitting":
        day.do(c.SeeJoined(interview, "candidate", "staff", day.now, day.see(interview).admission))
    day.do(c.Finish(interview, now=True))
    assert day.see(interview).phase == "finished"


Office.TestCase.settings = settings(max_examples=100, stateful_step_count=50)
TestOffice = Office.TestCase
