"""One open event: its state, what is personal of it, who is here, and the one way to change it.

Entries are folded only from durable rows: those of an own append as soon as it is answered, when they are next in line,
and all others from the tail. Either way each row is folded exactly once and in order.
"""

from __future__ import annotations

import asyncio
import dataclasses
import re
from array import array
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import structlog

from gateway.callstate import CallState
from gateway.cutoffs import Cutoffs
from gateway.loss import CHECKS, Known, Loss, is_accepted, measure
from gateway.people import MAKES_DOCUMENTS, People
from gateway.presence import Presence
from waiting_room.commands import Command
from waiting_room.decide import decide
from waiting_room.entries import EVENT, NewEntry, SessionOpened, Stamped
from waiting_room.errors import Refused
from waiting_room.event import Event
from waiting_room.journal.book import Book, DocumentWrite, Written, stamped
from waiting_room.journal.chain import Chain, RecordKeys
from waiting_room.journal.leases import Fence
from waiting_room.journal.port import (
    MAX_READ,
    Conflict,
    EpochChanged,
    JournalError,
    NoSuchJournal,
    Position,
    Row,
    Unavailable,
)
from waiting_room.journal.vault import NoKey, name_session

log = structlog.get_logger("genkan.hall")

LOOK = 1.0  # seconds between two looks at whether a loss is settled
MAX_CONFLICTS = 16  # decisions in a row that were overtaken; two consoles at one room make one or two
OWN_ID = re.compile(r"[A-Za-z0-9_-]{22}")  # a browser session's own id: earlier releases wrote it into entries
NEVER = 2**62  # a version that no stream has: an append guarded by it only finds out whether the command is a repeat

UNREAD = -1  # in place of a count of losses

Clock = Callable[[], int]  # microseconds UTC
Around = Callable[[], AbstractContextManager[None]]
Listener = Callable[[Sequence[Stamped]], None]


