"""Migrations on both databases."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Engine, Text, insert, inspect, text
from tests.contracts.stores import SECRETS, connection, coupling
from tests.databases import KEYS
from tests.fakes.clock import SteppedClock

from coupler.domain.errors import StorageError
from coupler.storage import Store, schema
from coupler.storage.engine import migrating, open_engine, reading, writing
from coupler.storage.tables import connections, metadata

HEAD = "0003"


@pytest.fixture
def empty(fresh_database_url: str) -> Iterator[Engine]:
    engine = open_engine(fresh_database_url)
    yield engine
    engine.dispose()


def test_the_tables_in_code_and_the_migrations_agree(empty: Engine) -> None:
    schema.upgrade(empty)

    with reading(empty) as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []


def test_the_migrations_make_the_very_constraints_and_indexes_of_the_code(empty: Engine) -> None:
    schema.upgrade(empty)
    migrated = _shape(empty)

    schema.downgrade(empty, "base")
    with writing(empty) as connection:
        metadata.create_all(connection)

    assert migrated == _shape(empty)


def test_up_down_up_leaves_the_same_tables_and_down_leaves_none(empty: Engine) -> None:
    schema.upgrade(empty)
    once = _shape(empty)

    schema.downgrade(empty, "base")
    assert set(inspect(empty).get_table_names()) <= {"alembic_version"}

    schema.upgrade(empty)
    assert _shape(empty) == once


def test_upgrading_again_keeps_the_data(empty: Engine) -> None:
    schema.upgrade(empty)
    with writing(empty) as connection:
        connection.execute(insert(connections).values(_connection_row()))

    schema.upgrade(empty)

    with reading(empty) as connection:
        assert connection.scalar(text("SELECT count(*) FROM connections")) == 1


def test_an_empty_database_is_reported_with_what_to_do(empty: Engine) -> None:
    state = schema.check(empty)

    assert (state.current, state.head, state.up_to_date) == (None, HEAD, False)
    assert "coupler db upgrade" in state.problems[0]


def test_a_sound_database_has_no_problems(empty: Engine) -> None:
    schema.upgrade(empty)

    assert schema.check(empty) == schema.SchemaState(HEAD, HEAD, up_to_date=True)


def test_a_schema_of_a_newer_version_is_reported_and_not_touched(empty: Engine) -> None:
    schema.upgrade(empty)
    _set_revision(empty, "9999")

    state = schema.check(empty)
    assert not state.up_to_date
    assert "newer version" in state.problems[0]
    with pytest.raises(StorageError, match="newer version"):
        schema.upgrade(empty)


def test_threads_that_upgrade_at_once_do_not_collide(empty: Engine, fresh_database_url: str) -> None:
    engines = [open_engine(fresh_database_url) for _ in range(4)]
    failures: list[Exception] = []

    def run(engine: Engine) -> None:
        try:
            schema.upgrade(engine)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells
            failures.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=run, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert schema.check(empty).up_to_date


def test_processes_that_start_together_on_a_new_file_do_not_collide(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    program = "import sys; from coupler.storage import engine, schema; schema.upgrade(engine.open_engine(sys.argv[1]))"
    processes = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(3)]

    assert [process.wait(60) for process in processes] == [0, 0, 0]
    engine = open_engine(url)
    assert schema.check(engine).up_to_date
    engine.dispose()


def test_remaking_a_table_keeps_what_refers_to_it(tmp_path: Path) -> None:
    """SQLite changes a table by dropping and remaking it; with foreign keys on, its couplings would go along."""
    store = Store.open(f"sqlite:///{tmp_path}/coupler.db", KEYS, SteppedClock())
    schema.upgrade(store.engine)
    store.connections.add(connection(), SECRETS)
    made = coupling()
    assert store.couplings.insert(made, (), ())

    with migrating(store.engine) as database:
        operations = Operations(MigrationContext.configure(database))
        with operations.batch_alter_table("connections", recreate="always") as batch:
            batch.add_column(Column("colour", Text))

    assert store.couplings.get(made.id) == made
    with reading(store.engine) as database:
        assert database.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    store.close()


def test_a_migration_that_fails_half_way_leaves_nothing_behind(empty: Engine) -> None:
    def fail() -> None:
        with migrating(empty) as database:
            metadata.create_all(database)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert inspect(empty).get_table_names() == []
    schema.upgrade(empty)
    assert schema.check(empty).up_to_date


def test_a_row_without_its_connection_is_a_problem(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/broken.db")
    schema.upgrade(engine)
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.execute("INSERT INTO mapping_overrides VALUES ('gone', 'SALESPEOPLE', 1, '{}')")
        driver.execute("PRAGMA foreign_keys=ON")

    assert "mapping_overrides refers to a row of connections" in schema.check(engine).problems[0]
    engine.dispose()


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear Sir or Madam, " * 100)
    engine = open_engine(f"sqlite:///{path}")

    with pytest.raises(StorageError, match="is not an SQLite database"):
        schema.check(engine)
    engine.dispose()


def _set_revision(engine: Engine, revision: str) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def _connection_row() -> dict[str, object]:
    return {
        "name": "cronus",
        "title": "CRONUS",
        "enabled": True,
        "version": 1,
        "created_at": datetime(2026, 11, 23, tzinfo=UTC),
        "settings": {},
        "secrets": {},
    }


def _shape(engine: Engine) -> dict[str, object]:
    """Everything about the tables that has a name, but Alembic's own."""
    found = inspect(engine)
    return {
        table: (
            sorted((column["name"], str(column["type"]), column["nullable"]) for column in found.get_columns(table)),
            found.get_pk_constraint(table),
            sorted(map(str, found.get_foreign_keys(table))),
            sorted(map(str, found.get_unique_constraints(table))),
            sorted(_index(index) for index in found.get_indexes(table)),
        )
        for table in found.get_table_names()
        if table != "alembic_version"
    }


def _index(index: Mapping[str, Any]) -> str:
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return f"{index['name']} {index['column_names']} {index['unique']} {options}"
