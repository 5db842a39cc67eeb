"""Write the golden journal of the present release: ``python -m tests.golden.write``, once, before it goes out."""

from __future__ import annotations

import sys
from collections import Counter
from importlib.metadata import version
from zlib import crc32

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.golden.journals import Golden
from tests.golden.story import DIGEST, EPOCH, EVENT, MINUTE, SETTINGS, TEN, Step, people, story
from waiting_room.codec import canonical_json
from waiting_room.entries import encode
from waiting_room.journal.chain import Chain, canonical_bytes
from waiting_room.journal.port import Row


class OneKey:
    """Signs this journal, and is forgotten."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()

    def current(self) -> tuple[str, Ed25519PrivateKey]:
        return "rk1", self.key

    def public(self, kid: str) -> None:
        raise NotImplementedError(kid)


def golden() -> Golden:
    """The story as a journal, sealed before what is personal is destroyed and at its end."""
    keys, chain, versions = OneKey(), Chain(EVENT, EPOCH), Counter[str]()
    rows: list[Row] = []
    values: list[str] = []
    private: dict[str, object] = {}

    def add(step: Step) -> None:
        versions[step.stream] += 1
        kind, data = encode(step.entry)
        digest = {"p": DIGEST} if step.private is not None else {}
        body = canonical_json({"k": kind, "a": step.actor, "d": data, **digest})
        at = max(TEN + int(step.at * MINUTE), rows[-1].at if rows else 0)
        where = (len(rows) + 1, step.stream, versions[step.stream], at)
        rows.append(Row(*where, body, crc32(canonical_bytes(*where, body))))
        values.append(chain.feed(rows[-1]).hex())
        if step.private is not None:
            private[str(len(rows))] = step.private

    steps = sorted(story(), key=lambda step: step.at)
    for step in steps:
        add(step)
        if step.entry.kind in ("exported", "purged"):
            add(Step(step.at, "event", chain.seal(keys)))
    kept = {**people(), "settings": SETTINGS, "private": private}
    return Golden(EVENT, EPOCH, keys.key.public_key().public_bytes_raw().hex(), rows, values, kept)


def main() -> None:
    release = version("genkan")
    try:
        folder = golden().save(release)
    except FileExistsError:
        sys.exit(f"the journal of {release} is there: what a release has written is never changed")
    print(folder)  # noqa: T201 - what was made


if __name__ == "__main__":
    main()
