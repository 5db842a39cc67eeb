"""Letters that an office edits: every fault is found before the first is sent, and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.faults import Fault, Faulty
from gateway.mail.letters import LAYOUT, MAX_SUBJECT, MAX_TEMPLATE_BYTES, NAMES, SAMPLE, WHATS, Letters, one_line
from gateway.mail.post import Post
from gateway.texts import LANGUAGES
from tests.gateway.mail.world import settings
from tests.support.post_office import PostOffice
from tests.support.samples import open_house


def faults(folder: Path) -> list[Fault]:
    with pytest.raises(Faulty) as caught:
        Letters(folder)
    return list(caught.value.faults)


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", WHATS)
def test_every_letter_that_is_shipped_says_what_it_has_to(what: str, language: str) -> None:
    letter = Letters().render(what, language, SAMPLE)  # type: ignore[arg-type]
    for text in (letter.text, letter.html):
        assert SAMPLE["office_telephone"] in text
        assert SAMPLE["day"] in text
        assert (SAMPLE["link"] in text) == (what not in ("absence", "cancelled"))
    if what in ("invitation", "reminder"):
        for fact in ("arrive_by", "room"):
            assert SAMPLE[fact] in letter.text
        assert SAMPLE["companions"][0]["link"] in letter.text
        assert "受験票" in letter.text
        assert "接続テスト" in letter.text or "Connection test" in letter.text


def test_the_office_s_file_stands_in_for_ours(tmp_path: Path) -> None:
    write(tmp_path, "invitation.ja.txt", "件名：{{ name }} 様へ\r\n\r\n{{ office_name }}より\r\n")
    write(tmp_path, "README.md", "notes are nobody's letter")
    letter = Letters(tmp_path).render("invitation", "ja", SAMPLE)
    assert (letter.subject, letter.text) == ("青葉 花子 様へ", "青葉市人事課より\n")


@pytest.mark.parametrize(
    ("name", "text", "code", "words"),
    [
        ("invitation.ja.txt", "件名: a\n{{ telephone }}", "unknown_variable", 'line 2: unknown variable "telephone"'),
        ("invitation.ja.txt", "件名: {{ titel }}\nx", "unknown_variable", 'line 1: unknown variable "titel"; did you'),
        ("changed.en.html", "<p>numbr</p>\n\n<p>{{ numbr }}", "unknown_variable", "line 3"),
        ("ready.ja.txt", "件名: a\n\n{% if link %}", "bad_template", "line 3"),
        ("ready.ja.txt", "件名: a\n{{ link | shout }}", "bad_template", "shout"),
        ("ready.ja.txt", "no subject\nx", "no_subject", "Subject"),
        ("ready.ja.txt", "件名: {% if companions and not companions %}x{% endif %}\nx", "no_subject", "empty"),
        ("ready.en.txt", "Subject: a\n{{ minutes + name }}", "cannot_render", "cannot be filled in"),
        ("ready.en.html", "{{ companions[0].tel }}", "cannot_render", "cannot be filled in"),
        ("invitaton.ja.txt", "件名: a\nx", "unknown_file", "invitation.ja.txt"),
        ("ready.en.txt", "Subject: a\n" + "x" * MAX_TEMPLATE_BYTES, "too_large", "large"),
        (LAYOUT, "{% block letter %}", "bad_template", "line"),
    ],
)  # fmt: skip
def test_a_fault_names_its_file_and_what_is_wrong(tmp_path: Path, name: str, text: str, code: str, words: str) -> None:
    write(tmp_path, name, text)
    found = faults(tmp_path)
    assert found[0].path == f"mail.templates/{name}"
    assert (found[0].code, words in found[0].en) == (code, True)


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    write(tmp_path, "ready.ja.txt", "件名: a\n{{ one }}{{ two }}")
    write(tmp_path, "ready.en.txt", "Subject: a\n{{ three }}")
    assert {fault.en.split('"')[1] for fault in faults(tmp_path)} == {"one", "two", "three"}


def test_a_letter_cannot_reach_into_python(tmp_path: Path) -> None:
    write(tmp_path, "ready.ja.txt", "件名: a\n{{ ''.__class__.__mro__ }}")
    assert faults(tmp_path)[0].code == "cannot_render"


async def test_a_faulty_letter_stops_the_start_and_not_the_sending(tmp_path: Path, office: PostOffice) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    write(folder, "reminder.ja.txt", "件名: a\n{{ unknown }}")
    async with open_house(tmp_path / "data") as house:
        house.settings = settings(tmp_path / "data", office, templates=folder)
        with pytest.raises(Faulty, match="unknown"):
            Post.make(house)


def test_a_subject_is_one_line_and_ends() -> None:
    assert one_line("a\r\nBcc: b\u2028c\x00") == "a Bcc: b c"
    assert len(one_line("x" * 1000)) == MAX_SUBJECT
    assert len(NAMES) == 1 + len(WHATS) * len(LANGUAGES) * 2
