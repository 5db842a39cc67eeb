"""The rules of an event and the notice that is agreed to: what they mean, in sentences, and how they are changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.eventfile import EventFile, provider_faults, say
from gateway.explain import explain
from gateway.faults import Fault, Faulty
from gateway.hall import Hall
from gateway.operations.call import Call, event_file
from gateway.operations.events import faults_problem
from gateway.operations.providers import choosable
from gateway.policyfile import NOTICE, SHORT, TEXTS, texts_by_key
from gateway.texts import Language
from waiting_room.commands import ChangePolicy
from waiting_room.journal.book import DocumentWrite
from waiting_room.policy import Policy


async def show(call: Call) -> dict[str, Any]:
    """The rules that hold now, for an interview that begins at 10:00; ``changed_at`` None: as they were at first."""
    hall = call.hall()
    rules = hall.state.rules[-1]
    changes = len(hall.state.rules) - 2  # the first are the core's defaults, the second the event's own
    return {
        "event": hall.id,
        "lines": _lines(call, rules.policy, hall.people.settings),
        "changed_at": rules.at // 1000 if changes > 0 else None,
    }


async def change(call: Call) -> dict[str, Any]:
    """``file``: the whole policy, as an event's file has it; what it does not say is its preset's, or the default.
    ``dry_run``: only what would change. The rules hold from now on. Problem ``invalid`` with every fault."""
    hall = call.hall()
    kept = event_file(hall).document
    above = {key: value for key, value in kept.items() if key not in {*SHORT, "absent_automatic", "policy"}}
    made = _parsed(call, {**above, "policy": call.args.get("file")})
    return await _change(call, hall, made)


async def change_notice(call: Call) -> dict[str, Any]:
    """``file``: ``version``, ``title`` and ``body``. Whoever agreed to the one before is asked again and keeps their
    place; ``asked_again`` says how many. Problem ``invalid``: a fault, or a version that stood for other words."""
    hall = call.hall()
    made = _parsed(call, {**event_file(hall).document, NOTICE: call.args.get("file")})
    version = made.document[NOTICE]["version"]
    if version in _versions(hall) and made.policy.consents != hall.state.policy.consents:
        fault = Fault(
            "notice.version", "used", "stands for other words already; give the new text a version of its own",
            "別の文面で使われています。新しい版の番号を付けてください",
        )  # fmt: skip
        raise faults_problem((fault,), call.language)
    agreed = [i for i in hall.state.interviews.values() if i.consent is not None and not i.over]
    return {**await _change(call, hall, made), "version": version, "asked_again": len(agreed)}


def _parsed(call: Call, document: dict[str, Any]) -> EventFile:
    try:
        made = EventFile.parse(document)
    except Faulty as error:
        raise faults_problem(error.faults, call.language) from error
    rehearsal = bool(document.get("rehearsal", False))
    if faults := provider_faults(made, tuple(choosable(call.house, rehearsal=rehearsal))):
        raise faults_problem(tuple(faults), call.language)
    return made


def _versions(hall: Hall) -> set[str]:
    """Versions of the notice that this event has had."""
    texts = (one for rules in hall.state.rules for one in rules.policy.consents)
    return {one.version for one in texts if one.id == NOTICE}


async def _change(call: Call, hall: Hall, made: EventFile) -> dict[str, Any]:
    before, after = (_lines(call, rules, settings) for rules, settings in (
        (hall.state.policy, hall.people.settings), (made.policy, made.document)
    ))  # fmt: skip
    answer = {
        "event": hall.id,
        "changed": made.policy != hall.state.policy,
        "gone": [line for line in before if line not in after],
        "new": [line for line in after if line not in before],
    }
    if answer["changed"] and not call.flag("dry_run"):
        documents = [("settings", "event", {**made.document, "id": hall.id}), *replaced(hall.people.settings, made)]
        await call.execute(hall, ChangePolicy(made.policy.to_document()), documents=documents)
    return answer


def replaced(settings: Mapping[str, Any], made: EventFile) -> list[DocumentWrite]:
    """The texts that were to be agreed to until now and are not any more, each by its hash: who agreed to one has a
    right to read it as it was."""
    stay = texts_by_key(made.document)
    gone = ((key, text) for key, text in texts_by_key(settings).items() if key not in stay)
    return [(TEXTS, ":".join(key), text) for key, text in gone]


def _lines(call: Call, policy: Policy, settings: Mapping[str, Any]) -> list[dict[str, str]]:
    language: Language = "en" if call.language == "en" else "ja"
    lines = explain(policy, language, _declarations(settings, language))
    return [{"key": line.key, "sentence": line.sentence} for line in lines]


def _declarations(settings: Mapping[str, Any], language: Language) -> dict[str, str]:
    """The words of the checklist, by id; none once the event was purged."""
    declared = settings.get("policy", {}).get("declarations", ())
    return {one["id"]: say(one["text"], language) for one in declared}
