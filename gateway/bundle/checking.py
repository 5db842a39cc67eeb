"""Reading a bundle where nothing else is known of it: is it whole, who signed it, does everything follow from it?

The first thing that does not hold is located: the member, its line, and the byte of the file.

| code           | what does not hold                                                                  |
|----------------|-------------------------------------------------------------------------------------|
| container      | the file is one that ``container.pack`` writes                                      |
| members        | it has the members of a bundle, in their order                                      |
| changed        | a member is the one that the signed manifest names                                  |
| manifest       | the manifest is the one that was signed                                             |
| signature      | a record key of the bundle signed the manifest                                      |
| keys           | the record keys can be read                                                         |
| untrusted      | the key that signed is the one whose fingerprint was given                          |
| line           | a line is canonical JSON of what its member holds                                   |
| chain          | the chain's value at an entry is the one re-derived                                 |
| policies, notices, record | the member is the one that follows from the journal                      |
| private        | what travelled beside an entry is what the entry has the digest of                  |
| (of the journal) | see ``waiting_room.journal.verify``                                               |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.attendance import wording_of
from gateway.bundle import members as m
from gateway.bundle.container import Torn, differs, first_difference, place_of, unpack
from gateway.policyfile import digest
from gateway.record.lines import Line, lines, to_json
from gateway.record.reasons import Reasons, reasons
from waiting_room.codec import parse_json
from waiting_room.errors import Malformed
from waiting_room.event import Event
from waiting_room.identity import fold_number
from waiting_room.journal.book import stamped
from waiting_room.journal.chain import chain_start, fingerprint
from waiting_room.journal.port import MAX_READ, Head, Position, Row
from waiting_room.journal.vault import digest_of
from waiting_room.journal.verify import Report, verify


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first thing that does not hold. ``line``: from 1; ``byte``: of the whole file, from 0. ``member`` is empty
    for what lies between the members. ``sentence`` has no personal data."""

    code: str
    sentence: str
    member: str = ""
    line: int | None = None
    byte: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found. ``signed_by``: the fingerprint of the key that signed, empty where none did. ``trusted``: it is
    one of those that were given; None where none were, so that nothing says whose key it is. ``others``: further record
    keys, which the one that signed vouches for. With a flaw, what is later in the list was not looked at."""

    flaw: Flaw | None
    signed_by: str = ""
    trusted: bool | None = None
    others: tuple[str, ...] = ()
    event: str = ""
    entries: int = 0
    seals: int = 0
    unsealed: int = 0
    chain: str = ""
    people: bool = False
    verdicts: Mapping[str, int] = field(default_factory=dict)
    why: tuple[Reasons, ...] = ()
    rehearsal: bool = False

    @property
    def ok(self) -> bool:
        return self.flaw is None


class _Found(Exception):
    def __init__(self, code: str, sentence: str, member: str = "", line: int | None = None) -> None:
        super().__init__(sentence)
        self.code, self.sentence, self.member, self.line = code, sentence, member, line


async def check(data: bytes, trust: Sequence[str] = (), *, why: str = "", language: str = "ja") -> Checked:
    """``trust``: fingerprints of record keys, as printed; one of them has to have signed. ``why``: an interview, or in
    a bundle with people a candidate's number, whose verdict is to be explained, in this ``language``."""
    try:
        content = unpack(data)
    except Torn as torn:
        return Checked(Flaw("container", f"byte {torn.offset} is not that of a bundle", byte=torn.offset))
    reading = _Reading(data, content, frozenset(folded(one) for one in trust))
    try:
        await reading.all()
    except _Found as found:
        return reading.checked(_located(data, content, found))
    return replace(reading.checked(None), why=reading.why(why, language) if why else ())


def folded(printed: str) -> str:
    """A fingerprint as people copy it from paper."""
    return "".join(printed.split()).replace(":", "").lower()


