"""`kompas questions`: what was asked, as the bot counted it in a real database."""

import asyncio

import pytest

from adapters.memory.room import Room
from bot.__main__ import main
from bot.app import App
from bot.clock import SystemClock
from bot.model.ids import RoomId
from bot.ports import Keep
from bot.settings import load_settings
from bot.store.sql import SqlStore

UNKNOWN = "best pancake recipe \x1b[2J for ana@example.org"
ASKED = ("What is attribution?", "what is attribution", UNKNOWN, "I was hacked")


@pytest.fixture
def asked(tmp_path, monkeypatch, knowledge):
    """Four questions were asked; the operator keeps what got no answer for some days."""

    def ask(days):
        monkeypatch.setenv("KOMPAS_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("KOMPAS_KEEP_QUESTIONS", str(days))

        async def talk():
            settings = load_settings()
            store = await SqlStore.open(settings.store_url, keep=Keep(questions=settings.keep_questions))
            app = App(knowledge, store, SystemClock())
            person = Room(app, RoomId("memory", "chat"), private=True).person("ana")
            for question in ASKED:
                await person.uses("ask", question=question)
            await app.tally.write(SystemClock().now())
            await store.close()

        asyncio.run(talk())

    return ask


def test_topics_are_counted_by_zone_and_language_and_the_most_asked_stands_first(asked, capsys):
    asked(0)
    assert main(["questions"]) == 0
    first, *others, last = capsys.readouterr().out.splitlines()
    assert first.split() == ["2", "answer", "en", "attribution"]
    assert {tuple(line.split()[:3]) for line in others} == {("1", "refuse", "en"), ("1", "safety", "en")}
    assert last.startswith("questions: 4, 2")


def test_texts_are_not_there_unless_they_are_kept(asked, capsys):
    asked(0)
    assert main(["questions", "--texts"]) == 0
    assert capsys.readouterr().out == "Texts of questions are not kept (KOMPAS_KEEP_QUESTIONS=0).\n"


def test_of_kept_texts_only_the_unanswered_are_listed_without_addresses_and_harmless_for_a_terminal(asked, capsys):
    asked(7)
    assert main(["questions", "--texts"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert line.split(maxsplit=3)[1:3] == ["en", "refuse"]
    assert line.endswith("best pancake recipe [2J for …")


def test_nothing_was_asked_yet(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KOMPAS_DATA_DIR", str(tmp_path))
    assert main(["questions"]) == 0
    assert capsys.readouterr().out == "questions: 0\n"
