"""`kompas doctor`: one line for everything that would keep the bot from working, with what to do. Whether the bot runs
meanwhile does not matter.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable
from itertools import groupby

from bot.doctor import Finding, Level, error
from bot.errors import BadSetting
from bot.settings import Settings, load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "--room",
        metavar="PLATFORM:ID",
        help="a dry run there, for example discord:1234567890 or 'matrix:!abc:example.org': posts one line, deletes it",
    )


def execute(given: argparse.Namespace) -> int:
    """Print the findings. Exit code 1 when there is an error, 0 otherwise."""
    settings = load_settings()
    platform, _, room = (given.room or "").partition(":")
    if given.room and (platform not in ("discord", "matrix") or not room):
        raise BadSetting("--room", f"{given.room!r} is not discord:CHANNEL or matrix:ROOM")
    if platform == "discord" and settings.discord_token is None:
        raise BadSetting("--room", "Discord is not set up (KOMPAS_DISCORD_TOKEN)")
    if platform == "matrix" and not settings.accounts:
        raise BadSetting("--room", "Matrix is not set up (KOMPAS_MATRIX_USER)")
    levels = asyncio.run(examine(settings, platform, room))
    counts = {level: len(list(same)) for level, same in groupby(sorted(levels))}
    print(f"errors: {counts.get(Level.ERROR, 0)}, warnings: {counts.get(Level.WARNING, 0)}")
    return 1 if Level.ERROR in levels else 0


async def examine(settings: Settings, platform: str, room: str) -> list[Level]:
    """Print each line as soon as it is known."""
    from bot.doctor.local import check_local, check_settings

    levels = _print(list(check_settings(settings)))
    levels += _print(await _unbroken("this machine", check_local(settings)))
    if settings.discord_token is not None:
        from adapters.discord.check import check as check_discord

        token = settings.discord_token.get_secret_value()
        asked = check_discord(token, settings.discord_shards, room if platform == "discord" else None)
        levels += _print(await _unbroken("discord", asked))
    for account in settings.accounts:
        from adapters.matrix.check import check as check_matrix
        from adapters.matrix.files import folder_of

        asked = check_matrix(
            account, folder_of(settings.data_dir, account.user), room if platform == "matrix" else None
        )
        levels += _print(await _unbroken(f"matrix {account.user}", asked))
    return levels


async def _unbroken(what: str, check: Awaitable[list[Finding]]) -> list[Finding]:
    """What a check found; an answer of a shape that nobody expects ends this check alone."""
    try:
        return await check
    except Exception as problem:
        return [error(what, f"the check broke off ({type(problem).__name__})", "Report this line with the version")]


def _print(found: list[Finding]) -> list[Level]:
    for finding in found:
        print(finding, flush=True)
    return [finding.level for finding in found]
