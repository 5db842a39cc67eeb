"""What a candidate declares and agrees to before the seat: the checklist and the event's texts besides the notice.

The words are in the event's settings; the journal has ids, versions and digests, so that the record says who ticked
which words, though it does not hold them.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import lru_cache

from waiting_room import entries as e
from waiting_room.interview import MAX_DECLARATIONS, Consent, Declared, Interview
from waiting_room.policy import SECOND, Declaration, Policy

VERSION_CHARS = 8  # of a digest: a checklist has a handful of versions
NOTICE = "notice"  # the text of ``Policy.consents`` that is agreed to by its own field
GOOD_FOR = 12 * 3600 * SECOND  # before the start: what is so on another day says nothing of a later one
KEPT_LISTS = 64  # checklists whose version is remembered: an event has one or two


def version_of(policy: Policy) -> str:
    """The version of the checklist: another where a line, its words or whether it is required are other ones. Empty
    where the rules have no checklist."""
    return _version(policy.declarations)


@lru_cache(KEPT_LISTS)
def _version(lines: tuple[Declaration, ...]) -> str:
    if not lines:
        return ""
    said = "\n".join(f"{line.id} {line.required} {line.hash}" for line in lines)
    return hashlib.sha256(said.encode()).hexdigest()[:VERSION_CHARS]


def missing(policy: Policy, items: tuple[str, ...]) -> tuple[str, ...]:
    """Required lines that are not among ``items``."""
    return tuple(line.id for line in policy.declarations if line.required and line.id not in items)


def is_declared(interview: Interview, policy: Policy) -> bool:
    """Whether the checklist of now was ticked, on the day, as far as the rules require. Where there is none, it is."""
    found = interview.declared
    if not policy.declarations:
        return True
    if found is None or found.at < interview.starts_at - GOOD_FOR:
        return False
    return found.version == version_of(policy) and not missing(policy, found.items)


def texts_of(policy: Policy) -> tuple[str, ...]:
    """The texts besides the notice that have to be agreed to, as an entry names them."""
    return tuple(f"{one.id} {one.version}" for one in policy.consents if one.id != NOTICE)


def all_agreed(consent: Consent | None, policy: Policy) -> bool:
    """Whether every text besides the notice was agreed to in its present version."""
    return set(texts_of(policy)) <= set(() if consent is None else consent.texts)


# --- the fold ----------------------------------------------------------------------------------------------------


def declared(s: Interview, x: e.Declared, st: e.Stamped) -> Interview:
    """The fold of one entry."""
    made = Declared(x.version, x.items, st.at, x.sid, st.offset)
    return replace(s, declared=made, declarations=(*s.declarations, made)[-MAX_DECLARATIONS:])


def of_the_real_one(s: Interview) -> Declared | None:
    """What stands once a check-in was made void: a stranger's ticks do not count for the candidate."""
    found = s.declared
    return None if found is not None and found.sid in s.seated else found
