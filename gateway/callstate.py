"""What is known of a hall's calls: who is connected, and who sits in whose slots.

Not journalled; after a restart the worker tells it all again.
"""

from __future__ import annotations

from collections.abc import Mapping


class CallState:
    """One hall's part of what the worker says. ``slots``: receiver -> slot -> subject."""

    def __init__(self) -> None:
        self._peers: dict[str, dict[str, str]] = {}  # room -> peer -> subject
        self._slots: dict[str, dict[str, Mapping[int, str]]] = {}  # room -> receiver -> slot -> subject

    def joined(self, room: str, peer: str, subject: str) -> None:
        self._peers.setdefault(room, {})[peer] = subject

    def left(self, room: str, peer: str) -> str | None:
        """Who it was, None when another device of theirs is still there or nobody knew of it."""
        peers = self._peers.get(room, {})
        subject = peers.pop(peer, None)
        if subject is None or subject in peers.values():
            return None
        self._slots.get(room, {}).pop(subject, None)
        return subject

    def seat(self, room: str, subject: str, slots: Mapping[int, str]) -> None:
        """The full map of one receiver."""
        self._slots.setdefault(room, {})[subject] = slots

    def clear(self, room: str) -> None:
        """The call is gone."""
        self._peers.pop(room, None)
        self._slots.pop(room, None)

    @property
    def slots(self) -> Mapping[str, Mapping[int, str]]:
        return {subject: slots for room in self._slots.values() for subject, slots in room.items()}

    @property
    def in_call(self) -> frozenset[str]:
        return frozenset(subject for room in self._peers.values() for subject in room.values())

    def in_room(self, room: str) -> frozenset[str]:
        return frozenset(self._peers.get(room, {}).values())
