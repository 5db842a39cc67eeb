"""Sends one mail and dies by ``kill -9`` when the mail server has taken it, before that is written down.

python -m tests.support.dying_post <data directory with a queued mail> <port of the mail server> <now> [<redis>]
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from tests.gateway.mail.world import Clock, world
from tests.support.post_office import PostOffice
from waiting_room.journal.redis import RedisJournal

TERM = 1.0  # seconds of its turn, so that a test need not wait for a long one to end


async def main(directory: Path, port: int, now: int, redis: str = "") -> None:
    journal = await RedisJournal.open(redis) if redis else None
    async with world(directory, PostOffice(port=port), clock=Clock(now), journal=journal) as here:
        here.post.turn.term = TERM

        async def die(*_args: Any) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        here.post._record = die  # type: ignore[method-assign, assignment]
        await here.post.deliver()
        raise AssertionError("another gateway had its turn")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:]))
