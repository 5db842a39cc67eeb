"""What is looked up when Prometheus asks: how the events, the mail, the providers and the media worker stand now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from gateway.mail.post import is_rehearsal
from waiting_room.phases import PHASES

if TYPE_CHECKING:
    from gateway.app import Gateway


class Reading:
    """One answer's worth; a collector. ``worker``: the media worker's own status, None where it gave none."""

    def __init__(self, gateway: Gateway, worker: Mapping[str, Any] | None) -> None:
        self._gateway, self._worker = gateway, worker

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
        if self._gateway.calling is not None:
            yield GaugeMetricFamily("genkan_media_up", "The media worker answers.", value=self._worker is not None)
        if self._worker is not None:
            yield from _media(self._worker)

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


def _media(status: Mapping[str, Any]) -> Iterator[Metric]:
    yield GaugeMetricFamily("genkan_media_calls", "Calls in the media worker.", value=status["calls"])
    yield GaugeMetricFamily("genkan_media_peers", "Connections in the media worker.", value=status["peers"])
    cpu = status["load"]["cpu_seconds"]
    yield CounterMetricFamily("genkan_media_cpu_seconds", "Processor time of the media worker.", value=cpu)
    packets = CounterMetricFamily("genkan_media_packets", "Datagrams of the media worker.", labels=("what",))
    for what, count in status["packets"].items():
        packets.add_metric((what,), count)
    yield packets
    reception = status["reception"]
    jitter = reception["jitter"]
    bounds = [*map(str, jitter["bounds"]), "+Inf"]
    buckets = list(zip(bounds, accumulate(jitter["counts"]), strict=True))
    about = "Jitter of what was forwarded, as receivers report it."
    yield HistogramMetricFamily("genkan_media_jitter_seconds", about, buckets=buckets, sum_value=jitter["sum"])
    lost = "Shares lost, summed over the reports (genkan_media_jitter_seconds_count)."
    yield CounterMetricFamily("genkan_media_lost", lost, value=reception["lost"])