class _Reading:
    """One pass, from the outside in; what it has established so far."""

    def __init__(self, data: bytes, content: Mapping[str, bytes], trust: frozenset[str]) -> None:
        self.data, self.content, self.trust = data, content, trust
        self.signed_by = ""
        self.keys: Mapping[str, Ed25519PublicKey] = {}
        self.report: Report | None = None
        self.lines: list[Line] = []
        self.event = Event()
        self.actors: dict[int, str] = {}
        self.rehearsal = False

    async def all(self) -> None:
        self._names()
        self._signature()
        self._trust()
        head = _object(self.content, m.EVENT)
        rows = list(self._rows(head))
        await self._journal(head, rows)
        for row in rows:
            entry = stamped(row)
            self.event.apply(entry)
            self.actors[entry.offset] = entry.actor
        self.rehearsal = self.event.rehearsal
        self._derived(self.event, rows)
        self._private(rows)

    def why(self, asked: str, language: str) -> tuple[Reasons, ...]:
        """Of what was established before; () where nobody is meant."""
        rosters = (one for _, one in _lines(self.content, m.DOCUMENTS)) if m.PRIVATE in self.content else ()
        numbers = {
            str(one["id"]): str(one["document"].get("number", ""))
            for one in rosters
            if one.get("collection") == "roster"
        }
        wording = wording_of(_object(self.content, m.EVENT), self.event, language)
        meant = [i for i in self.event.interviews.values() if i.id == asked or _same(numbers.get(i.id, ""), asked)]
        ordered = sorted(meant, key=lambda i: (i.starts_at, i.id))
        return tuple(reasons(self.event, one, wording, self.actors, numbers) for one in ordered)

    def checked(self, flaw: Flaw | None) -> Checked:
        people = m.PRIVATE in self.content
        found = Checked(flaw, signed_by=self.signed_by, trusted=self._trusted(), people=people)
        if (report := self.report) is None:
            return found
        others = (mark for mark in map(fingerprint, self.keys.values()) if mark != self.signed_by)
        verdicts = Counter("still_ahead" if line.ahead else line.verdict.code for line in self.lines)
        return replace(
            found, others=tuple(sorted(others)), event=report.event, entries=report.entries, seals=report.seals,
            unsealed=report.unsealed, chain=report.chain, verdicts=dict(sorted(verdicts.items())),
            rehearsal=self.rehearsal,
        )  # fmt: skip

    def _trusted(self) -> bool | None:
        return self.signed_by in self.trust if self.trust else None

    # --- the file and who signed it ------------------------------------------------------------------------------

    def _names(self) -> None:
        people = m.PEOPLE if m.PRIVATE in self.content else ()
        wanted = (*m.BARE, *people, m.MANIFEST, m.SIGNATURE)
        for name, expected in zip([*self.content, ""], [*wanted, ""], strict=False):
            if name != expected:
                raise _Found("members", f"{name or 'the end'} stands where {expected or 'the end'} should", name)

    def _signature(self) -> None:
        """Which of manifest and members was changed is told by what the signature is over."""
        manifest, made = self.content[m.MANIFEST], m.manifest_of(self.content)
        if manifest != made:
            raise self._changed(manifest, made)
        signature, key = self._signer()
        if not m.holds(signature, manifest, key):
            raise _Found("signature", "the record key did not sign this manifest", m.SIGNATURE, 1)
        if (at := differs(self.data, self.content)) is not None:
            raise _Between(at)
        self.signed_by = signature.fingerprint

    def _signer(self) -> tuple[m.Signature, Ed25519PublicKey]:
        try:
            signature = m.read_signature(self.content[m.SIGNATURE])
        except Malformed as error:
            raise _Found("signature", "the signature cannot be read", m.SIGNATURE, 1) from error
        try:
            self.keys = m.read_keys(self.content[m.KEYS])
        except Malformed as error:
            raise _Found("keys", "the record keys cannot be read", m.KEYS, 1) from error
        if (key := self.keys.get(signature.kid)) is None:
            raise _Found("signature", "the signature names a key that is not in the bundle", m.SIGNATURE, 1)
        return signature, key

    def _changed(self, manifest: bytes, made: bytes) -> _Found:
        if not self._signed_over(made):
            for name, mark, wanted in _named(manifest):
                if name not in self.content or sha256(self.content[name]).hexdigest() == mark:
                    continue
                number = _first(wanted, m.checks(self.content[name]))
                return _Found("changed", f"line {number or '?'} of {name} is not the one that was signed", name, number)
        return _Found("manifest", "the manifest is not the one that was signed", m.MANIFEST, 1)

    def _signed_over(self, manifest: bytes) -> bool:
        try:
            signature, key = self._signer()
        except _Found:
            return False
        return m.holds(signature, manifest, key)

    def _trust(self) -> None:
        if self._trusted() is False:
            sentence = f"signed by the record key {self.signed_by}, which is not the one that is trusted"
            raise _Found("untrusted", sentence, m.SIGNATURE, 1)

    # --- the journal ---------------------------------------------------------------------------------------------

    def _rows(self, head: Mapping[str, Any]) -> Iterator[Row]:
        value = chain_start(str(head.get("event")), str(head.get("epoch")))
        for number, line in _lines(self.content, m.JOURNAL):
            try:
                row = m.row_of(line)
            except Malformed as error:
                raise _Found("line", f"line {number} is not an entry", m.JOURNAL, number) from error
            value = m.chained(value, row)
            if line.get("chain") != value.hex():
                raise _Found("chain", f"the chain's value at line {number} is another", m.JOURNAL, number)
            yield row

    async def _journal(self, head: Mapping[str, Any], rows: Sequence[Row]) -> None:
        copy = _Copy(str(head.get("epoch")), rows, self.keys)
        self.report = await verify(copy, str(head.get("event")), None, copy)
        if (fault := self.report.fault) is not None:
            raise _Found(fault.code, fault.sentence, m.JOURNAL, fault.offset)

    # --- what follows from it ------------------------------------------------------------------------------------

    def _derived(self, event: Event, rows: Sequence[Row]) -> None:
        self.lines = lines(event)
        self._same(m.POLICIES, m.jsonl(m.policy_lines(map(stamped, rows))))
        self._same(m.RECORD, m.jsonl(to_json(line) for line in self.lines))
        keys = m.notice_keys(event)
        found = list(_lines(self.content, m.NOTICES))
        for number, line in found:
            if not _is_notice(line, keys[number - 1 : number]):
                raise _Found("notices", f"line {number} is not a text that the rules name", m.NOTICES, number)
        if len(found) != len(keys):
            raise _Found("notices", "a text that the rules name is missing", m.NOTICES, len(found) + 1)

    def _same(self, name: str, derived: bytes) -> None:
        number = _first(m.checks(derived), m.checks(self.content[name]))
        if number is not None:
            sentence = f"line {number} of {name} does not follow from the journal by the rules of this release"
            raise _Found(name.removesuffix(".jsonl"), sentence, name, number)

    def _private(self, rows: Sequence[Row]) -> None:
        if m.PRIVATE not in self.content:
            return
        digests = {row.offset: stamped(row).private_digest for row in rows}
        for number, line in _lines(self.content, m.PRIVATE):
            if not _is_private(line, digests):
                sentence = f"line {number} is not what its entry has the digest of"
                raise _Found("private", sentence, m.PRIVATE, number)
        for _ in _lines(self.content, m.DOCUMENTS):
            pass  # they are vouched for by the signature alone


