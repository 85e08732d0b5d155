"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Verb = TypeVar("Verb", bound=Callable[..., Any])

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def json_option(verb: Verb) -> Verb:
    """`--json`: one JSON document on standard output; failures as problem JSON on standard error."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(verb)


def connection_option(verb: Verb) -> Verb:
    """`--connection`: may be left out when there is only one."""
    return click.option(
        "-c", "--connection", metavar="NAME", help="The connection; not needed when there is only one."
    )(verb)


def mapping_option(verb: Verb) -> Verb:
    """`--mapping`: the integration table mapping."""
    return click.option(
        "--mapping", metavar="NAME", default="SALESPEOPLE", show_default=True, help="The integration table mapping."
    )(verb)


def limit_option(verb: Verb) -> Verb:
    """`--limit`: how many rows at most."""
    return click.option(
        "--limit", type=click.IntRange(min=1), metavar="N", help="Show at most this many; without it, all."
    )(verb)
