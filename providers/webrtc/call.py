"""One call: who may be in it, who is, and who sits in whose slots. No I/O.

The gateway says who may be in; a token must agree with that in every respect. Everybody present sees everybody
present: one more person than fits into every slot row is refused, never admitted unseen.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .peer import Peer, Slot
from .refusals import Refusal
from .tokens import Claims

PEOPLE = 200  # that may be in one call over time, and ended admissions remembered


@dataclass(slots=True)
class Person:
    """``admission`` 0 is staff, who come and go; a candidate's grows with each admission."""

    role: str
    epoch: int
    admission: int


@dataclass(slots=True)
class Call:
    id: str
    generation: int
    capacity: int
    people: dict[str, Person] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    peers: dict[str, Peer] = field(default_factory=dict)
    used_at: float = 0.0  # when somebody was last in it, by the worker's monotonic clock

    def let_in(self, sub: str, person: Person) -> bool:
        """This person may be in from now on; whether that is anything new. Refusal admission_over for an admission
        that was ended."""
        if person.admission > 0 and person.admission <= self.ended.get(sub, 0):
            raise Refusal("admission_over")
        if sub not in self.people and len(self.people) >= PEOPLE:
            raise Refusal("calls_full")
        known = self.people.get(sub)
        if known is not None and known.epoch > person.epoch:
            person.epoch = known.epoch
        self.people[sub] = person
        if person.admission == 0:
            self.ended.pop(sub, None)
        return person != known

    def let_out(self, sub: str) -> None:
        """This person may not be in any more, nor with any token of this admission or an earlier one."""
        person = self.people.pop(sub, None)
        if person is not None:
            self.ended[sub] = max(person.admission, self.ended.get(sub, 0))
            while len(self.ended) > PEOPLE:
                del self.ended[next(iter(self.ended))]

    def admit(self, claims: Claims) -> Person:
        """The person whom the token is for, or the refusal."""
        if claims.call != self.id:
            raise Refusal("token_wrong_call")
        if claims.generation < self.generation:
            raise Refusal("token_old_generation")
        if claims.generation > self.generation:
            raise Refusal("call_unknown", "not at this generation yet")
        if claims.admission <= self.ended.get(claims.sub, -1):
            raise Refusal("token_removed")
        person = self.people.get(claims.sub)
        if person is None or claims.admission > person.admission:
            raise Refusal("person_unknown")
        if claims.admission < person.admission:
            raise Refusal("token_removed")
        if claims.role != person.role:
            raise Refusal("token_role")
        if claims.epoch < person.epoch:
            raise Refusal("token_old_device")
        return person

    def check_room_for(self, sub: str, slots: int, *, subscribe: bool) -> None:
        """Refuse whom somebody could not see, or who could not see somebody."""
        others = [peer for known, peer in self.peers.items() if known != sub]
        present = len(others) + 1
        if present > self.capacity:
            raise Refusal("call_full")
        if subscribe and slots < len(others):
            raise Refusal("call_full", "the offer has too few slots")
        if any(peer.slots and len(peer.slots) < present - 1 for peer in others):
            raise Refusal("call_full", "somebody has no slot left")

    def seat(self, newcomer: Peer) -> list[Peer]:
        """Show everybody to ``newcomer``, and ``newcomer`` to everybody. Whose slots changed."""
        changed = []
        for peer in self.peers.values():
            if peer is newcomer or not peer.ready:
                continue
            if _show(newcomer, peer):
                changed.append(peer)
            _show(peer, newcomer)
        return [*changed, newcomer]

    def unseat(self, leaver: Peer) -> list[Peer]:
        """Take ``leaver`` out of every slot. Whose slots changed."""
        for slot in leaver.slots:
            clear(slot)
        changed = []
        for peer in self.peers.values():
            for slot in peer.slots:
                if slot.sub == leaver.identity.sub and peer is not leaver:
                    clear(slot)
                    changed.append(peer)
        return changed


def _show(source: Peer, receiver: Peer) -> bool:
    """Give ``source`` a slot at ``receiver``: the one that it had before, else one that nobody waits for."""
    free = [slot for slot in receiver.slots if slot.sub is None]
    sub = source.identity.sub
    slot = next((s for s in free if s.last == sub), None) or next((s for s in free if s.last is None), None)
    slot = slot or (free[0] if free else None)
    if slot is None:
        return False
    fill(slot, source)
    return True


def fill(slot: Slot, source: Peer) -> None:
    slot.sub = slot.last = source.identity.sub
    for uplink in source.uplinks:
        half = slot.video if uplink.video else slot.audio
        if half is not None:
            half.bind(uplink)


def clear(slot: Slot) -> None:
    slot.sub = None
    for half in slot.halves():
        half.bind(None)


def slot_map(peer: Peer) -> list[dict[str, object]]:
    """The whole state of a person's slots, as listeners get it."""
    return [{"slot": number, "sub": slot.sub} for number, slot in enumerate(peer.slots)]
