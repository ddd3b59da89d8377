"""From a room event to what a person said to the bot. Pure: an event's raw form in, a value out.

In a direct chat everything is said to the bot. In a room only this is:

    !command …            a command with its prefix
    @Kompas: …            a mention: by the sender's client (m.mentions), a pill, or the bot's name at the start
    a reply to the bot    decided later, as it needs to know whose message was replied to
    7, 1 3                bare numbers, which the core takes for a choice or an answer, or drops

Edits, notices, the bot's own messages and everything that is no text are not said to it. A room event is
whatever its sender's client made of it: nothing here relies on its shape.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from bot.model.ids import RoomId, UserId
from bot.model.request import Request, Role, Text

Json = dict[str, Any]

PLATFORM = "matrix"
PREFIXES = ("!", "/")
_PILL = re.compile(
    r"""<a\s[^>]*?href=["']https://matrix\.to/#/([^"'?/]+)[^"']*["'][^>]*>(.*?)</a>""",
    re.DOTALL | re.IGNORECASE,
)
_QUOTED = re.compile(r"<mx-reply>.*?</mx-reply>", re.DOTALL | re.IGNORECASE)
_NUMBERS = re.compile(r"\d{1,6}(?:[\s,;.]+\d{1,6}){0,9}\Z")
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Me:
    """The bot's account as others name it."""

    id: str
    display_name: str = ""

    @property
    def local(self) -> str:
        """The id without its server: `kompas`."""
        return self.id[1:].partition(":")[0]


@dataclass(frozen=True, slots=True)
class Heard:
    """Something said to the bot."""

    event_id: str
    sender: str
    text: str
    """Without the mention and without the quotation of what was replied to."""
    bare: bool
    """A command word needs no prefix."""
    thread: str | None = None
    """Event id of the root of the thread it was said in."""
    if_mine: str | None = None
    """It counts only if this event is the bot's: the text is a reply to it and nothing else says that the bot
    is meant."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the adapter knows about the room in which something was said."""

    room: str
    role: Role = Role.MEMBER
    private: bool = False
    """Nobody but the person and the bot is there."""
    name: str = ""
    """How the person is called there."""
    shared: tuple[str, ...] = ()
    """In a direct chat: other rooms where both are."""


def hear(source: Json, me: Me, *, direct: bool) -> Heard | None:
    """What the event says to the bot; None when it says nothing to it."""
    content = source.get("content")
    event_id, sender = source.get("event_id"), source.get("sender")
    if source.get("type") != "m.room.message" or not isinstance(content, dict) or sender == me.id:
        return None
    body = content.get("body")
    if (
        content.get("msgtype") != "m.text"
        or not isinstance(body, str)
        or not isinstance(sender, str)
        or not isinstance(event_id, str)
    ):
        return None
    relation = _dict(content.get("m.relates_to"))
    if relation.get("rel_type") == "m.replace" or "m.new_content" in content:
        return None
    thread = _text(relation.get("event_id")) if relation.get("rel_type") == "m.thread" else None
    in_reply_to = _text(_dict(relation.get("m.in_reply_to")).get("event_id"))
    replied = None if thread and relation.get("is_falling_back") is True else in_reply_to

    text = _without_quotation(body) if in_reply_to else body
    mentioned, text = _without_mention(text, _text(content.get("formatted_body")) or "", me)
    users = _dict(content.get("m.mentions")).get("user_ids")
    mentioned = mentioned or (isinstance(users, list) and me.id in users)
    text = text.strip()
    if direct or mentioned:
        return Heard(event_id, sender, text or ("help" if mentioned else ""), bare=True, thread=thread)
    if (text.startswith(PREFIXES) and text[1:2].isalpha()) or _NUMBERS.match(text):
        return Heard(event_id, sender, text, bare=False, thread=thread)
    if replied:
        return Heard(event_id, sender, text, bare=True, thread=thread, if_mine=replied)
    return None


