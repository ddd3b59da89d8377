"""`kompas run` as an operator runs it, on the double."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from tests.doubles.discord import DiscordDouble

KOMPAS = Path(sys.executable).with_name("kompas")


@contextlib.asynccontextmanager
async def kompas(double: DiscordDouble, folder: Path, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The program, until the end of the block."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KOMPAS_")}
    environment |= {**double.subprocess_env(), "KOMPAS_DISCORD_TOKEN": double.token, "KOMPAS_WEB_PORT": "0"}
    environment |= {"KOMPAS_DATA_DIR": str(folder), **settings}
    process = await asyncio.create_subprocess_exec(
        KOMPAS, "run", env=environment, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def ready(double: DiscordDouble) -> None:
    await double.wait_ready(timeout=60)
    await double.wait_commands(timeout=60)


async def test_sigterm_ends_it_cleanly_within_five_seconds(double: DiscordDouble, tmp_path: Path) -> None:
    async with kompas(double, tmp_path) as process:
        await ready(double)
        used = await double.user("Ana").slash("explain", {"topic": "attribution"})
        assert (await used.answer()).embeds
        process.send_signal(signal.SIGTERM)
        _, err = await asyncio.wait_for(process.communicate(), 5)
        assert process.returncode == 0, err.decode()
        assert b"Traceback" not in err
        assert double.token.encode() not in err


async def test_a_wrong_token_is_one_line_and_exit_code_two(double: DiscordDouble, tmp_path: Path) -> None:
    async with kompas(double, tmp_path, KOMPAS_DISCORD_TOKEN="wrong-secret") as process:
        _, err = await asyncio.wait_for(process.communicate(), 60)
        lines = [line for line in err.decode().splitlines() if line.startswith("kompas:")]
        assert process.returncode == 2
        assert lines == ["kompas: discord: the token was refused (KOMPAS_DISCORD_TOKEN)"]
        assert b"Traceback" not in err
        assert b"wrong-secret" not in err
    assert [violation.route for violation in double.violations] == ["GET /users/@me"]
    double.violations.clear()


async def test_an_old_button_works_after_the_process_was_killed(double: DiscordDouble, tmp_path: Path) -> None:
    ana = double.user("Ana")
    async with kompas(double, tmp_path) as process:
        await ready(double)
        message = await (await ana.slash("explain", {"topic": "attribution"})).answer()
        process.kill()
        await process.communicate()
    await double.wait_until(lambda: not any(session.wire for session in double.gateway.sessions.values()))
    async with kompas(double, tmp_path):
        await ready(double)
        pressed = await ana.click(message, "Example")
        assert pressed.ephemeral
        assert (await pressed.answer()).embeds
    assert sum(call.method == "PUT" for call in double.requests) == 1
