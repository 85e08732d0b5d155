"""The CRM Users list and the salespeople list, with who is coupled to whom (domain S-24)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coupler.domain.access import Actor, Role, require_role
from coupler.domain.coupling import Coupling
from coupler.domain.errors import InvalidInput
from coupler.domain.mapping import IntegrationTableMapping, filter_failures
from coupler.domain.records import Record, System
from coupler.engine.pairs import Pairs, Scope
from coupler.engine.ports import CouplingFilter, CouplingStore, Seal

_MOST_EMPTY_PAGES = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """A record with its coupling, if it has one. `record` is None when it can no longer be read."""

    key: str
    record: Record | None
    coupling: Coupling | None
    not_eligible: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list. `everyone` includes CRM users the mapping's filter excludes; coupled ones always show (R-17)."""

    connection: str
    mapping: str
    coupled: bool | None = None
    text: str | None = None
    everyone: bool = False


class Directory:
    """Lists read live, a page at a time, with the couplings of a page found in one query."""

    def __init__(self, couplings: CouplingStore, pairs: Pairs, cursors: Seal) -> None:
        self._couplings = couplings
        self._pairs = pairs
        self._cursors = cursors

    def users(
        self, wanted: Wanted, limit: int, cursor: str | None, actor: Actor
    ) -> tuple[Sequence[Listed], str | None]:
        """CRM users. A page may be short; only a missing cursor ends the list."""
        scope = self._open(wanted, actor)
        if wanted.coupled:
            return self._coupled_users(scope, wanted, limit, cursor)
        return self._live(System.CRM, scope, wanted, limit, cursor)

    def salespeople(
        self, wanted: Wanted, limit: int, cursor: str | None, actor: Actor
    ) -> tuple[Sequence[Listed], str | None]:
        """NAV salespeople. A page may be short; only a missing cursor ends the list."""
        scope = self._open(wanted, actor)
        if wanted.coupled:
            return self._coupled_salespeople(scope, wanted, limit, cursor)
        return self._live(System.NAV, scope, wanted, limit, cursor)

    def _live(
        self, system: System, scope: Scope, wanted: Wanted, limit: int, cursor: str | None
    ) -> tuple[Sequence[Listed], str | None]:
        """What a system lists, going on while nothing of a page is wanted.

        The system's own cursor is a link somewhere below the service's root: it goes out sealed, or a reader of one
        company could turn it into a look at another (trust 3.4).
        """
        listed = self._users if system is System.CRM else self._salespeople
        connector = scope.crm if system is System.CRM else scope.nav
        place = (scope.connection.name, scope.mapping.name, system.value)
        link = self._cursors.open(cursor, *place) if cursor is not None else None
        kept: list[Listed] = []
        for _ in range(_MOST_EMPTY_PAGES):
            page = connector.page(wanted.text, limit, link)
            kept, link = [row for row in listed(scope, page.records) if _is_wanted(row, wanted)], page.cursor
            if kept or link is None:
                break
        return kept, self._cursors.close(link, *place) if link is not None else None

    def _open(self, wanted: Wanted, actor: Actor) -> Scope:
        require_role(actor, Role.READER)
        if wanted.text is not None and len(wanted.text) > 100:
            raise InvalidInput("A search text has at most 100 characters.", errors={"q": ["Too long."]})
        return self._pairs.scope(wanted.connection, wanted.mapping, actor)

    def _users(self, scope: Scope, records: Sequence[Record]) -> list[Listed]:
        keys = [record.ref.key for record in records]
        coupled = self._couplings.by_crm_ids(scope.connection.name, scope.mapping.name, keys)
        return [_user(scope.mapping, record, coupled.get(record.ref.key)) for record in records]

    def _salespeople(self, scope: Scope, records: Sequence[Record]) -> list[Listed]:
        keys = [record.ref.key for record in records]
        coupled = self._couplings.by_nav_keys(scope.connection.name, scope.mapping.name, keys)
        return [Listed(record.ref.key, record, coupled.get(record.ref.key)) for record in records]

    def _coupled_users(
        self, scope: Scope, wanted: Wanted, limit: int, cursor: str | None
    ) -> tuple[Sequence[Listed], str | None]:
        couplings, following = self._couplings.find(_filter(scope, wanted), limit, cursor)
        records = scope.crm.read_many([coupling.crm_id for coupling in couplings])
        rows = [
            _user(scope.mapping, records[coupling.crm_id], coupling)
            if coupling.crm_id in records
            else Listed(coupling.crm_id, None, coupling, ("cannot be found in CRM",))
            for coupling in couplings
        ]
        return rows, following

    def _coupled_salespeople(
        self, scope: Scope, wanted: Wanted, limit: int, cursor: str | None
    ) -> tuple[Sequence[Listed], str | None]:
        couplings, following = self._couplings.find(_filter(scope, wanted), limit, cursor)
        records = scope.nav.read_many([coupling.nav_key for coupling in couplings])
        return [Listed(c.nav_key, records.get(c.nav_key), c) for c in couplings], following


def _filter(scope: Scope, wanted: Wanted) -> CouplingFilter:
    return CouplingFilter(frozenset({scope.connection.name}), mapping=scope.mapping.name, text=wanted.text)


def _user(mapping: IntegrationTableMapping, record: Record, coupling: Coupling | None) -> Listed:
    reasons = tuple(condition.reason for condition in filter_failures(mapping, record))
    return Listed(record.ref.key, record, coupling, reasons)


def _is_wanted(row: Listed, wanted: Wanted) -> bool:
    if wanted.coupled is False and row.coupling is not None:
        return False
    return wanted.everyone or row.coupling is not None or not row.not_eligible
