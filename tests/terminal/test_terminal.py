"""The terminal as a person and as a pipe meet it: the real program, started as they start it."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

KOMPAS = Path(sys.executable).with_name("kompas")
QUIET = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith("KOMPAS_") and name not in ("LANG", "LC_ALL", "LC_MESSAGES")
} | {"LANG": "C.UTF-8"}


def run(*arguments: str, lines: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(KOMPAS), *arguments], input=lines, capture_output=True, text=True, timeout=60, env=QUIET | env, check=False
    )


def test_run_with_nothing_set_up_says_how_to_connect_and_answers_each_line():
    done = run("run", lines="What is attribution?\nlanguage sq\nkosovo-cyber\n")
    assert done.returncode == 0
    first, second, *_ = done.stdout.split("\n")
    assert first.startswith("Discord: set KOMPAS_DISCORD_TOKEN")
    assert second.startswith("Matrix:")
    assert "\nAttribution\n" in done.stdout
    assert "\n\nKosova*" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_chat_ends_at_the_end_of_input_and_at_quit():
    assert run("chat", lines="").returncode == 0
    done = run("chat", lines="attribution\nquit\nransomware\n")
    assert "Ransomware" not in done.stdout


def test_every_line_of_a_long_pipe_is_answered():
    assert run("chat", "--lang", "en", lines="attribution\n" * 200).stdout.count("\nAttribution\n") == 199


def test_bytes_that_are_no_text_do_not_end_the_conversation():
    done = subprocess.run(
        [str(KOMPAS), "chat", "--lang", "en"],
        input=b"\xff\xfe\n/\xff\nattribution\n",
        timeout=60,
        capture_output=True,
        env=QUIET | {"PYTHONIOENCODING": "utf-8:strict"},
        check=False,
    )
    assert b"\nAttribution\n" in done.stdout
    assert done.stderr == b""


def test_a_cache_that_cannot_be_written_costs_time_and_nothing_else(tmp_path):
    (tmp_path / "file").touch()
    assert run("ask", "attribution", XDG_CACHE_HOME=str(tmp_path / "file")).stdout.startswith("Attribution")


def test_serbian_latin_is_checked_where_it_is_written():
    assert "sr-Latn is made from sr-Cyrl" in run("check", "sr-Latn").stdout


def test_a_teacher_may_set_up_a_class_and_a_student_may_not():
    assert "shqip" in run("chat", "--teacher", lines="class language sq\n").stdout
    assert "teachers only" in run("chat", "--lang", "en", lines="class language sq\n").stdout


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        (("ask", "Шта је сајбер дипломатија?"), "Шта је сајбер дипломатија"),
        (("ask", "Çfarë është diplomacia kibernetike?"), "Ç’është diplomacia kibernetike"),
        (("ask", "--lang", "sr-Latn", "what is attribution"), "Atribucija"),
        (("ask", "--lang", "shqip", "help"), None),
    ],
)
def test_ask_answers_and_leaves(arguments, first):
    done = run(*arguments)
    assert done.returncode == 0
    assert first is None or done.stdout.startswith(first)


def test_the_system_language_is_followed():
    assert run("ask", "attribution", LANG="mk_MK.UTF-8").stdout.startswith("Атрибуција")
    assert run("ask", "attribution", LANG="en_US.UTF-8").stdout.startswith("Attribution")


@pytest.mark.parametrize(
    ("arguments", "env", "said"),
    [
        (("chat", "--lang", "klingon"), {}, "--lang: 'klingon' is none of en, sq"),
        (("run",), {"KOMPAS_WEB_PORT": "x"}, "KOMPAS_WEB_PORT"),
        (("chat",), {"KOMPAS_DEFAULT_LANGUAGE": "xx"}, "KOMPAS_DEFAULT_LANGUAGE: 'xx' is none of en, sq"),
        (("ask", "attribution"), {"KOMPAS_DEFAULT_LANGUAGE": "xx"}, "KOMPAS_DEFAULT_LANGUAGE: 'xx' is none of en, sq"),
        (("check", "klingon"), {}, "LANG: 'klingon' is none of en, sq"),
        (("preview", "sq", "no-such-topic"), {}, "is no topic"),
        (("run",), {"KOMPAS_DISCORD_TOKEN_FILE": "/none"}, "KOMPAS_DISCORD_TOKEN_FILE: cannot be read"),
    ],
)
def test_a_wrong_setting_is_one_line_and_exit_code_2(arguments, env, said):
    done = run(*arguments, **env)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_ctrl_c_ends_a_plain_conversation_at_once():
    main, child = pty.openpty()
    process = subprocess.Popen(
        [str(KOMPAS), "chat", "--lang", "en"],
        stdin=child,
        stdout=child,
        stderr=child,
        env=QUIET | {"NO_COLOR": "1"},
        start_new_session=True,
    )
    os.close(child)
    os.write(main, b"attribution\n")
    shown = b""
    while b"7. " not in shown:
        assert select.select([main], [], [], 30)[0]
        shown += os.read(main, 65536)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    os.close(main)


def test_a_person_at_a_terminal_gets_colours_and_completion():
    main, child = pty.openpty()
    process = subprocess.Popen(
        [str(KOMPAS), "chat", "--lang", "en"],
        stdin=child,
        stdout=child,
        stderr=child,
        env=QUIET | {"TERM": "xterm-256color"},
        close_fds=True,
    )
    os.close(child)
    try:
        _read_until(main, "What Kompas can do")
        os.write(main, b"/expl")
        _read_until(main, "Explain a topic")
        os.write(main, b"\x15attribution\r")
        shown = _read_until(main, "Who is behind")
        assert "\x1b[" in shown
        _end(process, main)
    finally:
        process.kill()
        process.wait()
        os.close(main)
    assert process.returncode == 0


def _end(process: subprocess.Popen[bytes], terminal: int) -> None:
    """Press Ctrl-D until the program has ended; what it still draws is read, or it would wait for that."""
    for _ in range(40):
        os.write(terminal, b"\x04")
        if select.select([terminal], [], [], 0.25)[0]:
            try:
                if b"\x1b[6n" in os.read(terminal, 65536):
                    os.write(terminal, b"\x1b[1;1R")
            except OSError:  # the other end is closed
                break
        if process.poll() is not None:
            break
    process.wait(10)


def _read_until(terminal: int, text: str, seconds: float = 20.0) -> str:
    shown, end = "", time.monotonic() + seconds
    while time.monotonic() < end:
        ready, _, _ = select.select([terminal], [], [], 0.2)
        if ready:
            shown += os.read(terminal, 65536).decode("utf-8", "replace")
            if b"\x1b[6n".decode() in shown[-40:]:
                os.write(terminal, b"\x1b[1;1R")  # the answer to "where is the cursor?"
            if text in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown):
                return shown
    raise AssertionError(f"{text!r} was not shown; shown was: {shown[-800:]!r}")
