"""What can be pressed: choices as buttons (as menus when there are so many that buttons would bury the text), several
at once as a select menu, something to type as a button that opens a form.

Nothing about any of it is remembered: a button's custom_id is the encoded Action, a menu of choices carries one in
each option, so all of them work after any restart.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import regex

from adapters.discord.text import shorten, visible
from bot.model.reply import Block, Choice, Choices, Entry, Pick

ROWS = 5
PER_ROW = 5
BUTTONS = 20
"""More choices than this become menus."""
PER_MENU = 25
LABEL = 80
OPTION_LABEL = 100
PLACEHOLDER = 150
MENU = "k1-menu"
"""custom_id of a menu, followed by its number in the message; the action is in the option that was chosen."""
PICK = "k1-pick:"
"""What stands before the action in the custom_id of a select menu whose chosen values are added to it."""
FORM = "k1-form:"
"""What stands before the action in the custom_id of a button that opens a form, and of the form."""

Row = dict[str, Any]
_EMOJI = regex.compile(r"\p{Extended_Pictographic}\uFE0F?")


def rows(blocks: Iterable[Block]) -> list[list[Row]]:
    """The rows of components, as many for each message as it may carry. What stands there twice is shown once. The
    choices of a block begin a row of their own, as far as the rows of one message allow."""
    selects: dict[str, Row] = {}
    groups: list[dict[str, Row]] = []
    choices: dict[str, Choice] = {}
    prompt = ""
    for block in blocks:
        match block:
            case Pick(items) if items:
                selects.setdefault(PICK + block.action.encode(), _pick(block))
            case Choices(items):
                groups.append({})
                for choice in items:
                    key = choice.action.encode()
                    if key not in choices:
                        choices[key] = choice
                        groups[-1][key] = _button(key, choice)
                prompt = prompt or block.prompt
            case Entry():
                key = FORM + block.action.encode()
                if not groups:
                    groups.append({})
                if not any(key in group for group in groups):
                    groups[-1][key] = _opener(block)
    words = [(key, choice) for key, choice in choices.items() if not _is_sign(choice)]
    if len(choices) > BUTTONS:
        parts = [words[n : n + PER_MENU] for n in range(0, len(words), PER_MENU)]
        menus = [_menu(number, part, prompt) for number, part in enumerate(parts)]
        as_words = {key for key, _ in words}
        groups = [{key: button for key, button in group.items() if key not in as_words} for group in groups]
    else:
        menus = []
    made = [*selects.values(), *menus]
    apart = [row for group in groups for row in _button_rows(list(group.values()))]
    together = _button_rows([button for group in groups for button in group.values()])
    made += apart if len(made) + len(apart) <= ROWS else together
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


def _opener(entry: Entry) -> Row:
    label = shorten(visible(entry.label), LABEL)
    return {"type": 2, "style": 1, "custom_id": FORM + entry.action.encode(), "label": label}


def _button_rows(buttons: list[Row]) -> list[Row]:
    return [{"type": 1, "components": buttons[n : n + PER_ROW]} for n in range(0, len(buttons), PER_ROW)]


def _menu(number: int, part: list[tuple[str, Choice]], prompt: str) -> Row:
    options = [{"label": shorten(visible(choice.label), OPTION_LABEL), "value": key} for key, choice in part]
    return _select(f"{MENU}-{number}", options, prompt)


def _pick(pick: Pick) -> Row:
    """One of them to all of them; a select menu holds no more than PER_MENU."""
    items = pick.items[:PER_MENU]
    options = [{"label": shorten(visible(label), OPTION_LABEL), "value": value} for label, value in items]
    return _select(PICK + pick.action.encode(), options, pick.prompt, min_values=1, max_values=len(options))


def _select(custom_id: str, options: list[Row], prompt: str, **how_many: int) -> Row:
    select: Row = {"type": 3, "custom_id": custom_id, "options": options, **how_many}
    if prompt:
        select["placeholder"] = shorten(visible(prompt), PLACEHOLDER)
    return {"type": 1, "components": [select]}
