"""A journal that is not the one we knew: what is missing of it, and when that is settled.

The store was restored from an older state, emptied, or forked. We know what we folded, by a check of each entry; so it
can be told from which entry on the store differs. Nothing is written to the event until the entries are back, or an
administrator has decided to go on without them (``loss_accepted``, in the journal that is there).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from waiting_room.entries import LossAccepted
from waiting_room.journal.book import Book, stamped
from waiting_room.journal.port import NoSuchJournal, Position, Row

CHECKS = "I"  # 32 bits an entry: 0.8 MB for the largest event


@dataclass(frozen=True, slots=True)
class Known:
    """Where a journal stood as far as we know, and the entries' checks as far as we have them (of the last ones,
    ending at ``offset``)."""

    position: Position
    at: int
    checks: Sequence[int]

    @property
    def first(self) -> int:
        """The offset of the first check."""
        return self.position.offset - len(self.checks) + 1

    def differs(self, row: Row) -> bool:
        """Whether we know another entry at this one's offset."""
        place = row.offset - self.first
        return 0 <= place < len(self.checks) and self.checks[place] != row.check


@dataclass(frozen=True, slots=True)
class Loss:
    """``offset``, ``at``: the last entry that was known. ``kept``, ``kept_at``: the last that is there as it was; 0
    where none is. ``gone``: there is no journal at all. Times: microseconds UTC."""

    offset: int
    at: int
    kept: int
    kept_at: int
    gone: bool

    def with_other(self, other: Loss) -> Loss:
        """What two who looked know together: the last entry that either knew, and the last that both find as it was."""
        last, first = max(self, other, key=lambda one: one.offset), min(self, other, key=lambda one: one.kept)
        return Loss(last.offset, last.at, first.kept, first.kept_at, self.gone)

    def to_json(self) -> dict[str, Any]:
        """For staff. Times in milliseconds."""
        return {
            "offset": self.offset,
            "at": self.at // 1000,
            "kept": self.kept,
            "kept_at": self.kept_at // 1000 or None,
            "missing": self.offset - self.kept,
            "gone": self.gone,
        }


async def measure(book: Book, event: str, known: Known) -> Loss | None:
    """What is missing; None where everything that was known is there. Errors of the journal, but not NoSuchJournal."""
    try:
        head = await book.head(event)
    except NoSuchJournal:
        return Loss(known.position.offset, known.at, 0, 0, gone=True)
    if head.position.epoch != known.position.epoch:
        return Loss(known.position.offset, known.at, 0, 0, gone=False)
    kept, kept_at = min(await _common(book, event, known), (head.position.offset, head.at))
    if kept >= known.position.offset:
        return None
    return Loss(known.position.offset, known.at, kept, kept_at, gone=False)


async def is_accepted(book: Book, event: str, loss: Loss) -> bool:
    """Whether somebody has decided since to go on with what is there. Errors of the journal."""
    after = loss.kept
    try:
        while rows := await book.journal.read(event, after):
            after = rows[-1].offset
            if any(row.at > loss.at and isinstance(stamped(row).entry, LossAccepted) for row in rows):
                return True
    except NoSuchJournal:
        return False
    return False


async def _common(book: Book, event: str, known: Known) -> tuple[int, int]:
    """Offset and time of the last entry that is as we know it, all before it being so too."""
    after, at = max(0, known.first - 2), 0
    while rows := await book.journal.read(event, after):
        for row in rows:
            if row.offset > known.position.offset or row.offset != after + 1 or known.differs(row):
                return after, at
            after, at = row.offset, row.at
    return after, at
