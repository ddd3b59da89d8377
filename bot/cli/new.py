"""`kompas new topic | language`: files to begin with, so that nobody starts from an empty page."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from pathlib import Path

from bot import paths
from bot.errors import BadSetting, OperatorError
from bot.i18n.languages import load_languages
from bot.topics.collect import collect

TOPIC = """\
key: {key}
module: {module}
needs: []
related: []                 # 2 to 4 topic keys
terms: []                   # 3 to 6 ids of glossary.yaml
facts: []                   # ids of facts.yaml: every fact that the text uses
sources: []                 # 2 or 3 ids of sources.yaml, the institution's own page first
as_of: "{today}"
text:
  title: "TODO"             # at most 45 characters
  short_title: "TODO"       # at most 40
  one_line: "TODO"          # at most 140, one sentence for the student
  body: |-
    TODO two to four short paragraphs, 110 to 220 words in all.
  example: |-
    TODO a concrete example.
  here: |-
    TODO what it means in the region.
keywords: []                # acronyms and names that mean this topic and no other
phrases: []                 # at least 12 ways in which students ask for it
"""

TRANSLATION = """\
key: {key}
text:
  # {title}
  title: "TODO"
  short_title: "TODO"
  # {one_line}
  one_line: "TODO"
  body: |-
    TODO
  example: |-
    TODO
  here: |-
    TODO
keywords: []
phrases: []
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    sub = parser.add_subparsers(dest="what", required=True)
    topic = sub.add_parser("topic", help="an English topic file, to be filled in")
    topic.add_argument("module", help="key of its module")
    topic.add_argument("key", help="its key: lower-case words with hyphens")
    language = sub.add_parser("language", help="files for every topic that a language lacks")
    language.add_argument("lang", metavar="TAG", help="locale tag; its row stands in locales/languages.yaml")


def execute(given: argparse.Namespace) -> int:
    """Make the files; existing ones are never touched."""
    if given.what == "topic":
        made = [new_topic(paths.CONTENT, given.module, given.key)]
    else:
        made = new_language(paths.CONTENT, paths.LOCALES, given.lang)
    for file in made:
        print(file)
    print(f"{len(made)} files made; fill in every TODO, then run: kompas check")
    return 0


def new_topic(content: Path, module: str, key: str) -> Path:
    """The file of a new English topic. Raises BadSetting when module or key cannot be."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key):
        raise BadSetting("KEY", f"{key!r}: lower-case words with hyphens, please")
    if not (content / "en" / module).is_dir():
        there = ", ".join(sorted(folder.name for folder in (content / "en").iterdir() if folder.is_dir()))
        raise BadSetting("MODULE", f"{module!r} is none of {there}")
    if list((content / "en").glob(f"*/{key}.yaml")):
        raise BadSetting("KEY", f"{key!r} exists already")
    file = content / "en" / module / f"{key}.yaml"
    file.write_text(TOPIC.format(key=key, module=module, today=datetime.now(UTC).date()), "utf-8")
    return file


def new_language(content: Path, locales: Path, tag: str) -> list[Path]:
    """A file for each topic that the language lacks. Raises OperatorError when the table has no such language."""
    languages = load_languages(locales)
    if tag not in languages:
        raise OperatorError(f"{tag!r} has no row in {locales / 'languages.yaml'}: add it first")
    if tag == "en" or languages[tag].derived:
        raise OperatorError(f"{tag!r} is not translated: it is the source, or made from {languages[tag].derived}")
    found = collect(content, languages)
    made = []
    for key, topic in found.topics.items():
        file = content / tag / topic.module / f"{key}.yaml"
        if file.exists():
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(TRANSLATION.format(key=key, title=topic.text.title, one_line=topic.text.one_line), "utf-8")
        made.append(file)
    return made
