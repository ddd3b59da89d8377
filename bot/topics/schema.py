"""Shape of the content files. English files hold structure and text, the other languages text only, under the same
ids: an answer cannot differ between languages because it stands only once.

    content/sources.yaml  facts.yaml          registries, not language
    content/en/<module>/<topic>.yaml          structure + text
    content/<lang>/<module>/<topic>.yaml      text
    content/<lang>/names.yaml glossary.yaml   module titles and footnote; terms
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints, ValidationError, model_validator

from bot.errors import BadContent
from bot.topics.yamlfile import Lines, read_yaml

SECTIONS = ("title", "short_title", "one_line", "body", "example", "here")
"""Texts of a topic, each with a source hash of its own."""

SHOWN_KINDS = ("primary", "secondary")
"""Kinds of sources that readers are sent to, the better first."""

LIMITS = {"title": 45, "short_title": 40, "one_line": 140}
"""Characters; what button labels, headings and the opening line can carry."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
TermKey = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Line = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\n]+$")]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RawText(_Strict):
    """The six texts of a topic in one language."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=LIMITS["title"], pattern=r"^[^\n]+$")]
    short_title: Annotated[str, StringConstraints(min_length=1, max_length=LIMITS["short_title"], pattern=r"^[^\n]+$")]
    one_line: Annotated[str, StringConstraints(min_length=1, max_length=LIMITS["one_line"], pattern=r"^[^\n]+$")]
    body: Annotated[str, StringConstraints(min_length=1)]
    example: Line
    here: Line


class RawTopic(_Strict):
    """An English topic file."""

    key: Key
    module: Key
    needs: list[Key] = []
    related: list[Key] = Field(min_length=1, max_length=6)
    terms: list[TermKey] = Field(min_length=1, max_length=8)
    facts: list[str] = Field(min_length=1)
    sources: list[str] = Field(min_length=1, max_length=4)
    as_of: Day
    ages: Annotated[str, StringConstraints(pattern="^(true|false)$")] = "false"
    text: RawText
    keywords: list[Line] = []
    phrases: list[Line] = []


class RawTranslation(_Strict):
    """A topic file in another language."""

    key: Key
    text: RawText
    source: dict[str, Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]] = {}
    """Hash of the English text that each section was written from."""
    keywords: list[Line] = []
    phrases: list[Line] = []


class RawTerm(_Strict):
    """A glossary entry."""

    term: Line
    accept: list[Line] = []
    definition: Annotated[str, StringConstraints(max_length=260)] = ""


class RawNames(_Strict):
    """Module titles and the footnote that goes with Kosovo*."""

    modules: dict[Key, Line]
    kosovo_footnote: Line


class RawNone(_Strict):
    """Questions that are none of ours: `near` with our words in them, `far` about something else."""

    near: list[Line]
    far: list[Line]


class RawTrouble(_Strict):
    """What to do when this has happened, and how people say that it has."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=LIMITS["short_title"], pattern=r"^[^\n]+$")]
    steps: list[Line] = Field(min_length=3, max_length=8)
    phrases: list[Line] = []


class RawSafetyTexts(_Strict):
    """What every safety answer says."""

    lead: Line
    danger: Line
    where: Line
    check: Line
    none: Line
    kinds: dict[str, Line]


class RawSafety(_Strict):
    """Answers to people in trouble."""

    kinds: dict[Key, RawTrouble]
    texts: RawSafetyTexts


