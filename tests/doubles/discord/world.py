"""What exists in the double (users, guilds, channels, messages) and the JSON that Discord shows of each."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Json = dict[str, Any]
EPHEMERAL, LOADING, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 15
MEMBER = sum(1 << bit for bit in (6, 10, 11, 14, 15, 16, 18, 31, 35, 38))  # what an ordinary member may do
BLANK = {kind: json.dumps(v) for kind, v in json.loads(Path(__file__).with_name("blank.json").read_text()).items()}


class May:
    """Permissions that the double looks at."""

    VIEW, SEND, EMBED, ATTACH, HISTORY, THREADS = (1 << bit for bit in (10, 11, 14, 15, 16, 38))


def blank(kind: str, **fields: Any) -> Json:
    """The JSON of a kind of object with everything that does not matter here; `fields` that are ids become strings."""
    ids = {k: str(v) for k, v in fields.items() if k.endswith("id") and v is not None}
    return json.loads(BLANK[kind]) | fields | ids


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

    mention = property(lambda self: f"<@{self.id}>")

    def may(self, guild: Guild | None) -> int:
        return self.permissions.get(guild.id, self.everywhere) if guild else self.everywhere

    def json(self) -> Json:
        return blank("user", id=self.id, username=self.name.lower(), global_name=self.name, bot=self.bot)


@dataclass(eq=False)
class Guild:
    """A server; every person is in every guild."""

    id: int
    name: str
    owner: User
    locale: str = "en-US"
    channels: dict[str, Channel] = field(default_factory=dict)

    def json(self) -> Json:
        return blank(
            "guild",
            id=self.id,
            name=self.name,
            owner_id=self.owner.id,
            preferred_locale=self.locale,
            roles=[blank("role", id=self.id, permissions=str(MEMBER))],
        )


@dataclass(eq=False)
class Channel:
    """A text channel of a guild, a thread in one (`parent`), or the direct channel with one person (`recipient`).
    `denied` is what the bot may not do there."""

    id: int
    name: str
    guild: Guild | None = None
    recipient: User | None = None
    messages: list[Message] = field(default_factory=list)
    parent: Channel | None = None
    denied: int = 0
    locked: bool = False

    def json(self) -> Json:
        shared = {"id": self.id, "last_message_id": self.messages[-1].id if self.messages else None}
        if self.recipient:
            return blank("dm", recipients=[self.recipient.json()], **shared)
        shared |= {"guild_id": self.guild and self.guild.id, "name": self.name}
        if self.parent and self.guild:
            made = blank("thread", parent_id=self.parent.id, owner_id=self.guild.owner.id, **shared)
            made["thread_metadata"]["locked"] = self.locked
            return made
        here = [{"id": str(self.guild.id), "type": 0, "allow": "0", "deny": str(self.denied)}] if self.guild else []
        return blank("channel", permission_overwrites=here if self.denied else [], **shared)

    def lets(self, bot: User) -> int:
        """What the bot may do here."""
        return bot.may(self.guild) & ~self.denied & ~(self.parent.denied if self.parent else 0)


def walk(components: list[Json] | None, path: str = "components") -> Iterator[tuple[str, Json]]:
    """Every component with its path, depth first, through rows, containers, sections and labels."""
    for n, part in enumerate(components or []):
        yield f"{path}.{n}", part
        yield from walk(part.get("components"), f"{path}.{n}.components")
        for key in {"component", "accessory"} & part.keys():
            yield from ((f"{path}.{n}.{key}{inner[2:]}", found) for inner, found in walk([part[key]], ""))


class Message:
    """A message as stored. `data` is Discord's JSON, `history` what it was before each edit."""

    def __init__(self, data: Json, channel: Channel, author: User, only_for: User | None) -> None:
        self.id, self.data, self.channel, self.author = int(data["id"]), data, channel, author
        self.only_for, self.deleted, self.history = only_for, False, list[Json]()
        self.files = dict[str, bytes]()  # by the id of the attachment

    content: str = property(lambda self: self.data["content"])
    embeds: list[Json] = property(lambda self: self.data["embeds"])
    flags: int = property(lambda self: self.data["flags"])
    ephemeral: bool = property(lambda self: bool(self.flags & EPHEMERAL))
    components: list[Json] = property(lambda self: [part for _, part in walk(self.data["components"])])  # flat
    buttons: list[Json] = property(lambda self: [part for part in self.components if part["type"] == 2])

    @property
    def text(self) -> str:
        """Everything readable: content, embeds and text components, one part a line."""
        parts = [self.content]
        for e in self.embeds:
            parts += [e.get("author", {}).get("name"), e.get("title"), e.get("description")]
            parts += [part for f in e.get("fields", []) for part in (f["name"], f["value"])]
            parts += [e.get("footer", {}).get("text")]
        return "\n".join(filter(None, parts + [part.get("content") for part in self.components]))

    def __repr__(self) -> str:
        return f"<Message of {self.author.name}: {self.text!r} {[b.get('label') for b in self.buttons]}>"

    def fill(self, body: Json, world: World) -> None:
        """Take over what the bot or a person wrote, completed as Discord completes it."""
        self.data |= {k: body[k] or type(self.data[k])() for k in ("content", "embeds", "components") if k in body}
        self.data["embeds"] = [
            {**e, "type": "rich", "fields": [{"inline": False, **f} for f in e.get("fields", [])]}
            for e in self.data["embeds"]
        ]
        for n, part in enumerate(self.components, 1):
            part.setdefault("id", n)
            part.pop("required", None)  # only modals know it
        named = [int(found) for found in re.findall(r"<@!?(\d+)>", self.content)]
        self.data["mentions"] = [world.users[found].json() for found in named if found in world.users]
        self.data["mention_everyone"] = bool(re.search("@everyone|@here", self.content))

    def seen_by(self, bot: User) -> Json:
        """The JSON for a bot without MESSAGE_CONTENT: empty unless its own, direct or mentioning it."""
        if bot is self.author or self.channel.recipient or bot.json() in self.data["mentions"]:
            return self.data
        return self.data | {"content": "", "embeds": [], "components": [], "attachments": []}


class World:
    """The objects by id. Ids are unique snowflakes, one millisecond apart or more."""

    def __init__(self) -> None:
        self.users, self.guilds, self.channels = dict[int, User](), dict[int, Guild](), dict[int, Channel]()
        self.messages, self._clock = dict[int, Message](), 0

    def new_id(self) -> int:
        self._clock = max(self._clock + 1, time.time_ns() // 1_000_000 - 1_420_070_400_000)
        return self._clock << 22

    def message(
        self,
        channel: Channel,
        author: User,
        body: Json,
        *,
        only_for: User | None = None,
        reference: Message | None = None,
        **extra: Any,
    ) -> Message:
        extra |= {"id": self.new_id(), "channel_id": channel.id, "timestamp": datetime.now(UTC).isoformat()}
        data = blank("message", author=author.json(), **extra)
        message = Message(data, channel, author, only_for)
        message.fill(body, self)
        if reference:
            first = {key: value for key, value in reference.data.items() if key != "referenced_message"}
            data |= {
                "type": 19,
                "referenced_message": first,
                "message_reference": {"type": 0, "message_id": str(reference.id), "channel_id": str(channel.id)},
            }
            data["mentions"].append(reference.author.json())
        channel.messages.append(message)
        self.messages[message.id] = message
        return message