class _Copy:
    """The journal of a bundle, and its keys."""

    def __init__(self, epoch: str, rows: Sequence[Row], keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._epoch, self._rows, self._keys = epoch, rows, keys

    async def head(self, event: str) -> Head:  # noqa: ARG002 - there is one event
        last = self._rows[-1] if self._rows else None
        return Head(Position(self._epoch, last.offset if last else 0), last.at if last else 0)

    async def read(self, event: str, after: int, limit: int = MAX_READ) -> Sequence[Row]:  # noqa: ARG002
        """Also one that is not where its offset says: verification says that it is missing."""
        return self._rows[after : after + limit]

    async def private(self, event: str, offsets: Sequence[int]) -> Mapping[int, bytes]:  # noqa: ARG002
        return {}

    def public(self, kid: str) -> Ed25519PublicKey | None:
        return self._keys.get(kid)


class _Between(_Found):
    """A byte between the members."""

    def __init__(self, at: int) -> None:
        super().__init__("container", f"byte {at} is not that of a bundle")
        self.at = at


def _same(number: str, asked: str) -> bool:
    return bool(number) and fold_number(number) == fold_number(asked)


# --- where -------------------------------------------------------------------------------------------------------


def _located(data: bytes, content: Mapping[str, bytes], found: _Found) -> Flaw:
    if isinstance(found, _Between):
        return Flaw(found.code, found.sentence, byte=found.at)
    if found.member not in content:
        return Flaw(found.code, found.sentence, found.member)
    if found.code == "members":
        byte = place_of(data, found.member) - len(found.member)  # where its name is written
        return Flaw(found.code, found.sentence, found.member, byte=byte)
    inside = sum(len(line) for line in _texts(content[found.member])[: (found.line or 1) - 1])
    if found.code == "manifest":
        inside = first_difference(content[m.MANIFEST], m.manifest_of(content)) or 0
    byte = place_of(data, found.member) + inside
    return Flaw(found.code, found.sentence, found.member, found.line, byte)


def _texts(content: bytes) -> list[bytes]:
    return content.splitlines(keepends=True)


def _first(wanted: str, there: str) -> int | None:
    """The first line whose check is another, from 1."""
    if wanted == there:
        return None
    at = first_difference(wanted.encode(), there.encode()) or 0
    return at // m.CHECK_DIGITS + 1


def _named(manifest: bytes) -> list[tuple[str, str, str]]:
    """(member, SHA-256, checks of its lines) as a manifest says, signed or not."""
    try:
        said = parse_json(manifest, max_bytes=m.MAX_MANIFEST_BYTES)
        return [(str(one["name"]), str(one["sha256"]), str(one["lines"])) for one in said["members"]]
    except (Malformed, KeyError, TypeError):
        return []


# --- what a line holds -------------------------------------------------------------------------------------------


def _object(content: Mapping[str, bytes], name: str) -> dict[str, Any]:
    return next((line for _, line in _lines(content, name)), {})


def _lines(content: Mapping[str, bytes], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, raw in enumerate(_texts(content[name]), 1):
        try:
            yield number, m.parse_line(raw)
        except Malformed as error:
            raise _Found("line", f"line {number} is not canonical JSON", name, number) from error


def _is_notice(line: Mapping[str, Any], wanted: Sequence[tuple[str, str, str]]) -> bool:
    text = line.get("text")
    named = [(line.get("id"), line.get("version"), line.get("hash"))]
    return named == list(wanted) and (text is None or (isinstance(text, dict) and digest(text) == line["hash"]))


def _is_private(line: Mapping[str, Any], digests: Mapping[int, str | None]) -> bool:
    try:
        made: str = digest_of(bytes.fromhex(line["salt"]), line["payload"])
        return digests.get(line["offset"]) == made
    except (KeyError, TypeError, ValueError):
        return False
