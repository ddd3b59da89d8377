"""Which platforms there are: one line each. A platform's library is imported only when the platform is set up."""

from __future__ import annotations

import asyncio
from typing import Protocol

from bot.app import App
from bot.settings import Settings


class Platform(Protocol):
    """An adapter with one account."""

    name: str
    """For logs: `discord`, `matrix @kompas:example.org`."""
    account: str
    """As `Sender.account` names it: `discord`, `matrix:@kompas:example.org`."""

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then finish what is being sent and return.

        Raises PlatformRefused when the platform turns the account down for good.
        """


def configured(settings: Settings, app: App) -> list[Platform]:
    """The platforms that the settings name."""
    platforms: list[Platform] = []
    if settings.discord_token:
        from adapters.discord.client import DiscordPlatform

        platforms.append(DiscordPlatform(app, settings, forms=app))
    if settings.accounts:
        from adapters.matrix.client import MatrixPlatform

        platforms += [MatrixPlatform(app, settings, account) for account in settings.accounts]
    return platforms
