"""Discord's rules for messages, modals, choices and commands that its OpenAPI description lacks, and its rate limits.

Each `check_*` yields (path, sentence) for everything that Discord would refuse.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterator
from typing import Any

from .openapi import Problem
from .world import COMPONENTS_V2, Json, walk

LOCALES = frozenset("id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi "
                    "th zh-CN ja zh-TW ko".split())  # fmt: skip
# (method, template) -> (bucket, requests, seconds). Observed values; Discord publishes none.
RATES: dict[tuple[str, str], tuple[str, int, float]] = {
    ("POST", "/channels/{channel_id}/messages"): ("send", 5, 5.0),
    ("PATCH", "/channels/{channel_id}/messages/{message_id}"): ("edit", 5, 5.0),
    ("DELETE", "/channels/{channel_id}/messages/{message_id}"): ("delete", 5, 1.0),
    ("POST", "/webhooks/{webhook_id}/{webhook_token}"): ("hook", 5, 2.0),
    ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"): ("hook", 5, 2.0),
}


class Bucket:
    """A window of `limit` requests per `per` seconds."""

    def __init__(self, name: str, limit: int, per: float) -> None:
        self.name, self.limit, self.per = name, limit, per
        self.remaining, self.reset_at = limit, 0.0

    def take(self) -> float:
        """Count one request: 0.0 if it may pass, else the seconds to wait."""
        now = time.monotonic()
        if now >= self.reset_at:
            self.remaining, self.reset_at = self.limit, now + self.per
        self.remaining -= 1
        if self.remaining >= 0:
            return 0.0
        self.remaining = 0
        return self.reset_at - now

    def headers(self) -> dict[str, str]:
        left = max(0.0, self.reset_at - time.monotonic())
        return {"X-RateLimit-Limit": str(self.limit), "X-RateLimit-Remaining": str(self.remaining),
                "X-RateLimit-Reset": f"{time.time() + left:.3f}", "X-RateLimit-Reset-After": f"{left:.3f}",
                "X-RateLimit-Bucket": self.name}  # fmt: skip


def _length(path: str, value: Any, most: int, least: int = 0) -> Iterator[Problem]:
    if not least <= len(value or "") <= most:
        yield path, f"Must be between {least} and {most} in length (is {len(value or '')})."


def check_message(body: Json, flags: int) -> Iterator[Problem]:
    """A message or edit body; `flags` as they will be after it."""
    yield from _length("content", body.get("content"), 2000)
    embeds, components = body.get("embeds") or [], body.get("components") or []
    if flags & COMPONENTS_V2:
        for key in ("content", "embeds", "poll"):
            if body.get(key):
                yield key, "Cannot be used together with the components v2 flag."
    yield from _length("embeds", embeds, 10)
    total = 0
    for n, embed in enumerate(embeds):
        parts = [("title", embed.get("title"), 256, 0), ("description", embed.get("description"), 4096, 0),
                 ("footer.text", (embed.get("footer") or {}).get("text"), 2048, 0),
                 ("author.name", (embed.get("author") or {}).get("name"), 256, 0)]  # fmt: skip
        yield from _length(f"embeds.{n}.fields", embed.get("fields"), 25)
        for m, item in enumerate(embed.get("fields") or []):
            parts += [(f"fields.{m}.name", item.get("name"), 256, 1), (f"fields.{m}.value", item.get("value"), 1024, 1)]
        for name, value, most, least in parts:
            total += len(value or "")
            yield from _length(f"embeds.{n}.{name}", value, most, least)
        if not any(embed.get(k) for k in ("title", "description", "fields", "footer", "author", "image", "thumbnail")):
            yield f"embeds.{n}", "This embed is empty."
    if total > 6000:
        yield "embeds", f"Embed size exceeds maximum size of 6000 (is {total})."
    yield from check_components(components, v2=bool(flags & COMPONENTS_V2))


def check_components(components: list[Json], *, v2: bool = False, modal: bool = False) -> Iterator[Problem]:
    parts, ids = list(walk(components)), set()
    if v2:
        yield from _length("components", parts, 40)
        yield from _length("components", "".join(c.get("content") or "" for _, c in parts if c["type"] == 10), 4000)
    else:
        yield from _length("components", components, 5, 1 if modal else 0)
        for path, part in parts:
            if not modal and path.count(".") == 1 and part["type"] != 1:
                yield f"{path}.type", "Only action rows are allowed without the components v2 flag."
    for path, part in parts:
        kind, custom_id = part.get("type"), part.get("custom_id")
        if custom_id is not None:
            yield from _length(f"{path}.custom_id", custom_id, 100, 1)
            if custom_id in ids:
                yield f"{path}.custom_id", "Component custom id cannot be duplicated."
            ids.add(custom_id)
        elif kind in (3, 4, 5, 6, 7, 8, 19, 21, 22, 23) or (kind == 2 and part.get("style") not in (5, 6)):
            yield f"{path}.custom_id", "A custom id is required."
        if kind == 1:
            yield from _length(f"{path}.components", part.get("components"), 5, 1)
            if len(part["components"]) > 1 and any(c["type"] != 2 for c in part["components"]):
                yield f"{path}.components", "A select or text input fills a row alone."
        elif kind == 2:
            yield from _length(f"{path}.label", part.get("label"), 80)
            if not part.get("label") and not part.get("emoji") and part.get("style") != 6:
                yield path, "A button needs a label or an emoji."
            if (part.get("style") == 5) != bool(part.get("url")) or (part.get("url") and custom_id):
                yield path, "A link button has a url and no custom id, another has no url."
        elif kind in (3, 21, 22):
            options = part.get("options") or []
            yield from _length(f"{path}.options", options, 25 if kind == 3 else 10, 1)
            if len({o.get("value") for o in options}) < len(options):
                yield f"{path}.options", "The specified option value is already used."
            for n, option in enumerate(options):
                for key, least in (("label", 1), ("value", 1), ("description", 0)):
                    yield from _length(f"{path}.options.{n}.{key}", option.get(key), 100, least)
            if (part.get("max_values") or 1) > len(options):
                yield f"{path}.max_values", "Must not be more than there are options."
        elif kind in (4, 18):
            if part.get("label") is not None or kind == 18:
                yield from _length(f"{path}.label", part.get("label"), 45, 1)
            yield from _length(f"{path}.value", part.get("value"), part.get("max_length") or 4000)
        if kind not in (1, 2):
            yield from _length(f"{path}.placeholder", part.get("placeholder"), 100 if kind == 4 else 150)


def check_modal(data: Json) -> Iterator[Problem]:
    yield from _length("data.title", data.get("title"), 45, 1)
    yield from _length("data.custom_id", data.get("custom_id"), 100, 1)
    for path, sentence in check_components(data.get("components") or [], modal=True):
        yield f"data.{path}", sentence


def check_choices(choices: list[Json], path: str) -> Iterator[Problem]:
    yield from _length(path, choices, 25)
    for n, choice in enumerate(choices):
        for name in (choice.get("name"), *(choice.get("name_localizations") or {}).values()):
            yield from _length(f"{path}.{n}.name", name, 100, 1)
        if isinstance(choice.get("value"), str):
            yield from _length(f"{path}.{n}.value", choice["value"], 100)
    if len({c.get("name") for c in choices}) < len(choices):
        yield path, "Choice names must be unique."


def valid_name(name: str) -> bool:
    """The rule for chat-input names, also localized: letters and digits of any script, lower case, 1 to 32."""
    allowed = (c in "-_'" or unicodedata.category(c)[0] in "LN" or re.match("[ऀ-ॿ\u0e00-\u0e7f]", c) for c in name)
    return 1 <= len(name) <= 32 and name == name.lower() and all(allowed)


def _size(item: Json) -> int:
    """What counts towards 8000: names, descriptions and values, of each field its longest localization."""
    fields = ("name", "description")
    own = sum(max(len(item.get(f) or ""), *map(len, (item.get(f"{f}_localizations") or {"": ""}).values())) for f in fields)
    value = item.get("value")
    inner = (item.get("options") or []) + (item.get("choices") or [])
    return own + (len(value) if isinstance(value, str) else 0) + sum(map(_size, inner))


def _check_siblings(items: list[Json], path: str) -> Iterator[Problem]:
    """Names must differ from each other, in every locale too, and localized ones from the others' default names."""
    names = [item.get("name") for item in items]
    if len(set(names)) < len(names):
        yield path, f"Names must be unique ({sorted(str(n) for n in names if names.count(n) > 1)[0]})."
    for locale in {key for item in items for key in item.get("name_localizations") or {}}:
        seen: dict[str, int] = {}
        for n, item in enumerate(items):
            name = (item.get("name_localizations") or {}).get(locale)
            if name is not None and (name in seen or name in names[:n] + names[n + 1 :]):
                yield f"{path}.{n}.name_localizations.{locale}", f"The name {name!r} is already used."
            seen[name or ""] = n


