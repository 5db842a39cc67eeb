"""What is in a bundle: each member's name, its spelling, and the manifest over all of them.

| member | one line is |
|---|---|
| `README.txt` | what this file is, for whoever finds it |
| `event.json` | the event, the journal's epoch, the zone and the names of the rooms |
| `journal.jsonl` | an entry: its position, its stamp, what it says, and the chain's value there |
| `policies.jsonl` | the rules from one entry on |
| `notices.jsonl` | a text that had to be agreed to, of every version, until the event is purged |
| `record.jsonl` | what the record says of one interview (``gateway.record.lines``) |
| `keys.json` | every public record key, as a JWK set |
| `people/private.jsonl` | with people: what travelled beside one entry, with its salt |
| `people/documents.jsonl` | with people: a row of the roster, a member of staff, the event's file |
| `manifest.json` | every member before it: size, SHA-256, and a check of each line |
| `manifest.sig` | the signature of the manifest by the record key |

Each line is canonical JSON, so there is one spelling of it.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from waiting_room.codec import canonical_json, parse_json
from waiting_room.entries import Stamped
from waiting_room.errors import Malformed
from waiting_room.event import Event
from waiting_room.journal.chain import canonical_bytes, chain_next, fingerprint
from waiting_room.journal.port import MAX_BATCH_BYTES, MAX_ENTRIES, Row

FORMAT = "genkan-bundle-1"
README, EVENT, JOURNAL, POLICIES = "README.txt", "event.json", "journal.jsonl", "policies.jsonl"
NOTICES, RECORD, KEYS = "notices.jsonl", "record.jsonl", "keys.json"
PRIVATE, DOCUMENTS = "people/private.jsonl", "people/documents.jsonl"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
BARE = (README, EVENT, JOURNAL, POLICIES, NOTICES, RECORD, KEYS)
PEOPLE = (PRIVATE, DOCUMENTS)
CHECK_DIGITS = 8  # hexadecimal, of a line's CRC-32
MAX_LINE_BYTES = MAX_BATCH_BYTES  # what one entry may hold at most
MAX_MANIFEST_BYTES = (MAX_ENTRIES * 3) * CHECK_DIGITS + 2**16  # a check for each entry, payload and document

_SIGNED = b"genkan-bundle-v1\0"  # so that no signature over something else is one over a manifest


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a manifest. ``kid``: of ``keys.json``."""

    kid: str
    fingerprint: str
    value: bytes


def jsonl(values: Iterable[Any]) -> bytes:
    """One canonical JSON value a line, each line ended."""
    return b"".join(canonical_json(value) + b"\n" for value in values)


def parse_line(raw: bytes) -> dict[str, Any]:
    """A line's object, in its one spelling. Malformed."""
    value = parse_json(raw.removesuffix(b"\n"), max_bytes=MAX_LINE_BYTES)
    if not isinstance(value, dict) or canonical_json(value) + b"\n" != raw:
        raise Malformed("not canonical")
    return value


# --- the journal -------------------------------------------------------------------------------------------------


def journal_line(row: Row, body: Mapping[str, Any], chain: bytes) -> dict[str, Any]:
    """An entry. ``body``: the row's, read."""
    said = {"actor": body["a"], "kind": body["k"], "data": body["d"]} | (
        {"private_digest": body["p"]} if "p" in body else {}
    )
    stamp = {"offset": row.offset, "stream": row.stream, "version": row.version, "at": row.at, "check": row.check}
    return stamp | said | {"chain": chain.hex()}


def row_of(line: Mapping[str, Any]) -> Row:
    """The entry as a store has it. Malformed."""
    try:
        body = {"a": line["actor"], "d": line["data"], "k": line["kind"]}
        body |= {"p": line["private_digest"]} if "private_digest" in line else {}
        offset, version, at, check = (_whole(line[key]) for key in ("offset", "version", "at", "check"))
        stream = line["stream"]
    except KeyError as error:
        raise Malformed("not the fields of an entry") from error
    if not isinstance(stream, str):
        raise Malformed("a stream is no text")
    return Row(offset, stream, version, at, canonical_json(body), check)


