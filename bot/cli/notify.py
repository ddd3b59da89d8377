"""What systemd is told (sd_notify(3)): ready, alive, stopping. Nothing happens where nobody asks for it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable

ANSWER_SECONDS = 10.0
"""A database that takes longer counts as no sign of life; the watchdog waits for several."""


def notify(state: str) -> None:
    """Send one line such as `READY=1` to $NOTIFY_SOCKET."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.connect(f"\0{address[1:]}" if address.startswith("@") else address)
        sender.send(state.encode())


async def watchdog(answers: Callable[[], Awaitable[object]]) -> None:
    """Until cancelled, say `WATCHDOG=1` thrice in $WATCHDOG_USEC, as long as the event loop runs and `answers` (the
    database) does."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    if not microseconds.isdecimal() or os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return
    while True:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(ANSWER_SECONDS):
                await answers()
            notify("WATCHDOG=1")
        await asyncio.sleep(int(microseconds) / 3e6)
