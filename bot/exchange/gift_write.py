"""GIFT, the text format of Moodle, written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from bot.quiz.items import Item, ItemText, ItemType

_ESCAPES = str.maketrans({c: f"\\{c}" for c in ":#={}~\\"} | {"\n": "\\n"})


def write_gift(items: Iterable[Item], lang: str, category: str = "") -> str:
    """The items in `lang` (an item that is not written in it is left out), as Moodle reads them.

    What GIFT has no place for stands in a comment `// kompas: {…}`, which only our own reader looks at: the
    explanation of an ordering question, the feedback of a matching one.
    """
    blocks = [f"$CATEGORY: {category}"] if category else []
    for item in items:
        if lang in item.texts:
            blocks.append("\n".join(_lines(item, item.texts[lang])))
    return "\n\n".join(blocks) + "\n"


def _lines(item: Item, text: ItemText) -> Iterator[str]:
    if own := _own(item, text):
        yield f"// kompas: {json.dumps(own, ensure_ascii=False)}"
    head = f"::{_escaped(item.id)}::[plain]{_escaped(text.stem)} "
    general = [f"\t####{_escaped(text.explanation)}"] if text.explanation else []
    match item.type:
        case ItemType.TRUEFALSE:
            wrong = next((_escaped(text.feedback[key]) for key in item.options if key in text.feedback), "")
            word = "TRUE" if item.key == ("true",) else "FALSE"
            yield f"{head}{{{word}{f'#{wrong}' if wrong else ''}{''.join(general).strip()}}}"
            return
        case ItemType.ORDERING:
            yield f"{head}{{>{len(item.key)} ALL VERTICAL ABSOLUTE_POSITION SHOW"
            yield from (_escaped(text.options[key]) for key in item.key)
            general = []
        case ItemType.MATCHING:
            yield head + "{"
            rows = [*zip(text.left, item.key, strict=True), *(("", key) for key in item.options if key not in item.key)]
            yield from (f"\t={_arrowless(left)} -> {_arrowless(text.options[key])}" for left, key in rows)
        case ItemType.SHORT:
            yield head + "{"
            yield from (f"\t={_arrowless(form)}" for form in text.accept)
        case _:
            yield head + "{"
            yield from (
                f"\t{_sign(item, key)}{_escaped(text.options[key])}"
                + (f"#{_escaped(text.feedback[key])}" if key in text.feedback else "")
                for key in item.options
            )
    yield from general
    yield "}"


def _sign(item: Item, key: str) -> str:
    """What stands before an option: its weight where several can be chosen."""
    if item.type is ItemType.SINGLE:
        return "=" if key in item.key else "~"
    rights = len(item.key)
    share = 100 / rights if key in item.key else -100 / max(1, len(item.options) - rights)
    return f"~%{share:.5f}".rstrip("0").rstrip(".") + "%"


def _own(item: Item, text: ItemText) -> dict[str, object]:
    if item.type is ItemType.ORDERING and text.explanation:
        return {"explanation": text.explanation}
    if item.type is ItemType.MATCHING and text.feedback:
        return {"feedback": {text.options[key]: words for key, words in text.feedback.items()}}
    return {}


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _arrowless(text: str) -> str:
    """Without the sign that makes a matching question of any other."""
    return _escaped(text.replace("->", "→"))
