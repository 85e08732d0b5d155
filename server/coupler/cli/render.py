"""Showing answers: JSON for programs, tables for people; nothing is coloured where nobody looks."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PIPED_WIDTH = 200


def print_json(document: Any, *, error: bool = False) -> None:
    """One document, ASCII only: Windows consoles and pipes disagree about everything else."""
    stream = sys.stderr if error else sys.stdout
    stream.write(json.dumps(document, ensure_ascii=True, indent=2) + "\n")
    stream.flush()


def print_json_line(document: Any) -> None:
    """One document on one line, for a command that keeps running and a reader that waits for it."""
    sys.stdout.write(json.dumps(document, ensure_ascii=True) + "\n")
    sys.stdout.flush()


def console(*, error: bool = False) -> Console:
    """Where people read; as wide as it takes when it is no terminal."""
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else _PIPED_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)


def plain(value: object) -> str:
    """A value as text that cannot steer a terminal; None is empty."""
    text = "" if value is None else ("yes" if value else "no") if isinstance(value, bool) else str(value)
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def print_line(text: str) -> None:
    """A sentence for a person."""
    console().print(plain(text), soft_wrap=True)


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Rows under headings, or the sentence `empty` when there are none."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(*headings, box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(value if isinstance(value, Text) else Text(plain(value)) for value in row))
    if table.row_count:
        console().print(table)
    else:
        print_line(empty)


def print_fields(fields: Mapping[str, object]) -> None:
    """Names and values of one thing, below each other."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    for name, value in fields.items():
        grid.add_row(Text(name, style="bold"), Text(plain(value)))
    console().print(grid)


def print_problem(problem: Mapping[str, Any]) -> None:
    """What went wrong, which fields, and what to do next, on standard error."""
    from rich.text import Text

    out = console(error=True)
    out.print(Text.assemble(("Error: ", "bold red"), plain_lines(str(problem["detail"]))), soft_wrap=True)
    for field, messages in dict(problem.get("errors", {})).items():
        out.print(Text(f"  {plain(field)}: {plain(' '.join(map(str, messages)))}"), soft_wrap=True)
    if problem.get("fix"):
        out.print(Text.assemble(("Next: ", "bold"), plain(problem["fix"])), soft_wrap=True)


def plain_lines(text: str) -> str:
    """`plain`, line by line."""
    return "\n".join(plain(line) for line in text.split("\n"))


def marked(status: str) -> Any:
    """A mark for the outcome of a check: told by sign and word, not by colour alone."""
    from rich.text import Text

    sign, style = {"ok": ("+ ok", "green"), "warn": ("! warn", "yellow"), "fail": ("x fail", "bold red")}.get(
        status, ("- not run", "dim")
    )
    return Text(sign, style=style)
