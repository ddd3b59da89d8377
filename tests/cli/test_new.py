"""Scaffolds: a new topic and an invented language pass through the checks that the real ones pass."""

import shutil

import pytest
import yaml

from bot import paths
from bot.cli.new import new_language, new_topic
from bot.errors import BadSetting, OperatorError
from bot.i18n.languages import load_languages
from bot.topics.collect import collect
from bot.topics.lint import accept, lint
from bot.topics.quiz_collect import collect_items
from bot.topics.quiz_record import accept_items


@pytest.fixture
def project(tmp_path):
    shutil.copytree(paths.CONTENT, tmp_path / "content")
    shutil.copytree(paths.LOCALES, tmp_path / "locales")
    return tmp_path


def test_a_new_topic_is_found_and_its_gaps_are_named(project):
    file, quiz = new_topic(project / "content", "threats", "deepfakes")
    languages = load_languages(project / "locales")
    found = collect(project / "content", languages)
    assert [str(error) for error in found.broken] == [
        f"{file}:4: related: List should have at least 1 item after validation, not 0"
    ]
    file.write_text(
        file.read_text("utf-8")
        .replace("related: []", "related: [phishing]")
        .replace("terms: []", "terms: [phishing]")
        .replace("facts: []", "facts: [phishing.1]")
        .replace("sources: []", "sources: [ENISA]"),
        "utf-8",
    )
    items = collect_items(project / "content", languages, collect(project / "content", languages))
    assert items.broken == []  # the scaffold has the shape; what it says is to be written
    assert [item.id for item in items.of_topic("deepfakes")] == ["deepfakes.q1", "deepfakes.q2", "deepfakes.q4"]
    assert items.files["en", "deepfakes"] == quiz
    with pytest.raises(BadSetting, match="exists already"):
        new_topic(project / "content", "threats", "deepfakes")
    with pytest.raises(BadSetting, match="is none of"):
        new_topic(project / "content", "kitchen", "deepfakes")
    with pytest.raises(BadSetting, match="lower-case"):
        new_topic(project / "content", "threats", "Deep Fakes")


def test_an_invented_language_gets_a_file_for_every_topic_and_is_checked_like_the_others(project):
    table = project / "locales" / "languages.yaml"
    rows = yaml.load(table.read_text("utf-8"), Loader=yaml.CBaseLoader)
    invented = rows[0] | {"tag": "qaa", "autonym": "Qaaq", "discord": [], "clues": {}}
    table.write_text(yaml.safe_dump([*rows, invented], allow_unicode=True), "utf-8")
    made = new_language(project / "content", project / "locales", "qaa")
    languages = load_languages(project / "locales")
    found = collect(project / "content", languages)
    assert len(made) == 2 * len(found.topics)
    assert len(found.topics) == len(found.translations["qaa"])
    findings = [finding.cause for finding in lint(found, languages, None, "qaa")]
    assert any("paragraphs" in cause for cause in findings)
    assert any("no hash" in cause for cause in findings)
    assert accept(found, "qaa") == len(found.topics)
    items = collect_items(project / "content", languages, found)
    assert items.broken == []
    assert items.texts["qaa"].keys() == items.items.keys()
    assert accept_items(items, "qaa") == len(found.topics)
    items = collect_items(project / "content", languages, found)
    assert not any(items.stale("qaa", name) for name in items.items)
    again = collect(project / "content", languages)
    assert again.broken == []
    assert not any("no hash" in finding.cause for finding in lint(again, languages, None, "qaa"))
    assert new_language(project / "content", project / "locales", "qaa") == []


@pytest.mark.parametrize("tag", ["xx", "en", "sr-Latn"])
def test_what_is_not_translated_has_no_scaffold(project, tag):
    with pytest.raises(OperatorError):
        new_language(project / "content", project / "locales", tag)
