"""Connecting a NAV company with a CRM organization: add, change, test, remove, and adjust mappings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from coupler.domain.access import Actor, Role, require_connection, require_role
from coupler.domain.connection import NAME_PATTERN, SECRET_NAMES, Check, CheckStatus, Connection, Secrets, WebService
from coupler.domain.errors import ConnectorError, InvalidInput
from coupler.domain.mapping import IntegrationTableMapping, MappingOverride, customize
from coupler.domain.records import System
from coupler.engine.ports import Clock, ConnectionStore, Connectors, LengthCache
from coupler.mappings import MAPPINGS, mapping_named


class Connections:
    """Use cases around connections. Secrets go in and are used; they never come out."""

    def __init__(
        self, connections: ConnectionStore, connectors: Connectors, lengths: LengthCache, clock: Clock
    ) -> None:
        self._connections = connections
        self._connectors = connectors
        self._lengths = lengths
        self._clock = clock

    def all(self, actor: Actor) -> Sequence[Connection]:
        """Those within the grant, by name. A person without a role sees none."""
        if actor.role is None:
            return ()
        return [connection for connection in self._connections.all() if actor.sees(connection.name)]

    def get(self, name: str, actor: Actor) -> Connection:
        """One connection within the grant."""
        require_role(actor, Role.READER)
        require_connection(actor, name)
        return self._connections.get(name)

    def add(self, connection: Connection, secrets: Secrets, actor: Actor) -> Connection:
        """Store a new connection; looks up the company's id where that takes one.

        Does not fail when the systems cannot be reached: they may not be ready yet, and the test says so.
        """
        require_role(actor, Role.ADMIN)
        require_connection(actor, connection.name)
        _require_complete(connection, secrets)
        stored = self._connections.add(replace(connection, created_at=self._clock.now()), secrets)
        return self._with_company_id(stored)

    def change(self, connection: Connection, secrets: Secrets | None, actor: Actor) -> Connection:
        """Replace a connection's settings; secrets stay unless given. Raises Stale."""
        require_role(actor, Role.ADMIN)
        require_connection(actor, connection.name)
        kept = self._connections.secrets(connection.name)
        merged = kept if secrets is None else Secrets({**kept.crm, **secrets.crm}, {**kept.nav, **secrets.nav})
        _require_complete(connection, merged)
        stored = self._connections.save(connection, merged)
        self._connectors.forget(connection.name)
        return self._with_company_id(stored)

    def remove(self, name: str, version: int, actor: Actor) -> None:
        """Remove a connection and its couplings; records in both systems and the history stay."""
        require_role(actor, Role.ADMIN)
        require_connection(actor, name)
        self._connections.remove(name, version)
        self._connectors.forget(name)

    def secret_names(self, name: str) -> Mapping[str, tuple[str, ...]]:
        """Which secrets are set, by side; never their values."""
        secrets = self._connections.secrets(name)
        return {"crm": tuple(sorted(secrets.crm)), "nav": tuple(sorted(secrets.nav))}

    def test(self, name: str, actor: Actor) -> Sequence[Check]:
        """The check list of both sides (domain N-12); also refreshes what is known of the company and lengths."""
        require_role(actor, Role.ADMIN)
        connection = self._with_company_id(self.get(name, actor))
        mapping = MAPPINGS[0]
        checks = [
            *self._connectors.crm(connection, mapping).check(),
            *self._connectors.nav(connection, mapping).check(),
        ]
        if not any(check.status is CheckStatus.FAIL for check in checks):
            self._read_lengths(connection)
        return checks

    def _with_company_id(self, connection: Connection) -> Connection:
        if connection.nav.web_service is not WebService.API or connection.nav.company_id is not None:
            return connection
        try:
            company_id = self._connectors.company_id(connection)
        except ConnectorError:
            return connection
        known = replace(connection, nav=replace(connection.nav, company_id=company_id))
        return self._connections.save(known, None)

    def _read_lengths(self, connection: Connection) -> None:
        for mapping in MAPPINGS:
            lengths = self._connectors.nav(connection, mapping).lengths()
            self._lengths.put(connection.name, mapping.nav.name, lengths)

    def mappings(self, name: str, actor: Actor) -> Sequence[tuple[IntegrationTableMapping, MappingOverride]]:
        """Every mapping as this connection uses it, with what was set for it."""
        connection = self.get(name, actor)
        overrides = [self._connections.mapping_override(connection.name, mapping.name) for mapping in MAPPINGS]
        return [(customize(mapping, override), override) for mapping, override in zip(MAPPINGS, overrides, strict=True)]

    def change_mapping(
        self, name: str, mapping: str, override: MappingOverride, actor: Actor
    ) -> tuple[IntegrationTableMapping, MappingOverride]:
        """Set rules of one mapping; `override.version` is the one that was read. Raises Stale, InvalidInput."""
        require_role(actor, Role.ADMIN)
        connection = self.get(name, actor)
        known = mapping_named(mapping)
        customize(known, override)
        stored = self._connections.save_mapping_override(connection.name, known.name, override)
        self._connectors.forget(name)
        return customize(known, stored), stored


def _require_complete(connection: Connection, secrets: Secrets) -> None:
    """Raise InvalidInput naming every field that is missing for the chosen way to sign in."""
    errors: dict[str, list[str]] = {}
    if not NAME_PATTERN.match(connection.name):
        errors["name"] = ["Lower-case letters, digits and hyphens, at most 40, for instance cronus."]
    for system in System:
        errors.update(_missing(connection, secrets, system))
    if errors:
        raise InvalidInput("The connection is not complete: " + ", ".join(sorted(errors)) + ".", errors=errors)


def _missing(connection: Connection, secrets: Secrets, system: System) -> dict[str, list[str]]:
    sign_in = connection.sign_in(system)
    oauth = ("token_url", "client_id") if "web_service_key" not in SECRET_NAMES[sign_in.kind] else ("username",)
    missing = [name for name in oauth if not getattr(sign_in, name)]
    if oauth != ("username",) and not (sign_in.scope or sign_in.resource):
        missing.append("scope")
    missing += [name for name in SECRET_NAMES[sign_in.kind] if not secrets.of(system).get(name)]
    return {f"{system.value}.sign_in.{name}": [f"Needed to sign in by {sign_in.kind.value}."] for name in missing}
