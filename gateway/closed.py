"""An event whose hall is not open, or never will be again: its entries without what is personal.

A purged event is read, and lightly written, through this: nobody waits in it, so nothing follows it.
"""

from __future__ import annotations

import secrets

from waiting_room.commands import Command
from waiting_room.decide import decide
from waiting_room.entries import EVENT, Stamped
from waiting_room.event import Event
from waiting_room.journal.book import Book, stamped
from waiting_room.journal.chain import Chain, RecordKeys
from waiting_room.journal.port import Conflict

MAX_CONFLICTS = 16  # decisions in a row that were overtaken, by another gateway that does the same


class Closed:
    """Made by ``read``; ``state`` and ``entries`` are those of that moment and of what was appended through it."""

    def __init__(self, event: str, book: Book, epoch: str) -> None:
        self.id, self._book, self._epoch = event, book, epoch
        self.state, self.entries = Event(), list[Stamped]()
        self._chain = Chain(event, epoch)

    @classmethod
    async def read(cls, event: str, book: Book) -> Closed:
        """The whole journal, folded. NoSuchJournal."""
        made = cls(event, book, (await book.head(event)).position.epoch)
        await made._catch_up()
        return made

    async def execute(self, command: Command, *, actor: str, now: int) -> None:
        """Decide, append with guards, fold; decided again when overtaken. Refused, Conflict, errors of the journal."""
        for _ in range(MAX_CONFLICTS):
            decision = decide(self.state, command, actor, max(now, self.state.at))
            if not decision.entries:
                return
            try:
                await self._book.append(
                    self.id,
                    decision.entries,
                    guards=decision.guards,
                    command_id=f"closed-{secrets.token_hex(12)}",
                    epoch=self._epoch,
                )
            except Conflict:
                await self._catch_up()
                continue
            await self._catch_up()
            return
        raise Conflict(self.id, 0, self.state.head)

    async def seal(self, keys: RecordKeys) -> None:
        """Sign where the journal stands, unless it ends in a seal. Conflict where another gateway was quicker."""
        if self._chain.offset and self.state.sealed != self.state.head:
            version = self.state.version(EVENT)
            await self._book.seal(self.id, self._chain, keys, version=version, actor="reactor")
            await self._catch_up()

    async def _catch_up(self) -> None:
        while rows := await self._book.journal.read(self.id, self.state.head):
            for row in rows:
                entry = stamped(row)
                self._chain.feed(row)
                self.state.apply(entry)
                self.entries.append(entry)
