"""The end of what is personal: events whose time is over are purged once a day, by whichever gateway looks first.

Every step can be done again, by several gateways at a time too, so a lease only spares a second look: ``purge_begun``
is appended, which closes the hall everywhere; then keys and ciphertexts go; then ``purged`` says so, and a seal covers
it. What a crash has left half done, or a gateway wrote that had not heard of it yet, goes at the next look, whatever
the rules say by then. A person on hold is kept under a key of their own.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import structlog

from gateway.belongings import belongings
from gateway.closed import Closed
from gateway.people import COLLECTIONS
from waiting_room.commands import BeginPurge, EndPurge
from waiting_room.entries import EVENT, PurgeBegun
from waiting_room.errors import Refused
from waiting_room.event import Event
from waiting_room.evidence import judged
from waiting_room.journal.port import Conflict, JournalError
from waiting_room.journal.vault import VaultError
from waiting_room.retention import due_at, on_hold

if TYPE_CHECKING:
    from gateway.house import House

log = structlog.get_logger("genkan.retention")

FIRST_LOOK = 60.0  # seconds after the start: pages come back first
BETWEEN_LOOKS = 24 * 3600.0  # seconds: the rules count in days
SOON = 3600.0  # seconds until what was interrupted is tried again
ACTOR = "reactor"

Stage = Literal["kept", "no_time", "held", "due", "interrupted", "purged"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """One event. ``due_at``: microseconds UTC, None where the rules name no time. ``kept``: interviews whose person is
    on hold. ``verdicts``: how often each; they follow from the entries and outlive every name."""

    event: str
    stage: Stage
    due_at: int | None
    interviews: int
    kept: tuple[str, ...]
    verdicts: Mapping[str, int] = field(default_factory=dict)
    rehearsal: bool = False


class Retention:
    """Of all events of this gateway."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._running = asyncio.Lock()  # the command line's and the daily one

    async def watch(self) -> None:
        """Once a day, for ever; within the hour where something was interrupted."""
        await asyncio.sleep(FIRST_LOOK)
        while True:
            if not self._house.duties.mine():
                await asyncio.sleep(SOON)
                continue
            found = await self.run(actor=ACTOR)
            interrupted = any(one.stage == "interrupted" for one in found)
            await asyncio.sleep(SOON if interrupted else BETWEEN_LOOKS)

    async def look(self) -> list[Outlook]:
        """Every event, whether or not its hall is open; changes nothing."""
        return [await self._outlook(event) for event in await self._house.book.events()]

    async def look_at(self, event: str) -> Outlook:
        """One of them. NoSuchJournal."""
        return await self._outlook(event)

    async def run(self, *, actor: str) -> list[Outlook]:
        """Purge what is due and finish what was interrupted; what is there afterwards. One event that cannot be purged
        now is logged and does not keep the others."""
        async with self._running:
            for event in await self._house.book.events():
                try:
                    await self._purge_if_due(event, actor)
                except (Refused, JournalError, VaultError, OSError) as error:
                    log.warning("purge_failed", event_id=event, error=type(error).__name__)
            return await self.look()

    async def purge_now(self, event: str, *, actor: str, command_id: str) -> Outlook:
        """Before the time that the rules name, as a person decided. Refused ``event_not_over``, ``held``; NoSuchJournal
        for an event whose hall is not open."""
        async with self._running:
            await self._house.halls[event].execute(BeginPurge(early=True), actor=actor, command_id=command_id)
            await self._purge_if_due(event, actor)
            return await self._outlook(event)

    async def remove(self, event: str, *, actor: str, command_id: str) -> None:
        """Serve a rehearsal no longer. What is left of it goes with the next daily run: compacting the files keeps
        everybody waiting, for the sake of people who do not exist. Refused ``not_due`` where it is none, ``held``."""
        hall = self._house.halls[event]
        await hall.execute(BeginPurge(), actor=actor, command_id=command_id)
        self._house.halls.close(event)

    # --- parts -----------------------------------------------------------------------------------------------------

    async def _outlook(self, event: str) -> Outlook:
        state, clean = await self._state(event)
        verdicts = Counter(judged(state, interview, state.at).code for interview in state.interviews.values())
        kept = state.kept if state.purge == "done" else on_hold(state)
        return Outlook(
            event,
            self._stage(state, clean=clean),
            due_at(state),
            len(state.interviews),
            kept,
            dict(sorted(verdicts.items())),
            state.rehearsal,
        )

    async def _state(self, event: str) -> tuple[Event, bool]:
        """What its journal says, and whether nothing was written on after a purge of it had begun."""
        hall = self._house.halls.get(event)
        if hall is not None and not hall.state.purge:
            return hall.state, True
        closed = await Closed.read(event, self._house.book)
        begun = next((n for n, st in enumerate(closed.entries) if isinstance(st.entry, PurgeBegun)), None)
        late = closed.entries[begun:] if begun is not None else ()
        return closed.state, begun is None or not await self._house.book.leftovers(event, COLLECTIONS, late)

    def _stage(self, state: Event, *, clean: bool) -> Stage:
        due = due_at(state)
        if state.purge == "done" and clean and set(state.kept) <= set(on_hold(state)):
            return "purged"
        if state.purge:
            return "interrupted"
        if EVENT in state.holds:
            return "held"
        if due is None:
            return "no_time"
        return "due" if self._house.now() >= due else "kept"

    async def _purge_if_due(self, event: str, actor: str) -> None:
        state, clean = await self._state(event)
        stage = self._stage(state, clean=clean)
        hall = self._house.halls.get(event)
        if stage == "due" and hall is not None:
            await hall.execute(BeginPurge(), actor=actor, command_id=f"purge:{event}:{hall.state.head}")
        if stage in ("due", "interrupted"):
            self._house.halls.close(event)
            try:
                await self._destroy(event, actor)
            finally:
                self._house.book.let_go(event)  # it was read anew; where somebody else destroyed it a copy would stay

    async def _destroy(self, event: str, actor: str) -> None:
        """From ``purge_begun`` to ``purged``. Done again it ends in the same."""
        closed = await Closed.read(event, self._house.book)
        if not closed.state.purge:
            return
        kept = {name: await self._belongings(closed, name) for name in on_hold(closed.state)}
        apart = {name: value for name, value in kept.items() if value is not None}
        await self._house.book.purge(event, apart)
        await closed.execute(EndPurge(tuple(sorted(apart))), actor=actor, now=self._house.now())
        with suppress(Conflict):
            await closed.seal(self._house.keys.record)
        log.info("event_purged", event_id=event, kept=len(apart))

    async def _belongings(self, closed: Closed, interview: str) -> Mapping[str, Any] | None:
        """Of one on hold: what an earlier purge has kept, else what is there; None when it is gone."""
        book = self._house.book
        before = (await book.kept(closed.id)).get(interview)
        if before is not None or not book.holds_key(closed.id):
            return before
        found = await belongings(book, closed.id, closed.entries, interview)
        # Another gateway that purges puts what is kept in the place of the rest in one step: whoever read across that
        # step has read a part, and finds the whole there.
        return (await book.kept(closed.id)).get(interview) or found
