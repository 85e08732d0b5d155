"""`coupler token`: API tokens for scripts and buttons."""

from __future__ import annotations

import re
from datetime import timedelta

import click

from coupler.cli.options import json_option

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


class Life(click.ParamType[timedelta]):
    """A time span like 12h, 90d or 8w."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """From its text; anything else is wrong usage."""
        match = re.fullmatch(r"([1-9]\d{0,3})([hdw])", str(value).strip().lower())
        if match is None:
            self.fail(f"{str(value)[:40]!r} is no time span. Examples: 12h, 90d, 8w.", param, ctx)
        return timedelta(**{_UNITS[match[2]]: int(match[1])})


@click.group()
def token() -> None:
    """Create, list and revoke API tokens."""


@token.command()
@click.option("--role", type=click.Choice(["reader", "operator", "admin"]), required=True, help="What it may do.")
@click.option("--name", help="Whose it is. [default: the role and who made it]")
@click.option("--connection", "connections", metavar="NAME", multiple=True, help="For these only; may be repeated.")
@click.option("--expires", type=Life(), default="90d", show_default=True, help="How long it is valid.")
@json_option
def create(role: str, name: str | None, connections: tuple[str, ...], expires: timedelta, *, as_json: bool) -> None:
    """Create a token and print it. It is shown this once; Coupler keeps a hash of it only."""
    from coupler.cli import shapes
    from coupler.cli.opened import application
    from coupler.cli.render import print_json, print_line
    from coupler.domain.access import Role

    with application() as (app, actor):
        text, made = app.access.create_token(
            name or f"{role} by {actor.name}",
            Role[role.upper()],
            frozenset(connections) or None,
            expires,
            actor,
        )
    if as_json:
        print_json({**shapes.token(made), "token": text})
    else:
        print_line(text)
        click.echo(f"Role {role}, valid until {made.expires_at:%Y-%m-%d}. It is shown this once.", err=True)


@token.command(name="list")
@json_option
def list_(*, as_json: bool) -> None:
    """List all tokens, without their text."""
    from coupler.cli import shapes
    from coupler.cli.opened import application
    from coupler.cli.render import print_json, print_table

    with application() as (app, actor):
        found = [shapes.token(each) for each in app.access.tokens(actor)]
    if as_json:
        print_json(found)
        return
    rows = [
        (
            each["id"],
            each["name"],
            each["role"],
            ", ".join(each["connections"] or ()) or "all",
            each["expires_at"] or "never",
            each["revoked_at"],
        )
        for each in found
    ]
    headings = ("Id", "Name", "Role", "Connections", "Valid until", "Revoked")
    print_table(headings, rows, empty="There are no tokens. Create one: coupler token create --role reader")


@token.command()
@click.argument("token_id", metavar="ID")
@json_option
def revoke(token_id: str, *, as_json: bool) -> None:
    """Revoke a token at once; ID as `coupler token list` shows it."""
    from coupler.cli import shapes
    from coupler.cli.opened import application
    from coupler.cli.render import print_json, print_line

    with application() as (app, actor):
        found = app.access.revoke_token(token_id, actor)
    if as_json:
        print_json(shapes.token(found))
    else:
        print_line(f"Revoked {found.name}.")
