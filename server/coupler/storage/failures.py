"""What went wrong in the database, translated once into an error people understand.

Neither the URL's password nor any stored value enters a message; the driver's error stays chained as the cause.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from coupler.domain.errors import CouplerError, StorageError
from coupler.storage.database_url import place

_NO_TABLES = "The database has no tables, or older ones. Run `coupler db upgrade`."
_SQLITE_NAMES: Mapping[str, str] = {
    "SQLITE_BUSY": "The database is locked: another process has been writing to it for too long.",
    "SQLITE_LOCKED": "The database is locked: another process has been writing to it for too long.",
    "SQLITE_FULL": "The disk of the database is full; nothing was written.",
    "SQLITE_CANTOPEN": "The database file {place} cannot be opened.",
    "SQLITE_READONLY": "The database file {place} may not be written by this user.",
    "SQLITE_NOTADB": "The file {place} is not an SQLite database.",
    "SQLITE_CORRUPT": "The database file {place} is damaged. Restore it from a backup.",
    "SQLITE_IOERR": "The disk of the database failed while it was read or written.",
}
_SQLSTATES: Mapping[str, str] = {
    "40P01": "Two writers of the database waited for each other and this one was stopped; nothing was written.",
    "42P01": _NO_TABLES,
    "42703": _NO_TABLES,
    "53100": "The disk of the database is full; nothing was written.",
    "53300": "The database accepts no more connections.",
    "55P03": "The database is locked: another writer kept a row for too long.",
    "57014": "The database took too long to answer and was interrupted.",
    "57P01": "The database server is shutting down.",
    "57P03": "The database server is starting and does not accept connections yet.",
    "25006": "The database accepts no writes at present.",
    "42501": "The database user lacks a right that Coupler needs.",
}
_SIGN_IN = ("authentication failed", "no password supplied", "role ", "pg_hba.conf")


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Let only errors of Coupler pass, each failure of the database as one StorageError."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, psycopg.Error) as error:
        raise translate(engine, error) from error


def translate(engine: Engine, error: Exception) -> CouplerError:
    """The error of Coupler for one of SQLAlchemy's or the driver's."""
    if isinstance(error, NoFreeConnection):
        return StorageError("All database connections are in use; too much is being asked at once.")
    cause: BaseException | None = error.orig if isinstance(error, StatementError) else error
    if isinstance(cause, CouplerError):
        return cause
    return StorageError(_sentence(cause).format(place=place(engine.url)))


def unique_violation(error: Exception) -> bool:
    """Whether a unique constraint said no."""
    cause = getattr(error, "orig", error)
    name = getattr(cause, "sqlite_errorname", None)
    return name in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY") or _sqlstate(cause) == "23505"


def reference_violation(error: Exception) -> bool:
    """Whether a foreign key said no: the connection the row belongs to does not exist (any more)."""
    cause = getattr(error, "orig", error)
    return getattr(cause, "sqlite_errorname", None) == "SQLITE_CONSTRAINT_FOREIGNKEY" or _sqlstate(cause) == "23503"


def _sqlstate(cause: object) -> str | None:
    return cause.sqlstate if isinstance(cause, psycopg.Error) else None


def _sentence(cause: BaseException | None) -> str:
    if isinstance(cause, sqlite3.Error):
        return _sqlite_sentence(cause)
    if isinstance(cause, psycopg.Error):
        return _postgresql_sentence(cause)
    return "The database could not carry out a statement."


def _sqlite_sentence(cause: sqlite3.Error) -> str:
    name = getattr(cause, "sqlite_errorname", "")
    for prefix, sentence in _SQLITE_NAMES.items():
        if name.startswith(prefix):
            return sentence
    if "no such table" in str(cause) or "no such column" in str(cause):
        return _NO_TABLES
    return f"The database refused a statement ({name or type(cause).__name__})."


def _postgresql_sentence(cause: psycopg.Error) -> str:
    if cause.sqlstate is not None:
        return _SQLSTATES.get(cause.sqlstate, f"The database refused a statement (SQLSTATE {cause.sqlstate}).")
    if not isinstance(cause, psycopg.OperationalError):
        return f"The database refused a statement ({type(cause).__name__})."
    text = str(cause)
    if 'database "' in text and "does not exist" in text:
        return "The database {place} does not exist."
    if any(sign in text for sign in _SIGN_IN):
        return "The database {place} refused the user name or password."
    return "The database {place} cannot be reached, or the connection to it broke."
