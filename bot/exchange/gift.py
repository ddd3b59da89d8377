"""GIFT, the text format of Moodle, read. One bad question is skipped, the others go on.

Blocks are divided by blank lines. In a block: `::name::[format]text{answers}text`. What is escaped by a backslash is
replaced by private characters first, so that the rest can be found by looking for it.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from bot.exchange.build import title
from bot.exchange.found import BLOCKS, Draft, DraftOption, Remark, Skip
from bot.exchange.texts import plain
from bot.quiz.items import ItemType

_ESCAPED = {c: chr(0xE000 + index) for index, c in enumerate(":#={}~\\n")}
_REAL = {code: "\n" if c == "n" else c for c, code in _ESCAPED.items()}
_UNESCAPE = str.maketrans(_REAL)

_FORMAT = re.compile(r"^\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
_NAME = re.compile(r"^\s*::(.*?)::", re.DOTALL)
_WEIGHT = re.compile(r"^\s*%(-?\d+(?:\.\d+)?)%")
_OWN = re.compile(r"^//\s*kompas:\s*(\{.*\})\s*$")
_NUMBER = re.compile(r"^\d+$")

GAP = "_____"
"""Where the missing word goes."""


@dataclass(slots=True)
class _Block:
    """Lines up to a blank one."""

    line: int
    lines: list[str]
    ended: int = 0
    """The blank line after it."""
    own: str = ""
    """What our own export says in a comment."""

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def read_gift(text: str) -> Iterator[Draft | Remark]:
    """Every question of the file, and a remark for each that cannot be read."""
    blocks = deque(_blocks(text))
    beyond = blocks.pop() if len(blocks) > BLOCKS else None
    while blocks:
        block = blocks.popleft()
        opened = block.text.count("{") - block.text.count("}")
        if opened > 0:
            blank, lost = block.ended, None
            for index, later in enumerate(blocks):  # up to the block that closes it
                if "{" in later.text.partition("}")[0]:
                    break
                if "}" in later.text:
                    lost = index
                    break
            cause = "“{” is never closed by “}”"
            if lost is not None:
                for _ in range(lost + 1):
                    blocks.popleft()
                cause = f"the blank line {blank} inside the question ends it: take it out (or write \\n)"
            yield Remark(block.line, cause, _begin(block))
            continue
        try:
            draft = _question(block)
        except Skip as skip:
            yield Remark(block.line, str(skip), _begin(block))
            continue
        if draft is not None:
            yield draft
    if beyond is not None:
        yield Remark(beyond.line, f"more than {BLOCKS} blocks: the rest of the file was not read")


def _blocks(text: str) -> list[_Block]:
    """The blocks of the file, at most one more than are looked at."""
    blocks: list[_Block] = []
    block, own = _Block(0, []), ""
    for number, line in enumerate([*text.split("\n"), ""], 1):
        bare = line.strip()
        if bare.startswith("//"):
            own = match.group(1) if (match := _OWN.match(bare)) else own
        elif bare.upper().startswith("$CATEGORY:") and not block.lines:
            continue
        elif bare:
            block.line = block.line or number
            block.lines.append(_escape(line))
        elif block.lines:
            block.ended, block.own = number, own
            blocks.append(block)
            if len(blocks) > BLOCKS:
                break
            block, own = _Block(0, []), ""
    return blocks


def _escape(line: str) -> str:
    return re.sub(r"\\([:#={}~\\n])", lambda match: _ESCAPED[match.group(1)], line)


def _real(text: str) -> str:
    return text.translate(_UNESCAPE).strip()


def _begin(block: _Block) -> str:
    named = _NAME.match(block.text)
    text = named.group(1) if named else _FORMAT.sub("", block.text).partition("{")[0]
    return title(Draft(0, ItemType.SINGLE, _real(text)))


def _question(block: _Block) -> Draft | None:
    """The question of a block. Raises Skip."""
    text, name = block.text, ""
    if named := _NAME.match(text):
        name, text = _real(named.group(1)), text[named.end() :]
    html, text = _format(text)
    before, opened, rest = text.partition("{")
    if not opened:
        if "}" in text:
            raise Skip("“}” without “{”: a brace that is text is written \\}")
        raise Skip("a description without answers, nothing to ask")
    answers, _, after = rest.partition("}")
    if "{" in answers or "{" in after:
        raise Skip("more than one “{”: a brace that is text is written \\{, and there can be one gap only")
    if "}" in after:
        raise Skip("more than one “}”: a brace that is text is written \\}")
    stem = _real(before)
    if after.strip():
        stem = f"{stem} {GAP} {_real(after)}"
        stem = re.sub(rf"{GAP} ([.,;:!?])", rf"{GAP}\1", stem)
    draft = Draft(block.line, ItemType.SINGLE, stem, name, html=html)
    _answers(draft, answers)
    if block.own:
        _own(draft, block.own)
    return draft


def _format(text: str) -> tuple[bool | None, str]:
    """Whether a text is HTML as its format says, and the text without the format."""
    match = _FORMAT.match(text)
    if not match:
        return None, text
    return (True if match.group(1).lower() == "html" else None), text[match.end() :]


def _answers(draft: Draft, answers: str) -> None:
    body, general = answers, ""
    if "####" in answers:
        body, _, general = answers.rpartition("####")
        draft.explanation = _part(draft, general)
    body = body.strip()
    if not body:
        raise Skip("an essay question: no answer to compare with")
    if body.startswith(">"):
        _ordering(draft, body)
    elif body.startswith("#"):
        _numerical(draft, body[1:])
    elif "~" in body:
        _choice(draft, body)
    elif "=" in body and "->" in body:
        _matching(draft, body)
    elif body.partition("#")[0].strip().upper() in ("T", "TRUE", "F", "FALSE"):
        _true_false(draft, body)
    else:
        _short(draft, body)


def _part(draft: Draft, text: str) -> str:
    """A part of the answers, which may have a format of its own."""
    html, rest = _format(text)
    real = _real(rest)
    if html and not draft.html:
        real, said = plain(real, html=True)
        draft.remarks += said
    return real


def _true_false(draft: Draft, body: str) -> None:
    word, *said = body.split("#")
    wrong, right = (*(_part(draft, part) for part in said[:2]), "", "")[:2]
    true = word.strip().upper() in ("T", "TRUE")
    draft.type = ItemType.TRUEFALSE
    draft.options = [
        DraftOption("true", true, right if true else wrong),
        DraftOption("false", not true, wrong if true else right),
    ]


def _parts(body: str, signs: str) -> Iterator[tuple[str, float | None, str, str]]:
    """(sign, weight in per cent, words, feedback) of each answer that begins with one of `signs`."""
    found = list(re.finditer(f"[{signs}]", body))
    if not found:
        return
    if body[: found[0].start()].strip():
        raise Skip(f"“{_real(body[: found[0].start()])[:40]}” stands before the first answer, which begins with = or ~")
    for index, match in enumerate(found):
        end = found[index + 1].start() if index + 1 < len(found) else len(body)
        text, _, feedback = body[match.end() : end].partition("#")
        weight = _WEIGHT.match(text)
        yield match.group(), float(weight.group(1)) if weight else None, text[weight.end() if weight else 0 :], feedback


def _choice(draft: Draft, body: str) -> None:
    rows = list(_parts(body, "=~"))
    single = any(sign == "=" for sign, *_ in rows)
    draft.type = ItemType.SINGLE if single else ItemType.MULTIPLE
    for sign, weight, words, feedback in rows:
        right = (sign == "=" or weight == 100) if single else (weight or 0) > 0
        if single and not right and weight is not None and weight > 0:
            draft.remarks.append(f"“{_real(words)}” is worth {weight:g} % in the file; here it is wrong")
        draft.options.append(DraftOption(_part(draft, words), right, _part(draft, feedback)))


def _matching(draft: Draft, body: str) -> None:
    draft.type = ItemType.MATCHING
    for _, _, words, feedback in _parts(body, "="):
        left, arrow, right = words.partition("->")
        if not arrow:
            raise Skip(f"“{_real(words)[:40]}” has no “->” to what it belongs to")
        draft.pairs.append((_part(draft, left), _part(draft, right)))
        if feedback.strip():
            draft.remarks.append("feedback of a pair was left out")


def _short(draft: Draft, body: str) -> None:
    draft.type = ItemType.SHORT
    if not body.startswith("="):
        body = f"={body}"  # `{four}`: one answer
    for _, weight, words, feedback in _parts(body, "="):
        form, said = _part(draft, words), _part(draft, feedback)
        accept_form(draft, form, 100 if weight is None else weight, said)


def accept_form(draft: Draft, form: str, weight: float, said: str) -> None:
    """Add a right answer to a short-text question; say what cannot be taken over."""
    if weight < 100 or "*" in form:
        if weight > 0 and "*" in form:
            draft.remarks.append(f"“{form}” has a *, which stands for anything: not taken as a right answer")
        elif weight > 0:
            draft.remarks.append(f"“{form}” is worth {weight:g} % in the file: not taken as a right answer")
        if said:
            draft.remarks.append(f"the feedback of “{form}” was left out: a typed answer is right or wrong")
        return
    draft.accept.append(form)
    if said and said not in draft.explanation:
        draft.explanation = f"{draft.explanation} {said}".strip()


def _numerical(draft: Draft, body: str) -> None:
    draft.type = ItemType.SHORT
    wrong = body.find("~")
    if wrong >= 0:
        body = body[:wrong]
        draft.remarks.append("the feedback of wrong numbers was left out: a typed answer is right or wrong")
    body = body.strip()
    for _, weight, words, feedback in _parts(body if body.startswith("=") else f"={body}", "="):
        number, said = words.strip(), _part(draft, feedback)
        if weight is not None and weight < 100:
            draft.remarks.append(f"“{_real(number)}” is worth {weight:g} % in the file: not taken as a right answer")
            continue
        accept_number(draft, number)
        if said and said not in draft.explanation:
            draft.explanation = f"{draft.explanation} {said}".strip()


def accept_number(draft: Draft, number: str) -> None:
    """Add a number as the right answer. Raises Skip for what a typed word cannot be compared with."""
    middle, _, tolerance = number.partition(":")
    if ".." in number or (tolerance.strip() and float_of(tolerance) != 0):
        raise Skip(f"the answer is a range of numbers ({_real(number)}): only an exact number can be asked")
    if middle.strip() == "*":
        draft.remarks.append("“any number” was left out of the right answers")
        return
    if not _NUMBER.match(middle.strip()):
        raise Skip(f"the number {_real(middle)} has a sign or decimals: only whole numbers can be asked")
    draft.accept.append(middle.strip())


def float_of(text: str) -> float:
    """A number as a file writes it; anything else counts as not zero."""
    try:
        return float(text.strip())
    except ValueError:
        return 1.0


def _ordering(draft: Draft, body: str) -> None:
    """As Moodle's ordering question writes it: `>4 ALL VERTICAL …`, then an item in each line."""
    draft.type = ItemType.ORDERING
    _, _, rows = body.partition("\n")
    draft.options = [DraftOption(_part(draft, row), True) for row in rows.split("\n") if row.strip()]


def _own(draft: Draft, text: str) -> None:
    """What GIFT has no place for, from our own export."""
    try:
        said = json.loads(text)
    except ValueError:
        return
    if draft.type is ItemType.ORDERING and isinstance(said.get("explanation"), str):
        draft.explanation = said["explanation"]
    feedback = said.get("feedback")
    if draft.type is ItemType.MATCHING and isinstance(feedback, dict):
        draft.feedback = {str(words): str(answer) for words, answer in feedback.items()}
