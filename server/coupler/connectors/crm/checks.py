"""The CRM side of the connection test (domain N-12, protocols 1.12). Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from coupler.connectors import odata
from coupler.connectors.answers import NO_APPLICATION_USER
from coupler.connectors.checks import Finding, doubtful, failed, fine, reach_steps, run
from coupler.connectors.crm.protocol import SOLUTIONS, definition_path
from coupler.connectors.http import Http
from coupler.connectors.oauth import TokenSource
from coupler.domain.connection import Check
from coupler.domain.errors import CredentialsRefused, PermissionDenied, ServiceNotFound
from coupler.domain.mapping import CrmTable
from coupler.engine.ports import Clock


class Reader(Protocol):
    """What the checks need of the connector."""

    def object(self, path: str) -> Mapping[str, Any]:
        """One JSON object."""
        ...

    def rows(self, path: str) -> list[Mapping[str, Any]]:
        """All rows of a list."""
        ...


def crm_checks(
    reader: Reader, http: Http, table: CrmTable, source: TokenSource | None, clock: Clock
) -> Iterator[Check]:
    """Address, TLS, clock, token, audience, user, rights, change tracking and the integration solution."""
    lines = _Lines(reader, table)
    return run(
        [
            *reach_steps("crm", http, source, clock),
            ("crm.audience", lines.audience),
            ("crm.user", lines.user),
            ("crm.rights", lines.rights),
            ("crm.change_tracking", lines.change_tracking),
            ("crm.solution", lines.solution),
        ]
    )


class _Lines:
    def __init__(self, reader: Reader, table: CrmTable) -> None:
        self._reader = reader
        self._table = table
        self._who: Mapping[str, Any] | None = None
        self._denied: PermissionDenied | None = None

    def audience(self) -> Finding:
        """Whether the token is meant for this organization; who it belongs to is the next line's question."""
        try:
            self._who = self._reader.object("WhoAmI")
        except CredentialsRefused as error:
            return failed(error.message, "Set the scope to the organization's address without path, then /.default.")
        except ServiceNotFound as error:
            return failed(error.message, "Check the Web API address; it ends in /api/data/v9.2, on-premises v9.1.")
        except PermissionDenied as error:
            self._denied = error
        return fine("The token is meant for this organization.")

    def user(self) -> Finding:
        if self._denied is not None:
            return failed(self._denied.message, _user_fix(self._denied))
        return fine(f"Signed in as user {odata.required_text(self._who or {}, 'UserId')}.")

    def rights(self) -> Finding:
        table = self._table
        options = odata.query(("$select", table.key_field), ("$top", "1"))
        try:
            rows = self._reader.rows(table.entity_set + options)
        except PermissionDenied as error:
            return failed(error.message, f"Give the user a role with organization-wide read on {table.caption}.")
        if not rows:
            fix = f"Give the user a role with organization-wide read on {table.caption}."
            return doubtful(f"No {table.caption} can be seen.", fix)
        return fine(f"{table.caption} records can be read.")

    def change_tracking(self) -> Finding:
        path = definition_path(self._table) + odata.query(("$select", "ChangeTrackingEnabled,EntitySetName"))
        try:
            is_on = self._reader.object(path).get("ChangeTrackingEnabled")
        except PermissionDenied as error:
            return doubtful(error.message, "Give the user a role that may read the table's definition.")
        if is_on is True:
            return fine(f"Change tracking is on for {self._table.caption}.")
        return doubtful(
            f"Change tracking is off for {self._table.caption}, so changes are found by their time.",
            f"Turn on Track changes for the table {self._table.name}.",
        )

    def solution(self) -> Finding:
        either = " or ".join(f"uniquename eq '{name}'" for name in SOLUTIONS)
        options = odata.query(("$select", "uniquename,version"), ("$filter", either))
        try:
            found = self._reader.rows(f"solutions{options}")
        except PermissionDenied as error:
            return doubtful(error.message, "Give the user a role that may read solutions.")
        if not found:
            return doubtful(
                "The integration solution is not installed, so its button is missing on the user form.",
                "Import the solution, or use Coupler's own: coupler manifest build crm.",
            )
        return fine(", ".join(f"{row.get('uniquename')} {row.get('version')}" for row in found) + " is installed.")


def _user_fix(error: PermissionDenied) -> str:
    if error.details.get("vendor_code") == NO_APPLICATION_USER:
        return "Create an application user for the client id in this environment and give it a security role."
    return "Give the user a security role in this environment."
