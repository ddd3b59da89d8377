"""The files of a report, letter by letter."""

from __future__ import annotations

import csv
import io
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from adapters.discord.render import render
from adapters.matrix.render import File, draw
from bot.model.reply import Document, Paragraph, Reply
from bot.quiz.items import ItemType
from bot.report.files import csv_text, files
from bot.report.results import gather

from .classes import answer, item, player, session_of

DAY, ZONE = date(2026, 11, 23), ZoneInfo("Europe/Skopje")
TITLES = {"attribution": "Attribution; who did it"}
ITEMS = (
    item("t.q1", ItemType.SINGLE),
    item("t.q2", ItemType.MULTIPLE, "a b c d", "a b", difficulty=2),
    item("t.q3", ItemType.ORDERING, "b c a", "a b c"),
    item("t.q4", ItemType.TRUEFALSE, "true false", "true"),
    item("t.q5", ItemType.MATCHING, "a b c", "c a"),
    item("t.q6", ItemType.SHORT, "", ""),
)
PLAYERS = (
    player(1, own_name="Ana Anić"),
    player(2, own_name='=HYPERLINK("https://example.org")', factor=1.5),
    player(3, joined=2),
    player(4, own_name="Out", kicked=True),
    player(5),  # a forgotten person: the row without a name
)
ANSWERS = (
    answer(0, 1, "b", after=6, early=0.8),
    answer(0, 2, "a", after=18, early=0.6),
    answer(0, 3, "b"),  # from before this player came
    answer(0, 4, "b"),
    answer(1, 1, "a"),
    answer(1, 2, "a c"),
    answer(2, 1, "a b c"),
    answer(2, 2, "c a b"),
    answer(2, 3, "a b c"),
    answer(3, 1, "true"),
    answer(3, 2, "false"),
    answer(4, 1, "c b"),
    answer(5, 2, "right"),
    answer(5, 3, "wrong"),
)


def made(knowledge, lang="en", **more):
    results = gather(session_of(*ITEMS, voided=(3,)), PLAYERS, ANSWERS, dict(enumerate(ITEMS)), **more)
    found = files(results, knowledge.voices[lang], day=DAY, zone=ZONE, titles=TITLES)
    return {document.name: document.text for document in found}


def lines(text):
    return [*text.removeprefix("\ufeff").split("\r\n")[:-1]]


def test_the_students_with_late_kicked_and_forgotten_ones(knowledge):
    text = made(knowledge)["kompas-2026-11-23-students.csv"]
    assert text == (
        "\ufeffStudent no.;Name;Name on the scoreboard;Language;Joined at question;Times the usual time;Answered;Right;"
        "Points;Place\r\n"
        "1;Ana Anić;Player 1;en;1;1,00;4;2;3000;1\r\n"
        '2;"\'=HYPERLINK(""https://example.org"")";Player 2;en;1;1,50;4;1;1500;2\r\n'
        "3;;Player 3;en;3;1,00;2;1;1000;3\r\n"
        "4;Out;Player 4;en;1;1,00;;;;put out\r\n"
        "5;;Player 5;en;1;1,00;0;0;0;4\r\n"
    )


def test_the_questions_with_a_voided_one(knowledge):
    assert lines(made(knowledge)["kompas-2026-11-23-questions.csv"]) == [
        "Question no.;Id of the question;Topic;Type;Difficulty (1 to 3);Question;Facility (%);Answered;Right;"
        "Discrimination;Does not count",
        '1;t.q1;"Attribution; who did it";one right answer;1;Stem of t.q1?;50;2;1;;',
        '2;t.q2;"Attribution; who did it";several right answers;2;Stem of t.q2?;25;2;0;;',
        '3;t.q3;"Attribution; who did it";put in order;1;Stem of t.q3?;83;3;2;;',
        '4;t.q4;"Attribution; who did it";true or false;1;Stem of t.q4?;50;2;1;;yes',
        '5;t.q5;"Attribution; who did it";match;1;Stem of t.q5?;50;1;0;;',
        '6;t.q6;"Attribution; who did it";answer in words;1;Stem of t.q6?;50;2;1;;',
    ]


def test_the_answers_as_numbers_and_words_in_the_zone_of_the_class(knowledge):
    assert lines(made(knowledge)["kompas-2026-11-23-answers.csv"]) == [
        "Student no.;Question no.;Id of the question;Answer (numbers);Answer;Share right (%);Points;Seconds;"
        "Time (Europe/Skopje)",
        "1;1;t.q1;2;b text;100;1000;6;2026-11-23 10:00:06",
        "1;2;t.q2;1;a text;50;500;;2026-11-23 10:00:00",
        "1;3;t.q3;3 1 2;a text | b text | c text;100;1000;;2026-11-23 10:00:00",
        "1;4;t.q4;1;True;100;;;2026-11-23 10:00:00",
        "1;5;t.q5;3 2;L1 → c text | L2 → b text;50;500;;2026-11-23 10:00:00",
        "2;1;t.q1;1;a text;0;0;18;2026-11-23 10:00:18",
        "2;2;t.q2;1 3;a text | c text;0;0;;2026-11-23 10:00:00",
        "2;3;t.q3;2 3 1;c text | a text | b text;50;500;;2026-11-23 10:00:00",
        "2;4;t.q4;2;False;0;;;2026-11-23 10:00:00",
        "2;6;t.q6;;right;100;1000;;2026-11-23 10:00:00",
        "3;3;t.q3;3 1 2;a text | b text | c text;100;1000;;2026-11-23 10:00:00",
        "3;6;t.q6;;wrong;0;0;;2026-11-23 10:00:00",
    ]


def test_erased_answers_leave_empty_cells_and_no_third_file(knowledge):
    results = gather(session_of(*ITEMS), PLAYERS, (), dict(enumerate(ITEMS)), erased=True)
    found = files(results, knowledge.voices["en"], day=DAY, zone=ZONE, titles=TITLES)
    assert [document.name[18:] for document in found] == ["students.csv", "questions.csv"]
    assert lines(found[0].text)[1] == "1;Ana Anić;Player 1;en;1;1,00;;;;"
    assert lines(found[1].text)[1].endswith("Stem of t.q1?;;;;;")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "  =", "\t", "\r"])
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(start):
    cell = f"{start}1+1"
    row = next(csv.reader(io.StringIO(csv_text([[cell]])[1:], newline=""), delimiter=";"))
    assert row == [f"'{cell}"]


def test_numbers_are_numbers_with_a_decimal_comma():
    assert csv_text([[-3, -0.5, 1.25, -0.001, "a-b", None]]) == "\ufeff-3;-0,50;1,25;0,00;a-b;\r\n"


def test_a_spreadsheet_gets_the_file_byte_by_byte_from_both_platforms(knowledge):
    text = made(knowledge, "sr-Cyrl")["kompas-2026-11-23-students.csv"]
    reply = Reply((Paragraph("Here", "en"), Document("a.csv", text, "sr-Cyrl")))
    assert render(reply)[-1].files == (("a.csv", b"\xef\xbb\xbf" + text[1:].encode()),)
    (file,) = (part for part in draw(reply) if isinstance(part, File))
    assert file.text.encode() == b"\xef\xbb\xbf" + text[1:].encode()
