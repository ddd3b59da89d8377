"""House style per language: forms that contradict the termbase or the wording rules. Data for the checks, never shown.

A word of a neighbouring standard is not wrong in itself; in the texts of this language it means that somebody copied.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex


@dataclass(frozen=True, slots=True)
class Style:
    """What to avoid in one language: a pattern and what to write instead."""

    avoid: tuple[tuple[regex.Pattern[str], str], ...]


def _style(*pairs: tuple[str, str]) -> Style:
    return Style(tuple((regex.compile(pattern), wanted) for pattern, wanted in pairs))


_IJEKAVIAN_DAYS = (r"\b(?:ponedeljak|sreda|nedelja)\b", "the ijekavian form: ponedjeljak, srijeda, nedjelja")
_LATIN_BIH = (r"\bBosn[aeiou]\w*\b(?! i Hercegovin)", "write Bosna i Hercegovina in full, or BiH after it")
_NORTH = (r"(?<!Sjevern\w{1,3} )\bMakedonij\w*", "the name is Sjeverna Makedonija")

STYLES: dict[str, Style] = {
    "en": _style(
        (r"\bBosnia\b(?! and Herzegovina)", "write Bosnia and Herzegovina in full, or BiH after it"),
        (r"(?<!North )\bMacedonia\b", "the name is North Macedonia"),
        (r"\bFYROM\b", "the name is North Macedonia"),
        (r"\bTurkey\b", "EU texts write Türkiye"),
        (r"\bsix countries\b", "write partners"),
        (r'["]', "typographic quotes: “…”"),
    ),
    "sq": _style(
        (r"\bBosnj[eëa]\w*\b(?! (?:dhe|e) Hercegovin)(?!-Hercegovin)", "write Bosnja dhe Hercegovina in full"),
        (r"\bMaqedoni\w*\b(?! [es]ë? Veriut)", "the name is Maqedonia e Veriut"),
        (r'["]', "typographic quotes"),
    ),
    "bs": _style(
        _LATIN_BIH,
        _NORTH,
        _IJEKAVIAN_DAYS,
        (r"\b[Ss]ajber\w*", "termbase: kibernetički"),
        (r"\b[Bb]ezbjednos\w*|\b[Bb]ezbednos\w*", "termbase: sigurnost"),
        (r"\bkiber(?!net)\w*", "termbase: kibernetički"),
        (r"\b[Ee]urop(?!ol|a\.eu|e/)\w*", "bs: Evropa, evropski"),
        (r'["]', "typographic quotes: „…“"),
    ),
    "hr": _style(
        _LATIN_BIH,
        _NORTH,
        _IJEKAVIAN_DAYS,
        (r"\b[Ss]ajber\w*", "termbase: kiber-"),
        (r"\b[Bb]ezbjednos\w*|\b[Bb]ezbednos\w*", "termbase: sigurnost"),
        (r"\b[Ee]vrop\w*", "hr: Europa, europski"),
        (r"\b(?:novembar|januar|februar|mart|juni|juli|decembar|oktobar|septembar)\w*\b", "hr: names of the months"),
        (r"\b(?:hiljad|preduzeć|uslov)\w*", "hr: tisuća, poduzeće or tvrtka, uvjet"),
        (r'["]', "typographic quotes: „…”"),
    ),
    "cnr": _style(
        _LATIN_BIH,
        _NORTH,
        _IJEKAVIAN_DAYS,
        (r"\b[Kk]ibernet\w*|\b[Kk]iber[sp]\w*", "termbase: sajber"),
        (r"\b[Bb]ezbednos\w*", "cnr: bezbjednost"),
        (r"\b[Ee]urop(?!ol|a\.eu|e/)\w*", "cnr: Evropa, evropski"),
        (r'["]', "typographic quotes: „…“"),
    ),
    "mk": _style(
        (r"\bБосна\b(?! и Херцеговин)", "write Босна и Херцеговина in full, or БиХ after it"),
        (r"(?<!Северна )\bМакедониј\w*", "the name is Северна Македонија"),
        (r"[ђћ]", "a Serbian letter"),
        (r'["]', "typographic quotes: „…“"),
    ),
    "sr-Cyrl": _style(
        (r"\bБосн[аеиоу]\b(?! и Херцеговин)", "write Босна и Херцеговина in full, or БиХ after it"),
        (r"(?<!Северн\w{1,3} )\bМакедониј\w*", "the name is Северна Македонија"),
        (r"\b[Бб]езбједнос\w*", "sr: безбедност (ekavian)"),
        (r"[ѓќѕщъьыэюя]", "not a Serbian letter"),
        (r'["]', "typographic quotes: „…”"),
    ),
}
