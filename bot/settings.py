"""Settings from `kompas.toml` and the environment (`KOMPAS_…`), built once in the main function.

A secret may also be given as the path of a file that holds it: `DISCORD_TOKEN_FILE`. Nothing is read at import.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.errors import BadSetting

PREFIX = "KOMPAS_"
FILE = "kompas.toml"
SECRETS = ("discord_token", "matrix_password", "matrix_access_token", "matrix_pickle_key", "database_url")


class MatrixAccount(BaseModel):
    """One Matrix account that Kompas speaks through."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    homeserver: str
    """Base address, for example https://matrix.example.org"""
    user: str
    """Full id: @kompas:example.org"""
    password: SecretStr | None = None
    access_token: SecretStr | None = None
    device_id: str | None = None
    pickle_key: SecretStr | None = None
    """Encrypts the key store on disk; made and kept in DATA_DIR when not given."""

    @field_validator("homeserver")
    @classmethod
    def _address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with https:// (or http://)")
        return value.rstrip("/")

    @field_validator("user")
    @classmethod
    def _full_id(cls, value: str) -> str:
        if not (value.startswith("@") and ":" in value):
            raise ValueError("must be a full Matrix id such as @kompas:example.org")
        return value

    @model_validator(mode="after")
    def _some_secret(self) -> Self:
        if self.password is None and self.access_token is None:
            raise ValueError("needs a password, or an access token with its device id")
        if self.password is None and self.device_id is None:
            raise ValueError("an access token needs its device id beside it")
        return self


