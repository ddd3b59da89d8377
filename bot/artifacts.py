"""Files made from content and catalogs: the bundle, the compiled catalogs, the trained matcher.

Each is named after a hash of all it was made from, so a stale one is never used and making is never repeated. A
wheel brings its own (`bot/data/artifacts`); a checkout keeps them in the user's cache folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import paths
from bot.errors import BadContent, OperatorError
from bot.i18n.catalog import Voice, compile_catalogs, load_voices
from bot.i18n.languages import Languages, load_languages
from bot.topics import features, key
from bot.topics.collect import Collected, all_files, collect
from bot.topics.examples import examples
from bot.topics.library import Library, make_bundle
from bot.topics.match import Matcher, Thresholds

_FORM = "1"
"""Raised when the form of an artifact changes."""


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """All that the core knows: languages, voices, texts, matcher, and which files could not be used."""

    languages: Languages
    voices: dict[str, Voice]
    library: Library
    matcher: Matcher
    broken: tuple[str, ...]


def load_knowledge(content: Path = paths.CONTENT, locales: Path = paths.LOCALES) -> Knowledge:
    """Everything under `content` and `locales`, from ready-made files where they fit.

    Raises OperatorError when there is nothing to work with at all.
    """
    languages = load_languages(locales)
    compiled = _catalogs(locales, languages, None)
    bundle = _bundle(content, locales, languages, None)
    model = _model(bundle["examples"], None)
    if "en" not in bundle["names"] or not bundle["topics"]:
        raise OperatorError(f"{content}: no usable English content; {'; '.join(bundle['broken'][:3])}")
    matcher = Matcher(model, bundle["exact"], Thresholds(**bundle["thresholds"]))
    return Knowledge(
        languages, load_voices(compiled, languages), Library(bundle, languages), matcher, tuple(bundle["broken"])
    )


def build_all(content: Path, locales: Path, target: Path) -> None:
    """Make every artifact into `target`, for a wheel. Raises BadContent when a file is broken."""
    languages = load_languages(locales)
    found = collect(content, languages)
    if found.broken:
        raise found.broken[0]
    _catalogs(locales, languages, target)
    bundle = _bundle(content, locales, languages, target)
    _model(bundle["examples"], target)


def _catalogs(locales: Path, languages: Languages, target: Path | None) -> dict[str, bytes]:
    files = [locales / "languages.yaml", *sorted(locales.glob("*.po"))]

    def make() -> bytes:
        try:
            made = compile_catalogs(locales, languages)
        except ValueError as error:
            raise BadContent(locales, 0, str(error)) from error
        return json.dumps({tag: data.decode("latin-1") for tag, data in made.items()}).encode()

    data = _artifact("catalogs", _hash(files), make, target)
    return {tag: text.encode("latin-1") for tag, text in json.loads(data).items()}


def _bundle(content: Path, locales: Path, languages: Languages, target: Path | None) -> dict[str, Any]:
    files = [locales / "languages.yaml", *all_files(content)]

    def make() -> bytes:
        found = collect(content, languages)
        bundle = make_bundle(found, languages)
        bundle["broken"] = [str(error) for error in found.broken]
        bundle["examples"] = _examples_hash(found, languages)
        bundle["thresholds"] = _thresholds(found)
        return json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).encode()

    bundle: dict[str, Any] = json.loads(_artifact("content", _hash(files), make, target))
    bundle["examples"] = (bundle["examples"], lambda: examples(collect(content, languages), languages))
    return bundle


def _thresholds(found: Collected) -> dict[str, float]:
    raw = found.thresholds
    return {"answer": float(raw.answer), "suggest": float(raw.suggest)} if raw else {"answer": 0.4, "suggest": 0.15}


def _examples_hash(found: Collected, languages: Languages) -> str:
    return hashlib.sha256(json.dumps(examples(found, languages), ensure_ascii=False).encode()).hexdigest()


def _model(source: tuple[str, Callable[[], list[list[str]]]], target: Path | None) -> bytes:
    digest, make_examples = source
    code = (Path(__file__).parent / "topics" / "train.py").read_bytes()
    name = hashlib.sha256(f"{digest} {key.VERSION} {features.VERSION}".encode() + code).hexdigest()[:16]

    def make() -> bytes:
        folder = target or paths.cache_dir()
        output = folder / f"training-{os.getpid()}"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            done = subprocess.run(
                [sys.executable, "-m", "bot.topics.train", str(output)],
                check=False,
                text=True,
                input=json.dumps(make_examples()),
                capture_output=True,
                cwd=Path(__file__).resolve().parent.parent,
            )
            if done.returncode:
                raise OperatorError(f"the matcher could not be trained: {done.stderr.strip().splitlines()[-1:]}")
            return output.read_bytes()
        finally:
            output.unlink(missing_ok=True)

    return _artifact("matcher", name, make, target)


def _hash(files: Iterable[Path]) -> str:
    digest = hashlib.sha256(_FORM.encode())
    for file in files:
        if file.exists():
            digest.update(f"{file.name}\0".encode() + file.read_bytes())
    code = Path(__file__).parent
    for module in (
        "i18n/script.py",
        "i18n/catalog.py",
        "topics/schema.py",
        "topics/library.py",
        "topics/exact.py",
        "topics/collect.py",
        "topics/key.py",
        "topics/examples.py",
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
