"""The texts of a session in one language: what stands on the board and what a player is shown. Pure: everything it
needs is an argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from bot.i18n.catalog import Voice
from bot.model.reply import Block, Bullets, Heading, Note, Paragraph, Until
from bot.quiz.items import Item, ItemType
from bot.quiz.machine import player_deadline
from bot.quiz.scoring import Place, Tally
from bot.quiz.session import Player, Question, Session
from bot.sessions.answers import bars, option_text, right_answer, sign, verdict

PODIUM = 5
"""Places shown to everybody: nobody is shown as last."""


def options(question: Question, item: Item, voice: Voice) -> Bullets | None:
    """The options with their numbers."""
    items = tuple((sign(n), option_text(item, option, voice)) for n, option in enumerate(question.order, 1))
    return Bullets(items, voice.lang, signs=True) if items else None


def left_side(item: Item, voice: Voice) -> Bullets | None:
    """What is to be matched."""
    left = item.text(voice.lang).left
    return Bullets(tuple((f"{n}.", text) for n, text in enumerate(left, 1)), voice.lang, signs=True) if left else None


def lobby(session: Session, players: int, voice: Voice, *, link: str) -> list[Block]:
    """Before the first question."""
    lang = voice.lang
    many = voice.many("quiz.questions", "{n} question", "{n} questions", len(session.questions))
    if link:
        # Translators: {link} opens a direct chat with the bot; {command} is a command to type there
        how = voice(
            "quiz.join_direct",
            "To play, open a direct chat with me and write “{command}”: {link}. You answer there, so nobody sees it.",
            command=f"quiz join {session.code}",
            link=link,
        )
    else:
        how = voice("quiz.join_press", "To play, press the button or just answer the first question.")
    pace = (
        # Translators: how the quiz goes on
        voice("quiz.pace_auto", "It goes on by itself.")
        if session.rules.auto
        else voice("quiz.pace_manual", "The teacher opens each question.")
    )
    speed = (
        voice("quiz.speed_on", "Quick answers earn up to 20 % more.")
        if session.rules.speed
        else voice("quiz.speed_off", "Speed does not count: take your time.")
    )
    return [
        Heading(voice("quiz.lobby", "A quiz is about to begin"), lang),
        Paragraph(f"{many}. {pace} {speed}", lang),
        Paragraph(how, lang),
        Paragraph(voice.many("quiz.joined", "{n} player has joined.", "{n} players have joined.", players), lang),
        Note(voice("quiz.code", "Code: {code}", code=session.code), lang),
    ]


def question(
    session: Session, index: int, item: Item, voice: Voice, *, answered: int | None, typed: str, factor: float = 1.0
) -> list[Block]:
    """An open question. `answered`: how many have answered, None = not shown; `typed`: how to answer in words, where
    options are not pressed."""
    lang, asked, text = voice.lang, session.questions[index], item.text(voice.lang)
    blocks: list[Block | None] = [
        Heading(numbered(session, index, voice), lang),
        Paragraph(text.stem, lang, strong=True),
        left_side(item, voice),
        options(asked, item, voice),
        _time(session, index, voice, factor),
        Paragraph(typed, lang) if typed else None,
        Note(voice.many("quiz.answered", "{n} answer so far", "{n} answers so far", answered), lang)
        if answered
        else None,
    ]
    return [block for block in blocks if block is not None]


def numbered(session: Session, index: int, voice: Voice) -> str:
    """`Question 3 of 10`."""
    return voice("quiz.number", "Question {n} of {all}", n=index + 1, all=len(session.questions))


def _time(session: Session, index: int, voice: Voice, factor: float) -> Until | None:
    """How much time there is; somebody with extra time is told what the others have."""
    seconds = session.questions[index].seconds
    if not session.deadline or index != session.question or not seconds:
        return None
    if factor > 1:
        text = voice("quiz.time_own", "{own} s (normally {usual} s)", own=round(seconds * factor), usual=seconds)
    else:
        text = voice.many("quiz.time", "{n} second", "{n} seconds", seconds)
    at = player_deadline(session, Player(0, "", voice.lang, factor=factor))
    return Until(f"⏱ {text}", at, voice.lang) if at else None


def how_to_type(item: Item, question: Question, voice: Voice, *, direct: bool) -> str:
    """How to answer in words."""
    match item.type:
        case ItemType.MULTIPLE:
            how = voice("quiz.type_multiple", "Type all the right numbers, for example: {example}", example="1 3")
        case ItemType.ORDERING:
            example = " ".join(str(n) for n in (3, 1, 4, 2, 5)[: len(question.order)] if n <= len(question.order))
            how = voice(
                "quiz.type_ordering", "Type the numbers in the right order, for example: {example}", example=example
            )
        case ItemType.MATCHING:
            example = " ".join(("3", "1", "2", "4", "5")[: len(question.key)])
            how = voice(
                "quiz.type_matching",
                "For 1, 2, 3 … type the number that belongs to it, for example: {example}",
                example=example,
            )
        case ItemType.SHORT:
            how = voice("quiz.type_short", "Type your answer in words.")
        case _:
            how = voice("quiz.type_single", "Type the number of your answer.")
    if direct:
        # Translators: follows a sentence on how to type the answer
        how += " " + voice("quiz.type_direct", "Write it in your direct chat with me, not here.")
    return how


def reveal(
    session: Session,
    index: int,
    item: Item,
    voice: Voice,
    counted: Tally,
    sources: Sequence[str],
    *,
    own: str | None = None,
    typed: str = "",
) -> list[Block]:
    """The right answer, who answered what, why, and what misled most. `own`: the answer of whoever plays alone;
    `typed`: the topic to read, where no button leads there."""
    lang, asked, text = voice.lang, session.questions[index], item.text(voice.lang)
    blocks: list[Block] = [
        Heading(voice("quiz.answer_of", "Question {n}: the answer", n=index + 1), lang),
        Paragraph(right_answer(item, asked, voice), lang, strong=True),
    ]
    if index in session.voided:
        blocks.append(Paragraph(voided(index, voice), lang))
    if own is not None:
        blocks += verdict(own, asked, item, voice)
    elif counted.answered:
        blocks.append(bars(asked, item, counted, voice))
    if text.explanation:
        blocks.append(Paragraph(text.explanation, lang))
    wrong = {option: times for option, times in counted.counts.items() if option not in asked.key and times}
    misled = max(wrong, key=lambda option: wrong[option], default="")
    if misled in text.feedback and own is None:
        # Translators: {option} is the number of a wrong option, {feedback} a sentence about it
        said = voice(
            "quiz.misled",
            "Chosen most among the wrong ones: {option}. {feedback}",
            option=sign(asked.order.index(misled) + 1),
            feedback=text.feedback[misled],
        )
        blocks.append(Paragraph(said, lang))
    if sources:
        blocks.append(Note(voice("quiz.sources", "Sources: {names}", names=", ".join(sources)), lang))
    if typed:
        # Translators: small print under the answer to a question; both are commands to type
        more = voice(
            "quiz.more_typed",
            "Learn more: {explain} · Your own answer, in your direct chat with me: {mine}",
            explain=f"!explain {typed}",
            mine="quiz mine",
        )
        blocks.append(Note(more, lang))
    return blocks


def rank(standings: Sequence[Place], voice: Voice, *, final: bool) -> list[Block]:
    """The scoreboard: the first places, never the last."""
    lang = voice.lang
    title = voice("quiz.final", "The quiz is over") if final else voice("quiz.board", "Scoreboard")
    blocks: list[Block] = [Heading(title, lang)]
    if not standings:
        return [*blocks, Paragraph(voice("quiz.nobody", "Nobody has played."), lang)]
    shown = sorted((row for row in standings if row.rank <= PODIUM and row.points), key=_like)
    rows = []
    for _, same in groupby(shown, key=_like):
        together = list(same)  # a whole class may be first: their names share a line
        row = together[0]
        medal = {1: "🥇", 2: "🥈", 3: "🥉"}.get(row.rank, f"{row.rank}.")
        points = voice.many("quiz.points", "{n} point", "{n} points", row.points)
        text = voice(
            "quiz.rank_row",
            "{name}: {points}, {right} of {all} right",
            name=", ".join(row.player.name for row in together),
            points=points,
            right=row.right,
            all=row.counted,
        )
        if row.player.joined:
            text += " " + voice("quiz.joined_at", "(joined at question {n})", n=row.player.joined + 1)
        rows.append((medal, text))
    blocks.append(Bullets(tuple(rows), lang, signs=True))
    rest = len(standings) - len(shown)
    if rest:
        blocks.append(Note(voice.many("quiz.and_more", "and {n} more player", "and {n} more players", rest), lang))
    if final:
        blocks.append(Paragraph(voice("quiz.thanks", "Thank you for playing!"), lang))
    return blocks


def _like(row: Place) -> tuple[int, int, int, int]:
    """Equal for those of whom the scoreboard says the same."""
    return row.rank, -row.right, row.counted, row.player.joined


def notice(kind: str, session: Session, index: int, voice: Voice) -> str:
    """One line about what happened."""
    match kind:
        case "paused":
            return "⏸ " + voice("quiz.paused", "The teacher has stopped the clock. Your answers are kept.")
        case "resumed":
            return "▶ " + voice("quiz.resumed", "The clock is running again.")
        case "extended":
            return "⏱ " + voice("quiz.extended", "There is more time for this question.")
        case "voided":
            return voided(index, voice)
        case "recovered":
            return "↻ " + recovered(voice)
        case _:
            raise AssertionError(f"no sentence for {kind!r}")


def voided(index: int, voice: Voice) -> str:
    """A question that does not count."""
    return voice("quiz.voided", "Question {n} does not count.", n=index + 1)


def recovered(voice: Voice) -> str:
    """After an outage."""
    return voice("quiz.recovered", "I was away for a moment. Nothing is lost, and the time was prolonged.")


def place_line(row: Place, voice: Voice) -> str:
    """A player's own place."""
    points = voice.many("quiz.points", "{n} point", "{n} points", row.points)
    return voice(
        "quiz.mine_row",
        "You ({name}): place {rank}, {points}, {right} of {all} right",
        name=row.player.name,
        rank=row.rank,
        points=points,
        right=row.right,
        all=row.counted,
    )