@dataclass(frozen=True, slots=True)
class Done:
    """What a command came to. ``stamped`` may be empty: asked for what is already so. ``repeated``: the first answer of
    the same command."""

    stamped: Sequence[Stamped]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What goes with a command. ``fence``: the lease that it is asked under."""

    actor: str
    command_id: str
    documents: Sequence[DocumentWrite] = ()
    fence: Fence | None = None


class Hall:
    """Made by ``Halls``. ``state`` is read freely and changed by folding only."""

    def __init__(self, event: str, book: Book, clock: Clock, appending: Around = nullcontext) -> None:
        """``appending``: a context around each append, which times it."""
        self.id, self._book, self._clock, self._appending = event, book, clock, appending
        self.state = Event()
        self.people = People(book, event)
        self.presence = Presence()
        self.calls = CallState()
        self.shared_links: Mapping[str, str] = {}  # room -> path; derived once
        self.cutoffs = Cutoffs()
        self.drawn: dict[str, Any] = {}  # rows of consoles as last made, by interview
        self.digests: dict[str, tuple[Any, bytes]] = {}  # and the digest of each
        self.epoch = ""
        self.opened: list[Stamped] = []  # ``session_opened`` as loaded: their rooms are read by who needs them
        self.fence: Callable[[], Fence] | None = None  # of the work on this event; see ``duties``
        self.importing = asyncio.Lock()  # imports that have to be compared with what is there are made one by one
        self.listeners: list[Listener] = []  # called after each fold, in the order of registration; must not fail
        self.loss: Loss | None = None  # what the store has not kept; nothing is written while there is any
        self.before: Event | None = None  # the state that was known before it; None where we were not there
        self.on_loss: list[Callable[[], None]] = []  # called when there is one, and when that is settled
        self.checks: array[int] = array(CHECKS)  # of every entry that came from the store
        self._chain = Chain(event, "")
        self._session_key: bytes | None = None
        self._moved = asyncio.Event()
        self._asked = self._read_for = 0  # reads: how many were asked for, and up to which of them one was done
        self._failure: JournalError | None = None  # of the last of them
        self._losses = 0  # of contact with the store, at the last time that all of it was read
        self._missed = Known(Position("", 0), 0, ())
        self._looked_again = asyncio.Event()  # replaced at each look at whether a loss is settled
        self._reading = asyncio.Lock()
        self.follower: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Follow the journal no longer."""
        if self.follower is not None:
            self.follower.cancel()
        self.listeners.clear()
        self.people.forget()
        self._session_key = None
        self.drawn, self.digests, self.opened = {}, {}, []

    async def load(self, known: Known | None = None) -> None:
        """Fold the whole journal. ``known``: where it stood when this gateway saw it last. Errors of the journal; NoKey
        when the event was purged."""
        self._session_key = self._book.session_key(self.id)
        self._book.journal.forget(self.id)
        losses = self._book.journal.contact.losses
        epoch = (await self._book.head(self.id)).position.epoch
        state, chain, checks = Event(), Chain(self.id, epoch), array(CHECKS)
        opened: list[Stamped] = []
        await self.people.load()
        while rows := await self._book.journal.read(self.id, state.head):
            entries = [self.renamed(stamped(row)) for row in rows]
            await self.people.fetch(entries)
            for row, entry in zip(rows, entries, strict=True):
                chain.feed(row)
                checks.append(row.check)
                state.apply(entry)
                if isinstance(entry.entry, SessionOpened):
                    opened.append(entry)
        # All at once: nobody ever sees a state without its staff and their pages.
        self.epoch, self.state, self._chain, self.checks = epoch, state, chain, checks
        self.shared_links, self.opened, self._losses = {}, opened, losses
        if known is not None:
            await self._compare(known)

    async def follow(self) -> None:
        """Fold what comes, for ever. Where the journal is not the one we knew any more, writing stops until its entries
        are back or somebody has decided; then it is read from its beginning."""
        while True:
            if self.loss is not None:
                await self._until_settled(self.loss)
                self.loss = self.before = None
                await self._begin_anew()
                self._settle(None)
            try:
                await self.catch_up()  # what a fault between the chain and the state may have left out
                async for rows in self._book.rows(self.id, Position(self.epoch, self._chain.offset)):
                    await self._take(rows)
            except (EpochChanged, NoSuchJournal):
                self.before = self.state
                await self._compare(Known(Position(self.epoch, len(self.checks)), self.state.at, self.checks))
                if self.loss is None:
                    self.before = None
                    await self._begin_anew()

    async def execute(
        self,
        command: Command,
        *,
        actor: str,
        command_id: str,
        documents: Sequence[DocumentWrite] = (),
        on_duty: bool = False,
    ) -> Done:
        """Decide, append with guards, fold, answer; decided again when overtaken. A repeat of ``command_id`` gets the
        first answer, also where the command would be refused by now. ``on_duty``: only while the work of this event is
        this gateway's. Refused, Conflict, errors of the journal, Fenced among them."""
        if self.loss is not None:
            raise Refused("journal_lost", offset=self.loss.offset)
        asked = Asked(actor, command_id, documents, self._fence(on_duty=on_duty))
        for _ in range(MAX_CONFLICTS):
            try:
                return await self._once(command, asked)
            except Conflict:
                await self.catch_up()
            except EpochChanged as error:  # whoever follows finds out what is missing
                raise Refused("journal_lost", offset=self.state.head) from error
        raise Conflict(self.id, 0, self.state.head)

    def _fence(self, *, on_duty: bool) -> Fence | None:
        return self.fence() if on_duty and self.fence is not None else None

    async def catch_up(self) -> None:
        """Fold everything that is durable by now; one read, or its failure, serves all who asked before it began.
        EpochChanged where it does not follow on what we know."""
        self._asked += 1
        mine = self._asked
        async with self._reading:
            if self._read_for < mine:
                self._read_for, self._failure = self._asked, None
                try:
                    await self._read_on()
                except JournalError as error:
                    self._failure = error
                except BaseException:
                    self._read_for = mine  # whoever waits reads by themselves
                    raise
            if self._failure is not None:
                raise self._failure

    async def _read_on(self) -> None:
        losses = self._book.journal.contact.losses
        place = min(len(self.checks), self.state.head)  # a fault may have left the state behind what the store has told
        rows = await self._book.journal.read(self.id, max(0, place - 1))
        if place and (not rows or rows[0].offset != place or rows[0].check != self.checks[place - 1]):
            raise EpochChanged(self.id)
        while rows:
            await self._fold_rows(rows)
            rows = await self._book.journal.read(self.id, rows[-1].offset) if len(rows) == MAX_READ else ()
        self._losses = losses

    @property
    def behind(self) -> bool:
        """Whether the store was out of reach and has not been read since: others may know more."""
        contact = self._book.journal.contact
        return contact.lost or contact.losses != self._losses

    async def present(self) -> None:
        """Fold everything that anybody was answered before this was asked: at another gateway, a moment ago. Where
        nobody else writes, nothing has to be read."""
        if not self._book.journal.shared or self.loss is not None:
            return
        try:
            await self.catch_up()
        except (EpochChanged, NoSuchJournal):
            self._losses = UNREAD  # until it is known what is missing
            raise

    async def watch(self, seen: int) -> int:
        """The head's offset, as soon as it is beyond ``seen``."""
        while self.state.head <= seen:
            await self._moved.wait()
        return self.state.head

    def named(self, sid: str) -> str:
        """The browser session ``sid`` as entries name it: a keyed hash that nobody can make once the event is purged.
        NoKey."""
        if self._session_key is None:
            raise NoKey(self.id)
        return name_session(self._session_key, sid)

    def renamed(self, st: Stamped) -> Stamped:
        """What is folded of an entry. Where an earlier release wrote a session's own id it is named, so that whoever
        had a seat then has it still."""
        entry: Any = st.entry
        sid = getattr(entry, "sid", None)
        if sid is None or not OWN_ID.fullmatch(sid):
            return st
        return dataclasses.replace(st, entry=dataclasses.replace(entry, sid=self.named(sid)))

    async def seal(self, keys: RecordKeys, *, on_duty: bool = False) -> bool:
        """Sign where the chain stands, unless it ends in a seal already or has not caught up, with another gateway's
        seal for example. Whether it was done. ``on_duty`` as in ``execute``."""
        if self._chain.offset == 0 or self._chain.offset != self.state.head or self.state.sealed == self.state.head:
            return False
        try:
            version = self.state.version(EVENT)
            fence = self._fence(on_duty=on_duty)
            written = await self._book.seal(self.id, self._chain, keys, version=version, actor="reactor", fence=fence)
        except Conflict:
            return False
        await self._fold_own(written)
        return True

    @property
    def position(self) -> Position:
        """Up to where this hall has folded."""
        return Position(self.epoch, self.state.head)

    async def _once(self, command: Command, asked: Asked) -> Done:
        try:
            decision = decide(self.state, command, asked.actor, max(self._clock(), self.state.at))
        except Refused as refused:
            return await self._repeat_or(refused, asked.command_id)
        if not decision.entries and not asked.documents:
            return Done(())
        return await self._append(decision.entries, decision.guards, asked)

    async def _append(self, entries: Sequence[NewEntry], guards: Mapping[str, int], asked: Asked) -> Done:
        with self._appending():
            written = await self._book.append(
                self.id,
                entries,
                documents=asked.documents,
                guards=guards,
                command_id=asked.command_id,
                epoch=self.epoch,
                fence=asked.fence,
            )
        if not written.repeated:
            self.people.wrote(asked.documents)
            self._keep_payloads(entries, written)
        await self._fold_own(written)
        return Done(tuple(written.entries), written.repeated)

    async def _repeat_or(self, refused: Refused, command_id: str) -> Done:
        """The first answer of a command that was accepted before; else the refusal."""
        try:
            written = await self._book.append(
                self.id, (), guards={"event": NEVER}, command_id=command_id, epoch=self.epoch
            )
        except Conflict:
            raise refused from None
        return Done(tuple(written.entries), repeated=True)

    def _keep_payloads(self, entries: Sequence[NewEntry], written: Written) -> None:
        for new, done in zip(entries, written.entries, strict=True):
            if new.private is not None and self.people.shows(new.entry.kind):
                self.people.keep(done.offset, new.private)

    async def _fold_own(self, written: Written) -> None:
        if written.entries and written.entries[0].offset > self.state.head + 1:
            await self.catch_up()  # others were committed before us and the tail has not brought them yet
        self._apply(written.entries)

    async def _take(self, rows: Sequence[Row]) -> None:
        """Rows of the tail: the chain wants each of them, the state those that it does not have."""
        for row in rows:
            self._chain.feed(row)
            self.checks.append(row.check)
        await self._fold_rows(rows)

    # --- what the store has lost -------------------------------------------------------------------------------------

    def hear_of_loss(self, other: Loss) -> None:
        """What another gateway has found missing of this event: all of them ask for one decision on the same."""
        if self.loss is not None and (wider := self.loss.with_other(other)) != self.loss:
            self._settle(wider)

    async def settled(self) -> None:
        """When it has been looked once more whether a loss is settled, and what follows from it is done."""
        if self.loss is not None:
            await self._looked_again.wait()

    async def _compare(self, known: Known) -> None:
        """Writing stops where anything is missing of what was known."""
        loss = await measure(self._book, self.id, known)
        if loss is not None and not await is_accepted(self._book, self.id, loss):
            log.critical("journal_lost", event_id=self.id, kept=loss.kept, known=loss.offset, gone=loss.gone)
            self._missed = known
            self._settle(loss)

    async def _begin_anew(self) -> None:
        await self.load()
        self._tell(())

    async def _until_settled(self, loss: Loss) -> None:
        """Until the entries are back, or an administrator goes on without them."""
        while not await self._is_settled(loss):  # noqa: ASYNC110 - what is looked at is in the store
            await asyncio.sleep(LOOK)

    async def _is_settled(self, loss: Loss) -> bool:
        try:
            back = await measure(self._book, self.id, self._missed) is None
            accepted = not back and await is_accepted(self._book, self.id, loss)
        except Unavailable:
            return False
        if back or accepted:
            log.warning("journal_is_back" if back else "loss_accepted", event_id=self.id, known=loss.offset)
        return back or accepted

    def _settle(self, loss: Loss | None) -> None:
        self.loss = loss
        if loss is None:
            looked, self._looked_again = self._looked_again, asyncio.Event()
            looked.set()
        for listener in tuple(self.on_loss):
            listener()

    async def _fold_rows(self, rows: Sequence[Row]) -> None:
        entries = [stamped(row) for row in rows if row.offset > self.state.head]
        await self.people.fetch(entries)
        if any(getattr(entry.entry, "kind", "") in MAKES_DOCUMENTS for entry in entries):
            await self.people.load()
        self._apply(entries)

    def _apply(self, entries: Sequence[Stamped]) -> None:
        """Fold those that are next in line and tell the listeners."""
        fresh: list[Stamped] = []
        for entry in map(self.renamed, entries):
            if entry.offset == self.state.head + 1:
                self.state.apply(entry)
                fresh.append(entry)
        if fresh:
            self._tell(fresh)

    def _tell(self, fresh: Sequence[Stamped]) -> None:
        self._moved.set()
        self._moved = asyncio.Event()
        for listener in tuple(self.listeners):
            listener(fresh)
