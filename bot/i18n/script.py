"""Scripts: Serbian Latin from Cyrillic, and the fold to bare Latin letters for matching.

Serbian is written once, in Cyrillic; Latin is made from it. This direction is correct by construction (30 letters,
30 strings). The other one is not: `injekcija`, `nadživeti` and names such as Microsoft cannot be told from
digraphs, so it is never done.
"""

from __future__ import annotations

import re
import unicodedata

_LETTERS = dict(
    zip(
        "абвгдђежзијклљмнњопрстћуфхцчџш",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "đ",
            "e",
            "ž",
            "z",
            "i",
            "j",
            "k",
            "l",
            "lj",
            "m",
            "n",
            "nj",
            "o",
            "p",
            "r",
            "s",
            "t",
            "ć",
            "u",
            "f",
            "h",
            "c",
            "č",
            "dž",
            "š",
        ],
        strict=True,
    )
)
_CYRILLIC = frozenset("".join(_LETTERS) + "".join(_LETTERS).upper())

_PROTECTED = re.compile(
    r"\{[^{}]*\}"  # a placeholder
    r"|https?://\S+"  # an address
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # e-mail
    r"|\b[\w-]+(?:\.[\w-]+)*\.срб\b"  # a Cyrillic domain
    r"|`[^`]*`"  # code
)


def serbian_latin(text: str) -> str:
    """Serbian Cyrillic `text` in Latin script; placeholders, addresses, code and Latin letters stay as they are."""
    parts = []
    end = 0
    for match in _PROTECTED.finditer(text):
        parts += [_latin(text[end : match.start()]), match.group()]
        end = match.end()
    parts.append(_latin(text[end:]))
    return "".join(parts)


def _latin(text: str) -> str:
    return "".join(_letter(text, at) if char in _CYRILLIC else char for at, char in enumerate(text))


def _letter(text: str, at: int) -> str:
    """One letter; a capital digraph is ǇUDSKA -> LJUDSKA, Љубав -> Ljubav, and the initial Љ. stays Lj."""
    char = text[at]
    latin = _LETTERS[char.lower()]
    if char.islower():
        return latin
    if len(latin) == 1:
        return latin.upper()
    after = text[at + 1 : at + 2]
    before = text[at - 1 : at] if at else ""
    capital = after.isupper() if after.isalpha() else before.isupper()
    return latin.upper() if capital else latin.title()


_FOLD_CYRILLIC = {
    "а": "a",
    "б": "b",
    "в": "v",
    "г": "g",
    "д": "d",
    "ђ": "dj",
    "ѓ": "gj",
    "е": "e",
    "ж": "z",
    "з": "z",
    "ѕ": "dz",
    "и": "i",
    "ј": "j",
    "й": "j",
    "к": "k",
    "л": "l",
    "љ": "lj",
    "м": "m",
    "н": "n",
    "њ": "nj",
    "о": "o",
    "п": "p",
    "р": "r",
    "с": "s",
    "т": "t",
    "ћ": "c",
    "ќ": "kj",
    "у": "u",
    "ф": "f",
    "х": "h",
    "ц": "c",
    "ч": "c",
    "џ": "dz",
    "ш": "s",
    "щ": "st",
    "ъ": "a",
    "ь": "",
    "ю": "ju",
    "я": "ja",
    "ы": "i",
    "э": "e",
    "ё": "jo",
    "і": "i",
    "ї": "i",
    "є": "e",
}
_FOLD_GREEK = {
    "α": "a",
    "β": "v",
    "γ": "g",
    "δ": "d",
    "ε": "e",
    "ζ": "z",
    "η": "i",
    "θ": "th",
    "ι": "i",
    "κ": "k",
    "λ": "l",
    "μ": "m",
    "ν": "n",
    "ξ": "x",
    "ο": "o",
    "π": "p",
    "ρ": "r",
    "σ": "s",
    "ς": "s",
    "τ": "t",
    "υ": "i",
    "φ": "f",
    "χ": "h",
    "ψ": "ps",
    "ω": "o",
}
_FOLD_LATIN = {"đ": "dj", "ð": "dj", "ı": "i", "ł": "l", "ß": "ss", "ø": "o", "æ": "ae"}
_FOLD = str.maketrans(_FOLD_CYRILLIC | _FOLD_GREEK | _FOLD_LATIN)
_FOLD_TURKISH = str.maketrans({"İ": "i", "I": "i"})


def fold_latin(text: str) -> str:
    """`text` in lower-case Latin letters without marks; other characters as they are."""
    text = unicodedata.normalize("NFC", text).translate(_FOLD_TURKISH).lower().translate(_FOLD)
    text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return text.translate(_FOLD)


_HABITS = (
    ("sht", "st"),
    ("dj", "d"),
    ("gj", "g"),
    ("kj", "k"),
    ("dz", "d"),
    ("dh", "d"),
    ("sh", "s"),
    ("ch", "c"),
    ("zh", "z"),
    ("xh", "d"),
    ("y", "j"),
    ("w", "v"),
    ("x", "ks"),
    ("q", "k"),
)


def without_habits(folded: str) -> str:
    """A folded text without the ways in which people write our letters who do not have them on the keyboard. Lossy:
    only two texts that both went through it can be compared."""
    for habit, letter in _HABITS:
        folded = folded.replace(habit, letter)
    return folded
