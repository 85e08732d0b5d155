"""The options that describe both sides of a connection, made from one table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Verb = TypeVar("Verb", bound=Callable[..., Any])

# Path in the API's body -> choices or None, and help. The option's name follows from the path.
FIELDS: dict[str, tuple[tuple[str, ...] | None, str]] = {
    "title": (None, "How people see it. [default: the company's name]"),
    "crm.base_url": (None, "Opens forms, for instance https://org.crm4.dynamics.com"),
    "crm.api_url": (None, "The Web API root. [default: the base URL with /api/data/v9.2]"),
    "crm.app_id": (None, "The model-driven app to open forms in."),
    "nav.base_url": (None, "The web client's address with the instance."),
    "nav.service_url": (None, "The root of OData V4, or of API v2.0."),
    "nav.web_service": (("odata", "api"), "Page web service, or Business Central API v2.0."),
    "nav.client": (("windows", "web2013", "web2016", "web2018", "bc-online"), "Which client opens links."),
    "nav.company": (None, "The company's name, exactly as in NAV."),
    "nav.service": (None, "The name page 5116 is published under. [default: SalespersonCard]"),
    "nav.tenant": (None, "The tenant of a multitenant server."),
}
_KINDS = ("client_secret", "certificate", "web_service_key")
for _side in ("crm", "nav"):
    FIELDS[f"{_side}.sign_in.kind"] = (_KINDS, "How Coupler signs in. [default: client_secret]")
    FIELDS[f"{_side}.sign_in.token_url"] = (None, "The token endpoint.")
    FIELDS[f"{_side}.sign_in.client_id"] = (None, "The application's client id.")
    FIELDS[f"{_side}.sign_in.scope"] = (None, "The scope to ask a token for.")
    FIELDS[f"{_side}.sign_in.resource"] = (None, "The resource, which AD FS wants instead of a scope.")
    FIELDS[f"{_side}.sign_in.username"] = (None, "The user of a web service access key.")

# Secrets, each from a file; client secrets and keys are asked for when no file is named.
SECRETS = tuple(
    f"{side}.sign_in.{name}"
    for side in ("crm", "nav")
    for name in ("client_secret", "certificate", "private_key", "web_service_key")
)


def parameter(path: str) -> str:
    """The parameter of a field: `nav.sign_in.token_url` is `nav_token_url`, option `--nav-token-url`."""
    return (
        path.replace(".sign_in.kind", ".sign_in")
        .replace(".sign_in.", ".")
        .replace(".base_url", ".url")
        .replace(".", "_")
    )


def secret_parameter(path: str) -> str:
    """The parameter of a secret's file: `--nav-client-secret-file`."""
    return f"{parameter(path)}_file"


def connection_options(verb: Verb) -> Verb:
    """All of them, in the order of the table."""
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    for path in reversed(SECRETS):
        name = secret_parameter(path)
        text = f"The file with the {path.split('.')[-1].replace('_', ' ')}."
        verb = click.option(_option(name), name, type=file, metavar="FILE", help=text)(verb)
    for path, (choices, text) in reversed(FIELDS.items()):
        name = parameter(path)
        kind = click.Choice(choices) if choices else None
        verb = click.option(_option(name), name, type=kind, metavar=None if choices else "TEXT", help=text)(verb)
    return verb


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
