"""`coupler open`: where a record's partner opens."""

from __future__ import annotations

import click

from coupler.cli.options import json_option


@click.command(name="open", short_help="Print the deep link to a record's partner.")
@click.argument("system", type=click.Choice(["nav", "crm"]))
@click.argument("key", metavar="KEY_OR_ID")
@click.option("-c", "--connection", metavar="NAME", help="In this connection only.")
@click.option("--company", metavar="NAME", help="In this NAV company only.")
@click.option("--org", metavar="NAME_OR_URL", help="In this CRM organization only.")
@click.option("--tenant", metavar="NAME", help="In this NAV tenant only.")
@json_option
def open_record(
    system: str,
    key: str,
    connection: str | None,
    company: str | None,
    org: str | None,
    tenant: str | None,
    *,
    as_json: bool,
) -> None:
    """Print the deep link to the partner of a salesperson (nav KEY) or of a CRM user (crm ID).

    One line per partner; ends with 4 when the record is not coupled.
    """
    from coupler.cli import shapes
    from coupler.cli.failures import REFUSED
    from coupler.cli.opened import application
    from coupler.cli.render import print_json, print_line
    from coupler.domain.errors import NotCoupled
    from coupler.domain.records import System
    from coupler.engine.deep_links import Place
    from coupler.mappings import MAPPINGS

    where = System(system)
    table = MAPPINGS[0].nav.name if where is System.NAV else MAPPINGS[0].crm.name
    with application() as (app, actor):
        if connection:
            app.connections.get(connection, actor)
        found = app.deep_links.resolve(Place(where, table, key, company, org, tenant, connection), actor)
        shown = shapes.link(found)
    if as_json:
        print_json(shown)
        click.get_current_context().exit(0 if found.partners else REFUSED)
    if not found.partners:
        raise NotCoupled(f"{key[:60]} is not coupled.")
    for partner in found.partners:
        print_line(partner.url or partner.problem)
