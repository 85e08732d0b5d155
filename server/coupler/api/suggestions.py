"""Suggestions and *None of these* (ux 1.4 b, domain N-02)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from coupler.api.access import actor
from coupler.api.operations import Resource
from coupler.api.representation import Sides
from coupler.api.schemas import PairQuery
from coupler.api.services import services
from coupler.api.suggestion_schemas import (
    HEADER,
    SUMMARY,
    RejectBody,
    RejectionSchema,
    SuggestionSchema,
    SuggestionsQuery,
)
from coupler.domain.errors import InvalidInput
from coupler.domain.matching import Cause, Reason
from coupler.domain.records import System
from coupler.engine.suggestions import Suggestion, Suggestions

blueprint = Resource("suggestions", __name__, description="Who belongs to whom, with reasons; never decided here.")

_TEXTS: Mapping[Cause, str] = {
    Cause.SAME_EMAIL: "Same e-mail",
    Cause.SAME_SIGN_IN_NAME: "Same sign-in name",
    Cause.SAME_NAME: "Same name",
    Cause.SIMILAR_NAME: "Similar name {percent} %",
    Cause.SAME_PHONE: "Same phone number",
}
_EXAMPLE = {
    "id": "31914b34-be8d-4611-80d8-00155d892ddc",
    "name": "Peter Saddow",
    "email": "ps@cronus.example",
    "phone": "+45 12 34 56 78",
    "url": "https://cronus.crm4.dynamics.com/main.aspx?pagetype=entityrecord&etn=systemuser",
    "exact": True,
    "certainty": "exact",
    "score": 100,
    "reasons": [
        {"code": "same_email", "text": "Same e-mail", "percent": None, "other_users": 0, "other_salespeople": 0}
    ],
    "taken": None,
    "coupling": None,
}


@blueprint.operation(
    "GET",
    "/suggestions",
    answer=SuggestionSchema(many=True),
    query=SuggestionsQuery,
    problems=(404, 409, 502, 503),
    carries=SUMMARY,
    example=[_EXAMPLE],
)
def find(query: Mapping[str, Any]) -> Any:
    """Users a salesperson (`nav_key`) may belong to, or salespeople a user (`crm_id`) may.

    The surest first: `exact` (e-mail or sign-in name equal, and nobody else has it), `likely` (only one of that name),
    `ambiguous` (several share the value), `similar` (name). What may not be coupled is counted in `Coupler-Suggestions`
    and not suggested. The record itself is read live, the others come from lists that are at most an hour old.
    503 `still_reading` with Retry-After while a list is read for the first time.
    """
    connection, mapping, limit = query["connection"], query["mapping"], query["limit"]
    if (query["nav_key"] is None) == (query["crm_id"] is None):
        raise InvalidInput("Name a salesperson (nav_key) or a CRM user (crm_id), one of them.")
    matching, sides = services().matching, Sides.of_caller()
    if query["nav_key"] is not None:
        answer = matching.users_for(connection, mapping, query["nav_key"], limit, actor())
        rows = [_user(sides, each, connection, mapping) for each in answer.found]
    else:
        answer = matching.salespeople_for(connection, mapping, query["crm_id"], limit, actor())
        rows = [_salesperson(sides, each, connection, mapping) for each in answer.found]
    return rows, 200, {HEADER: _summary(answer)}


@blueprint.operation(
    "POST",
    "/suggestions/rejections",
    answer=RejectionSchema(many=True),
    status=201,
    body=RejectBody,
    problems=(404, 409),
)
def reject(body: Mapping[str, Any]) -> Any:
    """*None of these*: do not suggest these pairs again, from either side.

    A pair that is rejected already stays as it is. It can still be coupled by hand.
    """
    pairs = [(pair["nav_key"], pair["crm_id"]) for pair in body["pairs"]]
    made = services().rejections.reject(body["connection"], body["mapping"], pairs, actor())
    return [
        {"nav_key": each.nav_key, "crm_id": each.crm_id, "rejected_at": each.at, "rejected_by": each.by}
        for each in made
    ]


@blueprint.operation("DELETE", "/suggestions/rejections", answer=None, status=204, query=PairQuery, problems=(404, 409))
def forget(query: Mapping[str, Any]) -> Any:
    """Suggest again what was rejected for a salesperson, for a user, or this one pair.

    204 also when nothing was.
    """
    services().rejections.forget(query["connection"], query["mapping"], query["nav_key"], query["crm_id"], actor())
    return Response(status=204)


def _user(sides: Sides, row: Suggestion, connection: str, mapping: str) -> dict[str, Any]:
    holder = row.coupling
    taken = sides.nav(connection, mapping, holder.nav_key, holder.nav_name) if holder else None
    url = sides.url(connection, mapping, System.CRM, row.person.key)
    return {"id": row.person.key, **_common(row), "url": url, "taken": taken}


def _salesperson(sides: Sides, row: Suggestion, connection: str, mapping: str) -> dict[str, Any]:
    holder = row.coupling
    taken = sides.crm(connection, mapping, holder.crm_id, holder.crm_name) if holder else None
    url = sides.url(connection, mapping, System.NAV, row.person.key)
    return {"key": row.person.key, **_common(row), "url": url, "taken": taken}


def _common(row: Suggestion) -> dict[str, Any]:
    return {
        "name": row.person.name,
        "email": row.person.email,
        "phone": row.person.phone,
        "exact": row.match.exact,
        "certainty": row.match.certainty,
        "score": row.match.score,
        "reasons": [_reason(reason) for reason in row.match.reasons],
        "coupling": row.coupling.id if row.coupling else None,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.cause,
        "text": _TEXTS[reason.cause].format(percent=reason.percent) + _shared(reason),
        "percent": reason.percent,
        "other_users": reason.other_users,
        "other_salespeople": reason.other_salespeople,
    }


def _shared(reason: Reason) -> str:
    """Who else has the value, in words."""
    named = (
        (reason.other_users, "user", "users"),
        (reason.other_salespeople, "salesperson", "salespeople"),
    )
    others = [f"{count} other {one if count == 1 else several}" for count, one, several in named if count]
    return f" as {' and '.join(others)}" if others else ""


def _summary(answer: Suggestions) -> str:
    """A dictionary of RFC 9651: numbers, and two texts that hold nothing to escape."""
    parts = [f"{name}={count}" for name, count in answer.counts.items()]
    if answer.not_eligible:
        parts.append(f'not_eligible="{" ".join(answer.not_eligible)}"')
    parts.append(f'as_of="{answer.as_of:%Y-%m-%dT%H:%M:%SZ}"')
    return ", ".join(parts)
