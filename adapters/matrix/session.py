"""Logging in. Device, token and key store are one unit: a device whose key store is lost can never read again,
so it is removed from the account and a new one takes its place."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import structlog

from adapters.matrix.confirm import post_confirmed
from adapters.matrix.files import read_secret, write_secret
from adapters.matrix.patience import patiently
from adapters.matrix.rewound import mend_times, read_rewound
from adapters.matrix.wire import Client, Outage, Refusal
from bot.errors import PlatformRefused
from bot.settings import MatrixAccount

log = structlog.get_logger(__name__)

SESSION = "session.json"
PICKLE_KEY = "pickle.key"


async def connect(account: MatrixAccount, folder: Path, name: str) -> Client:
    """A client that is logged in, with its key store open. Waits for a homeserver that is away.

    Raises PlatformRefused (for the platform `name`) when the homeserver turns the account down.
    """
    key = account.pickle_key.get_secret_value() if account.pickle_key else _own_pickle_key(folder)
    client = Client(account.homeserver, account.user, "", str(folder), key)
    try:
        if account.access_token and account.device_id:
            await _use(client, account.device_id, account.access_token.get_secret_value(), account, name)
        else:
            kept = _kept(account, folder)
            if not await _resume(client, account, folder, name, kept):
                await _log_in(client, account, folder, name)
                if kept:
                    await _remove(client, account, kept[0])
        _open_keys(client, name)
        mend_times(client.olm.session_store)
        client.rewound = read_rewound(folder)
    except BaseException:
        await client.close()
        raise
    return client


def _kept(account: MatrixAccount, folder: Path) -> tuple[str, str] | None:
    """Device and token of the last run, if it was this account's."""
    text = read_secret(folder / SESSION)
    try:
        kept = json.loads(text) if text else {}
        same = kept["homeserver"] == account.homeserver and kept["user"] == account.user
        return (str(kept["device_id"]), str(kept["access_token"])) if same else None
    except (ValueError, KeyError, TypeError):
        return None


async def _resume(
    client: Client, account: MatrixAccount, folder: Path, name: str, kept: tuple[str, str] | None
) -> bool:
    """Go on with the device of the last run; False when there is none that still works."""
    if kept is None:
        return False
    device, token = kept
    if not (folder / f"{account.user}_{device}.db").exists():
        log.warning("the key store is gone: logging in as a new device")
        return False
    try:
        await _use(client, device, token, account, name)
    except PlatformRefused:
        log.warning("the kept session is no longer accepted: logging in as a new device")
        client.access_token = ""
        return False
    return True


async def _use(client: Client, device: str, token: str, account: MatrixAccount, name: str) -> None:
    """Try a token."""
    client.access_token = token
    try:
        who = await patiently("login", lambda: client.call("GET", "/account/whoami"))
    except Refusal as refusal:
        raise PlatformRefused(name, f"the access token is not accepted ({refusal.errcode})") from refusal
    if who.get("user_id") != account.user:
        raise PlatformRefused(name, f"the access token belongs to {who.get('user_id')}")
    if who.get("device_id", device) != device:
        raise PlatformRefused(name, f"the access token belongs to the device {who.get('device_id')}, not to {device}")
    client.user_id, client.device_id = account.user, device


async def _log_in(client: Client, account: MatrixAccount, folder: Path, name: str) -> None:
    """A new device by password, kept for the next run."""
    assert account.password  # the settings see to it
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": account.user},
        "password": account.password.get_secret_value(),
        "initial_device_display_name": "Kompas",
    }
    try:
        answer = await patiently("login", lambda: client.call("POST", "/login", body))
    except Refusal as refusal:
        cause = (
            "wrong user name or password" if refusal.errcode == "M_FORBIDDEN" else "the homeserver refuses the login"
        )
        raise PlatformRefused(name, f"{cause} ({refusal.errcode})") from refusal
    client.user_id, client.device_id, client.access_token = (
        answer["user_id"],
        answer["device_id"],
        answer["access_token"],
    )
    if client.user_id != account.user:
        raise PlatformRefused(name, f"the homeserver knows this account as {client.user_id}; set that as the user")
    write_secret(
        folder / SESSION,
        json.dumps(
            {
                "homeserver": account.homeserver,
                "user": account.user,
                "device_id": client.device_id,
                "access_token": client.access_token,
            }
        ),
    )
    log.info("logged in as a new device")


async def _remove(client: Client, account: MatrixAccount, device: str) -> None:
    """Take a device that can read nothing any more from the account, so that nobody encrypts for it."""
    password = account.password.get_secret_value() if account.password else None
    try:
        removed = device == client.device_id or await post_confirmed(
            client, "/delete_devices", {"devices": [device]}, password
        )
    except (Outage, Refusal) as error:
        log.warning("the old device stays in the account", device=device, cause=str(error))
        return
    if removed:
        log.info("the old device was removed", device=device)
    else:
        log.warning("the old device stays in the account: its removal needs a password", device=device)


def _open_keys(client: Client, name: str) -> None:
    try:
        client.load_store()
    except Exception as error:  # nio, its database or the cryptography, each with its own kind
        raise PlatformRefused(
            name,
            f"the key store cannot be opened; is MATRIX_PICKLE_KEY the one it was made with? ({type(error).__name__})",
        ) from error


def _own_pickle_key(folder: Path) -> str:
    """The key that encrypts the key store, made once."""
    key = read_secret(folder / PICKLE_KEY)
    if not key:
        key = secrets.token_urlsafe(32)
        write_secret(folder / PICKLE_KEY, key)
    return key
