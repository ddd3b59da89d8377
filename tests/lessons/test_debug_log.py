"""An operator who looks for a fault switches the log to debug and shows it to others: no secret and nothing that
people wrote may stand in it."""

from __future__ import annotations

import asyncio
import json
import signal

import pytest

from tests.doubles.discord import DiscordDouble
from tests.matrix.conftest import Bots
from tests.servers.fixtures import People
from tests.servers.synapse import Synapse

pytestmark = pytest.mark.synapse

WRITTEN = "ferociously unusual wording"


async def test_the_log_at_debug_has_no_secret_and_no_text(
    synapse: Synapse, double: DiscordDouble, people: People, bots: Bots
) -> None:
    account = await synapse.register_fresh("kompas")
    bot = await bots.process(
        synapse,
        account,
        KOMPAS_DISCORD_TOKEN=double.token,
        KOMPAS_LOG_LEVEL="debug",
        KOMPAS_LOG_FORMAT="json",
        KOMPAS_MATRIX_PICKLE_KEY="pickled-s3cr3t",
        **double.subprocess_env(),
    )
    await double.wait_ready(timeout=30)
    await double.wait_commands(timeout=30)
    ana, ben = await people.on(synapse, "ana", encrypted=True), double.user("Benedikta Unusualname")
    room = await ana.create_room(invite=[account.user_id], encrypted=True, direct=True)
    await ana.wait_for_member(room, account.user_id)
    await ana.say(room, WRITTEN)
    await ana.wait_for_reply(room, sender=account.user_id)
    await (await ben.slash("ask", {"question": WRITTEN})).answer()
    await ben.dm(WRITTEN)
    await asyncio.sleep(0.5)
    assert await bot.end(signal.SIGTERM) == 0
    shown = bot.log.read_text()
    said = [json.loads(line)["event"] for line in shown.splitlines()]
    assert {"commands synced", "device signed", "stopped"} <= set(said)
    kept = "".join(path.read_text("utf-8", "ignore") for path in (bot.folder / "data").rglob("*.json"))
    tokens = [word for word in kept.split('"') if word.startswith(("syt_", "mct_", "MDA"))]
    assert tokens, "no access token is kept, so the test would prove nothing"
    for secret in (double.token, account.password, "pickled-s3cr3t", *tokens):
        assert secret not in shown
    for text in (WRITTEN, "ferociously", "Unusualname"):
        assert text not in shown
