"""Coupled Records: both sides of a pair, read live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coupler.api.access import actor
from coupler.api.operations import Resource
from coupler.api.representation import Sides
from coupler.api.schemas import ComparisonSchema, PairQuery
from coupler.api.services import services

blueprint = Resource("comparison", __name__, description="Both sides of a pair, field by field.")


@blueprint.operation("GET", "/comparison", answer=ComparisonSchema, query=PairQuery, problems=(404, 409, 502, 503))
def show(query: Mapping[str, Any]) -> Any:
    """Both records side by side, and what a synchronization would write.

    The pair need not be coupled. With one side only, its coupling names the other; without one, that side is empty.
    """
    view = services().couplings.compare(
        query["connection"], query["mapping"], query["nav_key"], query["crm_id"], actor()
    )
    return Sides.of_caller().comparison(view, query["connection"], query["mapping"])
