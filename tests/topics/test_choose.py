"""From what a teacher asks for to questions."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from bot import paths
from bot.i18n.languages import load_languages
from bot.making import make_quiz
from bot.quiz.bank import ItemBank
from bot.quiz.choose import choose

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def bank():
    return ItemBank(lambda: make_quiz(paths.CONTENT, load_languages(paths.LOCALES)))


def ids(items):
    return [item.id for item in items]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("starter", 10),
        ("eu-priorities", 15),
        ("western-balkans", 15),
        ("case-room", 9),
        ("exam", 20),
        ("surprise", 10),
        ("threats", 21),
        ("western-balkans-all", 45),
    ],
)
def test_each_set_has_its_number_of_different_questions(bank, name, count):
    chosen = ids(choose(bank, set_name=name, seed="1", asked={}))
    assert len(chosen) == len(set(chosen)) == count


def test_the_starter_is_easy_and_always_the_same(bank):
    first = choose(bank, set_name="starter", seed="1", asked={})
    assert first == choose(bank, set_name="starter", seed="2", asked={item.id: NOW for item in first})
    assert {item.difficulty for item in first} == {1}
    assert {bank.module_of(item.topic) for item in first} == {"foundations", "threats"}


def test_the_western_balkans_set_asks_about_every_topic_of_the_module(bank):
    topics = {item.topic for item in choose(bank, set_name="western-balkans", seed="1", asked={})}
    assert topics == {item.topic for item in bank.select(module="western-balkans")}


@pytest.mark.parametrize("seed", ["1", "2", "3", "4", "5", "6", "7", "8"])
def test_an_exam_has_its_mix_from_easy_to_hard_and_one_question_a_topic(bank, seed):
    exam = choose(bank, set_name="exam", seed=seed, asked={})
    assert [item.difficulty for item in exam] == [1] * 6 + [2] * 9 + [3] * 5
    assert len({item.topic for item in exam}) == 20
    assert exam == choose(bank, set_name="exam", seed=seed, asked={})
    assert exam != choose(bank, set_name="exam", seed=f"{seed} again", asked={})


@pytest.mark.parametrize(("questions", "mix"), [(10, {1: 3, 2: 5, 3: 2}), (5, {1: 2, 2: 2, 3: 1}), (1, {2: 1})])
def test_a_shorter_exam_keeps_the_mix(bank, questions, mix):
    exam = choose(bank, set_name="exam", questions=questions, seed="1", asked={})
    assert Counter(item.difficulty for item in exam) == mix


def test_a_surprise_repeats_nothing_until_the_pool_is_used(bank):
    asked, at = {}, NOW
    while len(asked) < len(bank.items):
        drawn = ids(choose(bank, set_name="surprise", seed=str(at), asked=asked))
        new = [name for name in drawn if name not in asked]
        assert len(new) == min(10, len(bank.items) - len(asked))
        at += timedelta(days=1)
        asked |= dict.fromkeys(drawn, at)


def test_filters_alone_draw_ten_and_narrow_sets_down(bank):
    drawn = choose(bank, module="threats", difficulty=1, seed="1", asked={})
    assert len(drawn) == 10
    assert all(item.difficulty == 1 and bank.module_of(item.topic) == "threats" for item in drawn)
    assert len(choose(bank, topic="phishing", seed="1", asked={})) == 3
    assert {item.difficulty for item in choose(bank, set_name="case-room", difficulty=3, seed="1", asked={})} == {3}
    assert len(choose(bank, set_name="western-balkans", questions=4, seed="1", asked={})) == 4


def test_only_what_is_written_in_every_class_language_is_asked(bank):
    assert choose(bank, set_name="starter", languages=("en", "xx"), seed="1", asked={}) == ()
    assert all("en" in item.texts for item in choose(bank, languages=("en",), seed="1", asked={}))


def test_an_unknown_set_is_a_key_error(bank):
    with pytest.raises(KeyError):
        choose(bank, set_name="nothing", seed="1", asked={})
