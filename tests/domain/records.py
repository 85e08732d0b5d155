"""Records of one pair, as the connectors would give them."""

from __future__ import annotations

from datetime import UTC, datetime

from coupler.domain.coupling import Coupling, Origin
from coupler.domain.records import Record, RecordRef, System

KEY = "PS"
USER = "31914b34-be8d-4611-80d8-00155d892ddc"
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
LENGTHS = {"Code": 20, "Name": 50, "E-Mail": 80, "Phone No.": 30}


def salesperson(**fields: str) -> Record:
    """A NAV salesperson; fields by keyword: name, email, phone."""
    return Record(
        RecordRef(System.NAV, "salesperson", KEY),
        {
            "Code": KEY,
            "Name": fields.get("name", "Peter Saddow"),
            "E-Mail": fields.get("email", "ps@cronus.example"),
            "Phone No.": fields.get("phone", "+45 1234"),
        },
        etag='W/"1"',
    )


def user(**fields: str | bool | None) -> Record:
    """A CRM user; fields by keyword: name, email, phone, disabled, licensed, integration."""
    return Record(
        RecordRef(System.CRM, "systemuser", USER),
        {
            "systemuserid": USER,
            "fullname": fields.get("name", "Peter Saddow"),
            "internalemailaddress": fields.get("email", "ps@cronus.example"),
            "mobilephone": fields.get("phone", "+45 1234"),
            "isdisabled": fields.get("disabled", False),
            "islicensed": fields.get("licensed", True),
            "isintegrationuser": fields.get("integration", False),
        },
    )


def coupling(**changes: object) -> Coupling:
    """A coupling of the two, never synchronized unless `changes` say so."""
    values: dict[str, object] = {
        "id": "c-1",
        "connection": "cronus",
        "mapping": "SALESPEOPLE",
        "nav_key": KEY,
        "crm_id": USER,
        "nav_name": "Peter Saddow",
        "crm_name": "Peter Saddow",
        "origin": Origin.MANUAL,
        "created_at": NOON,
        "created_by": "Oscar",
        **changes,
    }
    return Coupling(**values)  # type: ignore[arg-type]