def _check_described(item: Json, path: str, chat: bool = True) -> Iterator[Problem]:
    for key, most in (("name", 32), ("description", 100)):
        localized = item.get(f"{key}_localizations") or {}
        for where, text in ((key, item.get(key)), *((f"{key}_localizations.{tag}", t) for tag, t in localized.items())):
            yield from _length(f"{path}.{where}", text, most if chat or key == "name" else 0, 1 if chat else 0)
            if key == "name" and chat and not valid_name(text or ""):
                yield f"{path}.{where}", f"The name {text!r} breaks the rule (letters, digits, - _ ', lower case, 1 to 32)."
        for tag in localized.keys() - LOCALES:
            yield f"{path}.{key}_localizations.{tag}", "Discord has no such locale."


def _check_options(options: list[Json], path: str, depth: int) -> Iterator[Problem]:
    yield from _length(path, options, 25)
    yield from _check_siblings(options, path)
    kinds, optional = {option.get("type") for option in options}, False
    if kinds & {1, 2} and kinds - {1, 2}:
        yield path, "Subcommands cannot be mixed with plain options."
    for n, option in enumerate(options):
        here, kind = f"{path}.{n}", option.get("type")
        yield from _check_described(option, here)
        if kind in (1, 2):
            if depth + (kind == 1) > 2 or (kind == 2 and depth > 0):
                yield f"{here}.type", "Subcommands nest two levels at most."
            yield from _check_options(option.get("options") or [], f"{here}.options", depth + (1 if kind == 2 else 2))
            continue
        if option.get("required") and optional:
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
        yield from _check_siblings(same, "")
    for n, command in enumerate(commands):
        yield from _check_described(command, str(n), chat=(command.get("type") or 1) == 1)
        yield from _check_options(command.get("options") or [], f"{n}.options", 0)
        if _size(command) > 8000:
            yield str(n), f"Command exceeds maximum size (8000, is {_size(command)})."
