"""The composition root: reads the command line, ties the parts together, decides nothing else."""

from __future__ import annotations

import argparse
import importlib
import io
import keyword
import sys

from bot.errors import OperatorError

COMMANDS = {
    "run": "start Kompas on every platform that is set up; the terminal chat if there is none",
    "chat": "talk to Kompas in the terminal",
    "ask": "one question, one answer",
    "match": "questions as JSON Lines in, topics as JSON Lines out",
    "check": "check all content and translations",
    "preview": "show a topic as readers see it",
    "import": "a quiz file (GIFT, Moodle XML, XLSX, YAML) becomes a set of questions for some rooms",
    "export": "write quiz questions as GIFT or YAML",
    "questions": "how often each topic was asked about; what got no answer, where that is kept",
    "doctor": "look for everything that would keep the bot from working, and say what to do",
    "backup": "write database, keys and devices to one file; the bot may run meanwhile",
    "restore": "bring a backup back",
    "new": "start a new topic or language from a scaffold",
    "bench": "measure",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0 done, 1 findings, 2 wrong setting or usage."""
    parser = argparse.ArgumentParser(prog="kompas", description="A multilingual guide to EU cyber diplomacy.")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    given = sys.argv[1:] if arguments is None else arguments
    for name, about in COMMANDS.items():
        sub = subparsers.add_parser(name, help=about, description=about)
        if given[:1] == [name]:  # only the command that is asked for is imported: a start must be quick
            module = importlib.import_module(f"bot.cli.{name}{'_' if keyword.iskeyword(name) else ''}")
            module.add_arguments(sub)
            sub.set_defaults(execute=module.execute)
    parsed = parser.parse_args(given)
    for stream in (sys.stdin, sys.stdout, sys.stderr):  # a byte or letter that the terminal cannot have is no crash
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return int(parsed.execute(parsed))
    except OperatorError as error:
        print(f"kompas: {error}", file=sys.stderr)  # noqa: T201 - the one line for the operator
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
