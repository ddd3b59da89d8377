"""Two instances started with one token: exactly one speaks, and when it ends the other goes on."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.discord.test_process import kompas, ready
from tests.doubles.discord import DiscordDouble


async def test_two_instances_with_one_token_answer_once(tmp_path: Path) -> None:
    async with DiscordDouble() as double, kompas(double, tmp_path) as first:
        await ready(double)
        async with kompas(double, tmp_path) as second:
            assert second.stderr
            while b"standing by" not in (line := await second.stderr.readline()):
                assert line, "the second one ended"
            assert len(double.gateway.sessions) == 1
            ana = double.user("Ana")
            assert (await (await ana.slash("explain", {"topic": "attribution"})).answer()).embeds
            first.send_signal(signal.SIGTERM)
            await first.communicate()
            assert first.returncode == 0
            await double.wait_ready(timeout=20)
            assert (await (await ana.slash("explain", {"topic": "attribution"})).answer()).embeds
        assert double.violations == []
