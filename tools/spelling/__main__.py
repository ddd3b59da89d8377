"""`python -m tools.spelling [LANG …]`: words that neither a dictionary nor a word list knows, as `file:line: word`.

The dictionaries (LibreOffice's, for Hunspell) are a package on PyPI that is installed into a cached environment of its
own. spylls reads them without a compiler but slowly, so what a dictionary said is kept beside the environment: a second
run asks it about new words only, and does not start it when there are none.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.errors import BadContent
from bot.i18n.languages import load_languages
from tests.servers import environments
from tools.spelling.texts import Text, line_of, texts
from tools.spelling.words import WordList, forms, is_cyrillic, parts, read_word_lists, tokens

ROOT = Path(__file__).resolve().parent.parent.parent
LOOKUP = Path(__file__).with_name("lookup.py")

DICTIONARIES = {
    "en": ("en_GB",),
    "sr-Cyrl": ("sr_RS_cyr",),
    # Nobody has made a Montenegrin dictionary. A word is good when Bosnian or Croatian has it: both are ijekavian, and
    # between them they have nearly everything. The Serbian dictionary is left out although it calls a copy of itself
    # Montenegrin (sr_ME): its words are ekavian, and `bezbednost` has to be found here. What is Montenegrin alone
    # (bezbjednost, sjutra, nijesam) stands in content/cnr/words.txt.
    "cnr": ("bs_BA", "hr_HR"),
}
"""Dictionaries of a language, one of which has to know the word. For a language that is not here:
the one whose name begins with its tag (`mk` -> `mk_MK`)."""

OTHER_SCRIPT = {"Cyrl": ("en_GB",), "Latn": ("sr_RS_cyr",)}
"""By the script of the language: who is asked about a word in the other script. English names in Cyrillic texts."""


class NotHere(Exception):
    """A dictionary cannot be had on this machine."""


class Verdicts:
    """What a dictionary said about words, kept in the cache folder."""

    def __init__(self, dictionary: str) -> None:
        self._dictionary = dictionary
        pins = (environments.HERE / "requirements-spelling.txt").read_bytes() + LOOKUP.read_bytes()
        version = hashlib.sha256(pins).hexdigest()[:12]
        self._file = environments.cache_folder() / f"spelling-verdicts-{dictionary}-{version}.json"
        try:
            self._good: dict[str, bool] = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            self._good = {}

    def unknown(self, words: set[str]) -> set[str]:
        """Those of `words` that the dictionary does not know. Raises NotHere."""
        if new := sorted(words - self._good.keys()):
            bad = look_up(self._dictionary, new)
            self._good.update((word, word not in bad) for word in new)
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._file.with_suffix(f".{os.getpid()}")
            fresh.write_text(json.dumps(self._good, ensure_ascii=False, sort_keys=True), "utf-8")
            fresh.replace(self._file)
        return {word for word in words if not self._good[word]}


def look_up(dictionary: str, words: list[str]) -> set[str]:
    """Those of `words` that the dictionary does not know, without the cache. Raises NotHere."""
    try:
        python = environments.environment("spelling").python
    except environments.ServerUnavailable as error:
        raise NotHere(error.reason) from error
    done = subprocess.run(
        [python, "-I", LOOKUP, dictionary],
        input="\n".join(words).encode(),
        env=environments.clean_environ(),
        capture_output=True,
        check=False,
    )
    if done.returncode == 3:
        raise NotHere(f"no dictionary {dictionary}; name one in tools/spelling/__main__.py")
    if done.returncode:
        raise NotHere(f"{dictionary}: {(done.stderr.decode().strip().splitlines() or ['lookup failed'])[-1]}")
    return set(done.stdout.decode().splitlines())


def dictionaries(word: str, lang: str, script: str) -> tuple[str, ...]:
    """Who may know `word` in a text of `lang`, which is written in `script`."""
    if is_cyrillic(word) != (script == "Cyrl"):
        return OTHER_SCRIPT[script]
    return DICTIONARIES.get(lang, (lang.partition("-")[0],))


def check(root: Path, langs: list[str], scripts: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """What is to be printed about `langs`, and by dictionary why it could not be asked.

    Raises BadContent when a content file cannot be read.
    """
    found: dict[str, dict[str, list[Text]]] = {}
    lists: dict[str, WordList] = {}
    for lang in langs:
        lists[lang] = read_word_lists([root / "content" / "words.txt", root / "content" / lang / "words.txt"])
        words = found[lang] = {}
        for text in texts(root, lang):
            for token in tokens(text.text, lists[lang]):
                for part in parts(token, lang, lists[lang]):
                    words.setdefault(part, []).append(text)
    asked: dict[str, set[str]] = {}
    for lang, words in found.items():
        for word in words:
            for dictionary in dictionaries(word, lang, scripts[lang]):
                asked.setdefault(dictionary, set()).update(forms(word, lists[lang]))
    unknown: dict[str, set[str]] = {}
    missing: dict[str, str] = {}
    with ThreadPoolExecutor(max_workers=2) as pool:
        answers = {name: pool.submit(Verdicts(name).unknown, words) for name, words in asked.items()}
        for name, answer in answers.items():
            try:
                unknown[name] = answer.result()
            except NotHere as error:
                missing[name] = str(error)
    lines = []
    for lang, words in found.items():
        for word, places in words.items():
            askable = dictionaries(word, lang, scripts[lang])
            if missing.keys().isdisjoint(askable) and all(
                form in unknown[name] for name in askable for form in forms(word, lists[lang])
            ):
                where = sorted({(place.file.relative_to(root), line_of(place, word)) for place in places})
                lines += [f"{file}:{line}: {word}" for file, line in where]
    return sorted(lines, key=_by_place), missing


def _by_place(line: str) -> tuple[str, int, str]:
    file, number, word = line.split(":", 2)
    return file, int(number), word


def main() -> int:
    """Print the unknown words. Exit code 1 when there are any, or when a dictionary is missing and CI is set."""
    languages = load_languages(ROOT / "locales")
    langs = sys.argv[1:] or list(languages.written)
    if wrong := [lang for lang in langs if lang not in languages.written]:
        print(f"no such written language: {', '.join(wrong)}")
        return 2
    started = time.monotonic()
    try:
        lines, missing = check(ROOT, langs, {lang: languages[lang].script for lang in langs})
    except BadContent as error:
        print(error)
        return 1
    for line in lines:
        print(line)
    for name, reason in missing.items():
        print(f"NOT RUN: spelling with {name}: {reason}")
    if lines:
        print("\nRight but unknown? It goes into content/<lang>/words.txt, or content/words.txt for all languages.")
    print(f"spelling: {len(lines)} unknown words, {len(langs)} languages, {time.monotonic() - started:.1f} s")
    return 1 if lines or (missing and os.environ.get("CI")) else 0


if __name__ == "__main__":
    raise SystemExit(main())
