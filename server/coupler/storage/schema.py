"""The state of the schema: bringing it up to date and looking whether it is sound."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from coupler.domain.errors import StorageError
from coupler.storage.engine import migrating, reading

_SCRIPTS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The revision found, the one this version of Coupler needs, and what is wrong, in sentences."""

    current: str | None
    head: str
    up_to_date: bool
    problems: tuple[str, ...] = ()


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to a revision, all or nothing. Processes that start together take turns.

    Raises StorageError when a newer Coupler made the schema.
    """
    with migrating(engine) as connection:
        _require_known(connection)
        command.upgrade(_config(connection), revision)
        _require_references(connection)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema back to an earlier revision, all or nothing; `base` removes every table and all data."""
    with migrating(engine) as connection:
        _require_known(connection)
        command.downgrade(_config(connection), revision)
        _require_references(connection)


def check(engine: Engine) -> SchemaState:
    """The state of the schema; on SQLite also PRAGMA quick_check and foreign_key_check. Changes nothing."""
    with reading(engine) as connection:
        current, head = _current(connection), _head()
        problems = (*_revision_problems(current), *_file_problems(connection), *_broken_references(connection))
    return SchemaState(current, head, current == head, problems)


def is_current(engine: Engine) -> bool:
    """Whether the schema is the one this version needs; one small read. Raises StorageError without a database."""
    with reading(engine) as connection:
        return _current(connection) == _head()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_SCRIPTS))


def _head() -> str:
    head = _scripts().get_current_head()
    if head is None:
        raise StorageError("This installation of Coupler carries no migrations. Install it again.")
    return head


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _revision_problems(current: str | None) -> tuple[str, ...]:
    if current is None:
        return ("The database has no tables yet. Run `coupler db upgrade`.",)
    if current not in {script.revision for script in _scripts().walk_revisions()}:
        return (f"The schema has revision {current}, made by a newer version of Coupler. Install that version.",)
    if current != _head():
        return (f"The schema has revision {current}, this version needs {_head()}. Run `coupler db upgrade`.",)
    return ()


def _require_known(connection: Connection) -> None:
    current = _current(connection)
    if current is not None and current not in {script.revision for script in _scripts().walk_revisions()}:
        raise StorageError(_revision_problems(current)[0])


def _require_references(connection: Connection) -> None:
    broken = _broken_references(connection)
    if broken:
        raise StorageError(f"The migration was undone. {broken[0]}")


def _file_problems(connection: Connection) -> tuple[str, ...]:
    if connection.dialect.name != "sqlite":
        return ()
    found = connection.exec_driver_sql("PRAGMA quick_check").scalars().all()
    return tuple(f"The database file is damaged: {line}." for line in found if line != "ok")


def _broken_references(connection: Connection) -> tuple[str, ...]:
    if connection.dialect.name != "sqlite":
        return ()
    found = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return tuple(f"A row of {row[0]} refers to a row of {row[2]} that does not exist." for row in found)
