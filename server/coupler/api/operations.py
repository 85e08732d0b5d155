"""Declaring an API operation once: address, what it takes and answers, and its part of the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

import marshmallow as ma
from flask_smorest import Api, Blueprint  # type: ignore[import-untyped]

from coupler.api.access import REQUIRED
from coupler.api.errors import PROBLEM_TYPE, answer_http
from coupler.api.idempotency import HEADER, idempotent
from coupler.api.requests import StrictParser
from coupler.domain.access import Role

V = TypeVar("V", bound=Callable[..., Any])
ETAG: Mapping[str, Any] = {
    "ETag": {"schema": {"type": "string"}, "description": "Send it as If-Match to change or delete."}
}
_LINK: Mapping[str, Any] = {
    "Link": {"schema": {"type": "string"}, "description": 'The next page, `<...>; rel="next"`; missing on the last.'}
}


class NoQuery(ma.Schema):
    """An operation without query parameters."""


class IfMatch(ma.Schema):
    """The condition of a change."""

    if_match = ma.fields.String(
        data_key="If-Match", metadata={"description": "The ETag that was read, or `*`. 428 without, 412 when stale."}
    )


class IdempotencyHeader(ma.Schema):
    """Makes a POST repeatable."""

    key = ma.fields.String(
        data_key=HEADER,
        metadata={"description": "1 to 200 visible characters; a repetition within 24 hours gets the first answer."},
    )


class Resource(Blueprint):  # type: ignore[misc]
    """A blueprint whose operations are strict about what they take and documented by what they declare."""

    ARGUMENTS_PARSER = StrictParser()

    def operation(
        self,
        method: str,
        rule: str,
        *,
        answer: type[ma.Schema] | ma.Schema | None,
        status: int = 200,
        query: type[ma.Schema] = NoQuery,
        body: type[ma.Schema] | ma.Schema | None = None,
        problems: Sequence[int] = (),
        paged: bool = False,
        tagged: bool = False,
        guarded: bool = False,
        carries: Mapping[str, Any] | None = None,
        example: object = None,
        also: Mapping[int, str] | None = None,
    ) -> Callable[[V], V]:
        """Declare the view below. It gets `query` and `body` as keywords where these are declared.

        `paged` and `tagged` answers carry Link and ETag; a `guarded` operation takes If-Match; `carries` are further
        headers of the answer, `also` other successes by status. The role comes from the table in access.py, which has
        to know the view.
        """

        def declare(view: V) -> V:
            headers = {**(_LINK if paged else {}), **(ETAG if tagged else {}), **(carries or {})}
            handler = _take(self, view, query, body)
            handler = self.response(status, answer, example=example, headers=headers or None)(handler)
            for other, description in (also or {}).items():
                handler = self.alt_response(other, schema=answer, description=description, success=True)(handler)
            for problem in sorted({401, 403, 422, *problems, *((400, 413, 415) if body else ())}):
                handler = self.alt_response(problem, HTTPStatus(problem).name)(handler)
            if guarded:
                handler = self.arguments(IfMatch, location="headers", arg_name="_if_match")(handler)
            if method == "POST":
                handler = self.arguments(IdempotencyHeader, location="headers", arg_name="_key")(handler)
                handler = idempotent(handler)
            handler = self.doc(**_described(self.name, view))(handler)
            self.add_url_rule(rule, view.__name__, handler, methods=[method])
            return view

        return declare


def _take(
    blueprint: Resource, view: Callable[..., Any], query: type[ma.Schema], body: type[ma.Schema] | ma.Schema | None
) -> Callable[..., Any]:
    """The view with its query and body parsed; a query it does not declare is refused by the empty schema."""

    def parsed(**given: Any) -> Any:
        if query is NoQuery:
            given.pop("query")
        return view(**{name: value for name, value in given.items() if not name.startswith("_")})

    parsed.__name__, parsed.__doc__ = view.__name__, view.__doc__
    handler: Callable[..., Any] = blueprint.arguments(query, location="query", arg_name="query", unknown=ma.RAISE)(
        parsed
    )
    if body:
        handler = blueprint.arguments(body, arg_name="body")(handler)
    return handler


def _described(resource: str, view: Callable[..., Any]) -> dict[str, Any]:
    summary, _, rest = (view.__doc__ or "").strip().partition("\n")
    needed = REQUIRED[f"{resource}.{view.__name__}"]
    role = f"Needs the role `{needed.claim}`." if isinstance(needed, Role) else "Needs any valid token."
    text = " ".join(line.strip() for line in rest.splitlines() if line.strip())
    return {
        "operationId": f"{resource}_{view.__name__}",
        "summary": summary.rstrip("."),
        "description": f"{text} {role}".strip(),
        "security": [{"bearer": []}],
    }


class ProblemSchema(ma.Schema):
    """RFC 9457; further members tell more, for instance `fix` or `other`."""

    type = ma.fields.String(required=True, metadata={"description": "Stable slug, the same as `code`."})
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    errors = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.List(ma.fields.String()), required=True)
    request_id = ma.fields.String(required=True)
    fix = ma.fields.String()


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest with our one error shape: its own handler and media type give way."""

    ERROR_SCHEMA = ProblemSchema

    def handle_http_exception(self, error: Any) -> Any:
        """The same answer as everywhere else."""
        return answer_http(error)

    def _register_responses(self) -> None:
        usual: str = Api.DEFAULT_RESPONSE_CONTENT_TYPE
        self.DEFAULT_RESPONSE_CONTENT_TYPE = PROBLEM_TYPE
        try:
            super()._register_responses()
        finally:
            self.DEFAULT_RESPONSE_CONTENT_TYPE = usual
