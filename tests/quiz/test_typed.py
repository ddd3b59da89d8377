"""What somebody typed, as an answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.quiz.items import ItemText, ItemType
from bot.quiz.session import Question
from bot.quiz.typed import Problem, Unreadable, matches, read_typed, value_of, within

from .sessions import question

SINGLE = question(order="d b a c")
MULTIPLE = question(ItemType.MULTIPLE, "d b a c", "a b")
ORDERING = question(ItemType.ORDERING, "d b a c", "a b c d")
MATCHING = question(ItemType.MATCHING, "d b a c", "c a b")
TRUEFALSE = question(ItemType.TRUEFALSE, "true false", "true")
SHORT = question(ItemType.SHORT, "", "")


@pytest.mark.parametrize(
    ("asked", "typed", "value"),
    [
        (SINGLE, "2", "b"),
        (SINGLE, " 2) ", "b"),
        (SINGLE, "２", "b"),
        (SINGLE, "٢", "b"),
        (SINGLE, "②", "b"),
        (SINGLE, "2️⃣", "b"),
        (SINGLE, "●", "b"),
        (MULTIPLE, "1", "d"),
        (MULTIPLE, "1 3", "a d"),
        (MULTIPLE, "3,1", "a d"),
        (MULTIPLE, "13", "a d"),
        (MULTIPLE, "1 and 3", "a d"),
        (MULTIPLE, "1 и 3", "a d"),
        (ORDERING, "3 1 4 2", "a d c b"),
        (ORDERING, "3142", "a d c b"),
        (ORDERING, "3 > 1 > 4 > 2", "a d c b"),
        (MATCHING, "3 1 2", "a d b"),
        (MATCHING, "1-3, 2-1, 3-2", "a d b"),
        (MATCHING, "3=2 1=3 2=1", "a d b"),
        (TRUEFALSE, "1", "true"),
        (TRUEFALSE, "2", "false"),
    ],
)
def test_numbers_are_positions_as_shown(asked: Question, typed: str, value: str) -> None:
    assert read_typed(asked, typed) == value


@pytest.mark.parametrize(
    ("asked", "typed", "problem", "number"),
    [
        (SINGLE, "", Problem.EMPTY, 0),
        (SINGLE, "?!", Problem.EMPTY, 0),
        (SINGLE, "b", Problem.WORDS, 0),
        (SINGLE, "option 2", Problem.WORDS, 0),
        (SINGLE, "1 2", Problem.COUNT, 2),
        (SINGLE, "5", Problem.RANGE, 5),
        (SINGLE, "0", Problem.RANGE, 0),
        (SINGLE, "12", Problem.RANGE, 12),
        (MULTIPLE, "1 1", Problem.TWICE, 1),
        (MULTIPLE, "1 5", Problem.RANGE, 5),
        (ORDERING, "1 2 3", Problem.COUNT, 3),
        (ORDERING, "1 2 3 3", Problem.TWICE, 3),
        (MATCHING, "1 2 3 4", Problem.COUNT, 4),
        (MATCHING, "1 1 1", Problem.TWICE, 1),
        (TRUEFALSE, "maybe", Problem.WORDS, 0),
    ],
)
def test_what_cannot_be_read_comes_back_as_data(asked: Question, typed: str, problem: Problem, number: int) -> None:
    found = read_typed(asked, typed)
    assert isinstance(found, Unreadable)
    assert (found.problem, found.number, found.options) == (problem, number, len(asked.order))


def test_13_is_one_number_where_there_are_as_many_options() -> None:
    long = question(ItemType.MULTIPLE, " ".join("abcdefghijklmn"), "a")
    assert read_typed(long, "13") == "m"


def test_a_right_side_may_be_used_twice_where_the_key_does() -> None:
    assert value_of(question(ItemType.MATCHING, "a b", "a a b"), [1, 1, 2]) == "a a b"


@pytest.mark.parametrize(
    "typed",
    ["true", "Tačno", "tocno", "ТОЧНО", "тачно", "да", "da", "po", "istina", "вистина", "saktë", "Saktë.", "E saktë"],
)
def test_true_is_understood_in_every_language(typed: str) -> None:
    assert read_typed(TRUEFALSE, typed) == "true"


@pytest.mark.parametrize(
    "typed",
    [
        "false",
        "netačno",
        "Netocno",
        "неточно",
        "нетачно",
        "не",
        "ne",
        "jo",
        "e pasaktë",
        "Është e gabuar",
        "laž",
        "лага",
    ],
)
def test_false_is_understood_in_every_language(typed: str) -> None:
    assert read_typed(TRUEFALSE, typed) == "false"


def test_an_options_own_words_count_in_each_language_it_was_shown_in() -> None:
    texts = [
        ItemText("?", options={"a": "Ministarstvo vanjskih poslova", "b": "Policija"}),
        ItemText("?", options={"a": "Министерство за надворешни работи", "b": "Полиција"}),
    ]
    assert read_typed(SINGLE, "ministarstvo vanjskih poslova!", texts) == "a"
    assert read_typed(SINGLE, "policija", texts) == "b"
    assert isinstance(read_typed(SINGLE, "ministarstvo", texts), Unreadable)


def test_a_number_is_a_position_before_it_is_an_options_own_words() -> None:
    texts = [ItemText("?", options={"d": "2", "b": "3", "a": "27", "c": "30"})]
    assert read_typed(SINGLE, "2", texts) == "b"
    assert read_typed(SINGLE, "27", texts) == "a"


def test_short_text_is_right_or_wrong_and_its_words_are_not_kept() -> None:
    texts = [ItemText("?", accept=("phishing",)), ItemText("?", accept=("fishing",))]
    assert read_typed(SHORT, "Fišing", texts) == "right"
    assert read_typed(SHORT, "2", texts) == "wrong"
    assert isinstance(read_typed(SHORT, "…", texts), Unreadable)


@pytest.mark.parametrize(
    ("typed", "accepted"),
    [
        ("enisa", "ENISA"),
        ("the EEAS", "EEAS"),
        ("NIS 2", "NIS2"),
        ("еу", "EU"),
        ("Београд", "Beograd"),
        ("Будимпештанска конвенција", "Budimpeštanska konvencija"),
        ("gjirokaster", "Gjirokastër"),
        ("Shkup", "Škup"),
        ("kje", "ќе"),
        ("cyber-security", "cybersecurity"),
        ("ransomwear", "ransomware"),
        ("ransmoware", "ransomware"),
        ("rasnomwrae", "ransomware"),
        ("European Externl Acton Service", "European External Action Service"),
        ("“Budapest Convention”", "the Budapest Convention"),
    ],
)
def test_case_script_marks_habits_articles_and_small_typos_are_forgiven(typed: str, accepted: str) -> None:
    assert matches(typed, [accepted])


@pytest.mark.parametrize(
    ("typed", "accepted"),
    [
        ("EU", "UN"),
        ("NATA", "NATO"),
        ("NIS1", "NIS2"),
        ("article 6", "article 5"),
        ("25/2023", "25/2024"),
        ("smishing", "phishing"),
        ("European Internal Action Service", "European External Action Service"),
        ("decentralised", "centralised"),
        ("zakonito", "nezakonito"),
        ("phishing smishing", "phishing"),
        ("service", "European External Action Service"),
        ("", "EU"),
        ("the", "EU"),
    ],
)
def test_what_means_something_else_is_not_forgiven(typed: str, accepted: str) -> None:
    assert not matches(typed, [accepted])


def test_another_known_answer_is_never_taken_for_a_typo() -> None:
    assert matches("vishing", ["fishing"])
    assert not matches("vishing", ["fishing"], others=["Vishing"])
    assert matches("fishing", ["fishing"], others=["fishing"])


def test_nothing_accepted_means_nothing_matches() -> None:
    assert not matches("x", [])
    assert not matches("x", ["", "?"])


def reference(one: str, other: str) -> int:
    """Optimal string alignment, straight from its definition."""
    if not one or not other:
        return len(one) + len(other)
    best = min(
        reference(one[:-1], other) + 1,
        reference(one, other[:-1]) + 1,
        reference(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    )
    if len(one) > 1 and len(other) > 1 and one[-1] == other[-2] and one[-2] == other[-1]:
        best = min(best, reference(one[:-2], other[:-2]) + 1)
    return best


@settings(max_examples=300, deadline=None)
@given(st.text("abc", max_size=5), st.text("abc", max_size=5), st.integers(0, 3))
def test_the_distance_is_the_one_of_the_definition(one: str, other: str, most: int) -> None:
    assert within(one, other, most) == (reference(one, other) <= most)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from([SINGLE, MULTIPLE, ORDERING, MATCHING, TRUEFALSE, SHORT]), st.text(max_size=40))
def test_whatever_is_typed_gives_a_value_or_a_problem(asked: Question, typed: str) -> None:
    found = read_typed(asked, typed)
    if isinstance(found, str):
        assert found
        assert asked.type is ItemType.SHORT or set(found.split()) <= set(asked.order)


@settings(max_examples=500, deadline=None)
@given(st.text("0123456789 ,.-=>", max_size=20), st.sampled_from([SINGLE, MULTIPLE, ORDERING, MATCHING]))
def test_a_value_from_numbers_fits_the_type(typed: str, asked: Question) -> None:
    found = read_typed(asked, typed)
    if isinstance(found, str):
        ids = found.split()
        assert len(ids) == len(set(ids))
        assert asked.type is ItemType.MULTIPLE or len(ids) == (1 if asked is SINGLE else len(asked.key))
