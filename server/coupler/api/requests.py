"""Reading what came in, strictly: nothing unknown, nothing ambiguous, nothing that could only fail later."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any, NoReturn

import marshmallow as ma
from flask import Request, g, request
from webargs import core
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import NotFound, UnsupportedMediaType

from coupler.api.errors import MalformedBody
from coupler.domain.errors import InvalidInput

BODY_LIMIT = 256 * 1024
_DEPTH_LIMIT = 32
_LONGEST_ID = 4000
_LONGEST_VALUE = 8000  # a sealed cursor holds a whole link
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def take_request_id() -> str:
    """The caller's X-Request-ID when it is harmless in a log, else a new one."""
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    return str(g.request_id)


def refuse_unusable_text() -> None:
    """Control characters and endless values are no id and no name; databases differ in how they choke on them."""
    for value in (request.view_args or {}).values():
        if isinstance(value, str) and (len(value) > _LONGEST_ID or not is_usable(value)):
            raise NotFound
    for name, value in request.args.items(multi=True):
        if not is_usable(value) or not is_usable(name):
            raise InvalidInput(
                "The query holds control characters or a value without end.", errors={name[:40]: ["Not usable."]}
            )


def is_usable(text: str) -> bool:
    """Whether a value can be an id or a name at all."""
    return len(text) <= _LONGEST_VALUE and not CONTROL.search(text)


class StrictParser(FlaskParser):
    """Refuses unknown query parameters, repeated ones, other media types and odd JSON; says which field is wrong."""

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """Each parameter once: with two, nobody knows which one counts."""
        twice = [name for name in req.args if len(req.args.getlist(name)) > 1]
        if twice:
            raise ma.ValidationError({name: ["Given more than once."] for name in twice})
        return super().load_querystring(req, schema)

    def _raw_load_json(self, req: Request) -> Any:
        body = req.get_data(cache=True)
        if not body:
            return core.missing
        if req.mimetype != "application/json":
            raise UnsupportedMediaType
        return read_json(body)

    def handle_error(self, error: ma.ValidationError, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Name every field that is wrong, nested ones with dots."""
        # webargs puts the location on top: {"json": {...}} or {"query": {...}}.
        messages = error.messages if isinstance(error.messages, Mapping) else {"body": error.messages}
        errors: dict[str, list[str]] = {}
        for location, found in messages.items():
            errors.update(flatten(found, "" if isinstance(found, Mapping) else str(location)))
        raise InvalidInput(f"Not accepted: {', '.join(errors)}.", errors=errors) from error


def flatten(messages: object, path: str = "") -> dict[str, list[str]]:
    """Nested messages as {"nav.sign_in.kind": ["..."]}."""
    if not isinstance(messages, Mapping):
        texts = messages if isinstance(messages, list) else [messages]
        return {path or "body": [str(text) for text in texts]}
    found: dict[str, list[str]] = {}
    for name, inner in messages.items():
        own = "" if name == "_schema" else str(name)[:60]
        found.update(flatten(inner, ".".join(part for part in (path, own) if part)))
    return found


def read_json(body: bytes) -> Any:
    """JSON in UTF-8 without doubled names, lone surrogates, NaN or absurd depth; raises MalformedBody."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedBody("The body is not JSON in UTF-8.") from error
    _refuse_odd(value, 0)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise MalformedBody("The body holds a name twice in one object.")
    return dict(pairs)


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedBody(f"{name} is no JSON value.")


def _refuse_odd(value: Any, depth: int) -> None:
    if depth > _DEPTH_LIMIT:
        raise MalformedBody(f"The body is nested deeper than {_DEPTH_LIMIT} levels.")
    if isinstance(value, str) and not value.isascii() and re.search("[\ud800-\udfff]", value):
        raise MalformedBody("The body holds half of a character.")
    parts = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        _refuse_odd(part, depth + 1)
