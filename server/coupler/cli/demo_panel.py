"""What the demo tells a person: who to sign in as, and what to click first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from coupler.cli.render import console, plain

if TYPE_CHECKING:
    from coupler.cli.demo_data import Sample


def print_panel(document: Mapping[str, Any], users: Sequence[Mapping[str, Any]], sample: Sample) -> None:
    """Links, people and the first steps; addresses are never cut, so that they can be clicked."""
    from rich.rule import Rule
    from rich.text import Text

    out = console()
    out.print(Rule(Text("Coupler demo", style="bold"), align="left"))
    for heading, lines in _parts(document, users, sample).items():
        out.print(Text(f"\n{heading}", style="bold"))
        for line in lines:
            out.print(Text(f"  {plain(line)}"), soft_wrap=True)
    out.print(Text("\nCtrl+C stops everything.", style="bold"))


def _parts(document: Mapping[str, Any], users: Sequence[Mapping[str, Any]], sample: Sample) -> dict[str, list[str]]:
    links, tokens = document["links"], document["tokens"]
    steps = [
        f"Open the NAV card of {sample.person} and press User: the coupled CRM user opens.",
        "There press Dynamics NAV: back on the card.",
        "On the salesperson JR press Set Up Coupling, choose a user and press OK.",
    ]
    if sample.differing:
        steps.append(f"{sample.differing} differs from CRM: press Synchronize Now on that card.")
    return {
        "Open": [
            f"NAV card        {links['nav_card']}",
            f"CRM user        {links['crm_user']}",
            f"CRM Users list  {links['crm_users']}",
        ],
        "Sign in as": [
            f"{user['name']}, password {user['password']} ({', '.join(user['roles']) or 'no role'})" for user in users
        ],
        "First steps": [f"{number}. {step}" for number, step in enumerate(steps, 1)],
        "For scripts": [
            f"curl -H 'Authorization: Bearer {tokens['operator']}' {document['coupler']}/api/v1/couplings",
            f"API description {document['coupler']}/api/docs, sandbox control {document['control']}",
        ],
    }
