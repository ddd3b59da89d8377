"""What people do on Discord and what they see, against the double."""

from __future__ import annotations

from bot.app import App

from tests.doubles.discord import DiscordDouble


async def test_explain_is_answered_at_once_with_buttons(app: App, double: DiscordDouble) -> None:
    ana = double.user("Ana")
    used = await ana.slash("explain", {"topic": "attribution"})
    message = await used.answer()
    assert used.response_type == 4
    assert not used.ephemeral
    print(message.text, [b.get("label") for b in message.buttons])
