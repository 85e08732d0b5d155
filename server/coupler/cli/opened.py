"""Opening the application for one verb, and finding the connection it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from coupler.domain.errors import InvalidInput, NotCoupled
from coupler.domain.values import key_forms, nav_key
from coupler.engine.ports import CouplingFilter
from coupler.mappings import mapping_named
from coupler.settings import load_settings

if TYPE_CHECKING:
    from coupler.domain.access import Actor
    from coupler.domain.connection import Connection
    from coupler.domain.coupling import Coupling
    from coupler.wiring import App

Row = TypeVar("Row")
_PAGE = 200


@contextmanager
def application() -> Iterator[tuple[App, Actor]]:
    """The use cases on this process' settings, and the administrator who runs the command line.

    A missing SQLite database is made. Logs are silent unless COUPLER_LOG_LEVEL is debug: the verb itself tells.
    """
    from coupler.cli.shapes import representing
    from coupler.cli.tables import prepare_tables
    from coupler.logs import configure_logs
    from coupler.wiring import build, cli_actor

    settings = load_settings()
    configure_logs("debug" if settings.log_level == "debug" else "critical", settings.log_format)
    if settings.is_sqlite and not settings.sqlite_file.exists():
        prepare_tables(settings)
    app = build(settings)
    try:
        with representing(app):
            yield app, cli_actor()
    finally:
        app.close()


def pick_connection(app: App, actor: Actor, name: str | None) -> Connection:
    """The named connection, or the only one; raises ConnectionUnknown or InvalidInput."""
    if name is not None:
        return app.connections.get(name, actor)
    known = app.connections.all(actor)
    if len(known) == 1:
        return known[0]
    if not known:
        raise InvalidInput("There is no connection yet. Add one with `coupler connection add`.")
    names = ", ".join(connection.name for connection in known)
    raise InvalidInput(
        f"There are several connections ({names}): say which with --connection.",
        errors={"connection": ["Missing."]},
    )


def all_pages(read: Callable[[int, str | None], tuple[Sequence[Row], str | None]], most: int | None) -> list[Row]:
    """Every row of a paged list, or the first `most`."""
    rows: list[Row] = []
    cursor: str | None = None
    while most is None or len(rows) < most:
        page, cursor = read(_PAGE if most is None else min(_PAGE, most - len(rows)), cursor)
        rows.extend(page)
        if cursor is None:
            break
    return rows[:most]


def coupling_of(app: App, actor: Actor, connection: str, mapping: str, key: str) -> Coupling:
    """The coupling of a salesperson; raises NotCoupled. A code typed in small letters is found too."""
    wanted = nav_key(key)
    for attempt in key_forms(wanted):
        which = CouplingFilter(frozenset({connection}), mapping_named(mapping).name, nav_key=attempt)
        found, _ = app.couplings.find(which, 1, None, actor)
        if found:
            return found[0]
    raise NotCoupled(f"The salesperson {wanted} has no coupling in the connection {connection}.")