def request(heard: Heard, setting: Setting, received_at: datetime, me: Me) -> Request:
    """The request to hand to the core."""
    return Request(
        user=UserId(PLATFORM, heard.sender),
        room=RoomId(PLATFORM, setting.room),
        said=Text(heard.text, bare=heard.bare),
        received_at=received_at,
        private=setting.private,
        role=setting.role,
        whispers=setting.private,
        numbered=True,
        prefix="" if setting.private else "!",
        direct_link=direct_link(me.id),
        account=account_name(me.id),
        name=setting.name,
        shared_rooms=tuple(RoomId(PLATFORM, room) for room in setting.shared),
    )


def direct_link(user: str) -> str:
    """Address that opens a direct chat with the bot of this user id."""
    return f"https://matrix.to/#/{user}"


def account_name(user: str) -> str:
    """What the core calls the bot's account with this user id."""
    return f"{PLATFORM}:{user}"


def since_invited(events: Sequence[Json], me: str, *, invite_counts: bool) -> Sequence[Json]:
    """Of the first events of a room just joined those that were meant for the bot: from its invitation on, and
    not the room's past.

    `invite_counts`: what was said between the invitation and the joining counts too (it does not when the
    invitation is older than the account's first synchronisation).
    """
    joined = max((index for index, event in enumerate(events) if _is_membership(event, me, "join")), default=None)
    if joined is None:
        return events
    invited = [index for index, event in enumerate(events[:joined]) if _is_membership(event, me, "invite")]
    start = invited[-1] if invited and invite_counts else joined
    return events[start + 1 :]


def _is_membership(event: Json, user: str, membership: str) -> bool:
    if event.get("type") != "m.room.member" or event.get("state_key") != user:
        return False
    before = _dict(_dict(event.get("unsigned")).get("prev_content")).get("membership")
    return _dict(event.get("content")).get("membership") == membership != before


def _without_quotation(body: str) -> str:
    """Old clients put what is replied to in front: `> <@ana:example.org> text`, more lines with `>`, an empty
    line."""
    lines = body.split("\n")
    if not lines[0].startswith(("> <", "> * <")):
        return body
    start = next((index for index, line in enumerate(lines) if not line.startswith(">")), len(lines))
    return "\n".join(lines[start:]).removeprefix("\n")


def _without_mention(body: str, formatted: str, me: Me) -> tuple[bool, str]:
    """Whether a pill or the start of the text names the bot, and the text without that. Pills of others become
    their ids, which commands understand."""
    mentioned = False
    for target, shown in _PILL.findall(_QUOTED.sub("", formatted)):
        user = unquote(target)
        name = html.unescape(_TAG.sub("", shown)).strip()
        found = next((word for word in (f"@{name}", name) if name and word in body), None)
        if user == me.id:
            mentioned = True
            if found:
                before, after = body.split(found, 1)
                body = f"{before.rstrip()} {after.lstrip(':, ')}" if before.strip() else after.lstrip(":, ")
        elif user.startswith("@") and found and found != user:
            body = body.replace(found, user, 1)
    rest = _after_name(body.lstrip(), me)
    return (True, rest) if rest is not None else (mentioned, body)


def _after_name(text: str, me: Me) -> str | None:
    """What follows the bot's name at the start of the text; None when it does not start so. The short name
    alone needs a colon or a comma after it, as it may be an ordinary word."""
    names = [(me.id, ""), (f"@{me.local}", ""), (me.local, ":,")]
    if me.display_name:
        names = [(f"@{me.display_name}", ""), (me.display_name, ""), *names]
    folded = text.casefold()
    for name, needed in sorted(names, key=lambda pair: -len(pair[0])):
        if not folded.startswith(name.casefold()):
            continue
        after = text[len(name) :]
        if after[:1].isalnum() or after[:1] == "_" or (needed and after[:1] not in (*needed,)):
            continue
        return after.lstrip(":, \t")
    return None


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
