"""What the matcher learns from: phrases of every language, titles and opening lines, and questions that are none of
ours.
"""

from __future__ import annotations

from bot.i18n.languages import Languages
from bot.topics.collect import Collected
from bot.topics.match import TROUBLE


def examples(found: Collected, languages: Languages) -> list[list[str]]:
    """[text, label] pairs in a fixed order. The label is a topic, "!" and a kind of trouble, or "" for none of ours."""
    pairs: list[list[str]] = []
    for lang in languages.written:
        for topic in sorted(found.topics):
            text = found.text(lang, topic)
            names = [text.title, text.short_title, text.one_line] if text else []
            said = [*names, *found.keywords(lang).get(topic, []), *found.phrases(lang).get(topic, [])]
            pairs += [[phrase, topic] for phrase in said]
        safety = found.safety.get(lang)
        for kind, trouble in sorted(safety.kinds.items()) if safety else ():
            pairs += [[phrase, f"{TROUBLE}{kind}"] for phrase in (trouble.title, *trouble.phrases)]
        none = found.none.get(lang)
        if none:
            pairs += [[phrase, ""] for phrase in (*none.near, *none.far)]
    return pairs
