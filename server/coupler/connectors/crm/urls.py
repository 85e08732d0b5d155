"""Deep links into CRM forms (surfaces 2.2, contract 4). Pure."""

from __future__ import annotations

import uuid

from coupler.domain.connection import CrmOrganization
from coupler.domain.mapping import CrmTable
from coupler.domain.values import guid


def record_url(organization: CrmOrganization, table: CrmTable, key: str) -> str:
    """The address of a record's form. Raises InvalidInput unless `key` is a GUID.

    `etn`, never `etc`: type codes of custom tables differ between organizations.
    """
    braced = f"%7B{guid(key).upper()}%7D"
    app = f"&appid={_app_id(organization.app_id)}" if organization.app_id else ""
    return f"{organization.base_url.rstrip('/')}/main.aspx?pagetype=entityrecord&etn={table.name}&id={braced}{app}"


def _app_id(text: str) -> uuid.UUID:
    return uuid.UUID(guid(text))
