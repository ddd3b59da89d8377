"""What holds for every order of events."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.quiz.machine import judge, player_deadline, step
from bot.quiz.scoring import counting, points, scoreboard
from bot.quiz.session import (
    AllAnswered,
    Answer,
    ClosedByTeacher,
    DeadlinePassed,
    Event,
    Extended,
    Finish,
    NextAsked,
    Paused,
    Phase,
    Player,
    Recovered,
    Resumed,
    Session,
    Started,
    Stopped,
    Verdict,
    Voided,
)

from .sessions import START, lobby, play

QUESTIONS = 3
lobbies = st.builds(
    lobby,
    st.just(QUESTIONS),
    auto=st.booleans(),
    timed=st.booleans(),
    speed=st.booleans(),
    seconds=st.sampled_from([0, 5, 30, 120]),
)
moves = st.tuples(
    st.sampled_from(
        ["start", "due", "stale", "close", "all", "next", "pause", "resume", "extend", "void", "recover"] * 4 + ["stop"]
    ),
    st.integers(0, 40),  # seconds since the event before
    st.integers(-1, QUESTIONS),  # a question, or how much slower somebody is
)
walks = st.lists(moves, max_size=60)
many = settings(max_examples=500, deadline=None)


def event_of(session: Session, kind: str, at: datetime, number: int) -> Event:
    """The event of a move as the session stands; `due` comes when it is due."""
    match kind:
        case "start":
            return Started(at)
        case "due":
            return DeadlinePassed(max(at, session.due_at or at), session.version, max(1.0, float(number)))
        case "stale":
            return DeadlinePassed(at + timedelta(days=1), session.version - 1)
        case "close":
            return ClosedByTeacher(at)
        case "all":
            return AllAnswered(at, session.question)
        case "next":
            return NextAsked(at, session.question)
        case "pause":
            return Paused(at)
        case "resume":
            return Resumed(at)
        case "extend":
            return Extended(at, 10 * number)
        case "void":
            return Voided(at, number)
        case "recover":
            return Recovered(at, at - timedelta(seconds=20 * number))
        case _:
            return Stopped(at)


def walk(session: Session, made: list[tuple[str, int, int]]) -> list[tuple[Session, Event, Session]]:
    """(before, event, after) of each move."""
    at = START
    trace = []
    for kind, seconds, number in made:
        at += timedelta(seconds=seconds)
        event = event_of(session, kind, at, number)
        at = event.at if kind == "due" else at
        after, effects = step(session, event)
        assert not (effects and after is session), "an effect without a change"
        assert (after.phase is Phase.CLOSED) == (after.due_at is None)
        assert any(isinstance(effect, Finish) for effect in effects) == (
            after.phase is Phase.CLOSED and session.phase is not Phase.CLOSED
        )
        trace.append((session, event, after))
        session = after
    return trace


@many
@given(lobbies, walks)
def test_the_version_grows_by_one_with_every_change_and_never_without(session: Session, made: list) -> None:  # type: ignore[type-arg]
    for before, _, after in walk(session, made):
        assert (after == before) == (after is before)
        assert after.version == before.version + (after is not before)


@many
@given(lobbies, walks)
def test_the_end_is_final(session: Session, made: list) -> None:  # type: ignore[type-arg]
    for before, _, after in walk(session, made):
        assert before.phase is not Phase.CLOSED or after is before


@many
@given(lobbies, walks)
def test_a_stale_timer_does_nothing(session: Session, made: list) -> None:  # type: ignore[type-arg]
    for before, event, after in walk(session, made):
        if isinstance(event, DeadlinePassed) and event.version != before.version:
            assert after is before


@many
@given(lobbies, walks)
def test_questions_come_one_after_the_other_and_only_after_an_answer(session: Session, made: list) -> None:  # type: ignore[type-arg]
    for before, _, after in walk(session, made):
        assert after.question in (before.question, before.question + 1)
        if after.question != before.question:
            assert before.phase is (Phase.LOBBY if before.question < 0 else Phase.REVEALED)
            assert after.phase is Phase.ASKING


@many
@given(lobbies, walks, st.integers(0, 4000), st.integers(0, 4000))
def test_a_pause_moves_the_deadline_by_exactly_the_pause(session: Session, made: list, after: int, long: int) -> None:  # type: ignore[type-arg]
    """From wherever the walk has led, if there is a clock that runs."""
    trace = walk(session, made)
    session, now = (trace[-1][2], trace[-1][1].at) if trace else (session, START)
    runs = session.deadline or (session.phase is Phase.REVEALED and session.rules.auto and session.paused_at is None)
    if runs and session.due_at is not None:
        begin = now + timedelta(seconds=after)
        pause = timedelta(seconds=long)
        later, _ = play(session, [Paused(begin), Resumed(begin + pause)])
        assert later.due_at == session.due_at + pause
        assert later.deadline == session.deadline
        for factor in (1.0, 1.5, 4.0):
            player = Player(1, "Ana", "hr", factor)
            own = player_deadline(session, player)
            assert player_deadline(later, player) == (own + pause if own is not None else None)


@many
@given(lobbies, walks)
def test_every_session_ends_if_nobody_does_anything_any_more(session: Session, made: list) -> None:  # type: ignore[type-arg]
    trace = walk(session, made)
    session = trace[-1][2] if trace else session
    for _ in range(3 * QUESTIONS + 3):
        if session.due_at is None:
            break
        before = session
        session, _ = step(session, DeadlinePassed(session.due_at, session.version, slowest=4.0))
        assert session is not before
    assert session.phase is Phase.CLOSED
    assert session.ended


@many
@given(lobbies, walks, st.data())
def test_the_last_answer_before_the_deadline_counts_once(session: Session, made: list, data: st.DataObject) -> None:  # type: ignore[type-arg]
    """Answers come all the time, to all questions, from two players; a simple model keeps the last that was allowed."""
    players = [Player(1, "Ana", "hr"), Player(2, "Besa", "sq", factor=2.0)]
    written: list[Answer] = []
    kept: dict[tuple[int, int], str] = {}
    for before, event, after in walk(session, made):
        if isinstance(event, DeadlinePassed) and event.version != before.version:
            continue  # its time is a day ahead of the others
        for player in players:
            value = data.draw(st.sampled_from("abcd"))
            number = before.question if data.draw(st.booleans()) else data.draw(st.integers(0, QUESTIONS))
            verdict = judge(before, player, event.at, number)
            own = player_deadline(before, player)
            allowed = (
                before.phase is Phase.ASKING
                and before.paused_at is None
                and number == before.question
                and (own is None or event.at <= own)
            )
            assert (verdict is Verdict.ACCEPTED) == allowed
            if allowed:
                written.append(Answer(number, player.number, value, event.at))
                kept[number, player.number] = value
        session = after
    # The clock only goes forward here, so the last one written is the last one received.
    found = counting(players, written)
    assert {(answer.question, answer.player): answer.value for answer in found} == kept
    assert len(found) == len(kept)


@many
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from("abcd")), max_size=20),
    st.sets(st.integers(0, 2)),
    st.integers(0, 2),
)
def test_voiding_recomputes_as_if_the_question_had_never_been(
    given_answers: list[tuple[int, int, str]], voided: set[int], joined: int
) -> None:
    players = [Player(1, "Ana", "hr"), Player(2, "Besa", "sq", joined=joined), Player(3, "Ivo", "bs", kicked=True)]
    answers = [Answer(q, p, v, START + timedelta(seconds=i)) for i, (q, p, v) in enumerate(given_answers)]
    session = replace(lobby(), phase=Phase.CLOSED, question=2)
    board = scoreboard(replace(session, voided=frozenset(voided)), players, answers)
    without = scoreboard(session, players, [answer for answer in answers if answer.question not in voided])
    assert [(place.player, place.points, place.rank) for place in board] == [
        (place.player, place.points, place.rank) for place in without
    ]
    assert {place.counted for place in board} == {3 - len(voided)}
    for place in board:
        mine = [a for a in counting(players, answers) if a.player == place.player.number and a.question not in voided]
        assert place.points == sum(points(session.questions[a.question], a) for a in mine)
        assert 0 <= place.points <= 1000 * place.counted
        assert place.rank == 1 + sum(other.points > place.points for other in board)
