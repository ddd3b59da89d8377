"""`kompas new topic | language`: files to begin with, so that nobody starts from an empty page."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from pathlib import Path

from bot import paths
from bot.errors import BadSetting, OperatorError
from bot.i18n.languages import load_languages
from bot.topics.collect import QUIZ_ENDING, collect
from bot.topics.quiz_collect import Items, collect_items

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

QUIZ = """\
topic: {key}
items:                      # three: q1, then q2 or q3, then q4; each with a type of its own where it fits
  - id: {key}.q1
    type: single            # single | multiple | truefalse | ordering | matching | short
    bloom: remember         # remember | understand | apply | analyse | evaluate
    difficulty: 1           # 1 | 2 | 3
    audience: [secondary, university]
    key: [b]                # the right option; put it at another place in each item
    misconceptions: {{}}      # wrong option: code of the misconception behind it, M01 to M25
    facts: [{key}.1]
    as_of: "{today}"
    text:
      stem: "TODO"          # at most 280 characters; in English 200, so that the other languages have room
      options:              # at most 80 characters; in English 56. The right one is not the longest
        a: "TODO 1"
        b: "TODO 2"
        c: "TODO 3"
        d: "TODO 4"
      feedback:             # for every wrong option: what is behind the mistake, never just "wrong"
        a: "TODO"
        c: "TODO"
        d: "TODO"
      explanation: "TODO"   # 25 to 60 words
  - id: {key}.q2
    type: truefalse         # no options: the program has the words
    bloom: understand
    difficulty: 1
    audience: [secondary, university]
    key: ["false"]
    misconceptions: {{}}
    facts: [{key}.1]
    as_of: "{today}"
    text:
      stem: "True or false? TODO"
      feedback:
        "true": "TODO"
      explanation: "TODO"
  - id: {key}.q4
    type: ordering
    bloom: apply
    difficulty: 2
    audience: [secondary, university]
    key: [c, a, d, b]       # the right order; the options are stored in another one
    facts: [{key}.1]
    as_of: "{today}"
    text:
      stem: "TODO, earliest first."
      options:
        a: "TODO 1"
        b: "TODO 2"
        c: "TODO 3"
        d: "TODO 4"
      explanation: "TODO"
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
        made = new_topic(paths.CONTENT, given.module, given.key)
    else:
        made = new_language(paths.CONTENT, paths.LOCALES, given.lang)
    for file in made:
        print(file)
    print(f"{len(made)} files made; fill in every TODO, then run: kompas check")
    return 0


def new_topic(content: Path, module: str, key: str) -> list[Path]:
    """The files of a new English topic and of its quiz items. Raises BadSetting when module or key cannot be."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key):
        raise BadSetting("KEY", f"{key!r}: lower-case words with hyphens, please")
    if not (content / "en" / module).is_dir():
        there = ", ".join(sorted(folder.name for folder in (content / "en").iterdir() if folder.is_dir()))
        raise BadSetting("MODULE", f"{module!r} is none of {there}")
    if list((content / "en").glob(f"*/{key}.yaml")):
        raise BadSetting("KEY", f"{key!r} exists already")
    made = []
    for ending, scaffold in ((".yaml", TOPIC), (QUIZ_ENDING, QUIZ)):
        file = content / "en" / module / f"{key}{ending}"
        file.write_text(scaffold.format(key=key, module=module, today=datetime.now(UTC).date()), "utf-8")
        made.append(file)
    return made


def new_language(content: Path, locales: Path, tag: str) -> list[Path]:
    """Files for the topics and quiz items that the language lacks. Raises OperatorError when the table has no such
    language.
    """
    languages = load_languages(locales)
    if tag not in languages:
        raise OperatorError(f"{tag!r} has no row in {locales / 'languages.yaml'}: add it first")
    if tag == "en" or languages[tag].derived:
        raise OperatorError(f"{tag!r} is not translated: it is the source, or made from {languages[tag].derived}")
    found = collect(content, languages)
    items = collect_items(content, languages, found)
    made = []
    for key, topic in found.topics.items():
        text = TRANSLATION.format(key=key, title=topic.text.title, one_line=topic.text.one_line)
        for ending, scaffold in ((".yaml", text), (QUIZ_ENDING, quiz_translation(key, items))):
            file = content / tag / topic.module / f"{key}{ending}"
            if scaffold and not file.exists():
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(scaffold, "utf-8")
                made.append(file)
    return made


def quiz_translation(topic: str, items: Items) -> str:
    """A file to translate the items of a topic in, with the English beside each text; "" when it has none."""
    rows = [f"topic: {topic}", "items:"]
    for item in items.of_topic(topic):
        text = item.text
        rows += [f"  {item.id}:", f"    # {text.stem}", '    stem: "TODO"']
        for side in ("left", "options", "feedback"):
            words: dict[str, str] = getattr(text, side)
            rows += [f"    {side}:"] if words else []
            for name, english in words.items():
                key = name if len(name) == 1 and name.isalpha() else f'"{name}"'
                rows += [f"      # {english}", f'      {key}: "TODO {name}"']
        rows += [f"    # {text.explanation}", '    explanation: "TODO"']
        if text.accept:
            rows += [f"    # every form that a student may type; English has {', '.join(text.accept)}"]
            rows += ['    accept: ["TODO"]']
    return "\n".join(rows) + "\n" if len(rows) > 2 else ""
