"""Scores, rule by rule."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from bot.quiz.items import Item, ItemType
from bot.quiz.scoring import Tally, hardest, misconceptions, points, scoreboard, share, tally
from bot.quiz.session import Answer, Phase, Player, Session

from .sessions import at, lobby, question

MULTIPLE = question(ItemType.MULTIPLE, "a b c d e", "a c d")
ORDERING = question(ItemType.ORDERING, "b d a c", "a b c d")
MATCHING = question(ItemType.MATCHING, "a b c d", "c a b")
SHORT = question(ItemType.SHORT, "", "")
TRUEFALSE = question(ItemType.TRUEFALSE, "true false", "false")


def answer(value: str, number: int = 0, player: int = 1, *, seconds: float = 1, early: float = 0) -> Answer:
    return Answer(number, player, value, at(seconds), early)


def closed(**changes: object) -> Session:
    return replace(lobby(), phase=Phase.CLOSED, question=2, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "value", "part"),
    [
        (question(), "b", 1),
        (question(), "a", 0),
        (question(), "a b", 0),
        (TRUEFALSE, "false", 1),
        (TRUEFALSE, "true", 0),
        (SHORT, "right", 1),
        (SHORT, "wrong", 0),
        (MULTIPLE, "a c d", 1),
        (MULTIPLE, "a c", Fraction(2, 3)),
        (MULTIPLE, "a c e", Fraction(1, 3)),
        (MULTIPLE, "b e", 0),
        (MULTIPLE, "a b c d e", Fraction(1, 3)),
        (MATCHING, "c a b", 1),
        (MATCHING, "c b a", Fraction(1, 3)),
        (MATCHING, "d d d", 0),
        (ORDERING, "a b c d", 1),
        (ORDERING, "b a c d", Fraction(2, 3)),
        (ORDERING, "b c d a", Fraction(2, 3)),
        (ORDERING, "d c b a", 0),
        (ORDERING, "", 0),
    ],
)
def test_the_share_follows_the_type(asked: object, value: str, part: Fraction) -> None:
    assert share(asked, value) == part  # type: ignore[arg-type]


def test_points_are_rounded_thousandths() -> None:
    assert points(MULTIPLE, answer("a c")) == 667


@pytest.mark.parametrize(("early", "expected"), [(0, 1000), (0.5, 1100), (1, 1200), (7, 1200)])
def test_speed_adds_up_to_a_fifth_and_only_where_it_is_on(early: float, expected: int) -> None:
    assert points(question(), answer("b", early=early), speed=True) == expected
    assert points(question(), answer("b", early=early)) == 1000


def test_speed_adds_nothing_to_nothing() -> None:
    assert points(question(), answer("a", early=1), speed=True) == 0


def test_equal_points_share_a_rank() -> None:
    players = [Player(number, f"P{number}", "en") for number in (1, 2, 3)]
    board = scoreboard(closed(), players, [answer("b", player=3), answer("b", player=1), answer("a", player=2)])
    assert [(place.rank, place.player.number, place.points, place.right) for place in board] == [
        (1, 1, 1000, 1),
        (1, 3, 1000, 1),
        (3, 2, 0, 0),
    ]


def test_who_was_put_out_is_not_on_the_board_and_who_left_is() -> None:
    players = [Player(1, "A", "en", kicked=True), Player(2, "B", "en", left=True)]
    board = scoreboard(closed(), players, [answer("b", player=1)])
    assert [place.player.number for place in board] == [2]


def test_the_last_answer_counts_in_whatever_order_they_are_read() -> None:
    board = scoreboard(closed(), [Player(1, "A", "en")], [answer("b", seconds=2), answer("a", seconds=1)])
    assert board[0].points == 1000


def test_the_open_question_is_not_on_the_board_yet() -> None:
    session = replace(closed(), phase=Phase.ASKING)
    board = scoreboard(session, [Player(1, "A", "en")], [answer("b", 2), answer("b", 1)])
    assert (board[0].points, board[0].counted) == (1000, 2)


def test_nobody_plays_and_the_board_is_empty() -> None:
    assert scoreboard(lobby(), [], []) == ()


def test_a_tally_counts_every_option_shown() -> None:
    answers = [answer("a c d", player=1), answer("a e", player=2)]
    assert tally(MULTIPLE, answers) == Tally(2, 1, {"a": 2, "b": 0, "c": 1, "d": 1, "e": 1})
    assert tally(SHORT, [answer("right"), answer("wrong", player=2)]).counts == {"right": 1, "wrong": 1}


def test_a_tally_of_pairs_says_which_of_them_were_right() -> None:
    assert tally(MATCHING, [answer("c a b"), answer("c b a", player=2)]) == Tally(2, 1, {}, (2, 1, 1))
    assert tally(ORDERING, [answer("b a c d")]).parts == (0, 1, 1)
    assert tally(ORDERING, []) == Tally(0, 0, {})


def test_a_misconception_counts_once_for_each_player() -> None:
    item = Item("x.q1", ItemType.SINGLE, ("a", "b"), ("b",), {}, misconceptions={"a": "M09", "c": "M10"})
    answers = [answer("a"), answer("a", 1), answer("a", player=2), answer("c", player=3), answer("b", player=4)]
    assert misconceptions({0: item, 1: item}, answers) == {"M09": 2, "M10": 1}


def test_the_hardest_questions_are_those_with_the_smallest_share() -> None:
    answers = [answer("a", 0), answer("b", 0, 2), answer("a", 1), answer("a", 1, 2), answer("b", 2)]
    assert hardest(closed(), answers) == ((1, Fraction(0)), (0, Fraction(1, 2)))
    assert hardest(closed(voided=frozenset({1})), answers, 1) == ((0, Fraction(1, 2)),)
