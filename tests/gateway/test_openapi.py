"""The description of the API is what the gateway does: fuzzed for every operation and several roles."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from tests.support.day import EVENT, HANAKO, Browser, day

EXAMPLES = 3  # an operation and role
PATIENCE = 30.0  # seconds
ROLES = ("candidate", "shared", "interviewer", "administrator", "nobody")


@dataclass
class Served:
    """A gateway on a loop of its own in another thread: schemathesis asks synchronously."""

    origin: str = ""
    document: dict[str, Any] = field(default_factory=dict)
    sids: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)


async def _serve(folder: Path, served: Served, ready: threading.Event, loop: list[Any]) -> None:
    stop = asyncio.Event()
    loop += [asyncio.get_running_loop(), stop]
    async with day(folder) as today:
        shared = today.browser()
        await shared.enter(code=today.gateway.house.links.room_code(EVENT, "r1"))
        pages: dict[str, Browser] = {
            "candidate": await today.candidate(HANAKO),
            "shared": shared,
            "interviewer": await today.staff("Ito", rooms=("r1",)),
            "administrator": await today.staff("Kanri", "administrator"),
        }
        served.origin = today.origin
        served.sids = {role: page.sid for role, page in pages.items()} | {"nobody": "x" * 22}
        served.cookies = {cookie.key: cookie.value for page in pages.values() for cookie in page.http.cookie_jar}
        served.document = (await shared.get("/api/openapi.json")).body
        ready.set()
        await stop.wait()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    found, ready, loop = Served(), threading.Event(), []  # type: ignore[var-annotated]  # filled by the thread
    folder = tmp_path_factory.mktemp("fuzz")
    thread = threading.Thread(target=lambda: asyncio.run(_serve(folder, found, ready, loop)))
    thread.start()
    assert ready.wait(PATIENCE)
    yield found
    loop[0].call_soon_threadsafe(loop[1].set)
    thread.join(PATIENCE)


@pytest.mark.parametrize("role", ROLES)
def test_no_5xx_and_only_documented_answers(served: Served, role: str) -> None:
    """Whatever fits the description, asked by each role: an answer that the description has."""
    schema = schemathesis.openapi.from_dict(served.document)
    for found in schema.get_all_operations():
        _fuzz(found.ok(), served, role)  # type: ignore[union-attr]  # a document of ours has no bad operation


def _fuzz(operation: Any, served: Served, role: str) -> None:
    bounded = settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    @bounded
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        if "sid" in (case.path_parameters or {}):
            case.path_parameters["sid"] = served.sids[role]
        if (case.query or {}).get("wait"):
            case.query["wait"] = 0
        response = case.call(
            base_url=served.origin, headers={"Origin": served.origin}, cookies=served.cookies, timeout=PATIENCE
        )
        checks = [not_a_server_error, status_code_conformance, response_schema_conformance]
        if response.status_code == 503 and "provider" in response.text:
            checks = checks[1:]  # no worker answers here: said plainly, with a code
        case.validate_response(response, checks=checks)

    check()


def test_every_command_is_described(served: Served) -> None:
    paths = served.document["paths"]
    for name in ("consent", "check-in", "admit", "ticket", "offer", "roster-import", "video-code"):
        operation = paths[f"/api/s/{{sid}}/{name}"]["post"]
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        assert body["additionalProperties"] is False
        assert "id" in body["required"]
