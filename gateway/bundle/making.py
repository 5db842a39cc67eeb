"""Making a bundle out of what a journal has. Pure: the same material gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.bundle import members as m
from gateway.bundle.container import pack
from gateway.look import release
from gateway.policyfile import texts_by_key
from gateway.record.lines import lines, to_json
from gateway.tokens import record_jwks
from waiting_room.codec import canonical_json, parse_stored
from waiting_room.event import Event
from waiting_room.journal.book import stamped
from waiting_room.journal.chain import RecordKeys, chain_start
from waiting_room.journal.port import Row

UNTOLD = frozenset({"session_opened"})  # private payloads that never leave: a provider's room may hold its links
COLLECTIONS = ("roster", "staff", "settings")  # documents that go with people; links are none of theirs

Salted = tuple[bytes, Mapping[str, Any]]  # a private payload and the salt of its digest


@dataclass(frozen=True, slots=True)
class People:
    """What is personal: payloads by offset, documents by collection and id."""

    private: Mapping[int, Salted] = field(default_factory=dict)
    documents: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Material:
    """``rows``: the whole journal up to a seal. ``settings``: the event's file, empty once it was purged.
    ``texts``: that were to be agreed to before, as ``policies.replaced`` kept them."""

    event: str
    epoch: str
    rows: Sequence[Row]
    settings: Mapping[str, Any]
    people: People | None = None
    texts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def make(material: Material, keys: RecordKeys, kids: Sequence[str]) -> bytes:
    """The file. ``kids``: of every record key that there ever was. Malformed, Unreadable where the journal is damaged:
    verify it there first."""
    entries = [stamped(row) for row in material.rows]
    event = Event.replay(entries)
    content = {
        m.README: README.encode(),
        m.EVENT: m.jsonl([_event(material)]),
        m.JOURNAL: _journal(material),
        m.POLICIES: m.jsonl(m.policy_lines(entries)),
        m.NOTICES: m.jsonl(notice_lines(event, material.settings, material.texts)),
        m.RECORD: m.jsonl(to_json(line) for line in lines(event)),
        m.KEYS: m.jsonl([record_jwks(keys, kids)]),
    }
    if material.people is not None:
        content |= _people(material.people)
    manifest = m.manifest_of(content)
    kid, key = keys.current()
    return pack(content | {m.MANIFEST: manifest, m.SIGNATURE: m.sign_manifest(manifest, kid, key)})


def _event(material: Material) -> dict[str, Any]:
    told = {key: material.settings[key] for key in ("title", "zone", "rooms") if key in material.settings}
    return {"format": m.FORMAT, "event": material.event, "epoch": material.epoch, "release": release(), **told}


def _journal(material: Material) -> bytes:
    value, found = chain_start(material.event, material.epoch), bytearray()
    for row in material.rows:
        value = m.chained(value, row)
        found += canonical_json(m.journal_line(row, parse_stored(row.body), value)) + b"\n"
    return bytes(found)


def notice_lines(
    event: Event, settings: Mapping[str, Any], texts: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """``text`` None: purged; its hash still says which words were agreed to."""
    present = {":".join(key): text for key, text in texts_by_key(settings).items()}
    kept = {**texts, **present}
    return [
        {"id": id_, "version": version, "hash": mark, "text": kept.get(f"{id_}:{version}:{mark}")}
        for id_, version, mark in m.notice_keys(event)
    ]


def _people(people: People) -> dict[str, bytes]:
    private = (
        {"offset": offset, "salt": salt.hex(), "payload": dict(payload)}
        for offset, (salt, payload) in sorted(people.private.items())
    )
    documents = (
        {"collection": collection, "id": id_, "document": dict(value)}
        for collection, found in sorted(people.documents.items())
        for id_, value in sorted(found.items())
    )
    return {m.PRIVATE: m.jsonl(private), m.DOCUMENTS: m.jsonl(documents)}


README = """\
これは Genkan が書き出した、一つのイベント(面接・相談の一日)の記録です。
journal.jsonl がすべての記録、record.jsonl がそこから導いた出欠と判定です。
次の命令で、元のデータベースのない機械でも、改変の有無とすべての判定を確かめられます。

    genkan verify ここのファイル --trust 記録鍵の指紋

記録鍵の指紋は、出欠の記録の紙や受付票に印刷されたものを使ってください。このファイルの中の鍵は、それだけでは
誰のものとも言えません。

This is the record of one event (a day of interviews or consultations), written by Genkan.
journal.jsonl is all that was recorded, record.jsonl the attendance and the verdicts that follow from it.
On a machine that never saw the database, this command finds any change and derives every verdict anew:

    genkan verify THIS-FILE --trust FINGERPRINT-OF-THE-RECORD-KEY

Take the fingerprint from a printed record or a candidate's receipt. By themselves the keys in this file are nobody's.
"""
