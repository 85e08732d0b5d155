"""`coupler compare`: the Coupled Records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coupler.cli.options import connection_option, json_option, mapping_option

if TYPE_CHECKING:
    from coupler.domain.comparison import ComparisonRow


@click.command(short_help="Show both sides of a pair, field by field.")
@click.argument("nav_key", metavar="NAV_KEY")
@click.argument("crm_id", metavar="[CRM_ID]", required=False)
@connection_option
@mapping_option
@json_option
def compare(nav_key: str, crm_id: str | None, connection: str | None, mapping: str, *, as_json: bool) -> None:
    """Show a salesperson and a CRM user side by side, read live; without CRM_ID the coupled one."""
    from coupler.cli.opened import application, pick_connection
    from coupler.cli.render import print_json, print_line, print_table
    from coupler.cli.shapes import Shapes

    with application() as (app, actor):
        name = pick_connection(app, actor, connection).name
        view = app.couplings.compare(name, mapping, nav_key, crm_id, actor)
        shown = Shapes(app, actor).comparison(view, name, mapping)
    if as_json:
        print_json(shown)
        return
    if view.crm is None and view.coupling is not None:
        print_line(f"{view.coupling.crm_name}, to whom {nav_key} is coupled, cannot be found in CRM.")
    elif view.crm is None:
        print_line(f"{nav_key} has no coupling; name a CRM user to compare with.")
    rows = [
        ("=" if not row.differs else "#", row.nav_field, row.nav_value, row.crm_value, _note(row))
        for row in view.comparison.rows
    ]
    print_table(("", "Field", "NAV", "CRM", "After synchronizing"), rows, empty="The mapping has no fields.")
    if view.crm is not None:
        print_line(f"{view.comparison.differing} fields differ (#).")
    for reason in view.not_eligible:
        print_line(f"The CRM user {reason}, so it cannot be coupled.")


def _note(row: ComparisonRow) -> str:
    if row.refused:
        return "refused: does not fit"
    if row.cut:
        return f"{row.result_value} ({row.cut} characters will be cut)"
    if row.blanks:
        return "(would be blanked)"
    if row.kept:
        return f"{row.result_value} (kept: CRM is blank)"
    return row.result_value if row.differs else ""
