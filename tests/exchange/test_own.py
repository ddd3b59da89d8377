"""Our YAML, and all our questions there and back."""

from dataclasses import replace

import pytest

from bot.exchange.found import Unusable
from bot.exchange.gift_write import write_gift
from bot.exchange.own import write_own
from bot.exchange.read import read_quiz

TAGS = ("en", "sq")
GOOD = """
topic: attribution
items:
  - type: single
    key: [b]
    text:
      stem: "One?"
      options: {a: "x", b: "no"}
      feedback: {a: "Not x."}
    texts:
      sq: {stem: "Një?", options: {a: "x", b: "jo"}}
"""


def read(text, name="a.yaml"):
    return read_quiz(name, text.encode(), "x", "en", TAGS)


@pytest.mark.parametrize("lang", ["en", "sq", "bs", "hr", "cnr", "mk", "sr-Cyrl", "sr-Latn"])
def test_all_our_questions_survive_gift(knowledge, lang):
    items = [item for item in knowledge.items.items.values() if lang in item.texts]
    found = read_quiz("a.gift", write_gift(items, lang).encode(), "x", lang, knowledge.languages.tags)
    assert found.skipped == found.notes == ()
    assert len(found.items) == len(items)
    for ours, back in zip(items, found.items, strict=True):
        assert said(back, lang) == said(ours, lang)
    assert write_gift(found.items, lang) == write_gift(
        read_quiz("a.gift", write_gift(found.items, lang).encode(), "x", lang, knowledge.languages.tags).items, lang
    )


def said(item, lang):
    """All that a player meets, whatever the ids of the options are."""
    text = item.texts[lang]
    words = [text.options.get(key, key) for key in item.key]
    options = {text.options.get(key, key) for key in item.options}
    feedback = {text.options.get(key, key): answer for key, answer in text.feedback.items()}
    accept = tuple(form.replace("->", "→") for form in text.accept)
    right = words if item.type in ("ordering", "matching") else set(words)
    return item.type, text.stem, text.explanation, text.left, options, right, feedback, accept


def test_all_our_questions_survive_yaml_in_all_languages(knowledge):
    items = tuple(knowledge.items.items.values())
    assert len(items) == 162
    found = read_quiz("a.yaml", write_own(items, "en").encode(), "x", "en", knowledge.languages.tags)
    assert found.skipped == found.notes == ()
    assert [replace(back, id=ours.id) for ours, back in zip(items, found.items, strict=True)] == list(items)
    assert found.languages == {tag: sum(tag in item.texts for item in items) for tag in knowledge.languages.tags}


def test_one_language_alone_can_be_written(knowledge):
    items = tuple(knowledge.items.items.values())[:3]
    found = read_quiz("a.yaml", write_own(items, "sq", only=True).encode(), "x", "en", knowledge.languages.tags)
    assert [item.languages for item in found.items] == [("sq",)] * 3


def test_an_authors_own_english_quiz_file_is_read():
    from bot import paths

    file = next((paths.CONTENT / "en").glob("*/attribution.quiz.yaml"))
    found = read(file.read_text("utf-8"))
    assert found.skipped == ()
    assert [item.topic for item in found.items] == ["attribution"] * 3


def test_several_languages_and_words_that_yaml_would_turn_around():
    found = read(GOOD)
    assert found.languages == {"en": 1, "sq": 1}
    assert found.items[0].texts["en"].options["b"] == "no"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("key: [b]", "key: [a, b]", "2 right answers"),
        ("key: [b]", "key: []", "no right answer"),
        ("key: [b]", "key: [c]", "'c' is no option"),
        ('b: "no"', 'b: "X"', "stands twice"),
        ("type: single", "type: puzzle", "'puzzle' is none of"),
        ("sq: {", "xx: {", "'xx' is no language"),
        ('b: "jo"', 'b: "jo", c: "y"', "the options in sq are not those in en"),
        ('stem: "One?"', "stem: [1]", "stem: a text"),
        ('stem: "One?"', f'stem: "{"x" * 281}"', "281 characters"),
        ('a: "Not x."', 'b: "Not x."', "b is not a wrong option"),
        ("key: [b]", "key: {a: b}", "is no option"),
    ],
)
def test_a_bad_item_is_skipped_with_its_line_and_reason(old, new, said):
    found = read(GOOD.replace(old, new, 1))
    assert found.items == ()
    (skipped,) = found.skipped
    assert skipped.line == 4
    assert said in skipped.cause


BOMB = "a: &a [x, x, x]\nb: &b [*a, *a, *a]\nitems: [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "aliases"),
        ("items:\n  - a: [", "not valid YAML"),
        ("- a\n- b\n", "no mapping"),
        ("topic: x\n", "no list “items”"),
        ("language: xx\nitems: []\n", "'xx' is none of en, sq"),
        ("items: " + "[" * 5000, "nested too deep"),
        ("items: [a]\nitems: [b]\n", "stands twice"),
    ],
)
def test_what_is_no_quiz_file_is_said_so(text, said):
    with pytest.raises(Unusable, match=said):
        read(text)


def test_nothing_in_yaml_is_executed():
    found = read("items:\n  - !!python/object/apply:os.system ['echo x']\n  - !!python/name:os.system ''\n")
    assert found.items == ()
    assert len(found.skipped) == 2
