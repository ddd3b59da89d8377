"""The leases that this process holds: for each bot account one process speaks, watches deadlines and writes.

A lease is kept by writing `alive_at` every second. Who finds an account free, or its holder not alive for ten seconds,
takes it with a higher epoch; whatever the old holder still writes then does nothing. A holder that is known to be dead
(its process on this machine is gone) is replaced at once, so a restart after a crash waits for nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.ports import Fence, Sessions


class Holder:
    """This process as a holder of leases."""

    def __init__(self, store: Sessions, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.name = _this_process()
        self._fences: dict[str, Fence] = {}
        self._taking = asyncio.Lock()
        self.taken: dict[str, datetime] = {}
        """Accounts taken over from somebody who was last alive then, until their sessions were seen to."""
        self.standing_by: set[str] = set()
        """Accounts that this process waits for, because another one holds them."""
        self.awake = asyncio.Event()
        """Set when there may be something to send or a deadline has changed."""

    def wake(self) -> None:
        """There may be something to do."""
        self.awake.set()

    async def fence(self, account: str) -> Fence | None:
        """The lease of the account, taken if nobody else has it; None when somebody does."""
        held = self._fences.get(account)
        if held is not None:
            return held
        async with self._taking:  # a second epoch of our own would make the first one stale
            return self._fences.get(account) or await self._take(account)

    async def _take(self, account: str) -> Fence | None:
        now = self._clock.now()
        instead_of = None
        holder = await self._store.holder_of(account)
        if holder is not None and holder != self.name and _is_dead(holder):
            instead_of = holder
        taken = await self._store.take_lease(account, self.name, now, instead_of=instead_of)
        if taken is None:
            return None
        fence, alive_at = taken
        self._fences[account] = fence
        if alive_at is not None:
            self.taken[account] = alive_at
        self.wake()
        return fence

    def held(self) -> tuple[str, ...]:
        """Accounts that this process holds."""
        return tuple(self._fences)

    async def beat(self) -> None:
        """Write that this process is alive; a lease that somebody else has by now is let go."""
        now = self._clock.now()
        for account, fence in tuple(self._fences.items()):
            if not await self._store.beat(fence, now):
                _log().warning("another process took over", account=account)
                self.lost(account)

    def lost(self, account: str) -> None:
        """The lease is gone."""
        self._fences.pop(account, None)
        self.taken.pop(account, None)

    async def release(self, *accounts: str) -> None:
        """Give these accounts up; without any named all, at a clean end."""
        for account in accounts or self.held():
            fence = self._fences.get(account)
            if fence is not None:
                await self._store.release(fence)
                self.lost(account)


def _this_process() -> str:
    """Names this process among all, also after its number is used again: where it is, pid, start."""
    pid = os.getpid()
    return f"{_here()}/{pid}/{_started(pid)}"


def _here() -> str:
    """Where process numbers mean the same: this machine, and this container on it. Hosts and containers may share a
    name."""
    machine = numbers = ""
    with contextlib.suppress(OSError):  # a container may have none
        machine = Path("/etc/machine-id").read_text().strip()[:8]
    with contextlib.suppress(OSError):  # not Linux: then nobody is known to be dead
        numbers = os.readlink("/proc/self/ns/pid").removeprefix("pid:")
    return f"{socket.gethostname()}:{machine}:{numbers}"


def _started(pid: int) -> str:
    """When the process started, in clock ticks since the machine did; "" when there is none, or on a system without
    /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def _is_dead(holder: str) -> bool:
    """Whether that process was here and is gone."""
    where, _, rest = holder.partition("/")
    pid, _, started = rest.partition("/")
    return where == _here() and bool(started) and pid.isdecimal() and _started(int(pid)) != started


def _log() -> Any:
    import structlog  # here: a third of the start of `kompas ask` would go into it

    return structlog.get_logger(__name__)
