"""`coupler sync`: carrying data from CRM to NAV."""

from __future__ import annotations

import click

from coupler.cli.options import connection_option, json_option, mapping_option


@click.group()
def sync() -> None:
    """Synchronize: NAV takes the values of CRM."""


@sync.command()
@click.argument("nav_key", metavar="NAV_KEY")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--force", is_flag=True, help="Overwrite NAV values that changed since the last synchronization.")
@connection_option
@mapping_option
@json_option
def one(nav_key: str, connection: str | None, mapping: str, *, dry_run: bool, force: bool, as_json: bool) -> None:
    """Synchronize Now for one salesperson."""
    from coupler.cli.opened import application, coupling_of, pick_connection
    from coupler.cli.outcomes import tell_outcome
    from coupler.cli.render import print_json
    from coupler.cli.shapes import Shapes
    from coupler.domain.mapping import Direction

    with application() as (app, actor):
        found = coupling_of(app, actor, pick_connection(app, actor, connection).name, mapping, nav_key)
        outcome = app.couplings.synchronize(
            found.id, actor, direction=Direction.FROM_INTEGRATION_TABLE, force=force, dry_run=dry_run
        )
        shown = Shapes(app, actor).synchronization(outcome)
    if as_json:
        print_json(shown)
    else:
        tell_outcome(outcome, dry_run=dry_run)
