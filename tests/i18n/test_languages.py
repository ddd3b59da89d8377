"""The language table: a mistake in it is named, never a traceback."""

import pytest

from bot import paths
from bot.errors import BadContent
from bot.i18n.languages import load_languages


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        ("- tag: en\n  menu: [1\n- tag: sq\n", 3, "did not find expected"),
        ("", 1, "list of languages"),
        ("tag: en\n", 1, "list of languages"),
        ("- en\n", 0, "must be a mapping"),
        ("- tag: en\n", 0, "the language en lacks"),
    ],
)
def test_a_wrong_table_is_named_with_its_cause(tmp_path, text, line, cause):
    (tmp_path / "languages.yaml").write_text(text, "utf-8")
    with pytest.raises(BadContent, match=cause) as raised:
        load_languages(tmp_path)
    assert (raised.value.file, raised.value.line) == (tmp_path / "languages.yaml", line)


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(BadContent, match="cannot be read"):
        load_languages(tmp_path)


def test_a_field_of_the_wrong_form_is_named_with_its_language(tmp_path):
    text = (paths.LOCALES / "languages.yaml").read_text("utf-8")
    assert "  clues:\n" in text
    row = text[text.index("- tag: en") : text.index("- tag: sq")] + "  clues: nothing\n"
    (tmp_path / "languages.yaml").write_text(row, "utf-8")
    with pytest.raises(BadContent, match="the language en has a field of the wrong form"):
        load_languages(tmp_path)
