"""Scripts that need no browser: the QR code, and what shipped scripts may not contain."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import segno

STATIC = Path(__file__).parents[2] / "gateway" / "static"
RUN = """
const [file, text, mask] = process.argv.slice(1);
const { modules } = await import(file);
console.log(JSON.stringify(modules(text, Number(mask))));
"""


@pytest.mark.parametrize("length", [14, 26, 42, 62, 84])
def test_the_qr_code_is_the_one_that_segno_makes(length: int) -> None:
    """Lengths that fill their version exactly: segno pads shorter ones with a zero byte more than the standard asks."""
    text = ("https://interview.city.example.jp/v#" + "0123456789" * 5)[:length]
    made = subprocess.run(
        ["node", "--input-type=module", "-e", RUN, str(STATIC / "candidate" / "qr.js"), text, "3"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    wanted = segno.make(text, error="m", mode="byte", mask=3, boost_error=False, micro=False).matrix
    assert json.loads(made.stdout) == [list(row) for row in wanted]


def test_no_shipped_script_records_or_parses_unescaped_text() -> None:
    parsing = re.compile(r"\.(innerHTML|outerHTML)\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function")
    allowed = {STATIC / "html.js", STATIC / "console" / "patch.js"}  # both parse only what `html` has escaped
    for path in STATIC.rglob("*.js"):
        source = path.read_text("utf-8")
        assert "MediaRecorder" not in source, path
        assert path in allowed or not parsing.search(source), path
