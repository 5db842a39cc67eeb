"""The open claims on a seat or a room, as the folds of both keep them."""

from __future__ import annotations

from waiting_room import entries as e
from waiting_room.interview import MAX_DECLINED, Claim


def add_claim(claims: tuple[Claim, ...], x: e.ClaimRaised, st: e.Stamped, most: int) -> tuple[Claim, ...]:
    """Claims with one more; one already known or beyond ``most`` changes nothing."""
    if len(claims) >= most or any(c.id == x.claim for c in claims):
        return claims
    return (*claims, Claim(x.claim, x.sid, x.code, st.at, st.offset))


def settle_claim(
    claims: tuple[Claim, ...], declined: tuple[str, ...], x: e.ClaimSettled
) -> tuple[tuple[Claim, ...], tuple[str, ...]]:
    """What is still open, and whose claim was declined (the latest MAX_DECLINED)."""
    kept = tuple(c for c in claims if c.id != x.claim)
    settled = {c.sid for c in claims if c.id == x.claim}
    others = tuple(sid for sid in declined if sid not in settled)
    return kept, others if x.accepted else (*others, *settled)[-MAX_DECLINED:]
