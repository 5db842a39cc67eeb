"""No rule of a policy is kept in silence: each is read by what enforces or shows it, or says that people see to it."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.explain import LEFT_TO_PEOPLE, explain
from gateway.texts import LANGUAGES, Language, texts
from tests.gateway.test_explain import EVERY_RULE
from waiting_room.policy import Booking, Policy

ROOT = Path(__file__).resolve().parent.parent
# What writes rules down, reads them in, or explains them, enforces none.
SAYS_ONLY = {"gateway/explain.py", "gateway/policyfile.py", "gateway/eventfile.py", "gateway/rehearsing.py"}
READ_AS = {"absence": "absent_automatic"}
EVERYTHING = replace(EVERY_RULE, failover="automatic", extend_on_fault=("candidate", "provider"))


def sources() -> str:
    """The code of core and gateway that may enforce a rule."""
    paths = [*ROOT.glob("gateway/**/*.py"), *ROOT.glob("waiting_room/**/*.py")]
    kept = [
        path for path in paths if path.relative_to(ROOT).as_posix() not in SAYS_ONLY and path.parent.name != "policy"
    ]
    return "\n".join(path.read_text(encoding="utf-8") for path in kept)


def keys() -> set[str]:
    own = {field.name for field in dataclasses.fields(Policy)} - {"booking"}
    return own | {f"booking.{field.name}" for field in dataclasses.fields(Booking)}


def test_every_rule_is_read_by_what_enforces_or_shows_it_or_is_left_to_people() -> None:
    code = sources()
    unread = {key for key in keys() if not re.search(rf"\.{READ_AS.get(key, key.rpartition('.')[2])}\b", code)}
    assert unread <= {key.removesuffix(".provider").removesuffix(".automatic") for key in LEFT_TO_PEOPLE}


def test_what_is_left_to_people_is_just_this() -> None:
    """A rule that comes to be enforced leaves this list; none joins it unseen."""
    assert {
        "fallback",
        "extend_on_fault.provider",
        "failover.automatic",
        "booking.invite_expected_by",
    } == LEFT_TO_PEOPLE


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rule_that_is_left_to_people_says_so_and_no_other_does(language: Language) -> None:
    words = texts(language)("policy.word.left_to_people")
    marked = [line.key for line in explain(EVERYTHING, language) if line.sentence.endswith(words)]
    assert sorted(marked) == sorted(key.partition(".")[0] for key in LEFT_TO_PEOPLE)
