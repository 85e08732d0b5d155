"""`coupler history` and `coupler undo`: what was done, and taking it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from coupler.cli.options import json_option


@click.command(short_help="List what was done, newest first.")
@click.option("-c", "--connection", metavar="NAME", help="Of this connection only.")
@click.option("--coupling", metavar="ID", help="Of this coupling only.")
@click.option("--by", metavar="NAME", help="What this person or token did.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="From this day or time (UTC).")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Show at most this many.")
@json_option
def history(
    connection: str | None,
    coupling: str | None,
    by: str | None,
    since: datetime | None,
    limit: int,
    *,
    as_json: bool,
) -> None:
    """List what was done, newest first, with the values before and after."""
    from coupler.cli.opened import all_pages, application
    from coupler.cli.render import print_json, print_table
    from coupler.cli.shapes import Shapes
    from coupler.engine.ports import HistoryFilter

    which = HistoryFilter(
        frozenset({connection}) if connection else None, coupling, by, since.replace(tzinfo=UTC) if since else None
    )
    with application() as (app, actor):
        if connection:
            app.connections.get(connection, actor)
        found = all_pages(lambda size, cursor: app.history.find(which, size, cursor, actor), limit)
        shapes = Shapes(app, actor)
        shown = [shapes.history_entry(entry) for entry in found]
    if as_json:
        print_json(shown)
        return
    rows = [
        (
            each["at"],
            each["by"],
            each["deed"],
            each["stage"],
            each["nav"]["key"],
            each["crm"]["name"],
            _changes(each),
            each["id"],
        )
        for each in shown
    ]
    headings = ("At", "By", "What", "Stage", "Code", "User", "Changes", "Id")
    print_table(headings, rows, empty="Nothing was done yet.")


def _changes(entry: Mapping[str, Any]) -> str:
    names = dict.fromkeys((*entry["before"], *entry["after"]))
    return "; ".join(f"{name}: {entry['before'].get(name, '')} > {entry['after'].get(name, '')}" for name in names)


@click.command(short_help="Take back one entry of the history.")
@click.argument("entry", metavar="ID")
@json_option
def undo(entry: str, *, as_json: bool) -> None:
    """Take back one entry of the history; refused when the record changed since."""
    from coupler.cli.opened import application
    from coupler.cli.render import print_json, print_line
    from coupler.cli.shapes import Shapes

    with application() as (app, actor):
        undone = app.history.undo(entry, actor)
        shown = Shapes(app, actor).undone(undone)
    if as_json:
        print_json(shown)
    else:
        print_line(f"Taken back for {undone.entry.nav_name} ({undone.entry.nav_key}) and {undone.entry.crm_name}.")
