"""The journal as the gateway and the command line use it: entries in, entries out.

Above any engine of ``port.Journal`` this adds the codec, the encryption of private payloads and documents under the
event's key, the seals, and the verification of all of it.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from waiting_room.codec import canonical_json, parse_stored
from waiting_room.entries import EVENT, NewEntry, Stamped, decode, encode
from waiting_room.errors import Malformed
from waiting_room.journal.chain import Chain, RecordKeys
from waiting_room.journal.leases import Fence
from waiting_room.journal.port import (
    MAX_READ,
    Batch,
    Document,
    Draft,
    Head,
    Journal,
    JournalError,
    JournalExists,
    Position,
    Row,
)
from waiting_room.journal.vault import (
    EventKeys,
    KeyExists,
    NoKey,
    Random,
    open_document,
    open_private,
    open_salted,
    seal_document,
    seal_private,
    session_key,
)
from waiting_room.journal.verify import Report, verify

MAX_ASKED = 500  # payloads asked for at once, below SQLite's bound on variables

KEPT = "kept"  # the collection of what a purge has kept
DocumentWrite = tuple[str, str, Mapping[str, Any] | None]  # collection, id, value (None deletes)


class Unreadable(JournalError):
    """A stored entry is not what this package writes: run ``genkan verify``."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"entry {offset} cannot be read")
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Written:
    """What an append answers. ``entries`` are the first answer's when the command is ``repeated``."""

    position: Position
    entries: list[Stamped]
    repeated: bool = False


