"""What `kompas doctor` asks a homeserver: plain requests with the token that the bot keeps. The key store is never
opened, as it belongs to the bot that may be running.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from adapters.matrix.files import read_secret
from adapters.matrix.rooms import Room
from adapters.matrix.session import SESSION
from adapters.matrix.wire import API
from bot.doctor import Finding, clock, error, now, ok, warning
from bot.settings import MatrixAccount

SECONDS = 20.0
LINE = "Kompas doctor: a test, taken back at once."
NO_LIMIT = '{"messages_per_second":0,"burst_count":0}'

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the homeserver; status 0 = none came."""

    status: int
    body: Json
    date: str | None = None

    @property
    def errcode(self) -> str:
        """Matrix's name for what is wrong."""
        return str(self.body.get("errcode", ""))

    @property
    def cause(self) -> str:
        """Why not."""
        return f"{self.status} {self.errcode}".strip() if self.status else str(self.body.get("errcode"))


class Asking:
    """Requests with a token, once there is one."""

    def __init__(self, session: aiohttp.ClientSession, homeserver: str) -> None:
        self._session = session
        self._homeserver = homeserver
        self.token = ""

    async def __call__(self, method: str, path: str, body: Json | None = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            async with self._session.request(
                method, self._homeserver + path, json=body, headers=headers, allow_redirects=False
            ) as response:
                answer = json.loads(await response.read())
                found = answer if isinstance(answer, dict) else {"list": answer}
                return Answer(response.status, found, response.headers.get("Date"))
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            return Answer(0, {"errcode": type(problem).__name__})
        except ValueError:
            return Answer(0, {"errcode": "the answer is no JSON: another program listens there"})


@asynccontextmanager
async def asking(homeserver: str) -> AsyncIterator[Asking]:
    """Requests until the end of the block."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS), trust_env=True) as session:
        yield Asking(session, homeserver)


async def check(account: MatrixAccount, folder: Path, room: str | None) -> list[Finding]:
    """Homeserver, login, limits, device; and a dry run in `room` (an id or an alias). `folder` is the account's, which
    need not exist.
    """
    what = f"matrix {account.user}"
    async with asking(account.homeserver) as ask:
        asked_at = now()
        versions = await ask("GET", "/_matrix/client/versions")
        if versions.status != 200 or not versions.body.get("versions"):
            todo = (
                "Check KOMPAS_MATRIX_HOMESERVER: the address in the server's .well-known/matrix/client, with https://"
            )
            return [error(f"{what} homeserver", f"{account.homeserver} cannot be used ({versions.cause})", todo)]
        found = [
            ok(f"{what} homeserver", f"{account.homeserver} speaks Matrix up to {versions.body['versions'][-1]}"),
            clock(account.homeserver, versions.date, asked_at, now()),
        ]
        own, device, findings = await _log_in(ask, account, folder, what)
        found += findings
        if not ask.token:
            return found
        try:
            found.append(await _limits(ask, account, what))
            found.append(await _signed(ask, account, device, what))
            if room is not None:
                found += await _dry_run(ask, account, room)
        finally:
            if own:
                await ask("POST", f"{API}/logout", {})
        return found


async def _log_in(ask: Asking, account: MatrixAccount, folder: Path, what: str) -> tuple[bool, str, list[Finding]]:
    """Find a token that works: whether it was made for this check, the bot's device ("" = none yet), what was found."""
    kept, device = _kept(account, folder)
    found: list[Finding] = []
    what = f"{what} login"
    if kept:
        ask.token = kept
        who = await ask("GET", f"{API}/account/whoami")
        if who.status == 200 and who.body.get("user_id") == account.user:
            return False, device, [ok(what, f"the bot's token is accepted, its device is {device}")]
        ask.token = ""
        if account.password is None:
            todo = "Set a new KOMPAS_MATRIX_ACCESS_TOKEN with its KOMPAS_MATRIX_DEVICE_ID, or a password"
            return False, "", [error(what, f"the access token is not accepted ({who.cause})", todo)]
        todo = "The next start logs in as a new device"
        found.append(warning(what, f"the token of the last run is no longer accepted ({who.cause})", todo))
    assert account.password is not None  # the settings see to it
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": account.user},
        "password": account.password.get_secret_value(),
        "initial_device_display_name": "Kompas doctor",
    }
    answer = await ask("POST", f"{API}/login", body)
    if answer.status == 200:
        ask.token = str(answer.body.get("access_token", ""))
        return True, "", [*found, ok(what, "user name and password are accepted")]
    if answer.errcode == "M_FORBIDDEN":
        todo = "Check KOMPAS_MATRIX_USER and KOMPAS_MATRIX_PASSWORD"
        return False, "", [*found, error(what, "wrong user name or password", todo)]
    if answer.errcode == "M_LIMIT_EXCEEDED":
        return False, "", [*found, warning(what, "too many logins just now", "Try again in some minutes")]
    todo = "Does the server allow logins by password? If not, set an access token with its device id"
    return False, "", [*found, error(what, f"the homeserver refuses the login ({answer.cause})", todo)]


def _kept(account: MatrixAccount, folder: Path) -> tuple[str, str]:
    """The bot's own token and device, from the settings or its last run."""
    if account.access_token is not None:
        return account.access_token.get_secret_value(), account.device_id or ""
    try:
        kept = json.loads(read_secret(folder / SESSION) or "{}")
        if (kept["homeserver"], kept["user"]) == (account.homeserver, account.user):
            return str(kept["access_token"]), str(kept["device_id"])
    except (ValueError, KeyError, TypeError, OSError):
        pass
    return "", ""


