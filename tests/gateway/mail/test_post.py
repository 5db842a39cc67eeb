"""Sending: each mail once as far as can be known, none lost, none for what is not so; whatever the server does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.mail.post import CONNECTIONS, PAUSE_FIRST
from gateway.mail.queue import MAX_ATTEMPTS, RETRY_FIRST, RETRY_LONGEST, pause
from gateway.mail.relay import Patience, Relay
from gateway.problems import Problem
from tests.gateway.mail.world import HANAKO, HOUR, SECOND, TARO, Clock, World, world
from tests.support.post_office import HANG_UP, TAKE_AND_HANG_UP, PostOffice
from tests.support.samples import roster_row
from waiting_room import commands as c


async def test_an_invitation_reaches_each_person_alone_and_is_recorded(here: World, office: PostOffice) -> None:
    answer = await here.send()
    assert (answer["queued"], answer["without_address"]) == (2, [])
    assert [one.to for one in office.received] == [HANAKO, TARO]
    assert {one.sender for one in office.received} == {"bounces@sender.example"}
    message = office.to(HANAKO)[0].message
    assert message["To"] == HANAKO
    assert message["Bcc"] is message["Cc"] is None
    mail = here.mail("1")
    assert (mail.what, mail.state, mail.by, mail.attempts) == ("invitation", "sent", "staff:st1", 1)
    assert message["Message-ID"] == f"<{mail.id}@sender.example>"


async def test_one_connection_carries_what_is_due(here: World, office: PostOffice) -> None:
    await here.send()
    assert (len(office.received), office.connections) == (2, 1)


async def test_asked_twice_it_goes_out_once(here: World, office: PostOffice) -> None:
    await here.send()
    again = await here.send()
    assert (again["queued"], again["already"], len(office.received)) == (0, 2, 2)
    here.clock.on(1)
    await here.send(again=True)
    assert len(office.received) == 4


@pytest.mark.parametrize("reply", ["451 4.7.1 come again", "450 4.2.1 not now", "421 4.3.2 closing"])
async def test_not_now_is_asked_again_later_with_the_same_id(here: World, office: PostOffice, reply: str) -> None:
    office.says[HANAKO].append(reply)
    await here.send(interviews=[here.see("1").id])
    mail = here.mail()
    assert (mail.state, mail.attempts, mail.code) == ("queued", 1, reply.split()[1])
    await here.post.deliver()
    assert office.received == []
    here.clock.on(RETRY_FIRST / SECOND)
    await here.post.deliver()
    assert [one.message["Message-ID"] for one in office.received] == [f"<{mail.id}@sender.example>"]
    assert here.mail().state == "sent"


@pytest.mark.parametrize(
    ("step", "reply", "code"),
    [(HANAKO, "550 5.1.1 no such user", "5.1.1"), (HANAKO, "553 what", "553"), ("DATA", "554 5.7.1 spam", "5.7.1")],
)
async def test_never_is_undelivered_with_its_code_and_not_its_words(
    here: World, office: PostOffice, step: str, reply: str, code: str
) -> None:
    office.says[step].append(reply)
    await here.send(interviews=[here.see("1").id])
    mail = here.mail()
    assert (mail.state, mail.code) == ("undelivered", code)
    here.clock.on(24 * 3600)
    await here.post.deliver()
    assert office.received == []


async def test_one_who_is_refused_holds_nobody_up(here: World, office: PostOffice) -> None:
    office.always[HANAKO] = "550 5.1.1 no such user"
    await here.send()
    assert [one.to for one in office.received] == [TARO]
    assert (here.mail("1").state, here.mail("2").state) == ("undelivered", "sent")


async def test_a_server_that_hangs_up_gets_the_mail_again(here: World, office: PostOffice) -> None:
    office.says["DATA"].append(HANG_UP)
    await here.send(interviews=[here.see("1").id])
    assert (here.mail().state, here.mail().code) == ("queued", "dropped")
    here.clock.on(RETRY_FIRST / SECOND)
    await here.post.deliver()
    assert (len(office.received), here.mail().state) == (1, "sent")


async def test_a_mail_that_was_taken_without_a_word_comes_twice_the_same(here: World, office: PostOffice) -> None:
    office.says["DATA"].append(TAKE_AND_HANG_UP)
    await here.send(interviews=[here.see("1").id])
    here.clock.on(RETRY_FIRST / SECOND)
    await here.post.deliver()
    first, second = office.received
    assert first.raw == second.raw


async def test_a_server_that_delays_too_long_is_asked_again(here: World, office: PostOffice) -> None:
    here.post._relay = Relay(here.post.settings, None, Patience(data=0.05))
    office.gate.clear()
    await here.send(interviews=[here.see("1").id])
    assert (here.mail().state, here.mail().code) == ("queued", "dropped")


async def test_a_server_that_delays_holds_up_one_connection_of_several(here: World, office: PostOffice) -> None:
    office.gate.clear()
    await here.operate("mail-send", what="invitation", all=True)
    first = asyncio.get_running_loop().create_task(here.post.deliver())
    await office.asked.wait()
    office.asked.clear()
    second = asyncio.get_running_loop().create_task(here.post.deliver())
    await office.asked.wait()
    office.gate.set()
    await asyncio.gather(first, second)
    assert sorted(one.to for one in office.received) == [HANAKO, TARO]
    assert CONNECTIONS > 1


async def test_attempts_end_and_the_last_one_says_undelivered(here: World, office: PostOffice) -> None:
    start = here.see("1").starts_at
    await here.hall.execute(
        c.Reschedule(here.see("1").id, start + 200 * HOUR, start + 201 * HOUR), actor="cli", command_id="later-on"
    )
    office.always[HANAKO] = "450 4.2.2 full"
    await here.send(interviews=[here.see("1").id])
    for _ in range(MAX_ATTEMPTS):
        here.clock.on(RETRY_LONGEST / SECOND)
        await here.post.deliver()
    assert (here.mail().state, here.mail().code) == ("undelivered", "4.2.2")
    assert office.received == []


def test_pauses_grow_to_a_bound() -> None:
    pauses = [pause(n) for n in range(MAX_ATTEMPTS)]
    assert pauses[:4] == [0, RETRY_FIRST, 2 * RETRY_FIRST, 4 * RETRY_FIRST]
    assert max(pauses) == RETRY_LONGEST
    assert sum(pauses) > 12 * HOUR


async def test_a_server_that_is_away_counts_against_no_mail(tmp_path: Path, office: PostOffice) -> None:
    async with world(tmp_path / "d", office, port=1) as away:
        await away.send()
        assert [away.mail(n).attempts for n in "12"] == [0, 0]
        assert (await away.operate("mail-status"))["trouble"]["code"] == "unreachable"
        away.post._relay = Relay(replace(away.post.settings, port=office.port))
        await away.post.deliver()
        assert office.received == []  # it is given time
        away.clock.on(PAUSE_FIRST / SECOND)
        await away.post.deliver()
        assert len(office.received) == 2
        assert (await away.operate("mail-status"))["trouble"] is None


async def test_a_refusal_of_our_own_address_gives_no_mail_up(here: World, office: PostOffice) -> None:
    office.always["MAIL"] = "550 5.7.1 you may not send as that"
    await here.send()
    assert [(here.mail(n).state, here.mail(n).attempts) for n in "12"] == [("queued", 0), ("queued", 0)]
    assert (await here.operate("mail-status"))["trouble"]["code"] == "sender_refused"


async def test_a_restart_resumes_what_was_queued(tmp_path: Path, office: PostOffice) -> None:
    async with world(tmp_path / "d", office) as before:
        await before.operate("mail-send", what="invitation", all=True)
        queued = before.mail().id
    async with world(tmp_path / "d", office) as after:
        await after.post.deliver()
        assert [one.to for one in office.received] == [HANAKO, TARO]
        assert after.mail().id == queued
        await after.post.deliver()
        assert len(office.received) == 2


async def test_the_pause_after_a_failure_outlives_a_restart(tmp_path: Path, office: PostOffice) -> None:
    office.says[HANAKO].append("450 not now")
    async with world(tmp_path / "d", office) as before:
        await before.send(interviews=[before.see("1").id])
    async with world(tmp_path / "d", office) as after:
        await after.post.deliver()
        assert office.received == []
    async with world(tmp_path / "d", office, clock=Clock(after.clock.now + RETRY_FIRST)) as later:
        await later.post.deliver()
        assert len(office.received) == 1


async def test_mail_that_waited_tells_the_present_time_and_link(here: World, office: PostOffice) -> None:
    interview = here.see("1").id
    await here.operate("mail-send", what="invitation", interviews=[interview])
    start = here.see("1").starts_at + 3 * HOUR
    await here.hall.execute(c.Reschedule(interview, start, start + HOUR), actor="cli", command_id="reschedule")
    await here.hall.execute(c.IssueInvite(interview), actor="cli", command_id="reissue-1")
    await here.post.deliver()
    text = office.received[0].message.get_body(("plain",))
    assert text is not None
    assert "13:00" in text.get_content()
    assert here.house.links.invite(here.hall.id, interview, issue=2) in text.get_content()
    assert (here.mail().issue, here.mail().schedule) == (2, 2)


@pytest.mark.parametrize(
    "end", [lambda i: c.CancelInterview(i, "staff"), c.ConfirmAbsence], ids=["cancelled", "absent"]
)
async def test_nothing_goes_out_for_what_has_ended_meanwhile(
    here: World, office: PostOffice, end: Callable[[str], c.Command]
) -> None:
    interview = here.see("1")
    await here.operate("mail-send", what="invitation", interviews=[interview.id])
    here.clock.now = interview.starts_at + SECOND
    await here.hall.execute(end(interview.id), actor="cli", command_id="the-end")
    await here.post.deliver()
    assert office.received == []
    assert (here.mail().state, here.mail().code) == ("dropped", "interview_over")


async def test_a_rehearsal_writes_to_nobody(tmp_path: Path, office: PostOffice) -> None:
    async with world(tmp_path / "d", office, event={"rehearsal": True}) as practice:
        with pytest.raises(Problem) as caught:
            await practice.send()
        assert caught.value.code == "mail_rehearsal"
        interview = practice.see("1").id
        await practice.hall.execute(
            c.QueueMail("mforced", interview, "invitation", private={"to": HANAKO}), actor="cli", command_id="forced-1"
        )
        await practice.post.deliver()
        assert office.received == []
        assert practice.mail().code == "rehearsal"


async def test_each_domain_has_its_pace_and_no_other_waits_for_it(tmp_path: Path, office: PostOffice) -> None:
    rows = [
        *(roster_row(str(n), 開始時刻=f"{10 + n}:00", メールアドレス=f"p{n}@slow.example") for n in range(3)),
        roster_row("9", 面接室="第2面接室", メールアドレス="q@other.example"),
    ]
    async with world(tmp_path / "d", office, rows, per_domain=1) as paced:
        await paced.send()
        assert sorted(one.to for one in office.received) == ["p0@slow.example", "q@other.example"]
        paced.clock.on(60)
        await paced.post.deliver()
        assert len(office.received) == 3
        paced.clock.on(60)
        await paced.post.deliver()
        assert [paced.mail(str(n)).state for n in (0, 1, 2, 9)] == ["sent"] * 4


async def test_urgent_mail_waits_for_no_batch(tmp_path: Path, office: PostOffice) -> None:
    async with world(tmp_path / "d", office, per_domain=1) as here:
        await here.operate("mail-send", what="invitation", all=True)
        await here.hall.execute(c.SetReady("r1", ready=True), actor="cli", command_id="set-ready")
        await here.send("ready", interviews=[here.see("2").id])
        assert office.received[0].to == TARO
        assert here.mail("2").what == "ready"
        assert here.mail("2").state == "sent"


async def test_the_journal_keeps_what_was_said_but_not_the_key(here: World, office: PostOffice) -> None:
    await here.send(interviews=[here.see("1").id])
    sent = [st for st in await here.house.book.read(here.hall.id, 0) if getattr(st.entry, "kind", "") == "mail_sent"]
    (kept,) = (await here.house.book.private(here.hall.id, [st.offset for st in sent])).values()
    assert "第1面接室" in kept["text"]
    assert "https://mensetsu.example/j#…" in kept["text"]
    token = here.house.links.invite_token(here.hall.id, here.see("1").id)
    assert token not in kept["text"]
    body = office.received[0].message.get_body(("plain",))
    assert body is not None
    assert token in body.get_content()
