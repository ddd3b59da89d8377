"""The data inventory in the documentation is the database, no more and no less."""

import re
from pathlib import Path

import pytest

from bot.store import tables

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "privacy.md").read_text("utf-8")
ROWS = {
    cells[0].strip(" `"): cells
    for line in PAGE.partition("## Data inventory")[2].partition("\n## ")[0].splitlines()
    if line.startswith("| `") and len(cells := line.strip("|").split("|")) == 5
}


def test_every_table_is_in_the_inventory_and_nothing_else():
    assert sorted(ROWS) == sorted(tables.metadata.tables)


@pytest.mark.parametrize("name", sorted(tables.metadata.tables))
def test_every_column_is_in_the_inventory_and_nothing_else(name):
    assert re.findall(r"`(\w+)`", ROWS[name][1]) == [column.name for column in tables.metadata.tables[name].columns]


@pytest.mark.parametrize("name", sorted(tables.metadata.tables))
def test_the_inventory_says_which_rows_are_about_a_person(name):
    said = ROWS[name][2].strip()
    assert said.startswith("yes") == bool(tables.metadata.tables[name].info["person"])


def test_every_row_says_what_for_and_how_long():
    assert [name for name, cells in ROWS.items() if not all(cell.strip() for cell in cells)] == []
