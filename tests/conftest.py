"""What holds for every test: which of them need Chromium, and what a missing Chromium means.

In continuous integration (``CI=true``) a missing service is a failure, never a skip. On a person's machine the tests
that need Chromium are skipped, and the last lines of the run say so.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.support.chromium import chromium_path
from tests.support.redis_server import RedisServer, redis_server

CI = os.environ.get("CI") == "true"

# Deterministic: the same examples in every run, no clock in the verdict. A search for new examples is a run of its own:
# HYPOTHESIS_PROFILE=search.
settings.register_profile("steady", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("search", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


# No test depends on a person's shell: their settings for Genkan are out of the picture.
KEPT = ("GENKAN_TEST_AHEAD", "GENKAN_CHAOS_SEED")  # of the tests themselves
for name in [name for name in os.environ if name.startswith("GENKAN_") and name not in KEPT]:
    del os.environ[name]


@pytest.fixture(autouse=True)
def own_logs() -> Iterator[None]:
    """A test that sets up a gateway's logs writes them to its own captured stream, which is closed after it."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def redis_of_the_run() -> Iterator[RedisServer]:
    with redis_server() as made:
        yield made


@pytest.fixture
def server(redis_of_the_run: RedisServer) -> RedisServer:
    """A Redis that is empty and set as the journal asks; one process serves all tests, so none may end it."""
    redis_of_the_run.renew()
    return redis_of_the_run


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items[:] = spread(items)
    if chromium_path() is not None or CI:
        return
    reason = "Chromium is not installed (sudo apt install chromium), so this test in a browser is skipped"
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=reason))


def spread(items: list[pytest.Item]) -> list[pytest.Item]:
    """The order for files that run side by side: those that start browsers and processes come at even distances among
    those that keep to one core, so that few of them are at work at once, and the slowest kinds are not left for last.
    """
    files = [list(of_one) for _, of_one in itertools.groupby(items, key=lambda item: item.path)]
    heavy = sorted((file for file in files if weight(file)), key=weight, reverse=True)
    light = [file for file in files if not weight(file)]
    placed = [(number / len(group), file) for group in (heavy, light) for number, file in enumerate(group)]
    return [item for _, file in sorted(placed, key=lambda pair: pair[0]) for item in file]


def weight(file: list[pytest.Item]) -> int:
    """How much a file starts: browsers and processes, processes, a browser, nothing."""
    marks = {mark.name for item in file for mark in item.iter_markers()}
    return ("browser" in marks) + 2 * ("process" in marks)
