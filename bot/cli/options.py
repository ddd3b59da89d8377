"""Options that several commands share."""

from __future__ import annotations

from datetime import timedelta

from bot.errors import BadSetting
from bot.i18n.languages import Languages
from bot.ports import Keep
from bot.settings import Settings


def language_option(text: str | None, languages: Languages, name: str = "--lang") -> str | None:
    """The tag meant by the option `name`. Raises BadSetting with the tags that there are."""
    if text is None:
        return None
    tag = languages.find(text)
    if tag is None:
        raise BadSetting(name, f"{text!r} is none of {', '.join(languages.tags)}")
    return tag


def default_language(tag: str, languages: Languages) -> str:
    """The tag in the setting of that name. Raises BadSetting with the tags that there are."""
    if tag not in languages:
        raise BadSetting("KOMPAS_DEFAULT_LANGUAGE", f"{tag!r} is none of {', '.join(languages.tags)}")
    return tag


def kept(settings: Settings) -> Keep:
    """How long things are kept."""
    days = (settings.keep_answers, settings.keep_sessions, settings.keep_preferences, settings.keep_questions)
    return Keep(*(timedelta(days=count) for count in days))
