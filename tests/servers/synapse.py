"""A real Synapse on loopback: SQLite, no federation, its own data folder and port.

Two sets of limits. `raised` is out of the way of a test about something else; `default` is what a
school's untuned homeserver does (0.2 events a second after a burst of 10). Everything a bot can see
besides the limits is Synapse's own default, among it room version 12 and at most 100 events per room in
a sync.

Start, stop and kill exist as blocking methods (for session fixtures, which have no event loop) and as
coroutines.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import secrets
import signal
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import quote

import aiohttp

from .environments import clean_environ, environment
from .process import ServerFailed, ServerProcess, free_port

Limits = Literal["raised", "default"]
_FREE = {"per_second": 10_000, "burst_count": 10_000}
RAISED: dict[str, Any] = {
    "rc_message": _FREE,
    "rc_registration": _FREE,
    "rc_registration_token_validity": _FREE,
    "rc_login": {"address": _FREE, "account": _FREE, "failed_attempts": _FREE},
    "rc_admin_redaction": _FREE,
    "rc_joins": {"local": _FREE, "remote": _FREE},
    "rc_joins_per_room": _FREE,
    "rc_key_requests": _FREE,
    "rc_3pid_validation": _FREE,
    "rc_invites": {"per_room": _FREE, "per_user": _FREE, "per_issuer": _FREE},
    "rc_third_party_invite": _FREE,
    "rc_media_create": _FREE,
    "rc_presence": {"per_user": _FREE},
    "rc_delayed_event_mgmt": _FREE,
    "rc_room_creation": _FREE,
    "rc_reports": _FREE,
    "rc_user_directory": _FREE,
    "rc_profile": _FREE,
}

# A proxy set for downloads must not be asked for loopback.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Account:
    """A registered user with one device, ready to use without a login (logins have a limit of their own)."""

    user_id: str
    password: str
    access_token: str
    device_id: str


class MatrixError(Exception):
    """The homeserver refused: HTTP `status`, `errcode`, and for a 429 `retry_after` in seconds."""

    def __init__(self, status: int, body: dict[str, Any], what: str) -> None:
        self.status = status
        self.errcode = str(body.get("errcode", "M_UNKNOWN"))
        self.retry_after = float(body.get("retry_after_ms", 0)) / 1000
        super().__init__(f"{what}: {status} {self.errcode} {body.get('error', '')}")


class Synapse:
    """One homeserver. `folder` keeps its data, so a restart finds everything again, on the same port."""

    def __init__(self, folder: Path, *, limits: Limits = "raised", **config: Any) -> None:
        """`config` is merged over the written homeserver.yaml (Synapse's own setting names)."""
        self.folder = folder
        self.limits = limits
        self.server_name = "kompas.test"
        self.port = 0
        self.log = folder / "synapse.log"
        self._config = config
        self._secret = secrets.token_hex(16)
        self._process: ServerProcess | None = None
        self._admin: Account | None = None

    @property
    def url(self) -> str:
        """The base URL of the client-server API."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.running

    @property
    def memory_bytes(self) -> int:
        """Resident memory of the server, in bytes; 0 when it is stopped."""
        return self._process.memory_bytes() if self._process else 0

    # -- life ---------------------------------------------------------

    def start_blocking(self) -> None:
        """Starts, waits for /health. Raises `ServerUnavailable` or `ServerFailed`. Nothing if it runs."""
        if self.running:
            return
        python = environment("synapse").python
        first = self.port == 0
        for attempt in range(3):
            if first:
                self.port = free_port()
                self._write_config()
            self._process = ServerProcess(
                [str(python), "-m", "synapse.app.homeserver", "-c", str(self.folder / "homeserver.yaml")],
                log=self.log,
                cwd=self.folder,
                env=clean_environ(),
            )
            try:
                self._process.wait_ready(self._healthy)
            except ServerFailed as error:
                # Somebody took the port between our look and Synapse's. (A restart must keep its port.)
                if not first or attempt == 2 or "in use" not in str(error):
                    raise
            else:
                return

    def stop_blocking(self) -> None:
        """Ends the server in order (SIGTERM) and waits."""
        self._end(signal.SIGTERM)

    def kill_blocking(self) -> None:
        """Ends the server as a power cut would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """The server answers nothing, but its connections stay open; until `thaw`."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it stood."""
        self._signal(signal.SIGCONT)

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
        await self.stop()

    # -- accounts -----------------------------------------------------

    async def register(self, name: str, password: str | None = None, *, admin: bool = False) -> Account:
        """Makes `@name:kompas.test` through the shared-secret endpoint, which no limit applies to."""
        password = password or secrets.token_hex(8)
        nonce = (await self.request("GET", "/_synapse/admin/v1/register"))["nonce"]
        signed = "\0".join((nonce, name, password, "admin" if admin else "notadmin"))
        answer = await self.request(
            "POST",
            "/_synapse/admin/v1/register",
            {
                "nonce": nonce,
                "username": name,
                "password": password,
                "admin": admin,
                "mac": hmac.new(self._secret.encode(), signed.encode(), hashlib.sha1).hexdigest(),
            },
        )
        return Account(answer["user_id"], password, answer["access_token"], answer["device_id"])

    async def register_fresh(self, name: str = "person", *, admin: bool = False) -> Account:
        """Like `register`, with a random tail to the name.

        Never use a name twice: Synapse answers an equal first sync from a cache for two minutes.
        """
        return await self.register(f"{name}-{secrets.token_hex(4)}", admin=admin)

    async def override_ratelimit(self, user_id: str, *, per_second: int = 0, burst: int = 0) -> None:
        """Gives a user a message limit of its own; 0 and 0 lift it (what an admin does for a bot)."""
        await self.admin(
            "POST",
            f"/_synapse/admin/v1/users/{quote(user_id)}/override_ratelimit",
            {"messages_per_second": per_second, "burst_count": burst},
        )

    async def restore_ratelimit(self, user_id: str) -> None:
        """The server's own limits count for the user again."""
        await self.admin("DELETE", f"/_synapse/admin/v1/users/{quote(user_id)}/override_ratelimit")

    async def admin(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """A request as the server's administrator, who is made at first use."""
        if self._admin is None:
            self._admin = await self.register_fresh("admin", admin=True)
        return await self.request(method, path, body, token=self._admin.access_token)

    async def request(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, token: str | None = None
    ) -> dict[str, Any]:
        """One HTTP request, its JSON answer. Raises `MatrixError`."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with (
            aiohttp.ClientSession(self.url) as session,
            session.request(method, path, json=body, headers=headers) as response,
        ):
            answer: dict[str, Any] = await response.json()
            if response.status != 200:
                raise MatrixError(response.status, answer, f"{method} {path}")
            return answer

    # -- inside -------------------------------------------------------

    def _signal(self, what: signal.Signals) -> None:
        if self._process:
            os.kill(self._process.pid, what)

    def _end(self, how: signal.Signals) -> None:
        if self._process:
            self._process.end(how)
            self._process = None

    def _healthy(self) -> bool:
        try:
            with _direct.open(f"{self.url}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _write_config(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "media").mkdir(exist_ok=True)
        seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        (self.folder / "signing.key").write_text(f"ed25519 a_test {seed}\n")
        listener = {
            "port": self.port,
            "type": "http",
            "bind_addresses": ["127.0.0.1"],
            "resources": [{"names": ["client"], "compress": False}],
        }
        config: dict[str, Any] = {
            "server_name": self.server_name,
            "public_baseurl": f"{self.url}/",
            "listeners": [listener],
            "database": {"name": "sqlite3", "args": {"database": str(self.folder / "homeserver.db")}},
            "media_store_path": str(self.folder / "media"),
            "signing_key_path": str(self.folder / "signing.key"),
            "log_config": str(self.folder / "log.yaml"),
            "registration_shared_secret": self._secret,
            "macaroon_secret_key": secrets.token_hex(16),
            "form_secret": secrets.token_hex(16),
            # The fewest rounds there are: a hash costs 1 ms rather than 250.
            "bcrypt_rounds": 4,
            "report_stats": False,
            "presence": {"enabled": False},
            "send_federation": False,
            "federation_domain_whitelist": [],
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "url_preview_enabled": False,
            "caches": {"global_factor": 0.2},
            "event_cache_size": "1K",
            **(RAISED if self.limits == "raised" else {}),
            **self._config,
        }
        log: dict[str, Any] = {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
            "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"level": "WARNING", "handlers": ["out"]},
            "loggers": {
                # Its two warnings at every start are about this being a test server.
                "synapse.config.logger": {"level": "WARNING"},
                # One line for each request: what a failed test needs first.
                "synapse.access.http": {"level": "INFO"},
            },
        }
        # JSON is YAML; the tests need no YAML writer for this.
        (self.folder / "homeserver.yaml").write_text(json.dumps(config, indent=1))
        (self.folder / "log.yaml").write_text(json.dumps(log, indent=1))
