"""What somebody typed, as an answer: numbers of options, an option's own words, true or false, a short text.

Nothing here is a sentence: what cannot be read comes back as data, and the commands say it in the person's language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.i18n.script import fold_latin, without_habits
from bot.quiz.items import SHAPES, ItemText, ItemType
from bot.quiz.session import Question


class Problem(StrEnum):
    """Why something typed is no answer."""

    EMPTY = "empty"
    WORDS = "words"
    """Neither numbers nor the words of one option."""
    COUNT = "count"
    """Not as many numbers as it takes."""
    RANGE = "range"
    """A number that no option has."""
    TWICE = "twice"
    """A number more than once."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What was typed is no answer to this question."""

    problem: Problem
    wanted: int
    """How many numbers an answer has: 1, or all options, or all left sides; 0 = one or more (multiple)."""
    options: int
    """The highest number there is; 0 for short text."""
    number: int = 0
    """RANGE and TWICE: the number in question. COUNT: how many there were."""


_SHAPES = str.maketrans({shape: f" {index} " for index, shape in enumerate(SHAPES, 1)})
_DECORATION = str.maketrans("", "", "\ufe0e\ufe0f\u20e3")  # what makes a keycap of a digit
_AND = frozenset({"and", "i", "dhe", "e"})

_TRUE_WORDS = (
    "true t right correct yes tacno tacna tocno tocna istina istinito istinita ispravno da vistina vistinito "
    "po sakte vertete drejte"
)
_FALSE_WORDS = (
    "false f wrong incorrect no netacno netacna netocno netocna neistina neistinito neistinita neispravno ne n "
    "laz lazno nevistina nevistinito laga jo pasakte gabim gabuar rreme"
)
_TRUE, _FALSE = frozenset(_TRUE_WORDS.split()), frozenset(_FALSE_WORDS.split())
_LINKS = ("e ", "i ", "eshte e ", "eshte i ")  # Albanian: e saktë, është e vërtetë


def read_typed(
    question: Question, typed: str, texts: Sequence[ItemText] = (), others: Iterable[str] = ()
) -> str | Unreadable:
    """The answer value that `typed` stands for.

    `texts` are the item's texts in the languages that the person can have read it in; option words and accepted
    answers count in each of them. `others` as in `matches`.
    """
    text = unicodedata.normalize("NFKC", typed.translate(_SHAPES).translate(_DECORATION)).strip()
    if not words_of(text):
        return _problem(question, Problem.EMPTY)
    if question.type is ItemType.SHORT:
        return "right" if matches(text, [form for one in texts for form in one.accept], others) else "wrong"
    numbers = _numbers(question, text)
    value = value_of(question, numbers) if numbers else _problem(question, Problem.WORDS)
    if isinstance(value, Unreadable):
        named = _named(question, text, texts)
        if named:
            return named
    return value


def value_of(question: Question, numbers: Sequence[int]) -> str | Unreadable:
    """The answer value of chosen numbers, counted from 1 as the options are shown."""
    wanted, options = _wanted(question), len(question.order)
    if wanted and len(numbers) != wanted:
        return _problem(question, Problem.COUNT, len(numbers))
    if not numbers:
        return _problem(question, Problem.EMPTY)
    for index, number in enumerate(numbers):
        if not 1 <= number <= options:
            return _problem(question, Problem.RANGE, number)
        # Two left sides may belong to one right side only where the key says so: else "1 1 1" would earn a pair.
        if number in numbers[:index] and not _repeats(question):
            return _problem(question, Problem.TWICE, number)
    ids = [question.order[number - 1] for number in numbers]
    return " ".join(sorted(ids) if question.type is ItemType.MULTIPLE else ids)


def _wanted(question: Question) -> int:
    match question.type:
        case ItemType.SINGLE | ItemType.TRUEFALSE:
            return 1
        case ItemType.ORDERING | ItemType.MATCHING:
            return len(question.key)
        case _:
            return 0


def _repeats(question: Question) -> bool:
    return question.type is ItemType.MATCHING and len(set(question.key)) < len(question.key)


def _problem(question: Question, problem: Problem, number: int = 0) -> Unreadable:
    return Unreadable(problem, _wanted(question), len(question.order), number)


