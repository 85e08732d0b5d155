"""`coupler connection`: joining a NAV company with a CRM organization."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from coupler.cli.connection_options import connection_options
from coupler.cli.options import json_option

_HEADINGS = ("Check", "Outcome", "Detail", "What to do")


@click.group(short_help="Join a NAV company with a CRM organization.")
def connection() -> None:
    """Add, list, show, test and remove connections: one NAV company joined with one CRM organization."""


@connection.command()
@click.argument("name", metavar="[NAME]", required=False)
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="JSON",
    help="Everything from a file in the form of the API's POST /connections; options add to it.",
)
@connection_options
@click.option(
    "--secrets-stdin", is_flag=True, help='Read {"crm": {...}, "nav": {...}} with secrets from standard input.'
)
@click.option("--no-test", is_flag=True, help="Do not test the connection afterwards.")
@json_option
def add(
    name: str | None, file: Path | None, *, secrets_stdin: bool, no_test: bool, as_json: bool, **options: str | None
) -> None:
    """Add a connection and test it.

    A secret is asked for, or read from a file or standard input: as an argument every process list would show it.
    Ends with 1 when the connection was added but its test found a failure.
    """
    from coupler.cli.connection_input import body_of, connection_of
    from coupler.cli.failures import DONE, PARTLY_FAILED
    from coupler.cli.opened import application
    from coupler.cli.render import print_json, print_line

    wanted, secrets = connection_of(body_of(name, file, options, secrets_stdin=secrets_stdin))
    with application() as (app, actor):
        added = app.connections.add(wanted, secrets, actor)
        shown = _shape(app, actor, added.name)
        if not as_json:
            print_line(f"Added the connection {added.name}.")
        checks = [] if no_test else _checks(app, actor, added.name)
    if as_json:
        print_json({"connection": shown, "checks": checks})
    elif not no_test:
        _print_checks(checks)
    click.get_current_context().exit(PARTLY_FAILED if _has_failed(checks) else DONE)


@connection.command(name="list")
@json_option
def list_(*, as_json: bool) -> None:
    """List all connections."""
    from coupler.cli.opened import application
    from coupler.cli.render import print_json, print_table

    with application() as (app, actor):
        found = [_shape(app, actor, each.name) for each in app.connections.all(actor)]
    if as_json:
        print_json(found)
        return
    rows = [
        (each["name"], each["title"], each["nav"]["company"], each["nav"]["service_url"], each["crm"]["base_url"])
        for each in found
    ]
    empty = "There are no connections. Add one: coupler connection add --help"
    print_table(("Name", "Title", "NAV company", "NAV service", "CRM organization"), rows, empty=empty)


@connection.command()
@click.argument("name")
@json_option
def show(name: str, *, as_json: bool) -> None:
    """Show a connection, without secrets."""
    from coupler.cli.opened import application
    from coupler.cli.render import print_fields, print_json

    with application() as (app, actor):
        shown = _shape(app, actor, name)
    print_json(shown) if as_json else print_fields(_flat(shown))


@connection.command()
@click.argument("name")
@json_option
def test(name: str, *, as_json: bool) -> None:
    """Test both sides line by line, each failure with what to do. Ends with 3 when a line failed."""
    from coupler.cli.failures import DONE, UNREACHABLE
    from coupler.cli.opened import application
    from coupler.cli.render import print_json

    with application() as (app, actor):
        checks = _checks(app, actor, name)
    print_json(checks) if as_json else _print_checks(checks)
    click.get_current_context().exit(UNREACHABLE if _has_failed(checks) else DONE)


@connection.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def remove(name: str, *, yes: bool, as_json: bool) -> None:
    """Remove a connection with its couplings. Records in NAV and CRM and the history stay."""
    from coupler.cli.opened import application
    from coupler.cli.render import print_json, print_line

    with application() as (app, actor):
        found = app.connections.get(name, actor)
        if not yes:
            if not sys.stdin.isatty():
                raise click.UsageError("Nobody can be asked here: confirm with --yes.")
            click.confirm(f"Remove {name} with all its couplings?", abort=True, err=True)
        app.connections.remove(name, found.version, actor)
    print_json({"removed": name}) if as_json else print_line(f"Removed the connection {name}.")


def _shape(app: Any, actor: Any, name: str) -> dict[str, Any]:
    from coupler.cli import shapes

    return shapes.connection(app.connections.get(name, actor), app.connections.secret_names(name))


def _checks(app: Any, actor: Any, name: str) -> list[dict[str, Any]]:
    from coupler.cli import shapes

    return [shapes.check(line) for line in app.connections.test(name, actor)]


def _has_failed(checks: Sequence[Mapping[str, Any]]) -> bool:
    return any(line["status"] == "fail" for line in checks)


def _print_checks(checks: Sequence[Mapping[str, Any]]) -> None:
    from coupler.cli.render import marked, print_table

    rows = [(line["check"], marked(line["status"]), line["detail"], line["fix"]) for line in checks]
    print_table(_HEADINGS, rows, empty="There was nothing to check.")


def _flat(shown: Mapping[str, Any], path: str = "") -> dict[str, object]:
    """Nested fields as `nav.sign_in.kind`; empty ones left out."""
    found: dict[str, object] = {}
    for name, value in shown.items():
        if isinstance(value, Mapping):
            found.update(_flat(value, f"{path}{name}."))
        elif value not in (None, ""):
            found[f"{path}{name}"] = value
    return found
