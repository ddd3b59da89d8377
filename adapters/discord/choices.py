"""Choices as buttons; as menus when there are so many that buttons would bury the text.

Nothing about a choice is remembered: a button's custom_id is the encoded Action, a menu carries one in each option,
so all of them work after any restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import regex

from adapters.discord.text import shorten, visible
from bot.model.reply import Choice

ROWS = 5
PER_ROW = 5
BUTTONS = 20
"""More choices than this become menus."""
PER_MENU = 25
LABEL = 80
OPTION_LABEL = 100
MENU = "k1-menu"
"""custom_id of a menu, followed by its number in the message; the action is in the option that was chosen."""

Row = dict[str, Any]
_EMOJI = regex.compile(r"\p{Extended_Pictographic}\uFE0F?")


def rows(choices: Sequence[Choice], prompt: str = "") -> list[list[Row]]:
    """The rows of components, as many for each message as it may carry. A choice that stands there twice is shown
    once."""
    by_key: dict[str, Choice] = {}
    for choice in choices:
        by_key.setdefault(choice.action.encode(), choice)
    unique = list(by_key.items())
    signs = [_button(key, choice) for key, choice in unique if _is_sign(choice)]
    words = [(key, choice) for key, choice in unique if not _is_sign(choice)]
    if len(unique) <= BUTTONS:
        made = _button_rows([_button(key, choice) for key, choice in unique])
    else:
        parts = [words[n : n + PER_MENU] for n in range(0, len(words), PER_MENU)]
        made = [_menu(number, part, prompt) for number, part in enumerate(parts)] + _button_rows(signs)
    return [made[n : n + ROWS] for n in range(0, len(made), ROWS)]


def _is_sign(choice: Choice) -> bool:
    """Whether the label is a picture that needs no word, such as the globe."""
    return _EMOJI.fullmatch(choice.label) is not None


def _button(key: str, choice: Choice) -> Row:
    button: Row = {"type": 2, "style": 2, "custom_id": key}
    if _is_sign(choice):
        button["emoji"] = {"name": choice.label}
    else:
        button["label"] = shorten(visible(choice.label), LABEL)
    return button


def _button_rows(buttons: list[Row]) -> list[Row]:
    return [{"type": 1, "components": buttons[n : n + PER_ROW]} for n in range(0, len(buttons), PER_ROW)]


def _menu(number: int, part: list[tuple[str, Choice]], prompt: str) -> Row:
    options = [{"label": shorten(visible(choice.label), OPTION_LABEL), "value": key} for key, choice in part]
    menu: Row = {"type": 3, "custom_id": f"{MENU}-{number}", "options": options}
    if prompt:
        menu["placeholder"] = shorten(visible(prompt), 150)
    return {"type": 1, "components": [menu]}
