"""Options that several commands share."""

from __future__ import annotations

from bot.errors import BadSetting
from bot.i18n.languages import Languages


def language_option(text: str | None, languages: Languages) -> str | None:
    """The tag meant by `--lang`. Raises BadSetting with the tags that there are."""
    if text is None:
        return None
    tag = languages.find(text)
    if tag is None:
        raise BadSetting("--lang", f"{text!r} is none of {', '.join(languages.tags)}")
    return tag
