"""`coupler db`: the tables of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coupler.cli.options import json_option

if TYPE_CHECKING:
    from coupler.storage.schema import SchemaState


@click.group(name="db")
def database() -> None:
    """Make, update and check the database's tables."""


@database.command()
@json_option
def upgrade(*, as_json: bool) -> None:
    """Make the tables, or bring them up to date; does nothing when they are. Make a backup first.

    SQLite's are kept up to date by the other verbs too, PostgreSQL's only by this one and `coupler serve --upgrade`.
    """
    from coupler.cli.tables import upgrade_tables
    from coupler.settings import load_settings

    _show(upgrade_tables(load_settings()), as_json=as_json)


@database.command()
@json_option
def check(*, as_json: bool) -> None:
    """Check that the database can be reached, its tables fit this version and nothing is damaged."""
    from coupler.cli.failures import REFUSED
    from coupler.cli.tables import check_tables
    from coupler.settings import load_settings

    state = check_tables(load_settings())
    _show(state, as_json=as_json)
    if state.problems:
        click.get_current_context().exit(REFUSED)


def _show(state: SchemaState, *, as_json: bool) -> None:
    from coupler.cli.render import print_json, print_line

    if as_json:
        print_json(
            {
                "current": state.current,
                "head": state.head,
                "up_to_date": state.up_to_date,
                "problems": list(state.problems),
            }
        )
        return
    for problem in state.problems:
        print_line(problem)
    if not state.problems:
        print_line(f"The tables are up to date (revision {state.current}).")
