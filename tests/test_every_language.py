"""Every command in every language: it is said whole, in that language, and every platform can draw it."""

from dataclasses import replace

import pytest

from adapters.discord import render as discord
from adapters.matrix import render as matrix
from adapters.memory.room import Room
from bot.app import App
from bot.artifacts import Knowledge
from bot.i18n.catalog import Voice
from bot.model.ids import ServerId
from bot.model.plain import plain
from bot.model.reply import Bullets, Choices, Heading, Note, Paragraph, Reply, Table
from bot.model.request import Role
from bot.store.memory import MemoryStore

from .doubles.discord.rules.limits import check_message

LANGUAGES = ("en", "sq", "bs", "hr", "cnr", "mk", "sr-Cyrl", "sr-Latn")
USES = [
    ("ask", {"question": "NIS2"}),
    ("ask", {"question": "xyzzy plugh quux"}),
    ("ask", {"question": "cyber"}),
    *(
        ("explain", {"topic": "kosovo-cyber", "part": part})
        for part in ("", "more", "example", "here", "terms", "sources", "related")
    ),
    ("topics", {}),
    ("topics", {"module": "threats"}),
    ("term", {"word": "osce"}),
    ("term", {"word": "xyzzyplugh"}),
    ("help", {"trouble": "blackmail", "place": "kosovo"}),
    ("help", {"trouble": "hacked", "place": "turkiye"}),
    ("ask", {"question": "I am being blackmailed with my photos"}),
    ("language", {}),
    ("class language", {}),
    ("class language", {"tags": "sq"}),
    ("class names", {"names": "own"}),
    ("class timezone", {"zone": "Europe/Skopje"}),
    ("class teacher add", {"who": "ben"}),
    ("class teacher remove", {"who": "ben"}),
    ("class server-language", {"tag": "sq"}),
    ("privacy show", {}),
    ("privacy export", {}),
    ("privacy forget", {}),
    ("help", {}),
    ("help", {"command": "class"}),
    ("about", {}),
    ("nonsense", {}),
    ("explain", {}),
    ("topics", {"module": "zzz"}),
    ("ask", {"question": "a" * 5000}),
    ("ask", {"question": "😀"}),
]


class Pseudo:
    """A catalog that puts every sentence in brackets: what is without them was never given to translators."""

    def pgettext(self, context, message):
        return f"⟦{message}⟧"

    def npgettext(self, context, one, other, n):
        return f"⟦{one if n == 1 else other}⟧"


async def replies(app: App, lang: str) -> list[Reply]:
    room = Room(app, private=True, server=ServerId("memory", "school"))
    mia = room.person("mia", Role.ADMIN)
    for command, options in USES:
        await mia.uses("language", tag=lang)
        await mia.uses(command, **options)
    return [seen.reply for seen in room.seen]


@pytest.fixture(params=LANGUAGES)
def lang(request):
    return request.param


@pytest.fixture
def small_app(knowledge: Knowledge, clock) -> App:
    return App(knowledge, MemoryStore(), clock)


async def test_every_command_is_said_in_its_language_and_fits_every_platform(small_app, lang):
    for reply in await replies(small_app, lang):
        text = plain(reply)
        assert text
        assert "{" not in text or "kompas-data.json" in text
        assert set(reply.languages()) <= {lang, "en"}
        assert [problem for message in discord.render(reply) for problem in check_message(message.body, 0)] == []
        for words in matrix.draw(reply):
            if isinstance(words, matrix.Words):
                assert len(words.body.encode()) + len(words.html.encode()) < 16_000


async def test_no_sentence_escapes_the_translators(knowledge: Knowledge, clock):
    pseudo = {tag: Voice(voice.language, Pseudo()) for tag, voice in knowledge.voices.items()}
    app = App(replace(knowledge, voices=pseudo), MemoryStore(), clock)
    ours = _content_texts(knowledge)
    escaped = [
        text
        for reply in await replies(app, "en")
        for text in _texts(reply)
        if text not in ours and not (text.startswith("⟦") and text.rstrip().endswith("⟧"))
    ]
    assert [text for text in escaped if not _is_data(text, app)] == []


