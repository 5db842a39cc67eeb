"""Every sentence that the pages of staff ask for exists, in Japanese and in English."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from gateway.texts import LANGUAGES, Language, texts
from waiting_room import identity, punctuality
from waiting_room.phases import PHASES

GATEWAY = Path(__file__).parents[2] / "gateway"
CODES = {
    "console.phase": PHASES,
    "console.verdict": get_args(punctuality.Code),
    "console.explain": get_args(identity.Explanation),
    "console.claim": ("number_differs", "number_unknown", "seat_taken", "not_found", "not_this_person"),
    "console.task": (
        "overdue",
        "knocking",
        "difference",
        "claim",
        "device",
        "dropped",
        "panel_missing",
        "provider",
        "not_seen",
        "ended_there",
        "alarm_recording",
        "alarm_settings",
    ),
    "console.alarm": ("recording", "settings", "recording.says", "recording.do", "settings.says", "settings.do"),
    "console.moving": ("preparing", "open", "preparing.says", "open.says"),
    "console.failover.failover": ("title", "what", "accept", "aside"),
    "console.failover.back": ("title", "what", "accept", "aside"),
    "console.lapse": ("no_arrival", "provider_failed", "declined", "withdrawn"),
    "console.end": ("finished", "absent", "cancelled", "broken_off"),
    "console.side": ("candidate", "staff", "provider", "gateway"),
}


def asked(folder: str) -> set[str]:
    """Keys that stand as such in the scripts and the shell of a page."""
    scripts = " ".join(path.read_text("utf-8") for path in (GATEWAY / "static" / folder).glob("*.js"))
    shell = (GATEWAY / "templates" / f"{folder}.html").read_text("utf-8")
    own = {f"{folder}.{key}" for key in re.findall(r'\bt\(\s*"([a-z_.-]+)"', scripts)}
    return own | {key for key in re.findall(r't\("([a-z_.-]+)"\)', shell) if not key.endswith(".")}


@pytest.mark.parametrize(("lang", "folder"), list(product(LANGUAGES, ("console", "admin"))))
def test_every_key_in_a_page_has_its_sentence(lang: Language, folder: str) -> None:
    assert {key for key in asked(folder) if key not in texts(lang)} == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_of_a_view_has_its_word(lang: Language) -> None:
    wanted = {f"{group}.{code}" for group, codes in CODES.items() for code in codes}
    assert {key for key in wanted if key not in texts(lang)} == set()


def test_both_languages_fill_in_the_same_things() -> None:
    ja, en = texts("ja").messages, texts("en").messages
    ours = [key for key in ja if key.startswith(("console.", "admin.")) and "#" not in key]
    unlike = [
        key for key in ours if set(re.findall(r"{(\w+)}", ja[key])) != set(re.findall(r"{(\w+)}", en.get(key, "")))
    ]
    assert unlike == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_form_is_worded_with_its_title_effect_and_button(lang: Language) -> None:
    source = (GATEWAY / "static" / "console" / "forms.js").read_text("utf-8")
    names = re.findall(r'^  "?([a-z-]+)"?: \{', source, re.MULTILINE)
    assert len(names) >= 12
    wanted = {f"console.form.{name}.{part}" for name in names for part in ("title", "effect", "submit")}
    assert {key for key in wanted if key not in texts(lang)} == set()
