"""A server process that a test owns: its log, its readiness, its end.

Plain subprocesses and blocking waits, so that no event loop is captured: a server outlives the loops of
the tests that use it. A guard process holds the other end of a pipe to us; when we are killed without a
chance to clean up, the pipe closes and the guard ends the server, so that no orphan stays.
"""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

START_TIMEOUT = 90.0
"""Seconds a server may take until it answers; an idle machine needs 2, a crowded one far more."""
STOP_TIMEOUT = 20.0
"""Seconds a server may take to end by itself before it is killed."""

GUARD = """
import os, shutil, sys, time
sys.stdin.read()
pid, how, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
try:
    os.kill(pid, how)
    for _ in range(100):
        os.kill(pid, 0)
        time.sleep(0.1)
except ProcessLookupError:
    pass
if folder:
    shutil.rmtree(folder, ignore_errors=True)
"""


class ServerFailed(Exception):
    """A test server did not start, or ended by itself. The text ends with the tail of its log."""


class ServerProcess:
    """One start of one server. `pid` is the server's own."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        cwd: Path,
        env: dict[str, str],
        account: pwd.struct_passwd | None = None,
        orphan_signal: signal.Signals = signal.SIGTERM,
        orphan_folder: Path | None = None,
    ) -> None:
        """Starts at once, as `account` if given. The guard sends `orphan_signal`, removes `orphan_folder`."""
        self.log = log
        self._name = Path(command[0]).name
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Its own session: Ctrl-C at the terminal reaches us, and we stop it in order.
                start_new_session=True,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
            )
        watched = [str(self._process.pid), str(int(orphan_signal)), str(orphan_folder or "")]
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", GUARD, *watched],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is alive (not whether it answers)."""
        return self._process.poll() is None

    def wait_ready(self, ready: Callable[[], bool], *, timeout: float = START_TIMEOUT) -> None:
        """Blocks until `ready()`; `timeout` in seconds. Raises `ServerFailed` with the log's tail."""
        deadline = time.monotonic() + timeout
        while not ready():
            if not self.running:
                code = self._process.returncode
                self.end(signal.SIGKILL)
                raise ServerFailed(f"{self._name} ended with {code} while starting\n{tail(self.log)}")
            if time.monotonic() > deadline:
                self.end(signal.SIGKILL)
                raise ServerFailed(f"{self._name} did not answer in {timeout:.0f} s\n{tail(self.log)}")
            time.sleep(0.05)

    def end(self, how: signal.Signals) -> None:
        """Sends `how`, waits for the end, kills after `STOP_TIMEOUT` seconds. Harmless when it has ended."""
        if self.running:
            self._process.send_signal(how)
            try:
                self._process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        # The guard goes after the server: should we die in between, it still does its work.
        if self._guard.poll() is None:
            self._guard.kill()
        self._guard.wait()
        if self._guard.stdin:
            self._guard.stdin.close()

    def memory_bytes(self) -> int:
        """Resident memory of the process (Linux), in bytes; 0 where it cannot be read."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        except OSError:
            return 0
        return pages * os.sysconf("SC_PAGE_SIZE")


def free_port() -> int:
    """A TCP port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tail(log: Path, *, lines: int = 40) -> str:
    """The last lines of a log file, with its path."""
    try:
        text = log.read_text(errors="replace")
    except OSError as error:
        return f"(no log: {error})"
    return f"--- end of {log} ---\n" + "\n".join(text.splitlines()[-lines:])
