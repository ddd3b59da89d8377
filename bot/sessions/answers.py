"""The texts of an answer in one language: the right one, a player's own, and what there is to say about it. Pure:
everything it needs is an argument.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.i18n.catalog import Voice
from bot.model.reply import Block, Bullets, Paragraph
from bot.quiz.items import SHAPES, Item, ItemType
from bot.quiz.scoring import Tally, share
from bot.quiz.session import Question

BAR = 12
"""Characters of the longest bar in a tally."""


def sign(number: int) -> str:
    """Number and shape of an option, from 1: the same in every language and script."""
    return f"{number} {SHAPES[number - 1]}"


def option_text(item: Item, option: str, voice: Voice) -> str:
    """The words of an option."""
    if item.type is ItemType.TRUEFALSE:
        # Translators: the two options of a true/false question
        return voice("quiz.true", "True") if option == "true" else voice("quiz.false", "False")
    return item.text(voice.lang).options.get(option, option)


def right_answer(item: Item, asked: Question, voice: Voice) -> str:
    """The right answer in words and numbers."""
    text = item.text(voice.lang)
    if item.type is ItemType.SHORT:
        return f"✔ {text.accept[0]}" if text.accept else "✔"
    number = {option: n for n, option in enumerate(asked.order, 1)}
    if item.type is ItemType.MATCHING:
        return "\n".join(
            f"{n}. {left} → {sign(number[right])} {option_text(item, right, voice)}"
            for n, (left, right) in enumerate(zip(text.left, asked.key, strict=True), 1)
        )
    if item.type is ItemType.ORDERING:
        lines = [
            f"{n}. {option_text(item, option, voice)} ({sign(number[option])})" for n, option in enumerate(asked.key, 1)
        ]
    else:
        right = [option for option in asked.order if option in asked.key]
        lines = [f"✔ {sign(number[option])} {option_text(item, option, voice)}" for option in right]
    return "\n".join(lines)


def verdict(value: str, asked: Question, item: Item, voice: Voice) -> list[Block]:
    """How right one's own answer was, and what is said to those who chose so."""
    part = share(asked, value)
    if part == 1:
        said = voice("quiz.right", "Right!")
    elif part:
        said = voice("quiz.partly", "Partly right.")
    else:
        said = voice("quiz.wrong", "Not right.")
    words = my_answer(value, asked, item, voice)
    if words and part < 1:
        said += " " + voice("quiz.your_answer_is", "Your answer: {answer}", answer=words)
    return [Paragraph(text, voice.lang) for text in (said, *feedback(value, asked, item, voice))]


def bars(asked: Question, item: Item, counted: Tally, voice: Voice) -> Block:
    """How often each option was chosen, or how many were right where there are no single options."""
    if item.type in (ItemType.SINGLE, ItemType.MULTIPLE, ItemType.TRUEFALSE):
        most = max(counted.counts.values(), default=0) or 1
        rows = []
        for n, option in enumerate(asked.order, 1):
            times = counted.counts.get(option, 0)
            bar = "▇" * max(1 if times else 0, round(BAR * times / most))
            rows.append((sign(n), f"{bar} {times}".strip() + (" ✔" if option in asked.key else "")))
        return Bullets(tuple(rows), voice.lang, signs=True)
    text = voice("quiz.right_of", "Right: {right} of {all}", right=counted.right, all=counted.answered)
    return Paragraph(text, voice.lang)


def my_answer(value: str, asked: Question, item: Item, voice: Voice) -> str:
    """A player's answer as they gave it."""
    if item.type is ItemType.SHORT:
        return ""
    number = {option: n for n, option in enumerate(asked.order, 1)}
    chosen = value.split()
    if item.type in (ItemType.ORDERING, ItemType.MATCHING):
        return " ".join(str(number[option]) for option in chosen)
    return ", ".join(f"{sign(number[option])} {option_text(item, option, voice)}" for option in chosen)


def feedback(value: str, asked: Question, item: Item, voice: Voice) -> list[str]:
    """What is said to somebody who chose these options."""
    told: Mapping[str, str] = item.text(voice.lang).feedback
    if item.type in (ItemType.ORDERING, ItemType.SHORT):
        return []
    return [told[option] for option in dict.fromkeys(value.split()) if option in told and option not in asked.key]


def mistake(index: int, item: Item, asked: Question, voice: Voice, value: str | None) -> list[Block]:
    """One question as a player sees it afterwards: what they said, what is right, and why."""
    lang, text = voice.lang, item.text(voice.lang)
    blocks: list[Block] = [Paragraph(f"{index + 1}. {text.stem}", lang, strong=True)]
    if value is None:
        blocks.append(Paragraph(voice("quiz.not_answered", "You did not answer."), lang))
    elif words := my_answer(value, asked, item, voice):
        blocks.append(Paragraph(voice("quiz.your_answer_is", "Your answer: {answer}", answer=words), lang))
    for told in feedback(value, asked, item, voice) if value else ():
        blocks.append(Paragraph(told, lang))
    blocks.append(Paragraph(right_answer(item, asked, voice), lang))
    if text.explanation:
        blocks.append(Paragraph(text.explanation, lang))
    return blocks
