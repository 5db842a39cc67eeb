"""What holds for every test: which of them need Chromium, and what a missing Chromium means.

In continuous integration (``CI=true``) a missing service is a failure, never a skip. On a person's machine the tests
that need Chromium are skipped, and the last lines of the run say so.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

CI = os.environ.get("CI") == "true"

# Deterministic: the same examples in every run, no clock in the verdict. A search for new examples is a run of its own:
# HYPOTHESIS_PROFILE=search.
settings.register_profile("steady", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("search", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


# No test depends on a person's shell: their settings for Genkan are out of the picture.
for name in [name for name in os.environ if name.startswith("GENKAN_")]:
    del os.environ[name]


def chromium_path() -> Path | None:
    """The browser that the tests drive: ``$CHROMIUM``, or what Debian or Ubuntu call it."""
    named = os.environ.get("CHROMIUM")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    found = next((path for name in names if (path := shutil.which(name))), None)
    return Path(found) if found else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if chromium_path() is not None or CI:
        return
    reason = "Chromium is not installed (sudo apt install chromium), so this test in a browser is skipped"
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Path of the browser. In continuous integration its absence fails the test that asks for it."""
    path = chromium_path()
    if path is None:
        pytest.fail("Chromium is missing, and in continuous integration nothing is skipped")
    return path
