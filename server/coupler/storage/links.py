"""The one indexed read behind an opening (performance 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, Select, bindparam, select

from coupler.engine.ports import LinkTarget
from coupler.storage.connection_rows import CONNECTION_COLUMNS, connection_from
from coupler.storage.prepared import PreparedRead
from coupler.storage.tables import connections, couplings

_c = couplings.c
_COUPLING_COLUMNS = (_c.id, _c.nav_key, _c.nav_name, _c.crm_id, _c.crm_name)
_TARGETS = (
    select(*_COUPLING_COLUMNS, *CONNECTION_COLUMNS)
    .join_from(couplings, connections, _c.connection == connections.c.name)
    .where(_c.mapping == bindparam("mapping"), connections.c.enabled)
)
BY_NAV: Select[Any] = _TARGETS.where(_c.nav_key == bindparam("nav_key"))
BY_CRM: Select[Any] = _TARGETS.where(_c.crm_id == bindparam("crm_id"))


class LinkStore:
    """Implements engine.ports.LinkStore."""

    def __init__(self, engine: Engine) -> None:
        self._by_nav = PreparedRead(engine, BY_NAV)
        self._by_crm = PreparedRead(engine, BY_CRM)

    def by_nav(self, mapping: str, nav_key: str) -> Sequence[LinkTarget]:
        """Couplings of a NAV key in all enabled connections, by connection name."""
        return _targets(self._by_nav.rows(mapping=mapping, nav_key=nav_key))

    def by_crm(self, mapping: str, crm_id: str) -> Sequence[LinkTarget]:
        """Couplings of a CRM id in all enabled connections, by connection name."""
        return _targets(self._by_crm.rows(mapping=mapping, crm_id=crm_id))


def _targets(rows: Sequence[Sequence[Any]]) -> Sequence[LinkTarget]:
    targets = [_target(row) for row in rows]
    return sorted(targets, key=lambda target: target.connection.name) if len(targets) > 1 else targets


def _target(row: Sequence[Any]) -> LinkTarget:
    coupling, nav_key, nav_name, crm_id, crm_name, *connection = row
    return LinkTarget(coupling, nav_key, nav_name, crm_id, crm_name, connection_from(connection))
