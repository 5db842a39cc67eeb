"""What is looked up when Prometheus asks: how the events, the mail, the providers and the media workers stand now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from gateway.mail.post import is_rehearsal
from waiting_room.phases import PHASES

if TYPE_CHECKING:
    from gateway.app import Gateway


class Reading:
    """One answer's worth; a collector. ``workers``: by name each media worker's own status, None where it gave none."""

    def __init__(self, gateway: Gateway, workers: Mapping[str, Mapping[str, Any] | None]) -> None:
        self._gateway, self._workers = gateway, workers

    def collect(self) -> Iterator[Metric]:
        """Called by ``prometheus_client``."""
        house = self._gateway.house
        yield GaugeMetricFamily("genkan_draining", "Asked to stop.", value=house.draining.is_set())
        yield GaugeMetricFamily("genkan_store_lost", "Nothing can be recorded now.", value=house.lost)
        unread = len(self._gateway.unread)
        yield GaugeMetricFamily("genkan_events_unreadable", "Events with entries of a later release.", value=unread)
        yield from self._events()
        yield from self._providers()
        if house.post is not None:
            yield GaugeMetricFamily("genkan_mail_waiting", "Mails queued and not sent.", value=len(house.post.queue))
            trouble = house.post.trouble is not None
            yield GaugeMetricFamily("genkan_mail_down", "The mail server cannot be reached.", value=trouble)
        answering = {name: status for name, status in self._workers.items() if status is not None}
        if self._gateway.calling is not None:
            about = "Media workers that answer this gateway."
            yield GaugeMetricFamily("genkan_media_workers", about, value=len(answering))
        yield _gauge("genkan_media_up", "The media worker answers.", self._workers, lambda one: one is not None)
        yield from _media(answering)

    def _events(self) -> Iterator[Metric]:
        interviews = GaugeMetricFamily("genkan_interviews", "Interviews by phase.", labels=("event", "phase"))
        here = GaugeMetricFamily("genkan_people_here", "People whose page is heard of.", labels=("event", "role"))
        pages = GaugeMetricFamily("genkan_pages", "Pages that listen to this gateway.", labels=("event",))
        entries = GaugeMetricFamily("genkan_journal_entries", "Entries that are folded.", labels=("event",))
        unsealed = GaugeMetricFamily("genkan_journal_unsealed", "Entries after the last seal.", labels=("event",))
        missing = GaugeMetricFamily("genkan_journal_missing", "Entries that the store has lost.", labels=("event",))
        duty = GaugeMetricFamily("genkan_duty", "Whether this gateway has the work of the event.", labels=("event",))
        for hall in self._gateway.house.halls:
            if is_rehearsal(hall):
                continue
            phases = Counter(interview.phase for interview in hall.state.interviews.values())
            for phase in PHASES:
                interviews.add_metric((hall.id, phase), phases[phase])
            for role, count in hall.presence.here().items():
                here.add_metric((hall.id, role), count)
            pages.add_metric((hall.id,), len(self._gateway.lives[hall.id]) if hall.id in self._gateway.lives else 0)
            entries.add_metric((hall.id,), hall.state.head)
            unsealed.add_metric((hall.id,), hall.state.head - hall.state.sealed)
            missing.add_metric((hall.id,), hall.loss.offset - hall.loss.kept if hall.loss is not None else 0)
            duty.add_metric((hall.id,), self._gateway.house.duties.mine(hall.id))
        yield from (interviews, here, pages, entries, unsealed, missing, duty)

    def _providers(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("genkan_provider_up", "As far as this gateway has seen.", labels=("provider",))
        for name in self._gateway.house.providers:
            up.add_metric((name,), self._gateway.house.health.fall(name) is None)
        yield up


def _gauge(name: str, about: str, workers: Mapping[str, Any], value: Callable[[Any], float]) -> Metric:
    made = GaugeMetricFamily(name, about, labels=("worker",))
    for worker, status in workers.items():
        made.add_metric((worker,), value(status))
    return made


def _media(workers: Mapping[str, Mapping[str, Any]]) -> Iterator[Metric]:
    yield _gauge("genkan_media_calls", "Calls in the media worker.", workers, lambda one: one["calls"])
    yield _gauge("genkan_media_peers", "Connections in the media worker.", workers, lambda one: one["peers"])
    yield _gauge("genkan_media_seats", "Seats that its calls take.", workers, lambda one: one["seats"])
    yield _gauge("genkan_media_capacity", "People that it takes.", workers, lambda one: one["capacity"])
    yield _gauge("genkan_media_draining", "It takes no new call.", workers, lambda one: one["draining"])
    cpu = CounterMetricFamily("genkan_media_cpu_seconds", "Processor time of the media worker.", labels=("worker",))
    packets = CounterMetricFamily("genkan_media_packets", "Datagrams of the worker.", labels=("worker", "what"))
    about = "Jitter of what was forwarded, as receivers report it."
    jitter = HistogramMetricFamily("genkan_media_jitter_seconds", about, labels=("worker",))
    about = "Shares lost, summed over the reports (genkan_media_jitter_seconds_count)."
    lost = CounterMetricFamily("genkan_media_lost", about, labels=("worker",))
    for name, status in workers.items():
        cpu.add_metric((name,), status["load"]["cpu_seconds"])
        for what, count in status["packets"].items():
            packets.add_metric((name, what), count)
        reception = status["reception"]
        heard = reception["jitter"]
        bounds = [*map(str, heard["bounds"]), "+Inf"]
        buckets = list(zip(bounds, accumulate(heard["counts"]), strict=True))
        jitter.add_metric((name,), buckets, sum_value=heard["sum"])
        lost.add_metric((name,), reception["lost"])
    yield from (cpu, packets, jitter, lost)
