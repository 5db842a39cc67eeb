"""Sends one mail and dies by ``kill -9`` when the mail server has taken it, before that is written down.

python -m tests.support.dying_post <data directory with a queued mail> <port of the mail server> <now>
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


async def main(directory: Path, port: int, now: int) -> None:
    async with world(directory, PostOffice(port=port), clock=Clock(now)) as here:

        async def die(*_args: Any) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        here.post._record = die  # type: ignore[method-assign, assignment]
        await here.post.deliver()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
