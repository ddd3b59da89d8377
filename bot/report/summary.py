"""What the teacher reads first: how it went, what was hard, what to say to the class."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from bot.i18n.catalog import Voice
from bot.model.reply import Block, Bullets, Heading, Note, Paragraph
from bot.quiz.bank import Misconception
from bot.quiz.scoring import Place
from bot.report.results import FEW, MANY, Results
from bot.report.words import known_as, percent

LOW = 0.2
"""Discrimination below which a question should be looked at."""
GOOD, FAIR = 0.7, 0.5
"""KR-20 of a test that may be graded by, and of one that may not."""
MOST = 3
"""Questions named for the same reason."""


def summary(results: Results, voice: Voice, *, day: date, misconception: Misconception | None) -> list[Block]:
    """The report in words. `misconception` puts `results.common` into words."""
    lang = voice.lang
    # Translators: {date} is a date such as 23 November 2026
    blocks: list[Block] = [Heading(voice("report.title", "Quiz report: {date}", date=voice.date(day)), lang)]
    if results.running:
        blocks.append(
            Paragraph(voice("report.so_far", "The quiz is still running. This is how it stands so far."), lang)
        )
    if results.erased:
        text = voice(
            "report.erased",
            "This quiz was more than 30 days ago: its answers have been erased. What is left is who played and what "
            "was asked.",
        )
        blocks.append(Paragraph(text, lang))
    blocks.append(Paragraph(_counts(results, voice), lang))
    if results.erased:
        names = ", ".join(known_as(player) for player in results.players if not player.kicked)
        if names:
            blocks.append(Paragraph(voice("report.played", "Players: {names}", names=names), lang))
        return blocks
    blocks += _hardest(results, voice)
    if results.common and misconception:
        blocks += _read_aloud(results.common.players, results.common.of, misconception, voice)
    if results.silent:
        names = ", ".join(map(known_as, results.silent))
        blocks.append(Paragraph(voice("report.silent", "Joined but did not answer: {names}", names=names), lang))
    blocks += _scoreboard(results.places, voice)
    blocks += _analysis(results, voice)
    return blocks


def _counts(results: Results, voice: Voice) -> str:
    players = sum(not player.kicked for player in results.players)
    count = sum(not one.voided for one in results.questions)
    parts = [
        voice.many("report.players", "{n} player", "{n} players", players),
        voice.many("report.questions", "{n} question that counts", "{n} questions that count", count),
    ]
    if results.mean is not None:
        given = results.given
        right = sum(one.right for one in results.questions if not one.voided)
        parts.append(_right_answers(results.mean, right, len(given), voice))
    return ". ".join(parts) + "."


def _right_answers(mean: Fraction, right: int, answered: int, voice: Voice) -> str:
    """Per cent of a small number would sound like more than it is."""
    if answered < FEW:
        return voice("report.right_of", "Right answers: {right} of {all}", right=right, all=answered)
    return voice("report.right_percent", "Right answers: {percent} %", percent=percent(mean))


def _hardest(results: Results, voice: Voice) -> list[Block]:
    if not results.hardest:
        return []
    rows = []
    for one in results.hardest:
        if one.facility is not None:
            part = _right_answers(one.facility, one.right, one.answered, voice)
            rows.append((f"{one.index + 1}.", f"{one.item.text(voice.lang).stem} ({part})"))
    label = voice("report.hardest", "What was hardest")
    return [Paragraph(label, voice.lang, strong=True), Bullets(tuple(rows), voice.lang, signs=True)]


def _read_aloud(players: int, of: int, misconception: Misconception, voice: Voice) -> list[Block]:
    # Translators: read aloud to the class. {thought} is a clause such as “the IP address shows who attacked”, {right} a
    # whole sentence with its full stop; {n} of {all} are players
    said = voice.many(
        "report.think",
        "{n} of {all} thinks that {thought}. In fact: {right}",
        "{n} of {all} think that {thought}. In fact: {right}",
        players,
        all=of,
        thought=misconception.thought,
        right=misconception.right,
    )
    label = voice("report.read_aloud", "To read to the class")
    return [Paragraph(label, voice.lang, strong=True), Paragraph(said, voice.lang)]


def _scoreboard(places: Iterable[Place], voice: Voice) -> list[Block]:
    rows = []
    for place in places:
        points = voice.many("report.points", "{n} point", "{n} points", place.points)
        text = voice(
            "report.rank_row",
            "{name}: {points}, {right} of {all} right",
            name=known_as(place.player),
            points=points,
            right=place.right,
            all=place.counted,
        )
        if place.player.joined:
            text += " " + voice("report.joined_at", "(joined at question {n})", n=place.player.joined + 1)
        rows.append((f"{place.rank}.", text))
    if not rows:
        return []
    label = voice("report.scoreboard", "Everybody's place")
    return [Paragraph(label, voice.lang, strong=True), Bullets(tuple(rows), voice.lang, signs=True)]


def _analysis(results: Results, voice: Voice) -> list[Block]:
    """What the answers say about the questions, one plain sentence each."""
    if results.running or not results.given:
        return []
    lang, said = voice.lang, list[str]()
    if results.kr20 is not None:
        said.append(_consistency(results.kr20, voice))
    known = sorted((one.discrimination, one.index + 1) for one in results.questions if one.discrimination is not None)
    said += [
        voice(
            "report.negative",
            "Question {n}: those who did well otherwise had it wrong more often. Look whether its right answer and its "
            "wording are good.",
            n=number,
        )
        for value, number in known
        if value < 0
    ][:MOST]
    said += [
        voice(
            "report.weak",
            "Question {n} hardly tells those who know more from the others: it may be too easy, too hard or unclear.",
            n=number,
        )
        for value, number in known
        if 0 <= value < LOW
    ][:MOST]
    if not said and not known:
        text = voice.many(
            "report.too_few",
            "How well a question tells students apart is worked out from {n} player on.",
            "How well a question tells students apart is worked out from {n} players on.",
            MANY,
        )
        return [Note(text, lang)]
    if not said:
        return []
    label = voice("report.analysis", "About the questions")
    return [Paragraph(label, lang, strong=True), Bullets(tuple(("", text) for text in said), lang)]


def _consistency(kr20: float, voice: Voice) -> str:
    figure = f"{kr20:.2f}" if voice.lang == "en" else f"{kr20:.2f}".replace(".", ",")
    # Translators: {figure} is a number such as 0.74; KR-20 is the name of a statistical measure
    if kr20 >= GOOD:
        return voice("report.kr20_good", "The questions measure the same thing well (KR-20: {figure}).", figure=figure)
    if kr20 >= FAIR:
        return voice(
            "report.kr20_fair",
            "The questions measure the same thing fairly well (KR-20: {figure}): good for practice, too little for "
            "marks.",
            figure=figure,
        )
    return voice(
        "report.kr20_low",
        "The points say little about single students (KR-20: {figure}): do not give marks by them.",
        figure=figure,
    )
