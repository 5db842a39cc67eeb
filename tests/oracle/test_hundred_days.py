"""A hundred days, drawn and played, against an oracle that reads nothing but their bundles.

Each day's seed is its number: ``pytest -k 'day[17]'`` plays that one again; ``ORACLE_DAYS=200-260`` other ones. Where
the two differ, one of them is wrong.
"""

from __future__ import annotations

import ast
import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from gateway.bundle.checking import check
from gateway.bundle.container import unpack
from gateway.bundle.members import JOURNAL, row_of
from gateway.policyfile import PRESETS
from gateway.record.lines import lines
from tests.oracle import oracle
from tests.oracle.days import Played
from tests.waiting_room.journal.records import HeldRecordKeys
from waiting_room.event import Event
from waiting_room.journal.book import stamped
from waiting_room.journal.chain import fingerprint
from waiting_room.punctuality import Code

KEY = fingerprint(HeldRecordKeys().current()[1].public_key())
FIRST, _, LAST = os.environ.get("ORACLE_DAYS", "0-99").partition("-")
DAYS = range(int(FIRST), int(LAST or FIRST) + 1)
MET: Counter[str] = Counter()  # verdicts of the days that were played in this run
PRESETS_MET: Counter[str] = Counter()


@pytest.mark.parametrize("day", DAYS)
def test_the_oracle_says_the_same_of_every_interview_of_a_day(day: int) -> None:
    played = Played(day)
    bundle = asyncio.run(played.play())
    found = asyncio.run(check(bundle, [KEY]))
    assert (found.flaw, found.trusted) == (None, True)
    said, written = oracle.read(bundle), oracle.record(bundle)
    differing = {name: (said.get(name), written.get(name)) for name in said.keys() | written.keys()
                 if said.get(name) != written.get(name)}  # fmt: skip
    assert differing == {}, f"seed {day}: (oracle, record)"
    MET.update(one.code for one in said.values())
    PRESETS_MET[played.document["policy"]["preset"]] += 1


@pytest.mark.skipif(len(DAYS) < 100, reason="fewer days meet fewer things")
def test_the_days_met_every_verdict_and_both_presets() -> None:
    assert PRESETS_MET.keys() == set(PRESETS)
    assert MET.keys() == set(get_args(Code))


def test_a_day_is_the_same_day_again() -> None:
    assert asyncio.run(Played(3).play()) == asyncio.run(Played(3).play())


def test_the_oracle_knows_nothing_of_us() -> None:
    tree = ast.parse(Path(oracle.__file__).read_text(encoding="utf-8"))
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {module.partition(".")[0] for module in modules} - sys.stdlib_module_names == set()


WRONGS: dict[str, tuple[str, Callable[..., object]]] = {
    "minutes cut off": ("waiting_room.punctuality.minutes_late", lambda at, start: max(0, (at - start) // 60_000_000)),
    "no gap excuses": ("waiting_room.punctuality._gap_over", lambda *_: None),
    "no pause shifts": ("waiting_room.deadlines.shifted", lambda planned, *_, **__: planned),
    "nobody tried": ("waiting_room.punctuality.tried_in_vain", lambda *_: ()),
    "nobody said a word": ("waiting_room.punctuality.said_nothing", lambda _: True),
}


@pytest.fixture(scope="module")
def some_days() -> list[bytes]:
    """Enough of them to meet each of WRONGS."""
    return [asyncio.run(Played(seed).play()) for seed in range(8)]


@pytest.mark.parametrize("wrong", WRONGS)
def test_the_oracle_would_notice(wrong: str, some_days: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """With a fault in the core the two do differ: that they agree says something."""
    monkeypatch.setattr(*WRONGS[wrong])
    differing = 0
    for bundle in some_days:
        entries = [stamped(row_of(json.loads(line))) for line in unpack(bundle)[JOURNAL].splitlines()]
        derived = {line.interview: line.verdict for line in lines(Event.replay(entries))}
        said = oracle.read(bundle)
        differing += sum((said[name].code, said[name].minutes) != (v.code, v.minutes) for name, v in derived.items())
    assert differing > 0
