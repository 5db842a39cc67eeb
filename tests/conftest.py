"""What holds for every test: which of them need Chromium, and what a missing Chromium means.

In continuous integration (``CI=true``) a missing service is a failure, never a skip. On a person's machine the tests
that need Chromium are skipped, and the last lines of the run say so.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.support.chromium import chromium_path

CI = os.environ.get("CI") == "true"

# Deterministic: the same examples in every run, no clock in the verdict. A search for new examples is a run of its own:
# HYPOTHESIS_PROFILE=search.
settings.register_profile("steady", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("search", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


# No test depends on a person's shell: their settings for Genkan are out of the picture.
for name in [name for name in os.environ if name.startswith("GENKAN_")]:
    del os.environ[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if chromium_path() is not None or CI:
        return
    reason = "Chromium is not installed (sudo apt install chromium), so this test in a browser is skipped"
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=reason))
