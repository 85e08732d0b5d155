"""Suggestions that somebody rejected (domain N-02)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Engine, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from coupler.domain.access import unknown_connection
from coupler.domain.matching import Rejection
from coupler.storage.engine import reading, writing
from coupler.storage.failures import reference_violation
from coupler.storage.tables import suggestion_rejections

_c = suggestion_rejections.c
_COLUMNS = (_c.connection, _c.mapping, _c.nav_key, _c.crm_id, _c.rejected_at, _c.rejected_by)


class RejectionStore:
    """Implements engine.rejections.RejectionStore."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, rejections: Sequence[Rejection]) -> None:
        """Keep them in one transaction; a pair that is kept already stays as it is. Raises ConnectionUnknown."""
        rows = [
            {
                "connection": each.connection,
                "mapping": each.mapping,
                "nav_key": each.nav_key,
                "crm_id": each.crm_id,
                "rejected_at": each.at,
                "rejected_by": each.by,
            }
            for each in rejections
        ]
        if not rows:
            return
        with writing(self._engine) as database:
            insert = sqlite.insert if database.dialect.name == "sqlite" else postgresql.insert
            try:
                database.execute(insert(suggestion_rejections).values(rows).on_conflict_do_nothing())
            except IntegrityError as error:
                unknown = unknown_connection(rejections[0].connection)
                raise (unknown if reference_violation(error) else error) from error

    def of_nav(self, connection: str, mapping: str, nav_key: str) -> Sequence[Rejection]:
        """Those of a NAV record, by CRM id."""
        return self._where(connection, mapping, _c.nav_key == nav_key)

    def of_crm(self, connection: str, mapping: str, crm_id: str) -> Sequence[Rejection]:
        """Those of a CRM record, by NAV key."""
        return self._where(connection, mapping, _c.crm_id == crm_id)

    def _where(self, connection: str, mapping: str, condition: ColumnElement[bool]) -> Sequence[Rejection]:
        wanted = (_c.connection == connection, _c.mapping == mapping, condition)
        statement = select(*_COLUMNS).where(*wanted).order_by(_c.nav_key, _c.crm_id)
        with reading(self._engine) as database:
            return [Rejection(*row) for row in database.execute(statement)]

    def forget(self, connection: str, mapping: str, nav_key: str | None, crm_id: str | None) -> int:
        """Drop those of a NAV record, of a CRM record or of the pair, and say how many; neither drops nothing."""
        named = [
            condition
            for value, condition in ((nav_key, _c.nav_key == nav_key), (crm_id, _c.crm_id == crm_id))
            if value is not None
        ]
        if not named:
            return 0
        statement = delete(suggestion_rejections).where(_c.connection == connection, _c.mapping == mapping, *named)
        with writing(self._engine) as database:
            return database.execute(statement).rowcount
