"""From options, files, standard input and prompts to a connection and its secrets."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from coupler.cli.connection_options import FIELDS, SECRETS, parameter, secret_parameter
from coupler.domain.connection import SECRET_NAMES, Connection, Secrets, SignInKind
from coupler.domain.errors import InvalidInput

Body = dict[str, Any]
_ASKED = ("client_secret", "web_service_key")


def body_of(name: str | None, file: Path | None, options: Mapping[str, Any], *, secrets_stdin: bool) -> Body:
    """The API's request body. Options stand over the file; a secret that is missing is asked for at a terminal."""
    body = _read_json(file.read_text(encoding="utf-8-sig"), str(file)) if file else {}
    if name is not None:
        body["name"] = name
    for path in FIELDS:
        value = options.get(parameter(path))
        if value is not None:
            _put(body, path, value)
    for side in ("crm", "nav"):
        _put(body, f"{side}.sign_in.kind", _get(body, f"{side}.sign_in.kind") or SignInKind.CLIENT_SECRET.value)
    for path in SECRETS:
        given: Path | None = options.get(secret_parameter(path))
        if given is not None:
            _put(body, path, given.read_text(encoding="utf-8-sig").strip())
    if secrets_stdin:
        _take_from_stdin(body)
    _ask_for_missing(body)
    return body


def _read_json(text: str, where: str) -> Body:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"{where} is not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise InvalidInput(f"{where} holds no JSON object.")
    return found


def _get(body: Body, path: str) -> Any:
    inner: Any = body
    for name in path.split("."):
        inner = inner.get(name) if isinstance(inner, dict) else None
    return inner


def _put(body: Body, path: str, value: object) -> None:
    *parents, last = path.split(".")
    inner = body
    for name in parents:
        inner = inner.setdefault(name, {})
        if not isinstance(inner, dict):
            raise InvalidInput(f"{name} is not an object.", errors={name: ["Not an object."]})
    inner[last] = value


def _take_from_stdin(body: Body) -> None:
    given = _read_json(sys.stdin.read(), "Standard input")
    for side, secrets in given.items():
        for name, value in secrets.items() if isinstance(secrets, dict) else ():
            if f"{side}.sign_in.{name}" not in SECRETS:
                raise InvalidInput(f"Standard input holds {side}.{name}, which is no secret of a connection.")
            _put(body, f"{side}.sign_in.{name}", value)


def _ask_for_missing(body: Body) -> None:
    for side in ("crm", "nav"):
        kind = _get(body, f"{side}.sign_in.kind")
        names = SECRET_NAMES[SignInKind(kind)] if kind in list(SignInKind) else ()
        for name in names:
            path = f"{side}.sign_in.{name}"
            if name in _ASKED and _get(body, path) is None and sys.stdin.isatty():
                _put(body, path, click.prompt(f"{side.upper()} {name.replace('_', ' ')}", hide_input=True, err=True))


def connection_of(body: Body) -> tuple[Connection, Secrets]:
    """The connection and its secrets, checked as the API checks its request body; raises InvalidInput."""
    import marshmallow as ma

    from coupler.api.connection_bodies import new_connection, secrets_in
    from coupler.api.connection_schemas import ConnectionBody
    from coupler.api.requests import flatten

    try:
        loaded = ConnectionBody(unknown=ma.RAISE).load(body)
    except ma.ValidationError as error:
        errors = flatten(error.messages)
        raise InvalidInput(
            f"The connection is not complete or not right: {', '.join(errors)}.",
            errors={path: [*texts, _hint(path)] for path, texts in errors.items()},
        ) from error
    return new_connection(loaded), secrets_in(loaded) or Secrets()


def _hint(path: str) -> str:
    """Where to give that field on the command line."""
    if path in SECRETS:
        return f"Give it by --{secret_parameter(path).replace('_', '-')} or --secrets-stdin."
    return f"Give it by --{parameter(path).replace('_', '-')}." if path in FIELDS else ""
