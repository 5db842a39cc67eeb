"""The journal's port: what every engine (SQLite, Redis) promises.

One journal per event. An engine stores opaque bytes: it never sees a name, and it never interprets an entry
beyond its stream. Everything above it (codec, encryption, chain, seals) is in ``book.py`` and is the same for
all engines, so one contract suite (``tests/contract/``) holds for each of them.

Errors::

    JournalError
     ├─ NoSuchJournal      the event has no journal here
     ├─ JournalExists      create() of an event that has one
     ├─ Conflict           a guarded stream has moved on: fold what is new and decide again
     ├─ EpochChanged       the journal is not the one that the caller knows (restored, emptied)
     ├─ Fenced             somebody else has taken the lease that the append rests on; nothing was written
     ├─ TooLarge           a named bound was exceeded; nothing was written
     └─ Unavailable        the store did not answer; whether the append happened is unknown, repeat with the same id
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from waiting_room.journal.beside import Beside
from waiting_room.journal.contact import Contact
from waiting_room.journal.leases import Fence, Leases

MAX_BATCH_ENTRIES = 5_000  # one roster import of a large exam, three entries a candidate
MAX_BATCH_BYTES = 16 * 2**20  # the same import with its private payloads and documents
MAX_ENTRIES = 200_000  # an event's journal (DESIGN §5: folded when opened, in 4 s)
MAX_READ = 2_000  # rows that one read() returns at most


class JournalError(Exception):
    """The journal could not do what was asked."""


class NoSuchJournal(JournalError):
    """This event has no journal here."""


class JournalExists(JournalError):
    """This event already has a journal."""


class Conflict(JournalError):
    """A guarded stream has moved on."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"{stream} is at {actual}, not {expected}")
        self.stream, self.expected, self.actual = stream, expected, actual


class EpochChanged(JournalError):
    """The journal is not the one that the caller knows."""


class Fenced(JournalError):
    """Another gateway does this by now."""


class TooLarge(JournalError):
    """A named bound of the journal was exceeded; nothing was written."""


class Unavailable(JournalError):
    """The store did not answer in time."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a journal. ``epoch`` is random, made with the journal and again on restore; ``offset`` counts
    entries from 1 without gaps; 0 stands before the first."""

    epoch: str
    offset: int


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before the store has stamped it.

    ``body`` is canonical JSON of kind, actor, data and private_digest (see ``codec``), opaque here.
    ``private`` is ciphertext or None, kept beside the entry, never in it.
    """

    stream: str
    body: bytes
    private: bytes | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A value that is replaced, not appended: roster row, settings, staff, invite. ``body`` is ciphertext;
    None deletes. ``collection`` and ``id`` are opaque identifiers without personal data."""

    collection: str
    id: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Batch:
    """What becomes durable together or not at all. May consist of documents alone."""

    drafts: tuple[Draft, ...] = ()
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A stored entry. ``stamp`` is what the store adds and ``body`` what the caller gave; the canonical bytes of
    the chain are made of both (``book.canonical``). ``version`` counts the entries of ``stream`` from 1.
    ``at`` is microseconds UTC by the store's clock, never before the predecessor's."""

    offset: int
    stream: str
    version: int
    at: int
    body: bytes
    check: int  # CRC-32 of the canonical bytes, so that one flipped byte is located, not only noticed


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append answers; a repeat with the same command_id gets the first answer with ``repeated`` set."""

    position: Position  # of the last entry (or of the head, for a batch of documents alone)
    rows: tuple[Row, ...]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    position: Position
    at: int  # of the last entry, 0 for an empty journal
    versions: Mapping[str, int] = field(default_factory=dict)  # of every stream


@runtime_checkable
class Journal(Protocol):
    """Append-only, one per event. All methods may raise Unavailable."""

    @property
    def shared(self) -> bool:
        """Whether other processes have this store too."""

    @property
    def contact(self) -> Contact:
        """Whether it is there now. Tails wait for it in silence."""

    @property
    def leases(self) -> Leases:
        """Who does what for whom, as this store knows it."""

    @property
    def beside(self) -> Beside:
        """What need not last."""

    @property
    def clock(self) -> Callable[[], int]:
        """The time by which entries are stamped, as far as it is known here: microseconds UTC."""

    async def create(self, event: str) -> Position:
        """Make an empty journal with a fresh random epoch. JournalExists."""

    async def events(self) -> Sequence[str]:
        """Every event that has a journal, sorted."""

    async def append(
        self,
        event: str,
        batch: Batch,
        *,
        guards: Mapping[str, int],
        command_id: str,
        epoch: str,
        fence: Fence | None = None,
    ) -> Appended:
        """Make the batch durable, then answer.

        ``guards`` names each stream that the decision read and the version it was at (0: no entry yet).
        ``command_id`` (1..128 characters): a repeat answers what the first one was answered and writes nothing,
        whatever its guards and its fence say. ``epoch``: the journal the caller knows. ``fence``: the lease that the
        caller does this under. Conflict, EpochChanged, Fenced, NoSuchJournal, TooLarge. On any error nothing was
        written, except Unavailable, where a repeat finds out.
        """

    async def read(self, event: str, after: int, limit: int = MAX_READ) -> Sequence[Row]:
        """Entries with offset > after, ascending, at most min(limit, MAX_READ)."""

    def tail(self, event: str, after: Position) -> AsyncIterator[Sequence[Row]]:
        """Entries after ``after``, each exactly once and in order, for ever: what is there, then what comes.
        EpochChanged when ``after`` names another journal. Closing the iterator ends it."""

    async def head(self, event: str) -> Head:
        """The last position, its time and every stream's version. NoSuchJournal."""

    async def private(self, event: str, offsets: Sequence[int]) -> Mapping[int, bytes]:
        """Private ciphertext of these entries; those without one (or purged) are absent."""

    async def document(self, event: str, collection: str, id: str) -> bytes | None:  # noqa: A002 - the field's word
        """One document's ciphertext."""

    async def documents(self, event: str, collection: str) -> Mapping[str, bytes]:
        """All documents of a collection by id."""

    async def purge(self, event: str, keep: Sequence[Document] = ()) -> None:
        """Delete every private payload and document of the event, compact the files, keep the entries. ``keep``: the
        documents that take the place of all others, at the same moment."""

    def forget(self, event: str) -> None:
        """Believe this journal as it is now, whatever was known of it: somebody has looked."""

    async def close(self) -> None:
        """Finish what is queued, release the store. Idempotent."""
