"""The three files of a report, made to open in a spreadsheet by a double click where our classes are.

Separator `;` and decimal comma: with the regional settings of every country we write for, a spreadsheet takes the
comma for the decimal sign, the semicolon for the separator of lists, and 1.5 for the first of May. A `sep=` line would
say so too, but then Excel no longer believes the BOM and shows broken letters, and other programs show the line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, tzinfo

from bot.i18n.catalog import Voice
from bot.model.reply import Document
from bot.quiz.scoring import points, share
from bot.quiz.session import Answer, Player, Session
from bot.report.results import Results
from bot.report.words import numbers, percent, type_name, words

SEPARATOR = ";"
BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the old code page of the country."""

Cell = str | int | float | None


def files(
    results: Results, voice: Voice, *, day: date, zone: tzinfo, titles: Mapping[str, str]
) -> tuple[Document, ...]:
    """The files per student, per question and per answer; the last not when the answers are erased. `titles`: names of
    topics by key; `zone`: of the times in the file."""
    tables = {
        "students": _students(results, voice),
        "questions": _questions(results, voice, titles),
        "answers": _answers(results, voice, zone),
    }
    if results.erased:
        del tables["answers"]
    return tuple(
        Document(f"kompas-{day.isoformat()}-{name}.csv", csv_text(rows), voice.lang) for name, rows in tables.items()
    )


def csv_text(rows: Iterable[Sequence[Cell]]) -> str:
    """The rows as a file with BOM; lines end as RFC 4180 has it."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=SEPARATOR, lineterminator="\r\n").writerows([_cell(cell) for cell in row] for row in rows)
    return BOM + out.getvalue()


def _cell(cell: Cell) -> str:
    """Numbers in the form of the region; a text that a spreadsheet would run as a formula gets an apostrophe."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        formula = cell.lstrip()[:1] in ("=", "+", "-", "@") if cell.strip() else False
        return f"'{cell}" if formula or cell[:1] in ("\t", "\r", "\n") else cell
    if isinstance(cell, int):
        return str(cell)
    return f"{cell + 0.0:.2f}".replace(".", ",").replace("-0,00", "0,00")


def _students(results: Results, voice: Voice) -> list[list[Cell]]:
    """One row each, those who were put out too, who have no points."""
    # Translators: heads of the columns of tables for the teacher; short
    rows: list[list[Cell]] = [
        [
            voice("report.col_student", "Student no."),
            voice("report.col_name", "Name"),
            voice("report.col_pseudonym", "Name on the scoreboard"),
            voice("report.col_language", "Language"),
            voice("report.col_joined", "Joined at question"),
            voice("report.col_factor", "Times the usual time"),
            voice("report.col_answered", "Answered"),
            voice("report.col_right", "Right"),
            voice("report.col_points", "Points"),
            voice("report.col_place", "Place"),
        ]
    ]
    places = {place.player.number: place for place in results.places}
    given = results.given
    for player in results.players:
        place = places.get(player.number)
        row: list[Cell] = [
            player.number,
            player.own_name,
            player.name,
            player.language,
            player.joined + 1,
            player.factor,
        ]
        if place and not results.erased:
            answered = sum(answer.player == player.number for answer in given)
            row += [answered, place.right, place.points, place.rank]
        else:
            # Translators: in the column “Place”: the teacher has put this player out of the quiz
            row += [None, None, None, voice("report.put_out", "put out") if player.kicked else None]
        rows.append(row)
    return rows


def _questions(results: Results, voice: Voice, titles: Mapping[str, str]) -> list[list[Cell]]:
    rows: list[list[Cell]] = [
        [
            voice("report.col_question", "Question no."),
            voice("report.col_item", "Id of the question"),
            voice("report.col_topic", "Topic"),
            voice("report.col_type", "Type"),
            voice("report.col_difficulty", "Difficulty (1 to 3)"),
            voice("report.col_stem", "Question"),
            # Translators: mean share of the points that those who answered got, in per cent
            voice("report.col_facility", "Facility (%)"),
            voice("report.col_answered", "Answered"),
            voice("report.col_right", "Right"),
            # Translators: statistics: correlation of the question with the rest of the score
            voice("report.col_discrimination", "Discrimination"),
            voice("report.col_voided", "Does not count"),
        ]
    ]
    for one in results.questions:
        item = one.item
        row: list[Cell] = [
            one.index + 1,
            item.id,
            titles.get(item.topic, item.topic),
            type_name(item.type, voice),
            item.difficulty,
            item.text(voice.lang).stem,
            percent(one.facility) if one.facility is not None else None,
            *((None, None) if results.erased else (one.answered, one.right)),
            one.discrimination,
            # Translators: in the column “Does not count”
            voice("report.yes", "yes") if one.voided else None,
        ]
        rows.append(row)
    return rows


def _answers(results: Results, voice: Voice, zone: tzinfo) -> list[list[Cell]]:
    rows: list[list[Cell]] = [
        [
            voice("report.col_student", "Student no."),
            voice("report.col_question", "Question no."),
            voice("report.col_item", "Id of the question"),
            voice("report.col_numbers", "Answer (numbers)"),
            voice("report.col_words", "Answer"),
            voice("report.col_share", "Share right (%)"),
            voice("report.col_points", "Points"),
            voice("report.col_seconds", "Seconds"),
            # Translators: {zone} is a time zone such as Europe/Skopje
            voice("report.col_time", "Time ({zone})", zone=str(zone)),
        ]
    ]
    session = results.session
    players = {player.number: player for player in results.players}
    for answer in results.answers:
        one = results.questions[answer.question]
        rows.append(
            [
                answer.player,
                answer.question + 1,
                one.item.id,
                numbers(one.question, answer.value),
                words(one.question, one.item, answer.value, voice),
                percent(share(one.question, answer.value)),
                None if one.voided else points(one.question, answer, speed=session.rules.speed),
                _seconds(session, players[answer.player], answer),
                answer.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
            ]
        )
    return rows


def _seconds(session: Session, player: Player, answer: Answer) -> int | None:
    """How long the player took, from the part of their own time that was left; None when none was (no deadline, or
    time that was given on top)."""
    whole = session.questions[answer.question].seconds * max(1.0, player.factor)
    return round(whole * (1 - answer.early)) if answer.early > 0 else None
