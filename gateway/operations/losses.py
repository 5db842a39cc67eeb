"""A store that was set back: what is missing of an event, and the decision to go on without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.closed import Closed
from gateway.hall import Hall
from gateway.loss import Loss
from gateway.missing import missing
from gateway.operations.call import Call
from gateway.problems import Problem
from waiting_room.commands import AcceptLoss
from waiting_room.entries import Stamped
from waiting_room.event import Event

MAX_REASON = 500  # characters, as for every reason


async def show_loss(call: Call) -> dict[str, Any]:
    """``event``: what is missing, null where nothing is; and ``missing``, whose entries they are. Errors of the
    journal."""
    hall = call.hall()
    loss = hall.loss
    if loss is None:
        return {"event": hall.id, "loss": None, "missing": None}
    entries, found = await _there(call, hall, loss)
    return {"event": hall.id, "loss": loss.to_json(), "missing": missing(hall, loss, entries, found)}


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


async def _there(call: Call, hall: Hall, loss: Loss) -> tuple[Sequence[Stamped], Event]:
    """What the store has of this event."""
    if loss.gone:
        return (), Event()
    closed = await Closed.read(hall.id, call.house.book)
    return closed.entries, closed.state


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
