"""Discord's rules that its OpenAPI description lacks: rate limits, and what messages, modals, choices, commands may be.
Each `check_*` yields (path, sentence) for everything that Discord would refuse."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterator
from typing import Any

from ..world import COMPONENTS_V2, Json, walk  # noqa: TID252
from .openapi import Problem

LOCALES = {
    "id",
    "da",
    "de",
    "en-GB",
    "en-US",
    "es-ES",
    "es-419",
    "fr",
    "hr",
    "it",
    "lt",
    "hu",
    "nl",
    "no",
    "pl",
    "pt-BR",
    "ro",
    "fi",
    "sv-SE",
    "vi",
    "tr",
    "cs",
    "el",
    "bg",
    "ru",
    "uk",
    "hi",
    "th",
    "zh-CN",
    "ja",
    "zh-TW",
    "ko",
}
# Operation -> bucket, requests, seconds. Observed values; Discord publishes none.
RATES = {
    "POST /channels/{channel_id}/messages": ("send", 5, 5.0),
    "PATCH /channels/{channel_id}/messages/{message_id}": ("edit", 5, 5.0),
    "DELETE /channels/{channel_id}/messages/{message_id}": ("delete", 5, 1.0),
    "POST /webhooks/{webhook_id}/{webhook_token}": ("webhook", 5, 2.0),
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}": ("webhook", 5, 2.0),
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original": ("webhook", 5, 2.0),
}
# Component type -> field -> (most, least) characters or entries.
SIZES = {
    1: {"components": (5, 1)},
    2: {"label": (80, 0)},
    3: {"options": (25, 1), "placeholder": (150, 0)},
    4: {"label": (45, 0), "placeholder": (100, 0), "value": (4000, 0)},
    10: {"content": (4000, 1)},
    18: {"label": (45, 1), "description": (100, 0)},
    21: {"options": (10, 2)},
    22: {"options": (10, 1)},
}
INPUTS = {3, 4, 5, 6, 7, 8, 19, 21, 22, 23}


class Bucket:
    """A window of `limit` requests per `per` seconds."""

    def __init__(self, name: str, limit: int, per: float) -> None:
        self.name, self.limit, self.per, self.remaining, self.reset_at = name, limit, per, limit, 0.0

    def take(self) -> float:
        """Count one request: 0.0 if it may pass, else the seconds to wait."""
        if (now := time.monotonic()) >= self.reset_at:
            self.remaining, self.reset_at = self.limit, now + self.per
        self.remaining -= 1
        if self.remaining >= 0:
            return 0.0
        self.remaining = 0
        return self.reset_at - now

    def headers(self) -> dict[str, str]:
        left = max(0.0, self.reset_at - time.monotonic())
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": self.name,
        }


def _length(path: str, value: Any, most: int, least: int = 0) -> Iterator[Problem]:
    if not least <= len(value or "") <= most:
        yield path, f"Must be between {least} and {most} in length (is {len(value or '')})."


def check_message(body: Json, flags: int) -> Iterator[Problem]:
    """A message or edit body; `flags` as they will be after it."""
    v2, embeds, total = bool(flags & COMPONENTS_V2), body.get("embeds") or [], 0
    yield from _length("nonce", str(body.get("nonce") or ""), 25)
    for key, most in (("content", 2000), ("embeds", 10), ("poll", 99)):
        yield from _length(key, body.get(key), 0 if v2 else most)
    for n, e in enumerate(embeds):
        footer, author = e.get("footer") or {}, e.get("author") or {}
        texts = [
            ("title", e.get("title"), 256, 0),
            ("description", e.get("description"), 4096, 0),
            ("footer.text", footer.get("text"), 2048, 0),
            ("author.name", author.get("name"), 256, 0),
        ]
        texts += [
            (f"fields.{m}.{key}", item.get(key), most, 1)
            for m, item in enumerate(e.get("fields") or [])
            for key, most in (("name", 256), ("value", 1024))
        ]
        total += sum(len(value or "") for _, value, _, _ in texts)
        for name, value, most, least in (*texts, ("fields", e.get("fields"), 25, 0)):
            yield from _length(f"embeds.{n}.{name}", value, most, least)
    if total > 6000:
        yield "embeds", f"Embed size exceeds maximum size of 6000 (is {total})."
    yield from check_components(body.get("components") or [], v2)


def check_components(components: list[Json], v2: bool = False, modal: bool = False) -> Iterator[Problem]:
    parts, ids = list(walk(components)), []
    yield from _length("components", parts if v2 else components, 40 if v2 else 5, int(modal))
    yield from _length("components", "".join(part.get("content") or "" for _, part in parts), 4000)
    for path, part in parts:
        kind, custom_id, options = part["type"], part.get("custom_id"), part.get("options") or []
        link, inner = bool(part.get("url") or part.get("sku_id")), part.get("components") or []
        if not v2 and not modal and (kind == 1) != (path.count(".") == 1):
            yield f"{path}.type", "Without the components v2 flag there are rows, and in them buttons or a select."
        if kind in INPUTS or (kind == 2 and not link):
            yield from _length(f"{path}.custom_id", custom_id, 100, 1)
        if custom_id in ids:
            yield f"{path}.custom_id", "Component custom id cannot be duplicated."
        ids += [custom_id] if custom_id else []
        for key, (most, least) in SIZES.get(kind, {}).items():
            yield from _length(f"{path}.{key}", part.get(key), most, least)
        for n, option in enumerate(options):
            for key, least in (("label", 1), ("value", 1), ("description", 0)):
                yield from _length(f"{path}.options.{n}.{key}", option.get(key), 100, least)
        if len({option["value"] for option in options}) < len(options):
            yield f"{path}.options", "The specified option value is already used."
        if options and max(part.get("max_values") or 1, part.get("min_values") or 1) > len(options):
            yield f"{path}.max_values", "Must not be more than there are options."
        if part.get("min_values", 1) > (part.get("max_values") or 1):
            yield f"{path}.min_values", "Must not be more than max_values."
        if modal and path.count(".") == 1 and kind not in (1, 10, 18):
            yield f"{path}.type", "A form consists of labels (or rows) and text."
        if kind == 18 and part["component"]["type"] not in INPUTS:
            yield f"{path}.component.type", "A label belongs to something that can be filled in."
        if kind == 4 and not 1 <= part.get("max_length", 4000) <= 4000:
            yield f"{path}.max_length", "Must be between 1 and 4000."
        if kind == 1 and len(inner) > 1 and any(p["type"] != 2 for p in inner):
            yield f"{path}.components", "A select or text input fills a row alone."
        if kind == 2 and not part.get("label") and not part.get("emoji") and not part.get("sku_id"):
            yield path, "A button needs a label or an emoji."
        if kind == 2 and ((part.get("style") in (5, 6)) != link or (link and custom_id)):
            yield path, "A link button has a url and no custom id, another the opposite."


def pings(body: Json) -> Iterator[tuple[str, str]]:
    """Whom a body would notify; without allowed_mentions Discord notifies everybody named."""
    allowed = body.get("allowed_mentions")
    parts = [body, *(part for _, part in walk(body.get("components")))]
    text = " ".join(part.get("content") or "" for part in parts)
    for kind, pattern in (("everyone", "@everyone|@here"), ("roles", r"<@&(\d+)>"), ("users", r"<@!?(\d+)>")):
        named = re.findall(pattern, text)
        wanted = named if allowed is None or kind in (allowed.get("parse") or []) else allowed.get(kind) or []
        yield from ((kind, target) for target in named if target in map(str, wanted))
    if body.get("message_reference") and (allowed is None or allowed.get("replied_user")):
        yield "users", "the author replied to"


def check_modal(data: Json) -> Iterator[Problem]:
    yield from _length("title", data.get("title"), 45, 1)
    yield from _length("custom_id", data.get("custom_id"), 100, 1)
    yield from check_components(data.get("components") or [], modal=True)


def check_choices(choices: list[Json], path: str = "choices") -> Iterator[Problem]:
    yield from _length(path, choices, 25)
    for n, choice in enumerate(choices):
        for name in (choice.get("name"), *(choice.get("name_localizations") or {}).values()):
            yield from _length(f"{path}.{n}.name", name, 100, 1)
        yield from _length(f"{path}.{n}.value", str(choice.get("value")), 100)


def valid_name(name: str) -> bool:
    """The rule for chat-input names, also localized: letters and digits of any script, lower case, 1 to 32."""
    letters = (
        c in "-_'" or unicodedata.category(c)[0] in "LN" or re.match("[\u0900-\u097f\u0e00-\u0e7f]", c) for c in name
    )
    return 1 <= len(name) <= 32 and name == name.lower() and all(letters)


def _size(item: Json) -> int:
    """What counts towards 8000: names, descriptions and values, of each field its longest localization."""
    texts = [[item.get(k) or "", *(item.get(f"{k}_localizations") or {}).values()] for k in ("name", "description")]
    inner = (item.get("options") or []) + (item.get("choices") or [])
    value = len(item["value"]) if isinstance(item.get("value"), str) else 0
    return value + sum(max(map(len, text)) for text in texts) + sum(map(_size, inner))


def _check_items(items: list[Json], path: str, chat: bool = True) -> Iterator[Problem]:
    """Names and descriptions of commands or options beside each other, in all their languages."""
    names = [item.get("name") for item in items]
    for n, item in enumerate(items):
        here = f"{path}.{n}".lstrip(".")
        if names[n] in names[:n]:
            yield f"{here}.name", f"The name {names[n]!r} is already used."
        for tag, name in (item.get("name_localizations") or {}).items():
            before = [(other.get("name_localizations") or {}).get(tag) for other in items[:n]]
            if name in before + names[:n] + names[n + 1 :]:
                yield f"{here}.name_localizations.{tag}", f"The name {name!r} is already used."
        for key, most, least in (("name", 32, 1), ("description", 100 if chat else 0, int(chat))):
            localized = item.get(f"{key}_localizations") or {}
            for tag, text in (("", item.get(key) or ""), *localized.items()):
                where = f"{here}.{key}" + (f"_localizations.{tag}" if tag else "")
                yield from _length(where, text, most, least)
                if chat and key == "name" and not valid_name(text):
                    yield where, f"The name {text!r} is not of lower-case letters, digits, - _ ' (1 to 32)."
                if tag and tag not in LOCALES:
                    yield where, "Discord has no such locale."


def _check_options(options: list[Json], path: str, depth: int) -> Iterator[Problem]:
    """`depth` counts the levels above: 0 in a command, 1 in a group, 2 in a subcommand."""
    yield from _length(path, options, 25)
    yield from _check_items(options, path)
    kinds, optional = {option["type"] for option in options}, False
    mixed = (kinds & {1, 2} and kinds - {1, 2}, kinds - {1}, kinds & {1, 2})
    if mixed[depth]:
        yield path, "Subcommands cannot be mixed with plain options and nest two levels at most."
    for n, option in enumerate(options):
        here, kind = f"{path}.{n}", option["type"]
        if kind in (1, 2):
            yield from _check_options(option.get("options") or [], f"{here}.options", depth + 1 if kind == 2 else 2)
        elif option.get("required") and optional:
            yield f"{here}.required", "Required options must be placed before optional ones."
        optional = optional or not option.get("required")
        if option.get("autocomplete") and (option.get("choices") or kind not in (3, 4, 10)):
            yield f"{here}.autocomplete", "Autocomplete excludes choices and needs a string or number option."
        yield from check_choices(option.get("choices") or [], f"{here}.choices")


def check_commands(commands: list[Json]) -> Iterator[Problem]:
    """All commands of one scope (global, or of one guild)."""
    for kind, most in ((1, 100), (2, 15), (3, 15)):
        same = [c for c in commands if (c.get("type") or 1) == kind]
        if len(same) > most:
            yield "", f"Maximum number of application commands reached ({most} of type {kind})."
        yield from _check_items(same, "", chat=kind == 1)
    for n, command in enumerate(commands):
        yield from _check_options(command.get("options") or [], f"{n}.options", 0)
        if _size(command) > 8000:
            yield str(n), f"Command exceeds maximum size (8000, is {_size(command)})."
