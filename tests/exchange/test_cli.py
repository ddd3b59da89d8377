"""`kompas import` and `kompas export`."""

import sys

import pytest

from bot.__main__ import main
from bot.cli.import_ import slug

GIFT = "::A::Is it?{T#No.}\n\nBad?{=a =b ~c}\n\nWhich?{=right ~wrong}\n"


@pytest.fixture(autouse=True)
def database(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KOMPAS_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/kompas.sqlite3")
    (tmp_path / "a.gift").write_text(GIFT, "utf-8")


def test_a_set_is_imported_listed_and_removed(capsys):
    given = ["import", "a.gift", "--name", "Тест 7б", "--room", "discord:12", "--room", "matrix:!a:b.c"]
    assert main(given) == 0
    out = capsys.readouterr().out
    assert "a.gift:3: skipped “Bad?”: 2 right answers, but only one can be chosen\n" in out
    assert "2 questions (1 truefalse, 1 single) in en, 1 skipped; UTF-8\n" in out
    assert "matrix:!a:b.c: quiz start set:test-7b\n" in out
    assert main(["import", "--list"]) == 0
    assert "discord:12  test-7b  “Тест 7б”  2 questions" in capsys.readouterr().out
    assert main(["import", "--remove", "Тест 7б", "--room", "discord:12"]) == 0
    assert main(["import", "--remove", "test-7b", "--room", "discord:12"]) == 1
    capsys.readouterr()
    main(["import", "--list"])
    assert capsys.readouterr().out.endswith("1 sets\n")


def test_a_dry_run_stores_nothing_and_needs_no_room(capsys):
    assert main(["import", "a.gift", "--dry-run"]) == 0
    assert "nothing stored" in capsys.readouterr().out
    main(["import", "--list"])
    assert capsys.readouterr().out == "0 sets\n"


def test_nothing_usable_is_exit_code_1(capsys, tmp_path):
    (tmp_path / "b.gift").write_text("Just words.\n", "utf-8")
    assert main(["import", "b.gift", "--dry-run"]) == 1
    (tmp_path / "c.xml").write_text("<quiz>", "utf-8")
    assert main(["import", "c.xml", "--dry-run"]) == 1
    assert "c.xml:1: not valid XML" in capsys.readouterr().out


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["a.gift"],
        ["a.gift", "--room", "discord:1"],
        ["a.gift", "--name", "x"],
        ["a.gift", "--name", "x", "--room", "slack:1"],
        ["a.gift", "--name", "x", "--room", "discord:abc"],
        ["a.gift", "--name", "x", "--room", "matrix:abc"],
        ["a.gift", "--name", "Exam", "--room", "discord:1"],
        ["a.gift", "--name", "again", "--room", "discord:1"],
        ["a.gift", "--name", "!!!", "--room", "discord:1"],
        ["a.gift", "--name", "x", "--room", "discord:1", "--lang", "xx"],
        ["missing.gift", "--dry-run"],
        [".", "--dry-run"],
        ["--list", "a.gift"],
        ["--remove", "x"],
    ],
)
def test_wrong_usage_is_exit_code_2_with_one_line(given, capsys):
    assert main(["import", *given]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_what_was_exported_is_imported_again(capsys, tmp_path):
    assert main(["export", "--format", "gift", "--set", "case-room", "--lang", "sq", "--output", "out.gift"]) == 0
    assert main(["import", "out.gift", "--lang", "sq", "--dry-run"]) == 0
    assert "9 questions" in capsys.readouterr().out
    assert main(["export", "--format", "yaml", "--topic", "attribution"]) == 0
    (tmp_path / "out.yaml").write_text(capsys.readouterr().out, "utf-8")
    assert main(["import", "out.yaml", "--dry-run"]) == 0
    assert "3 questions" in capsys.readouterr().out


@pytest.mark.parametrize("given", [["--set", "surprise"], ["--set", "none"], ["--topic", "qqq zzz"], ["--lang", "xx"]])
def test_an_export_of_what_is_not_there_is_exit_code_2(given):
    assert main(["export", "--format", "gift", *given]) == 2


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("Тест 7б", "test-7b"),
        ("Žabljak i Đakovica!", "zabljak-i-djakovica"),
        ("  a  --  b ", "a-b"),
        ("x" * 60, "x" * 40),
    ],
)
def test_what_is_typed_for_a_set_is_latin_and_short(title, typed):
    assert slug(title) == typed


def test_the_bot_starts_without_the_libraries_of_import(knowledge):
    import subprocess

    code = "import sys, bot.app; print([n for n in sys.modules if n.split('.')[0] in ('openpyxl', 'defusedxml')])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "[]\n"
