"""The REST operations of API v10. Each returns its JSON, or None for 204, or raises ApiError."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .people import Interaction, Modal
from .rules import limits
from .rules.openapi import Problem
from .town import Ping
from .world import COMPONENTS_V2, EPHEMERAL, LOADING, Channel, Json, May, Message, blank


class ApiError(Exception):
    """An answer of 4xx or 5xx; a violation of each of its problems if the bot is to `blame`."""

    def __init__(self, status: int, code: int, message: str, problems: Iterable[Problem] = (), blame: bool = True):
        super().__init__(message)
        self.status, self.blame, self.problems = status, blame, list(problems) or [("", f"{code} {message}")]
        self.json: Json = {"code": code, "message": message, "errors": {}}
        for path, sentence in problems:
            node = self.json["errors"]
            for key in filter(None, path.split(".")):
                node = node.setdefault(key, {})
            node.setdefault("_errors", []).append({"code": "INVALID", "message": sentence})


@dataclass(slots=True)
class Call:
    """One request of the bot; `status` is that of the answer, `at` monotonic."""

    method: str
    path: str
    query: Json
    body: Any = None
    status: int = 0
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    at: float = field(default_factory=time.monotonic)


def refuse(problems: Iterable[Problem], prefix: str = "") -> None:
    """Answer as Discord does to a malformed body, if there is anything wrong with it."""
    if found := [(prefix + path, sentence) for path, sentence in problems]:
        raise ApiError(400, 50035, "Invalid Form Body", found)


def find(where: dict[int, Any], key: int, code: int, what: str) -> Any:
    """Something that may just have been deleted: its lack is no fault of the bot."""
    if key not in where:
        raise ApiError(404, code, f"Unknown {what}", blame=False)
    return where[key]


class Rest:
    def __init__(self, double: Any) -> None:
        self.d, self.w, self.nonces, self.creates = double, double.world, dict[str, tuple[float, Message]](), 0
        self.user = lambda user_id: find(self.w.users, user_id, 10013, "User")
        self.guild = lambda guild_id: find(self.w.guilds, guild_id, 10004, "Guild")
        self.channel = lambda channel_id: find(self.w.channels, channel_id, 10003, "Channel")
        commands, message = "/applications/{application_id}/commands", "/channels/{channel_id}/messages/{message_id}"
        hook = "/webhooks/{webhook_id}/{webhook_token}"
        table: list[tuple[str, str, Callable[..., Any]]] = [
            ("POST", "/interactions/{interaction_id}/{interaction_token}/callback", self.callback),
            ("POST", hook, self.follow_up),
            *(
                (method, hook + tail, self.webhook_message)
                for method in ("GET", "PATCH", "DELETE")
                for tail in ("/messages/@original", "/messages/{message_id}")
            ),
            ("GET", "/gateway", lambda call: {"url": double.gateway_url}),
            (
                "GET",
                "/gateway/bot",
                lambda call: {
                    "url": double.gateway_url,
                    "shards": double.shards,
                    "session_start_limit": {
                        "total": 1000,
                        "remaining": 1000 - double.gateway.identifies,
                        "reset_after": 0,
                        "max_concurrency": double.max_concurrency,
                    },
                },
            ),
            *(
                (
                    "GET",
                    path,
                    lambda call: blank(
                        "application", id=double.bot.id, name=double.bot.name, owner=double.owner.json()
                    ),
                )
                for path in ("/applications/@me", "/oauth2/applications/@me")
            ),
            ("GET", commands, lambda call, app: double.commands),
            ("PUT", commands, lambda call, app: self.store_commands(call.body)),
            (
                "POST",
                commands,
                lambda call, app: self.store_commands(
                    [*(c for c in double.commands if c["name"] != call.body["name"]), call.body]
                )[-1],
            ),
            ("GET", "/users/@me", lambda call: double.bot.json() | {"mfa_enabled": False, "locale": "en-US"}),
            ("GET", "/users/{user_id}", lambda call, user: self.user(user).json()),
            ("POST", "/users/@me/channels", lambda call: double.dm(self.user(int(call.body["recipient_id"]))).json()),
            ("GET", "/guilds/{guild_id}", lambda call, guild: self.guild(guild).json()),
            (
                "GET",
                "/guilds/{guild_id}/members/{user_id}",
                lambda call, guild, user: self.guild(guild) and blank("member", user=self.user(user).json()),
            ),
            ("GET", "/channels/{channel_id}", lambda call, channel: self.allowed(channel).json()),
            ("POST", "/channels/{channel_id}/typing", lambda call, channel: self.allowed(channel) and None),
            ("GET", "/channels/{channel_id}/messages", self.list_messages),
            ("POST", "/channels/{channel_id}/messages", self.create_message),
            ("GET", message, lambda call, *ids: self.message(*ids).seen_by(double.bot)),
            ("PATCH", message, lambda call, *ids: self.edit(call, self.message(*ids, own=True), call.body)),
            ("DELETE", message, lambda call, *ids: double.delete(self.message(*ids))),
        ]
        self.operations = [
            (
                method,
                template,
                re.compile(re.sub(r"\{(\w+)\}", lambda m: r"(\d+)" if m[1].endswith("_id") else "([^/]+)", template)),
                function,
            )
            for method, template, function in table
        ]

    def allowed(self, channel_id: int, needed: int = May.VIEW) -> Channel:
        """The channel, if the bot may do that there. What a server's people take away is no fault of the bot."""
        channel = self.channel(channel_id)
        lacking = 0 if channel.recipient else (needed | May.VIEW) & ~channel.lets(self.d.bot)
        if lacking & May.VIEW:
            raise ApiError(403, 50001, "Missing Access", blame=False)
        if lacking:
            raise ApiError(403, 50013, "Missing Permissions", blame=False)
        return channel

    def message(self, channel_id: int, message_id: int, own: bool = False) -> Message:
        here = {m.id: m for m in self.allowed(channel_id).messages if not m.only_for}
        message = find(here, message_id, 10008, "Message")
        if own and message.author is not self.d.bot:
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        return message

    def store_commands(self, wanted: list[Json]) -> list[Json]:
        refuse(limits.check_commands(wanted))
        old, stored = {(c["type"], c["name"]): c["id"] for c in self.d.commands}, []
        for command in wanted:
            key = command.get("type") or 1, command["name"]
            self.creates += key not in old
            given = {k: v for k, v in command.items() if v is not None and k != "default_member_permissions"}
            needed = command.get("default_member_permissions")
            stored.append(
                {
                    "description": "",
                    **given,
                    "type": key[0],
                    "id": old.get(key) or str(self.w.new_id()),
                    "version": str(self.w.new_id()),
                    "application_id": str(self.d.bot.id),
                    "default_member_permissions": None if needed is None else str(needed),
                }
            )
        if self.creates > 200:
            raise ApiError(400, 30034, "Max number of daily application command creates has been reached (200)")
        self.d.commands = stored
        self.d.changed()
        return stored

    def _write(self, call: Call, message: Message, body: Json, flags: int, prefix: str) -> None:
        """Put a body into a message, new or edited."""
        refuse(limits.check_message(body, flags), prefix)
        after = {**message.data, **body}
        filled = any(after.get(key) for key in ("content", "embeds", "components", "attachments", "poll"))
        if not filled and not call.files and not flags & LOADING:
            raise ApiError(400, 50006, "Cannot send an empty message")
        self.d.pings += [Ping(*ping, f"{call.method} {call.path}") for ping in limits.pings(body)]
        message.data = message.data | {"flags": flags}
        message.fill(body, self.w)
        listed = {str(a["id"]): a for a in body.get("attachments") or []}
        kept = [a for a in message.data["attachments"] if "attachments" not in body or a["id"] in listed]
        for key, (name, content) in call.files.items():
            about, made = listed.get(re.sub(r"\D", "", key), {}), str(self.w.new_id())
            name = about.get("filename") or name
            url = f"{self.d.url}/attachments/{message.id}/{made}/{name}"
            kept.append(
                {"id": made, "filename": name, "size": len(content), "url": url, "proxy_url": url}
                | {k: v for k, v in about.items() if k == "description" and v}
            )
            message.files[made] = content
        message.data["attachments"] = kept

    def post(
        self,
        call: Call,
        channel: Channel,
        body: Json,
        flags: int = 0,
        prefix: str = "",
        reference: Message | None = None,
        **extra: Any,
    ) -> Message:
        message = self.w.message(channel, self.d.bot, {}, reference=reference, **extra)
        try:
            self._write(call, message, body, flags | (body.get("flags") or 0) & (COMPONENTS_V2 | 4 | 1 << 12), prefix)
        except ApiError:
            channel.messages.remove(message)
            raise
        self.d.announce("MESSAGE_CREATE", message)
        return message

    def edit(self, call: Call, message: Message, body: Json, prefix: str = "") -> Json:
        before = message.data
        flags = (before["flags"] & ~LOADING) | (body.get("flags") or 0) & (COMPONENTS_V2 | 4)  # v2 stays for ever
        self._write(call, message, body, flags, prefix)
        message.data["edited_timestamp"] = datetime.now(UTC).isoformat()
        message.history.append(before)
        self.d.announce("MESSAGE_UPDATE", message)
        return message.data

    def list_messages(self, call: Call, channel_id: int) -> list[Json]:
        low, high = int(call.query.get("after", 0)), int(call.query.get("before", 1 << 63))
        here = [m for m in self.allowed(channel_id, May.HISTORY).messages if low < m.id < high and not m.only_for]
        return [m.seen_by(self.d.bot) for m in here[::-1][: int(call.query.get("limit", 50))]]

    def create_message(self, call: Call, channel_id: int) -> Json:
        body, channel = call.body, self.channel(channel_id)
        self.allowed(
            channel_id,
            (May.THREADS if channel.parent else May.SEND)
            | (May.EMBED if body.get("embeds") else 0)
            | (May.ATTACH if call.files else 0),
        )
        if channel.locked:
            raise ApiError(400, 50083, "Thread is archived", blame=False)
        if channel.recipient and not channel.recipient.accepts_dm:
            raise ApiError(403, 50007, "Cannot send messages to this user", blame=False)
        nonce = None if body.get("nonce") is None else str(body["nonce"])
        at, earlier = self.nonces.get(nonce or "", (0.0, None))
        if body.get("enforce_nonce") and earlier and call.at - at < self.d.nonce_life:
            return earlier.data
        reference = body.get("message_reference") or {}
        target = self.w.messages.get(int(reference.get("message_id") or 0))
        if reference.get("fail_if_not_exists", bool(reference)) and (target is None or target.deleted):
            raise ApiError(400, 50035, "Invalid Form Body", [("message_reference", "Unknown message")], blame=False)
        message = self.post(call, channel, body, reference=target, **({"nonce": nonce} if nonce else {}))
        if nonce:
            self.nonces[nonce] = call.at, message
        return message.data

    def callback(self, call: Call, interaction_id: int, token: str) -> Json | None:
        i, d = self.d.interactions.get(token), self.d
        if i is None or i.id != interaction_id or (not i.response_type and call.at - i.sent_at > d.answer_within):
            raise ApiError(404, 10062, "Unknown interaction")
        if i.response_type:
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        kind, data = call.body["type"], call.body.get("data") or {}
        fitting = {2: {4, 5, 9}, 3: {4, 5, 6, 7, 9}, 4: {8}, 5: {4, 5, 6, 7} if i.message else {4, 5}}[i.type]
        flags, ephemeral = data.get("flags") or 0, (data.get("flags") or 0) & EPHEMERAL
        refuse([("type", f"Callback {kind} does not answer interaction {i.type}.")] if kind not in fitting else [])
        refuse([("data.flags", "Only EPHEMERAL fits a defer.")] if kind == 5 and flags != ephemeral else [])
        if kind in (4, 5):
            body, loading = (data, 0) if kind == 4 else ({}, LOADING)
            i.original = self.answer(call, i, body, ephemeral | loading, "data.")
        elif kind in (6, 7):
            i.original = i.message
            if kind == 7:
                self.edit(call, i.message, data, "data.")
        elif kind == 8:
            refuse(limits.check_choices(data.get("choices") or []), "data.")
            i.choices = data.get("choices") or []
        else:
            refuse(limits.check_modal(data), "data.")
            i.modal = Modal(i, data)
        i.response_type, i.acked_at, i.edits = kind, call.at, len(i.original.history) if i.original else 0
        d.changed()
        if call.query.get("with_response", "").lower() not in ("1", "true"):
            return None
        about: Json = {"id": str(i.id), "type": i.type}
        if i.original:
            about |= {
                "response_message_id": str(i.original.id),
                "response_message_loading": kind == 5,
                "response_message_ephemeral": i.original.ephemeral,
            }
        resource = {"resource": {"type": kind, "message": i.original.data}} if kind in (4, 7) else {}
        return {"interaction": about} | resource

    def answer(self, call: Call, i: Interaction, body: Json, flags: int, prefix: str = "") -> Message:
        return self.post(
            call,
            i.channel,
            body,
            flags,
            prefix,
            only_for=i.user if flags & EPHEMERAL else None,
            application_id=str(self.d.bot.id),
            webhook_id=str(self.d.bot.id),
            interaction_metadata=i.metadata(),
        )

    def interaction(self, call: Call, token: str) -> Interaction:
        i = self.d.interactions.get(token)
        if i is None or i.response_type in (None, 8):
            raise ApiError(404, 10015, "Unknown Webhook")
        if call.at - i.sent_at > self.d.token_life:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        return i

    def follow_up(self, call: Call, app: int, token: str) -> Json:
        i = self.interaction(call, token)
        if i.original and i.original.flags & LOADING and not i.original.deleted:  # fills the defer, privacy stays
            return self.edit(call, i.original, call.body)
        i.followups.append(self.answer(call, i, call.body, (call.body.get("flags") or 0) & EPHEMERAL))
        return i.followups[-1].data

    def webhook_message(self, call: Call, app: int, token: str, message_id: int = 0) -> Json | None:
        i = self.interaction(call, token)
        own = {m.id: m for m in (i.original, *i.followups) if m and not m.deleted}
        message = find(own, message_id or (i.original.id if i.original else 0), 10008, "Message")
        if call.method == "DELETE":
            return self.d.delete(message)
        if call.method == "PATCH":
            return self.edit(call, message, call.body)
        return message.data
