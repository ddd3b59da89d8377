"""`/metrics`: what was counted, in Prometheus' text format. Labels are platforms, zones and the bot's own accounts."""

from __future__ import annotations

import time
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from bot.ports.metrics import Metrics

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.4, 1.0, 3.0, 10.0)
"""Borders of the histogram; 0.4 is the budget of a Discord interaction, 3.0 its end."""


class PrometheusMetrics(Metrics):
    """Counts in a registry of its own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        self._asked = Counter(
            "kompas_questions", "Questions, by how they were understood", ["zone", "platform"], registry=registry
        )
        self._replied = Histogram(
            "kompas_reply_seconds", "Time to make a reply", ["platform"], buckets=SECONDS, registry=registry
        )
        self._failed = Counter(
            "kompas_incidents", "Unexpected errors, each logged under a code", ["platform"], registry=registry
        )
        self._deferred = Counter(
            "kompas_acknowledgements_late", "Replies announced first", ["platform"], registry=registry
        )
        self._lost = Counter(
            "kompas_acknowledgements_lost", "People who could not be answered in time", ["platform"], registry=registry
        )
        self._limited = Counter(
            "kompas_rate_limited", "Times somebody had to slow down, by who said so", ["by"], registry=registry
        )
        self._kept = Counter("kompas_answers", "Quiz answers on the disk", registry=registry)
        self._running = Gauge("kompas_sessions_running", "Running quiz sessions", ["account"], registry=registry)
        self._waiting = Gauge(
            "kompas_outbox_waiting", "Messages of quizzes that wait to be sent", ["account"], registry=registry
        )
        self._connected = Gauge(
            "kompas_connected", "1 when the account is connected here", ["account"], registry=registry
        )
        self._lag = Gauge(
            "kompas_sync_lag_seconds",
            "Since the account last heard from its homeserver",
            ["account"],
            registry=registry,
        )
        self._heard: dict[str, float] = {}

    def asked(self, zone: str, platform: str) -> None:
        self._asked.labels(zone, platform).inc()

    def replied(self, seconds: float, platform: str) -> None:
        self._replied.labels(platform).observe(seconds)

    def failed(self, platform: str) -> None:
        self._failed.labels(platform).inc()

    def deferred(self, platform: str) -> None:
        self._deferred.labels(platform).inc()

    def lost(self, platform: str) -> None:
        self._lost.labels(platform).inc()

    def limited(self, by: str) -> None:
        self._limited.labels(by).inc()

    def kept(self, answers: int) -> None:
        self._kept.inc(answers)

    def synced(self, account: str) -> None:
        self._heard[account] = time.monotonic()

    def page(self, connected: Mapping[str, bool], quizzes: Mapping[str, tuple[int, int]]) -> bytes:
        """The page. By account: whether it is connected here; its running sessions and its waiting messages."""
        for account, here in connected.items():
            self._connected.labels(account).set(here)
            if here and account in self._heard:
                self._lag.labels(account).set(time.monotonic() - self._heard[account])
            else:  # another process hears for it, or the platform has no sync
                self._lag.remove(account)
        for account, (running, waiting) in quizzes.items():
            self._running.labels(account).set(running)
            self._waiting.labels(account).set(waiting)
        return generate_latest(self.registry)
