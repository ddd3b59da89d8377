"""From a text to the words that need looking up, and the word lists of translators."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NO_WORDS = re.compile(
    r"\{[^{}]*\}"  # a placeholder
    r"|`[^`]*`"  # a command
    r"|https?://\S+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # e-mail
    r"|\b[A-Za-z][A-Za-z0-9-]*(?:\.[a-z0-9-]{2,})+\b(?:/[\w/.-]*)?"  # a site
    r"|(?<!\w)/[a-z]+"  # a command on Discord
)
TOKEN = re.compile(r"[^\W_]+(?:['\-\u2010\u2011][^\W_]+)*")
HYPHEN = re.compile(r"[-\u2010\u2011]")
SUFFIX = 4
"""Letters; what is hung on an acronym or a number with a hyphen (ENISA-e, ЕУ-то, BE-në, 2024-te) has at most these."""

ELIDED = {"sq": frozenset("tsçnm")}
"""By language: words that stand before an apostrophe, shortened: t'i, s'ka, ç'është."""
_CYRILLIC = re.compile(r"[\u0400-\u04FF]")


@dataclass(frozen=True, slots=True)
class WordList:
    """What `words.txt` says is good: words, phrases of several words (names in another language) as they stand, and
    beginnings of words (`kiber-`) that are good before whatever the dictionary knows.
    """

    words: frozenset[str]
    phrases: tuple[str, ...]
    beginnings: tuple[str, ...] = ()

    def __contains__(self, word: str) -> bool:
        """A word in lower case is good with a capital, too; one with a capital only as it is, or all in capitals."""
        if word in self.words or (word[:1].lower() + word[1:]) in self.words:
            return True
        return word.isupper() and (word.lower() in self.words or word.capitalize() in self.words)


def read_word_lists(files: list[Path]) -> WordList:
    """The entries of all `files` that exist: one a line, from `#` on a comment."""
    entries: set[str] = set()
    for file in files:
        if file.exists():
            for line in file.read_text("utf-8").splitlines():
                entries.add(normal(line.partition("#")[0].strip()))
    entries.discard("")
    phrases = sorted((entry for entry in entries if re.search(r"[ /]", entry)), key=len, reverse=True)
    beginnings = sorted(entry[:-1] for entry in entries if entry.endswith("-"))
    return WordList(frozenset(entries.difference(phrases)), tuple(phrases), tuple(beginnings))


def normal(text: str) -> str:
    """One way of writing accents and apostrophes."""
    return unicodedata.normalize("NFC", text).replace("’", "'")


def tokens(text: str, known: WordList) -> Iterator[str]:
    """Runs of letters, digits, apostrophes and hyphens in `text`, without those that the list says are good."""
    text = NO_WORDS.sub(" ", normal(text))
    for phrase in known.phrases:
        text = re.sub(rf"(?<!\w){re.escape(phrase)}(?!\w)", " ", text)
    for match in TOKEN.finditer(text):
        if match.group() not in known:
            yield match.group()


def parts(token: str, lang: str, known: WordList) -> list[str]:
    """The words in `token` that a dictionary has to know; none when rules or the list settle all of them."""
    result = []
    pieces = HYPHEN.split(token)
    for index, piece in enumerate(pieces):
        if index and len(piece) <= SUFFIX and piece.islower() and _settled(pieces[index - 1]):
            continue  # the ending of an acronym or a number
        before, apostrophe, after = piece.partition("'")
        if apostrophe and before.lower() in ELIDED.get(lang, ()):
            piece = after
        if lang == "en":
            piece = piece.removesuffix("'s")
        if not _settled(piece) and piece not in known:
            result.append(piece)
    return result


def forms(part: str, known: WordList) -> list[str]:
    """The forms of `part` of which a dictionary has to know one."""
    lower = part.lower()
    return [part, *(part[len(start) :] for start in known.beginnings if lower.startswith(start) and lower != start)]


def _settled(piece: str) -> bool:
    """Numbers, single letters and acronyms (NIS2, ЕУ, DDoS, CSIRTs) are not in dictionaries."""
    return len(piece) < 2 or any(char.isdigit() for char in piece) or is_acronym(piece)


def is_acronym(piece: str) -> bool:
    """Capitals, at most two small letters among them or at the end: EU, DDoS, CBMs, but not KnowCyber."""
    small = sum(char.islower() for char in piece)
    return sum(char.isupper() for char in piece) >= 2 and (small == 0 or (small <= 2 and len(piece) - small > small))


def is_cyrillic(word: str) -> bool:
    """Whether `word` is in Cyrillic letters."""
    return bool(_CYRILLIC.search(word))
