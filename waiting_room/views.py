"""One view per audience: the only place that decides who sees what.

Pure functions from a ``Scene`` to the JSON of ``docs/protocol.md`` §5. No entry, offset, id, number or name of another
person is in a candidate's view; an interviewer's holds their rooms only. Tickets, tokens and providers' links are in no
view at all.
"""

from waiting_room.viewing.admin import admin_view
from waiting_room.viewing.candidate import candidate_view, companion_view, fenced, shared_view
from waiting_room.viewing.console import console_view
from waiting_room.viewing.scene import People, Presence, ProviderInfo, Scene, Seen, View, subject_of

__all__ = [
    "People",
    "Presence",
    "ProviderInfo",
    "Scene",
    "Seen",
    "View",
    "admin_view",
    "candidate_view",
    "companion_view",
    "console_view",
    "fenced",
    "shared_view",
    "subject_of",
]