async def _limits(ask: Asking, account: MatrixAccount, what: str) -> Finding:
    """Only an administrator may ask; others are told the call."""
    what = f"{what} rate limit"
    path = f"/_synapse/admin/v1/users/{quote(account.user)}/override_ratelimit"
    call = (
        f"Let an administrator of the server lift it once: curl -X POST -H 'Authorization: Bearer ADMIN_TOKEN' "
        f"-d '{NO_LIMIT}' '{account.homeserver}{path}'"
    )
    answer = await ask("GET", path)
    if answer.status == 200:
        rate = answer.body.get("messages_per_second")
        if rate == 0:
            return ok(what, "lifted for this account")
        if rate is None:
            return warning(what, "the server's own limit counts for this account", call)
        return warning(what, f"{rate} messages a second, {answer.body.get('burst_count')} at once", call)
    text = (
        "this account may not ask for its limit (Synapse's default: 10 messages at once, then one every five seconds)"
    )
    return warning(what, text, f"Unless it has been done: {call[0].lower()}{call[1:]}")


async def _signed(ask: Asking, account: MatrixAccount, device: str, what: str) -> Finding:
    what = f"{what} device signed"
    if not device:
        return ok(what, "there is no device yet; the first start makes one and signs it")
    answer = await ask("POST", f"{API}/keys/query", {"device_keys": {account.user: [device]}})
    if answer.status != 200:
        return error(what, f"cannot be told ({answer.cause})", "Try again")
    own = answer.body.get("self_signing_keys", {}).get(account.user, {}).get("keys", {})
    keys = answer.body.get("device_keys", {}).get(account.user, {}).get(device, {})
    by = keys.get("signatures", {}).get(account.user, {})
    if own and set(own) <= set(by):
        return ok(what, f"yes, {device} is signed by the account")
    why = "the account has no cross-signing keys" if not own else "it has no keys" if not keys else "not by its account"
    todo = "Start the bot with its password set: it signs its device. Strict clients do not let it read before that"
    return error(what, f"no ({device}: {why})", todo)


async def _dry_run(ask: Asking, account: MatrixAccount, room: str) -> list[Finding]:
    """Is it there, may it write, who can answer secretly. One line is posted and taken back."""
    what = f"room matrix:{room}"
    room_id = room
    if room.startswith("#"):
        alias = await ask("GET", f"{API}/directory/room/{quote(room, safe='')}")
        if alias.status != 200:
            return [error(what, f"there is no such room ({alias.cause})", "Check its name")]
        room_id = str(alias.body.get("room_id"))
    place = f"{API}/rooms/{quote(room_id, safe='')}"
    state = await ask("GET", f"{place}/state")
    if state.status != 200:
        return [error(what, f"the bot is not in it ({state.cause})", f"Invite {account.user}; it joins while it runs")]
    events = [event for event in state.body.get("list", ()) if isinstance(event, dict)]
    members = {
        str(event.get("state_key"))
        for event in events
        if event.get("type") == "m.room.member" and event.get("content", {}).get("membership") == "join"
    }
    if account.user not in members:
        return [error(what, "the bot has left it", f"Invite {account.user} again; it joins while it runs")]
    known = Room()
    for event in events:
        known.apply(event)
    encrypted = any(event.get("type") == "m.room.encryption" for event in events)
    return [
        await _write(ask, account, place, known, what, encrypted=encrypted),
        await _secretly(ask, account, members, what),
    ]


async def _write(
    ask: Asking, account: MatrixAccount, place: str, known: Room, what: str, *, encrypted: bool
) -> Finding:
    kind = "m.room.encrypted" if encrypted else "m.room.message"
    if known.replacement:
        return error(what, "another room has taken its place", f"Use that one: {known.replacement}")
    if not known.may_write(account.user, kind):
        return error(what, "the bot may not write", f"Give {account.user} the power level that messages need there")
    if encrypted:
        return ok(what, "the bot may write (encrypted, so nothing was posted: only the running bot has the keys)")
    body = {"msgtype": "m.notice", "body": LINE}
    posted = await ask("PUT", f"{place}/send/m.room.message/doctor-{secrets.token_hex(8)}", body)
    if posted.errcode == "M_LIMIT_EXCEEDED":
        return warning(what, "the bot may write, but its rate limit is used up just now", "See `rate limit` above")
    if posted.status != 200:
        return error(what, f"the bot may not write ({posted.cause})", "Give it the right to")
    event = quote(str(posted.body.get("event_id")), safe="")
    gone = await ask("PUT", f"{place}/redact/{event}/doctor-{secrets.token_hex(8)}", {"reason": "a test"})
    if gone.status != 200:
        return warning(what, f"the bot may write, but could not take its test line back ({gone.cause})", "Remove it")
    return ok(what, "the bot may write (a test line was posted and taken back)")


async def _secretly(ask: Asking, account: MatrixAccount, members: set[str], what: str) -> Finding:
    """Secret answers need a direct chat with the bot."""
    people = members - {account.user}
    if len(people) == 1:
        return ok(what, "a room of two: everything said there is between the two")
    direct = await ask("GET", f"{API}/user/{quote(account.user)}/account_data/m.direct")
    rooms = await ask("GET", f"{API}/joined_rooms")
    joined = set(rooms.body.get("joined_rooms", ()))
    chats = direct.body if direct.status == 200 else {}
    able = {user for user in people if isinstance(chats.get(user), list) and joined & set(chats[user])}
    text = f"{len(able)} of {len(people)} people can answer secretly (they have a direct chat with the bot)"
    if able == people:
        return ok(what, text)
    link = f"https://matrix.to/#/{quote(account.user, safe='@:')}"
    return warning(what, text, f"The others open one before the lesson, or during it by the link: {link}")
