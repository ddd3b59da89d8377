"""Moodle XML, read. Entities and what lies outside the file are refused by defusedxml; files inside it are ignored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from bot.exchange.build import title
from bot.exchange.found import Draft, DraftOption, Remark, Skip, Unusable
from bot.exchange.gift import accept_form, accept_number, float_of
from bot.quiz.items import ItemType

DEPTH = 60
"""Deepest nesting; Moodle needs eight."""
NODES = 100_000
"""Most elements; 500 questions of Moodle have 30,000."""

_NOTHING_TO_ASK = {
    "description": "a description without answers, nothing to ask",
    "essay": "an essay question: no answer to compare with",
    "cloze": "a question with several gaps (cloze) cannot be asked here",
}


@dataclass(slots=True)
class _Node:
    tag: str
    line: int
    attributes: dict[str, str]
    children: list[_Node] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def all(self, tag: str) -> list[_Node]:
        return [child for child in self.children if child.tag == tag]

    def first(self, tag: str) -> _Node | None:
        return next(iter(self.all(tag)), None)

    @property
    def text(self) -> str:
        """The words of its <text>, or its own."""
        inner = self.first("text")
        return "".join((inner or self).words).strip()

    def said(self, tag: str) -> str:
        child = self.first(tag)
        return child.text if child else ""


def read_moodle(text: str) -> Iterator[Draft | Remark]:
    """Every question of the file, and a remark for each that cannot be read. Raises Unusable when it is no XML."""
    for node in _parsed(text).all("question"):
        kind = node.attributes.get("type", "")
        if kind == "category":
            continue
        body = node.first("questiontext")
        html = body is not None and body.attributes.get("format", "html") == "html"
        stem = body.text if body else ""
        draft = Draft(node.line, ItemType.SINGLE, stem, node.said("name"), html=html or None)
        draft.explanation = node.said("generalfeedback")
        try:
            _answers(draft, node, kind)
        except Skip as skip:
            yield Remark(node.line, str(skip), title(draft))
        else:
            yield draft


def _answers(draft: Draft, node: _Node, kind: str) -> None:
    answers = node.all("answer")
    match kind:
        case "multichoice" | "multichoiceset":
            single = node.said("single").casefold() not in ("false", "0") and kind == "multichoice"
            draft.type = ItemType.SINGLE if single else ItemType.MULTIPLE
            for answer in answers:
                share = _fraction(answer)
                if single and 0 < share < 100:
                    draft.remarks.append(f"an option is worth {share:g} % in the file; here it is wrong")
                right = share >= 100 if single else share > 0
                draft.options.append(DraftOption(answer.text, right, answer.said("feedback")))
        case "truefalse":
            draft.type = ItemType.TRUEFALSE
            by_word = {answer.text.casefold(): answer for answer in answers}
            if not {"true", "false"} <= by_word.keys():
                raise Skip("the answers of a true/false question must be “true” and “false”")
            draft.options = [
                DraftOption(word, _fraction(by_word[word]) > 0, by_word[word].said("feedback"))
                for word in ("true", "false")
            ]
        case "shortanswer":
            draft.type = ItemType.SHORT
            for answer in answers:
                accept_form(draft, answer.text, _fraction(answer), answer.said("feedback"))
        case "numerical":
            draft.type = ItemType.SHORT
            for answer in answers:
                if _fraction(answer) >= 100:
                    accept_number(draft, f"{answer.text}:{answer.said('tolerance') or '0'}")
        case "matching":
            draft.type = ItemType.MATCHING
            for pair in node.all("subquestion"):
                draft.pairs.append((pair.text, pair.said("answer")))
        case "ordering":
            draft.type = ItemType.ORDERING
            draft.options = [DraftOption(one.text, True) for one in sorted(answers, key=_fraction)]
        case _:
            raise Skip(_NOTHING_TO_ASK.get(kind, f"a question of the type “{kind[:40]}” cannot be asked here"))


def _fraction(answer: _Node) -> float:
    """Share in per cent."""
    return float_of(answer.attributes.get("fraction", "0"))


def _parsed(text: str) -> _Node:
    from defusedxml import DefusedXmlException
    from defusedxml.sax import parseString

    reader = _Reader()
    # decoded already, so what the file says of its encoding must not be believed any more
    text = re.sub(r"^\s*<\?xml[^>]*\?>", lambda match: "\n" * match.group().count("\n"), text)
    try:
        parseString(text.encode("utf-8", "replace"), reader, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Unusable("the XML declares a document type or entities, which can hide an attack: not read") from error
    except SAXParseException as error:
        raise Unusable(f"not valid XML: {error.getMessage()}", error.getLineNumber() or 0) from error
    if reader.root is None or reader.root.tag != "quiz":
        raise Unusable("XML, but not from Moodle: it does not begin with <quiz>")
    return reader.root


class _Reader(ContentHandler):
    """Makes a tree that knows its lines."""

    def __init__(self) -> None:
        super().__init__()
        self.root: _Node | None = None
        self._open: list[_Node] = []
        self._count = 0
        self._locator: Locator | None = None

    def setDocumentLocator(self, locator: Locator) -> None:
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        line = self._locator.getLineNumber() if self._locator else 0
        node = _Node(name, line or 0, dict(attrs.items()))
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)
        self._count += 1
        if self._count > NODES:
            raise Unusable(f"the XML has more than {NODES} elements", node.line)
        if len(self._open) > DEPTH:
            raise Unusable(f"the XML is nested more than {DEPTH} deep", node.line)

    def endElement(self, name: str) -> None:
        self._open.pop()

    def characters(self, content: str) -> None:
        if self._open[-1].tag != "file":
            self._open[-1].words.append(content)
