"""Small words that the summary and the files share."""

from __future__ import annotations

from fractions import Fraction

from bot.i18n.catalog import Voice
from bot.quiz.items import Item, ItemType
from bot.quiz.session import Player, Question


def known_as(player: Player) -> str:
    """The player as the teacher knows them: by their own name, else by the one on the scoreboard."""
    return player.own_name or player.name


def percent(part: Fraction) -> int:
    """A share in whole per cent, a half upwards."""
    return int(part * 100 + Fraction(1, 2))


def numbers(question: Question, value: str) -> str:
    """An answer as the numbers that were shown; "" for short text."""
    place = {option: str(number) for number, option in enumerate(question.order, 1)}
    return " ".join(place[option] for option in value.split() if option in place)


def words(question: Question, item: Item, value: str, voice: Voice) -> str:
    """An answer in words. What was typed as short text is not kept: only whether it was right."""
    text, given = item.text(voice.lang), value.split()
    if question.type is ItemType.SHORT:
        # Translators: an answer in words was right or wrong; cell of a table
        return voice("report.was_right", "right") if value == "right" else voice("report.was_wrong", "wrong")
    if question.type is ItemType.TRUEFALSE:
        return voice("quiz.true", "True") if value == "true" else voice("quiz.false", "False")
    said = [text.options.get(option, option) for option in given]
    if question.type is ItemType.MATCHING:
        return " | ".join(f"{left} → {right}" for left, right in zip(text.left, said, strict=False))
    return " | ".join(said)


def type_name(kind: ItemType, voice: Voice) -> str:
    """What a type of question is called."""
    match kind:
        # Translators: types of questions; cells of a table
        case ItemType.SINGLE:
            return voice("report.type_single", "one right answer")
        case ItemType.MULTIPLE:
            return voice("report.type_multiple", "several right answers")
        case ItemType.TRUEFALSE:
            return voice("report.type_truefalse", "true or false")
        case ItemType.ORDERING:
            return voice("report.type_ordering", "put in order")
        case ItemType.MATCHING:
            return voice("report.type_matching", "match")
        case ItemType.SHORT:
            return voice("report.type_short", "answer in words")