class Settings(BaseSettings):
    """All settings. Raises pydantic's ValidationError; use `load_settings`, which names the setting in one line."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    discord_token: SecretStr | None = None
    """Bot token from Discord's developer portal."""
    discord_shards: int = Field(default=0, ge=0)
    """Number of gateway connections; 0 = one, without sharding."""
    matrix_homeserver: str | None = None
    """Base address of the homeserver of a single account."""
    matrix_user: str | None = None
    """Its full id."""
    matrix_password: SecretStr | None = None
    """Its password."""
    matrix_access_token: SecretStr | None = None
    """Or an access token, with the device id it belongs to."""
    matrix_device_id: str | None = None
    """Device of the access token."""
    matrix_pickle_key: SecretStr | None = None
    """Encrypts the key store on disk; made and kept in DATA_DIR when not given."""
    matrix: tuple[MatrixAccount, ...] = ()
    """Several accounts, as [[matrix]] tables in the file."""
    database_url: SecretStr | None = None
    """SQLAlchemy address of the store; default: SQLite in DATA_DIR."""
    data_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("kompas")))
    """Folder of the database and the Matrix key stores."""
    default_language: str = "en"
    """Locale tag for people and places that have chosen none and whose language cannot be told."""
    timezone: str = "Europe/Sarajevo"
    """IANA name; the default for rooms."""
    web_host: str = "127.0.0.1"
    """Address of the health pages."""
    web_port: int = Field(default=8080, ge=0, le=65535)
    """Port of the health pages; 0 = none are served."""
    web_url: str | None = None
    """Public address of the pages, if they are reachable from outside."""
    operator: str = ""
    """Who runs this bot and how to reach them, as the privacy notice says it."""
    keep_answers: int = Field(default=30, ge=1, le=3650)
    """Days that answers in quizzes are kept."""
    keep_sessions: int = Field(default=90, ge=1, le=3650)
    """Days that quizzes are kept: who played and who started them."""
    keep_preferences: int = Field(default=365, ge=1, le=3650)
    """Days without use after which a person's language and rights as a teacher are erased."""
    keep_questions: int = Field(default=0, ge=0, le=3650)
    """Days that the text of questions without an answer is kept; 0 = never."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much is logged."""
    log_format: Literal["auto", "console", "json"] = "auto"
    """How: for people, or a JSON object a line; auto = console at a terminal, else JSON."""

    allow_servers: tuple[str, ...] = ()
    """Ids of the Discord servers where it answers; it leaves others. None = all."""
    allow_rooms: tuple[str, ...] = ()
    """Channels and rooms where it answers, as discord:ID and matrix:!ID; direct chats are not concerned. None = all."""
    allow_invites: tuple[str, ...] = ()
    """Whose invitations it accepts in Matrix: user ids or names of homeservers. None = everybody's."""

    @field_validator("allow_servers", "allow_rooms", "allow_invites", mode="before")
    @classmethod
    def _list(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("allow_rooms")
    @classmethod
    def _rooms(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for room in value:
            if not room.startswith(("discord:", "matrix:!")):
                raise ValueError(f"“{room}” must look like discord:123456 or matrix:!abc:example.org")
        return value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("must be an IANA name such as Europe/Sarajevo") from error
        return value

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)  # load_settings has gathered file, environment and secret files already

    @property
    def accounts(self) -> tuple[MatrixAccount, ...]:
        """All Matrix accounts, the single one of the plain settings first."""
        return self.matrix

    @property
    def store_url(self) -> str:
        """SQLAlchemy address of the store, with an async driver.

        Raises BadSetting when the store is to be kept in DATA_DIR and nothing can be written there: whoever opens the
        address could only name the address, which the operator never wrote.
        """
        if self.database_url is None:
            _try_folder(self.data_dir)
            return f"sqlite+aiosqlite:///{self.data_dir / 'kompas.sqlite3'}"
        url = self.database_url.get_secret_value()
        for short, full in (
            ("postgresql://", "postgresql+asyncpg://"),
            ("postgres://", "postgresql+asyncpg://"),
            ("sqlite://", "sqlite+aiosqlite://"),
        ):
            if url.startswith(short):
                return full + url.removeprefix(short)
        return url


def load_settings(folder: Path | None = None) -> Settings:
    """The settings of this process. `folder` holds kompas.toml (default: the working directory).

    Raises BadSetting naming the first wrong setting as the operator wrote it.
    """
    file = (folder or Path.cwd()) / FILE
    values = _from_file(file)
    values.update(_from_environment())
    _read_secret_files(values, file)
    _single_account(values)
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper() or "MATRIX"
        cause = str(first["msg"]).removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            cause = "is no setting of Kompas"
        raise BadSetting(_written(name, file), cause) from error


def _from_file(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        with file.open("rb") as stream:
            return {key.lower(): value for key, value in tomllib.load(stream).items()}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadSetting(str(file), str(error)) from error


def _from_environment() -> dict[str, str]:
    return {
        key.removeprefix(PREFIX).lower(): value
        for key, value in os.environ.items()
        if key.startswith(PREFIX) and not key.startswith("KOMPAS_TEST_") and value
    }


def _read_secret_files(values: dict[str, Any], file: Path) -> None:
    """Replace every `…_file` by what it holds; `file` is the settings file."""
    for name in [key for key in values if key.endswith("_file")]:
        target = name.removesuffix("_file")
        if target not in SECRETS:
            continue
        path = Path(str(values.pop(name)))
        try:
            values[target] = path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadSetting(_written(name.upper(), file), f"cannot be read: {error}") from error


def _single_account(values: dict[str, Any]) -> None:
    """The plain MATRIX_… settings become the first account."""
    given = {
        key: values[key]
        for key in (
            "matrix_homeserver",
            "matrix_user",
            "matrix_password",
            "matrix_access_token",
            "matrix_device_id",
            "matrix_pickle_key",
        )
        if values.get(key)
    }
    if not given:
        return
    for needed in ("matrix_homeserver", "matrix_user"):
        if needed not in given:
            raise BadSetting(PREFIX + needed.upper(), "is missing, but another MATRIX setting is there")
    account = {key.removeprefix("matrix_"): value for key, value in given.items()}
    try:
        MatrixAccount(**account)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = str(first["loc"][0]) if first["loc"] else "password"
        raise BadSetting(f"{PREFIX}MATRIX_{field.upper()}", str(first["msg"]).removeprefix("Value error, ")) from error
    values["matrix"] = [account, *values.get("matrix", [])]


def _try_folder(folder: Path) -> None:
    """Make the folder and write there once. Raises BadSetting when that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise BadSetting(f"{PREFIX}DATA_DIR", f"cannot be written to: {error}") from error


def _written(name: str, file: Path) -> str:
    """The setting's name as it stands where it was given: lower case without prefix in the file."""
    if PREFIX + name in os.environ or not file.exists():
        return PREFIX + name
    return f"{name.lower()} in {file}"
