"""Pseudonyms, and the words they are made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.i18n.script import serbian_latin
from bot.quiz.pseudonyms import LONGEST, Words, pseudonym
from bot.topics.yamlfile import read_yaml

CONTENT = Path(__file__).parents[2] / "content"
LANGUAGES = ("en", "sq", "bs", "hr", "cnr", "mk", "sr-Cyrl")
SMALL = {"order": "adjective-first", "feminine": {"adjectives": ["vedra", "mudra"], "nouns": ["vidra"]}}


def words(language: str) -> Words:
    return Words.from_mapping(read_yaml(CONTENT / language / "pseudonyms.yaml")[0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_names_for_a_large_school(language: str) -> None:
    names = words(language).all()
    assert len({name.casefold() for name in names}) == len(names) >= 288
    assert all(len(name) <= LONGEST and name[0].isupper() for name in names)
    assert all(len(group.adjectives) >= 12 and len(group.nouns) >= 12 for group in words(language).groups)


def test_the_latin_made_from_serbian_is_not_too_long_either() -> None:
    assert max(len(serbian_latin(name)) for name in words("sr-Cyrl").all()) <= LONGEST


@pytest.mark.parametrize("language", ["bs", "hr", "cnr", "mk", "sr-Cyrl"])
def test_a_feminine_adjective_never_stands_beside_a_masculine_noun(language: str) -> None:
    masculine, feminine = words(language).groups
    assert all(word[-1] in "aа" for word in feminine.adjectives + feminine.nouns)
    assert not any(word[-1] in "aа" for word in masculine.adjectives + masculine.nouns)


def test_albanian_adjectives_have_the_article_of_their_noun() -> None:
    masculine, feminine = words("sq").groups
    assert not any(word.startswith("e ") for word in masculine.adjectives)
    assert not any(word.startswith("i ") for word in feminine.adjectives)
    assert all(noun[-1] in "iu" for noun in masculine.nouns)
    assert all(noun[-1] == "a" for noun in feminine.nouns)


def test_a_name_begins_with_a_capital_in_the_order_of_the_language() -> None:
    assert set(Words.from_mapping(SMALL).all()) == {"Vedra vidra", "Mudra vidra"}
    noun_first = Words.from_mapping(SMALL | {"order": "noun-first"})
    assert set(noun_first.all()) == {"Vidra vedra", "Vidra mudra"}


def test_a_whole_school_gets_different_names() -> None:
    english, taken = words("en"), set[str]()
    for number in range(1000):
        taken.add(pseudonym(english, f"session:{number}", taken))
    assert len(taken) == 1000


def test_the_same_seed_gives_the_same_name_and_a_taken_one_is_not_given_in_any_case() -> None:
    small = Words.from_mapping(SMALL)
    first = pseudonym(small, "s")
    second = pseudonym(small, "s", {first.upper()})
    assert pseudonym(small, "s") == first != second
    assert pseudonym(small, "s", {first, second}) in (f"{first} 2", f"{second} 2")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "order"),
        (SMALL | {"order": "any"}, "any"),
        ({"order": "noun-first"}, "no group"),
        (SMALL | {"feminine": {"nouns": ["vidra"]}}, "feminine"),
        (SMALL | {"feminine": {"adjectives": [], "nouns": ["vidra"]}}, "adjectives"),
        (SMALL | {"feminine": {"adjectives": ["vedra"], "nouns": "vidra"}}, "nouns"),
        (SMALL | {"feminine": {"adjectives": ["snalažljiva"], "nouns": ["pustolovka-vidra"]}}, "24"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(data: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Words.from_mapping(data)
