"""Opening the database: SQLite in WAL mode or PostgreSQL, with the same rules for transactions on both.

Drivers run in autocommit and Coupler itself says when a transaction begins: never for a single read, which is
consistent by itself, and `BEGIN IMMEDIATE` on SQLite for every transaction that writes (trust 2.6).
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from coupler.domain.errors import SettingsError, StorageError
from coupler.storage.database_url import VARIABLE, parse_database_url
from coupler.storage.failures import translated

BUSY_SECONDS = 10.0
IDLE_SECONDS = 30.0
MIGRATION_SECONDS = 300
_BEGIN = "coupler_begin"
_WRITER = "coupler_writer"
_ADVISORY_LOCK = 0x436F75706C6572  # "Coupler"; any number that no other program on the server uses
_POSTGRESQL_OPTIONS = (
    "-c timezone=UTC -c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
)


def open_engine(url: str) -> Engine:
    """An engine for threads that hold their connections. Connects only when first used.

    Raises SettingsError naming COUPLER_DATABASE_URL when the URL cannot be used.
    """
    parsed = parse_database_url(url)
    engine = _sqlite(parsed) if parsed.drivername.startswith("sqlite") else _postgresql(parsed)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for single reads, each consistent by itself; no transaction, so no round trip for one."""
    with translated(engine), engine.connect() as connection:
        yield connection.execution_options(**{_BEGIN: None})


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: committed at the end, rolled back when anything is raised.

    The threads of one process queue for SQLite's single writer in turn; between processes its busy timeout does.
    """
    begin = "BEGIN IMMEDIATE" if is_sqlite(engine) else "BEGIN"
    with translated(engine), _turn(engine), engine.connect() as connection:
        connection = connection.execution_options(**{_BEGIN: begin})
        with connection.begin():
            yield connection


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """A writing transaction for migrations: one at a time over all processes, waiting as long as others need.

    On SQLite foreign keys are off meanwhile: a table is changed by dropping and remaking it, and dropping a table
    with foreign keys on deletes what refers to it. The caller checks the references before the end.
    """
    if not is_sqlite(engine):
        with writing(engine) as connection:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{MIGRATION_SECONDS}s'")
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
            yield connection
        return
    with translated(engine), _turn(engine), engine.connect() as connection:
        connection = connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        with _pragmas(connection, foreign_keys=False, busy_seconds=MIGRATION_SECONDS), connection.begin():
            yield connection


def is_sqlite(engine: Engine) -> bool:
    """Whether the database is a file rather than a server."""
    return engine.dialect.name == "sqlite"


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get(_BEGIN, "BEGIN")
    if statement is not None:
        connection.exec_driver_sql(statement)


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    lock = engine.get_execution_options().get(_WRITER)
    if lock is None:
        yield
        return
    if not lock.acquire(timeout=3 * BUSY_SECONDS):
        raise StorageError("The database is locked: other requests have been writing to it for too long.")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _pragmas(connection: Connection, *, foreign_keys: bool, busy_seconds: int) -> Iterator[None]:
    """Set what SQLite only lets be set outside a transaction, and set it back."""
    driver: Any = connection.connection.driver_connection
    (patience,) = driver.execute("PRAGMA busy_timeout").fetchone()
    driver.execute(f"PRAGMA foreign_keys={int(foreign_keys)}")
    driver.execute(f"PRAGMA busy_timeout={busy_seconds * 1000}")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")
        driver.execute(f"PRAGMA busy_timeout={patience}")


def _sqlite(url: URL) -> Engine:
    _make_private(str(url.database))
    engine = create_engine(
        url,
        connect_args=_unless_given(url, timeout=BUSY_SECONDS) | {"isolation_level": None},
        execution_options={_WRITER: threading.Lock()},
        pool_size=16,
        max_overflow=16,
        pool_timeout=BUSY_SECONDS,
        pool_use_lifo=True,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _make_private(path: str) -> None:
    """Create the file readable by its owner only; SQLite gives its companions the same rights."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise SettingsError(
            f"{VARIABLE} cannot be used: the file {path} cannot be written ({error.strerror}).", variable=VARIABLE
        ) from error


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    _use_wal(connection)
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch the file to WAL. Processes that start together may meet here, where no busy timeout applies."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _postgresql(url: URL) -> Engine:
    arguments = _unless_given(url, options=_POSTGRESQL_OPTIONS, connect_timeout=5, application_name="coupler")
    engine = create_engine(
        url,
        connect_args=arguments | {"autocommit": True},
        pool_size=10,
        max_overflow=10,
        pool_timeout=BUSY_SECONDS,
        pool_recycle=1800,
        pool_use_lifo=True,
        hide_parameters=True,
    )
    event.listen(engine, "checkin", _remember)
    event.listen(engine, "checkout", _Ping(engine))
    return engine


def _unless_given(url: URL, **arguments: Any) -> dict[str, Any]:
    """Our choice of the driver's arguments, where the URL does not make its own."""
    return {name: value for name, value in arguments.items() if name not in url.query}


def _remember(_connection: Any, entry: ConnectionPoolEntry) -> None:
    entry.info["idle_since"] = time.monotonic()


class _Ping:
    """Asks a connection that was idle for long whether it still lives; asking each time would double a look-up."""

    def __init__(self, engine: Engine) -> None:
        self._dialect = engine.dialect

    def __call__(self, connection: Any, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
        """The pool's checkout event; DisconnectionError makes the pool connect anew."""
        idle_since = entry.info.get("idle_since")
        if idle_since is None or time.monotonic() - idle_since < IDLE_SECONDS:
            return
        try:
            alive = self._dialect.do_ping(connection)
        except self._dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error
        if not alive:
            raise DisconnectionError
