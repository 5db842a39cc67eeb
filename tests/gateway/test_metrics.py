"""What a gateway tells Prometheus: that it counts what happened, and nothing about anybody."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
import yaml
import yarl
from prometheus_client.parser import text_string_to_metric_families

from gateway.config import Settings
from gateway.loss import Loss
from gateway.metrics import instruments
from gateway.metrics.reading import Reading
from gateway.metrics.serving import exposition, serve_metrics
from providers.base import Retry
from providers.webrtc import reception
from providers.webrtc.reception import Reception
from tests.gateway.test_privacy import a_whole_day, secrets_of
from tests.support.day import DAY, EVENT, HANAKO, JIRO, SECOND, TARO, Day

ALERTS = Path(__file__).resolve().parents[2] / "k8s" / "monitoring" / "alerts.yaml"


async def told(today: Day) -> dict[str, float]:
    """Every sample by its name and labels as written."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families((await exposition(today.gateway)).decode()):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


async def test_whoever_hangs_up_before_they_have_asked_is_no_fault_of_ours(today: Day) -> None:
    url = yarl.URL(today.origin)
    assert url.host is not None
    _, writer = await asyncio.open_connection(url.host, url.port)
    head = f"POST /api/enter HTTP/1.1\r\nHost: x\r\nOrigin: {today.origin}\r\nContent-Type: application/json\r\n"
    writer.write(head.encode() + b"Content-Length: 100\r\n\r\n" + b'{"link"')
    await writer.drain()
    under_way = today.gateway.under_way
    async with asyncio.timeout(20):
        while not under_way._requests:  # noqa: ASYNC110 - its other end
            await asyncio.sleep(0)
        writer.transport.abort()
        await under_way.over(20)
    counted = await told(today)
    assert counted["genkan_request_seconds_count{route=/api/enter,status=4xx}"] == 1
    assert not [name for name, value in counted.items() if "internal" in name and value]


async def test_a_day_is_counted(today: Day) -> None:
    """Requests, appends, phases, who is here, how soon pages were told."""
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await today.candidate(HANAKO)
    async with hanako.live() as line:
        await line.until(lambda v: v["phase"] == "waiting")
        await hanako.must("seen")
        before = await told(today)
        assert before[f"genkan_interviews{{event={EVENT},phase=waiting}}"] == 1
        assert before[f"genkan_interviews{{event={EVENT},phase=expected}}"] == 2
        assert before[f"genkan_people_here{{event={EVENT},role=candidate}}"] == 1
        assert before[f"genkan_pages{{event={EVENT}}}"] == 1
        assert "genkan_admit_seconds_count" not in before or before["genkan_admit_seconds_count"] == 0
        await panel.must("admit", interview=HANAKO.id)
        await line.until(lambda v: v["phase"] == "admitting")
    after = await told(today)
    assert after["genkan_admit_seconds_count"] == 1
    assert after["genkan_live_lag_seconds_count"] > before["genkan_live_lag_seconds_count"]
    route = "genkan_request_seconds_count{route=/api/s/{sid}/{command},status=2xx}"
    assert after[route] == before[route] + 1
    appended = "genkan_append_seconds_count{outcome=durable}"
    assert after[appended] > before[appended]
    assert after[f"genkan_journal_entries{{event={EVENT}}}"] == today.hall.state.head


async def test_an_append_that_came_to_nothing_counts_apart(today: Day) -> None:
    """An unknown epoch, or one that was overtaken: not durable."""
    hanako = await today.candidate(HANAKO, seated=False)
    today.hall.epoch, epoch = "another", today.hall.epoch
    answer = await hanako.do("check-in", number=HANAKO.number, name=HANAKO.name)
    today.hall.epoch = epoch
    assert answer.status >= 500
    counted = await told(today)
    assert counted["genkan_append_seconds_count{outcome=failed}"] == 1
    assert counted["genkan_append_seconds_count{outcome=durable}"] > 0
    assert sum(count for name, count in counted.items() if name.startswith("genkan_failures_total")) == 1


async def test_what_keeps_a_gateway_from_recording_is_told_and_who_is_at_work(today: Day) -> None:
    told_before = await told(today)
    well = {"genkan_store_lost": 0, f"genkan_journal_missing{{event={EVENT}}}": 0, "genkan_events_unreadable": 0}
    assert {name: told_before[name] for name in well} == well
    assert told_before[f"genkan_duty{{event={EVENT}}}"] == 1
    house = today.gateway.house
    house.book.journal.contact.found(lost=True)
    today.hall.loss = Loss(offset=118, at=2, kept=100, kept_at=1, gone=False)
    today.gateway.unread.add("other")
    house.duties.end(EVENT)
    counted = await told(today)
    today.hall.loss = None
    assert {name: counted[name] for name in well} == dict(zip(well, (1, 18, 1), strict=True))
    assert counted[f"genkan_duty{{event={EVENT}}}"] == 0


async def test_a_refused_request_and_an_error_of_ours_are_told_apart(today: Day) -> None:
    hanako = await today.candidate(HANAKO)
    await hanako.do("admit", interview=HANAKO.id)
    today.gateway.house.metrics.failed("store")
    counted = await told(today)
    assert counted["genkan_request_seconds_count{route=/api/s/{sid}/{command},status=4xx}"] == 1
    assert counted["genkan_failures_total{code=store}"] == 1


async def test_a_providers_answers_are_timed_by_what_came_of_them(today: Day) -> None:
    house = today.gateway.house
    with house.health.asking("scripted", "open"):
        pass
    with pytest.raises(Retry), house.health.asking("scripted", "open"):
        raise Retry("unreachable")
    counted = await told(today)
    assert counted["genkan_provider_call_seconds_count{kind=open,outcome=ok,provider=scripted}"] == 1
    assert counted["genkan_provider_call_seconds_count{kind=open,outcome=unreachable,provider=scripted}"] == 1
    assert counted["genkan_provider_up{provider=scripted}"] == 1


