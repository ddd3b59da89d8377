"""Our own YAML, read and written: the shape of the English quiz files, with `texts` for other languages beside `text`.

    language: en              # of `text`; without it the language that the import names
    items:
      - type: single
        key: [b]
        text: {stem: …, options: {a: …, b: …}, feedback: {a: …}, explanation: …}
        texts: {sq: {stem: …, …}}

What only our own questions have (topic, bloom, difficulty, audience, misconceptions, sources, as_of) may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bot.exchange.build import IDS, MOST_OPTIONS, MOST_PARTS, TRUE_FALSE
from bot.exchange.found import QUESTIONS, Found, Remark, Skip, Unusable
from bot.exchange.texts import plain
from bot.quiz.items import Item, ItemText, ItemType
from bot.topics.quiz_schema import EXPLANATION, FEEDBACK, OPTION, STEM

DEPTH, EVENTS = 12, 200_000

_LEAST = {ItemType.SINGLE: 2, ItemType.MULTIPLE: 2, ItemType.ORDERING: 3, ItemType.MATCHING: 2}
_WORD = re.compile(r"[A-Za-z0-9]+([-._][A-Za-z0-9]+)*")


def read_own(
    text: str, set_name: str, lang: str, tags: Sequence[str], encoding: str, notes: Iterable[Remark] = ()
) -> Found:
    """Items in all their languages; `tags` are those that there are. Raises Unusable when it is no such YAML."""
    data, lines = _loaded(text)
    rows = data.get("items")
    if not isinstance(rows, list):
        raise Unusable("no list “items” in it", lines.get((), 1))
    own = str(data.get("language") or lang)
    if own not in tags:
        raise Unusable(f"language: {own!r} is none of {', '.join(tags)}", lines.get(("language",), 1))
    items: list[Item] = []
    skipped: list[Remark] = []
    said = list(notes)
    for index, row in enumerate(rows):
        line = lines.get(("items", index), 0)
        name = str(row.get("id", "")) if isinstance(row, dict) else ""
        if len(items) >= QUESTIONS:
            skipped.append(Remark(line, f"more than {QUESTIONS} questions", name[:60]))
            continue
        try:
            item, remarks = _Reader(row, str(data.get("topic", "")), own, tags).item(f"{set_name}.{len(items) + 1}")
        except Skip as skip:
            skipped.append(Remark(line, str(skip), name[:60]))
        else:
            items.append(item)
            said += [Remark(line, cause, name[:60]) for cause in dict.fromkeys(remarks)]
    languages = {tag: sum(tag in item.texts for item in items) for tag in tags}
    return Found(tuple(items), tuple(skipped), tuple(said), encoding, {t: n for t, n in languages.items() if n})


def _loaded(text: str) -> tuple[dict[str, Any], dict[tuple[str | int, ...], int]]:
    """The mapping and where its parts stand. No aliases: a few lines of them can stand for gigabytes."""
    import yaml

    depth = 0
    try:
        for count, event in enumerate(yaml.parse(text, Loader=yaml.CBaseLoader)):
            line = event.start_mark.line + 1 if event.start_mark else 0
            if isinstance(event, yaml.AliasEvent):
                raise Unusable("aliases (*name) are not read", line)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEPTH or count > EVENTS:
                raise Unusable("nested too deep or too long for a quiz", line)
        node = yaml.compose(text, Loader=yaml.CBaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unusable(f"not valid YAML: {error.problem}", mark.line + 1 if mark else 0) from error
    except yaml.YAMLError as error:
        raise Unusable(f"not valid YAML: {error}".replace("\n", " ")) from error
    lines: dict[tuple[str | int, ...], int] = {}
    data = _value(node, (), lines) if node else None
    if not isinstance(data, dict):
        raise Unusable("not a quiz file: no mapping of keys to values", 1)
    return data, lines


def _value(node: Any, path: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int]) -> Any:
    import yaml

    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, index), lines) for index, item in enumerate(node.value)]
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key.value, str):
            raise Unusable("a key must be a plain word", key.start_mark.line + 1)
        if key.value in found:
            raise Unusable(f"the key {key.value!r} stands twice", key.start_mark.line + 1)
        found[key.value] = _value(value, (*path, key.value), lines)
    return found


class _Reader:
    """One item; raises Skip with the reason when it cannot be used."""

    def __init__(self, row: Any, topic: str, own: str, tags: Sequence[str]) -> None:
        if not isinstance(row, dict):
            raise Skip("an item is a mapping of keys to values")
        self.row, self.topic, self.own, self.tags = row, topic, own, tags
        self.remarks: list[str] = []

    def item(self, name: str) -> tuple[Item, list[str]]:
        row = self.row
        try:
            kind = ItemType(row.get("type", ""))
        except ValueError:
            raise Skip(f"type: {row.get('type')!r} is none of {', '.join(ItemType)}") from None
        bodies = {self.own: row.get("text"), **self._mapping(row.get("texts", {}), "texts")}
        if unknown := [tag for tag in bodies if tag not in self.tags]:
            raise Skip(f"texts: {unknown[0]!r} is no language of Kompas")
        texts = {tag: self._text(body, kind) for tag, body in bodies.items() if body or tag == self.own}
        first = texts[self.own]
        options = TRUE_FALSE if kind is ItemType.TRUEFALSE else tuple(first.options)
        key = self._key(kind, options, len(first.left))
        answered = () if kind in (ItemType.ORDERING, ItemType.SHORT) else tuple(o for o in options if o not in key)
        for tag, text in texts.items():
            if set(text.options) != set(first.options) or len(text.left) != len(first.left):
                raise Skip(f"texts: the options in {tag} are not those in {self.own}")
            if extra := set(text.feedback) - set(answered):
                raise Skip(f"feedback: {sorted(extra)[0]} is not a wrong option")
            self._twins(text.options.values())
            self._twins(text.left)
        codes = self._mapping(row.get("misconceptions", {}), "misconceptions")
        made = Item(
            id=name,
            type=kind,
            options=options,
            key=key,
            texts=texts,
            topic=_word(row.get("topic") or self.topic),
            bloom=_word(row.get("bloom")),
            difficulty=int(row["difficulty"]) if str(row.get("difficulty")) in ("1", "2", "3") else 1,
            audience=tuple(a for a in self._list(row.get("audience", [])) if a in ("secondary", "university")),
            misconceptions={o: str(c) for o, c in codes.items() if o in answered and re.fullmatch(r"M\d\d", str(c))},
            sources=tuple(filter(None, map(_word, self._list(row.get("sources", []))))),
            as_of=str(row.get("as_of", "")) if re.fullmatch(r"\d{4}-\d\d-\d\d", str(row.get("as_of"))) else "",
        )
        return made, self.remarks

    def _key(self, kind: ItemType, options: tuple[str, ...], left: int) -> tuple[str, ...]:
        given = self.row.get("key", [])
        if kind is ItemType.MATCHING:
            sides = [str(n) for n in range(1, left + 1)]
            if not isinstance(given, dict) or sorted(given) != sides:
                raise Skip("key: matching needs the right option for each left side")
            key = tuple(str(given[side]) for side in sides)
        else:
            key = tuple(map(str, self._list(given)))
        least, most = _LEAST.get(kind, 0), MOST_PARTS if kind is ItemType.ORDERING else MOST_OPTIONS
        if kind not in (ItemType.TRUEFALSE, ItemType.SHORT) and not least <= len(options) <= most:
            raise Skip(f"{len(options)} options; it must be {least} to {most}")
        if unknown := [one for one in key if one not in options]:
            raise Skip(f"key: {unknown[0]!r} is no option")
        if kind is ItemType.SHORT:
            return ()
        if not key:
            raise Skip("no right answer")
        if kind in (ItemType.SINGLE, ItemType.TRUEFALSE) and len(key) > 1:
            raise Skip(f"{len(key)} right answers, but only one can be chosen")
        if kind is not ItemType.MATCHING and len(set(key)) != len(key):
            raise Skip("key: an id stands twice")
        if kind is ItemType.ORDERING and set(key) != set(options):
            raise Skip("key: every option once, in the right order")
        return key

    def _text(self, body: Any, kind: ItemType) -> ItemText:
        body = self._mapping(body, "text")
        options = self._texts(body, "options", OPTION)
        if list(options) != list(IDS[: len(options)]) or (options and kind in (ItemType.TRUEFALSE, ItemType.SHORT)):
            raise Skip(f"options: the ids are a, b, c … in this order; {kind} may have none at all")
        left = self._texts(body, "left", OPTION)
        if kind is ItemType.MATCHING and not 2 <= len(left) <= MOST_PARTS:
            raise Skip(f"left: {len(left)} sides; it must be 2 to {MOST_PARTS}")
        if list(left) != [str(n) for n in range(1, len(left) + 1)] or (left and kind is not ItemType.MATCHING):
            raise Skip("left: the ids are 1, 2, 3 … in this order, and only matching has them")
        accept = tuple(self._plain(form, "accept", OPTION) for form in self._list(body.get("accept", [])))
        if bool(accept) != (kind is ItemType.SHORT):
            raise Skip("no right answer" if not accept else "accept: only short has it")
        stem = self._plain(body.get("stem", ""), "stem", STEM)
        explanation = self._plain(body.get("explanation", ""), "explanation", EXPLANATION, needed=False)
        feedback = self._texts(body, "feedback", FEEDBACK)
        return ItemText(stem, explanation, options, tuple(left.values()), feedback, accept)

    def _texts(self, body: dict[str, Any], name: str, most: int) -> dict[str, str]:
        rows = self._mapping(body.get(name, {}), name)
        return {key: self._plain(text, f"{name} {key}", most) for key, text in rows.items()}

    def _plain(self, text: Any, what: str, most: int, *, needed: bool = True) -> str:
        if not isinstance(text, str):
            raise Skip(f"{what}: a text, please")
        words, said = plain(text)
        self.remarks += said
        if needed and not words:
            raise Skip(f"{what}: no text")
        if len(words) > most:
            raise Skip(f"{what}: {len(words)} characters, at most {most} can be shown")
        return words

    @staticmethod
    def _mapping(value: Any, what: str) -> dict[str, Any]:
        if value in ("", None, "{}"):
            return {}
        if not isinstance(value, dict):
            raise Skip(f"{what}: a mapping of keys to values, please")
        return value

    @staticmethod
    def _list(value: Any) -> list[Any]:
        return value if isinstance(value, list) else [value] if value else []

    @staticmethod
    def _twins(texts: Iterable[str]) -> None:
        seen: set[str] = set()
        for text in texts:
            if text.casefold() in seen:
                raise Skip(f"“{text}” stands twice among the options")
            seen.add(text.casefold())


def _word(value: Any) -> str:
    text = str(value or "")
    return text if len(text) <= 80 and _WORD.fullmatch(text) else ""


def write_own(items: Iterable[Item], lang: str, *, only: bool = False) -> str:
    """The items as YAML: `text` in `lang`, the other languages in `texts`; with `only` in `lang` alone. An item that is
    not written in `lang` is left out.
    """
    import yaml

    rows = [dict(_row(item, lang, only)) for item in items if lang in item.texts]
    return str(
        yaml.dump(
            {"language": lang, "items": rows},
            Dumper=_Quoting(),
            allow_unicode=True,
            sort_keys=False,
            width=10_000,
        )
    )


def _Quoting() -> Any:
    import yaml

    class Quoting(yaml.SafeDumper):
        """No anchors, which the reader refuses."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    return Quoting


