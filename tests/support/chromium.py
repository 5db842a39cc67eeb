"""The browser that the tests drive, quiet and with made-up cameras and microphones."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
)
_CALLS = (
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    # Many people in one browser: none of their tabs is in the foreground, all of them are somebody's day.
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-background-timer-throttling",
)


def chromium_path() -> Path | None:
    """``$CHROMIUM``, or what Debian or Ubuntu call it. None where there is none.

    Not Debian's headless shell, though it opens a page in half of the time: in two runs of everything it left a page
    without an answer twice, until the test's time was over.
    """
    named = os.environ.get("CHROMIUM")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    found = next((path for name in names if (path := shutil.which(name))), None)
    return Path(found) if found else None


def chromium() -> Path:
    """The same, where a test cannot do without: its absence fails the test (elsewhere than in CI it was skipped)."""
    path = chromium_path()
    assert path is not None, "Chromium is missing, and in continuous integration nothing is skipped"
    return path


def flags(*, calls: bool = False, frames: int = 20) -> list[str]:
    """To start it with. ``calls``: people talk over loopback in it; ``frames`` a second from a made-up camera."""
    return [*_QUIET, f"--use-fake-device-for-media-stream=fps={frames}", *(_CALLS if calls else ())]
