"""A store that was set back: what is missing of an event, and the decision to go on without it."""

from __future__ import annotations

from typing import Any

from gateway.closed import Closed
from gateway.hall import Hall
from gateway.loss import Loss
from gateway.operations.call import Call
from gateway.problems import Problem
from waiting_room.commands import AcceptLoss

MAX_REASON = 500  # characters, as for every reason


async def show_loss(call: Call) -> dict[str, Any]:
    """``event``: what is missing, null where nothing is."""
    hall = call.hall()
    return {"event": hall.id, "loss": hall.loss.to_json() if hall.loss is not None else None}


async def accept_loss(call: Call) -> dict[str, Any]:
    """``event``, ``offset`` (the last entry that was known, as ``show_loss`` says it), ``reason`` (private): go on with
    what the store has. Problem ``nothing_lost``; ``journal_gone`` where it has nothing to go on with; ``moved_on``."""
    hall, reason = call.hall(), call.text("reason", longest=MAX_REASON)
    loss = _loss(call, hall)
    command = AcceptLoss(loss.kept, loss.kept_at, loss.offset, loss.at, {"reason": reason, "by": call.actor})
    call.house.book.journal.forget(hall.id)
    closed = await Closed.read(hall.id, call.house.book)
    await closed.execute(command, actor=call.actor, now=call.house.clock())
    await hall.settled()
    return {"event": hall.id, "accepted": loss.to_json()}


def _loss(call: Call, hall: Hall) -> Loss:
    loss, offset = hall.loss, call.args.get("offset")
    if loss is None:
        raise Problem("nothing_lost")
    if loss.gone:
        raise Problem("journal_gone")
    if not isinstance(offset, int) or isinstance(offset, bool):
        raise Problem("invalid", field="/offset")
    if offset != loss.offset:
        raise Problem("moved_on")
    return loss
