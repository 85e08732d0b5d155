"""Couplings: list, set up, look at, synchronize and delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from coupler.api.access import actor
from coupler.api.etags import etag, wanted_version
from coupler.api.operations import Resource
from coupler.api.paging import page
from coupler.api.representation import Sides
from coupler.api.schemas import (
    CoupleBody,
    CouplingSchema,
    CouplingsQuery,
    SetUpSchema,
    SynchronizationSchema,
    SynchronizeBody,
)
from coupler.api.services import services
from coupler.domain.errors import AlreadyCoupled, MoveNeedsConsent, NotFound
from coupler.domain.mapping import Direction
from coupler.engine.couplings import CoupleOrder
from coupler.engine.ports import CouplingFilter
from coupler.mappings import mapping_named

blueprint = Resource("couplings", __name__, description="Which salesperson is coupled to which user.")

_DIRECTIONS = {"from_crm": Direction.FROM_INTEGRATION_TABLE, "to_crm": Direction.TO_INTEGRATION_TABLE}
_COUPLING = {
    "id": "01932c5e-7a10-7c3e-9d55-0c8b1f0e4a11",
    "connection": "cronus",
    "mapping": "SALESPEOPLE",
    "nav": {
        "table": "salesperson",
        "key": "PS",
        "name": "Peter Saddow",
        "url": "https://nav.example/NAV110/?page=5116",
        "company": "CRONUS International Ltd.",
    },
    "crm": {
        "entity": "systemuser",
        "id": "31914b34-be8d-4611-80d8-00155d892ddc",
        "name": "Peter Saddow",
        "url": "https://cronus.crm4.dynamics.com/main.aspx?pagetype=entityrecord&etn=systemuser",
    },
    "state": "in_step",
    "health": [],
    "last_synchronized_at": "2026-11-01T12:00:00+00:00",
    "last_synchronized_by": "Oscar Greenwood",
    "skipped": False,
    "last_error": None,
    "origin": "manual",
    "created_at": "2026-11-01T11:59:58+00:00",
    "created_by": "Oscar Greenwood",
}
_SYNCHRONIZATION = {
    "action": "force_modify",
    "changes": [{"field": "E-Mail", "before": "", "after": "ps@cronus.example"}],
    "warnings": [],
    "undo": "01932c5e-7a11-7b02-8f4e-6d3f5a1c2b3d",
    "question": None,
}


@blueprint.operation(
    "GET",
    "/couplings",
    answer=CouplingSchema(many=True),
    query=CouplingsQuery,
    problems=(404,),
    paged=True,
    example=[_COUPLING],
)
def find(query: Mapping[str, Any]) -> Any:
    """Couplings, perhaps of one connection, record or state.

    `q` finds parts of codes and names.
    """
    which = CouplingFilter(
        connections=_known_connection(query["connection"]),
        mapping=mapping_named(query["mapping"]).name if query["mapping"] else None,
        nav_key=query["nav_key"],
        crm_id=query["crm_id"],
        state=query["state"],
        text=query["q"],
    )
    rows, cursor = services().couplings.find(which, query["limit"], query["cursor"], actor())
    sides = Sides.of_caller()
    return page([sides.coupling(row) for row in rows], cursor)


def _known_connection(name: str | None) -> frozenset[str] | None:
    """A list that is empty because of a typing error would be believed."""
    return frozenset({services().connections.get(name, actor()).name}) if name else None


@blueprint.operation(
    "POST",
    "/couplings",
    answer=SetUpSchema,
    status=201,
    body=CoupleBody,
    problems=(404, 409, 502, 503),
    tagged=True,
    also={200: "The pair was coupled already; nothing new was made."},
    example={"coupling": _COUPLING, "synchronization": _SYNCHRONIZATION},
)
def couple(body: Mapping[str, Any]) -> Any:
    """Couple a salesperson and a user, and perhaps synchronize them.

    The coupling stays when the synchronization fails; `synchronization` then holds only `error`.
    409 `already_coupled` and `move_needs_consent` name the coupling that stands in the way in `other`.
    """
    order = CoupleOrder(**body)
    try:
        done = services().couplings.set_up(order, actor())
    except (AlreadyCoupled, MoveNeedsConsent) as error:
        raise type(error)(error.message, **{**error.details, "other": _other(error)}) from error
    location = f"{services().public_url}/api/v1/couplings/{done.coupling.id}"
    headers = {"ETag": etag(done.coupling.version), "Location": location}
    return Sides.of_caller().set_up(done), 201 if done.created else 200, headers


def _other(error: AlreadyCoupled | MoveNeedsConsent) -> dict[str, Any] | None:
    """The coupling that stands in the way, with its links; None when it went away at this moment."""
    try:
        coupling = services().couplings.get(str(error.details["coupling"]), actor())
    except NotFound:
        return None
    return {**Sides.of_caller().both(coupling), "coupling": coupling.id}


@blueprint.operation(
    "GET", "/couplings/<coupling>", answer=CouplingSchema, problems=(404,), tagged=True, example=_COUPLING
)
def show(coupling: str) -> Any:
    """One coupling."""
    found = services().couplings.get(coupling, actor())
    return Sides.of_caller().coupling(found), 200, {"ETag": etag(found.version)}


@blueprint.operation(
    "DELETE", "/couplings/<coupling>", answer=None, status=204, problems=(404, 409, 412, 428), guarded=True
)
def remove(coupling: str) -> Any:
    """Delete a coupling; both records stay as they are.

    The header `Coupler-Undo` names the history entry that takes it back by POST /undo.
    """
    found = services().couplings.get(coupling, actor())
    entry = services().couplings.remove(found.id, wanted_version(found.version), actor())
    return Response(status=204, headers={"Coupler-Undo": entry.id})


@blueprint.operation(
    "POST",
    "/couplings/<coupling>/synchronize",
    answer=SynchronizationSchema,
    body=SynchronizeBody,
    problems=(404, 409, 502, 503),
    example={**_SYNCHRONIZATION, "coupling": _COUPLING},
)
def synchronize(coupling: str, body: Mapping[str, Any]) -> Any:
    """Make NAV hold the CRM values of this coupling.

    409 `nav_is_newer` or `both_changed` when NAV changed since the last time; `force` takes the CRM values anyway.
    With `dry_run` nothing is written, and `question` says what would be asked.
    """
    outcome = services().couplings.synchronize(
        coupling,
        actor(),
        direction=_DIRECTIONS[body["direction"]],
        force=body["force"],
        dry_run=body["dry_run"],
    )
    return Sides.of_caller().synchronization(outcome)
