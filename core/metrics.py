"""What Koza counts for Prometheus. Labels come from closed sets: never a number, a name or an id.

With PROMETHEUS_MULTIPROC_DIR in the environment, which every process of the house sets at its entry, all count into
that folder and any of them can show the whole (core.counting). What stands in the database and the journal at the
moment of asking is not counted but read then, and comes from outside (config.standing).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from core import counting

REGISTRY: Final = CollectorRegistry()

#: A label value outside its set is counted as this, so that a mistake is visible and harmless.
OTHER: Final = "other"

WEBHOOK_KINDS: Final = (
    *("voice", "voice_status", "voice_step", "voice_poll", "voice_leg", "voice_safe", "voice_fallback"),
    *("conference", "recording", "sms", "sms_status", "channel_text", "channel_report", "ping"),
)
WEBHOOK_RESULTS: Final = ("stored", "duplicate", "journalled", "quarantined", "refused", "unavailable", "static")
SEND_MEDIA: Final = ("sms", "voice", "whatsapp")
SEND_RESULTS: Final = ("accepted", "delivered", "undelivered", "failed", "expired", "cancelled", "refused", "unknown")
REFUSAL_REASONS: Final = ("missing", "wrong", "shape")
CONFLICT_KINDS: Final = ("page", "send")
ALARM_KINDS: Final = (
    *("recording", "page_exhausted", "reaction_failing", "relay_stalled", "pager_stalled", "carrier_refused"),
    *("signature", "journal", "coverage_gap", "sign_in", "quarantine", "unmask", "backup", "roster", "sound"),
    *("never_dialled", "unexplained", "silent_line"),
)


class _Labelled:
    """Label values checked against closed sets; the order of names is the order of the sets."""

    def __init__(self, sets: Mapping[str, tuple[str, ...]]) -> None:
        self.names = tuple(sets)
        self._sets = sets

    def values(self, given: Mapping[str, str]) -> list[str]:
        if given.keys() != self._sets.keys():
            raise ValueError("labels are: " + ", ".join(self.names))
        return [given[name] if given[name] in self._sets[name] else OTHER for name in self.names]


class ClosedCounter:
    """A counter whose label values come from closed sets."""

    def __init__(self, name: str, help_text: str, **sets: tuple[str, ...]) -> None:
        self._labels = _Labelled(sets)
        self._metric = Counter(name, help_text, self._labels.names, registry=REGISTRY)
        self._of = cache(lambda *values: self._metric.labels(*values) if values else self._metric)

    def add(self, amount: float = 1, /, **labels: str) -> None:
        """Count `amount` more. Raises ValueError if the label names are not the counter's own."""
        self._of(*self._labels.values(labels)).inc(amount)


class ClosedHistogram:
    """A histogram of seconds whose label values come from closed sets."""

    def __init__(self, name: str, help_text: str, buckets: tuple[float, ...], **sets: tuple[str, ...]) -> None:
        self._labels = _Labelled(sets)
        self._metric = Histogram(name, help_text, self._labels.names, buckets=buckets, registry=REGISTRY)
        self._of = cache(lambda *values: self._metric.labels(*values) if values else self._metric)

    def observe(self, seconds: float, /, **labels: str) -> None:
        """Add one observation. Raises ValueError if the label names are not the histogram's own."""
        self._of(*self._labels.values(labels)).observe(seconds)


# Before the first metric is made.
counting.share()

webhook_requests = ClosedCounter(
    "koza_webhook_requests_total", "Requests of the carrier.", kind=WEBHOOK_KINDS, result=WEBHOOK_RESULTS
)
#: A first ring must be answered long before the carrier gives up (15 s); the budget is far below one second.
webhook_seconds = ClosedHistogram(
    "koza_webhook_seconds",
    "Time from the request's first byte read to the answer.",
    (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.3, 0.5, 1.0, 1.5, 3.0, 10.0),
    kind=WEBHOOK_KINDS,
)
sends = ClosedCounter(
    "koza_sends_total", "Texts and calls that left or were refused.", medium=SEND_MEDIA, result=SEND_RESULTS
)
signature_refusals = ClosedCounter(
    "koza_signature_refusals_total", "Webhooks refused before they were believed.", reason=REFUSAL_REASONS
)
conflicts = ClosedCounter("koza_conflicts_total", "Acts that another person had done first.", kind=CONFLICT_KINDS)
journal_entries = ClosedCounter("koza_journal_entries_total", "Webhooks written to the journal: the database was away.")
quarantined = ClosedCounter("koza_quarantined_total", "Webhooks kept aside because they could not be understood.")
log_lines_lost = ClosedCounter("koza_log_lines_lost_total", "Log lines that could not be written anywhere.")
alarms = ClosedCounter("koza_alarms_total", "Alarms raised for a person to look at.", kind=ALARM_KINDS)

#: What is read at the moment of asking. One that could not be read is left out: a 0 would be a false all-clear.
STANDING: Final = {
    "koza_database_up": "1 if the database answered this request in time; what stands in it is left out otherwise.",
    "koza_due_overdue_seconds": "Age of the oldest due time that nobody has served.",
    "koza_relay_lag_events": "Committed events that the relay has not published.",
    "koza_relay_lag_seconds": "Age of the oldest event that the relay has not published.",
    "koza_quarantine_open": "Webhooks in quarantine, which are kept there for 30 days.",
    "koza_webhook_conflicts_open": "Webhooks that said something else under a known SID, kept for 30 days.",
    "koza_journal_waiting": "Journal entries that are not yet in the database.",
    "koza_queue_waiting": "Contacts that wait for a person.",
    "koza_queue_oldest_seconds": "How long the longest of them waits.",
    "koza_pages_open": "Pages to on-call staff that nobody has accepted.",
}


class _Page(Collector):
    """One answer to Prometheus: the counts of all processes, and what stands."""

    def __init__(self, standing: Mapping[str, float]) -> None:
        self._standing = standing

    def collect(self) -> Iterator[Metric]:
        counts = counting.shared()
        yield from REGISTRY.collect() if counts is None else counts
        for name, value in self._standing.items():
            yield GaugeMetricFamily(name, STANDING[name], value=value)


def exposition(standing: Mapping[str, float]) -> tuple[bytes, str]:
    """The page that Prometheus fetches, and its content type; the names of ``standing`` are those of STANDING."""
    registry = CollectorRegistry()
    registry.register(_Page(standing))
    return generate_latest(registry), CONTENT_TYPE_LATEST
