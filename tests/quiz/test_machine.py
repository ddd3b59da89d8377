"""The session machine, rule by rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.quiz.machine import (
    IDLE,
    IDLE_LOBBY,
    IDLE_REVEALED,
    default_seconds,
    judge,
    opened,
    player_deadline,
    reveal_seconds,
    step,
    time_left,
)
from bot.quiz.session import (
    AllAnswered,
    ClosedByTeacher,
    DeadlinePassed,
    Extended,
    Finish,
    NextAsked,
    Paused,
    Phase,
    Player,
    Recovered,
    Redraw,
    Resumed,
    Say,
    Session,
    Started,
    Stopped,
    Verdict,
    Voided,
)

from .sessions import START, asking, at, lobby, play

ANA = Player(1, "Ana", "hr")
BESA = Player(2, "Besa", "sq", factor=2.0)


def due(session: Session, slowest: float = 1.0) -> DeadlinePassed:
    assert session.due_at is not None
    return DeadlinePassed(session.due_at, session.version, slowest)


def revealed(session: Session | None = None) -> Session:
    """At the answer of question 0, since second 10."""
    return step(asking(session), ClosedByTeacher(at(10)))[0]


def unchanged(session: Session, event: object) -> bool:
    after, effects = step(session, event)  # type: ignore[arg-type]
    return after is session and effects == ()


# Beginning and end


def test_started_shows_the_first_question_and_sets_its_deadline() -> None:
    session, effects = step(lobby(), Started(at(5)))
    assert effects == (Redraw("lobby"), Say("question", 0))
    assert (session.phase, session.question, session.due_at, session.deadline) == (Phase.ASKING, 0, at(35), True)


def test_started_twice_changes_nothing() -> None:
    assert unchanged(asking(), Started(at(1)))


def test_a_session_without_questions_cannot_be_opened() -> None:
    with pytest.raises(ValueError, match="questions"):
        opened(replace(lobby(), questions=()), START)


def test_a_lobby_that_nobody_starts_ends_without_a_rank() -> None:
    session = lobby()
    assert session.due_at == START + IDLE_LOBBY
    after, effects = step(session, due(session))
    assert (after.phase, after.ended, after.due_at, effects) == (Phase.CLOSED, "idle", None, (Finish("idle"),))


def test_stopping_in_the_lobby_has_no_rank_and_says_why() -> None:
    after, effects = step(lobby(), Stopped(at(1), "gone"))
    assert (after.ended, effects) == ("gone", (Finish("gone"),))


def test_stopping_at_an_open_question_takes_its_buttons_and_does_not_count_it() -> None:
    after, effects = step(asking(), Stopped(at(1)))
    assert effects == (Redraw("question", 0), Say("rank"), Finish("stopped"))
    assert after.voided == {0}


def test_stopping_at_an_answer_counts_its_question() -> None:
    after, effects = step(revealed(), Stopped(at(11)))
    assert effects == (Say("rank"), Finish("stopped"))
    assert not after.voided


def test_an_automatic_session_plays_itself_to_the_end() -> None:
    session = asking(lobby(2))
    kinds = []
    while session.due_at is not None:
        session, effects = step(session, due(session))
        kinds += [effect.kind for effect in effects if isinstance(effect, Say)]
    assert kinds == ["reveal", "question", "reveal", "rank"]
    assert session.ended == "finished"


# Questions and answers


def test_at_the_deadline_the_question_loses_its_buttons_before_the_answer_is_said() -> None:
    session = asking()
    after, effects = step(session, due(session))
    assert effects == (Redraw("question", 0), Say("reveal", 0))
    assert (after.phase, after.due_at, after.deadline) == (Phase.REVEALED, at(38), False)


def test_the_deadline_waits_for_those_who_have_more_time_and_no_longer() -> None:
    session, effects = step(asking(), DeadlinePassed(at(30), 1, slowest=2.0))
    assert (session.phase, session.due_at, effects) == (Phase.ASKING, at(60), ())
    assert step(session, due(session, slowest=2.0))[0].phase is Phase.REVEALED


def test_a_timer_of_another_version_or_too_early_does_nothing() -> None:
    session = asking()
    assert unchanged(session, DeadlinePassed(at(99), session.version - 1))
    assert unchanged(session, DeadlinePassed(at(29.9), session.version))


def test_when_all_have_answered_three_seconds_are_left_once() -> None:
    session, effects = step(asking(), AllAnswered(at(10), 0))
    assert (session.due_at, effects) == (at(13), ())
    assert unchanged(session, AllAnswered(at(11), 0))
    assert step(session, due(session, slowest=4.0))[0].phase is Phase.REVEALED


def test_all_having_answered_never_makes_the_deadline_later() -> None:
    assert unchanged(asking(), AllAnswered(at(28), 0))


def test_all_having_answered_another_question_or_one_without_deadline_does_nothing() -> None:
    assert unchanged(asking(), AllAnswered(at(10), 1))
    assert unchanged(asking(lobby(timed=False)), AllAnswered(at(10), 0))


def test_twenty_presses_of_next_go_on_once() -> None:
    session, effects = play(revealed(), [NextAsked(at(11), 0)] * 20)
    assert (session.question, effects) == (1, [Say("question", 1)])
    session, _ = step(session, ClosedByTeacher(at(12)))
    assert unchanged(session, NextAsked(at(13), 0))


def test_next_while_a_question_is_open_does_nothing() -> None:
    assert unchanged(asking(), NextAsked(at(1), 0))


def test_a_late_press_of_close_does_not_close_the_question_after() -> None:
    session, _ = step(revealed(), NextAsked(at(11), 0))
    assert unchanged(session, ClosedByTeacher(at(12), 0))
    assert step(session, ClosedByTeacher(at(12), 1))[0].phase is Phase.REVEALED


def test_next_after_the_last_question_finishes() -> None:
    session, effects = step(revealed(lobby(1, auto=False)), NextAsked(at(11), 0))
    assert (session.ended, effects) == ("finished", (Say("rank"), Finish("finished")))


def test_a_manual_session_waits_at_an_answer_and_ends_when_nobody_goes_on() -> None:
    session = revealed(lobby(auto=False))
    assert session.due_at == at(10) + IDLE_REVEALED
    after, effects = step(session, due(session))
    assert (after.ended, effects) == ("idle", (Say("rank"), Finish("idle")))


@pytest.mark.parametrize("session", [lobby(timed=False), lobby(seconds=0)])
def test_a_question_without_deadline_waits_for_the_teacher_and_ends_when_there_is_none(session: Session) -> None:
    session = asking(session)
    assert (session.due_at, session.deadline, player_deadline(session, ANA)) == (START + IDLE, False, None)
    after, _ = step(session, due(session))
    assert (after.phase, after.ended) == (Phase.CLOSED, "idle")


# Pauses


def test_a_pause_moves_the_deadline_by_exactly_the_pause() -> None:
    session, effects = play(asking(), [Paused(at(10)), Resumed(at(77))])
    assert effects == [Say("paused", 0), Say("resumed", 0)]
    assert (session.due_at, session.deadline, player_deadline(session, BESA)) == (at(97), True, at(127))


def test_a_pause_at_an_answer_freezes_how_long_it_stays() -> None:
    session, _ = play(revealed(), [Paused(at(12)), Resumed(at(100))])
    assert session.due_at == at(106)


def test_there_is_nothing_to_pause_in_the_lobby_in_a_pause_and_where_the_teacher_goes_on() -> None:
    assert unchanged(lobby(), Paused(at(1)))
    assert unchanged(step(asking(), Paused(at(1)))[0], Paused(at(2)))
    assert unchanged(revealed(lobby(auto=False)), Paused(at(11)))
    assert unchanged(asking(), Resumed(at(1)))


def test_a_forgotten_pause_ends_the_session() -> None:
    session, _ = step(asking(), Paused(at(10)))
    assert (session.due_at, session.deadline) == (at(10) + IDLE, False)
    after, effects = step(session, due(session))
    assert (after.ended, effects) == ("idle", (Redraw("question", 0), Say("rank"), Finish("idle")))


def test_closing_in_a_pause_ends_the_pause() -> None:
    session, _ = play(asking(), [Paused(at(10)), ClosedByTeacher(at(20))])
    assert (session.phase, session.paused_at, session.due_at) == (Phase.REVEALED, None, at(28))


# More time


def test_more_time_is_for_everybody() -> None:
    session, effects = step(asking(), Extended(at(10), 30))
    assert effects == (Say("extended", 0),)
    assert (session.due_at, player_deadline(session, ANA), player_deadline(session, BESA)) == (at(60), at(60), at(90))


@pytest.mark.parametrize(("asked", "given"), [(-3, 5), (0, 5), (30, 30), (99999, 600)])
def test_more_time_has_bounds(asked: int, given: int) -> None:
    assert step(asking(), Extended(at(10), asked))[0].due_at == at(30 + given)


def test_more_time_takes_back_the_hurry() -> None:
    session, _ = play(asking(), [AllAnswered(at(5), 0), Extended(at(6), 10)])
    assert (session.due_at, session.hurried) == (at(40), False)
    assert step(session, AllAnswered(at(7), 0))[0].due_at == at(10)


def test_more_time_after_the_class_had_its_own_is_at_least_what_is_said() -> None:
    session, _ = play(asking(), [DeadlinePassed(at(30), 1, slowest=4.0), Extended(at(50), 20)])
    assert player_deadline(session, ANA) == at(70)
    assert session.due_at == at(160)


def test_more_time_in_a_pause_counts_after_it() -> None:
    session, _ = play(asking(), [Paused(at(10)), Extended(at(15), 30), Resumed(at(20))])
    assert session.due_at == player_deadline(session, ANA) == at(70)


def test_there_is_no_more_time_where_there_is_no_deadline() -> None:
    assert unchanged(asking(lobby(timed=False)), Extended(at(10), 30))
    assert unchanged(revealed(), Extended(at(11), 30))


# Voiding


def test_voiding_the_open_question_closes_it() -> None:
    session, effects = step(asking(), Voided(at(5), 0))
    assert effects == (Say("voided", 0), Redraw("question", 0), Say("reveal", 0))
    assert (session.phase, session.voided, session.version) == (Phase.REVEALED, frozenset({0}), 2)


def test_voiding_an_earlier_question_leaves_the_open_one_alone() -> None:
    session, _ = step(revealed(), NextAsked(at(11), 0))
    after, effects = step(session, Voided(at(12), 0))
    assert effects == (Say("voided", 0),)
    assert (after.phase, after.due_at, after.voided) == (Phase.ASKING, session.due_at, frozenset({0}))


def test_voiding_twice_or_what_was_not_asked_does_nothing() -> None:
    session = step(asking(), Voided(at(5), 0))[0]
    for question in (0, 1, 99, -1):
        assert unchanged(session, Voided(at(6), question))
    assert unchanged(lobby(), Voided(at(6), -1))


# Outages


def test_after_an_outage_the_deadline_is_later_by_it_and_the_room_is_told_once() -> None:
    session, effects = step(asking(), Recovered(at(110), at(10)))
    assert effects == (Say("recovered", 0),)
    assert (session.due_at, player_deadline(session, ANA), session.asked_at) == (at(130), at(130), at(100))


def test_after_an_outage_at_least_ten_seconds_remain_for_everybody() -> None:
    session, _ = step(asking(), Recovered(at(129), at(29)))
    assert session.due_at == player_deadline(session, ANA) == at(139)


def test_a_clock_that_jumps_back_does_not_make_the_question_longer() -> None:
    session, effects = step(asking(), Recovered(at(-3590), at(10)))
    assert effects == (Say("recovered", 0),)
    assert session.due_at == at(-3570)


@pytest.mark.parametrize("gap", [-5, 0, 5])
def test_a_short_absence_is_nobodys_business(gap: int) -> None:
    assert unchanged(asking(), Recovered(at(10 + gap), at(10)))


def test_an_outage_in_a_pause_changes_nothing() -> None:
    assert unchanged(step(asking(), Paused(at(10)))[0], Recovered(at(200), at(11)))


# Answers


def test_each_answer_is_judged_by_its_players_own_deadline() -> None:
    session, _ = step(asking(), DeadlinePassed(at(30), 1, slowest=2.0))
    assert judge(session, ANA, at(30), 0) is Verdict.ACCEPTED
    assert judge(session, ANA, at(30.001), 0) is Verdict.TOO_LATE
    assert judge(session, BESA, at(60), 0) is Verdict.ACCEPTED
    assert judge(session, BESA, at(60.001), 0) is Verdict.TOO_LATE


def test_in_a_hurry_more_time_does_not_help() -> None:
    session, _ = step(asking(), AllAnswered(at(10), 0))
    assert judge(session, BESA, at(13), 0) is Verdict.ACCEPTED
    assert judge(session, BESA, at(14), 0) is Verdict.TOO_LATE


def test_an_answer_sent_during_an_outage_counts() -> None:
    session, _ = step(asking(), Recovered(at(110), at(10)))
    assert judge(session, ANA, at(50), 0) is Verdict.ACCEPTED


def test_what_becomes_of_answers_that_cannot_count() -> None:
    session = asking()
    assert judge(session, replace(ANA, kicked=True), at(1), 0) is Verdict.KICKED
    assert judge(lobby(), ANA, at(1), 0) is Verdict.NOT_ASKING
    assert judge(step(session, Stopped(at(1)))[0], ANA, at(1), 0) is Verdict.NOT_ASKING
    assert judge(step(session, Paused(at(1)))[0], ANA, at(2), 0) is Verdict.PAUSED
    assert judge(revealed(), ANA, at(9), 0) is Verdict.TOO_LATE
    assert judge(step(revealed(), NextAsked(at(11), 0))[0], ANA, at(12), 0) is Verdict.OTHER_QUESTION


def test_time_left_is_a_part_of_the_players_own_time() -> None:
    session = asking()
    assert time_left(session, ANA, at(15)) == 0.5
    assert time_left(session, BESA, at(15)) == 0.75
    assert time_left(session, ANA, at(-1)) == 1
    assert time_left(session, ANA, at(31)) == 0
    assert time_left(asking(lobby(timed=False)), ANA, at(1)) == 0


def test_a_pause_costs_no_time_and_more_time_makes_nobody_early() -> None:
    session, _ = play(asking(), [Paused(at(10)), Resumed(at(70))])
    assert time_left(session, ANA, at(75)) == 0.5
    session, _ = step(session, Extended(at(76), 60))
    assert time_left(session, ANA, at(75)) == 0.5


# Numbers


@pytest.mark.parametrize(("chars", "seconds"), [(0, 20), (150, 20), (151, 25), (225, 25), (226, 30), (5000, 120)])
def test_seconds_by_default_grow_with_what_is_to_be_read(chars: int, seconds: int) -> None:
    assert default_seconds(chars) == seconds


@pytest.mark.parametrize(("chars", "seconds"), [(0, 8), (120, 8), (121, 9), (600, 40)])
def test_an_answer_stays_as_long_as_it_takes_to_read(chars: int, seconds: int) -> None:
    assert reveal_seconds(chars) == seconds


def test_what_is_no_event_is_a_programming_error() -> None:
    with pytest.raises(AssertionError):
        step(asking(), timedelta(0))  # type: ignore[arg-type]
