"""The matcher: exact keys first, three zones, the same model from the same phrases, figures per language as a gate."""

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import paths
from bot.artifacts import Knowledge
from bot.cli.bench import QUESTIONS
from bot.errors import BadContent
from bot.i18n.languages import load_languages
from bot.topics.collect import collect
from bot.topics.evaluate import figures, judge, load_questions, questions_hash
from bot.topics.exact import exact_keys
from bot.topics.examples import examples
from bot.topics.key import search_key
from bot.topics.match import Matcher, Thresholds, Zone, lead_of
from bot.topics.train import train

EXAMPLES = [
    ("what is a red apple", "apple"),
    ("apples and orchards", "apple"),
    ("who picks apples", "apple"),
    ("what is a yellow banana", "banana"),
    ("bananas from the tropics", "banana"),
    ("who ships bananas", "banana"),
    ("what is the weather", ""),
    ("who won the football match", ""),
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


def test_a_model_with_one_topic_or_none_has_a_lead_too():
    assert lead_of([("apple", 0.75), ("", 0.25)]) == 0.5
    assert lead_of([("apple", 0.75), ("!hacked", 0.25)]) == 0.5
    assert lead_of([("!hacked", 0.5), ("", 0.25)]) == -math.inf
    assert Matcher(train([("a red apple", "apple"), ("the weather", "")]), {}, THRESHOLDS).find("red apple").matches


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


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ('language: en\nquestions:\n  - text: "a"\n', "q.yaml:3: questions.0.topic: missing"),
        ("language: en\n", "q.yaml:1: questions: missing"),
        ("questions: []\n", "q.yaml:1: language: missing"),
    ],
)
def test_a_field_that_labelled_questions_lack_is_named(tmp_path, text, cause):
    (tmp_path / "q.yaml").write_text(text, "utf-8")
    with pytest.raises(BadContent, match=cause):
        load_questions(tmp_path)


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
        worst[lang] = (
            found.right_first >= 0.88,
            found.right_in_three >= 0.95,
            found.answered >= 0.60,
            found.wrong_answered <= 0.04,
            found.refused <= 0.05,
            found.far_answered <= 0.10,
        )
    assert {lang: flags for lang, flags in worst.items() if not all(flags)} == {}


def test_all_languages_together_reach_the_figures(knowledge: Knowledge, judged):
    found = figures(judged, knowledge.matcher.thresholds)
    assert found.right_first >= 0.92
    assert found.right_in_three >= 0.97
    assert found.far_answered <= 0.05
    assert found.wrong_answered <= 0.04


def test_the_thresholds_were_tuned_on_the_questions_that_are_there(languages_and_content):
    _, found = languages_and_content
    assert found.thresholds.questions == questions_hash(load_questions(QUESTIONS)), "run: kompas bench match --tune"


def test_no_labelled_question_is_among_the_phrases(languages_and_content):
    """A question that the matcher has learnt by heart measures nothing."""
    languages, found = languages_and_content
    learnt = {search_key(text) for text, _ in examples(found, languages)} | set(exact_keys(found, languages))
    asked = {search_key(question.text): question.text for question in load_questions(QUESTIONS)}
    assert [text for key, text in asked.items() if key in learnt] == []


def test_every_language_has_enough_labelled_questions(languages_and_content):
    languages, found = languages_and_content
    questions = load_questions(QUESTIONS)
    for tag in languages.tags:
        topics = Counter(question.topic for question in questions if question.lang == tag)
        assert topics[""] >= 40, tag
        assert [topic for topic in found.topics if topics[topic] < 3] == [], tag


def test_every_topic_has_enough_phrases_in_every_group(languages_and_content):
    languages, found = languages_and_content
    groups: dict[str, list[str]] = {}
    for tag in languages.written:
        groups.setdefault(languages[tag].family, []).append(tag)
    for tags in groups.values():
        for topic in found.topics:
            counts = [len(found.phrases(tag)[topic]) for tag in tags]
            assert sum(counts) >= 30, (tags, topic)
            assert min(counts) >= 8, (tags, topic)
        none = [found.none[tag] for tag in tags if tag in found.none]
        assert sum(len(one.near) for one in none) >= 80, tags
        assert sum(len(one.far) for one in none) >= 40, tags


@pytest.fixture(scope="session")
def languages_and_content():
    languages = load_languages(paths.LOCALES)
    return languages, collect(paths.CONTENT, languages)
