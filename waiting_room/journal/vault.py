"""Keys per event, kept apart from the data, and what is encrypted under them.

Destroying an event's key makes every private payload and document of the event unreadable, in the store, its
write-ahead log and every backup at once; the entries stay whole and verifiable. AES-256-GCM with a random 96-bit
nonce: an event has at most some 10^6 ciphertexts, far below the 2^32 that NIST SP 800-38D allows a key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from hmac import compare_digest
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from waiting_room.codec import canonical_json, parse_stored
from waiting_room.errors import Malformed

KEY_BYTES = 32
NONCE_BYTES = 12
NAME_BYTES = 12  # of a browser session's name: of 10^6 in one event, two are alike once in 10^17 events
SALT_BYTES = 16

Random = Callable[[int], bytes]


class VaultError(Exception):
    """Something encrypted could not be had."""


class NoKey(VaultError):
    """The event's key was destroyed, or was never here."""


class KeyExists(VaultError):
    """The event already has a key."""


class CannotOpen(VaultError):
    """The ciphertext is not what was sealed under this key for this place."""


class EventKeys(Protocol):
    """One key per event."""

    def get(self, event: str) -> bytes | None:
        """The key, or None once it is destroyed."""

    def create(self, event: str) -> bytes:
        """A fresh key, durable before it is returned. KeyExists."""

    def destroy(self, event: str) -> None:
        """Forget the key for good. Idempotent."""

    def let_go(self, event: str) -> None:
        """Keep no copy in memory, for somebody else may destroy it. It is read again when it is asked for."""


class MemoryEventKeys:
    """Keys that end with the process: for tests, the demo and rehearsals."""

    def __init__(self, random: Random = secrets.token_bytes) -> None:
        self._random = random
        self._keys: dict[str, bytes] = {}

    def get(self, event: str) -> bytes | None:
        return self._keys.get(event)

    def create(self, event: str) -> bytes:
        if event in self._keys:
            raise KeyExists(event)
        return self._keys.setdefault(event, self._random(KEY_BYTES))

    def destroy(self, event: str) -> None:
        self._keys.pop(event, None)

    def let_go(self, event: str) -> None:
        """There is no copy."""


class FileEventKeys:
    """A file per event in a directory that only its owner can enter. Put it on another volume than the journal, and
    in no backup together with it."""

    def __init__(self, directory: Path, random: Random = secrets.token_bytes) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        self._directory, self._random = directory, random
        self._held: dict[str, bytes] = {}  # at most one per event of this gateway

    def get(self, event: str) -> bytes | None:
        if event not in self._held:
            try:
                key = self._path(event).read_bytes()
            except FileNotFoundError:
                return None
            if len(key) != KEY_BYTES:
                raise CannotOpen(f"the key file of {event} is damaged")
            self._held[event] = key
        return self._held[event]

    def create(self, event: str) -> bytes:
        key, path = self._random(KEY_BYTES), self._path(event)
        draft = path.with_name(f"{secrets.token_hex(8)}.new")
        try:
            _write_durably(draft, key, os.O_CREAT | os.O_EXCL)
            path.hardlink_to(draft)  # refuses to replace a key, as a rename would not
        except FileExistsError as error:
            raise KeyExists(event) from error
        finally:
            draft.unlink(missing_ok=True)
        _sync_directory(self._directory)
        self._held[event] = key
        return key

    def destroy(self, event: str) -> None:
        self._held.pop(event, None)
        path = self._path(event)
        with suppress(FileNotFoundError):
            _write_durably(path, bytes(KEY_BYTES), 0)  # the block, where the file system writes in place
            path.unlink()
            _sync_directory(self._directory)

    def let_go(self, event: str) -> None:
        self._held.pop(event, None)

    def _path(self, event: str) -> Path:
        return self._directory / f"{quote(event, safe='')}.key"


def _write_durably(path: Path, data: bytes, flags: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC | flags, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def session_key(key: bytes, event: str) -> bytes:
    """What browser sessions are named under in this event's entries. It comes of the event's key and ends with it."""
    return hmac.digest(key, canonical_json(["genkan-session-v1", event]), "sha256")


def name_session(key: bytes, sid: str) -> str:
    """A browser session as entries, command ids and presence name it: ``h.`` and 16 characters, a keyed hash. Without
    the key nobody can tell whose cookie it was; no session's own id begins so."""
    digest = hmac.digest(key, sid.encode(), "sha256")
    return f"h.{urlsafe_b64encode(digest[:NAME_BYTES]).decode()}"


def seal_private(
    key: bytes, event: str, payload: Mapping[str, Any], random: Random = secrets.token_bytes
) -> tuple[str, bytes]:
    """(digest, ciphertext) of an entry's private payload. The digest goes into the entry; its salt goes with the
    payload, so that nobody can try names against the digest once the payload is gone."""
    drawn = random(SALT_BYTES + NONCE_BYTES)  # at once: each draw lets go of the interpreter, to our writer's thread
    plain = drawn[:SALT_BYTES] + canonical_json(dict(payload))
    digest = hashlib.sha256(plain).hexdigest()
    return digest, _seal(key, drawn[SALT_BYTES:], plain, ["genkan-private-v1", event, digest])


def open_private(key: bytes, event: str, digest: str, ciphertext: bytes) -> dict[str, Any]:
    """The payload, proven to be the one that the entry's digest was made of. CannotOpen."""
    return open_salted(key, event, digest, ciphertext)[1]


def open_salted(key: bytes, event: str, digest: str, ciphertext: bytes) -> tuple[bytes, dict[str, Any]]:
    """The same with the digest's salt, so that a third person can prove it, too. CannotOpen."""
    plain = _open(key, ciphertext, ["genkan-private-v1", event, digest])
    if not compare_digest(hashlib.sha256(plain).hexdigest(), digest):
        raise CannotOpen("a private payload does not match its digest")
    return plain[:SALT_BYTES], _as_object(plain[SALT_BYTES:])


def digest_of(salt: bytes, payload: Mapping[str, Any]) -> str:
    """The digest that an entry has of this payload."""
    return hashlib.sha256(salt + canonical_json(dict(payload))).hexdigest()


def seal_document(
    key: bytes,
    event: str,
    collection: str,
    id: str,  # noqa: A002 - the field's word in the port
    value: Mapping[str, Any],
    *,
    random: Random = secrets.token_bytes,
) -> bytes:
    """The ciphertext of a document, bound to its place: one row cannot be passed off as another."""
    place = ["genkan-document-v1", event, collection, id]
    return _seal(key, random(NONCE_BYTES), canonical_json(dict(value)), place)


def open_document(
    key: bytes,
    event: str,
    collection: str,
    id: str,  # noqa: A002 - the field's word in the port
    ciphertext: bytes,
) -> dict[str, Any]:
    """The document that was sealed for this place. CannotOpen."""
    return _as_object(_open(key, ciphertext, ["genkan-document-v1", event, collection, id]))


def _seal(key: bytes, nonce: bytes, plain: bytes, place: list[str]) -> bytes:
    return nonce + AESGCM(key).encrypt(nonce, plain, canonical_json(place))


def _open(key: bytes, ciphertext: bytes, place: list[str]) -> bytes:
    try:
        return AESGCM(key).decrypt(ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:], canonical_json(place))
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("a ciphertext is damaged, or is not of this place or key") from error


def _as_object(plain: bytes) -> dict[str, Any]:
    try:
        value = parse_stored(plain)
    except Malformed as error:
        raise CannotOpen("a decrypted value is not JSON") from error
    if not isinstance(value, dict):
        raise CannotOpen("a decrypted value is not an object")
    return value
