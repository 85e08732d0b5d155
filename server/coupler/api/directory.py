"""The CRM Users list and the salespeople list (domain S-24)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coupler.api.access import actor
from coupler.api.operations import Resource
from coupler.api.paging import page
from coupler.api.representation import Sides
from coupler.api.schemas import DirectoryQuery, SalespersonSchema, UserSchema, UsersQuery
from coupler.api.services import services
from coupler.engine.directory import Wanted

blueprint = Resource("directory", __name__, description="Users and salespeople, and who is coupled to whom.")


@blueprint.operation(
    "GET", "/crm/users", answer=UserSchema(many=True), query=UsersQuery, problems=(404, 409, 502, 503), paged=True
)
def users(query: Mapping[str, Any]) -> Any:
    """CRM users, each with its coupling.

    Those the mapping's filter excludes show only when coupled, or with `everyone`. A page may be short; only a
    missing Link ends the list.
    """
    wanted = _wanted(query, everyone=query["everyone"])
    rows, cursor = services().directory.users(wanted, query["limit"], query["cursor"], actor())
    sides = Sides.of_caller()
    return page([sides.user(row, wanted.connection, wanted.mapping) for row in rows], cursor)


@blueprint.operation(
    "GET",
    "/nav/salespeople",
    answer=SalespersonSchema(many=True),
    query=DirectoryQuery,
    problems=(404, 409, 502, 503),
    paged=True,
)
def salespeople(query: Mapping[str, Any]) -> Any:
    """NAV salespeople, each with its coupling.

    A page may be short; only a missing Link ends the list.
    """
    wanted = _wanted(query)
    rows, cursor = services().directory.salespeople(wanted, query["limit"], query["cursor"], actor())
    sides = Sides.of_caller()
    return page([sides.salesperson(row, wanted.connection, wanted.mapping) for row in rows], cursor)


def _wanted(query: Mapping[str, Any], *, everyone: bool = False) -> Wanted:
    return Wanted(query["connection"], query["mapping"], query["coupled"], query["q"] or None, everyone)
