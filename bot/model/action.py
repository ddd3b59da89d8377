"""What pressing a choice means, in at most 90 characters.

A button must work after a restart, so nothing about it is kept in memory: it carries the command that it stands
for. Discord keeps the text in `custom_id`, text platforms keep it in the store under the number that was shown.

Form: `k1:<command>:<value>:<value>…`. The values belong to the command's options in their order; an empty value is
an option that was not given. `k1` is the version: a later form gets a later number and the old one stays readable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.errors import StaleAction

VERSION = "k1"
MAX_CHARACTERS = 90
_PART = re.compile(r"[A-Za-z0-9 _.,+@-]*\Z")


@dataclass(frozen=True, slots=True)
class Action:
    """A command with its options by position."""

    command: str
    """Name of the command, a subcommand with a space: `class language`."""
    values: tuple[str, ...] = ()
    """Option values in the order of the command's options; "" = not given."""

    def encode(self) -> str:
        """The text form. Raises ValueError when a part has a character that is not allowed or the text is too long."""
        values = self.values
        while values and not values[-1]:
            values = values[:-1]
        for part in (self.command, *values):
            if not _PART.match(part):
                raise ValueError(f"an action cannot carry {part!r}")
        text = ":".join((VERSION, self.command, *values))
        if not self.command or len(text) > MAX_CHARACTERS:
            raise ValueError(f"an action of {len(text)} characters: {text!r}")
        return text

    @classmethod
    def decode(cls, text: str) -> Action:
        """The action in `text`. Raises StaleAction when it is not one of ours or of a version that is gone."""
        version, _, rest = text.partition(":")
        command, *values = rest.split(":")
        if version != VERSION or not command or len(text) > MAX_CHARACTERS:
            raise StaleAction
        if not all(_PART.match(part) for part in (command, *values)):
            raise StaleAction
        while values and not values[-1]:
            values.pop()
        return cls(command, tuple(values))
