"""After a purge no name, address, subject or text is in any file that the gateway has, whatever the mail was doing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.mail.world import EVENT, HANAKO, SECRET_WORD, World, world
from tests.support.post_office import PostOffice

PERSONAL = (HANAKO, "one.example", SECRET_WORD, "面接のご案内", "までに受付を済ませて")


def found_in(directory: Path) -> dict[str, list[str]]:
    """Which of the words stand in which files, as UTF-8, UTF-16 or base64's innocent neighbours."""
    found: dict[str, list[str]] = {}
    for path in directory.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            words = [w for w in PERSONAL if any(w.encode(code) in content for code in ("utf-8", "utf-16-le", "cp932"))]
            if words:
                found[str(path.relative_to(directory))] = words
    return found


async def purge(here: World) -> None:
    here.house.halls.close(EVENT)
    await here.house.book.purge(EVENT)


@pytest.mark.parametrize("doing", ["queued", "sent", "refused", "put off"])
async def test_no_byte_of_anybody_is_left(tmp_path: Path, office: PostOffice, doing: str) -> None:
    if doing in ("refused", "put off"):
        office.always[HANAKO] = "550 5.1.1 unknown" if doing == "refused" else "451 later"
    async with world(tmp_path / "d", office) as here:
        await here.operate("mail-send", what="invitation", all=True)
        if doing != "queued":
            await here.post.deliver()
        await purge(here)
        assert found_in(tmp_path) == {}  # the write-ahead log is still open
        here.clock.on(24 * 3600)
        before = len(office.received)
        await here.post.deliver()
        assert len(office.received) == before  # what was queued goes to nobody any more
        assert (await here.house.book.verify(EVENT, here.house.keys.record)).ok
    assert found_in(tmp_path) == {}


async def test_nothing_is_in_the_clear_before_a_purge_either(tmp_path: Path, office: PostOffice) -> None:
    async with world(tmp_path / "d", office) as here:
        await here.send()
        assert found_in(tmp_path) == {}
        rows = await here.house.book.journal.read(EVENT, 0)
        assert all(word.encode() not in row.body for row in rows for word in PERSONAL)


async def test_what_the_logs_say_of_mail_names_nobody(
    tmp_path: Path, office: PostOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    office.always[HANAKO] = f"550 5.1.1 <{HANAKO}> unknown"
    async with world(tmp_path / "d", office) as here:
        await here.send()
    said = "".join(capsys.readouterr())
    assert "mail_not_taken" in said
    assert not [word for word in PERSONAL if word in said]