async def test_a_deadline_that_is_done_late_says_by_how_much(today: Day) -> None:
    """A gateway that was away is late by as long."""
    metrics, late = today.gateway.house.metrics, asyncio.Queue[int]()
    fell_due = metrics.fell_due

    def heard(what: str, microseconds: int) -> None:
        fell_due(what, microseconds)
        late.put_nowait(microseconds)

    metrics.fell_due = heard  # type: ignore[method-assign]
    today.clock.shift((today.hall.state.policy.absent_after or 0) + 3600)
    today.gateway.agendas[EVENT].wake()
    async with asyncio.timeout(30):
        assert [await late.get() >= 2000 * SECOND for _ in DAY] == [True, True, True]
    counted = await told(today)
    assert counted["genkan_deadline_late_seconds_count{what=propose}"] == len(DAY)
    assert counted["genkan_deadline_late_seconds_bucket{le=5.0,what=propose}"] == 0


async def test_nothing_of_anybody_is_in_it(today: Day) -> None:
    """No number, name, link, session or interview's id, after a day with messages and reasons in it."""
    people = await a_whole_day(today)
    text = (await exposition(today.gateway)).decode()
    for entrant in (HANAKO, TARO, JIRO):
        assert not [secret for secret in secrets_of(today, entrant) if secret in text]
    assert not [browser.sid for browser in people.values() if browser.sid in text]
    assert "電車" not in text


async def test_it_is_served_on_a_port_of_its_own_and_not_to_candidates(today: Day) -> None:
    async with serve_metrics(today.gateway, "127.0.0.1", 0) as port, aiohttp.ClientSession() as http:
        async with http.get(f"http://127.0.0.1:{port}/metrics") as answer:
            assert answer.status == 200
            assert "genkan_draining 0.0" in await answer.text()
        async with http.get(f"{today.origin}/metrics") as answer:
            assert answer.status == 404


def test_nothing_listens_unless_it_is_set(tmp_path: Path) -> None:
    assert Settings.parse({}, base=tmp_path).metrics is None
    found = Settings.parse({"metrics": {"port": 9000}}, base=tmp_path).metrics
    assert found is not None
    assert (found.host, found.port) == ("127.0.0.1", 9000)


async def test_every_answer_names_the_request_that_the_log_names(today: Day) -> None:
    """Also a refusal, and a page: what somebody reads out on the telephone is found."""
    browser = today.browser()
    ids = set()
    for path in ("/api/nothing", "/", "/static/base.css"):
        async with browser.http.get(today.origin + path) as answer:
            ids.add(answer.headers["X-Request-Id"])
    assert len(ids) == 3
    assert all(len(one) == 16 for one in ids)


# --- the media worker ----------------------------------------------------------------------------------------------


def status_of(reception: Reception) -> dict[str, Any]:
    return {
        "calls": 1, "peers": 2, "seats": 4, "capacity": 160, "draining": False, "load": {"cpu_seconds": 1.5},
        "packets": {"sent": 7}, "reception": reception.to_json(),
    }  # fmt: skip


async def test_jitter_is_in_seconds_and_summed_up_as_prometheus_wants_it(today: Day) -> None:
    heard = Reception()
    for jitter in (48, 480, 48_000):  # of a clock of 48 kHz: 1 ms, 10 ms, 1 s
        heard.heard(64, jitter, 48_000)
    status = status_of(heard)
    families = {family.name: family for family in Reading(today.gateway, {"m1": status, "m2": None}).collect()}
    buckets = {s.labels["le"]: s.value for s in families["genkan_media_jitter_seconds"].samples if "le" in s.labels}
    assert (buckets["0.005"], buckets["0.01"], buckets["0.2"], buckets["+Inf"]) == (1, 2, 2, 3)
    assert families["genkan_media_lost"].samples[0].value == 0.75


# --- alerts ----------------------------------------------------------------------------------------------------------


def rules() -> list[dict[str, Any]]:
    (document,) = yaml.safe_load_all(ALERTS.read_text("utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


async def test_every_alert_asks_for_metrics_that_there_are(today: Day) -> None:
    """By name; a renamed metric would make an alert silent."""
    await a_whole_day(today)
    house = today.gateway.house
    house.post, saved = SimpleNamespace(queue=(), trouble=None), house.post  # type: ignore[assignment]
    workers = {"m1": status_of(Reception())}
    names = {sample.name for family in Reading(today.gateway, workers).collect() for sample in family.samples}
    house.post = saved
    for family in house.metrics.registry.collect():
        names |= {sample.name for sample in family.samples} | {
            f"{family.name}{suffix}" for suffix in ("_bucket", "_sum", "_count", "_total")
        }
    names |= {"genkan_media_workers", "up"}
    for rule in rules():
        asked = set(_words(rule["expr"]))
        assert asked, rule
        assert asked <= names, (rule["alert"], asked - names)
        assert {"summary", "description"} <= rule["annotations"].keys()


def _words(expression: str) -> list[str]:
    return re.findall(r"\b(?:genkan_\w+|up)\b", expression.replace('job="genkan"', ""))


def test_a_bucket_ends_at_each_figure_that_an_alert_asks_about() -> None:
    """A quantile between two far bounds would be an estimate of nothing."""
    for rule in rules():
        if (asked := re.search(r"histogram_quantile\(.*(genkan_\w+)_bucket.*> ([\d.]+)$", rule["expr"])) is not None:
            bounds = reception.BOUNDS if "jitter" in asked[1] else instruments.FAST
            assert float(asked[2]) in bounds, rule["alert"]
