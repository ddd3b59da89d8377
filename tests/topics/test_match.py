"""The matcher: exact keys first, three zones, the same model from the same phrases, figures per language as a gate."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.artifacts import Knowledge
from bot.cli.bench import QUESTIONS
from bot.topics.evaluate import figures, judge, load_questions
from bot.topics.match import Matcher, Thresholds, Zone
from bot.topics.train import train

EXAMPLES = [
    ("what is a red apple", "apple"), ("apples and orchards", "apple"), ("who picks apples", "apple"),
    ("what is a yellow banana", "banana"), ("bananas from the tropics", "banana"), ("who ships bananas", "banana"),
    ("what is the weather", ""), ("who won the football match", ""),
]
MODEL = train(EXAMPLES)
THRESHOLDS = Thresholds(answer=0.05, suggest=-0.1)


@pytest.fixture
def matcher():
    return Matcher(MODEL, {"malum": "apple"}, THRESHOLDS)


def test_an_exact_key_wins_with_score_one(matcher):
    found = matcher.find("Malum!")
    assert (found.matches, found.zone) == ((("apple", 1.0),), Zone.ANSWER)


def test_a_question_near_the_phrases_is_answered(matcher):
    found = matcher.find("who picks the red aples")
    assert found.matches[0][0] == "apple"
    assert found.zone is Zone.ANSWER
    assert all(0 <= score <= 1 for _, score in found.matches)


def test_a_question_of_elsewhere_is_refused_with_nothing(matcher):
    found = matcher.find("who won the football game")
    assert (found.matches, found.zone) == ((), Zone.REFUSE)


def test_a_question_without_words_is_refused(matcher):
    assert matcher.find("😀?!").zone is Zone.REFUSE
    assert matcher.find("").lead == -math.inf


def test_training_again_gives_the_same_bytes():
    assert train(reversed(EXAMPLES)) == MODEL


def test_training_needs_two_topics():
    with pytest.raises(ValueError, match="topics"):
        train([("a b c", "x")])


def test_a_file_that_is_no_model_is_refused():
    with pytest.raises(ValueError, match="not a Kompas"):
        Matcher(b"anything", {}, THRESHOLDS)


@settings(max_examples=50)
@given(st.text(max_size=400))
def test_any_text_is_matched_without_an_error(text):
    found = Matcher(MODEL, {}, THRESHOLDS).find(text)
    assert (found.zone is Zone.REFUSE) == (found.matches == ())
    assert len(found.matches) <= 5


@pytest.fixture(scope="session")
def judged(knowledge: Knowledge):
    return judge(knowledge.matcher, load_questions(QUESTIONS))


def test_the_worst_language_is_understood_well_enough(knowledge: Knowledge, judged):
    thresholds = knowledge.matcher.thresholds
    languages = sorted({one.question.lang for one in judged})
    assert len(languages) == len(knowledge.languages.tags)
    worst = {}
    for lang in languages:
        found = figures([one for one in judged if one.question.lang == lang], thresholds)
        worst[lang] = (found.right_first >= 0.85, found.right_in_three >= 0.93, found.answered >= 0.60,
                       found.wrong_answered <= 0.04, found.refused <= 0.05, found.far_answered <= 0.10)
    assert {lang: flags for lang, flags in worst.items() if not all(flags)} == {}


def test_all_languages_together_reach_the_figures(knowledge: Knowledge, judged):
    found = figures(judged, knowledge.matcher.thresholds)
    assert found.right_first >= 0.90
    assert found.right_in_three >= 0.96
    assert found.far_answered <= 0.05
    assert found.wrong_answered <= 0.04
