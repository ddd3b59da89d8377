"""The inventory in the documentation is the database's: nobody adds a table or a column unseen."""

from pathlib import Path

from bot.settings import Settings
from bot.store import tables

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "privacy.md").read_text("utf-8")
INVENTORY = DOCS.partition("## What is stored")[2].partition("\n## ")[0]
ROWS = {
    cells[0].strip("`"): cells[1:]
    for line in INVENTORY.splitlines()
    if line.startswith("| `") and (cells := [cell.strip() for cell in line.strip("|").split("|")])
}


def test_every_table_and_column_is_in_the_inventory_and_nothing_else():
    stored = {table.name: list(table.c.keys()) for table in tables.metadata.sorted_tables}
    assert {name: row[0].split(", ") for name, row in ROWS.items()} == stored


def test_every_row_says_about_whom_why_how_long_and_how_it_ends():
    assert [name for name, row in ROWS.items() if len(row) != 5 or not all(row)] == []


def test_what_is_about_a_person_is_erased_when_they_ask():
    personal = {table.name for table in tables.metadata.sorted_tables if table.info["person"]}
    assert {name for name in personal if "forget" not in ROWS[name][4]} == set()


def test_the_days_in_the_inventory_are_the_defaults():
    settings = Settings()
    for name, days in {
        "answers": settings.keep_answers,
        "sessions": settings.keep_sessions,
        "people": settings.keep_preferences,
        "teachers": settings.keep_preferences,
        "unanswered": settings.keep_questions,
    }.items():
        assert f"{days} days" in ROWS[name][3], name
