"""The state of one event: the fold of its whole journal.

``Event`` is a mutable accumulator of frozen states, one per stream. Each stream's state is made by a pure fold; what
is mutable is only which state stands for which stream. A frozen ``Event`` would copy a mapping of thousands of
interviews for each entry, and an event of 200,000 entries has to fold in 4 s when it is opened. Whoever needs a moment
in time takes the states out of it: they never change.

``apply`` is total: an entry on a stream where it makes no sense changes versions and nothing else.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from waiting_room import entries as e
from waiting_room import folding, outages, pauses
from waiting_room.claims import add_claim, settle_claim
from waiting_room.interview import MAX_MESSAGES, Claim, Interview, Message
from waiting_room.outages import Outage
from waiting_room.pauses import FOREVER, Pause, Span
from waiting_room.policy import Policy

MAX_ROOM_CLAIMS = 200  # open claims on one room: more than its panel can see in a day
MAX_GAPS = 1_000  # gaps of our own service that are remembered, the latest ones
MAX_POLICIES = 200  # changes of the rules; ``decide`` refuses more, so that what was judged by one stays judged


@dataclass(frozen=True, slots=True)
class Room:
    """One panel's room. ``taken_by``: the interview that is admitting or in session here."""

    id: str
    ready: bool = False
    paused: bool = False
    taken_by: str | None = None
    claims: tuple[Claim, ...] = ()
    declined: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    pauses: tuple[Pause, ...] = ()  # its own; those of the whole event are the event's

    @property
    def stream(self) -> str:
        return e.room_stream(self.id)


@dataclass(frozen=True, slots=True)
class Staff:
    id: str
    role: str
    rooms: tuple[str, ...]
    issue: int
    revoked: bool

    def sees(self, room: str) -> bool:
        return not self.rooms or room in self.rooms


@dataclass(frozen=True, slots=True)
class Switch:
    """The provider in use for a scope, since when, and whether open sessions were to stay or move. ``because`` and
    ``before`` as ``ProviderSwitched`` has them."""

    provider: str
    at: int
    open_sessions: str
    because: str = "chosen"
    before: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Down:
    """A provider that does not answer. ``declined``: staff saw what was proposed, and stay."""

    code: str
    at: int
    declined: bool = False


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A person says that what no program can see is as it has to be. ``offset``: where their words are, privately."""

    at: int
    by: str
    offset: int


_UNCHOSEN = Switch("", 0, "stay")


@dataclass(frozen=True, slots=True)
class Gap:
    from_at: int
    to_at: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """The policy that holds from the entry at ``offset`` on."""

    policy: Policy
    at: int
    offset: int


def fold_room(room: Room, st: e.Stamped) -> Room:
    """A room's state after an entry of its stream. Total."""
    match st.entry:
        case e.RoomReady():
            return replace(room, ready=True)
        case e.RoomPreparing():
            return replace(room, ready=False)
        case e.RoomPaused():
            return replace(room, paused=True, pauses=pauses.begun(room.pauses, st))
        case e.RoomResumed():
            return replace(room, paused=False, pauses=pauses.ended(room.pauses, st))
        case e.RoomTaken() as x:
            return replace(room, taken_by=x.interview)
        case e.RoomFreed() as x:
            return replace(room, taken_by=None) if room.taken_by == x.interview else room
        case e.MessageSent():
            return replace(room, messages=(*room.messages, Message(st.offset, st.at, st.actor))[-MAX_MESSAGES:])
        case e.ClaimRaised() as x:
            return replace(room, claims=add_claim(room.claims, x, st, MAX_ROOM_CLAIMS))
        case e.ClaimSettled() as x:
            claims, declined = settle_claim(room.claims, room.declined, x)
            return replace(room, claims=claims, declined=declined)
        case _:
            return room


