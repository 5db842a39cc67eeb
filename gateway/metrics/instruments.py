"""Counters and histograms of one gateway. Several gateways may live in one process (tests): each has its registry.

Times are seconds. Event ids are public names that an administrator chose; interviews, people, addresses and links are
in no label.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)  # what is ours: DESIGN §12's figures
SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # another company's answer, a person's way to a page
MICROSECONDS = 1_000_000


class Instruments:
    """Everything that is written as it happens. An observation costs a few microseconds."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Histogram(
            "genkan_request_seconds", "Requests answered, by the route's template and the status' hundred.",
            ("route", "status"), registry=self.registry, buckets=FAST,
        )  # fmt: skip
        self._appends = Histogram(
            "genkan_append_seconds", "From a decision to its durable entries, by outcome.",
            ("outcome",), registry=self.registry, buckets=FAST,
        )  # fmt: skip
        self._live = Histogram(
            "genkan_live_lag_seconds", "From a change that a page has to see to the frame that tells it.",
            registry=self.registry, buckets=FAST,
        )  # fmt: skip
        self._admit = Histogram(
            "genkan_admit_seconds", "From an admission's entry to the frame that tells the candidate's page.",
            registry=self.registry, buckets=FAST,
        )  # fmt: skip
        self._provider = Histogram(
            "genkan_provider_call_seconds", "Requests to a provider, by what was asked and what came of it.",
            ("provider", "kind", "outcome"), registry=self.registry, buckets=SLOW,
        )  # fmt: skip
        self._late = Histogram(
            "genkan_deadline_late_seconds", "By how much what a deadline asks for was done after it, by what it was.",
            ("what",), registry=self.registry, buckets=FAST,
        )  # fmt: skip
        self._failures = Counter(
            "genkan_failures", "Requests that ended in an error of ours.", ("code",), registry=self.registry
        )

    def answered(self, route: str, status: int, seconds: float) -> None:
        """``route``: the template, never the path."""
        self._requests.labels(route, f"{status // 100}xx").observe(seconds)

    def failed(self, code: str) -> None:
        """A problem of 500 or more."""
        self._failures.labels(code).inc()

    @contextmanager
    def appending(self) -> Iterator[None]:
        """Around an append; one that was overtaken or could not be made durable counts apart."""
        began, outcome = time.perf_counter(), "failed"
        try:
            yield
            outcome = "durable"
        finally:
            self._appends.labels(outcome).observe(time.perf_counter() - began)

    def told(self, seconds: float) -> None:
        """A page has the view that it had to see."""
        self._live.observe(seconds)

    def admitted(self, microseconds: int) -> None:
        """The candidate's page was told that its door is open."""
        self._admit.observe(max(0, microseconds) / MICROSECONDS)

    def asked(self, provider: str, kind: str, outcome: str, seconds: float) -> None:
        """``outcome``: ``ok``, or the provider error's code."""
        self._provider.labels(provider, kind, outcome).observe(seconds)

    def fell_due(self, what: str, microseconds: int) -> None:
        """A deadline's step was taken so long after its moment."""
        self._late.labels(what).observe(max(0, microseconds) / MICROSECONDS)
