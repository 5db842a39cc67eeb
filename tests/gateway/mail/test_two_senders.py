"""Several gateways on one Redis: one sends at a time, and another goes on where it was killed or let go."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from gateway.mail.turn import RENEWALS, Turn
from tests.gateway.mail.test_crash import KILLED, ROOT
from tests.gateway.mail.world import HANAKO, World, world
from tests.support.dying_post import TERM
from tests.support.post_office import PostOffice
from tests.support.redis_server import RedisServer
from tests.support.samples import NOW, roster_row
from waiting_room.journal.leases import LocalLeases
from waiting_room.journal.redis import RedisJournal

PEOPLE = 24


@asynccontextmanager
async def gateway(directory: Path, office: PostOffice, server: RedisServer, people: int = 2) -> AsyncIterator[World]:
    """They share Redis and the keys."""
    rows = [
        roster_row(str(n), 開始時刻=f"{9 + n // 6}:{n % 6}0", メールアドレス=f"p{n}@d{n}.example")
        for n in range(people)
    ]
    journal = await RedisJournal.open(server.url)
    async with world(
        directory, office, None if people == 2 else rows, journal=journal, event={"slot_minutes": 10}
    ) as made:
        made.post.turn.term = TERM
        yield made


def states(here: World) -> Counter[str]:
    return Counter(mail.state for interview in here.hall.state.interviews.values() for mail in interview.mails)


async def all_sent(here: World, count: int) -> None:
    async with asyncio.timeout(30):
        while states(here)["sent"] < count:
            await here.hall.watch(here.hall.state.head)


async def test_of_two_senders_each_mail_goes_out_once(tmp_path: Path, office: PostOffice, server: RedisServer) -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(gateway(tmp_path, office, server, PEOPLE))
        second = await stack.enter_async_context(gateway(tmp_path, office, server, PEOPLE))
        await first.operate("mail-send", what="invitation", all=True)
        await second.hall.catch_up()
        assert states(second) == {"queued": PEOPLE}
        for here in (first, second):
            here.post.start()
        await asyncio.gather(*(all_sent(here, PEOPLE) for here in (first, second)))
        ids = Counter(one.message["Message-ID"] for one in office.received)
        assert (len(ids), set(ids.values())) == (PEOPLE, {1})


async def test_only_one_of_them_sends_at_a_time_and_the_other_goes_on_when_it_is_let_go(
    tmp_path: Path, office: PostOffice, server: RedisServer
) -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(gateway(tmp_path, office, server))
        second = await stack.enter_async_context(gateway(tmp_path, office, server))
        office.gate.clear()
        await first.operate("mail-send", what="invitation", all=True)
        sending = asyncio.get_running_loop().create_task(first.post.deliver())
        await office.asked.wait()
        await second.hall.catch_up()
        await second.post.deliver()
        await asyncio.sleep(TERM * 1.5)  # it is renewed while the server thinks
        await second.post.deliver()
        assert office.connections == 1
        office.gate.set()
        await sending
        assert len(office.received) == 2
        await first.operate("mail-send", what="invitation", all=True, again=True)
        await second.hall.catch_up()
        await second.post.deliver()
        assert len(office.received) == 2
        await first.post.over(1)
        await second.post.deliver()
        assert len(office.received) == 4


async def test_what_was_recorded_a_moment_ago_by_another_is_not_sent_again(
    tmp_path: Path, office: PostOffice, server: RedisServer
) -> None:
    """Though the tail has not brought it yet."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(gateway(tmp_path, office, server))
        second = await stack.enter_async_context(gateway(tmp_path, office, server))
        await first.operate("mail-send", what="invitation", all=True)
        await second.hall.catch_up()
        assert second.hall.follower is not None
        second.hall.follower.cancel()
        await first.post.deliver()
        await first.post.over(1)
        assert states(second) == {"queued": 2}
        await second.post.deliver()
        assert len(office.received) == 2
        assert states(second) == {"sent": 2}


async def test_the_trouble_of_the_one_that_sends_is_known_at_the_others_until_it_has_passed(
    tmp_path: Path, office: PostOffice, server: RedisServer
) -> None:
    """Also where it has passed for another sender than the one that met it; and a command line without a gateway."""

    async def all_say(code: str | None) -> None:
        wanted = None if code is None else {"code": code, "since": NOW // 1000}
        async with asyncio.timeout(5):
            for here in (first, second, third):
                while (await here.operate("mail-status"))["trouble"] != wanted:  # noqa: ASYNC110 - said by another
                    await asyncio.sleep(0.01)

    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(gateway(tmp_path, office, server))
        second = await stack.enter_async_context(gateway(tmp_path, office, server))
        third = await stack.enter_async_context(gateway(tmp_path, office, server))
        third.house.post = None
        await all_say(None)
        office.always["MAIL"] = "550 5.7.1 you may not send as that"
        await first.operate("mail-send", what="invitation", all=True)
        await first.post.deliver()
        await all_say("sender_refused")
        del office.always["MAIL"]
        await first.post.turn.release()
        await second.hall.catch_up()
        await second.post.deliver()
        assert len(office.received) == 2
        await all_say(None)


@pytest.mark.process
async def test_a_sender_that_is_killed_before_it_wrote_it_down_loses_nothing_and_doubles_one(
    tmp_path: Path, office: PostOffice, server: RedisServer
) -> None:
    async with gateway(tmp_path, office, server) as other:
        await other.operate("mail-send", what="invitation", all=True)
        words = [str(tmp_path), str(office.port), str(other.clock.now), server.url]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.dying_post", *words, cwd=ROOT
        )
        assert await process.wait() == KILLED
        assert [one.to for one in office.received] == [HANAKO]
        other.post.start()
        await all_sent(other, 2)
    first, second = office.to(HANAKO)
    assert first.raw == second.raw
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert len(office.received) == 3


async def test_a_gateway_that_was_stopped_longer_than_its_turn_finds_that_it_is_over() -> None:
    now = 0.0
    leases = LocalLeases(lambda: now)
    first, second = (Turn(leases, 9.0, lambda: now) for _ in range(2))
    assert await first.ours()
    assert not await second.ours()
    now = 9.0 / RENEWALS
    assert await first.ours()  # renewed
    now += 8.9
    assert not await second.ours()
    now += 0.2
    assert await second.ours()
    assert not await first.ours()
    await second.release()
    assert await first.ours()
