"""What the scripts that are shipped do not do."""

from __future__ import annotations

import re

from .conftest import STATIC


def test_no_shipped_script_can_record() -> None:
    scripts = list(STATIC.rglob("*.js"))
    assert scripts
    for script in scripts:
        assert not re.search(r"MediaRecorder|captureStream|MediaStreamTrackProcessor", script.read_text()), script.name


def test_the_calls_module_never_touches_the_page() -> None:
    code = (STATIC / "media" / "call.js").read_text()
    assert not re.search(r"\b(document|window|innerHTML|querySelector|localStorage)\b", code)
