"""A world per test on an SQLite file of its own, copied from one that was migrated once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from tests.api.world import World, build, people
from tests.fakes.clock import SteppedClock

from coupler.storage import Store, schema
from coupler.storage.engine import open_engine

KEYS = (Fernet.generate_key().decode(),)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database."""
    path = tmp_path_factory.mktemp("template") / "coupler.db"
    engine = open_engine(f"sqlite:///{path}")
    schema.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def store(template: Path, tmp_path: Path, clock: SteppedClock) -> Iterator[Store]:
    """An empty store."""
    path = tmp_path / "coupler.db"
    shutil.copy(template, path)
    store = Store.open(f"sqlite:///{path}", KEYS, clock)
    yield store
    store.close()


@pytest.fixture
def empty(store: Store, clock: SteppedClock) -> World:
    """Without a connection."""
    return build(store, clock)


@pytest.fixture
def world(empty: World) -> World:
    """With one connection and a few people."""
    people(empty)
    empty.add_connection()
    return empty
