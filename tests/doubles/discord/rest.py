"""The REST operations: each function is one operation of API v10 and returns its JSON, or None for 204."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import gateway, limits
from .openapi import Problem
from .world import COMPONENTS_V2, EPHEMERAL, LOADING, Channel, Json, Message, User, now_iso, walk

if TYPE_CHECKING:
    from .people import Interaction
    from .server import DiscordDouble

OPERATIONS: list[tuple[str, str, re.Pattern[str], Callable[..., Any]]] = []


class ApiError(Exception):
    """An answer of 4xx. `problems` are its form errors; recorded as violations if `blame`."""

    def __init__(self, status: int, code: int, message: str, problems: list[Problem] | None = None,
                 blame: bool = True) -> None:  # fmt: skip
        super().__init__(message)
        self.status, self.code, self.message, self.blame = status, code, message, blame
        self.problems = problems or []

    def json(self) -> Json:
        errors: Json = {}
        for path, sentence in self.problems:
            node = errors
            for key in filter(None, path.split(".")):
                node = node.setdefault(key, {})
            node.setdefault("_errors", []).append({"code": "INVALID", "message": sentence})
        return {"code": self.code, "message": self.message} | ({"errors": errors} if errors else {})


def missing(code: int, what: str) -> ApiError:
    """404 for something that may just have been deleted: no fault of the bot."""
    return ApiError(404, code, f"Unknown {what}", blame=False)


@dataclass(slots=True)
class Call:
    """One request of the bot; `status` is filled with the answer."""

    method: str
    path: str
    query: Json = field(default_factory=dict)
    body: Any = None
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    at: float = field(default_factory=time.monotonic)
    status: int = 0


def route(method: str, template: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    pattern = re.compile(re.sub(r"\{(\w+)\}", lambda m: r"(\d+)" if m[1].endswith("_id") else "([^/]+)", template))

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        OPERATIONS.append((method, template, pattern, function))
        return function

    return register


# Who and where.

@route("GET", "/gateway")
@route("GET", "/gateway/bot")
def get_gateway(d: DiscordDouble, call: Call) -> Json:
    if call.path == "/gateway":
        return {"url": d.gateway_url}
    limit = {"total": 1000, "remaining": 1000 - d.gateway.identifies, "reset_after": 0, "max_concurrency": d.max_concurrency}
    return {"url": d.gateway_url, "shards": d.shards, "session_start_limit": limit}


@route("GET", "/applications/@me")
@route("GET", "/oauth2/applications/@me")
def get_application(d: DiscordDouble, call: Call) -> Json:
    blank = dict.fromkeys(("icon", "interactions_endpoint_url", "role_connections_verification_url", "team", "type"))
    return {**blank, "id": str(d.bot.id), "name": d.bot.name, "description": "", "verify_key": "0" * 64, "flags": 0,
            "flags_new": "0", "redirect_uris": [], "owner": d.owner.json(), "explicit_content_filter": 0,
            "approximate_guild_count": len(d.world.guilds), "approximate_user_install_count": 0, "bot_public": True,
            "approximate_user_authorization_count": 0, "eligible_oauth2_scopes": [], "bot_require_code_grant": False}  # fmt: skip


@route("GET", "/users/@me")
def get_me(d: DiscordDouble, call: Call) -> Json:
    return {**d.bot.json(), "mfa_enabled": False, "locale": "en-US", "verified": True, "email": None}


@route("GET", "/users/{user_id}")
def get_user(d: DiscordDouble, call: Call, user_id: int) -> Json:
    return _find(d.world.users, user_id, 10013, "User").json()


@route("POST", "/users/@me/channels")
def create_dm(d: DiscordDouble, call: Call) -> Json:
    return d.dm(_find(d.world.users, int(call.body["recipient_id"]), 10013, "User")).json()


@route("GET", "/guilds/{guild_id}")
def get_guild(d: DiscordDouble, call: Call, guild_id: int) -> Json:
    return _find(d.world.guilds, guild_id, 10004, "Guild").json()


@route("GET", "/guilds/{guild_id}/members/{user_id}")
def get_member(d: DiscordDouble, call: Call, guild_id: int, user_id: int) -> Json:
    _find(d.world.guilds, guild_id, 10004, "Guild")
    user = _find(d.world.users, user_id, 10007, "Member")
    return user.member(user=user.json())


@route("GET", "/guilds/{guild_id}/channels")
def get_channels(d: DiscordDouble, call: Call, guild_id: int) -> list[Json]:
    return [c.json() for c in _find(d.world.guilds, guild_id, 10004, "Guild").channels.values()]


@route("GET", "/channels/{channel_id}")
def get_channel(d: DiscordDouble, call: Call, channel_id: int) -> Json:
    return _find(d.world.channels, channel_id, 10003, "Channel").json()


def _find(where: dict[int, Any], key: int, code: int, what: str) -> Any:
    if key not in where:
        raise missing(code, what)
    return where[key]


# Commands: d.commands[None] are the global ones, d.commands[guild_id] those of a guild.

SCOPES = ("/applications/{application_id}/commands", "/applications/{application_id}/guilds/{guild_id}/commands")


def _commands(method: str, tail: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return lambda function: route(method, SCOPES[0] + tail)(route(method, SCOPES[1] + tail)(function))


def _store(d: DiscordDouble, scope: int | None, wanted: list[Json]) -> list[Json]:
    if problems := list(limits.check_commands(wanted)):
        raise ApiError(400, 50035, "Invalid Form Body", problems)
    old = {(c["type"], c["name"]): c["id"] for c in d.commands.get(scope, [])}
    stored = []
    for command in wanted:
        kind = command.get("type") or 1
        made = {"default_member_permissions": None, "description": "", **{k: v for k, v in command.items() if v is not None}, "type": kind, "version": str(d.world.new_id()),
                "id": old.get((kind, command["name"])) or str(d.world.new_id()), "application_id": str(d.bot.id)}  # fmt: skip
        if made["default_member_permissions"] is not None:
            made["default_member_permissions"] = str(made["default_member_permissions"])
        stored.append(made | ({"guild_id": str(scope)} if scope else {}))
        d.command_creates += (kind, command["name"]) not in old
    if d.command_creates > 200:
        raise ApiError(429, 30034, "Max number of daily application command creates has been reached (200)")
    d.commands[scope] = stored
    d.changed()
    return stored
@_commands("GET")
def list_commands(d: DiscordDouble, call: Call, app_id: int, guild_id: int | None = None) -> list[Json]:
    return d.commands.get(guild_id, [])


@_commands("PUT")
def set_commands(d: DiscordDouble, call: Call, app_id: int, guild_id: int | None = None) -> list[Json]:
    return _store(d, guild_id, call.body or [])


@_commands("POST")
def create_command(d: DiscordDouble, call: Call, app_id: int, guild_id: int | None = None) -> Json:
    key = call.body["name"], call.body.get("type") or 1
    others = [c for c in d.commands.get(guild_id, []) if (c["name"], c["type"]) != key]
    return _store(d, guild_id, [*others, call.body])[-1]


@_commands("GET", "/{command_id}")
@_commands("PATCH", "/{command_id}")
@_commands("DELETE", "/{command_id}")
def one_command(d: DiscordDouble, call: Call, app_id: int, *ids: int) -> Json | None:
    scope, command_id = ids if len(ids) == 2 else (None, *ids)
    known = {c["id"]: c for c in d.commands.get(scope, [])}
    _find(known, str(command_id), 10063, "application command")
    if call.method == "DELETE":
        d.commands[scope] = [c for c in known.values() if c["id"] != str(command_id)]
        return None
    if call.method == "PATCH":
        known[str(command_id)] |= call.body
        _store(d, scope, list(known.values()))
    return next(c for c in d.commands[scope] if c["id"] == str(command_id))


# Messages.

def _check(d: DiscordDouble, call: Call, body: Json, flags: int, prefix: str = "") -> None:
    problems = [(prefix + path, sentence) for path, sentence in limits.check_message(body, flags)]
    if problems:
        raise ApiError(400, 50035, "Invalid Form Body", problems)
    texts = [body.get("content") or "", *(c.get("content") or "" for _, c in walk(body.get("components")))]
    d.note_pings(call, "\n".join(texts), body)


def post(d: DiscordDouble, call: Call, channel: Channel, body: Json, *, flags: int = 0, only_for: User | None = None,
         prefix: str = "", **extra: Any) -> Message:  # fmt: skip
    """Create a message of the bot from a request body, checked, announced unless it is ephemeral."""
    flags |= (body.get("flags") or 0) & (COMPONENTS_V2 | 1 << 2 | 1 << 12)
    _check(d, call, body, flags, prefix)
    if not flags & LOADING and not any(body.get(k) for k in ("content", "embeds", "components", "poll")) and not call.files:
        raise ApiError(400, 50006, "Cannot send an empty message")
    message = d.world.message(channel, d.bot, body, only_for=only_for, flags=flags, **extra)
    _attach(d, call, message, body)
    d.announce("MESSAGE_CREATE", message)
    return message


def edit(d: DiscordDouble, call: Call, message: Message, body: Json, prefix: str = "") -> Json:
    keep = message.flags & COMPONENTS_V2  # cannot be taken off again
    flags = (message.flags & ~LOADING & ~4) | keep | (body.get("flags") or 0) & (COMPONENTS_V2 | 4)
    _check(d, call, body, flags, prefix)
    after = {**{k: message.data[k] for k in ("content", "embeds", "components", "attachments")}, **body}
    if not any(after.get(k) for k in ("content", "embeds", "components", "attachments")) and not call.files:
        raise ApiError(400, 50006, "Cannot send an empty message")
    message.history.append(dict(message.data))
    message.data = {**message.data, "flags": flags, "edited_timestamp": now_iso()}
    message.fill(body, d.world)
    _attach(d, call, message, body)
    d.announce("MESSAGE_UPDATE", message)
    return message.data


def _attach(d: DiscordDouble, call: Call, message: Message, body: Json) -> None:
    listed = {str(a["id"]): a for a in body.get("attachments") or []}
    kept = [a for a in message.data["attachments"] if "attachments" not in body or a["id"] in listed]
    for key, (name, content) in call.files.items():
        about = listed.get(re.sub(r"\D", "", key), {})
        made, name = str(d.world.new_id()), about.get("filename") or name
        url = f"{d.url}/attachments/{message.channel.id}/{made}/{name}"
        kept.append({"id": made, "filename": name, "size": len(content), "url": url, "proxy_url": url}
                    | {k: about[k] for k in ("description",) if about.get(k)})  # fmt: skip
        message.files[name] = content
    message.data["attachments"] = kept


def _message(d: DiscordDouble, channel_id: int, message_id: int, own: bool = False) -> Message:
    found = _find(d.world.messages, message_id, 10008, "Message")
    if found.deleted or found.only_for or found.channel.id != channel_id:
        raise missing(10008, "Message")
    if own and found.author is not d.bot:
        raise ApiError(403, 50005, "Cannot edit a message authored by another user", blame=False)
    return found


@route("GET", "/channels/{channel_id}/messages")
def list_messages(d: DiscordDouble, call: Call, channel_id: int) -> list[Json]:
    channel = _find(d.world.channels, channel_id, 10003, "Channel")
    low, high = int(call.query.get("after", 0)), int(call.query.get("before", 1 << 63))
    found = [m.seen_by(d.bot) for m in channel.messages if low < m.id < high and not m.only_for]
    return found[::-1][: int(call.query.get("limit", 50))]


@route("POST", "/channels/{channel_id}/messages")
def create_message(d: DiscordDouble, call: Call, channel_id: int) -> Json:
    channel, body = _find(d.world.channels, channel_id, 10003, "Channel"), call.body
    if channel.recipient and not channel.recipient.accepts_dm:
        raise ApiError(403, 50007, "Cannot send messages to this user", blame=False)
    nonce = body.get("nonce") if body.get("enforce_nonce") else None
    at, earlier = d.nonces.get(nonce, (0.0, None))
    if nonce is not None and earlier and call.at - at < d.nonce_life:
        return earlier.data
    extra = {"nonce": body["nonce"]} if body.get("nonce") is not None else {}
    reference = (body.get("message_reference") or {}).get("message_id")
    target = d.world.messages.get(int(reference)) if reference else None
    if reference and (target is None or target.deleted) and body["message_reference"].get("fail_if_not_exists", True):
        raise ApiError(400, 50035, "Invalid Form Body", [("message_reference", "Unknown message")], blame=False)
    message = post(d, call, channel, body, reference=target, **extra)
    d.nonces[nonce] = call.at, message
    return message.data


@route("GET", "/channels/{channel_id}/messages/{message_id}")
def get_message(d: DiscordDouble, call: Call, channel_id: int, message_id: int) -> Json:
    return _message(d, channel_id, message_id).seen_by(d.bot)


@route("PATCH", "/channels/{channel_id}/messages/{message_id}")
def edit_message(d: DiscordDouble, call: Call, channel_id: int, message_id: int) -> Json:
    return edit(d, call, _message(d, channel_id, message_id, own=True), call.body)


@route("DELETE", "/channels/{channel_id}/messages/{message_id}")
def delete_message(d: DiscordDouble, call: Call, channel_id: int, message_id: int) -> None:
    d.delete(_message(d, channel_id, message_id))


@route("POST", "/channels/{channel_id}/typing")
def typing(d: DiscordDouble, call: Call, channel_id: int) -> None:
    _find(d.world.channels, channel_id, 10003, "Channel")


# Interactions and their webhooks.

ANSWERS = {2: {4, 5, 9}, 3: {4, 5, 6, 7, 9}, 4: {8}, 5: {4, 5}}  # interaction type -> callback types that fit it


@route("POST", "/interactions/{interaction_id}/{interaction_token}/callback")
def callback(d: DiscordDouble, call: Call, interaction_id: int, token: str) -> Json | None:
    i = d.interactions.get(token)
    if i is None or i.id != interaction_id or (i.response_type is None and call.at - i.sent_at > d.answer_within):
        raise ApiError(404, 10062, "Unknown interaction")
    if i.response_type is not None:
        raise ApiError(400, 40060, "Interaction has already been acknowledged.")
    kind, data = call.body["type"], call.body.get("data") or {}
    if kind not in ANSWERS[i.type] | ({6, 7} if i.message else set()) or (i.type == 4) != (kind == 8):
        raise ApiError(400, 50035, "Invalid Form Body", [("type", f"A callback {kind} does not answer interaction {i.type}.")])
    ephemeral = (data.get("flags") or 0) & EPHEMERAL
    if kind in (4, 5):
        if kind == 5 and (data.get("flags") or 0) & ~EPHEMERAL:
            raise ApiError(400, 50035, "Invalid Form Body", [("data.flags", "Only EPHEMERAL fits a deferred answer.")])
        i.original = _answer(d, call, i, data if kind == 4 else {}, ephemeral | (LOADING if kind == 5 else 0), "data.")
    elif kind in (6, 7):
        i.original = i.message
        if kind == 7:
            edit(d, call, i.message, data, "data.")
    elif kind == 8:
        if problems := list(limits.check_choices(data.get("choices") or [], "data.choices")):
            raise ApiError(400, 50035, "Invalid Form Body", problems)
        i.choices = data.get("choices") or []
    elif kind == 9:
        if problems := list(limits.check_modal(data)):
            raise ApiError(400, 50035, "Invalid Form Body", problems)
        i.modal = d.modal(i, data)
    i.response_type, i.acked_at, i.filled = kind, call.at, kind in (4, 7)
    d.changed()
    if not call.query.get("with_response", "").lower() in ("1", "true"):
        return None
    answer: Json = {"interaction": {"id": str(i.id), "type": i.type}}
    if i.original and kind in (4, 5, 6, 7):
        answer["interaction"] |= {"response_message_id": str(i.original.id), "response_message_loading": kind == 5,
                                  "response_message_ephemeral": i.original.ephemeral}  # fmt: skip
    return answer | ({"resource": {"type": kind, "message": i.original.data}} if kind in (4, 7) else {})


def _answer(d: DiscordDouble, call: Call, i: Interaction, body: Json, flags: int, prefix: str = "") -> Message:
    return post(d, call, i.channel, body, flags=flags, only_for=i.user if flags & EPHEMERAL else None, prefix=prefix,
                application_id=str(d.bot.id), webhook_id=str(d.bot.id), interaction_metadata=i.metadata())  # fmt: skip


def _interaction(d: DiscordDouble, call: Call, token: str) -> Interaction:
    i = d.interactions.get(token)
    if i is None or i.response_type in (None, 8):
        raise ApiError(404, 10015, "Unknown Webhook")
    if call.at - i.sent_at > d.token_life:
        raise ApiError(401, 50027, "Invalid Webhook Token")
    return i


@route("POST", "/webhooks/{webhook_id}/{webhook_token}")
def follow_up(d: DiscordDouble, call: Call, app_id: int, token: str) -> Json:
    i = _interaction(d, call, token)
    if i.response_type == 5 and not i.filled and i.original:  # the first follow-up after a defer fills it
        edit(d, call, i.original, {**call.body, "flags": (call.body.get("flags") or 0) & COMPONENTS_V2})
        i.filled = True
        return i.original.data
    message = _answer(d, call, i, call.body, (call.body.get("flags") or 0) & EPHEMERAL)
    i.followups.append(message)
    d.changed()
    return message.data


@route("GET", "/webhooks/{webhook_id}/{webhook_token}/messages/@original")
@route("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original")
@route("DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/@original")
@route("GET", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}")
@route("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}")
@route("DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}")
def webhook_message(d: DiscordDouble, call: Call, app_id: int, token: str, message_id: int | None = None) -> Json | None:
    i = _interaction(d, call, token)
    message = i.original if message_id is None else next((m for m in [i.original, *i.followups] if m and m.id == message_id), None)
    if message is None or message.deleted:
        raise missing(10008, "Message")
    if call.method == "DELETE":
        return d.delete(message)
    if call.method == "PATCH":
        edit(d, call, message, call.body)
        i.filled = i.filled or message is i.original
        d.changed()
    return message.data
