"""The gateway's secrets: made at the first start, kept with owner-only rights, never a setting, never with a default.

| kind    | what it does                  | rotated                                                                  |
|---------|-------------------------------|--------------------------------------------------------------------------|
| link    | derives invites, staff links  | old generations still open until dropped: a mailed link never changes    |
| session | signs browser sessions        | an old one verifies until the last session that it signed has ended      |
| token   | signs room tokens (Ed25519)   | an old one is published until all its tokens are dead, and an hour more  |
| record  | seals journals (Ed25519)      | an old one is never dropped: a seal of years ago must still verify       |

Times are microseconds UTC. A file is replaced as a whole, flushed before the new key is used.
"""

from __future__ import annotations

import json
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from waiting_room.journal.chain import fingerprint
from waiting_room.journal.vault import FileEventKeys

Kind = Literal["link", "session", "token", "record"]
KINDS: tuple[Kind, ...] = get_args(Kind)

SECOND = 1_000_000
SECRET_BYTES = 32
MAX_LINK_GENERATIONS = 3  # each one kept is one more token per person to hold in memory
SESSION_LIFE = 14 * 24 * 3600 * SECOND  # the longest that a browser session may live: a mailed link's two weeks
TOKEN_LIFE = 60 * SECOND  # docs/protocol.md §6
TOKEN_OVERLAP = TOKEN_LIFE + 3600 * SECOND  # what a worker that was out of reach needs to catch up


class KeysDamaged(Exception):
    """A key file is not what we wrote; restore it from the backup, nothing was changed."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One key of a kind. ``retired_at`` None: it is the one in use."""

    id: str
    secret: bytes = field(repr=False)
    made_at: int
    retired_at: int | None = None


@dataclass(frozen=True, slots=True)
class Described:
    """What may be shown of a key."""

    kind: Kind
    id: str
    made_at: int
    retired_at: int | None
    fingerprint: str | None  # of the public key, for kinds that have one


class Ring:
    """The generations of one kind in one file, newest last."""

    def __init__(self, path: Path, kind: Kind, now: int) -> None:
        self.kind = kind
        self._path = path
        self._read_at = 0
        self._generations = _load(path) or self._store([_make(kind, now)])

    @property
    def current(self) -> Generation:
        """The one that signs and derives now."""
        return self._generations[-1]

    def all(self) -> list[Generation]:
        """Every one that is kept, newest first."""
        return self._generations[::-1]

    def live(self, now: int, overlap: int) -> list[Generation]:
        """Those in use or retired less than ``overlap`` ago, newest first."""
        return [g for g in self.all() if g.retired_at is None or g.retired_at + overlap > now]

    def rotate(self, now: int, *, keep: Callable[[Generation], bool] = lambda _: True) -> Generation:
        """A fresh key, durable before it is used; of the old ones those are kept that ``keep`` says."""
        retired = replace(self.current, retired_at=now)
        kept = [g for g in [*self._generations[:-1], retired] if keep(g)]
        self._generations = self._store([*kept, _make(self.kind, now)])
        return self.current

    def refresh(self) -> bool:
        """Read the file again if somebody has written it since; whether there is anything new. KeysDamaged, OSError."""
        if self._path.stat().st_mtime_ns == self._read_at:
            return False
        self._read_at = self._path.stat().st_mtime_ns
        found = _load(self._path)
        if not found or found == self._generations:
            return False
        self._generations = found
        return True

    def _store(self, generations: list[Generation]) -> list[Generation]:
        rows = [{**asdict(g), "secret": _text(g.secret)} for g in generations]
        _replace_file(self._path, json.dumps({"kind": self.kind, "generations": rows}, indent=1).encode())
        return generations


