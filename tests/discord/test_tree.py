"""The slash tree under all of Discord's rules for commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.discord.tree import LOCALES, command_tree, load_names, tree_hash
from bot.artifacts import Knowledge
from bot.commands.spec import discover
from bot.errors import BadContent
from tests.doubles.discord.rules import limits


@pytest.fixture
def tree(knowledge: Knowledge) -> list[dict[str, Any]]:
    return command_tree(discover(), knowledge.voices, load_names())


def find(tree: list[dict[str, Any]], *words: str) -> dict[str, Any]:
    """A command, group, subcommand or option."""
    for word in words[:-1]:
        tree = next(node for node in tree if node["name"] == word)["options"]
    return next(node for node in tree if node["name"] == words[-1])


def walk(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [found for node in nodes for found in (node, *walk(node.get("options") or []))]


def test_the_tree_keeps_every_rule_in_every_locale(tree: list[dict[str, Any]]) -> None:
    assert list(limits.check_commands(tree)) == []


def test_every_command_that_people_can_give_is_in_the_tree(tree: list[dict[str, Any]]) -> None:
    for name, spec in discover().items():
        if not spec.offered:
            continue
        node = find(tree, *name.split())
        assert [option["name"] for option in node["options"]] == [option.name for option in spec.shown]


def test_what_only_buttons_do_is_not_offered(tree: list[dict[str, Any]]) -> None:
    offered = {option["name"] for option in find(tree, "quiz")["options"]}
    assert {"start", "answer", "join"} <= offered
    assert not {"pick", "type"} & offered


def test_the_largest_command_has_room_for_longer_translations(tree: list[dict[str, Any]]) -> None:
    assert max(map(limits._size, tree)) < 6000
    assert len(find(tree, "quiz")["options"]) <= 25


def test_words_below_a_word_become_groups(tree: list[dict[str, Any]]) -> None:
    assert "type" in find(tree, "class")
    assert find(tree, "class", "language")["type"] == 1
    assert find(tree, "class", "teacher")["type"] == 2
    assert find(tree, "class", "teacher", "add")["type"] == 1


def test_options_have_the_type_that_fits_them(tree: list[dict[str, Any]]) -> None:
    who, topic = find(tree, "class", "teacher", "add", "who"), find(tree, "explain", "topic")
    assert (who["type"], who["required"]) == (6, True)
    assert (topic["type"], topic["autocomplete"], topic["required"]) == (3, True, True)
    names = find(tree, "class", "names", "names")
    assert [choice["value"] for choice in names["choices"]] == ["pseudonym", "display", "own"]
    assert "autocomplete" not in find(tree, "ask", "question")
    seconds = find(tree, "quiz", "start", "seconds")
    assert (seconds["type"], seconds["min_value"], seconds["max_value"], seconds["required"]) == (4, 0, 600, False)
    assert "autocomplete" not in seconds
    assert find(tree, "quiz", "start", "set")["autocomplete"]
    assert find(tree, "quiz", "handover", "who")["type"] == 6
    assert {choice["value"] for choice in find(tree, "help", "command")["choices"]} >= {"explain", "class"}


def test_every_word_is_there_in_the_languages_of_discord(tree: list[dict[str, Any]]) -> None:
    for node in walk(tree):
        assert set(node["name_localizations"]) == {*LOCALES, "en-GB", "en-US"}, node["name"]
        assert node["name_localizations"]["en-GB"] == node["name"]


def test_descriptions_come_from_the_catalogs(tree: list[dict[str, Any]], knowledge: Knowledge) -> None:
    node = find(tree, "explain")
    voice = knowledge.voices["hr"]
    assert node["description"] == "Explain a topic"
    assert node["description_localizations"]["hr"] == voice("about.explain", "Explain a topic")
    assert "tr" not in node["description_localizations"]


def test_commands_are_offered_in_servers_and_in_direct_chats(tree: list[dict[str, Any]]) -> None:
    assert all(node["contexts"] == [0, 1] and node["type"] == 1 for node in tree)


def test_the_hash_changes_with_anything_that_discord_is_told(tree: list[dict[str, Any]], knowledge: Knowledge) -> None:
    again = command_tree(discover(), knowledge.voices, load_names())
    assert tree_hash(tree) == tree_hash(again)
    again[0]["description_localizations"]["hr"] += "!"
    assert tree_hash(tree) != tree_hash(again)


@pytest.mark.parametrize("word", ["Jezik", "dva slova", "a" * 33, "e\u0301", ""])
def test_a_word_that_discord_would_refuse_is_named(tmp_path: Path, word: str) -> None:
    file = tmp_path / "names.yaml"
    file.write_text(f'commands: {{ask: {{hr: "{word}"}}}}\noptions: {{}}\n', "utf-8")
    with pytest.raises(BadContent, match="ask, hr"):
        load_names(file)
