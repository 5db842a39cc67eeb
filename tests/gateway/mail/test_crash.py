"""``kill -9`` between the mail server's 250 and our record of it: nothing is lost, one copy too many can be told."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.gateway.mail.world import HANAKO, world
from tests.support.post_office import PostOffice

ROOT = Path(__file__).parents[3]
KILLED = -9


@pytest.mark.process
async def test_a_crash_between_sending_and_recording_loses_nothing_and_doubles_one(
    tmp_path: Path, office: PostOffice
) -> None:
    directory = tmp_path / "d"
    async with world(directory, office) as before:
        await before.operate("mail-send", what="invitation", all=True)
        queued = before.mail("1").id
        now = before.clock.now
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.dying_post", str(directory), str(office.port), str(now), cwd=ROOT
    )
    assert await process.wait() == KILLED
    assert [one.to for one in office.received] == [HANAKO]
    async with world(directory, office) as after:
        assert after.mail("1").state == "queued"
        await after.post.deliver()
        assert [after.mail(n).state for n in "12"] == ["sent", "sent"]
    first, second = office.to(HANAKO)
    assert first.message["Message-ID"] == second.message["Message-ID"] == f"<{queued}@sender.example>"
    assert first.raw == second.raw
    assert len(office.received) == 3
