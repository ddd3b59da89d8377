"""The figures and sentences of a report."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from bot.model.plain import plain
from bot.model.reply import Reply
from bot.quiz.items import ItemType
from bot.quiz.session import Phase
from bot.report.results import Held, gather
from bot.report.summary import summary

from .classes import answer, item, player, session_of

ITEMS = tuple(item(f"t.q{n}", ItemType.SINGLE, misconceptions={"a": "M09", "c": "M10"}) for n in range(1, 5))


def results_of(rows, *, players=None, phase=Phase.CLOSED, voided=(), **more):
    """One row of answers for each player: `b` is right, `-` is none."""
    given = [
        answer(index, number, value)
        for number, row in enumerate(rows, 1)
        for index, value in enumerate(row)
        if value != "-"
    ]
    players = players or [player(number) for number in range(1, len(rows) + 1)]
    session = session_of(*ITEMS[: len(rows[0])], voided=voided, phase=phase)
    return gather(session, players, given, dict(enumerate(ITEMS)), **more)


def said(knowledge, results, lang="en"):
    voice = knowledge.voices[lang]
    told = knowledge.items.misconception(results.common.code, lang) if results.common else None
    return plain(Reply(tuple(summary(results, voice, day=date(2026, 11, 23), misconception=told))))


def test_a_class_of_24_with_a_misconception_hears_it_in_a_sentence(knowledge):
    results = results_of(["ab"] * 7 + ["bb"] * 15 + ["cb"] * 2)
    assert results.common == Held("M09", 7, 24)
    assert (
        "7 of 24 think that the IP address shows who attacked. In fact: Traces can be faked; attribution combines "
        "technical, legal and political work."
    ) in said(knowledge, results)
    assert "1. Stem of t.q1? (Right answers: 63 %)" in said(knowledge, results)


def test_a_misconception_of_one_player_or_of_a_voided_question_is_not_read_aloud():
    assert results_of(["ab", "bb", "bb"]).common is None
    assert results_of(["ab", "ab", "bb"], voided=(0,)).common is None


def test_a_misconception_is_counted_among_those_who_could_show_it():
    assert results_of(["a-", "ab", "bb", "--"]).common == Held("M09", 2, 3)


def test_a_small_class_gets_no_per_cent(knowledge):
    text = said(knowledge, results_of(["ab", "ab", "bb", "bb"]))
    assert "1. Stem of t.q1? (Right answers: 2 of 4)" in text
    assert "Right answers: 75 %" in text  # eight answers in all
    assert "from 20 players on" in text


def test_the_three_hardest_come_worst_first_and_one_that_all_had_right_is_none():
    results = results_of(["aaab", "aabb", "abbb"])
    assert [one.index for one in results.hardest] == [0, 1, 2]
    assert results.hardest[1].facility == Fraction(1, 3)


def test_ties_share_a_place_and_everybody_is_listed_by_the_name_that_the_teacher_knows(knowledge):
    players = [player(1, own_name="Ana"), player(2), player(3, joined=1), player(4, kicked=True)]
    text = said(knowledge, results_of(["bb", "bb", "-b", "bb"], players=players))
    assert "1. Ana: 2000 points, 2 of 2 right\n1. Player 2: 2000 points, 2 of 2 right\n3. Player 3: 1000" in text
    assert "(joined at question 2)" in text
    assert "Player 4" not in text
    assert "3 players. 2 questions that count. Right answers: 100 %." in text


def test_who_joined_and_did_not_answer_is_named(knowledge):
    players = [player(1), player(2, own_name="Ben"), player(3, kicked=True), player(4)]
    text = said(knowledge, results_of(["b", "-", "-", "-"], players=players))
    assert "Joined but did not answer: Ben, Player 4" in text


def test_a_voided_question_is_in_no_figure(knowledge):
    results = results_of(["ab"] * 6, voided=(0,))
    assert results.mean == 1
    assert not results.hardest
    assert [place.points for place in results.places] == [1000] * 6
    assert results.questions[0].facility == 0
    assert results.questions[0].voided


def test_an_open_question_is_not_told_and_a_running_quiz_says_so(knowledge):
    results = results_of(["ba", "bb"], phase=Phase.ASKING)
    assert [one.index for one in results.questions] == [0]
    assert {answer.question for answer in results.answers} == {0}
    assert "still running" in said(knowledge, results)


def test_erased_answers_are_said_and_nothing_is_made_up(knowledge):
    results = results_of(["--", "--"], erased=True)
    text = said(knowledge, results)
    assert "have been erased" in text
    assert "Players: Player 1, Player 2" in text
    assert "did not answer" not in text
    assert "point" not in text


def test_a_session_that_never_began_has_an_empty_report(knowledge):
    session = session_of(phase=Phase.CLOSED)
    text = said(knowledge, gather(session, [], [], {}))
    assert "0 players. 0 questions that count." in text


def test_discrimination_and_kr20_by_hand(knowledge):
    # ten know the first three questions and not the last one, ten the other way round: 3 or 1 right, variance 1
    results = results_of(["bbba"] * 10 + ["aaab"] * 10)
    assert [one.discrimination for one in results.questions] == pytest.approx([1, 1, 1, -1])
    assert results.kr20 == pytest.approx(4 / 3 * (1 - 4 * 0.25 / 1))
    text = said(knowledge, results)
    assert "Question 4: those who did well otherwise had it wrong more often." in text
    assert "do not give marks by them" in text


def test_a_question_that_has_nothing_to_do_with_the_others_is_named(knowledge):
    results = results_of(["bbb"] * 5 + ["bab"] * 5 + ["aba"] * 5 + ["aaa"] * 5)
    assert results.questions[1].discrimination == pytest.approx(0)
    assert "Question 2 hardly tells" in said(knowledge, results)


def test_where_nobody_differs_there_is_no_figure():
    results = results_of(["bb"] * 20)
    assert results.kr20 is None
    assert [one.discrimination for one in results.questions] == [None, None]


def test_questions_that_go_together_are_called_good(knowledge):
    results = results_of(["bbbb"] * 10 + ["aaaa"] * 10)
    assert results.kr20 == pytest.approx(1.0)
    assert all(one.discrimination == pytest.approx(1.0) for one in results.questions)
    assert "(KR-20: 1.00)" in said(knowledge, results)
    assert "(KR-20: 1,00)" in said(knowledge, results, "mk")


def test_below_twenty_players_from_the_start_nothing_is_worked_out():
    rows = ["bbbb"] * 10 + ["aaaa"] * 10
    late = [player(number, joined=int(number == 1)) for number in range(1, 21)]
    results = results_of(rows, players=late)
    assert results.kr20 is None
    assert all(one.discrimination is None for one in results.questions)