def chained(previous: bytes, row: Row) -> bytes:
    """The chain's value at this entry."""
    return chain_next(previous, canonical_bytes(row.offset, row.stream, row.version, row.at, row.body))


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed("not a whole number")
    return value


# --- what follows from it ----------------------------------------------------------------------------------------


def policy_lines(entries: Iterable[Stamped]) -> list[dict[str, Any]]:
    """Every policy document, as it was written down, and from which entry on."""
    return [
        {"offset": st.offset, "at": st.at, "policy": policy}
        for st in entries
        if (policy := getattr(st.entry, "policy", None)) is not None
    ]


def notice_keys(event: Event) -> list[tuple[str, str, str]]:
    """(id, version, hash) of each text that any of the event's rules asked to agree to, in the order of the rules."""
    found = ((one.id, one.version, one.hash) for rules in event.rules for one in rules.policy.consents)
    return list(dict.fromkeys(found))


# --- manifest and signature --------------------------------------------------------------------------------------


def manifest_of(members: Mapping[str, bytes]) -> bytes:
    """The manifest over these members, in their order: it follows from them alone."""
    said = [
        {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "lines": checks(content)}
        for name, content in members.items()
        if name not in (MANIFEST, SIGNATURE)
    ]
    return canonical_json({"format": FORMAT, "members": said}) + b"\n"


def checks(content: bytes) -> str:
    """CRC-32 of each line, eight digits each: they prove nothing, they say where to look."""
    return "".join(f"{crc32(line):08x}" for line in content.splitlines(keepends=True))


def sign_manifest(manifest: bytes, kid: str, key: Ed25519PrivateKey) -> bytes:
    """The member ``manifest.sig``. Ed25519 has no randomness in it, so this is reproducible too."""
    return _spelled(Signature(kid, fingerprint(key.public_key()), key.sign(_SIGNED + manifest)))


def read_signature(raw: bytes) -> Signature:
    """Malformed for anything but its one spelling."""
    line = parse_line(raw)
    try:
        found = Signature(str(line["kid"]), str(line["fingerprint"]), bytes.fromhex(str(line["signature"])))
    except (KeyError, ValueError) as error:
        raise Malformed("not a signature") from error
    if _spelled(found) != raw:
        raise Malformed("not canonical")
    return found


def holds(signature: Signature, manifest: bytes, key: Ed25519PublicKey) -> bool:
    """Whether this key signed exactly this manifest."""
    try:
        key.verify(signature.value, _SIGNED + manifest)
    except InvalidSignature:
        return False
    return signature.fingerprint == fingerprint(key)


def _spelled(one: Signature) -> bytes:
    return jsonl([{"kid": one.kid, "fingerprint": one.fingerprint, "signature": one.value.hex()}])


def read_keys(raw: bytes) -> dict[str, Ed25519PublicKey]:
    """The record keys of a JWK set by key id; keys of another use are passed by. Malformed, also where a key's
    fingerprint is not the one that is written beside it."""
    value = parse_json(raw)
    if not isinstance(value, dict) or not isinstance(value.get("keys"), list):
        raise Malformed("not a set of keys")
    found = (one for one in value["keys"] if isinstance(one, dict) and one.get("genkan_use") == "record")
    return dict(_key(one) for one in found)


def _key(jwk: Mapping[str, Any]) -> tuple[str, Ed25519PublicKey]:
    try:
        x = str(jwk["x"])
        key = Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(x + "=" * (-len(x) % 4)))
        kid, mark = str(jwk["kid"]), jwk.get("genkan_fingerprint", fingerprint(key))
    except (KeyError, ValueError) as error:
        raise Malformed("not an Ed25519 key") from error
    if mark != fingerprint(key):
        raise Malformed("a key is not the one of its fingerprint")
    return kid, key
