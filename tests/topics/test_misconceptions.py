"""Misconceptions in words: a missing or broken one is named, and a reader gets the others."""

import shutil

import pytest

from bot import paths
from bot.cli.check import describe
from bot.i18n.languages import load_languages
from bot.making import make_quiz
from bot.quiz.bank import ItemBank
from bot.topics.collect import collect
from bot.topics.quiz_balance import MISCONCEPTIONS, lint_bank
from bot.topics.quiz_collect import collect_items
from bot.topics.quiz_lint import lint_items

LANGUAGES = load_languages(paths.LOCALES)


@pytest.fixture
def content(tmp_path):
    shutil.copytree(paths.CONTENT, tmp_path / "content")
    return tmp_path / "content"


def findings(content, lang=None):
    found = collect(content, LANGUAGES)
    items = collect_items(content, LANGUAGES, found)
    both = (*lint_items(items, found, LANGUAGES, lang), *lint_bank(items, found, LANGUAGES, lang))
    return [line for line in describe(both) if "misconceptions.yaml" in line]


def spoil(file, old, new):
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_every_misconception_is_there_in_every_language():
    assert not findings(paths.CONTENT)
    bank = ItemBank(lambda: make_quiz(paths.CONTENT, LANGUAGES))
    for lang in LANGUAGES.tags:
        said = [bank.misconception(code, lang) for code in MISCONCEPTIONS]
        assert all(one and one.topics for one in said)
        assert len({one.thought for one in said} | {one.right for one in said}) == 50
    assert bank.misconception("M09", "sr-Latn").thought == "IP adresa pokazuje ko je napao"
    assert bank.misconception("M99", "en") is None


def test_a_missing_one_is_named_and_said_in_english(content):
    spoil(content / "mk" / "misconceptions.yaml", "M09:", "M31:")
    shutil.move(content / "bs" / "misconceptions.yaml", content / "old.yaml")
    text = "\n".join(findings(content))
    assert "M09 is missing" in text
    assert "M31 is no misconception" in text
    assert "bs/misconceptions.yaml:1: is missing" in text
    bank = ItemBank(lambda: make_quiz(content, LANGUAGES))
    assert bank.misconception("M09", "mk") == bank.misconception("M09", "bs") == bank.misconception("M09", "en")


@pytest.mark.parametrize(
    ("file", "old", "new", "cause"),
    [
        ("en/misconceptions.yaml", "who attacked", "who attacked.", "M09: thought"),
        ("en/misconceptions.yaml", "political work.", "political work", "M09: right"),
        ("hr/misconceptions.yaml", "kiberdiplomacija znači", "sajber diplomacija znači", "M01: thought: 'sajber'"),
        ("misconceptions.yaml", "M09: [attribution]", "M09: [telepathy]", "the topic telepathy does not exist"),
        ("misconceptions.yaml", "M09: [attribution]", "M09: []", "M09"),
    ],
)
def test_a_wrong_one_is_named_with_its_line(content, file, old, new, cause):
    spoil(content / file, old, new)
    assert any(cause in line and f"{file}:" in line for line in findings(content))
