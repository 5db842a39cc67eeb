"""Re-deriving a journal from nothing but its rows: is it whole, and was it changed?

Faults are found entry by entry, so the first one has an offset:

| code            | what does not hold                                                             |
|-----------------|--------------------------------------------------------------------------------|
| missing         | offsets run from 1 without gaps                                                |
| unreadable      | the store can read the entry                                                   |
| check           | the entry's CRC is that of its canonical bytes                                 |
| version         | a stream's versions run from 1 without gaps                                    |
| time            | no entry is older than its predecessor                                         |
| body            | the body is canonical JSON of actor, kind, data and digest, and decodes        |
| seal_offset     | a seal covers entries before itself and no fewer than the seal before it       |
| seal_chain      | the chain value in a seal is the one re-derived                                |
| seal_key        | the seal names a record key of ours                                            |
| seal_signature  | the record key signed exactly this                                             |
| private_missing | while the event's key exists, so does every private payload                    |
| private_digest  | a private payload opens and matches its entry's digest                         |

A check value guards against accidents and names the place; whoever changes an entry together with its check is found
by the next seal, which cannot say which of the entries since the seal before it was changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from waiting_room.codec import canonical_json, parse_json
from waiting_room.entries import Entry, Sealed, decode
from waiting_room.errors import Malformed
from waiting_room.journal.chain import Chain, PublicKeys, intact, signed
from waiting_room.journal.port import MAX_BATCH_BYTES, MAX_READ, Head, Row, Unavailable
from waiting_room.journal.vault import CannotOpen, open_private

FIELDS: dict[str, type] = {"a": str, "d": dict, "k": str, "p": str}  # actor, data, kind, private digest


class Readable(Protocol):
    """What verification asks of a journal, or of a copy of one; as ``port.Journal`` promises it."""

    async def head(self, event: str) -> Head: ...
    async def read(self, event: str, after: int, limit: int = MAX_READ) -> Sequence[Row]: ...
    async def private(self, event: str, offsets: Sequence[int]) -> Mapping[int, bytes]: ...


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that does not hold. ``sentence`` has no personal data."""

    offset: int
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Report:
    """What verification found. With a fault, the counts are those of the entries before it."""

    event: str
    epoch: str
    entries: int
    seals: int
    sealed_to: int  # the last offset that a valid seal covers, 0 for none
    unsealed: int  # entries after it
    private_checked: int
    chain: str  # hex, at the last entry that was verified
    fault: Fault | None = None

    @property
    def ok(self) -> bool:
        return self.fault is None


