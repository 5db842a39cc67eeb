"""``genkan migrate`` that kills itself before or after one of its exchanges with Redis. Hatched by
``tests.support.hatchery``."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from typing import Any

from gateway.cli import invoke
from waiting_room.journal.redis import RedisJournal


def main(order: Mapping[str, Any]) -> None:
    """``die_at``: the number of the exchange, from 1; 0: none. ``after``: once it was answered."""
    ask: Callable[..., Any] = RedisJournal.ask
    asked = 0

    async def watched(self: RedisJournal, *commands: bytes) -> Any:
        nonlocal asked
        asked += 1
        mine = asked == order["die_at"]
        if mine and not order["after"]:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = await ask(self, *commands)
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(RedisJournal, "ask", watched)  # noqa: B010 - from outside, and the checker knows
    os._exit(invoke(["migrate", "--config", order["config"]]))
