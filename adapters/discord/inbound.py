"""What came in from Discord, as Requests. Pure: it reads the JSON of an interaction and the text of a message."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import discord

from adapters.discord.choices import MENU, PICK
from bot.errors import StaleAction
from bot.model.action import Action
from bot.model.ids import RoomId, ServerId, UserId
from bot.model.request import Command, Request, Role, Text

PLATFORM = "discord"
_SUBCOMMAND, _GROUP, _USER = 1, 2, 6


@dataclass(frozen=True, slots=True)
class Origin:
    """Who, where, and with which rights."""

    user: int
    channel: int
    guild: int | None = None
    """None in a direct chat."""
    permissions: discord.Permissions = discord.Permissions.none()  # noqa: RUF009 - never changed
    locale: str | None = None
    """The language of the person's client; comes with interactions only."""
    bot: int = 0
    name: str = ""
    """How the person is shown there."""
    parent: int | None = None
    """The channel of a thread."""


def origin_of_interaction(interaction: discord.Interaction[Any]) -> Origin:
    """Who used a command or pressed something, and where."""
    return Origin(
        user=interaction.user.id,
        channel=interaction.channel_id or interaction.user.id,
        guild=interaction.guild_id,
        permissions=interaction.permissions,
        locale=interaction.locale.value,
        bot=interaction.application_id,
        name=interaction.user.display_name,
        parent=_parent(interaction.channel),
    )


def origin_of_message(message: discord.Message, bot: int) -> Origin:
    """Who wrote, and where."""
    guild = message.guild
    permissions = discord.Permissions.none()
    if guild is not None and isinstance(message.author, discord.Member):
        with contextlib.suppress(discord.ClientException):  # a thread whose channel is not known: a plain member then
            permissions = message.channel.permissions_for(message.author)
    server, author = guild.id if guild else None, message.author
    parent = _parent(message.channel)
    return Origin(author.id, message.channel.id, server, permissions, None, bot, author.display_name, parent)


def _parent(channel: object) -> int | None:
    return channel.parent_id if isinstance(channel, discord.Thread) else None


def request(origin: Origin, said: Command | Text | Action, at: datetime, *, whispers: bool) -> Request:
    """The request. `whispers`: the answer can be shown to this person alone, which is true for interactions and
    direct chats."""
    return Request(
        user=UserId(PLATFORM, str(origin.user)),
        room=RoomId(PLATFORM, str(origin.channel)),
        said=said,
        received_at=at,
        private=origin.guild is None,
        server=ServerId(PLATFORM, str(origin.guild)) if origin.guild else None,
        parent=RoomId(PLATFORM, str(origin.parent)) if origin.parent else None,
        role=role(origin.permissions) if origin.guild else Role.MEMBER,
        locale=origin.locale,
        whispers=whispers,
        numbered=False,
        prefix="/",
        direct_link=f"https://discord.com/users/{origin.bot}" if origin.guild else None,
        account=PLATFORM,
        name=origin.name,
    )


def role(permissions: discord.Permissions) -> Role:
    """What Discord lets the person do here."""
    if permissions.administrator or permissions.manage_guild:
        return Role.ADMIN
    return Role.TEACHER if permissions.manage_messages else Role.MEMBER


def slash(data: Mapping[str, Any]) -> Command:
    """The command of a slash interaction; names in the payload are the default ones in every language."""
    words, options = _innermost(data)
    return Command(" ".join(words), {option["name"]: _value(option) for option in options})


def picked(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Ids of the users that were picked from Discord's list."""
    return tuple(str(option["value"]) for option in _innermost(data)[1] if option["type"] == _USER)


def typing(data: Mapping[str, Any]) -> tuple[str, str, str]:
    """(command, option, text so far) of an autocomplete interaction."""
    words, options = _innermost(data)
    focused = next((option for option in options if option.get("focused")), {"name": "", "value": ""})
    return " ".join(words), focused["name"], str(focused["value"])


def pressed(data: Mapping[str, Any]) -> Action:
    """The action behind a button, a chosen option of a menu, or what was chosen together. Raises StaleAction when it
    cannot be read."""
    custom_id: str = data["custom_id"]
    if not custom_id.startswith((MENU, PICK)):
        return Action.decode(custom_id)
    values = data.get("values") or []
    if not values:
        raise StaleAction
    if custom_id.startswith(PICK):
        action = Action.decode(custom_id.removeprefix(PICK))
        return Action(action.command, (*action.values, " ".join(values)))
    return Action.decode(values[0])


def label(message: discord.Message | None, custom_id: str) -> str:
    """What stands on a button of the message; an ellipsis where nothing does."""
    rows = message.components if message else []
    buttons = (part for row in rows if isinstance(row, discord.ActionRow) for part in row.children)
    found = next((one for one in buttons if isinstance(one, discord.Button) and one.custom_id == custom_id), None)
    return (found and found.label) or "…"


def is_for_us(data: Mapping[str, Any], bot: int) -> bool:
    """Whether a message, as it comes from the gateway, was written to the bot by a person: in a direct chat, or
    mentioning it."""
    if data["author"].get("bot") or data.get("webhook_id"):
        return False
    return "guild_id" not in data or any(user["id"] == str(bot) for user in data["mentions"])


def text(content: str, bot: int) -> Text | Command:
    """What was written to the bot, without its mention; nothing but a mention asks for help."""
    words = re.sub(rf"<@!?{bot}>", " ", content).strip()
    return Text(words, bare=True) if words else Command("help")


def _innermost(data: Mapping[str, Any]) -> tuple[list[str], list[Mapping[str, Any]]]:
    """The words of the command and its options, below groups and subcommands."""
    words, options = [data["name"]], list(data.get("options") or [])
    while options and options[0]["type"] in (_SUBCOMMAND, _GROUP):
        words.append(options[0]["name"])
        options = list(options[0].get("options") or [])
    return words, options


def _value(option: Mapping[str, Any]) -> str:
    return f"<@{option['value']}>" if option["type"] == _USER else str(option["value"])
