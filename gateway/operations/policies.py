"""The rules of an event: what they mean, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.eventfile import say
from gateway.explain import explain
from gateway.operations.call import Call
from gateway.texts import Language


async def show(call: Call) -> dict[str, Any]:
    """The rules that hold now, for an interview that begins at 10:00; ``changed_at`` None: as they were at first."""
    hall = call.hall()
    language: Language = "en" if call.language == "en" else "ja"
    rules = hall.state.rules[-1]
    changes = len(hall.state.rules) - 2  # the first are the core's defaults, the second the event's own
    lines = explain(rules.policy, language, _declarations(hall.people.settings, language))
    return {
        "event": hall.id,
        "lines": [{"key": line.key, "sentence": line.sentence} for line in lines],
        "changed_at": rules.at // 1000 if changes > 0 else None,
    }


def _declarations(settings: Mapping[str, Any], language: Language) -> dict[str, str]:
    """The words of the checklist, by id; none once the event was purged."""
    declared = settings.get("policy", {}).get("declarations", ())
    return {one["id"]: say(one["text"], language) for one in declared}
