"""Connecting a NAV company with a CRM organization: add, change, test, remove, and adjust mappings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from coupler.domain.access import Actor, Role, require_connection, require_role
from coupler.domain.connection import (
    NAME_PATTERN,
    SECRET_NAMES,
    Check,
    CheckStatus,
    Connection,
    Secrets,
    SignInKind,
    WebService,
    is_readable_on_its_way,
)
from coupler.domain.errors import ConnectorError, InvalidInput
from coupler.domain.history import uncoupled
from coupler.domain.mapping import IntegrationTableMapping, MappingOverride, customize
from coupler.domain.records import System
from coupler.engine.ports import Clock, ConnectionStore, Connectors, Ids, LengthCache
from coupler.mappings import MAPPINGS, mapping_named


class Connections:
    """Use cases around connections. Secrets go in and are used; they never come out."""

    def __init__(
        self, connections: ConnectionStore, connectors: Connectors, lengths: LengthCache, clock: Clock, ids: Ids
    ) -> None:
        self._connections = connections
        self._connectors = connectors
        self._lengths = lengths
        self._clock = clock
        self._ids = ids

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
        _require_complete(connection, {side: _names(secrets, side) for side in System})
        stored = self._connections.add(replace(connection, created_at=self._clock.now()), secrets)
        return self._with_company_id(stored)

    def change(self, connection: Connection, secrets: Secrets | None, actor: Actor) -> Connection:
        """Replace a connection's settings; secrets stay unless given. Raises Stale."""
        require_role(actor, Role.ADMIN)
        require_connection(actor, connection.name)
        given = secrets or Secrets()
        present, kept = self._connections.get(connection.name), self._connections.secret_names(connection.name)
        _require_complete(connection, {side: {*kept[side], *_names(given, side)} for side in System})
        _require_again(present, connection, given)
        stored = self._connections.save(connection, given)
        self._connectors.forget(connection.name)
        self._lengths.forget(connection.name)
        return self._with_company_id(stored)

    def remove(self, name: str, version: int, actor: Actor) -> None:
        """Remove a connection and its couplings; records in both systems and the history stay."""
        require_role(actor, Role.ADMIN)
        require_connection(actor, name)
        now, why = self._clock.now(), f"The connection {name} was removed."
        self._connections.remove(name, version, lambda end: uncoupled(end, self._ids.new(), now, actor.name, why))
        self._connectors.forget(name)

    def secret_names(self, name: str) -> Mapping[System, tuple[str, ...]]:
        """Which secrets are set, by side; never their values."""
        return self._connections.secret_names(name)

    def test(self, name: str, actor: Actor) -> Sequence[Check]:
        """The check list of both sides (domain N-12); also refreshes what is known of the company and lengths.

        Lines that are the same for several mappings stand once.
        """
        require_role(actor, Role.ADMIN)
        connection = self._with_company_id(self.get(name, actor))
        checks: list[Check] = [*_links_in_clear(connection)]
        for mapping, _ in self.mappings(name, actor):
            nav = self._connectors.nav(connection, mapping)
            checks += [*self._connectors.crm(connection, mapping).check(), *nav.check()]
            if not any(check.status is CheckStatus.FAIL for check in checks):
                self._lengths.put(name, mapping.nav.name, nav.lengths())
        return list(dict.fromkeys(checks))

    def _with_company_id(self, connection: Connection) -> Connection:
        if connection.nav.web_service is not WebService.API or connection.nav.company_id is not None:
            return connection
        try:
            company_id = self._connectors.company_id(connection)
        except ConnectorError:
            return connection
        known = replace(connection, nav=replace(connection.nav, company_id=company_id))
        return self._connections.save(known, None)

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


def _links_in_clear(connection: Connection) -> Iterator[Check]:
    """Deep links are not spoken to by Coupler, so no connector sees how they go."""
    for check, address in (("crm.links", connection.crm.base_url), ("nav.links", connection.nav.base_url)):
        if is_readable_on_its_way(address):
            what = f"Links open {address} over plain HTTP, readable and changeable on their way."
            yield Check(check, CheckStatus.WARN, what, "Set the base URL to the https address people use.")


def _names(secrets: Secrets, side: System) -> set[str]:
    return {name for name, value in secrets.of(side).items() if value}


def _require_complete(connection: Connection, secrets: Mapping[System, Collection[str]]) -> None:
    """Raise InvalidInput naming every field that is missing for the chosen way to sign in."""
    errors: dict[str, list[str]] = {}
    if not NAME_PATTERN.fullmatch(connection.name):
        errors["name"] = ["Lower-case letters, digits and hyphens, at most 40, for instance cronus."]
    for side in System:
        errors.update(_missing(connection, side, secrets[side]))
    if errors:
        raise InvalidInput("The connection is not complete: " + ", ".join(sorted(errors)) + ".", errors=errors)


def _missing(connection: Connection, side: System, secrets: Collection[str]) -> dict[str, list[str]]:
    sign_in = connection.sign_in(side)
    is_oauth = sign_in.kind is not SignInKind.WEB_SERVICE_KEY
    needed = ("token_url", "client_id") if is_oauth else ("username",)
    missing = [name for name in needed if not getattr(sign_in, name)]
    if is_oauth and not (sign_in.scope or sign_in.resource):
        missing.append("scope")
    missing += [name for name in SECRET_NAMES[sign_in.kind] if name not in secrets]
    return {f"{side.value}.sign_in.{name}": [f"Needed to sign in by {sign_in.kind.value}."] for name in missing}


def _require_again(present: Connection, wanted: Connection, given: Secrets) -> None:
    """Raise InvalidInput for a secret that would be sent to another server than it was entered for.

    It goes in and never comes out, also not to whoever changes the address it is sent to.
    """
    errors: dict[str, list[str]] = {}
    for side in System:
        if wanted.secrets_go_to(side) not in (None, present.secrets_go_to(side)):
            for name in set(SECRET_NAMES[wanted.sign_in(side).kind]) - _names(given, side):
                errors[f"{side.value}.sign_in.{name}"] = ["Enter it again: the server it is sent to changed."]
    if errors:
        raise InvalidInput(
            f"Enter again what would be sent to another server: {', '.join(sorted(errors))}.", errors=errors
        )
