"""YAML as content authors write it: every scalar a string (no `no` that turns false), and each value's line
remembered.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from bot.errors import BadContent

Lines = dict[tuple[str | int, ...], int]
"""Line (from 1) of each value, by its path in the file."""


def read_yaml(file: Path) -> tuple[dict[str, Any], Lines]:
    """The mapping in `file` and where its values stand. Raises BadContent with the line of the mistake."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadContent(file, 0, f"cannot be read as UTF-8 text: {error}") from error
    try:
        node = yaml.compose(text, Loader=yaml.CBaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadContent(file, mark.line + 1 if mark else 0, error.problem or "not valid YAML") from error
    except yaml.YAMLError as error:
        raise BadContent(file, 0, str(error).replace("\n", " ")) from error
    if not isinstance(node, yaml.MappingNode):
        raise BadContent(file, 1, "the file must be a mapping of keys to values")
    lines: Lines = {}
    data = _value(file, node, (), lines)
    return data, lines


def _value(file: Path, node: yaml.Node, path: tuple[str | int, ...], lines: Lines) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_value(file, item, (*path, index), lines) for index, item in enumerate(node.value)]
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value
        if not isinstance(key, str):
            raise BadContent(file, key_node.start_mark.line + 1, "a key must be a plain word")
        if key in result:
            raise BadContent(file, key_node.start_mark.line + 1, f"the key {key!r} stands twice")
        result[key] = _value(file, value_node, (*path, key), lines)
    return result
