"""Telling a person what a synchronization did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coupler.cli.render import print_line, print_table

if TYPE_CHECKING:
    from coupler.engine.synchronizer import Outcome

_QUESTIONS = {
    "nav_is_newer": "NAV was changed after the last synchronization and CRM was not.",
    "both_changed": "Both sides changed since the last synchronization, or were never synchronized.",
}


def tell_outcome(outcome: Outcome, *, dry_run: bool) -> None:
    """The changes as a table, warnings, and how to take it back."""
    if not outcome.changes:
        print_line("Nothing to change: the mapped fields are equal.")
    else:
        print_line("Would change in NAV:" if dry_run else "Changed in NAV:")
        rows = [(change.field, change.before, change.after) for change in outcome.changes]
        print_table(("Field", "Before", "After"), rows, empty="")
    for warning in outcome.warnings:
        print_line(f"Note: {warning['message']}")
    if outcome.question is not None:
        print_line(f"{_QUESTIONS[outcome.question.value]} To overwrite the NAV values repeat with --force.")
    if outcome.undo:
        print_line(f"To take it back: coupler undo {outcome.undo}")
