"""Memory of an idle Kompas with both adapters connected: Discord's local double and a real Synapse."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

from tests.doubles.discord import DiscordDouble
from tests.servers.synapse import Synapse

SETTLE_SECONDS = 12
KOMPAS = Path(sys.executable).with_name("kompas")


async def measure() -> dict[str, float]:
    """Resident memory in MB once both platforms are connected and quiet."""
    with tempfile.TemporaryDirectory() as folder:
        async with Synapse(Path(folder) / "synapse", limits="raised") as synapse, DiscordDouble() as double:
            bot = await synapse.register_fresh("kompas")
            env = {
                **os.environ,
                **double.subprocess_env(),
                "KOMPAS_DATA_DIR": f"{folder}/data",
                "KOMPAS_DISCORD_TOKEN": double.token,
                "KOMPAS_MATRIX_HOMESERVER": synapse.url,
                "KOMPAS_MATRIX_USER": bot.user_id,
                "KOMPAS_MATRIX_PASSWORD": bot.password,
                "KOMPAS_WEB_PORT": "0",
            }
            figures = {}
            for start in ("first start", "later start"):
                process = await asyncio.to_thread(
                    subprocess.Popen, [str(KOMPAS), "run"], env=env, stderr=subprocess.DEVNULL
                )
                try:
                    await double.wait_ready()
                    await asyncio.sleep(SETTLE_SECONDS)
                    figures[start] = round(psutil.Process(process.pid).memory_info().rss / 1e6, 1)
                finally:
                    process.terminate()
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        await asyncio.to_thread(process.wait, 15)
            return figures


def main() -> None:
    """Print the table and the JSON line."""
    figures = asyncio.run(measure())
    for name, value in figures.items():
        print(f"{name:12} {value} MB")
    print(json.dumps({"bench": "memory", **figures}))


if __name__ == "__main__":
    main()