def _texts(reply: Reply) -> list[str]:
    found: list[str] = []
    for block in reply.blocks:
        match block:
            case Heading(text) | Paragraph(text) | Note(text):
                found.append(text)
            case Bullets(items):
                found += [part for item in items for part in item if part]
            case Table(rows):
                found += [cell for row in rows for cell in row]
            case Choices(items):
                found += [choice.label for choice in items]
            case _:
                pass
    return found


def _content_texts(knowledge: Knowledge) -> set[str]:
    library = knowledge.library
    texts = {library.kosovo_footnote("en")} | {library.module_title(module, "en") for module in library.modules}
    for key in library.topics:
        text = library.text(key, "en")
        texts |= {text.title, text.short_title, text.one_line, *text.body, text.example, text.here}
    for key in library.term_keys_in_order("en"):
        term = library.term(key, "en")
        texts |= {term.term, term.term[:80], term.definition}
    safety = library.safety("en")
    texts |= {*safety["texts"]["kinds"].values()} | {text for text in safety["texts"].values() if isinstance(text, str)}
    for kind in safety["kinds"].values():
        texts |= {kind["title"], *kind["steps"], f"{kind['title']}: Kosovo*", f"{kind['title']}: Türkiye"}
    for contacts in library.contacts.values():
        texts |= {", ".join(part for part in (one.name, one.phone, one.url) if part) for one in contacts}
    texts |= {"Croatia", "Slovenia", "Bulgaria", "Romania", "Greece", "Türkiye", "Kosovo*"}
    for language in knowledge.languages:
        texts |= {language.autonym, f"{language.autonym} ✓", f"🌐 {language.menu}"}
    texts.add(" · ".join(dict.fromkeys(language.menu for language in knowledge.languages)))
    return texts


def _is_data(text: str, app: App) -> bool:
    """Names of commands and options, numbers, the globe."""
    words = {word for name in app.specs for word in name.split()}
    words |= {option.name for spec in app.specs.values() for option in spec.options}
    bare = text.replace("/", " ").replace("[", " ").replace("]", " ").split()
    return text == "🌐" or text == "23 November 2026" or text.isdecimal() or all(word in words for word in bare)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_sentence_is_translated(knowledge: Knowledge, tag):
    """A language that is offered speaks: its catalog has every sentence of the code."""
    from bot import paths
    from bot.topics.catalogs import catalog_findings

    findings = list(catalog_findings(paths.LOCALES, paths.CONTENT.parent, knowledge.languages, tag))
    assert [finding.cause for finding in findings] == []


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_topic_is_written(knowledge: Knowledge, tag):
    assert knowledge.library.coverage(tag) == len(knowledge.library.topics)


def test_a_broken_topic_file_is_named_with_its_line_and_the_others_still_work(tmp_path):
    import shutil

    from bot import paths
    from bot.artifacts import load_knowledge

    content = tmp_path / "content"
    shutil.copytree(paths.CONTENT, content)
    file = content / "en" / "global-rules" / "attribution.yaml"
    lines = file.read_text("utf-8").split("\n")
    lines[8] = "    bad: [unclosed"
    file.write_text("\n".join(lines), "utf-8")
    title = content / "sq" / "global-rules" / "osce-cbms.yaml"
    title.write_text(title.read_text("utf-8").replace("  title:", "  titel:"), "utf-8")
    broken = load_knowledge(content, paths.LOCALES)
    assert any(problem.startswith(f"{file}:") and problem.split(":")[1].isdecimal() for problem in broken.broken)
    assert any("titel: unknown field" in problem or "title: missing" in problem for problem in broken.broken)
    assert "attribution" not in broken.library.topics
    assert broken.library.text("osce-cbms", "sq") is None
    assert broken.library.text("osce-cbms", "mk") is not None
