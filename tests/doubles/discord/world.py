"""What exists in the double (users, guilds, channels, messages) and the JSON that Discord shows of each."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
EPHEMERAL, LOADING, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 15
DISCORD_EPOCH = 1_420_070_400_000  # ms
MEMBER = sum(1 << bit for bit in (6, 10, 11, 14, 15, 16, 18, 31, 35, 38))  # what an ordinary member may do
_GUILD = {
    **dict.fromkeys(
        "icon description home_header splash discovery_splash banner application_id afk_channel_id system_channel_id "
        "widget_channel_id max_presences vanity_url_code rules_channel_id safety_alerts_channel_id "
        "public_updates_channel_id incidents_data".split()),
    **dict.fromkeys(
        "afk_timeout system_channel_flags verification_level default_message_notifications mfa_level nsfw_level "
        "explicit_content_filter max_stage_video_channel_users max_video_channel_users premium_tier "
        "premium_subscription_count".split(), 0),
    "features": [], "region": "deprecated", "widget_enabled": False, "max_members": 500_000, "nsfw": False,
    "premium_progress_bar_enabled": False, "emojis": [], "stickers": [],
}  # fmt: skip


def now_iso() -> str:
    return datetime.now(UTC).isoformat()


@dataclass(eq=False)
class User:
    """A person or the bot. `permissions` is per guild id; `everywhere` holds where none is set."""

    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"
    everywhere: int = MEMBER
    permissions: dict[int, int] = field(default_factory=dict)
    accepts_dm: bool = True

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    def json(self) -> Json:
        return {"id": str(self.id), "username": self.name.lower(), "discriminator": "0", "avatar": None, "flags": 0,
                "public_flags": 0, "global_name": self.name, "primary_guild": None, "bot": self.bot}  # fmt: skip

    def member(self, **extra: Any) -> Json:
        """The member object without its user, as it comes with messages."""
        return {"avatar": None, "banner": None, "communication_disabled_until": None, "flags": 0, "nick": None,
                "joined_at": "2024-01-01T00:00:00+00:00", "pending": False, "premium_since": None, "roles": [],
                "mute": False, "deaf": False, **extra}  # fmt: skip


@dataclass(eq=False)
class Guild:
    """A server; every person is in every guild."""

    id: int
    name: str
    owner: User
    locale: str = "en-US"
    channels: dict[str, Channel] = field(default_factory=dict)

    def json(self) -> Json:
        return _GUILD | {"id": str(self.id), "name": self.name, "owner_id": str(self.owner.id), "roles": self.roles(),
                         "preferred_locale": self.locale}  # fmt: skip

    def roles(self) -> list[Json]:
        colors = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
        return [{"id": str(self.id), "name": "@everyone", "permissions": str(MEMBER), "position": 0, "color": 0,
                 "colors": colors, "hoist": False, "managed": False, "mentionable": False, "icon": None,
                 "unicode_emoji": None, "flags": 0}]  # fmt: skip


@dataclass(eq=False)
class Channel:
    """A text channel of a guild, or the direct channel with one person (`recipient`)."""

    id: int
    name: str
    guild: Guild | None = None
    recipient: User | None = None
    messages: list[Message] = field(default_factory=list)

    def json(self) -> Json:
        shared = {"id": str(self.id), "flags": 0,
                  "last_message_id": str(self.messages[-1].id) if self.messages else None}  # fmt: skip
        if self.guild is None:
            return {**shared, "type": 1, "recipients": [self.recipient.json()] if self.recipient else []}
        return {**shared, "type": 0, "guild_id": str(self.guild.id), "name": self.name, "position": 0, "nsfw": False,
                "permission_overwrites": [], "parent_id": None, "topic": None}  # fmt: skip


def walk(components: list[Json] | None, path: str = "components") -> Iterator[tuple[str, Json]]:
    """Every component with its path, depth first, through rows, containers, sections and labels."""
    for n, component in enumerate(components or []):
        yield f"{path}.{n}", component
        yield from walk(component.get("components"), f"{path}.{n}.components")
        for key in ("component", "accessory"):
            if component.get(key):
                yield from walk([component[key]], f"{path}.{n}.{key}")


class Message:
    """A message as stored. `data` is Discord's JSON, `history` the bodies it had before each edit."""

    def __init__(self, data: Json, channel: Channel, author: User, only_for: User | None = None) -> None:
        self.id, self.data, self.channel, self.author = int(data["id"]), data, channel, author
        self.only_for, self.deleted = only_for, False
        self.history: list[Json] = []
        self.files: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return f"<Message {self.author.name}: {self.text!r} buttons={[b.get('label') for b in self.buttons]}>"

    @property
    def content(self) -> str:
        return self.data["content"]

    @property
    def embeds(self) -> list[Json]:
        return self.data["embeds"]

    @property
    def components(self) -> list[Json]:
        """All components flat: rows, buttons, selects, texts."""
        return [component for _, component in walk(self.data["components"])]

    @property
    def buttons(self) -> list[Json]:
        return [component for component in self.components if component["type"] == 2]

    @property
    def flags(self) -> int:
        return self.data["flags"]

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def text(self) -> str:
        """Everything readable: content, embeds and text components, one part a line."""
        parts = [self.content]
        for e in self.embeds:
            parts += [e.get("author", {}).get("name"), e.get("title"), e.get("description")]
            parts += [part for f in e.get("fields", []) for part in (f["name"], f["value"])]
            parts.append(e.get("footer", {}).get("text"))
        return "\n".join(filter(None, parts + [c.get("content") for c in self.components if c["type"] == 10]))

    def fill(self, body: Json, world: World) -> None:
        """Take over what a bot or a person wrote, completed as Discord completes it."""
        for key in ("content", "embeds", "components"):
            if key in body:
                self.data[key] = body[key] or ("" if key == "content" else [])
        self.data["embeds"] = [self._embed(e) for e in self.data["embeds"]]
        for n, (_, component) in enumerate(walk(self.data["components"]), 1):
            component.setdefault("id", n)
        ids = {int(found) for found in re.findall(r"<@!?(\d+)>", self.content)}
        self.data["mentions"] = [world.users[found].json() for found in ids if found in world.users]
        self.data["mention_everyone"] = bool(re.search("@everyone|@here", self.content))

    @staticmethod
    def _embed(embed: Json) -> Json:
        fields = [{"inline": False, **f} for f in embed.get("fields", [])]
        return {**embed, "type": "rich", **({"fields": fields} if fields else {})}

    def seen_by(self, bot: User) -> Json:
        """The JSON for a bot without MESSAGE_CONTENT: empty unless its own, direct or mentioning it."""
        mentioned = any(user["id"] == str(bot.id) for user in self.data["mentions"])
        if self.author is bot or self.channel.guild is None or mentioned:
            return self.data
        return self.data | {"content": "", "embeds": [], "components": [], "attachments": []}


