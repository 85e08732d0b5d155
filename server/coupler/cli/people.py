"""`coupler users` and `coupler salespeople`: both sides' people with who is coupled to whom."""

from __future__ import annotations

from typing import Any

import click

from coupler.cli.options import connection_option, json_option, limit_option, mapping_option

_coupled_option = click.option("--coupled/--not-coupled", default=None, help="Only those with or without a coupling.")
_search_option = click.option("-q", "--search", metavar="TEXT", help="Whose name, code or e-mail has this text.")


@click.command(short_help="List CRM users with their salesperson.")
@connection_option
@mapping_option
@_coupled_option
@_search_option
@click.option("--everyone", is_flag=True, help="Also disabled, unlicensed and integration users.")
@limit_option
@json_option
def users(**options: Any) -> None:
    """List CRM users with their salesperson, read live."""
    rows = _read(options, "users")
    _print(
        rows,
        ("Name", "E-mail", "Mobile phone", "Salesperson", "Id"),
        ("name", "email", "phone", "salesperson", "id"),
        as_json=options["as_json"],
    )


@click.command(short_help="List NAV salespeople with their CRM user.")
@connection_option
@mapping_option
@_coupled_option
@_search_option
@limit_option
@json_option
def salespeople(**options: Any) -> None:
    """List NAV salespeople with their CRM user's id, read live."""
    rows = _read({**options, "everyone": False}, "salespeople")
    _print(
        rows,
        ("Code", "Name", "E-mail", "Phone", "User"),
        ("key", "name", "email", "phone", "user"),
        as_json=options["as_json"],
    )


def _read(options: dict[str, Any], which: str) -> list[dict[str, Any]]:
    from coupler.cli.opened import all_pages, application, pick_connection
    from coupler.cli.shapes import Shapes
    from coupler.engine.directory import Wanted

    with application() as (app, actor):
        wanted = Wanted(
            pick_connection(app, actor, options["connection"]).name,
            options["mapping"].upper(),
            options["coupled"],
            options["search"],
            options["everyone"],
        )
        read = app.directory.users if which == "users" else app.directory.salespeople
        found = all_pages(lambda size, cursor: read(wanted, size, cursor, actor), options["limit"])
        shapes = Shapes(app, actor)
        shape = shapes.users if which == "users" else shapes.salespeople
        return shape(found, wanted.connection, wanted.mapping)


def _print(rows: list[dict[str, Any]], headings: tuple[str, ...], fields: tuple[str, ...], *, as_json: bool) -> None:
    from coupler.cli.render import print_json, print_table

    if as_json:
        print_json(rows)
    else:
        print_table(headings, [[row[field] for field in fields] for row in rows], empty="There are none.")
