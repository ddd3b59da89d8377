"""Settings: from the environment, a file and secret files; a wrong one is named in one line."""

import os

import pytest

from bot.errors import BadSetting
from bot.settings import load_settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    for name in list(os.environ):
        if name.startswith("KOMPAS_"):
            monkeypatch.delenv(name)


def test_without_any_setting_there_are_defaults(tmp_path):
    settings = load_settings(tmp_path)
    assert (settings.discord_token, settings.accounts, settings.default_language) == (None, (), "en")
    assert (settings.web_host, settings.web_port, settings.log_level) == ("127.0.0.1", 8080, "info")
    assert settings.store_url.startswith("sqlite+aiosqlite:///")


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    (tmp_path / "kompas.toml").write_text('default_language = "mk"\nlog_level = "WARNING"\ndiscord_token = "a"\n')
    monkeypatch.setenv("KOMPAS_DEFAULT_LANGUAGE", "sq")
    settings = load_settings(tmp_path)
    assert (settings.default_language, settings.log_level) == ("sq", "warning")


def test_a_secret_may_be_a_file_and_is_never_shown(tmp_path, monkeypatch):
    (tmp_path / "token").write_text("very-secret\n")
    monkeypatch.setenv("KOMPAS_DISCORD_TOKEN_FILE", str(tmp_path / "token"))
    settings = load_settings(tmp_path)
    assert settings.discord_token.get_secret_value() == "very-secret"
    assert "very-secret" not in repr(settings)


def test_matrix_accounts_come_from_plain_settings_and_tables(tmp_path, monkeypatch):
    (tmp_path / "kompas.toml").write_text(
        '[[matrix]]\nhomeserver = "https://b.example/"\nuser = "@k:b.example"\npassword = "p"\n'
    )
    for name, value in (("HOMESERVER", "https://a.example"), ("USER", "@k:a.example"), ("PASSWORD", "p")):
        monkeypatch.setenv(f"KOMPAS_MATRIX_{name}", value)
    accounts = load_settings(tmp_path).accounts
    assert [(a.homeserver, a.user) for a in accounts] == [
        ("https://a.example", "@k:a.example"),
        ("https://b.example", "@k:b.example"),
    ]


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgres://h/d", "postgresql+asyncpg://h/d"),
        ("sqlite:///x.db", "sqlite+aiosqlite:///x.db"),
        ("postgresql+asyncpg://h/d", "postgresql+asyncpg://h/d"),
    ],
)
def test_database_addresses_get_their_async_driver(tmp_path, monkeypatch, url, full):
    monkeypatch.setenv("KOMPAS_DATABASE_URL", url)
    assert load_settings(tmp_path).store_url == full


@pytest.mark.parametrize(
    ("variables", "name", "cause"),
    [
        ({"WEB_PORT": "eighty"}, "KOMPAS_WEB_PORT", "integer"),
        ({"LOG_LEVEL": "loud"}, "KOMPAS_LOG_LEVEL", "debug"),
        ({"TIMEZONE": "Balkans"}, "KOMPAS_TIMEZONE", "IANA"),
        ({"COLOUR": "blue"}, "KOMPAS_COLOUR", "no setting"),
        ({"DISCORD_TOKEN_FILE": "/does/not/exist"}, "KOMPAS_DISCORD_TOKEN_FILE", "cannot be read"),
        ({"MATRIX_HOMESERVER": "https://a.example"}, "KOMPAS_MATRIX_USER", "missing"),
        (
            {"MATRIX_HOMESERVER": "a.example", "MATRIX_USER": "@k:a", "MATRIX_PASSWORD": "p"},
            "KOMPAS_MATRIX_HOMESERVER",
            "https://",
        ),
        (
            {"MATRIX_HOMESERVER": "https://a", "MATRIX_USER": "kompas", "MATRIX_PASSWORD": "p"},
            "KOMPAS_MATRIX_USER",
            "full",
        ),
        ({"MATRIX_HOMESERVER": "https://a", "MATRIX_USER": "@k:a"}, "KOMPAS_MATRIX_PASSWORD", "password"),
    ],
)
def test_a_wrong_setting_is_named_with_its_cause(tmp_path, monkeypatch, variables, name, cause):
    for key, value in variables.items():
        monkeypatch.setenv(f"KOMPAS_{key}", value)
    with pytest.raises(BadSetting) as raised:
        load_settings(tmp_path)
    assert raised.value.name == name
    assert cause in raised.value.cause
    assert "\n" not in str(raised.value)


def test_a_data_folder_that_cannot_be_written_is_named_where_the_store_would_be_kept_in_it(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KOMPAS_DATA_DIR", str(tmp_path / "file" / "data"))
    with pytest.raises(BadSetting, match=r"^KOMPAS_DATA_DIR: cannot be written to"):
        _ = load_settings(tmp_path).store_url
    monkeypatch.setenv("KOMPAS_DATABASE_URL", "postgresql://h/d")
    assert load_settings(tmp_path).store_url == "postgresql+asyncpg://h/d"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('discord_token_file = "/does/not/exist"', "discord_token_file"),
        ('timezone = "Balkans"', "timezone"),
    ],
)
def test_a_wrong_setting_of_the_file_is_named_as_it_stands_there(tmp_path, line, name):
    (tmp_path / "kompas.toml").write_text(line)
    with pytest.raises(BadSetting) as raised:
        load_settings(tmp_path)
    assert raised.value.name == f"{name} in {tmp_path / 'kompas.toml'}"


@pytest.mark.parametrize("text", ["default_language = [", "\x00", 'colour = "blue"'])
def test_a_broken_file_is_named(tmp_path, text):
    (tmp_path / "kompas.toml").write_text(text)
    with pytest.raises(BadSetting, match=r"kompas\.toml"):
        load_settings(tmp_path)
