"""`kompas import`: a quiz file becomes a set of questions that some rooms can start by name."""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from bot.artifacts import load_knowledge
from bot.cli.options import default_language, language_option
from bot.clock import SystemClock
from bot.commands.options import AGAIN, find_set
from bot.errors import BadContent, BadSetting
from bot.exchange.found import XLSX_BYTES, Found, Remark, Unusable
from bot.exchange.read import read_quiz
from bot.exchange.texts import without_marks
from bot.i18n.script import fold_latin
from bot.model.ids import RoomId
from bot.ports import ImportedSet, Store
from bot.settings import Settings, load_settings

ROOMS = {"discord": r"\d{1,20}", "matrix": r"!\S{1,253}", "terminal": r"\S{1,253}"}
"""What a room's id looks like."""
TITLE, SLUG = 60, 40
"""Characters of a set's name, and of what is typed for it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="GIFT, Moodle XML, XLSX as Kahoot has it, or YAML")
    parser.add_argument(
        "--room",
        action="append",
        default=[],
        metavar="ROOM",
        help="discord:CHANNEL or matrix:!ROOM; may be given again",
    )
    parser.add_argument("--name", help="what the set is called")
    parser.add_argument("--lang", metavar="TAG", help="language of the questions (default: KOMPAS_DEFAULT_LANGUAGE)")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be imported")
    parser.add_argument("--list", action="store_true", help="list the sets that are imported")
    parser.add_argument("--remove", metavar="NAME", help="remove the set from the rooms given")


def execute(given: argparse.Namespace) -> int:
    """Exit code 1 when nothing could be used or removed."""
    rooms = [room_option(text) for text in given.room]
    actions = [bool(given.file), given.list, bool(given.remove)]
    if sum(actions) != 1:
        raise BadSetting("import", "needs one of FILE, --list and --remove NAME")
    settings = load_settings()
    if given.list:
        return asyncio.run(_list(settings))
    if given.remove:
        if not rooms:
            raise BadSetting("--room", "needs the room from which to remove the set")
        return asyncio.run(_remove(settings, given.remove, rooms))
    return _import(given, settings, rooms)


def room_option(text: str) -> RoomId:
    """The room meant by `discord:123` or `matrix:!abc:example.org`. Raises BadSetting."""
    platform, _, name = text.strip().partition(":")
    if platform not in ROOMS or not re.fullmatch(ROOMS[platform], name):
        raise BadSetting("--room", f"{text!r} is no room: write discord:123456789 or matrix:!abc:example.org")
    return RoomId(platform, name)


def slug(title: str) -> str:
    """What is typed for a set of that name: Latin letters without marks, words joined by hyphens."""
    words = "".join(c if c.isalnum() else " " for c in fold_latin(title)).split()
    return "-".join(words)[:SLUG].strip("-")


def _import(given: argparse.Namespace, settings: Settings, rooms: list[RoomId]) -> int:
    knowledge = load_knowledge()
    default = default_language(settings.default_language, knowledge.languages)
    lang = language_option(given.lang, knowledge.languages) or default
    file = Path(given.file)
    if not given.dry_run and not rooms:
        raise BadSetting("--room", "needs at least one room in which the set is to be seen (or --dry-run)")
    if not given.dry_run and not given.name:
        raise BadSetting("--name", "needs a name for the set (or --dry-run)")
    title = " ".join(without_marks(given.name or file.stem)[0].split())
    name = slug(title)
    if not name or len(title) > TITLE:
        raise BadSetting("--name", f"{title!r}: 1 to {TITLE} characters, with a letter or digit among them")
    if name == AGAIN or find_set(title, knowledge) or find_set(name, knowledge):
        raise BadSetting("--name", f"{title!r} is the name of a ready-made set; please take another one")
    try:
        data = _read(file)
        found = read_quiz(file.name, data, name, lang, knowledge.languages.tags)
    except Unusable as error:
        print(BadContent(file, error.line, str(error)))
        print("nothing imported")
        return 1
    for kind, remarks in (("skipped", found.skipped), ("note", found.notes)):
        for remark in sorted(remarks, key=lambda remark: remark.line):
            print(line_of(file, kind, remark))
    if not found.items:
        print(f"nothing imported: no question of {len(found.skipped)} can be used")
        return 1
    print(summary(found))
    if given.dry_run:
        print("nothing stored (--dry-run)")
        return 0
    asyncio.run(_store(settings, rooms, name, title, found))
    for room in rooms:
        print(f"{room}: quiz start set:{name}")
    return 0


def line_of(file: Path, kind: str, remark: Remark) -> str:
    """`file:line: skipped “question”: cause`, without anything that a terminal would obey."""
    place = f"{file}:{remark.line}" if remark.line else str(file)
    question = f" “{remark.question}”" if remark.question else ""
    return without_marks(f"{place}: {kind}{question}: {remark.cause}".replace("\n", " "))[0]


def summary(found: Found) -> str:
    """How many of what."""
    kinds: dict[str, int] = {}
    for item in found.items:
        kinds[str(item.type)] = kinds.get(str(item.type), 0) + 1
    types = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    languages = ", ".join(found.languages)
    return f"{len(found.items)} questions ({types}) in {languages}, {len(found.skipped)} skipped; {found.encoding}"


def _read(file: Path) -> bytes:
    """At most one byte more than is allowed: the reader says what is too much. Raises BadSetting."""
    try:
        with file.open("rb") as stream:
            return stream.read(XLSX_BYTES + 1)
    except OSError as error:
        raise BadSetting("FILE", f"{file} cannot be read: {error.strerror}") from error


async def _open(settings: Settings) -> Store:
    from bot.store.sql import SqlStore

    return await SqlStore.open(settings.store_url)


async def _store(settings: Settings, rooms: Iterable[RoomId], name: str, title: str, found: Found) -> None:
    items = tuple(item.to_json() for item in found.items)
    store = await _open(settings)
    try:
        for room in rooms:
            await store.put_set(ImportedSet(room, name, title, len(items), SystemClock().now()), items)
    finally:
        await store.close()


async def _list(settings: Settings) -> int:
    store = await _open(settings)
    try:
        listed = await store.all_sets()
    finally:
        await store.close()
    for one in listed:
        print(f"{one.room}  {one.name}  “{one.title}”  {one.questions} questions  {one.at:%Y-%m-%d}")
    print(f"{len(listed)} sets")
    return 0


async def _remove(settings: Settings, name: str, rooms: Iterable[RoomId]) -> int:
    store = await _open(settings)
    gone = 0
    try:
        for room in rooms:
            removed = await store.remove_set(room, slug(name))
            gone += removed
            said = f"{room}: {slug(name)} removed" if removed else f"{room}: has no set {slug(name)}"
            print(said, file=sys.stdout if removed else sys.stderr)
    finally:
        await store.close()
    return 0 if gone else 1