class Book:
    """One engine, the keys of its events, and a source of randomness (for nonces and salts)."""

    def __init__(self, journal: Journal, keys: EventKeys, random: Random = secrets.token_bytes) -> None:
        self.journal, self._keys, self._random = journal, keys, random

    async def create(self, event: str) -> Position:
        """An empty journal, and the key first, so that there is never a journal that cannot keep a secret. A key left
        by a crash in between is used. JournalExists."""
        if event in await self.journal.events():
            raise JournalExists(event)
        if self._keys.get(event) is None:
            self._keys.create(event)
        return await self.journal.create(event)

    async def events(self) -> Sequence[str]:
        """Every event that has a journal, sorted."""
        return await self.journal.events()

    async def head(self, event: str) -> Head:
        """The last position, its time and every stream's version."""
        return await self.journal.head(event)

    async def append(
        self,
        event: str,
        new_entries: Sequence[NewEntry],
        *,
        documents: Sequence[DocumentWrite] = (),
        guards: Mapping[str, int],
        command_id: str,
        epoch: str,
        fence: Fence | None = None,
    ) -> Written:
        """Entries, their private payloads and documents, durable together when this returns. Errors of
        ``Journal.append``; NoKey when something must be encrypted and the event's key is gone; Malformed for a value
        that JSON has no word for."""
        drafts = [self._draft(event, new) for new in new_entries]
        batch = Batch(tuple(draft for draft, _ in drafts), tuple(self._document(event, *one) for one in documents))
        done = await self.journal.append(event, batch, guards=guards, command_id=command_id, epoch=epoch, fence=fence)
        if done.repeated:
            return Written(done.position, [stamped(row) for row in done.rows], repeated=True)
        # As ``stamped`` would read them, without decoding what was just encoded.
        entries = [
            Stamped(row.offset, row.stream, row.version, row.at, new.actor, new.entry, digest)
            for new, (_, digest), row in zip(new_entries, drafts, done.rows, strict=True)
        ]
        return Written(done.position, entries)

    async def read(self, event: str, after: int, limit: int = MAX_READ) -> list[Stamped]:
        """Entries with offset > after, ascending, at most min(limit, MAX_READ). Unreadable."""
        return [stamped(row) for row in await self.journal.read(event, after, limit)]

    async def tail(self, event: str, after: Position) -> AsyncIterator[list[Stamped]]:
        """Entries after the position, each once and in order, for ever. EpochChanged, Unreadable."""
        async for rows in self.journal.tail(event, after):
            yield [stamped(row) for row in rows]

    async def rows(self, event: str, after: Position) -> AsyncIterator[Sequence[Row]]:
        """Like ``tail``, undecoded: for a reader that also computes the chain (see ``stamped``)."""
        async for rows in self.journal.tail(event, after):
            yield rows

    async def private(self, event: str, offsets: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The private payloads of these entries, each checked against its entry's digest; those without one are absent,
        and all are once the key is destroyed. CannotOpen."""
        if not offsets or (key := self._keys.get(event)) is None:
            return {}
        found = await self.journal.private(event, offsets)
        opened: dict[int, dict[str, Any]] = {}
        for offset, ciphertext in sorted(found.items()):
            (entry,) = await self.read(event, offset - 1, 1)
            if entry.private_digest is not None:
                opened[offset] = open_private(key, event, entry.private_digest, ciphertext)
        return opened

    async def salted(self, event: str, digests: Mapping[int, str]) -> dict[int, tuple[bytes, dict[str, Any]]]:
        """Salt and payload of the entries with these digests, for a record that proves itself elsewhere; none once the
        key is destroyed. CannotOpen."""
        if (key := self._keys.get(event)) is None:
            return {}
        wanted = sorted(digests)
        opened: dict[int, tuple[bytes, dict[str, Any]]] = {}
        for start in range(0, len(wanted), MAX_ASKED):
            found = await self.journal.private(event, wanted[start : start + MAX_ASKED])
            opened |= {at: open_salted(key, event, digests[at], ciphertext) for at, ciphertext in found.items()}
        return opened

    def open_private(self, event: str, digest: str, ciphertext: bytes) -> dict[str, Any]:
        """One payload whose entry the caller already has. NoKey, CannotOpen."""
        return open_private(self._key(event), event, digest, ciphertext)

    async def document(self, event: str, collection: str, id: str) -> dict[str, Any] | None:  # noqa: A002 - the port's
        """One document, or None. NoKey, CannotOpen."""
        body = await self.journal.document(event, collection, id)
        return None if body is None else open_document(self._key(event), event, collection, id, body)

    async def documents(self, event: str, collection: str) -> dict[str, dict[str, Any]]:
        """All documents of a collection by id. NoKey, CannotOpen."""
        bodies = await self.journal.documents(event, collection)
        if not bodies:
            return {}
        key = self._key(event)
        return {id_: open_document(key, event, collection, id_, body) for id_, body in bodies.items()}

    async def seal(
        self,
        event: str,
        chain: Chain,
        record_keys: RecordKeys,
        *,
        version: int,
        actor: str,
        fence: Fence | None = None,
    ) -> Written:
        """Append a seal of everything up to where the caller's chain stands. Sealing the same offset again is the same
        command. ``version``: of the stream "event" there. Conflict when it has moved on: another gateway may have
        sealed more, and a seal covers no less than the one before it."""
        new = NewEntry(EVENT, chain.seal(record_keys), actor)
        command = f"seal-{chain.offset}"
        guards = {EVENT: version}
        return await self.append(event, [new], guards=guards, command_id=command, epoch=chain.epoch, fence=fence)

    def session_key(self, event: str) -> bytes:
        """What browser sessions of this event are named under (``vault.name_session``). NoKey."""
        return session_key(self._key(event), event)

    def destroy_key(self, event: str) -> None:
        """Make everything private of the event unreadable, here and in every backup. Cannot be undone."""
        self._keys.destroy(event)

    def let_go(self, event: str) -> None:
        """Keep the event's key in memory no longer: another gateway destroys it."""
        self._keys.let_go(event)

    async def purge(self, event: str, kept: Mapping[str, Mapping[str, Any]] = MappingProxyType({})) -> None:
        """Destroy the key, then delete every private payload and document and compact the files; the entries stay whole
        and verifiable. ``kept``: by name, what is sealed under a key of its own and takes the place of all the rest;
        keys of what was kept before and is not any more are destroyed. Can be repeated when it was interrupted: the
        event's key goes first where nothing is kept, and not before that is durable where something is."""
        for name in set(await self.journal.documents(event, KEPT)) - kept.keys():
            self._keys.destroy(kept_key(event, name))
        if not kept:
            self.destroy_key(event)
        await self.journal.purge(event, [self._sealed_apart(event, name, value) for name, value in kept.items()])
        self.destroy_key(event)

    async def leftovers(self, event: str, collections: Sequence[str], after: Sequence[Stamped]) -> bool:
        """Whether anything encrypted is left of an event that was purged, but for what was kept: of these entries, or a
        document of these collections. A gateway that had not heard of it yet may have written on for a moment."""
        for collection in collections:
            if await self.journal.documents(event, collection):
                return True
        wanted = [st.offset for st in after if st.private_digest is not None]
        pages = (wanted[start : start + MAX_ASKED] for start in range(0, len(wanted), MAX_ASKED))
        return any([bool(await self.journal.private(event, page)) for page in pages])

    async def kept(self, event: str) -> dict[str, dict[str, Any]]:
        """What a purge has kept, by name. NoKey, CannotOpen."""
        bodies = await self.journal.documents(event, KEPT)
        return {name: self._opened_apart(event, name, body) for name, body in bodies.items()}

    def holds_key(self, event: str) -> bool:
        """Whether the event's own key is here still."""
        return self._keys.get(event) is not None

    def _sealed_apart(self, event: str, name: str, value: Mapping[str, Any]) -> Document:
        apart = kept_key(event, name)
        key = self._keys.get(apart)
        if key is None:
            try:
                key = self._keys.create(apart)
            except KeyExists:  # another gateway purges at the same time, and keeps the same
                key = self._key(apart)
        return Document(KEPT, name, seal_document(key, event, KEPT, name, value, random=self._random))

    def _opened_apart(self, event: str, name: str, body: bytes) -> dict[str, Any]:
        return open_document(self._key(kept_key(event, name)), event, KEPT, name, body)

    async def verify(self, event: str, record_keys: RecordKeys) -> Report:
        """Re-derive everything that can be, and name the first fault. NoSuchJournal, Unavailable."""
        return await verify(self.journal, event, self._keys.get(event), record_keys)

    async def close(self) -> None:
        """Finish what is queued, release the store. Idempotent."""
        await self.journal.close()

    def _key(self, event: str) -> bytes:
        if (key := self._keys.get(event)) is None:
            raise NoKey(event)
        return key

    def _draft(self, event: str, new: NewEntry) -> tuple[Draft, str | None]:
        kind, data = encode(new.entry)
        body: dict[str, Any] = {"a": new.actor, "d": data, "k": kind}
        if new.private is None:
            return Draft(new.stream, canonical_json(body)), None
        digest, ciphertext = seal_private(self._key(event), event, new.private, self._random)
        body["p"] = digest
        return Draft(new.stream, canonical_json(body), ciphertext), digest

    def _document(
        self,
        event: str,
        collection: str,
        id: str,  # noqa: A002 - the port's word
        value: Mapping[str, Any] | None,
    ) -> Document:
        if value is None:
            return Document(collection, id, None)
        body = seal_document(self._key(event), event, collection, id, value, random=self._random)
        return Document(collection, id, body)


def kept_key(event: str, name: str) -> str:
    """Under which name the key is kept of what a purge has kept. No event's id holds a colon."""
    return f"{event}:{name}"


def stamped(row: Row) -> Stamped:
    """The entry in a stored row. Unreadable when it is none of ours."""
    try:
        body = parse_stored(row.body)
        entry = decode(body["k"], body["d"])
        return Stamped(row.offset, row.stream, row.version, row.at, body["a"], entry, body.get("p"))
    except (Malformed, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(row.offset) from error
