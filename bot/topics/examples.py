"""What the matcher learns from: phrases of every language, titles and opening lines, and questions that are none of
ours.
"""

from __future__ import annotations

from bot.i18n.languages import Languages
from bot.topics.collect import Collected


def examples(found: Collected, languages: Languages) -> list[list[str]]:
    """[text, topic] pairs in a fixed order; the topic is "" for questions that belong to none."""
    pairs: list[list[str]] = []
    for lang in languages.written:
        for topic in sorted(found.topics):
            text = found.text(lang, topic)
            names = [text.title, text.short_title, text.one_line] if text else []
            said = [*names, *found.keywords(lang).get(topic, []), *found.phrases(lang).get(topic, [])]
            pairs += [[phrase, topic] for phrase in said]
        none = found.none.get(lang)
        if none:
            pairs += [[phrase, ""] for phrase in (*none.near, *none.far)]
    return pairs
