"""Connections and what was set for their mappings, as rows and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Text, type_coerce

from coupler.domain.connection import (
    SECRET_NAMES,
    Connection,
    CrmOrganization,
    NavCompany,
    Secrets,
    SignIn,
    SignInKind,
    WebClient,
    WebService,
)
from coupler.domain.mapping import BlankRule, FieldOverride, MappingOverride, TruncationRule
from coupler.domain.records import System
from coupler.storage.secrets_box import SecretsBox
from coupler.storage.tables import connections

_c = connections.c

CONNECTION_COLUMNS = (
    _c.name,
    _c.title,
    _c.enabled,
    _c.version,
    _c.created_at,
    type_coerce(_c.settings, Text).label("settings"),
)


def settings_of(connection: Connection) -> dict[str, Any]:
    """Everything about both systems that is no secret, as JSON."""
    return {"crm": asdict(connection.crm), "nav": asdict(connection.nav)}


def connection_from(values: Sequence[Any]) -> Connection:
    """The connection of a row read as CONNECTION_COLUMNS. Equal rows give the same object: reading JSON is slow."""
    name, title, enabled, version, created_at, settings = values
    return _connection(name, title, bool(enabled), version, created_at, settings)


@lru_cache(maxsize=1024)
def _connection(name: str, title: str, enabled: bool, version: int, created_at: datetime, settings: str) -> Connection:
    both = orjson.loads(settings)
    crm, nav = both["crm"], both["nav"]
    return Connection(
        name=name,
        title=title,
        crm=CrmOrganization(**{**crm, "sign_in": _sign_in(crm["sign_in"])}),
        nav=NavCompany(
            **{
                **nav,
                "sign_in": _sign_in(nav["sign_in"]),
                "web_service": WebService(nav["web_service"]),
                "client": WebClient(nav["client"]),
            }
        ),
        enabled=enabled,
        version=version,
        created_at=created_at,
    )


def _sign_in(settings: Mapping[str, Any]) -> SignIn:
    return SignIn(**{**settings, "kind": SignInKind(settings["kind"])})


def sealed_secrets(box: SecretsBox, connection: str, secrets: Secrets) -> dict[str, dict[str, str]]:
    """The secrets by side and name, each sealed for its place."""
    return {
        side.value: {name: box.seal(value, connection, side.value, name) for name, value in secrets.of(side).items()}
        for side in System
    }


def used_secrets(connection: Connection, *sealed: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Sealed secrets by side and name, later ones in place of earlier ones, without those not used to sign in."""
    used: dict[str, dict[str, str]] = {}
    for side in System:
        names = SECRET_NAMES[connection.sign_in(side).kind]
        used[side.value] = {name: value for part in sealed for name, value in part[side.value].items() if name in names}
    return used


def opened_secrets(box: SecretsBox, connection: str, sealed: Mapping[str, Mapping[str, str]]) -> Secrets:
    """The secrets in clear. Raises StorageError when no key fits."""
    opened = {
        side.value: {name: box.open(value, connection, side.value, name) for name, value in sealed[side.value].items()}
        for side in System
    }
    return Secrets(crm=opened[System.CRM.value], nav=opened[System.NAV.value])


def override_settings(override: MappingOverride) -> dict[str, Any]:
    """What was set, as JSON, without the version."""
    fields = override.fields
    return {
        "enabled": override.enabled,
        "fields": None if fields is None else {name: asdict(field) for name, field in fields.items()},
    }


def override_from(settings: Mapping[str, Any], version: int) -> MappingOverride:
    """What was set for a mapping."""
    fields = settings["fields"]
    return MappingOverride(
        enabled=settings["enabled"],
        fields=None if fields is None else {name: _field_override(field) for name, field in fields.items()},
        version=version,
    )


def _field_override(settings: Mapping[str, Any]) -> FieldOverride:
    blank, truncation = settings["blank"], settings["truncation"]
    return FieldOverride(
        blank=None if blank is None else BlankRule(blank),
        truncation=None if truncation is None else TruncationRule(truncation),
        enabled=settings["enabled"],
    )
