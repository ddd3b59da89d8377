"""Files made from content and catalogs: the bundle, the quiz items, the compiled catalogs, the trained matcher.

Each is named after a hash of all it was made from, so a stale one is never used and making is never repeated. A
wheel brings its own (`bot/data/artifacts`); a checkout keeps them in the user's cache folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import paths
from bot.errors import BadContent, OperatorError
from bot.i18n.catalog import Voice, load_voices
from bot.i18n.languages import Languages, load_languages
from bot.quiz.bank import ItemBank
from bot.topics import features, key
from bot.topics.library import Library
from bot.topics.match import Matcher, Thresholds

_FORM = "1"
"""Raised when the form of an artifact changes."""


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """All that the core knows: languages, voices, texts, matcher, quiz items, and which files could not be used."""

    languages: Languages
    voices: dict[str, Voice]
    library: Library
    matcher: Matcher
    items: ItemBank
    """Read when first looked into; what is broken in quiz files is in its own `broken`."""
    broken: tuple[str, ...]


def load_knowledge(content: Path = paths.CONTENT, locales: Path = paths.LOCALES) -> Knowledge:
    """Everything under `content` and `locales`, from ready-made files where they fit.

    Raises OperatorError when there is nothing to work with at all.
    """
    languages = load_languages(locales)
    compiled, unreadable = _catalogs(locales, languages, None)
    bundle = _bundle(content, locales, languages, None)
    broken = _placed(bundle["broken"], content)
    if "en" not in bundle["names"] or not bundle["topics"]:
        raise OperatorError(f"{content}: no usable English content; {'; '.join(broken[:3])}")
    model = _model(content, languages, bundle["examples"], None)
    matcher = Matcher(model, bundle["exact"], Thresholds(**bundle["thresholds"]))
    voices = load_voices(compiled, languages)
    bank = ItemBank(lambda: _quiz(content, locales, languages, None))
    return Knowledge(languages, voices, Library(bundle, languages), matcher, bank, (*unreadable, *broken))


def build_all(content: Path, locales: Path, target: Path) -> None:
    """Make every artifact into `target`, for a wheel. Raises BadContent when a file is broken."""
    from bot.making import check_whole

    languages = load_languages(locales)
    check_whole(content, locales, languages)
    _catalogs(locales, languages, target)
    bundle = _bundle(content, locales, languages, target)
    _model(content, languages, bundle["examples"], target)
    _quiz(content, locales, languages, target)


def _catalogs(locales: Path, languages: Languages, target: Path | None) -> tuple[dict[str, bytes], list[str]]:
    """The compiled catalogs by tag, and which .po files could not be used."""

    def make() -> bytes:
        from bot.making import make_catalogs

        return make_catalogs(locales, languages)

    files = [locales / "languages.yaml", *sorted(locales.glob("*.po"))]
    made = json.loads(_artifact("catalogs", _hash(locales, files), make, target))
    return {tag: text.encode("latin-1") for tag, text in made["catalogs"].items()}, _placed(made["broken"], locales)


def _bundle(content: Path, locales: Path, languages: Languages, target: Path | None) -> dict[str, Any]:
    def make() -> bytes:
        from bot.making import make_content

        return make_content(content, languages)

    files = [locales / "languages.yaml", *(file for file in sorted(content.rglob("*.yaml")) if not _of_quiz(file))]
    bundle: dict[str, Any] = json.loads(_artifact("content", _hash(content, files), make, target))
    return bundle


def _quiz(content: Path, locales: Path, languages: Languages, target: Path | None) -> bytes:
    def make() -> bytes:
        from bot.making import make_quiz

        return make_quiz(content, languages)

    files = [locales / "languages.yaml", content / "facts.yaml", content / "sources.yaml"]
    files += [file for file in sorted(content.rglob("*.yaml")) if _of_quiz(file) or file.name == "names.yaml"]
    files += [file for file in sorted((content / "en").glob("*/*.yaml")) if not _of_quiz(file)]
    return _artifact("quiz", _hash(content, files), make, target)


def _of_quiz(file: Path) -> bool:
    return file.name.endswith(".quiz.yaml") or file.name in ("sets.yaml", "pseudonyms.yaml", "misconceptions.yaml")


def _model(content: Path, languages: Languages, examples: str, target: Path | None) -> bytes:
    def make() -> bytes:
        from bot.making import make_model

        return make_model(content, languages)

    code = (Path(__file__).parent / "topics" / "train.py").read_bytes()
    name = hashlib.sha256(f"{examples} {key.VERSION} {features.VERSION}".encode() + code).hexdigest()[:16]
    return _artifact("matcher", name, make, target)


def _placed(broken: list[tuple[str, int, str]], folder: Path) -> list[str]:
    """What is wrong, with the files where they are here."""
    return [str(BadContent(folder / file, line, cause)) for file, line, cause in broken]


def _hash(folder: Path, files: Iterable[Path]) -> str:
    """16 hex digits over the files, their places under `folder`, and the code that reads them."""
    digest = hashlib.sha256(_FORM.encode())
    for file in files:
        if file.exists():
            digest.update(f"{os.path.relpath(file, folder)}\0".encode() + file.read_bytes())
    code = Path(__file__).parent
    for module in (
        "i18n/script.py",
        "i18n/catalog.py",
        "i18n/languages.py",
        "making.py",
        "topics/bundle.py",
        "topics/schema.py",
        "topics/library.py",
        "topics/exact.py",
        "topics/collect.py",
        "topics/yamlfile.py",
        "topics/key.py",
        "topics/examples.py",
        "topics/quiz_bundle.py",
        "topics/quiz_collect.py",
        "topics/quiz_schema.py",
        "quiz/items.py",
        "quiz/bank.py",
        "quiz/pseudonyms.py",
    ):
        digest.update((code / module).read_bytes())
    return digest.hexdigest()[:16]


def _artifact(kind: str, digest: str, make: Callable[[], bytes], target: Path | None) -> bytes:
    """The artifact of that name: ready-made, cached, or made now."""
    name = f"{kind}-{digest}"
    if target is None:
        for folder in (paths.READY_MADE, paths.cache_dir()):
            with contextlib.suppress(OSError):
                return (folder / name).read_bytes()
    data = make()
    with contextlib.suppress(OSError):  # an unwritable cache costs time at the next start, nothing else
        _keep(target or paths.cache_dir(), kind, name, data)
    return data


def _keep(folder: Path, kind: str, name: str, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{name}.{os.getpid()}"
    fresh.write_bytes(data)
    fresh.replace(folder / name)
    old = sorted((f for f in folder.glob(f"{kind}-*") if f.suffix == ""), key=lambda f: f.stat().st_mtime)
    for file in old[:-4]:
        file.unlink(missing_ok=True)
