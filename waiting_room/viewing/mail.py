"""What staff see of mail: what was told to whom, when and by whom, never where to."""

from __future__ import annotations

from collections import Counter

from waiting_room.interview import Interview
from waiting_room.viewing.scene import Scene, View, ms

MAX_SHOWN = 6  # the latest of an interview: one of each kind


def mails(scene: Scene, i: Interview) -> list[View]:
    """The latest, in order. ``by``: empty for those that the gateway sent by itself."""
    return [
        {
            "what": mail.what,
            "person": mail.person,
            "state": mail.state,
            "at": ms(mail.at),
            "by": scene.staff_name(mail.by.removeprefix("staff:")),
        }
        for mail in i.mails[-MAX_SHOWN:]
    ]


def mail_counts(scene: Scene) -> View:
    """How many of each kind are in which state."""
    counts: dict[str, Counter[str]] = {}
    for interview in scene.event.interviews.values():
        for mail in interview.mails:
            counts.setdefault(mail.what, Counter())[mail.state] += 1
    return {what: dict(found) for what, found in counts.items()}