class World:
    """The objects by id. Ids are unique snowflakes, at least one millisecond apart."""

    def __init__(self) -> None:
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self._clock = 0

    def new_id(self) -> int:
        self._clock = max(self._clock + 1, time.time_ns() // 1_000_000 - DISCORD_EPOCH)
        return self._clock << 22

    def message(self, channel: Channel, author: User, body: Json, *, only_for: User | None = None,
                reference: Message | None = None, **extra: Any) -> Message:  # fmt: skip
        data = {"id": str(self.new_id()), "channel_id": str(channel.id), "author": author.json(), "content": "",
                "timestamp": now_iso(), "edited_timestamp": None, "tts": False, "mention_everyone": False, "mentions": [],
                "mention_roles": [], "attachments": [], "embeds": [], "components": [], "pinned": False, "type": 0,
                "flags": 0, **extra}  # fmt: skip
        if reference:
            data |= {"type": 19, "referenced_message": reference.data, "message_reference": {
                "type": 0, "message_id": str(reference.id), "channel_id": str(channel.id)}}  # fmt: skip
        message = Message(data, channel, author, only_for)
        message.fill(body, self)
        if reference and reference.author.json() not in data["mentions"]:
            data["mentions"].append(reference.author.json())
        channel.messages.append(message)
        self.messages[message.id] = message
        return message
