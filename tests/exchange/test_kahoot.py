"""Spreadsheets as Kahoot's template has them."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from bot.exchange.found import Unusable
from bot.exchange.read import read_quiz

HEADER = (
    "Question - max 120 characters",
    "Answer 1 - max 75 characters",
    "Answer 2 - max 75 characters",
    "Answer 3 - max 75 characters",
    "Answer 4 - max 75 characters",
    "Time limit (sec) – 5, 10, 20, 30, 60, 90, 120, or 240 secs",
    "Correct answer(s) - choose at least one",
)
ROWS = (
    ("Kryeqyteti i Shqipërisë?", "Tirana", "Durrës", "Vlora", "Shkodra", 20, 1),
    ("Which are primes?", 2, 3, 4, None, 30, "1,2"),
)


def sheet(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def read(data):
    return read_quiz("quiz.xlsx", data, "x", "sq", ("en", "sq"))


def template(*rows):
    top = [("", "Quiz template"), ("", "Add questions, at least two answer alternatives …"), (), (), (), (), ()]
    return sheet(*top, ("", *HEADER), *((n, *row) for n, row in enumerate(rows, 1)))


@pytest.mark.parametrize(
    "data", [sheet(HEADER, *ROWS), template(*ROWS), sheet(*ROWS)], ids=["plain", "template", "bare"]
)
def test_the_row_of_headings_may_stand_anywhere_or_nowhere(data):
    found = read(data)
    assert found.skipped == ()
    single, several = found.items
    assert single.texts["sq"].stem == "Kryeqyteti i Shqipërisë?"
    assert (single.type, single.key, len(single.options)) == ("single", ("a",), 4)
    assert (several.type, several.key) == ("multiple", ("a", "b"))
    assert dict(several.texts["sq"].options) == {"a": "2", "b": "3", "c": "4"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("Q?", "a", "b", None, None, 20, None), "no right answer"),
        (("Q?", "a", "b", None, None, 20, 3), "answer 3 is said to be right, but there is none"),
        (("Q?", "a", "a", None, None, 20, 1), "stands twice"),
        (("Q?", "a", None, None, None, 20, 1), "1 options"),
        ((None, "a", "b", None, None, 20, 1), "the question has no text"),
        (("Q" * 281, "a", "b", None, None, 20, 1), "281 characters"),
    ],
)
def test_a_bad_row_is_skipped_with_its_number(row, said):
    found = read(template(ROWS[0], row, ROWS[1]))
    assert len(found.items) == 2
    (skipped,) = found.skipped
    assert skipped.line == 10
    assert said in skipped.cause


def test_html_formulas_and_hidden_marks_do_nothing():
    found = read(sheet(HEADER, ("\u202eQ<script>x()</script>?", "=1+1", "b", None, None, 20, 2)))
    assert found.items == ()  # a formula that nobody has computed has no value
    found = read(sheet(HEADER, ("\u202eQ<script>x()</script>?", "a", "b", None, None, 20, 2)))
    assert found.items[0].texts["sq"].stem == "Q?"
    assert [note.cause for note in found.notes] == [
        "<script> was left out",
        "right-to-left and other direction marks were removed",
    ]


def test_a_zip_bomb_is_refused_before_anything_is_unpacked():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 21_000_000)
    with pytest.raises(Unusable, match=r"unpacks to 21.0 MB .* zip bomb"):
        read(stream.getvalue())


def test_entities_in_a_sheet_are_refused():
    source, stream = zipfile.ZipFile(io.BytesIO(sheet(HEADER, *ROWS))), io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("workbook.xml"):
                data = (
                    b'<!DOCTYPE w [<!ENTITY a "b">]>' + data.partition(b"?>")[2]
                    if b"?>" in data
                    else (b'<!DOCTYPE w [<!ENTITY a "b">]>' + data)
                )
            archive.writestr(name, data)
    with pytest.raises(Unusable, match="cannot be read"):
        read(stream.getvalue())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04 nothing", "damaged"),
        (b"\xd0\xcf\x11\xe0" + b"0" * 100, "old Excel"),
        (sheet(("a", "b")), "no row of headings"),
        (b"PK\x03\x04" + b"0" * 5_000_000, "at most 5 MB"),
    ],
)
def test_what_is_no_such_spreadsheet_is_said_so(data, said):
    with pytest.raises(Unusable, match=said):
        read(data)


def test_more_than_five_thousand_rows_are_not_read():
    with pytest.raises(Unusable, match="more than 5000 rows"):
        read(sheet(HEADER, *([ROWS[0]] * 5001)))