class RecordRing:
    """The record keys, as the journal wants them (``waiting_room.journal.chain.RecordKeys``)."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring

    def current(self) -> tuple[str, Ed25519PrivateKey]:
        return self._ring.current.id, private_key(self._ring.current)

    def public(self, kid: str) -> Ed25519PublicKey | None:
        return next((private_key(g).public_key() for g in self._ring.all() if g.id == kid), None)


class Keys:
    """All secrets of a gateway. Opened by one process, under the journal's lock."""

    def __init__(self, directory: Path, now: int) -> None:
        _make_private(directory)
        self._directory = directory
        self._rings = {kind: Ring(directory / f"{kind}.json", kind, now) for kind in KINDS}
        self._listeners: list[Callable[[Kind], None]] = []
        self.record = RecordRing(self._rings["record"])
        self.events = FileEventKeys(directory / "events")

    @classmethod
    def open(cls, directory: Path, now: int) -> Keys:
        """The secrets in ``directory``; those that are not there yet are made. KeysDamaged, OSError."""
        return cls(directory, now)

    def refresh(self) -> None:
        """Know what another gateway with the same folder has made. KeysDamaged, OSError."""
        for kind, ring in self._rings.items():
            if ring.refresh():
                for listener in tuple(self._listeners):
                    listener(kind)

    def on_rotation(self, listener: Callable[[Kind], None]) -> None:
        """Have ``listener`` told, after the fact, which kind has a new key or dropped old ones."""
        self._listeners.append(listener)

    def link_secrets(self) -> list[bytes]:
        """Newest first: the first one prints links, all of them open."""
        return [g.secret for g in self._rings["link"].all()]

    def session_secrets(self, now: int) -> dict[str, bytes]:
        """By id, the one that signs first."""
        return {g.id: g.secret for g in self._rings["session"].live(now, SESSION_LIFE)}

    def token_key(self) -> tuple[str, Ed25519PrivateKey]:
        """Key id and key that sign room tokens now."""
        return self._rings["token"].current.id, private_key(self._rings["token"].current)

    def token_public(self, now: int) -> dict[str, Ed25519PublicKey]:
        """By key id, every key whose tokens may still be good."""
        return {g.id: private_key(g).public_key() for g in self._rings["token"].live(now, TOKEN_OVERLAP)}

    def record_public(self) -> dict[str, Ed25519PublicKey]:
        """By key id, every key that ever sealed a journal here."""
        return {g.id: private_key(g).public_key() for g in self._rings["record"].all()}

    def record_key_at(self, at: int) -> Ed25519PrivateKey:
        """The one that was in use then; the oldest for a time before all of them."""
        rings = self._rings["record"].all()
        return private_key(next((g for g in rings if g.made_at <= at), rings[-1]))

    def record_fingerprint(self) -> str:
        """Of the record key in use, as printed on records."""
        return fingerprint(self.record.current()[1].public_key())

    def rotate(self, kind: Kind, now: int, *, drop_old: bool = False) -> Described:
        """A new key of this kind. ``drop_old`` (link and session only) makes everything older worthless at once:
        every mailed link, or every open browser session. ValueError for the other kinds."""
        if drop_old and kind not in ("link", "session"):
            raise ValueError(f"{kind} keys are dropped by time, or never")
        ring = self._rings[kind]
        ring.rotate(now, keep=self._keeper(kind, now, drop_old=drop_old))
        for listener in self._listeners:
            listener(kind)
        return _describe(kind, ring.current)

    def describe(self) -> list[Described]:
        """Every key that is kept, without its secret."""
        return [_describe(kind, generation) for kind, ring in self._rings.items() for generation in ring.all()]

    def secret(self, name: str) -> bytes:
        """A secret of 32 bytes for a neighbour on this machine (the media worker), made when first asked for."""
        path = self._directory / f"{name}.secret"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            _replace_file(path, secrets.token_bytes(SECRET_BYTES))
            return path.read_bytes()

    def _keeper(self, kind: Kind, now: int, *, drop_old: bool) -> Callable[[Generation], bool]:
        if drop_old:
            return lambda _: False
        match kind:
            case "record":
                return lambda _: True
            case "link":
                kept = {g.id for g in self._rings["link"].all()[: MAX_LINK_GENERATIONS - 1]}
                return lambda g: g.id in kept
            case "session":
                return lambda g: g.retired_at is None or g.retired_at + SESSION_LIFE > now
            case "token":
                return lambda g: g.retired_at is None or g.retired_at + TOKEN_OVERLAP > now


def private_key(generation: Generation) -> Ed25519PrivateKey:
    """The signing key of a generation of kind token or record."""
    return Ed25519PrivateKey.from_private_bytes(generation.secret)


def _make(kind: Kind, now: int) -> Generation:
    secret = secrets.token_bytes(SECRET_BYTES)
    if kind in ("token", "record"):
        return Generation(f"{kind}-{_fingerprint(secret)[:16]}", secret, now)
    return Generation(f"{kind}-{secrets.token_hex(4)}", secret, now)


def _describe(kind: Kind, generation: Generation) -> Described:
    signs = kind in ("token", "record")
    mark = _fingerprint(generation.secret) if signs else None
    return Described(kind, generation.id, generation.made_at, generation.retired_at, mark)


def _fingerprint(secret: bytes) -> str:
    return fingerprint(Ed25519PrivateKey.from_private_bytes(secret).public_key())


def _load(path: Path) -> list[Generation]:
    """What the file holds; empty when there is none."""
    try:
        rows = json.loads(path.read_bytes())["generations"]
        found = [Generation(**{**row, "secret": _bytes(row["secret"])}) for row in rows]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError) as error:
        raise KeysDamaged(f"{path.name} is damaged") from error
    if not found or any(len(g.secret) != SECRET_BYTES for g in found):
        raise KeysDamaged(f"{path.name} is damaged")
    path.chmod(0o600)
    return found


def _make_private(directory: Path) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)


def _replace_file(path: Path, content: bytes) -> None:
    """Owner-only from its first byte, whole or not there, durable before it returns."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _text(secret: bytes) -> str:
    return urlsafe_b64encode(secret).decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text)
