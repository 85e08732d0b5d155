"""The tables of the README that repeat what the code says. `python -m tests.readme.tables` writes them anew."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click

from coupler.cli import cli
from coupler.domain import errors
from coupler.settings import VARIABLES

# Never raised themselves: they gather the errors below them.
FAMILIES = (errors.CouplerError, errors.ConnectorError, errors.CouplingError, errors.SynchronizationConflict)
README = Path(__file__).parents[2] / "README.md"


def commands() -> str:
    """Every verb with its first line of help."""
    rows = [f"| `coupler {path}` | {help_text} |" for path, help_text in sorted(_verbs(cli, ""))]
    return "\n".join(["| Command | |", "|---|---|", *rows])


def _verbs(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from _verbs(child, f"{path} {name}".strip())
        return
    arguments = " ".join(
        p.make_metavar(click.Context(command)) for p in command.params if isinstance(p, click.Argument)
    )
    yield f"{path} {arguments}".strip().replace("|", "\\|"), command.get_short_help_str(limit=120)


def settings() -> str:
    """Every variable with its meaning."""
    return "\n".join(["| Variable | |", "|---|---|", *(f"| `{name}` | {text} |" for name, text in VARIABLES.items())])


def problems() -> str:
    """Every error people can meet: code, meaning, what to do."""
    found = {
        cls.code: cls
        for _, cls in inspect.getmembers(errors, inspect.isclass)
        if issubclass(cls, errors.CouplerError) and cls not in FAMILIES
    }
    rows = [f"| `{code}` | {_meaning(cls)} | {cls.fix} |" for code, cls in sorted(found.items())]
    return "\n".join(["| Code | What happened | What to do |", "|---|---|---|", *rows])


def _meaning(cls: type[errors.CouplerError]) -> str:
    text = " ".join((cls.__doc__ or "").split())
    return re.sub(r" \((domain|protocols) [^)]*\)", "", text).replace("|", "\\|")


SECTIONS = {"commands": commands, "settings": settings, "errors": problems}


def rendered(text: str) -> str:
    """The README with every marked section as the code says today."""
    for name, render in SECTIONS.items():
        begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        before, rest = text.split(begin)
        text = f"{before}{begin}\n{render()}\n{end}{rest.split(end)[1]}"
    return text


if __name__ == "__main__":
    README.write_text(rendered(README.read_text(encoding="utf-8")), encoding="utf-8")
