"""What all tests share: the real knowledge, loaded once; a clock that tests move; NOT RUN parts listed at the end."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta

import pytest
from discord.gateway import KeepAliveHandler

from bot.app import App
from bot.artifacts import Knowledge, load_knowledge
from bot.limits import Limiter
from bot.store.memory import MemoryStore

from .servers.fixtures import people, postgres, postgres_url, synapse, synapse_default  # noqa: F401


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def move(self, **by: float) -> None:
        self.time += timedelta(**by)


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def app(knowledge: Knowledge, clock: FakeClock) -> App:
    return App(knowledge, MemoryStore(), clock, limiter=Limiter())


@pytest.fixture(autouse=True)
def no_heartbeat_outlives_its_test():
    """A heartbeat thread that is left behind fails in the middle of some other test, when its event loop is closed."""
    yield
    left = [
        thread
        for thread in threading.enumerate()
        if isinstance(thread, KeepAliveHandler) and not thread._stop_ev.is_set()
    ]
    for thread in left:
        thread.stop()
    assert not left, f"heartbeats go on after the connection: {left}"


NOT_RUN = "NOT RUN: "


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A part that cannot run here is a failure where everything must run."""
    report = yield
    reason = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else ""
    if report.skipped and NOT_RUN in str(reason) and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"{reason} (CI is set, so this is a failure)"
    return report


def pytest_terminal_summary(terminalreporter) -> None:
    """List what did not run, by reason."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
        if NOT_RUN in reason:
            text = reason.partition(NOT_RUN)[2]
            reasons[text] = reasons.get(text, 0) + 1
    for text, count in reasons.items():
        terminalreporter.write_line(f"NOT RUN ({count} tests): {text}", yellow=True)
