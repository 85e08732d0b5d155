"""Reading COUPLER_DATABASE_URL: what is accepted, and one sentence for what is not. A password never shows."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from coupler.domain.errors import SettingsError

VARIABLE = "COUPLER_DATABASE_URL"
EXAMPLES = "sqlite:////var/lib/coupler/coupler.db or postgresql+psycopg://coupler:password@db.example.com:5432/coupler"
_SQLITE = ("sqlite", "sqlite+pysqlite")
_POSTGRESQL = ("postgresql", "postgresql+psycopg")


def parse_database_url(text: str) -> URL:
    """A URL of a kind Coupler can use. Raises SettingsError; does not connect."""
    url = _parse(text)
    if url.drivername in _SQLITE:
        return _sqlite(url)
    if url.drivername in _POSTGRESQL:
        return _postgresql(url)
    raise _wrong(f'it begins with "{url.drivername}", and only SQLite and PostgreSQL with psycopg are supported')


def place(url: URL) -> str:
    """Where the database is, in words for a person, without user or password."""
    if url.drivername.startswith("sqlite"):
        return str(url.database)
    host = url.host or url.normalized_query.get("host", ("the local socket",))[0]
    return f"{host}:{url.port or 5432}/{url.database}"


def _parse(text: str) -> URL:
    if not text.strip():
        raise _wrong("it is empty")
    try:
        return make_url(text.strip())
    except ArgumentError as error:
        raise _wrong("it is not a database address") from error
    except ValueError as error:
        raise _wrong("its port is not a number") from error


def _sqlite(url: URL) -> URL:
    if url.host or url.username:
        raise _wrong("an SQLite address has three slashes before a relative file name and four before an absolute one")
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise _wrong("it names no file; a database in memory would be lost and cannot be shared between threads")
    folder = Path(url.database).absolute().parent
    if not folder.is_dir():
        raise _wrong(f"the folder {folder} does not exist")
    if Path(url.database).is_dir():
        raise _wrong(f"{url.database} is a folder, not a file")
    return url.set(drivername="sqlite+pysqlite")


def _postgresql(url: URL) -> URL:
    if not url.database:
        raise _wrong("it names no database")
    if url.port is not None and not 0 < url.port < 65536:
        raise _wrong("its port is not between 1 and 65535")
    return url.set(drivername="postgresql+psycopg")


def _wrong(problem: str) -> SettingsError:
    return SettingsError(f"{VARIABLE} cannot be used: {problem}. Example: {EXAMPLES}", variable=VARIABLE)
