"""`coupler sandbox`: the stand-ins for CRM, NAV / Business Central and the identity provider alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from coupler.cli.ending import Ending, until_stdin_closes_option
from coupler.cli.options import json_option
from coupler.cli.ports import AddressUnusable

if TYPE_CHECKING:
    from coupler.sandbox.server import Sandbox


@click.command(short_help="Run stand-ins for NAV, Business Central and CRM alone.")
@click.option("--people", type=click.IntRange(1, 1_000_000), default=60, show_default=True, help="How many there are.")
@click.option("--port", type=click.IntRange(1, 65532), help="Use this port and the next three. [default: any free]")
@click.option("--coupler", "coupler_url", metavar="URL", help="Where Coupler is: the host pages' buttons lead there.")
@until_stdin_closes_option
@json_option
def sandbox(people: int, port: int | None, coupler_url: str | None, *, until_stdin_closes: bool, as_json: bool) -> None:
    """Run NAV, Business Central, CRM and an identity provider to try things on; loopback only.

    Everything is in memory: nothing is kept when it ends. With --json one line is printed once all answer.
    """
    from coupler.cli.render import print_fields, print_json_line, print_line

    ending = Ending(until_stdin_closes=until_stdin_closes)
    ports = (port, port + 1, port + 2, port + 3) if port else (0, 0, 0, 0)
    with sandbox_on(ports, people=people, coupler_url=coupler_url) as running:
        found = running.description
        if as_json:
            print_json_line(found)
        else:
            print_fields(
                {
                    "CRM": found["crm"]["base_url"],
                    "NAV": found["nav"]["base_url"],
                    "Business Central API": found["bc"]["api_url"],
                    "Identity": found["identity"]["issuer"],
                    "Control": found["control"],
                }
            )
            print_line("Credentials: coupler sandbox --json. Ctrl+C stops it.")
        ending.wait()


@contextmanager
def sandbox_on(ports: tuple[int, int, int, int], *, people: int, coupler_url: str | None) -> Iterator[Sandbox]:
    """A sandbox running on these ports (0: any); raises AddressUnusable when one is taken."""
    from coupler.sandbox.server import PortInUse, Sandbox

    running = Sandbox(people=people, ports=ports, coupler_url=coupler_url)
    try:
        running.start()
    except PortInUse as error:
        raise AddressUnusable(
            f"Port {error.port}, wanted for the sandbox's {error.origin}, is taken. Choose others with --port."
        ) from error
    try:
        yield running
    finally:
        running.stop()
