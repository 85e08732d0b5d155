"""The command line: one file per group of verbs. It asks the use cases and shows their answers; it decides nothing.

Importing it costs little: a verb imports what it needs when it runs (performance 7).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from coupler.cli.options import CONTEXT

# Verb -> module of this package and the name of its command there.
VERBS = {
    "demo": "demo:demo",
    "serve": "serve:serve",
    "sandbox": "sandbox:sandbox",
    "db": "database:database",
    "config": "config:config",
    "connection": "connection:connection",
    "token": "tokens:token",
    "mapping": "mapping:mapping",
    "couplings": "couplings:couplings",
    "couple": "couplings:couple",
    "uncouple": "couplings:uncouple",
    "compare": "comparison:compare",
    "open": "links:open_record",
    "users": "people:users",
    "salespeople": "people:salespeople",
    "sync": "synchronize:sync",
    "history": "history:history",
    "undo": "history:undo",
    "manifest": "manifest:manifest",
}


class Verbs(click.Group):
    """The verbs in the order people meet them, each found when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All verbs."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The verb of that name."""
        if cmd_name not in VERBS:
            return None
        module, _, name = VERBS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"coupler.cli.{module}"), name)
        return command


@click.command(cls=Verbs, context_settings=CONTEXT)
@click.version_option(package_name="dynamics-coupler", prog_name="coupler")
def cli() -> None:
    """Couples NAV salespeople with CRM users, opens each from the other and keeps mapped fields equal.

    Begin with `coupler demo`. Exit codes: 0 done, 1 partly failed, 2 wrong usage or settings, 3 a system could not
    be reached, 4 refused. Settings come from the environment: `coupler config check`.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """The command `coupler`: runs a verb and ends the process with its exit code."""
    from coupler.cli.failures import run

    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(run(cli, given))
