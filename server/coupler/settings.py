"""The settings as one frozen object, and the only reader of the environment (contract 2)."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from coupler.setting_rules import (
    Problem,
    database_problem,
    is_fernet_key,
    issuer_problem,
    listed,
    origin_problem,
    problem_with,
    settings_error,
)

PREFIX = "COUPLER_"
KEY_FILE = "secret.keys"
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
LOG_FORMATS = ("console", "json")

# Name and meaning of every variable, in the order people read them; `config check` and the README show the same.
VARIABLES: Mapping[str, str] = {
    "COUPLER_DATA_DIR": "folder of the SQLite file and the generated keys; default: the platform's data folder",
    "COUPLER_DATABASE_URL": "sqlite:///... or postgresql+psycopg://...; default: coupler.db in the data folder",
    "COUPLER_SECRET_KEYS": "Fernet keys, the first encrypts, all decrypt; generated for SQLite, required otherwise",
    "COUPLER_PUBLIC_URL": "the address people open Coupler under; default: http://localhost:8000",
    "COUPLER_OIDC_ISSUER": "the OpenID Connect provider's issuer; the four of OIDC come together or not at all",
    "COUPLER_OIDC_CLIENT_ID": "Coupler's client id at the provider",
    "COUPLER_OIDC_CLIENT_SECRET": "Coupler's client secret at the provider",
    "COUPLER_OIDC_AUDIENCE": "the audience access tokens for Coupler's API carry",
    "COUPLER_OIDC_ROLES_CLAIM": "the claim that lists Coupler.Reader, .Operator, .Admin; default: roles",
    "COUPLER_CORS_ORIGINS": "exact origins of other sites whose scripts may call the API, separated by commas",
    "COUPLER_HOST": "the address `coupler serve` listens on; default: 127.0.0.1, this machine only",
    "COUPLER_PORT": "the port `coupler serve` listens on; default: 8000",
    "COUPLER_THREADS": "how many requests are worked on at the same time; default: 8",
    "COUPLER_LOG_LEVEL": "debug, info, warning, error or critical; default: info",
    "COUPLER_LOG_FORMAT": "console or json; default: console",
}
SECRETS = ("COUPLER_DATABASE_URL", "COUPLER_SECRET_KEYS", "COUPLER_OIDC_CLIENT_SECRET")
_OIDC = ("COUPLER_OIDC_ISSUER", "COUPLER_OIDC_CLIENT_ID", "COUPLER_OIDC_CLIENT_SECRET", "COUPLER_OIDC_AUDIENCE")


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """The OpenID Connect provider people sign in with."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    audience: str
    roles_claim: str = "roles"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the environment decides. Secrets and the database address stay out of the repr.

    `secret_keys` is empty for SQLite until `ensure_secret_keys`; `oidc` None means API tokens only.
    """

    data_dir: Path
    database_url: str = field(repr=False)
    secret_keys: tuple[str, ...] = field(repr=False)
    public_url: str
    oidc: OidcSettings | None = None
    cors_origins: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 8
    log_level: str = "info"
    log_format: str = "console"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read and check everything; creates and changes nothing.

        Raises SettingsError with all problems at once, also as `details["problems"]`. An empty value is no value.
        """
        reader = _Reader(environ)
        settings = _read(reader)
        reader.finish()
        return settings

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url.startswith("sqlite:")

    @property
    def sqlite_file(self) -> Path:
        """The file of the embedded database; of no meaning with another one."""
        return Path(self.database_url.removeprefix("sqlite:///").partition("?")[0])

    @property
    def shown_database_url(self) -> str:
        """The database address without its password and parameters."""
        return re.sub(r"://([^:@/]*):[^@]*@", r"://\1:***@", self.database_url).partition("?")[0]

    @property
    def key_file(self) -> Path:
        """Where generated keys are kept."""
        return self.data_dir / KEY_FILE


def load_settings() -> Settings:
    """The settings of this process."""
    return Settings.from_env(os.environ)  # noqa: TID251 - this is the one reader


def child_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process' environment for a child, with `settings` in place of every variable of ours."""
    own = os.environ.items()  # noqa: TID251 - this is the one reader
    return {name: value for name, value in own if not name.startswith(PREFIX)} | dict(settings)


def ensure_secret_keys(settings: Settings) -> Settings:
    """The settings with keys: given ones, else those of the key file, which is made (0600) with the data folder.

    Only SQLite generates; raises SettingsError when the file or the folder cannot be used.
    """
    path = settings.key_file
    try:
        if settings.is_sqlite:
            settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if settings.secret_keys:
            return settings
        if not path.exists():
            _generate(path)
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise settings_error([problem_with("COUPLER_DATA_DIR", f"{path} cannot be used: {reason}.")]) from error
    keys = listed(text)
    if not keys or not all(map(is_fernet_key, keys)):
        raise settings_error([problem_with("COUPLER_SECRET_KEYS", f"{path} holds something that is no Fernet key.")])
    return replace(settings, secret_keys=keys)


