"""Couplings as rows and back, and what SQL can ask about them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_

from coupler.domain.coupling import Coupling, Origin, Result, SideState, State
from coupler.storage.tables import couplings

_c = couplings.c
_SEPARATOR = "\x1f"

COUPLING_COLUMNS = tuple(column for column in couplings.c if column.name != "search_text")


def coupling_row(coupling: Coupling) -> dict[str, Any]:
    """The row of a coupling, by column name."""
    return {
        "id": coupling.id,
        "connection": coupling.connection,
        "mapping": coupling.mapping,
        "nav_key": coupling.nav_key,
        "crm_id": coupling.crm_id,
        "nav_name": coupling.nav_name,
        "crm_name": coupling.crm_name,
        "origin": coupling.origin.value,
        "created_at": coupling.created_at,
        "created_by": coupling.created_by,
        "nav_stable_id": coupling.nav_stable_id,
        "nav_modified_on": coupling.nav.modified_on,
        "nav_result": coupling.nav.result,
        "crm_modified_on": coupling.crm.modified_on,
        "crm_result": coupling.crm.result,
        "base": coupling.base,
        "last_synchronized_at": coupling.last_synchronized_at,
        "last_synchronized_by": coupling.last_synchronized_by,
        "last_error": coupling.last_error,
        "differs": coupling.differs,
        "skipped": coupling.skipped,
        "health": coupling.health,
        "version": coupling.version,
        "search_text": _SEPARATOR.join(map(folded, (coupling.nav_key, coupling.nav_name, coupling.crm_name))),
    }


def coupling_from(values: Sequence[Any]) -> Coupling:
    """The coupling of a row read as COUPLING_COLUMNS."""
    (
        id_, connection, mapping, nav_key, crm_id, nav_name, crm_name, origin, created_at, created_by,
        nav_stable_id, nav_modified_on, nav_result, crm_modified_on, crm_result, base, last_synchronized_at,
        last_synchronized_by, last_error, differs, skipped, health, version,
    ) = values  # fmt: skip
    return Coupling(
        id=id_,
        connection=connection,
        mapping=mapping,
        nav_key=nav_key,
        crm_id=crm_id,
        nav_name=nav_name,
        crm_name=crm_name,
        origin=Origin(origin),
        created_at=created_at,
        created_by=created_by,
        nav_stable_id=nav_stable_id,
        nav=SideState(nav_modified_on, None if nav_result is None else Result(nav_result)),
        crm=SideState(crm_modified_on, None if crm_result is None else Result(crm_result)),
        base=base,
        last_synchronized_at=last_synchronized_at,
        last_synchronized_by=last_synchronized_by,
        last_error=last_error,
        differs=differs,
        skipped=skipped,
        health=tuple(health),
        version=version,
    )


def folded(text: str) -> str:
    """Text for a search that ignores case and width in every alphabet; the databases' own LIKE knows ASCII only."""
    return unicodedata.normalize("NFKC", text).casefold()


def contains_text(text: str) -> ColumnElement[bool]:
    """Whether the NAV key or one of the names contains the text, taken literally."""
    return _c.search_text.contains(folded(text), autoescape=True)


def _is_unwell(health: str) -> ColumnElement[bool]:
    """Whether the JSON array holds the word; `replace` compares exactly on both databases, LIKE does not."""
    return func.replace(_c.health, f'"{health}"', "") != _c.health


def is_in_state(state: State) -> ColumnElement[bool]:
    """Coupling.state in SQL; a property test holds the two together."""
    return _state == state.value


_state: ColumnElement[str] = case(
    (or_(_is_unwell("salesperson_gone"), _is_unwell("user_gone")), State.BROKEN.value),
    (_c.skipped, State.SKIPPED.value),
    (or_(_c.nav_result == Result.FAILURE.value, _c.crm_result == Result.FAILURE.value), State.FAILED.value),
    (_c.last_synchronized_at.is_(None), State.NEVER_SYNCHRONIZED.value),
    (_c.differs, State.DIFFERS.value),
    else_=State.IN_STEP.value,
)