def _numbers(question: Question, text: str) -> list[int]:
    """The numbers in a text of nothing but numbers; empty for any other text."""
    parts = re.findall(r"[^\W\d_]+|\d{1,9}", text)
    if any(not part[0].isdecimal() and fold_latin(part) not in _AND for part in parts):
        return []
    runs = [part for part in parts if part[0].isdecimal()]
    if len(runs) == 1 and len(runs[0]) > 1 and _wanted(question) != 1 and len(question.order) <= 9:
        return [int(digit) for digit in runs[0]]  # 13 with fewer than ten options can only be 1 and 3
    numbers = [int(run) for run in runs]
    pairs = len(question.key)
    if question.type is ItemType.MATCHING and len(numbers) == 2 * pairs:
        left, right = numbers[::2], numbers[1::2]
        if sorted(left) == list(range(1, pairs + 1)):  # 1-3 2-1 3-2
            return [right[left.index(number)] for number in range(1, pairs + 1)]
    return numbers


def _named(question: Question, text: str, texts: Sequence[ItemText]) -> str:
    """The option whose own words these are; "" when there is not exactly one."""
    key = " ".join(words_of(text))
    if question.type is ItemType.TRUEFALSE:
        bare = next((key.removeprefix(link) for link in reversed(_LINKS) if key.startswith(link)), key)
        return "true" if bare in _TRUE else "false" if bare in _FALSE else ""
    if question.type is not ItemType.SINGLE:
        return ""
    found = {
        option
        for one in texts
        for option, words in one.options.items()
        if option in question.order and words_of(words) == words_of(text)
    }
    return found.pop() if len(found) == 1 else ""


# Short text

_ARTICLES = frozenset({"the", "a", "an"})


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text without case, script and marks: `Ђорђе, џеп` and `Djordje dzep` have the same."""
    folded = fold_latin(unicodedata.normalize("NFKC", text))
    return tuple("".join(c if c.isalnum() else " " for c in folded).split())


def matches(typed: str, accept: Iterable[str], others: Iterable[str] = ()) -> bool:
    """Whether `typed` is one of the accepted answers.

    Case, script, diacritics, spelling habits, punctuation, word breaks and English articles do not matter. A word of
    five letters may have one typo, one of nine letters two; digits and words up to four letters (most acronyms) must
    be right. `others` are answers that mean something else: one of them is never taken for a typo.
    """
    given = _answer_words(typed)
    if not given:
        return False
    wanted = [words for words in map(_answer_words, accept) if words]
    if any("".join(given) == "".join(words) for words in wanted):
        return True
    if any("".join(given) == "".join(_answer_words(other)) for other in others):
        return False
    return any(_similar(given, words) for words in wanted)


def _answer_words(text: str) -> tuple[str, ...]:
    words = words_of(text)
    words = tuple(word for word in words if word not in _ARTICLES) or words
    return tuple(without_habits(" ".join(words)).split())


def _similar(given: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    if len(given) != len(wanted):  # a word break that should not be there, or the other way round, and a typo
        return "".join(map(_digits, given)) == "".join(map(_digits, wanted)) and _typo(
            "".join(given), "".join(wanted), most=1, least=9
        )
    return all(one == other or _typo(one, other) for one, other in zip(given, wanted, strict=True))


def _typo(given: str, wanted: str, most: int = 2, least: int = 5) -> bool:
    """Whether `given` is `wanted` mistyped."""
    if len(wanted) < least or len(given) < 4 or _digits(given) != _digits(wanted):
        return False
    # A prefix that turns the meaning round (decentralised, nezakonito) is no typo.
    allowed = min(most, 2 if len(wanted) >= 9 and given[0] == wanted[0] else 1)
    return within(given, wanted, allowed)


def _digits(word: str) -> str:
    return "".join(c for c in word if c.isdigit())


def within(one: str, other: str, most: int) -> bool:
    """Whether at most `most` letters are added, left out, replaced or swapped with their neighbour (Damerau and
    Levenshtein's distance, each place changed once)."""
    if abs(len(one) - len(other)) > most:
        return False
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, match in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != match))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == match:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return False
    return row[-1] <= most