class Event:
    """The folded state of one event. Read freely; change it through ``apply`` only."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self.head = 0  # offset of the last entry
        self.at = 0  # its time
        self.sealed = 0  # offset of the last seal
        self.holds: frozenset[str] = frozenset()  # streams that are on hold
        self.purge: Literal["", "begun", "done"] = ""
        self.kept: tuple[str, ...] = ()  # interviews whose person was on hold when the rest was purged
        self.closed_at: int | None = None  # the hall, since when
        self.imported = 0  # offset of the last roster that was imported over what was there
        self.readable = True  # False: holds a kind of a later release
        self.created = False
        self.rehearsal = False  # for practice; said by the first entry, so it is so for good
        self.rehearses = ""  # the event that it was laid out from
        self.paused = False
        self.open = True
        self.rules: tuple[Rules, ...] = (Rules(Policy(), 0, 0),)
        self.rooms: dict[str, Room] = {}
        self.interviews: dict[str, Interview] = {}
        self.staff: dict[str, Staff] = {}
        self.providers: dict[str, Switch] = {}  # scope: "event" or a stream
        self.down: dict[str, Down] = {}  # provider -> since when, and why
        self.confirmations: dict[tuple[str, str], Confirmation] = {}  # provider and check -> the latest
        self.gaps: tuple[Gap, ...] = ()
        self.outages: tuple[Outage, ...] = ()
        self.pauses: tuple[Pause, ...] = ()  # of the whole event
        self.resits: dict[str, str] = {}  # interview -> the one that re-sits it
        self.claims: dict[str, str] = {}  # open claim -> the stream that it is on
        self.seats: dict[str, str] = {}  # browser session -> the interview that it was seated on last
        self._of_room: dict[str, list[tuple[int, str]]] = {}  # scheduled start and id, sorted

    @classmethod
    def replay(cls, journal: Iterable[e.Stamped]) -> Event:
        event = cls()
        for stamped in journal:
            event.apply(stamped)
        return event

    def apply(self, st: e.Stamped) -> None:
        """Fold one entry. Entries come in the order of their offsets."""
        self.versions[st.stream] = st.version
        self.head, self.at = st.offset, st.at
        if isinstance(st.entry, e.HoldSet):
            self.holds |= {st.stream}
        elif isinstance(st.entry, e.HoldLifted):
            self.holds -= {st.stream}
        if type(st.entry) is e.Unknown:
            self.readable = False
        elif st.stream.startswith("i:"):
            self._apply_interview(st)
        elif st.stream.startswith("r:"):
            self._apply_room(st)
        elif st.stream == e.EVENT:
            self._apply_event(st)

    def version(self, stream: str) -> int:
        """Entries on this stream so far; 0 when it has none."""
        return self.versions.get(stream, 0)

    # --- what follows from the state ---------------------------------------------------------------------------

    def of_room(self, room: str) -> Sequence[Interview]:
        """Every interview of a room, in the order of the queue: scheduled start, then id. Only this
        class knows the order."""
        return [self.interviews[interview] for _, interview in self._of_room.get(room, ())]

    def waiting(self, room: str) -> Sequence[Interview]:
        """The queue of a room as every screen shows it. One on hold is in it, and is skipped by ``next_of``."""
        return [interview for interview in self.of_room(room) if interview.phase == "waiting"]

    def due(self, room: str, now: int) -> Iterator[Interview]:
        """Those of the queue whose interview should have begun by now."""
        for starts_at, interview in self._of_room.get(room, ()):
            if starts_at > now:
                return
            if self.interviews[interview].phase == "waiting":
                yield self.interviews[interview]

    def next_of(self, room: str) -> Interview | None:
        """Whom the panel would let in next."""
        queue = (self.interviews[interview] for _, interview in self._of_room.get(room, ()))
        return next((i for i in queue if i.phase == "waiting" and not i.held and i.difference != "open"), None)

    def place(self, interview: Interview) -> int | None:
        """Place in the queue from 1; None for one who is not in it."""
        now, room = self.interviews.get(interview.id), self._of_room.get(interview.room, ())
        if now is None or now.phase != "waiting" or now.room != interview.room:
            return None
        ahead = room[: bisect_left(room, (now.starts_at, now.id))]
        return 1 + sum(self.interviews[other].phase == "waiting" for _, other in ahead)

    @property
    def policy(self) -> Policy:
        """The rules that hold now."""
        return self.rules[-1].policy

    def rules_at(self, offset: int) -> Rules:
        """The rules that held at the entry of this offset: a change holds from then on."""
        return next((rules for rules in reversed(self.rules) if rules.offset <= offset), self.rules[0])

    def pauses_of(self, interview: Interview, until: int = FOREVER) -> tuple[Span, ...]:
        """The time that this interview has lost to pauses: apart from one another, in order. ``until``: the end that a
        pause is given which lasts."""
        return pauses.merged(span for _, span in self.pauses_behind(interview, until))

    def pauses_behind(self, interview: Interview, until: int = FOREVER) -> tuple[tuple[Pause, Span], ...]:
        """The pauses that this interview has had, and what it lost to each."""
        if not self.pauses and not any(self._own_pauses(stay.room) for stay in interview.stays):
            return ()
        return pauses.had_by(interview, self.pauses, self._own_pauses, until)

    def _own_pauses(self, room: str) -> tuple[Pause, ...]:
        found = self.rooms.get(room)
        return found.pauses if found is not None else ()

    def is_paused(self, room: str) -> bool:
        return self.paused or (room in self.rooms and self.rooms[room].paused)

    def provider_for(self, scope: str = e.EVENT) -> str:
        """The provider in use for "event", ``r:<room>`` or ``i:<interview>``: the narrowest switch holds."""
        return self.switch_for(scope).provider

    def switch_for(self, scope: str = e.EVENT) -> Switch:
        """The switch that holds for this scope; one to no provider where the event has none yet."""
        found = self.providers.get(scope)
        if found is None and scope.startswith("i:"):
            interview = self.interviews.get(scope.removeprefix("i:"))
            found = self.providers.get(e.room_stream(interview.room)) if interview is not None else None
        return found or self.providers.get(e.EVENT) or _UNCHOSEN

    def claim(self, claim: str) -> Claim | None:
        """An open claim, wherever it is."""
        stream = self.claims.get(claim, "")
        claims = self._claims_on(stream)
        return next((c for c in claims if c.id == claim), None)

    # --- the folds -----------------------------------------------------------------------------------------------

    def _claims_on(self, stream: str) -> tuple[Claim, ...]:
        if stream.startswith("i:"):
            interview = self.interviews.get(stream.removeprefix("i:"))
            return interview.claims if interview is not None else ()
        room = self.rooms.get(stream.removeprefix("r:"))
        return room.claims if room is not None else ()

    def _apply_interview(self, st: e.Stamped) -> None:
        key = st.stream.removeprefix("i:")
        before = self.interviews.get(key)
        after = self.interviews[key] = folding.fold(before, st)
        if before is None or (before.room, before.starts_at) != (after.room, after.starts_at):
            if before is not None:
                self._of_room[before.room].remove((before.starts_at, key))
            insort(self._of_room.setdefault(after.room, []), (after.starts_at, key))
        if after.resits is not None:
            self.resits[after.resits] = key
        if (before is None or before.holder != after.holder) and after.holder is not None:
            self.seats[after.holder] = key
        self._index_claim(st)

    def _apply_room(self, st: e.Stamped) -> None:
        key = st.stream.removeprefix("r:")
        self.rooms[key] = fold_room(self.rooms.get(key) or Room(key), st)
        self._index_claim(st)

    def _index_claim(self, st: e.Stamped) -> None:
        if isinstance(st.entry, e.ClaimRaised):
            if any(c.id == st.entry.claim for c in self._claims_on(st.stream)):
                self.claims.setdefault(st.entry.claim, st.stream)
        elif isinstance(st.entry, e.ClaimSettled) and self.claims.get(st.entry.claim) == st.stream:
            del self.claims[st.entry.claim]

    def _apply_event(self, st: e.Stamped) -> None:  # noqa: C901, PLR0912 - one line a kind
        match st.entry:
            case e.EventCreated() as x:
                self.created = True
                self.rehearsal, self.rehearses = x.rehearsal, x.rehearses
                self._change_rules(x.policy, st)
                self.providers[e.EVENT] = Switch(x.provider, st.at, "stay")
                self.rooms = {**{room: Room(room) for room in x.rooms}, **self.rooms}
            case e.PolicyChanged() as x:
                self._change_rules(x.policy, st)
            case e.ProviderSwitched() as x:
                self._switch(x, st)
            case e.ProviderDown() as x:
                self.down[x.provider] = Down(x.code, st.at)
                self.outages = outages.noted(self.outages, x, st)
            case e.ProviderUp() as x:
                self.down.pop(x.provider, None)
                self.outages = outages.noted(self.outages, x, st)
            case e.FailoverDeclined() as x if x.provider in self.down:
                self.down[x.provider] = replace(self.down[x.provider], declined=True)
            case e.CheckConfirmed() as x:
                self.confirmations[x.provider, x.check] = Confirmation(st.at, st.actor, st.offset)
            case e.ServiceGap() as x:
                self.gaps = (*self.gaps, Gap(x.from_at, x.to_at, st.offset))[-MAX_GAPS:]
            case e.StaffAdmitted() as x:
                self.staff[x.staff] = Staff(x.staff, x.role, tuple(x.rooms), x.issue, x.revoked)
            case e.RoomPaused():
                self.paused, self.pauses = True, pauses.begun(self.pauses, st)
            case e.RoomResumed():
                self.paused, self.pauses = False, pauses.ended(self.pauses, st)
            case e.HallOpened() | e.HallClosed():
                self.open = isinstance(st.entry, e.HallOpened)
                self.closed_at = None if self.open else st.at
            case e.PurgeBegun():
                self.purge = "begun"
            case e.Purged() as x:
                self.purge, self.kept = "done", tuple(x.kept)
            case e.Sealed():
                self.sealed = st.offset
            case e.RosterImported():
                self.imported = st.offset
            case _:
                pass  # an entry of another stream, or one that is evidence only

    def _change_rules(self, document: Mapping[str, e.Json], st: e.Stamped) -> None:
        """Beyond MAX_POLICIES the last one gives way."""
        kept = self.rules[: MAX_POLICIES - 1]
        self.rules = (*kept, Rules(Policy.from_document(document), st.at, st.offset))

    def _switch(self, x: e.ProviderSwitched, st: e.Stamped) -> None:
        if not x.provider and x.scope != e.EVENT:
            self.providers.pop(x.scope, None)
        else:
            self.providers[x.scope] = Switch(x.provider, st.at, x.open_sessions, x.because, x.before, st.actor)


def versions_of(event: Event, streams: Iterable[str]) -> Mapping[str, int]:
    """Guards for these streams."""
    return MappingProxyType({stream: event.version(stream) for stream in streams})