def _generate(path: Path) -> None:
    """Write a fresh key beside and link it into place, so that of two starting processes both use the same."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)) + b"\n"
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


class _Reader:
    """Takes values out of an environment and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[Problem] = []
        self._refuse_unknown()

    def _refuse_unknown(self) -> None:
        known = {*VARIABLES, *(f"{name}_FILE" for name in SECRETS)}
        for name in sorted(self._environ):
            if name.startswith(PREFIX) and name not in known:
                near = get_close_matches(name, sorted(known), n=1, cutoff=0.4)[0:1] or ["COUPLER_DATA_DIR"]
                self.refuse(name, f"is no setting; the nearest there is is {near[0]}.", f"{near[0]}=...")

    def refuse(self, variable: str, problem: str, example: str = "") -> None:
        """Note a problem; reading goes on, so that all of them are told at once."""
        self._problems.append(problem_with(variable, problem, example))

    def text(self, name: str, default: str = "") -> str:
        """The value without outer blanks, for a secret perhaps from the file that NAME_FILE names."""
        value = self._environ.get(name, "").strip()
        path = self._environ.get(f"{name}_FILE", "").strip() if name in SECRETS else ""
        if value and path:
            self.refuse(name, f"is set, and {name}_FILE too; only one of them may be.", f"{name}_FILE={path}")
        return (self._file(name, path) if path and not value else value) or default

    def _file(self, name: str, path: str) -> str:
        example = f"/run/secrets/{name.lower()}"
        try:
            content = Path(path).read_text(encoding="utf-8-sig").strip()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            self.refuse(f"{name}_FILE", f"{path} cannot be read: {reason}.", example)
            return ""
        if not content:
            self.refuse(f"{name}_FILE", f"{path} is empty.", example)
        return content

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        """One of the words, in any case."""
        value = self.text(name, default).lower()
        if value not in choices:
            self.refuse(name, f'"{value[:40]}" is not one of {", ".join(choices)}.')
        return value

    def number(self, name: str, low: int, high: int, default: int) -> int:
        """A whole number within bounds."""
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit()) or not low <= int(value) <= high:
            self.refuse(name, f'"{value[:40]}" is not a number from {low} to {high}.')
            return default
        return int(value)

    def finish(self) -> None:
        """Raise SettingsError if anything was wrong."""
        if self._problems:
            raise settings_error(self._problems)


def _read(reader: _Reader) -> Settings:
    data_dir = _data_dir(reader)
    database_url = _database_url(reader, data_dir)
    return Settings(
        data_dir=data_dir,
        database_url=database_url,
        secret_keys=_secret_keys(reader, database_url),
        public_url=_origin(reader, "COUPLER_PUBLIC_URL", reader.text("COUPLER_PUBLIC_URL", "http://localhost:8000")),
        oidc=_oidc(reader),
        cors_origins=tuple(
            _origin(reader, "COUPLER_CORS_ORIGINS", origin) for origin in listed(reader.text("COUPLER_CORS_ORIGINS"))
        ),
        host=reader.text("COUPLER_HOST", "127.0.0.1"),
        port=reader.number("COUPLER_PORT", 1, 65535, 8000),
        threads=reader.number("COUPLER_THREADS", 1, 64, 8),
        log_level=reader.choice("COUPLER_LOG_LEVEL", LOG_LEVELS, "info"),
        log_format=reader.choice("COUPLER_LOG_FORMAT", LOG_FORMATS, "console"),
    )


def _data_dir(reader: _Reader) -> Path:
    given = reader.text("COUPLER_DATA_DIR")
    if not given:
        from platformdirs import user_data_path

        return user_data_path("coupler", appauthor=False)
    path = Path(given).expanduser().absolute()
    if path.exists() and not path.is_dir():
        reader.refuse("COUPLER_DATA_DIR", f"{path} is a file, not a folder.")
    if "?" in str(path):
        # SQLAlchemy would take the rest of the address for parameters.
        reader.refuse("COUPLER_DATA_DIR", "must not contain a question mark.")
    return path


def _database_url(reader: _Reader, data_dir: Path) -> str:
    name = "COUPLER_DATABASE_URL"
    url = reader.text(name)
    if not url:
        return f"sqlite:///{(data_dir / 'coupler.db').as_posix()}"
    problem = database_problem(url)
    if problem:
        reader.refuse(name, problem)
    return url


def _secret_keys(reader: _Reader, database_url: str) -> tuple[str, ...]:
    keys = listed(reader.text("COUPLER_SECRET_KEYS"))
    for position, key in enumerate(keys, start=1):
        if not is_fernet_key(key):
            reader.refuse("COUPLER_SECRET_KEYS", f"key {position} is not 32 bytes in URL-safe Base64.")
    if not keys and not database_url.startswith("sqlite:"):
        problem = "is missing; with a database other than SQLite no keys are generated."
        reader.refuse("COUPLER_SECRET_KEYS", problem)
    return keys


def _origin(reader: _Reader, name: str, value: str) -> str:
    value = value.rstrip("/")
    problem = origin_problem(value)
    if problem:
        reader.refuse(name, problem)
    return value


def _oidc(reader: _Reader) -> OidcSettings | None:
    values = {name: reader.text(name) for name in _OIDC}
    if not any(values.values()):
        return None
    for name, value in values.items():
        if not value:
            problem = f"is missing; {', '.join(n for n in _OIDC if values[n])} is set and the four come together."
            reader.refuse(name, problem)
    issuer, client_id, client_secret, audience = values.values()
    if issuer and (wrong := issuer_problem(issuer)):
        reader.refuse("COUPLER_OIDC_ISSUER", wrong)
    return OidcSettings(issuer, client_id, client_secret, audience, reader.text("COUPLER_OIDC_ROLES_CLAIM", "roles"))
