"""Spreadsheets in the shape that Kahoot uses, read: a question, two to four answers, seconds, the numbers of the right
answers in each row. Where the row of headings stands does not matter; without one the columns are taken in this order.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO

from bot.exchange.build import title
from bot.exchange.found import Draft, DraftOption, Remark, Unusable
from bot.quiz.items import ItemType

UNPACKED, MEMBERS, ROWS, COLUMNS = 20_000_000, 1000, 5000, 30
"""Most bytes and files in the archive, rows and columns of a sheet."""
HEADER_WITHIN = 40
"""The row of headings is looked for in so many first rows."""

Row = tuple[object, ...]


def read_kahoot(data: bytes) -> Iterator[Draft | Remark]:
    """Every question of the first sheet that has any. Raises Unusable when it is no spreadsheet, or one that unpacks to
    more than fits.
    """
    _look_inside(data)
    sheets = _sheets(data)
    for rows in sheets:
        found = list(_questions(rows))
        if found:
            return iter(found)
    return iter(())


def _look_inside(data: bytes) -> None:
    """What the archive says of itself, before anything of it is unpacked."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise Unusable("not a spreadsheet (XLSX): the file is damaged or something else") from error
    size = sum(member.file_size for member in members)
    if size > UNPACKED or len(members) > MEMBERS:
        raise Unusable(
            f"the spreadsheet unpacks to {size / 1e6:.1f} MB in {len(members)} files, at most "
            f"{UNPACKED // 1_000_000} MB in {MEMBERS} are opened: perhaps a zip bomb"
        )
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise Unusable("a ZIP archive, but not a spreadsheet (XLSX)")


def _sheets(data: bytes) -> list[list[Row]]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # a damaged file makes it raise nearly anything
        raise Unusable(f"the spreadsheet cannot be read: {type(error).__name__}") from error
    try:
        sheets = []
        for sheet in book.worksheets[:10]:
            if hasattr(sheet, "reset_dimensions"):
                sheet.reset_dimensions()  # what the file says of its size may be a lie
            rows: list[Row] = []
            for row in sheet.iter_rows(max_col=COLUMNS, values_only=True):
                rows.append(row)
                if len(rows) > ROWS:
                    raise Unusable(f"more than {ROWS} rows in a sheet")
            sheets.append(rows)
        return sheets
    except Unusable:
        raise
    except Exception as error:  # as above
        raise Unusable(f"the spreadsheet cannot be read: {type(error).__name__}") from error
    finally:
        book.close()


def _questions(rows: list[Row]) -> Iterator[Draft | Remark]:
    start, question, answers, right = _columns(rows)
    for number, row in enumerate(rows[start:], start + 1):
        cells = [_cell(value) for value in row] + [""] * COLUMNS
        options = [cells[column] for column in answers]
        if not cells[question] and not any(options):
            continue
        draft = Draft(number, ItemType.SINGLE, cells[question])
        numbers = [int(n) for n in re.findall(r"\d+", cells[right])]
        cause = ""
        if not numbers:
            cause = "no right answer: its column is empty"
        elif bad := [n for n in numbers if not 1 <= n <= len(answers) or not options[n - 1]]:
            cause = f"answer {bad[0]} is said to be right, but there is none"
        if cause:
            yield Remark(number, cause, title(draft))
            continue
        draft.type = ItemType.SINGLE if len(set(numbers)) == 1 else ItemType.MULTIPLE
        draft.options = [DraftOption(text, n in numbers) for n, text in enumerate(options, 1) if text]
        yield draft


def _columns(rows: Sequence[Row]) -> tuple[int, int, list[int], int]:
    """First row of questions, and the columns of question, answers and right answers, from 0."""
    for number, row in enumerate(rows[:HEADER_WITHIN]):
        heads = [_cell(value).casefold() for value in row]
        question = next((at for at, head in enumerate(heads) if head.startswith("question")), None)
        right = next((at for at, head in enumerate(heads) if "correct" in head), None)
        answers = [at for at, head in enumerate(heads) if re.match(r"(answer|option|choice)\s*\d", head)]
        if question is not None and right is not None and len(answers) >= 2:
            return number + 1, question, answers, right
    for number, row in enumerate(rows[:HEADER_WITHIN]):  # no headings: the order of Kahoot's template
        cells = [_cell(value) for value in row] + [""] * COLUMNS
        for first in (0, 1):
            if (
                not cells[first].isdecimal()
                and all(cells[first : first + 3])
                and re.fullmatch(r"[1-4](\s*[,;]\s*[1-4])*", cells[first + 6])
            ):
                return number, first, list(range(first + 1, first + 5)), first + 6
    raise Unusable(
        "no row of headings with “Question”, “Answer 1”, “Answer 2” … and “Correct answer(s)” as in Kahoot's template"
    )


def _cell(value: object) -> str:
    """A cell as text; a number without the .0 that spreadsheets add."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
