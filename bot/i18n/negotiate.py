"""Which language an answer is in. A chain of small functions, so that the order can be read and each link tested.

A person's own choice > the room's > the server's > the platform's hint > the question itself > the default. Inside
the family of Bosnian, Croatian, Montenegrin and Serbian no detector can tell short Latin questions apart, so there
Kompas asks.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bot.i18n.languages import Languages
from bot.i18n.script import fold_latin

_WORD = re.compile(r"[^\W\d_]+")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")


@dataclass(frozen=True, slots=True)
class Known:
    """What was set for the person and the place; None or empty where nothing was."""

    person: str | None = None
    room: tuple[str, ...] = ()
    server: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The language to answer in, or the languages among which the person has to be asked."""

    tag: str
    ask: tuple[str, ...] = ()


def negotiate(languages: Languages, known: Known, question: str, default: str) -> Outcome:
    """The language of a reply to this person. `question` is "" when there is none (a command, a button)."""
    for tag in (known.person, *known.room[:1], known.server, known.hint):
        if tag is not None and tag in languages:  # a language may have been taken out of the table since
            return Outcome(tag)
    guess = guess_language(languages, question)
    if len(guess) == 1:
        return Outcome(guess[0])
    return Outcome(default, ask=guess)


def guess_language(languages: Languages, question: str) -> tuple[str, ...]:
    """The languages that the question can be in: one when it is clear, several when the person must be asked, none when
    nothing speaks for any. By words and letters that only one language has."""
    text = unicodedata.normalize("NFC", question).lower()
    words = set(_WORD.findall(text))
    words |= {fold_latin(word) for word in words if not _CYRILLIC.search(word)}
    letters = set(text)
    scores = {row.tag: len(words & row.clue_words) + 2 * len(letters & row.clue_letters) for row in languages}
    best = max(scores.values())
    if best == 0:
        return ()
    winners = [languages[tag] for tag, score in scores.items() if score == best]
    groups = {(row.family, row.script) for row in winners}
    if len(groups) > 1:
        return ()
    family, script = groups.pop()
    return tuple(row.tag for row in languages if (row.family, row.script) == (family, script))
