"""`kompas check`: everything wrong with content and catalogs, with file and line; coverage per language as a table."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from bot import paths
from bot.artifacts import load_knowledge
from bot.cli.options import language_option
from bot.errors import BadContent
from bot.i18n.languages import Languages, load_languages
from bot.model.plain import table_lines
from bot.settings import load_settings
from bot.topics.catalogs import catalog_findings
from bot.topics.collect import Collected, collect
from bot.topics.history import earlier_text
from bot.topics.lint import Finding, accept, changed_sections, lint
from bot.topics.quiz_balance import lint_bank
from bot.topics.quiz_collect import Items, collect_items
from bot.topics.quiz_lint import lint_items
from bot.topics.quiz_record import accept_items, changed_items, item_changes
from bot.topics.yamlfile import Lines, read_yaml


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("lang", nargs="?", metavar="LANG", help="only this language")
    parser.add_argument(
        "--accept", action="store_true", help="record that the translations of LANG say what today's English text says"
    )
    parser.add_argument(
        "--flags", action="store_true", help="only list what people have said is wrong with quiz questions"
    )
    parser.add_argument("--planned", action="store_true", help="list what is still to be written, too")


def execute(given: argparse.Namespace) -> int:
    """Print the findings. Exit code 1 when there is one that is a mistake."""
    languages = load_languages(paths.LOCALES)
    lang = language_option(given.lang, languages, "LANG")
    if lang and (source := languages[lang].derived):
        print(f"{lang} is made from {source}, which is checked here.")
        lang = source
    if given.flags:
        return show_flags(languages, given.lang)
    found = collect(paths.CONTENT, languages)
    items = collect_items(paths.CONTENT, languages, found)
    if given.accept:
        for tag in [lang] if lang else languages.written:
            print(f"{tag}: {accept(found, tag) + accept_items(items, tag)} files recorded")
        found = collect(paths.CONTENT, languages)
        items = collect_items(paths.CONTENT, languages, found)
    findings = list(lint(found, languages, load_knowledge().matcher, lang))
    findings += [*lint_items(items, found, languages, lang), *lint_bank(items, found, languages, lang)]
    findings += list(catalog_findings(paths.LOCALES, paths.CONTENT.parent, languages, lang))
    mistakes = [finding for finding in findings if not finding.planned]
    planned = [finding for finding in findings if finding.planned]
    for line in describe(mistakes + (planned if given.planned else [])):
        print(line)
    for tag in [lang] if lang else languages.written:
        for line in (*changes(found, [tag]), *item_changes(items, tag)):
            print(line)
    print()
    for line in coverage(found, items, languages, lang):
        print(line)
    print(
        f"\n{len(mistakes)} to mend, {len(planned)} planned" + ("" if given.planned or not planned else " (--planned)")
    )
    return 1 if mistakes else 0


def show_flags(languages: Languages, tag: str | None) -> int:
    """Print what people said is wrong with quiz questions, the latest first: when, item, language, reason."""
    flags = asyncio.run(_flags())
    rows = [row for row in flags if language_option(tag, languages, "LANG") in (None, row[1])]
    for item, language, reason, at in rows:
        print(f"{at:%Y-%m-%d}  {item}  {language}  {reason or '(no reason given)'}")
    print(f"{len(rows)} flags")
    return 0


async def _flags() -> tuple[tuple[str, str, str, datetime], ...]:
    from bot.store.sql import SqlStore

    store = await SqlStore.open(load_settings().store_url)
    try:
        return await store.flags()
    finally:
        await store.close()


def describe(findings: Iterable[Finding]) -> Iterator[str]:
    """`file:line: cause`, by file."""
    cache: dict[Path, Lines] = {}
    for finding in sorted(findings, key=lambda finding: str(finding.file)):
        yield f"{_short(finding.file)}:{_line(finding, cache)}: {finding.cause}"


def changes(found: Collected, tags: Iterable[str]) -> Iterator[str]:
    """What changed in English since a stale translation was made, section by section."""
    for tag in tags:
        for key, sections in changed_sections(found, tag).items():
            for section in sections:
                digest = found.translations[tag][key].source.get(section)
                old = earlier_text(found.files["en", key], section, digest) if digest else None
                if old is not None:
                    yield f"{tag} {key} {section}\n  was: {old}\n  now: {getattr(found.topics[key].text, section)}"


def _line(finding: Finding, cache: dict[Path, Lines]) -> int:
    if len(finding.path) == 1 and isinstance(finding.path[0], int):
        return finding.path[0]
    if finding.file not in cache:
        try:
            cache[finding.file] = read_yaml(finding.file)[1]
        except BadContent:
            cache[finding.file] = {}
    path = finding.path
    while path and path not in cache[finding.file]:
        path = path[:-1]
    return cache[finding.file].get(path, 1)


def _short(file: Path) -> Path:
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


def coverage(found: Collected, items: Items, languages: Languages, only: str | None) -> Iterator[str]:
    """How much of each language is written."""
    rows = [("language", "topics", "stale", "terms", "phrases", "items", "second reading", "native reader")]
    for tag in languages.written:
        if only not in (None, tag):
            continue
        review = languages[tag].review
        rows.append(
            (
                tag,
                f"{sum(1 for key in found.topics if found.text(tag, key))}/{len(found.topics)}",
                str(0 if tag == "en" else len(changed_sections(found, tag)) + len(changed_items(items, tag))),
                f"{len(found.glossary.get(tag, {}))}/{len(found.glossary.get('en', {}))}",
                str(sum(map(len, found.phrases(tag).values()))),
                f"{sum(1 for name in items.items if items.text(tag, name))}/{len(items.items)}",
                review.get("second_read", "none"),
                review.get("native", "none"),
            )
        )
    return table_lines(tuple(rows))
