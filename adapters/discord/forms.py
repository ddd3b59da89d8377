"""A field to type in: the form that a button opens, and what comes back from it.

The form is the answer to the press, so it must be there within three seconds and cannot be announced first. Nothing is
remembered: the custom_id of the button is that of the form, and carries the action.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from adapters.discord.choices import FORM
from adapters.discord.text import shorten, visible
from bot.commands.spec import CommandSpec, options_of
from bot.errors import StaleAction
from bot.model.action import Action
from bot.model.reply import Entry
from bot.model.request import Command, Request

TITLE, LABEL, HINT = 45, 45, 100
LONGEST = 200
"""Characters that can be typed."""
FIELD = "text"
"""custom_id of the field."""
_LABEL, _TEXT_INPUT, _SHORT = 18, 4, 1

Json = dict[str, Any]


class Forms(Protocol):
    """Knows the words of forms."""

    async def form_for(self, request: Request) -> Entry | None:
        """The form behind the action that was pressed, in this person's language; None when there is none."""


@dataclass(frozen=True, slots=True)
class Form:
    """The words of a form."""

    title: str
    field: str
    hint: str = ""

    @classmethod
    def of(cls, entry: Entry) -> Form:
        """As the entry says."""
        return cls(entry.title, entry.field, entry.hint)


def opens(data: Mapping[str, Any]) -> Action | None:
    """The action behind a button that opens a form; None for any other. Raises StaleAction when it cannot be read."""
    custom_id: str = data["custom_id"]
    return Action.decode(custom_id.removeprefix(FORM)) if custom_id.startswith(FORM) else None


def modal(action: Action, form: Form) -> Json:
    """The form as Discord wants it."""
    field: Json = {"type": _TEXT_INPUT, "custom_id": FIELD, "style": _SHORT, "required": True, "max_length": LONGEST}
    if form.hint:
        field["placeholder"] = shorten(visible(form.hint), HINT)
    label = {"type": _LABEL, "label": shorten(visible(form.field), LABEL), "component": field}
    title = shorten(visible(form.title), TITLE)
    return {"custom_id": FORM + action.encode(), "title": title, "components": [label]}


def entered(data: Mapping[str, Any], specs: Mapping[str, CommandSpec]) -> Command:
    """The command of a form that was sent: its options are those that the action's values stand for, and the one that
    follows them is what was typed. Raises StaleAction when this version has no such command or option."""
    action = opens(data)
    spec = specs.get(action.command) if action else None
    if action is None or spec is None or len(action.values) >= len(spec.options):
        raise StaleAction
    typed = next((part["value"] for part in _fields(data["components"]) if part["custom_id"] == FIELD), "")
    return Command(spec.name, options_of(spec, action) | {spec.options[len(action.values)].name: typed})


def _fields(components: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for part in components:
        if "component" in part:
            yield from _fields([part["component"]])
        yield from _fields(part.get("components") or [])
        if "custom_id" in part:
            yield part
