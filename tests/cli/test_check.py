"""`kompas check`: what translators read."""

import shutil
import subprocess

from bot import paths
from bot.cli.check import changes, coverage
from bot.i18n.languages import load_languages
from bot.topics.collect import collect
from bot.topics.quiz_collect import collect_items


def git(folder, *arguments):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *arguments], cwd=folder, check=True,
                   capture_output=True)


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
