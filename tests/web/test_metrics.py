"""What an operator's monitoring reads."""

import re
from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families

from adapters.memory.room import MemorySender
from adapters.web.health import serving
from bot.model.ids import RoomId, UserId
from bot.model.request import Request, Text

from .test_health import page, port  # noqa: F401

ASKED = ("what is cyber diplomacy", "how do I bake bread", "I was hacked")


def said(text, now):
    return Request(
        user=UserId("memory", "user-4711"),
        room=RoomId("memory", "room-0815"),
        said=Text(text, bare=True),
        received_at=now,
        private=True,
        name="Ana Anić",
    )


def figures(lines):
    families = text_string_to_metric_families("\n".join(lines) + "\n")
    return {(s.name, *sorted(s.labels.values())): s.value for family in families for s in family.samples}


async def test_questions_replies_and_accounts_are_counted(app, clock, port):  # noqa: F811
    async with serving(app, "127.0.0.1", port, ["memory"]):
        app.senders.connect(MemorySender())
        for text in ("language en", *ASKED):
            assert await app.handle(said(text, clock.now()))
        status, lines = await page(port, "metrics")
        found = figures(lines)
    assert status == 200
    zones = {key[1:]: value for key, value in found.items() if key[0] == "kompas_questions_total"}
    assert zones == {("answer", "memory"): 1, ("memory", "refuse"): 1, ("memory", "safety"): 1}
    assert found["kompas_reply_seconds_count", "memory"] == 4
    assert found["kompas_connected", "memory"] == 1
    assert found["kompas_sessions_running", "memory"] == 0


async def test_the_lag_of_an_account_that_another_process_serves_is_not_ours(app, port):  # noqa: F811
    async with serving(app, "127.0.0.1", port, ["memory"]):
        app.senders.connect(MemorySender())
        app.metrics.synced("memory")
        assert 0 <= figures((await page(port, "metrics"))[1])["kompas_sync_lag_seconds", "memory"] < 5
        app.senders.disconnect("memory")
        found = figures((await page(port, "metrics"))[1])
        assert ("kompas_sync_lag_seconds", "memory") not in found
        assert found["kompas_connected", "memory"] == 0


async def test_nobody_can_be_found_in_the_page(app, clock, port):  # noqa: F811
    async with serving(app, "127.0.0.1", port, ["memory"]):
        for text in ASKED:
            await app.handle(said(text, clock.now()))
        text = "\n".join((await page(port, "metrics"))[1])
    for word in ("4711", "0815", "Ana", "Anić", "diplomacy", "bread", "hacked"):
        assert word not in text
    labels = set(re.findall(r'(\w+)="', text))
    assert labels <= {"platform", "zone", "by", "account", "le", "generation", "implementation", "version"}


async def test_an_unexpected_error_is_counted(app, clock, port, monkeypatch):  # noqa: F811
    async with serving(app, "127.0.0.1", port, []):

        async def broken(*_):
            raise OSError

        monkeypatch.setattr(app.store, "place", broken)
        assert await app.handle(said("help", datetime.now(UTC)))
        assert figures((await page(port, "metrics"))[1])["kompas_incidents_total", "memory"] == 1


async def test_without_a_database_there_are_still_counts(app, clock, port, monkeypatch):  # noqa: F811
    async with serving(app, "127.0.0.1", port, ["memory"]):
        await app.handle(said("help", clock.now()))

        async def away(*_):
            raise OSError

        monkeypatch.setattr(app.store, "running", away)
        status, lines = await page(port, "metrics")
        assert status == 200
        assert figures(lines)["kompas_reply_seconds_count", "memory"] == 1
