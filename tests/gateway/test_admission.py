"""One winner: whoever else admits at the same moment, one candidate is in the room and one `admitted` stands."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter

from tests.support.day import HANAKO, MINUTE, Day, Entrant, row_of
from waiting_room.commands import Admit, ImportRoster, Slot
from waiting_room.entries import Admitted, Called
from waiting_room.journal.port import MAX_READ

OTHER = Entrant("iveeeeeeeeeeee", "A-1005", "別野 四郎", due=-1)


async def entries(today: Day) -> list[object]:
    return [st.entry for st in await today.gateway.house.book.read("exam", 0, MAX_READ)]


async def test_two_consoles_admit_the_same_person_a_hundred_times(today: Day) -> None:
    """Each time one `called` and one `admitted`, whichever console was first."""
    one, two = await today.staff("Ito", rooms=("r1",)), await today.staff("Mori", rooms=("r1",))
    await today.candidate(HANAKO)
    for _ in range(100):
        both = await asyncio.gather(one.do("admit", interview=HANAKO.id), two.do("admit", interview=HANAKO.id))
        assert sorted(answer.status for answer in both) == [200, 409]
        assert {answer.code for answer in both if answer.status == 409} == {"not_waiting"}
        await one.must("send-back", interview=HANAKO.id)
    found = Counter(type(entry) for entry in await entries(today))
    assert found[Called] == 100
    assert found[Admitted] <= 100
    numbers = [entry.admission for entry in await entries(today) if isinstance(entry, Admitted)]
    assert len(numbers) == len(set(numbers))


async def test_two_consoles_admit_different_persons_a_hundred_times(today: Day) -> None:
    """Never two in one room."""
    await bring(today, OTHER)
    one, two = await today.staff("Ito", rooms=("r1",)), await today.staff("Mori", rooms=("r1",))
    await today.candidate(HANAKO)
    await today.candidate(OTHER)
    for _ in range(100):
        both = await asyncio.gather(one.do("admit", interview=HANAKO.id), two.do("admit", interview=OTHER.id))
        assert sorted(answer.status for answer in both) == [200, 409]
        inside = [i.id for i in today.hall.state.interviews.values() if i.in_room]
        assert len(inside) == 1
        assert today.hall.state.rooms["r1"].taken_by == inside[0]
        await one.must("send-back", interview=inside[0])


async def test_a_repeat_gets_the_first_answer(today: Day) -> None:
    """Also at the same moment, and also where the command would be refused by now."""
    panel = await today.staff("Ito", rooms=("r1",))
    await today.candidate(HANAKO)
    again = uuid.uuid4().hex
    answers = await asyncio.gather(*(panel.do("admit", id=again, interview=HANAKO.id) for _ in range(5)))
    assert [answer.status for answer in answers] == [200] * 5
    assert Counter(type(entry) for entry in await entries(today))[Called] == 1


async def test_a_repeat_after_the_memory_is_gone_is_answered_by_the_journal(today: Day) -> None:
    """As after a restart: the command's id is in the journal."""
    panel = await today.staff("Ito", rooms=("r1",))
    await today.candidate(HANAKO)
    again = uuid.uuid4().hex
    assert (await panel.do("admit", id=again, interview=HANAKO.id)).status == 200
    same = f"{today.hall.named(panel.sid)}:{again}"
    done = await today.hall.execute(Admit(HANAKO.id), actor="staff:stIto", command_id=same)
    assert done.repeated
    assert any(isinstance(st.entry, Called) for st in done.stamped)


async def test_an_admission_that_nobody_follows_lapses_to_the_same_seat(today: Day) -> None:
    """Back on the seat with a reason that both can read; a late ticket is refused."""
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await today.candidate(HANAKO)
    at = (await hanako.see())["seat"]["at"]
    async with hanako.live() as line:
        await panel.must("admit", interview=HANAKO.id)
        await line.until(lambda v: v["phase"] == "admitting" and v["admission"]["ready"])
        today.clock.shift(46)
        today.gateway.agendas["exam"].wake()
        back = await line.until(lambda v: v["phase"] == "waiting")
    assert back["lapse"] == "no_arrival"
    assert back["seat"]["at"] == at
    assert (await hanako.do("ticket")).code == "not_admitted"
    assert (await panel.see())["rows"][HANAKO.id]["lapse"] == "no_arrival"


async def test_finish_is_done_when_its_ten_seconds_are_over(today: Day) -> None:
    """By the reactor; undoing in time keeps the interview."""
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await today.candidate(HANAKO)
    async with hanako.live() as line:
        await panel.must("admit", interview=HANAKO.id)
        await line.until(lambda v: v["phase"] == "admitting" and v["admission"]["ready"])
        await hanako.must("pressed")
        await panel.must("finish", interview=HANAKO.id)
        await panel.must("finish-undo", interview=HANAKO.id)
        await panel.must("finish", interview=HANAKO.id)
        today.clock.shift(11)
        today.gateway.agendas["exam"].wake()
        await line.until(lambda v: v["phase"] == "finished")


async def bring(today: Day, *entrants: Entrant) -> None:
    now = today.clock()
    slots = tuple(Slot(e.id, e.room, now + int(e.due * MINUTE), now + int((e.due + 20) * MINUTE)) for e in entrants)
    documents = [("roster", e.id, row_of(e)) for e in entrants]
    await today.hall.execute(ImportRoster(slots), actor="cli", command_id=uuid.uuid4().hex, documents=documents)
