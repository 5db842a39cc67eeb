"""The chain over a journal and the seals on it: what makes tampering visible without slowing an append.

    value(0) = SHA-256("genkan-chain-v1" NUL event NUL origin of the epoch)
    value(n) = SHA-256(value(n-1) || canonical(entry n))

Every reader computes it while it folds; nobody stores it at append. Now and then the value is signed with the
record key (Ed25519) and appended as an entry of kind ``sealed``.

An epoch reads ``origin`` or ``origin.restore``: a restored journal is another journal for those who knew the old
one, but its chain goes on from the same origin, so the seals from before the restore stay valid.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Protocol
from zlib import crc32

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from waiting_room.codec import canonical_json
from waiting_room.entries import Sealed
from waiting_room.journal.port import Row


class PublicKeys(Protocol):
    """What whoever verifies has of the keys that seal records."""

    def public(self, kid: str) -> Ed25519PublicKey | None:
        """The key that ``kid`` signed with, or None when it was never ours."""


class RecordKeys(PublicKeys, Protocol):
    """The keys that seal records. Never dropped: a seal of years ago must still verify."""

    def current(self) -> tuple[str, Ed25519PrivateKey]:
        """The key id and the key that signs now."""


def canonical_bytes(offset: int, stream: str, version: int, at: int, body: bytes) -> bytes:
    """What the check and the chain cover: every field at its length, then the body's exact bytes. A stream that a
    damaged file made no UTF-8 of (``surrogateescape``) gets its own bytes back."""
    name = stream.encode("utf-8", "surrogateescape")
    return b"%d:%d:%d:%d:%b:%b" % (offset, version, at, len(name), name, body)


def canonical(row: Row) -> bytes:
    """The canonical bytes of a stored entry."""
    return canonical_bytes(row.offset, row.stream, row.version, row.at, row.body)


def intact(row: Row) -> bool:
    """Whether the entry still has the check that the store gave it."""
    return crc32(canonical(row)) == row.check


def origin(epoch: str) -> str:
    """The part of an epoch that a restore keeps."""
    return epoch.partition(".")[0]


def chain_start(event: str, epoch: str) -> bytes:
    """The value before the first entry, 32 bytes."""
    return hashlib.sha256(f"genkan-chain-v1\0{event}\0{origin(epoch)}".encode()).digest()


def chain_next(previous: bytes, entry: bytes) -> bytes:
    """The value after the entry with these canonical bytes."""
    return hashlib.sha256(previous + entry).digest()


class Chain:
    """The chain as one reader has it: feed it every row, in order, from the first."""

    def __init__(self, event: str, epoch: str) -> None:
        self.event, self.epoch, self.offset = event, epoch, 0
        self.value = chain_start(event, epoch)

    def feed(self, row: Row) -> bytes:
        """The value at this row. ValueError when it is not the next one, for a chain with a gap proves nothing."""
        if row.offset != self.offset + 1:
            raise ValueError(f"entry {row.offset} does not follow {self.offset}")
        self.value = chain_next(self.value, canonical(row))
        self.offset = row.offset
        return self.value

    def seal(self, keys: RecordKeys) -> Sealed:
        """The entry that seals everything up to where this chain stands."""
        kid, key = keys.current()
        payload = seal_payload(self.event, self.epoch, self.offset, self.value)
        signature = urlsafe_b64encode(key.sign(payload)).rstrip(b"=").decode()
        return Sealed(offset=self.offset, chain=self.value.hex(), kid=kid, signature=signature)


def seal_payload(event: str, epoch: str, offset: int, chain: bytes) -> bytes:
    """The bytes that a seal signs."""
    return canonical_json(["genkan-seal-v1", event, origin(epoch), offset, chain.hex()])


def signed(seal: Sealed, event: str, epoch: str, key: Ed25519PublicKey) -> bool:
    """Whether the record key signed exactly this chain value at this offset of this journal."""
    try:
        signature = urlsafe_b64decode(seal.signature + "=" * (-len(seal.signature) % 4))
        key.verify(signature, seal_payload(event, epoch, seal.offset, bytes.fromhex(seal.chain)))
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of the raw public key, hex: printed on receipts and records."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()
