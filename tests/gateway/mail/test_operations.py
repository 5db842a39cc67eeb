"""What an administrator can do with mail: whom it would go to, that it goes, what became of it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from gateway.plan import held_back
from gateway.problems import Problem
from tests.gateway.mail.world import HANAKO, SECOND, World, world
from tests.support.post_office import PostOffice
from tests.support.samples import open_house, roster_row, with_event
from waiting_room import commands as c


async def refusal(here: World, name: str, **args: Any) -> tuple[str, str | None]:
    head = here.hall.state.head
    with pytest.raises(Problem) as caught:
        await here.operate(name, **args)
    assert here.hall.state.head == head
    return caught.value.code, caught.value.field


async def test_a_preview_names_who_would_get_it_and_who_cannot_and_changes_nothing(
    tmp_path: Path, office: PostOffice
) -> None:
    rows = [
        roster_row("1", メールアドレス=HANAKO, 同伴者="木村 理恵(通訳)"),
        roster_row("2", 開始時刻="11:00"),
        roster_row("3", 開始時刻="12:00", メールアドレス="山田@one.example"),
        roster_row("4", 開始時刻="13:00", メールアドレス="d@two.example"),
    ]
    async with world(tmp_path / "d", office, rows) as here:
        await here.hall.execute(c.CancelInterview(here.see("4").id, "staff"), actor="cli", command_id="cancel-4")
        head = here.hall.state.head
        seen = await here.operate("mail-preview", what="invitation", all=True)
        assert [(one["number"], one["person"], one["to"]) for one in seen["recipients"]] == [("1", "candidate", HANAKO)]
        assert [one["number"] for one in seen["without_address"]] == ["2", "3"]
        assert [(one["number"], one["code"]) for one in seen["refused"]] == [("4", "interview_over")]
        letter = seen["letter"]
        assert here.house.links.invite("test-2026", here.see("1").id) in letter["text"]
        assert here.house.links.invite("test-2026", here.see("1").id, "companion.1") in letter["text"]
        assert "木村 理恵" in letter["text"]
        assert "<html" in letter["html"]
        assert here.hall.state.head == head
        assert office.received == []


async def test_whom_is_said_in_exactly_one_way(here: World) -> None:
    one = here.see("1").id
    for wrong in ({}, {"all": True, "room": "r1"}, {"interviews": [one], "all": True}):
        assert await refusal(here, "mail-send", what="invitation", **wrong) == ("invalid", "/interviews")
    assert await refusal(here, "mail-send", what="invitation", room="r9") == ("unknown_room", "/room")
    assert await refusal(here, "mail-send", what="invitation", interviews=["x"]) == ("unknown_interview", "/interviews")
    assert await refusal(here, "mail-send", what="gossip", all=True) == ("invalid", "/what")
    assert await refusal(here, "mail-send", what="invitation", all=True, language="fr") == ("invalid", "/language")


async def test_a_dry_run_sends_nothing_and_says_the_same(here: World, office: PostOffice) -> None:
    looked = await here.send(dry_run=True)
    assert (looked["queued"], len(looked["recipients"]), office.received) == (0, 2, [])
    sent = await here.send()
    assert {**looked, "queued": 2} == sent


async def test_without_a_mail_server_nothing_is_queued_but_the_office_s_own_mail_is_recorded(tmp_path: Path) -> None:
    async with open_house(tmp_path / "d") as house:
        await with_event(house, [roster_row("1", メールアドレス=HANAKO), roster_row("2", 開始時刻="11:00")])
        here = World(house, None, None)  # type: ignore[arg-type]
        assert await refusal(here, "mail-send", what="invitation", all=True) == ("mail_off", None)
        answer = await here.operate("mail-send", what="invitation", all=True, by_office=True)
        assert answer["queued"] == 2
        assert [(here.mail(n).state, here.mail(n).by) for n in "12"] == [("by_office", "staff:st1")] * 2
        assert (await here.operate("mail-status"))["counts"] == {"invitation": {"by_office": 2}}


async def test_the_status_names_whom_mail_did_not_reach(here: World, office: PostOffice) -> None:
    office.always[HANAKO] = "550 5.1.1 unknown"
    await here.send()
    status = await here.operate("mail-status")
    assert status["counts"] == {"invitation": {"sent": 1, "undelivered": 1}}
    (row,) = status["rows"]
    assert (row["number"], row["state"], row["code"]) == ("1", "undelivered", "5.1.1")


async def test_an_absence_is_held_back_while_the_invitation_reached_nobody(here: World, office: PostOffice) -> None:
    office.says[HANAKO].append("550 5.1.1 unknown")
    await here.send()
    here.clock.now = here.see("1").starts_at + 3600 * SECOND // 2
    state = here.hall.state
    assert "invite_undelivered" in held_back(state, here.see("1"), here.clock.now, panel_here=True)
    assert held_back(state, here.see("2"), here.clock.now, panel_here=True) == ()


async def test_the_language_is_the_event_s_or_the_one_that_was_asked_for(here: World, office: PostOffice) -> None:
    await here.send(interviews=[here.see("1").id])
    await here.send(interviews=[here.see("2").id], language="en")
    subjects = [one.message["Subject"] for one in office.received]
    assert "面接のご案内" in subjects[0]
    assert "your interview" in subjects[1]


async def test_a_repeat_of_the_command_queues_once(here: World) -> None:
    from gateway.operations import run

    args = {"event": "test-2026", "what": "invitation", "all": True, "again": True}
    for _ in range(2):
        answer = await run(here.house, "mail-send", args, command_id="page-1:send-all")
        assert answer["queued"] == 2
    assert [len(here.see(n).mails) for n in "12"] == [1, 1]


async def test_the_file_for_the_office_s_own_mail_has_all_that_a_letter_needs(here: World) -> None:
    answer = await here.operate("invites")
    row = answer["invites"][0]
    assert (row["start"], row["arrive_by"]) == ("2026-11-28 10:00", "2026-11-28 09:55")
    assert {"number", "name", "room", "link", "email"} <= row.keys()
    kinds = [getattr(st.entry, "kind", "") for st in await here.house.book.read("test-2026", 0)]
    assert kinds[-1] == "exported"


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_a_letter_is_shown_as_an_invented_person_would_get_it_and_names_nobody(
    here: World, office: PostOffice, language: str
) -> None:
    head = here.hall.state.head
    for what in ("invitation", "changed", "reminder", "ready", "absence", "cancelled"):
        made = await here.operate("mail-sample", what=what, language=language)
        assert {"ja": "青葉 花子", "en": "Hanako Aoba"}[language] in made["text"]
        assert {"ja": "試験用の面接", "en": "An interview for tests"}[language] in made["html"]
        calendar = base64.b64decode(made["calendar"] or "").decode()
        assert calendar.startswith("BEGIN:VCALENDAR") is (what not in ("ready", "absence"))
        for person in ("1", "2"):
            row = here.hall.people.roster[here.see(person).id]
            for secret in (row["name"], row["email"], here.house.links.invite_token("test-2026", here.see(person).id)):
                assert secret not in str(made) + calendar
    assert (here.hall.state.head, office.received) == (head, [])
    assert await refusal(here, "mail-sample", what="gossip") == ("invalid", "/what")
