"""Who held an interview and who carried it: stays in the room, the staff who did something there, the providers.

An attendance record names them; nothing is decided by them.
"""

from __future__ import annotations

from dataclasses import replace

from waiting_room import entries as e
from waiting_room.interview import MAX_CARRIERS, MAX_PANEL, Host, Interview


def carried(s: Interview, provider: str) -> tuple[str, ...]:
    """The providers, with the one whose ticket may be had now."""
    return s.carriers if s.carriers[-1:] == (provider,) else (*s.carriers, provider)[-MAX_CARRIERS:]


def held_by(s: Interview, st: e.Stamped) -> tuple[Host, ...]:
    """The panel, with the member of staff who did this; what the gateway does by itself is nobody's."""
    if not st.actor.startswith("staff:"):
        return s.panel
    for index, host in enumerate(s.panel):
        if host.by == st.actor:
            return (*s.panel[:index], replace(host, last_at=st.at), *s.panel[index + 1 :])
    return s.panel if len(s.panel) >= MAX_PANEL else (*s.panel, Host(st.actor, st.at, st.at))
