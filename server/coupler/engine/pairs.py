"""Reading both sides of a pair at the same time, under the connection's own mapping."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from coupler.domain.access import Actor, require_connection
from coupler.domain.connection import Connection
from coupler.domain.errors import ConnectionDisabled, MappingDisabled, RecordNotFound
from coupler.domain.mapping import IntegrationTableMapping, customize
from coupler.domain.records import Record, System
from coupler.engine.ports import ConnectionStore, Connectors, CrmConnector, LengthCache, NavConnector
from coupler.mappings import mapping_named

# Two sockets per request are enough for one pair; the pool is shared by all requests of the process.
_POOL = ThreadPoolExecutor(max_workers=16, thread_name_prefix="pair")


@dataclass(frozen=True, slots=True)
class Scope:
    """A connection with one mapping as it uses it, and the connectors of both sides."""

    connection: Connection
    mapping: IntegrationTableMapping
    nav: NavConnector
    crm: CrmConnector


@dataclass(frozen=True, slots=True)
class Pair:
    """What was read of both sides."""

    nav: Record
    crm: Record


class Pairs:
    """Opens scopes and reads pairs. Keeps no record."""

    def __init__(self, connections: ConnectionStore, connectors: Connectors, lengths: LengthCache) -> None:
        self._connections = connections
        self._connectors = connectors
        self._lengths = lengths

    def scope(self, connection: str, mapping: str, actor: Actor) -> Scope:
        """The usable scope; raises ConnectionUnknown, ConnectionDisabled, MappingUnknown or MappingDisabled."""
        require_connection(actor, connection)
        known = mapping_named(mapping)
        found = self._connections.get(connection)
        used = customize(known, self._connections.mapping_override(connection, known.name))
        if not found.enabled:
            raise ConnectionDisabled(f"The connection {connection} is switched off.", connection=connection)
        if not used.enabled:
            raise MappingDisabled(f"The mapping {used.name} is switched off for {connection}.", connection=connection)
        return Scope(found, used, self._connectors.nav(found, used), self._connectors.crm(found, used))

    def read(self, scope: Scope, nav_key: str, crm_id: str) -> Pair:
        """Both records, read at the same time; raises what reading either of them raises, NAV's first."""
        crm = _POOL.submit(_crm_record, scope, crm_id)
        try:
            return Pair(_nav_record(scope, nav_key), crm.result())
        finally:
            crm.cancel()

    def read_present(
        self, scope: Scope, nav_key: str | None, crm_id: str | None, *, may_be_gone: System | None = None
    ) -> tuple[Record | None, Record | None]:
        """The sides that are named, at the same time; None for one without a key, and for one that may be gone."""
        crm = _POOL.submit(_crm_record, scope, crm_id) if crm_id is not None else None
        try:
            nav = None
            if nav_key is not None:
                nav = _unless_gone(partial(_nav_record, scope, nav_key), may_be_gone is System.NAV)
            return nav, _unless_gone(crm.result, may_be_gone is System.CRM) if crm is not None else None
        finally:
            if crm is not None:
                crm.cancel()

    def read_nav(self, scope: Scope, key: str) -> Record:
        """The NAV record alone."""
        return _nav_record(scope, key)

    def read_crm(self, scope: Scope, key: str) -> Record:
        """The CRM record alone."""
        return _crm_record(scope, key)

    def nav_lengths(self, scope: Scope) -> Mapping[str, int | None]:
        """MaxLength per NAV field, from the cache or, once a day and after a field was switched on, the metadata."""
        name, table = scope.connection.name, scope.mapping.nav.name
        known = self._lengths.get(name, table)
        if known is not None and all(field in known for field in scope.mapping.nav_fields()):
            return known
        fresh = scope.nav.lengths()
        self._lengths.put(name, table, fresh)
        return fresh


def _unless_gone(read: Callable[[], Record], may_be_gone: bool) -> Record | None:
    try:
        return read()
    except RecordNotFound:
        if may_be_gone:
            return None
        raise


def _nav_record(scope: Scope, key: str) -> Record:
    try:
        return scope.nav.read(key)
    except RecordNotFound as error:
        table, company = scope.mapping.nav.caption.lower(), scope.connection.nav.company
        raise _missing(f"There is no {table} {key} in the company {company}.", error, nav_key=key) from error


def _crm_record(scope: Scope, key: str) -> Record:
    try:
        return scope.crm.read(key)
    except RecordNotFound as error:
        table, place = scope.mapping.crm.caption.lower(), scope.connection.crm.base_url
        sentence = f"There is no {table} {key} in CRM at {place}, or Coupler's own user may not see it."
        raise _missing(sentence, error, crm_id=key) from error


def _missing(sentence: str, error: RecordNotFound, **key: str) -> RecordNotFound:
    """The connector's error with the record named, as only the use case knows what was asked for."""
    return RecordNotFound(sentence, system=error.system, status=error.status, **error.details, **key)
