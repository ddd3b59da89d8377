"""What is said when something went wrong: one sentence in the reader's language, made from the error's data."""

from __future__ import annotations

from bot.errors import (
    BadAnswer,
    BadOption,
    MissingOption,
    NoQuiz,
    NotAllowed,
    NotCounted,
    NotEnabled,
    NotHere,
    NothingAsked,
    NotOften,
    NotReady,
    NotSteering,
    QuizRunning,
    SlowDown,
    StaleAction,
    TooFewItems,
    TooLong,
    UnknownChoice,
    UnknownCode,
    UnknownCommand,
    UnknownPlayer,
    UserError,
)
from bot.i18n.catalog import Voice
from bot.quiz.session import Verdict
from bot.quiz.typed import Problem


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
        case NotEnabled():
            return voice("error.not_enabled", "I am not enabled here. Whoever runs me decides where I answer.")
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
        case NotCounted(why):
            return _not_counted(why, voice)
        case BadAnswer(problem, wanted, options, number):
            return _bad_answer(problem, wanted, options, number, voice)
        case NoQuiz():
            return voice("error.no_quiz", "There is no quiz here right now.")
        case QuizRunning():
            return voice(
                "error.quiz_running",
                "A quiz is running in this room already. “{command}” ends it.",
                command=f"{prefix}quiz stop",
            )
        case NotSteering():
            return voice(
                "error.not_steering", "Only the teacher who started the quiz, or a teacher of this room, can do that."
            )
        case TooFewItems():
            return voice("error.no_items", "There are no questions that fit. Try fewer conditions.")
        case UnknownPlayer(who):
            return voice("error.unknown_player", "Nobody called “{who}” is playing.", who=who)
        case UnknownCode():
            return voice("error.unknown_code", "No running quiz has this code.")
        case NotOften(times):
            return voice.many("error.not_often", "This works {n} time only.", "This works {n} times only.", times)
        case NotReady():
            return voice("error.not_ready", "I am just starting. Please try again in ten seconds.")
        case _:
            raise AssertionError(f"no sentence for {error!r}")


def _not_counted(why: str, voice: Voice) -> str:
    match why:
        case Verdict.TOO_LATE | Verdict.OTHER_QUESTION:
            return voice("error.too_late", "Too late: this question is closed. The next one will come.")
        case Verdict.PAUSED:
            return voice("error.paused", "The clock stands still. Please answer when it runs again.")
        case Verdict.KICKED:
            return voice("error.kicked", "The teacher has put you out of this quiz.")
        case _:
            return voice("error.not_asking", "No question is open for you right now.")


def _bad_answer(problem: str, wanted: int, options: int, number: int, voice: Voice) -> str:
    match problem:
        case Problem.RANGE:
            return voice(
                "error.answer_range",
                "There is no answer {number}; they go from 1 to {highest}.",
                number=number,
                highest=options,
            )
        case Problem.TWICE:
            return voice("error.answer_twice", "You gave the number {number} twice.", number=number)
        case _ if wanted == 1:
            return voice("error.answer_one", "Please give one number from 1 to {highest}.", highest=options)
        case _ if wanted:
            return voice.many(
                "error.answer_count",
                "Please give {n} number, for example: {example}",
                "Please give {n} numbers, for example: {example}",
                wanted,
                example=" ".join(str(n) for n in range(wanted, 0, -1)),
            )
        case _ if options:
            return voice("error.answer_some", "Please give one or more numbers from 1 to {highest}.", highest=options)
        case _:
            return voice("error.answer_words", "Please write your answer in words.")


def unreadable(voice: Voice, link: str) -> str:
    """What to do about an encrypted message whose key has not come; `link` opens a direct chat with the bot."""
    return voice(
        "error.unreadable",
        "I cannot read this message: its key has not reached me. Please send it again. "
        "If that does not help, open a new chat with me: {link}",
        link=link,
    )


def incident(code: str, voice: Voice) -> str:
    """The sentence for an error of ours; `code` finds it in the log."""
    return voice(
        "error.incident", "Something went wrong on my side. If you report it, give this code: {code}", code=code
    )
