"""Everything that can go wrong, as data. The sentence is made at the edge, in the reader's language.

KompasError
├── UserError              a person's slip: answered in one line, nothing is lost
│   ├── UnknownCommand
│   ├── UnknownChoice
│   ├── MissingOption
│   ├── BadOption
│   ├── NotAllowed
│   ├── NotHere            a secret answer asked for in front of others
│   ├── TooLong
│   ├── NothingAsked
│   ├── SlowDown
│   ├── StaleAction        a button of an older version
│   ├── NoQuiz             no session runs here, or not any more
│   ├── QuizRunning        the room has one already
│   ├── NotSteering        only the starter and teachers steer a session
│   ├── TooFewItems        nothing fits what was wished for
│   ├── NotCounted         an answer that comes too late, too early or from somebody who may not
│   ├── BadAnswer          an answer that does not fit the question
│   ├── UnknownPlayer
│   ├── UnknownCode
│   ├── NotOften           more often than allowed
│   └── NotReady           this process does not serve the account at the moment
└── OperatorError          a wrong setting, file or account: one line for whoever runs Kompas
    ├── BadSetting
    ├── BadContent
    └── PlatformRefused
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class KompasError(Exception):
    """Base of all errors that Kompas raises on purpose."""


class UserError(KompasError):
    """A person's slip."""


@dataclass
class UnknownCommand(UserError):
    """`word` is no command; `near` are the closest ones, best first."""

    word: str
    near: tuple[str, ...] = ()


@dataclass
class UnknownChoice(UserError):
    """A number was typed that none of the choices shown last has."""

    number: int
    highest: int


@dataclass
class MissingOption(UserError):
    """The command needs `option`."""

    command: str
    option: str


@dataclass
class BadOption(UserError):
    """`value` does not fit `option`; `expected` are values that would, best first."""

    command: str
    option: str
    value: str
    expected: tuple[str, ...] = ()


@dataclass
class NotAllowed(UserError):
    """The command is for teachers or for admins."""

    command: str
    admins_only: bool = False


class NotEnabled(UserError):
    """The operator lets the bot answer in other places only."""


@dataclass
class NotHere(UserError):
    """The answer is for this person alone, and this room cannot keep it so."""

    direct_link: str | None = None


@dataclass
class TooLong(UserError):
    """The text has more than `limit` characters."""

    limit: int


class NothingAsked(UserError):
    """A message without a letter or a digit in it."""


@dataclass
class SlowDown(UserError):
    """Too many requests; free again in `seconds`."""

    seconds: int


class StaleAction(UserError):
    """A choice that this version cannot read."""


class NoQuiz(UserError):
    """No session runs here, or it is over."""


class QuizRunning(UserError):
    """A session runs in this room already."""


class NotSteering(UserError):
    """The session is steered by its starter and by teachers of its rooms."""


class TooFewItems(UserError):
    """No question fits what was wished for."""


@dataclass
class NotCounted(UserError):
    """The answer does not count; `why` is a bot.quiz.session.Verdict."""

    why: str


@dataclass
class BadAnswer(UserError):
    """What was given is no answer to this question: the fields of bot.quiz.typed.Unreadable."""

    problem: str
    wanted: int
    options: int
    number: int


@dataclass
class UnknownPlayer(UserError):
    """Nobody of that name plays."""

    who: str


class UnknownCode(UserError):
    """No running session has that code."""


@dataclass
class NotOften(UserError):
    """This can be done `times` times only."""

    times: int


class NotReady(UserError):
    """The account is being taken over from another process; again in some seconds."""


class OperatorError(KompasError):
    """A mistake of whoever runs or writes Kompas. `str()` is the one line to show."""


@dataclass
class BadSetting(OperatorError):
    """A setting is wrong; `name` as the operator wrote it."""

    name: str
    cause: str

    def __str__(self) -> str:
        return f"{self.name}: {self.cause}"


@dataclass
class BadContent(OperatorError):
    """A content file is wrong at `line` (from 1; 0 = the whole file)."""

    file: Path
    line: int
    cause: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.cause}"


@dataclass
class PlatformRefused(OperatorError):
    """A platform turned the account down for good; trying again would not help."""

    platform: str
    cause: str

    def __str__(self) -> str:
        return f"{self.platform}: {self.cause}"
