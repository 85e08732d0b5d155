"""Connections: one NAV company joined with one CRM organization."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response

from coupler.api.access import actor
from coupler.api.connection_bodies import changed_connection, new_connection, secrets_in, shown
from coupler.api.connection_schemas import CheckSchema, ConnectionBody, ConnectionChange, ConnectionSchema
from coupler.api.etags import etag, wanted_version
from coupler.api.operations import Resource
from coupler.api.paging import cut_page, page
from coupler.api.schemas import PageQuery
from coupler.api.services import services
from coupler.domain.connection import Connection, Secrets

blueprint = Resource("connections", __name__, description="NAV companies joined with CRM organizations.")

_SHOWN = {
    "name": "cronus",
    "title": "CRONUS International",
    "enabled": True,
    "created_at": "2026-11-01T11:00:00+00:00",
    "crm": {
        "base_url": "https://cronus.crm4.dynamics.com",
        "api_url": "https://cronus.crm4.dynamics.com/api/data/v9.2",
        "app_id": None,
        "sign_in": {
            "kind": "client_secret",
            "token_url": "https://login.microsoftonline.com/5fb3bda5-e66b-4dd2-a067-d5e3e4f1d1f0/oauth2/v2.0/token",
            "client_id": "3e8a2c50-0d5b-4f0e-8c0d-2e3a4a5b6c7d",
            "scope": "https://cronus.crm4.dynamics.com/.default",
            "resource": None,
            "username": None,
            "secrets": {"client_secret": "set"},
        },
    },
    "nav": {
        "base_url": "https://nav.example/NAV110",
        "service_url": "https://nav.example:7048/NAV110/ODataV4",
        "web_service": "odata",
        "client": "web2018",
        "company": "CRONUS International Ltd.",
        "company_id": None,
        "service": "SalespersonCard",
        "tenant": None,
        "sign_in": {
            "kind": "web_service_key",
            "token_url": None,
            "client_id": None,
            "scope": None,
            "resource": None,
            "username": "COUPLER",
            "secrets": {"web_service_key": "set"},
        },
    },
}


@blueprint.operation(
    "GET", "/connections", answer=ConnectionSchema(many=True), query=PageQuery, paged=True, example=[_SHOWN]
)
def find(query: Mapping[str, Any]) -> Any:
    """Connections within your grant, by name, without secrets."""
    every = services().connections.all(actor())
    rows, cursor = cut_page(every, lambda connection: connection.name, query["limit"], query["cursor"])
    return page([_shown(row) for row in rows], cursor)


@blueprint.operation(
    "POST",
    "/connections",
    answer=ConnectionSchema,
    status=201,
    body=ConnectionBody,
    problems=(409,),
    tagged=True,
    example=_SHOWN,
)
def add(body: Mapping[str, Any]) -> Any:
    """Add a connection. The systems need not answer yet: the test tells.

    `client_secret` needs the secret of that name, `certificate` both `certificate` and `private_key` as PEM,
    `web_service_key` a `username` and the key. Plain http addresses are taken for servers inside a network.
    """
    stored = services().connections.add(new_connection(body), secrets_in(body) or Secrets(), actor())
    location = f"{services().public_url}/api/v1/connections/{stored.name}"
    return _shown(stored), 201, {"ETag": etag(stored.version), "Location": location}


@blueprint.operation(
    "GET", "/connections/<name>", answer=ConnectionSchema, problems=(404,), tagged=True, example=_SHOWN
)
def show(name: str) -> Any:
    """One connection, without secrets."""
    found = services().connections.get(name, actor())
    return _shown(found), 200, {"ETag": etag(found.version)}


@blueprint.operation(
    "PATCH",
    "/connections/<name>",
    answer=ConnectionSchema,
    body=ConnectionChange(partial=True),
    problems=(404, 412, 428),
    tagged=True,
    guarded=True,
    example=_SHOWN,
)
def change(name: str, body: Mapping[str, Any]) -> Any:
    """Change what the body names; the rest stays, secrets included."""
    present = services().connections.get(name, actor())
    wanted = replace(changed_connection(present, body), version=wanted_version(present.version))
    stored = services().connections.change(wanted, secrets_in(body), actor())
    return _shown(stored), 200, {"ETag": etag(stored.version)}


@blueprint.operation(
    "DELETE", "/connections/<name>", answer=None, status=204, problems=(404, 409, 412, 428), guarded=True
)
def remove(name: str) -> Any:
    """Remove a connection with its couplings; no record in either system changes."""
    present = services().connections.get(name, actor())
    services().connections.remove(name, wanted_version(present.version), actor())
    return Response(status=204)


@blueprint.operation("POST", "/connections/<name>/test", answer=CheckSchema(many=True), problems=(404,))
def test(name: str) -> Any:
    """Test both sides line by line: what was found and, unless it is ok, what to do.

    The answer is 200 also when lines fail.
    """
    return list(services().connections.test(name, actor()))


def _shown(connection: Connection) -> dict[str, Any]:
    return shown(connection, services().connections.secret_names(connection.name))