class _Found(Exception):
    def __init__(self, offset: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.fault = Fault(offset, code, sentence)


async def verify(journal: Readable, event: str, key: bytes | None, record_keys: PublicKeys) -> Report:
    """Read the whole journal and re-derive what can be. ``key`` None: private payloads are not looked at, for the
    entries do not need them. NoSuchJournal; Unavailable when the store does not answer at all."""
    epoch = (await journal.head(event)).position.epoch
    check = _Verification(event, epoch, record_keys)
    fault: Fault | None = None
    try:
        while rows := await _page(journal, event, check.chain.offset):
            bodies = await _private(journal, event, rows) if key is not None else {}
            for row in rows:
                digest = check.entry(row)
                if key is not None and digest is not None:
                    _check_private(key, event, row.offset, digest, bodies)
                    check.private_checked += 1
    except _Found as found:
        fault = found.fault
    return check.report(fault)


class _Verification:
    """What one pass over the rows has established so far."""

    def __init__(self, event: str, epoch: str, record_keys: PublicKeys) -> None:
        self.chain = Chain(event, epoch)
        self.private_checked = 0
        self._keys = record_keys
        self._values: list[bytes] = []  # chain value of every offset; MAX_ENTRIES of 32 bytes at most
        self._versions: dict[str, int] = {}
        self._at = self._seals = self._sealed_to = 0

    def entry(self, row: Row) -> str | None:
        """The private digest of the next entry, everything about it having been checked."""
        self._stamp(row)
        digest, entry = _body(row)
        if isinstance(entry, Sealed):
            self._seal(row.offset, entry)
        self._values.append(self.chain.feed(row))
        self._versions[row.stream], self._at = row.version, row.at
        return digest

    def _stamp(self, row: Row) -> None:
        expected = self.chain.offset + 1
        if row.offset != expected:
            raise _Found(expected, "missing", f"entry {expected} is missing")
        if not intact(row):
            raise _Found(expected, "check", f"entry {expected} was changed: its check does not match")
        version = self._versions.get(row.stream, 0) + 1
        if row.version != version:
            sentence = f"entry {expected} is version {row.version} of its stream, not {version}"
            raise _Found(expected, "version", sentence)
        if row.at < self._at:
            raise _Found(expected, "time", f"entry {expected} is older than the one before it")

    def _seal(self, offset: int, seal: Sealed) -> None:
        if not self._sealed_to <= seal.offset < offset:
            raise _Found(offset, "seal_offset", f"the seal at {offset} says that it covers {seal.offset} entries")
        value = self._values[seal.offset - 1] if seal.offset else Chain(self.chain.event, self.chain.epoch).value
        if value.hex() != seal.chain:
            sentence = f"entries {self._sealed_to + 1} to {seal.offset} are not those that were sealed at {offset}"
            raise _Found(offset, "seal_chain", sentence)
        if (key := self._keys.public(seal.kid)) is None:
            raise _Found(offset, "seal_key", f"the seal at {offset} names a record key that is not ours")
        if not signed(seal, self.chain.event, self.chain.epoch, key):
            raise _Found(offset, "seal_signature", f"the signature of the seal at {offset} is not valid")
        self._seals += 1
        self._sealed_to = seal.offset

    def report(self, fault: Fault | None) -> Report:
        at = self.chain.offset
        return Report(
            event=self.chain.event,
            epoch=self.chain.epoch,
            entries=at,
            seals=self._seals,
            sealed_to=self._sealed_to,
            unsealed=at - self._sealed_to,
            private_checked=self.private_checked,
            chain=self.chain.value.hex(),
            fault=fault,
        )


async def _page(journal: Readable, event: str, after: int) -> Sequence[Row]:
    """The next rows; where the store cannot read a page, entry by entry up to the one that it cannot."""
    try:
        return await journal.read(event, after, MAX_READ)
    except Unavailable:
        try:
            return await journal.read(event, after, 1)
        except Unavailable as error:
            raise _Found(after + 1, "unreadable", f"the store cannot read entry {after + 1}") from error


async def _private(journal: Readable, event: str, rows: Sequence[Row]) -> dict[int, bytes]:
    try:
        return dict(await journal.private(event, [row.offset for row in rows]))
    except Unavailable as error:
        first = rows[0].offset
        raise _Found(first, "unreadable", f"the store cannot read private payloads from {first} on") from error


def _body(row: Row) -> tuple[str | None, Entry]:
    """(private digest, entry)."""
    try:
        body = _fields(row.body)
        return body.get("p"), decode(body["k"], body["d"])
    except Malformed as error:
        raise _Found(row.offset, "body", f"entry {row.offset} is not an entry") from error


def _fields(raw: bytes) -> dict[str, Any]:
    """The body in its one spelling, with exactly the fields that we write. Malformed."""
    body = parse_json(raw, max_bytes=MAX_BATCH_BYTES)
    if not isinstance(body, dict) or body.keys() | {"p"} != FIELDS.keys():
        raise Malformed("not the fields of an entry")
    if not all(isinstance(value, FIELDS[name]) for name, value in body.items()):
        raise Malformed("a field has another type")
    if canonical_json(body) != raw:
        raise Malformed("not canonical")
    return body


def _check_private(key: bytes, event: str, offset: int, digest: str, bodies: dict[int, bytes]) -> None:
    if (ciphertext := bodies.get(offset)) is None:
        raise _Found(offset, "private_missing", f"the private payload of entry {offset} is missing")
    try:
        open_private(key, event, digest, ciphertext)
    except CannotOpen as error:
        raise _Found(
            offset, "private_digest", f"the private payload of entry {offset} is not the one digested"
        ) from error
