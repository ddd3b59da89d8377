"""From drafts to items: everything is checked here, once for all formats."""

from __future__ import annotations

from collections.abc import Iterable

from bot.exchange.found import QUESTIONS, Draft, Found, Remark, Skip
from bot.exchange.texts import plain
from bot.quiz.items import Item, ItemText, ItemType
from bot.topics.quiz_schema import EXPLANATION, FEEDBACK, OPTION, STEM

IDS = "abcdef"
MOST_OPTIONS, MOST_PARTS = 6, 5
"""Options of a question; left sides of a matching question and steps of an ordering one."""
TRUE_FALSE = ("true", "false")


def build(
    drafts: Iterable[Draft | Remark], set_name: str, lang: str, encoding: str, notes: Iterable[Remark] = ()
) -> Found:
    """Items `<set_name>.1`, `.2`, … in `lang` of all drafts that can be used, and what became of the others. A Remark
    among the drafts is a question that could not even be read.
    """
    items: list[Item] = []
    skipped: list[Remark] = []
    said = list(notes)
    for draft in drafts:
        if isinstance(draft, Remark):
            skipped.append(draft)
            continue
        name = title(draft)
        if len(items) >= QUESTIONS:
            skipped.append(Remark(draft.line, f"more than {QUESTIONS} questions", name))
            continue
        try:
            made = Maker(draft).item(f"{set_name}.{len(items) + 1}", lang)
        except Skip as skip:
            skipped.append(Remark(draft.line, str(skip), name))
        else:
            items.append(made)
            said += [Remark(draft.line, cause, name) for cause in dict.fromkeys(draft.remarks)]
    return Found(tuple(items), tuple(skipped), tuple(said), encoding, {lang: len(items)} if items else {})


def title(draft: Draft) -> str:
    """How to name a question in a line of output."""
    name = plain(draft.name)[0] or plain(draft.stem, draft.html)[0]
    return name if len(name) <= 60 else f"{name[:59]}…"


class Maker:
    """Makes one item of one draft; raises Skip with the reason when it cannot be."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    def item(self, name: str, lang: str) -> Item:
        """The item."""
        draft = self.draft
        stem = self.text(draft.stem, "the question", STEM)
        explanation = self.text(draft.explanation, "the explanation", EXPLANATION, needed=False)
        match draft.type:
            case ItemType.SHORT:
                accept = [self.text(form, "an accepted answer", OPTION) for form in draft.accept]
                if not accept:
                    raise Skip("no right answer")
                text = ItemText(stem, explanation, accept=tuple(dict.fromkeys(accept)))
                return Item(name, draft.type, (), (), {lang: text})
            case ItemType.MATCHING:
                return self._matching(name, lang, stem, explanation)
            case ItemType.TRUEFALSE:
                rights = tuple(key for key, one in zip(TRUE_FALSE, draft.options, strict=True) if one.right)
                words: dict[str, str] = {}
                names: tuple[str, ...] = TRUE_FALSE
            case _:
                names, words, rights = self._options()
        if not rights:
            raise Skip("no right answer")
        if draft.type in (ItemType.SINGLE, ItemType.TRUEFALSE) and len(rights) > 1:
            raise Skip(f"{len(rights)} right answers, but only one can be chosen")
        if draft.type is ItemType.ORDERING:
            return _ordering(name, lang, stem, explanation, words)
        feedback, said = {}, []
        for key, option in zip(names, draft.options, strict=True):
            if key in rights:
                said.append(self.text(option.feedback, "the feedback of a right answer", EXPLANATION, needed=False))
            elif answer := self.text(option.feedback, f"the feedback of “{option.text}”", FEEDBACK, needed=False):
                feedback[key] = answer
        explanation = self._explanation(explanation, said)
        return Item(name, draft.type, names, rights, {lang: ItemText(stem, explanation, words, feedback=feedback)})

    def text(self, text: str, what: str, most: int, *, needed: bool = True) -> str:
        """A text in one plain line."""
        words, said = plain(text, self.draft.html)
        self.draft.remarks += said
        if needed and not words:
            images = ", only an image, which cannot be shown" if "an image was left out" in said else ""
            raise Skip(f"{what} has no text{images}")
        if len(words) > most:
            raise Skip(f"{what} has {len(words)} characters, at most {most} can be shown")
        return words

    def _options(self) -> tuple[tuple[str, ...], dict[str, str], tuple[str, ...]]:
        """Ids, words, right ids."""
        options = self.draft.options
        ordering = self.draft.type is ItemType.ORDERING
        least, most = (3, MOST_PARTS) if ordering else (2, MOST_OPTIONS)
        if not least <= len(options) <= most:
            what = "steps to put in order" if ordering else "options"
            raise Skip(f"{len(options)} {what}; it must be {least} to {most}")
        words = {key: self.text(option.text, "an option", OPTION) for key, option in zip(IDS, options, strict=False)}
        _no_twins(words.values())
        return tuple(words), words, tuple(key for key, one in zip(IDS, options, strict=False) if one.right or ordering)

    def _explanation(self, general: str, said: Iterable[str]) -> str:
        """General feedback, with what was said to those who were right where there is room."""
        parts = list(dict.fromkeys(part for part in (general, *said) if part))
        joined = " ".join(parts)
        if len(joined) <= EXPLANATION:
            return joined
        self.draft.remarks.append("the feedback of the right answer was left out: no room beside the explanation")
        return general

    def _matching(self, name: str, lang: str, stem: str, explanation: str) -> Item:
        pairs = [
            (self.text(left, "a left side", OPTION, needed=False), self.text(right, "a right side", OPTION))
            for left, right in self.draft.pairs
        ]
        left = tuple(side for side, _ in pairs if side)
        rights = sorted({right for _, right in pairs}, key=lambda text: (text.casefold(), text))
        if not 2 <= len(left) <= MOST_PARTS:
            raise Skip(f"{len(left)} pairs to match; it must be 2 to {MOST_PARTS}")
        if not 2 <= len(rights) <= MOST_OPTIONS:
            raise Skip(f"{len(rights)} different right sides; it must be 2 to {MOST_OPTIONS}")
        _no_twins(left)
        _no_twins(rights)
        ids = {right: IDS[index] for index, right in enumerate(rights)}
        key = tuple(ids[right] for side, right in pairs if side)
        feedback = {}
        for words, answer in self.draft.feedback.items():
            if (option := ids.get(plain(words, self.draft.html)[0])) and option not in key:
                feedback[option] = self.text(answer, "the feedback of a right side", FEEDBACK)
        options = {option: words for words, option in ids.items()}
        text = ItemText(stem, explanation, options, left, feedback)
        return Item(name, ItemType.MATCHING, tuple(options), key, {lang: text})


def _ordering(name: str, lang: str, stem: str, explanation: str, words: dict[str, str]) -> Item:
    """Stored in the order of the alphabet; if that is the right one, turned by one."""
    right = list(words.values())
    stored = sorted(right, key=lambda text: (text.casefold(), text))
    if stored == right:
        stored = stored[1:] + stored[:1]
    options = dict(zip(IDS, stored, strict=False))
    key = tuple(IDS[stored.index(text)] for text in right)
    return Item(name, ItemType.ORDERING, tuple(options), key, {lang: ItemText(stem, explanation, options)})


def _no_twins(texts: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for text in texts:
        key = " ".join(text.casefold().split())
        if key in seen:
            raise Skip(f"“{text}” stands twice among the options")
        seen[key] = text
