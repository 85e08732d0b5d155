"""The standard API v2.0: property names of its own and a GUID per row (protocols 3.3). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from coupler.connectors import odata
from coupler.connectors.nav.protocol import RowShape
from coupler.domain.errors import ServiceNotFound
from coupler.domain.mapping import IntegrationTableMapping

_FLAGS = {"Blocked": "blocked", "Privacy Blocked": "privacyBlocked"}


def api_shape(mapping: IntegrationTableMapping) -> RowShape:
    """The API's names for the mapped fields. Raises ServiceNotFound for a field the API does not have."""
    table = mapping.nav
    captions = tuple(dict.fromkeys((*mapping.nav_fields(), *table.search_fields)))
    missing = [caption for caption in captions if caption not in table.api_names]
    if missing:
        raise ServiceNotFound(
            f"API v2.0 does not offer {', '.join(missing)}. "
            f'Publish page {table.card_page} and use web service "odata".',
            system="nav",
        )
    return RowShape(
        table=table.name,
        key_field=table.key_field,
        search_fields=table.search_fields,
        names={caption: table.api_names[caption] for caption in captions},
        flags=_FLAGS,
        stable_id="id",
        modified_on="lastModifiedDateTime",
    )


def company_id(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    """The id of the company of exactly that name. Raises ServiceNotFound naming those there are."""
    names = [odata.required_text(row, "name") for row in rows]
    for row, found in zip(rows, names, strict=True):
        if found == name:
            return odata.required_guid(row, "id")
    there = ", ".join(names[:10]) or "none that this user may see"
    raise ServiceNotFound(
        f"There is no company {name}; capital letters count. There is: {there}.", system="nav", company=name
    )
