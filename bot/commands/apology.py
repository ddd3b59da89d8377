"""What is said when something went wrong: one sentence in the reader's language, made from the error's data."""

from __future__ import annotations

from bot.errors import (
    BadOption,
    MissingOption,
    NotAllowed,
    NotHere,
    NothingAsked,
    SlowDown,
    StaleAction,
    TooLong,
    UnknownChoice,
    UnknownCommand,
    UserError,
)
from bot.i18n.catalog import Voice


def apology(error: UserError, voice: Voice, prefix: str) -> str:
    """The sentence for a person's slip; `prefix` stands before command words on this platform."""
    match error:
        case UnknownCommand(word, near):
            if near:
                return voice(
                    "error.unknown_command_near",
                    "There is no command “{word}”. Did you mean {near}?",
                    word=word,
                    near=", ".join(prefix + name for name in near),
                )
            return voice(
                "error.unknown_command",
                "There is no command “{word}”. {help} shows what there is.",
                word=word,
                help=f"{prefix}help",
            )
        case UnknownChoice(number, highest):
            return voice(
                "error.unknown_choice",
                "There is no choice {number}; the last list went from 1 to {highest}.",
                number=number,
                highest=highest,
            )
        case MissingOption(command, option):
            return voice(
                "error.missing_option",
                "Something is missing. Write it like this: {usage}",
                usage=f"{prefix}{command} {option}",
            )
        case BadOption(_, option, value, expected):
            if expected:
                return voice(
                    "error.bad_option_near",
                    "“{value}” does not fit “{option}”. Possible: {expected}",
                    value=value,
                    option=option,
                    expected=", ".join(expected),
                )
            return voice("error.bad_option", "“{value}” does not fit “{option}”.", value=value, option=option)
        case NotAllowed(_, admins_only):
            if admins_only:
                return voice("error.admins_only", "This is for administrators only.")
            return voice("error.teachers_only", "This is for teachers only. A teacher or administrator can add you.")
        case NotHere(link):
            if link:
                return voice(
                    "error.not_here_link", "This answer is for your eyes only. Write to me directly: {link}", link=link
                )
            return voice("error.not_here", "This answer is for your eyes only. Write to me in a direct chat.")
        case TooLong(limit):
            return voice.many(
                "error.too_long",
                "That is too long for me: {n} character at most.",
                "That is too long for me: {n} characters at most.",
                limit,
            )
        case SlowDown(seconds):
            return voice.many(
                "error.slow_down",
                "Too many messages at once. Please try again in {n} second.",
                "Too many messages at once. Please try again in {n} seconds.",
                seconds,
            )
        case StaleAction():
            return voice("error.stale", "This button is from an older version. Please ask again.")
        case NothingAsked():
            return voice(
                "error.nothing_asked",
                "I can only read words. Ask me something about EU cyber diplomacy or safety online.",
            )
        case _:
            raise AssertionError(f"no sentence for {error!r}")


def incident(code: str, voice: Voice) -> str:
    """The sentence for an error of ours; `code` finds it in the log."""
    return voice(
        "error.incident", "Something went wrong on my side. If you report it, give this code: {code}", code=code
    )