def _row(item: Item, lang: str, only: bool) -> Iterator[tuple[str, Any]]:
    yield "id", item.id
    yield "type", str(item.type)
    for name in ("topic", "bloom", "difficulty"):
        if value := getattr(item, name):
            yield name, value
    if item.audience:
        yield "audience", list(item.audience)
    if item.type is ItemType.MATCHING:
        yield "key", {str(n): key for n, key in enumerate(item.key, 1)}
    elif item.key:
        yield "key", list(item.key)
    if item.misconceptions:
        yield "misconceptions", dict(item.misconceptions)
    if item.sources:
        yield "sources", list(item.sources)
    if item.as_of:
        yield "as_of", item.as_of
    yield "text", _words(item.texts[lang])
    others = {tag: _words(text) for tag, text in item.texts.items() if tag != lang}
    if others and not only:
        yield "texts", others


def _words(text: ItemText) -> dict[str, Any]:
    words: dict[str, Any] = {"stem": text.stem}
    if text.left:
        words["left"] = {str(n): side for n, side in enumerate(text.left, 1)}
    if text.options:
        words["options"] = dict(text.options)
    if text.feedback:
        words["feedback"] = dict(text.feedback)
    if text.explanation:
        words["explanation"] = text.explanation
    if text.accept:
        words["accept"] = list(text.accept)
    return words
