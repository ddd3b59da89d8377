"""`kompas check`: what translators read."""

import asyncio
import shutil
import subprocess
from datetime import UTC, datetime

from bot import paths
from bot.__main__ import main
from bot.cli.check import changes, coverage
from bot.i18n.languages import load_languages
from bot.settings import load_settings
from bot.store.sql import SqlStore
from bot.topics.collect import collect
from bot.topics.quiz_collect import collect_items


def git(folder, *arguments):
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@t", *arguments], cwd=folder, check=True, capture_output=True
    )


def test_a_stale_text_is_shown_with_what_changed_in_english(tmp_path):
    content = tmp_path / "content"
    shutil.copytree(paths.CONTENT, content)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "before")
    file = content / "en" / "global-rules" / "attribution.yaml"
    file.write_text(file.read_text("utf-8").replace("Who is behind a cyberattack", "Who stands behind it"), "utf-8")
    languages = load_languages(paths.LOCALES)
    shown = list(changes(collect(content, languages), ["sq"]))
    assert len(shown) == 1
    assert shown[0].startswith("sq attribution one_line\n  was: Who is behind a cyberattack")
    assert "\n  now: Who stands behind it" in shown[0]


def test_without_a_history_nothing_is_invented(tmp_path):
    content = tmp_path / "content"
    shutil.copytree(paths.CONTENT, content)
    file = content / "en" / "global-rules" / "attribution.yaml"
    file.write_text(file.read_text("utf-8").replace("Who is behind a cyberattack", "Who stands behind it"), "utf-8")
    assert list(changes(collect(content, load_languages(paths.LOCALES)), ["sq"])) == []


def test_coverage_is_a_row_per_language_or_of_one():
    languages = load_languages(paths.LOCALES)
    found = collect(paths.CONTENT, languages)
    items = collect_items(paths.CONTENT, languages, found)
    assert len(list(coverage(found, items, languages, None))) == 1 + len(languages.written)
    head, row = coverage(found, items, languages, "bs")
    assert head.startswith("language")
    assert row.startswith("bs")
    assert "54/54" in row


def test_flags_are_listed_for_the_authors_without_the_person(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KOMPAS_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    async def people_flag():
        store = await SqlStore.open(load_settings().store_url)
        await store.flag("attribution.q1", "sq", "two answers fit", datetime(2026, 11, 23, 9, tzinfo=UTC))
        await store.flag("phishing.q2", "mk", "", datetime(2026, 11, 24, 9, tzinfo=UTC))
        await store.close()

    asyncio.run(people_flag())
    assert main(["check", "--flags"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "2026-11-24  phishing.q2  mk  (no reason given)",
        "2026-11-23  attribution.q1  sq  two answers fit",
        "2 flags",
    ]
    assert main(["check", "sq", "--flags"]) == 0
    assert "phishing" not in capsys.readouterr().out
