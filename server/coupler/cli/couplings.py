"""`coupler couplings`, `couple` and `uncouple`."""

from __future__ import annotations

import click

from coupler.cli.options import connection_option, json_option, limit_option, mapping_option

STATES = ("in_step", "differs", "never_synchronized", "failed", "skipped", "broken")


@click.group()
def couplings() -> None:
    """Look at couplings."""


@couplings.command(name="list")
@connection_option
@click.option("--mapping", metavar="NAME", help="Of this integration table mapping only.")
@click.option("--nav-key", metavar="CODE", help="Of this salesperson only.")
@click.option("--crm-id", metavar="GUID", help="Of this CRM user only.")
@click.option("--state", type=click.Choice(STATES), help="In this state only.")
@click.option("-q", "--search", metavar="TEXT", help="With this text in code or name.")
@limit_option
@json_option
def list_(
    connection: str | None,
    mapping: str | None,
    nav_key: str | None,
    crm_id: str | None,
    state: str | None,
    search: str | None,
    limit: int | None,
    *,
    as_json: bool,
) -> None:
    """List couplings, of every connection unless one is named."""
    from coupler.cli.opened import all_pages, application
    from coupler.cli.render import print_json, print_table
    from coupler.cli.shapes import Shapes
    from coupler.domain.coupling import State
    from coupler.domain.values import guid
    from coupler.engine.ports import CouplingFilter

    which = CouplingFilter(
        connections=frozenset({connection}) if connection else None,
        mapping=mapping.upper() if mapping else None,
        nav_key=nav_key,
        crm_id=guid(crm_id) if crm_id else None,
        state=State(state) if state else None,
        text=search,
    )
    with application() as (app, actor):
        if connection:
            app.connections.get(connection, actor)
        found = all_pages(lambda size, cursor: app.couplings.find(which, size, cursor, actor), limit)
        shapes = Shapes(app, actor)
        shown = [shapes.coupling(each) for each in found]
    if as_json:
        print_json(shown)
        return
    rows = [
        (
            each["connection"],
            each["nav"]["key"],
            each["nav"]["name"],
            each["crm"]["name"],
            each["state"].replace("_", " "),
            each["last_synchronized_at"],
        )
        for each in shown
    ]
    headings = ("Connection", "Code", "Salesperson", "User", "State", "Last synchronized")
    print_table(headings, rows, empty="There are no such couplings.")


@couplings.command()
@click.argument("nav_key", metavar="NAV_KEY")
@connection_option
@mapping_option
@json_option
def show(nav_key: str, connection: str | None, mapping: str, *, as_json: bool) -> None:
    """Show the coupling of a salesperson."""
    from coupler.cli.opened import application, coupling_of, pick_connection
    from coupler.cli.render import print_fields, print_json
    from coupler.cli.shapes import Shapes

    with application() as (app, actor):
        found = coupling_of(app, actor, pick_connection(app, actor, connection).name, mapping, nav_key)
        shown = Shapes(app, actor).coupling(found)
    if as_json:
        print_json(shown)
        return
    error = shown["last_error"] or {}
    print_fields(
        {
            "Salesperson": f"{shown['nav']['key']} {shown['nav']['name']}",
            "Salesperson opens at": shown["nav"]["url"],
            "User": f"{shown['crm']['name']} {shown['crm']['id']}",
            "User opens at": shown["crm"]["url"],
            "State": shown["state"].replace("_", " "),
            "Last synchronized": shown["last_synchronized_at"] or "never",
            "Last error": error.get("message", ""),
            "Made": f"{shown['created_at']} by {shown['created_by']} ({shown['origin']})",
            "Id": shown["id"],
        }
    )


@click.command()
@click.argument("nav_key", metavar="NAV_KEY")
@click.argument("crm_id", metavar="CRM_ID")
@click.option(
    "--synchronize",
    type=click.Choice(["no", "use_crm_data", "use_nav_data"]),
    default="no",
    show_default=True,
    help="Synchronize after coupling.",
)
@click.option("--move", is_flag=True, help="End couplings that stand in the way.")
@connection_option
@mapping_option
@json_option
def couple(
    nav_key: str, crm_id: str, synchronize: str, connection: str | None, mapping: str, *, move: bool, as_json: bool
) -> None:
    """Couple a salesperson with a CRM user.

    Ends with 1 when the coupling was made but the synchronization failed.
    """
    from coupler.cli.failures import PARTLY_FAILED
    from coupler.cli.opened import application, pick_connection
    from coupler.cli.outcomes import tell_outcome
    from coupler.cli.render import print_json, print_line
    from coupler.cli.shapes import Shapes
    from coupler.engine.couplings import CoupleOrder, SynchronizeAfterCoupling

    with application() as (app, actor):
        name = pick_connection(app, actor, connection).name
        after = SynchronizeAfterCoupling(synchronize)
        made = app.couplings.set_up(CoupleOrder(name, mapping.upper(), nav_key, crm_id, after, move), actor)
        shown = Shapes(app, actor).set_up(made)
    if as_json:
        print_json(shown)
    else:
        found = made.coupling
        verb = "Coupled" if made.created else "Already coupled:"
        print_line(f"{verb} {found.nav_name} ({found.nav_key}) with {found.crm_name}.")
        if made.outcome:
            tell_outcome(made.outcome, dry_run=False)
        if made.failure:
            print_line(f"Synchronizing failed; the coupling stays. {made.failure.message} {made.failure.fix}")
    if made.failure is not None:
        click.get_current_context().exit(PARTLY_FAILED)


@click.command(short_help="Delete the coupling of a salesperson.")
@click.argument("nav_key", metavar="NAV_KEY")
@connection_option
@mapping_option
@json_option
def uncouple(nav_key: str, connection: str | None, mapping: str, *, as_json: bool) -> None:
    """Delete the coupling of a salesperson; both records stay as they are."""
    from coupler.cli.opened import application, coupling_of, pick_connection
    from coupler.cli.render import print_json, print_line
    from coupler.cli.shapes import Shapes

    with application() as (app, actor):
        found = coupling_of(app, actor, pick_connection(app, actor, connection).name, mapping, nav_key)
        entry = app.couplings.remove(found.id, found.version, actor)
        shown = Shapes(app, actor).history_entry(entry)
    if as_json:
        print_json(shown)
    else:
        print_line(f"Deleted the coupling of {found.nav_name} ({found.nav_key}) with {found.crm_name}.")
        print_line(f"To take it back: coupler undo {entry.id}")