class RawPrivacy(_Strict):
    """The privacy notice. Each placeholder stands where it must, and nowhere else."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=LIMITS["short_title"], pattern=r"^[^\n]+$")]
    who: Line
    who_unknown: Line
    why: Line
    stored: list[Line] = Field(min_length=4, max_length=4)
    never: Line
    texts: Line
    others: Line
    where: Line
    rights: Line
    minors: Line

    @model_validator(mode="after")
    def _placeholders(self) -> Self:
        wanted = {"who": ["operator"], "stored": ["answers", "preferences", "sessions"], "texts": ["questions"]}
        for name, value in self.model_dump().items():
            text = " ".join(value) if isinstance(value, list) else value
            if sorted(re.findall(r"\{(\w*)\}", text)) != wanted.get(name, []):
                named = ", ".join(f"{{{one}}}" for one in wanted.get(name, [])) or "none"
                raise ValueError(f"{name}: placeholders must be {named}")
        return self


class RawContact(_Strict):
    """Whom to call; only contacts that somebody has checked."""

    kind: Annotated[
        str, StringConstraints(pattern=r"^(emergency|police_cyber|child_helpline|report_portal|national_cert)$")
    ]
    name: str
    phone: str
    url: Annotated[str, StringConstraints(pattern=r"^(https?://\S+)?$")]
    confidence: Annotated[str, StringConstraints(pattern=r"^(verified|secondary)$")]


class RawPlace(RootModel[list[RawContact]]):
    """The contacts of one place."""


class RawThresholds(_Strict):
    """When to answer and when to refuse, with the set and the content that they were tuned on."""

    answer: Annotated[str, StringConstraints(pattern=r"^-?\d\.\d+$")]
    suggest: Annotated[str, StringConstraints(pattern=r"^-?\d\.\d+$")]
    tuned: Day
    questions: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]
    """Hash of the labelled questions."""


class RawQuestion(_Strict):
    """A labelled question; `topic` is null when it is out of scope."""

    text: str
    topic: str
    id: str = ""
    kind: str = ""
    """How it is written: plain, typo, colloquial and so on."""


class RawQuestions(_Strict):
    """The labelled questions of one language."""

    language: str
    questions: list[RawQuestion]


class RawSource(_Strict):
    """One page that facts come from."""

    institution: Line
    title: Line
    date: str = ""
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
    kind: Annotated[str, StringConstraints(pattern=r"^(primary|secondary|copy|known)$")]


class RawFact(_Strict):
    """One statement with its sources and how sure it is."""

    text: Line
    sources: list[str] = []
    confidence: Annotated[str, StringConstraints(pattern=r"^(verified|verified-2|known|finding|unverified)$")]
    ages: Annotated[str, StringConstraints(pattern="^(true|false)$")] = "false"


Model = TypeVar("Model", bound=BaseModel)


def read_file(file: Path, model: type[Model]) -> Model:
    """The content of `file` in the shape of `model`. Raises BadContent with the line of the first mistake."""
    data, lines = read_yaml(file)
    return check_shape(file, data, lines, model)


def read_mapping(file: Path, model: type[Model], broken: list[BadContent]) -> dict[str, Model]:
    """A file that maps ids to entries. A wrong entry is added to `broken`, the others are returned.

    Raises BadContent when the file as a whole cannot be read.
    """
    data, lines = read_yaml(file)
    result = {}
    for name, value in data.items():
        try:
            result[name] = check_shape(file, value, lines, model, (name,))
        except BadContent as error:
            broken.append(error)
    return result


def check_shape(file: Path, data: Any, lines: Lines, model: type[Model], prefix: tuple[str | int, ...] = ()) -> Model:
    """`data` as `model`. Raises BadContent naming the field, its line and what is wrong with it."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _mistake(file, lines, error.errors(include_url=False)[0], prefix) from error


def check_all(
    file: Path,
    data: Any,
    lines: Lines,
    model: type[Model],
    broken: list[BadContent],
    prefix: tuple[str | int, ...],
    name: str = "",
) -> Model | None:
    """`data` as `model`; None when it is not, and then every mistake is in `broken`, under `name` if it has one."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        broken += [_mistake(file, lines, row, prefix, name) for row in error.errors(include_url=False)]
        return None


def _mistake(file: Path, lines: Lines, error: Any, prefix: tuple[str | int, ...], name: str = "") -> BadContent:
    at = path = (*prefix, *error["loc"])
    while at and at not in lines:
        at = at[:-1]
    field = ".".join(map(str, error["loc"] if name else path)) or "file"
    said = f"{name}: {field}" if name else field
    return BadContent(file, lines.get(at, 1), f"{said}: {_cause(dict(error))}")


def _cause(error: dict[str, Any]) -> str:
    """pydantic's finding in a sentence an author can act on."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "string_too_long":
        return f"{len(error['input'])} characters, at most {context['max_length']}"
    if kind == "extra_forbidden":
        return "unknown field"
    if kind == "missing":
        return "missing"
    if kind == "string_pattern_mismatch":
        return f"{error['input']!r} does not have the form {context['pattern']}"
    return str(error["msg"])
