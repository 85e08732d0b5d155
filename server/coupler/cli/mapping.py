"""`coupler mapping`: what a connection does with an integration table mapping."""

from __future__ import annotations

from dataclasses import replace

import click

from coupler.cli.options import connection_option, json_option

_NAME = "SALESPEOPLE"


@click.group(short_help="Look at mappings and set their rules.")
def mapping() -> None:
    """Look at integration table mappings and set their rules."""


@mapping.command(name="list")
@connection_option
@json_option
def list_(connection: str | None, *, as_json: bool) -> None:
    """List a connection's mappings with their fields."""
    from coupler.cli import shapes
    from coupler.cli.opened import application, pick_connection
    from coupler.cli.render import print_json, print_line, print_table

    with application() as (app, actor):
        name = pick_connection(app, actor, connection).name
        found = [shapes.mapping(*each) for each in app.connections.mappings(name, actor)]
    if as_json:
        print_json(found)
        return
    for each in found:
        print_line(f"{each['name']}: {each['direction']}, {'enabled' if each['enabled'] else 'disabled'}")
        rows = [
            (f["nav_field"], f["crm_field"], f["direction"], f["blank"], f["truncation"], f["enabled"])
            for f in each["fields"]
        ]
        print_table(("NAV field", "CRM field", "Direction", "Blank", "Too long", "Enabled"), rows, empty="No fields.")


@mapping.command(name="set")
@click.argument("name", metavar="[MAPPING]", default=_NAME)
@click.option("--enable/--disable", default=None, help="The whole mapping.")
@click.option("--field", metavar="NAV_FIELD", help='The field the next three are about, for instance "Phone No.".')
@click.option("--blank", type=click.Choice(["keep", "clear"]), help="What a blank CRM value does to a filled one.")
@click.option("--too-long", type=click.Choice(["cut", "refuse"]), help="What is done with a value that does not fit.")
@click.option("--enable-field/--disable-field", default=None, help="Whether the field takes part.")
@connection_option
@json_option
def set_(
    name: str,
    field: str | None,
    blank: str | None,
    too_long: str | None,
    connection: str | None,
    *,
    enable: bool | None,
    enable_field: bool | None,
    as_json: bool,
) -> None:
    """Set rules of a mapping in one connection; what is not named stays as it is."""
    from coupler.cli import shapes
    from coupler.cli.opened import application, pick_connection
    from coupler.cli.render import print_json, print_line
    from coupler.domain.mapping import BlankRule, FieldOverride, TruncationRule
    from coupler.mappings import mapping_named

    if field is None and (blank or too_long or enable_field is not None):
        raise click.UsageError("Name the field with --field.")
    known = mapping_named(name)
    with application() as (app, actor):
        owner = pick_connection(app, actor, connection).name
        present = next(o for used, o in app.connections.mappings(owner, actor) if used.name == known.name)
        lines = dict(present.fields or {})
        if field is not None:
            line = lines.get(field, FieldOverride())
            lines[field] = FieldOverride(
                BlankRule(blank) if blank else line.blank,
                TruncationRule(too_long) if too_long else line.truncation,
                line.enabled if enable_field is None else enable_field,
            )
        wanted = replace(present, fields=lines, enabled=present.enabled if enable is None else enable)
        shown = shapes.mapping(*app.connections.change_mapping(owner, known.name, wanted, actor))
    if as_json:
        print_json(shown)
    else:
        print_line(f"Set {known.name} of {owner}.")
