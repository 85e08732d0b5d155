"""The companies of a server instance, as OData and as API v2.0 show them, and finding one by name or id."""

import uuid
from typing import Any
from urllib.parse import quote

from coupler.sandbox.nav.answers import Refused, bad_request, no_company
from coupler.sandbox.nav.calls import Call
from coupler.sandbox.nav.columns import Column, Page, to_json
from coupler.sandbox.nav.salespeople import SEEDED, Company
from coupler.sandbox.wire import BadTarget, parse_key, text_literal

NO_ID = "00000000-0000-0000-0000-000000000000"
COMPANY_NAV = Page(0, "Company", "Company", "Company", "Name", (Column("Name", "name", "Name", max_length=30),))
COMPANY_BC = Page(
    0,
    "Company",
    "Company",
    "Company",
    "Name",
    (
        Column("Name", "name", "Name", max_length=30),
        Column("Display_Name", "name", "Display Name", max_length=250),
        Column("Evaluation_Company", "", "Evaluation Company", "boolean"),
        Column("Id", "id", "Id", "guid"),
        Column("Business_Profile_Id", "", "Business Profile Id", max_length=250),
    ),
)
COMPANY_API = Page(
    0,
    "company",
    "companies",
    "company",
    "id",
    (
        Column("id", "id", "Id", "guid"),
        Column("systemVersion", "", "System Version", max_length=250),
        Column("timestamp", "", "Timestamp", "number"),
        Column("name", "name", "Name", max_length=30),
        Column("displayName", "name", "Display Name", max_length=250),
        Column("businessProfileId", "", "Business Profile Id", max_length=250),
        Column("systemCreatedAt", "", "System Created At", "datetime"),
        Column("systemCreatedBy", "", "System Created By", "guid"),
        Column("systemModifiedAt", "", "System Modified At", "datetime"),
        Column("systemModifiedBy", "", "System Modified By", "guid"),
    ),
)


def odata_company(call: Call, company: Company) -> dict[str, Any]:
    """A row of `Company`; NAV shows the name only."""
    if not call.profile.has_api:
        return {"Name": company.name}
    return {
        "Name": company.name,
        "Display_Name": company.name,
        "Evaluation_Company": False,
        "Id": company.id,
        "Business_Profile_Id": "",
    }


def api_company(company: Company) -> dict[str, Any]:
    """A row of `companies`."""
    return {
        "id": company.id,
        "systemVersion": "26.1.0.0",
        "timestamp": 1,
        "name": company.name,
        "displayName": company.name,
        "businessProfileId": "",
        "systemCreatedAt": to_json(SEEDED),
        "systemCreatedBy": NO_ID,
        "systemModifiedAt": to_json(SEEDED),
        "systemModifiedBy": NO_ID,
    }


def company_by_key(call: Call, key: str) -> Company:
    """`'name'`, `Name='name'`, or `Id=guid` where the version knows it; names are case-sensitive."""
    try:
        parts = parse_key(key)
    except BadTarget as error:
        raise bad_request(str(error), "BadRequest_NotFound") from error
    if set(parts) == {"Id"} and call.profile.has_api:
        return company_by_id(call, parts["Id"])
    name = text_literal(parts.get("", parts.get("Name", "")))
    if name is None or len(parts) != 1:
        raise bad_request(f"Bad Request - Error in query syntax: Company({key}).", "BadRequest_InvalidRequestUrl")
    return company_by_name(call, name)


def company_by_name(call: Call, name: str) -> Company:
    """The company of exactly this name."""
    company = call.world.companies.get(name)
    if company is None:
        raise no_company(name)
    return company


def company_by_id(call: Call, text: str) -> Company:
    """The company with this id, in any letter case."""
    try:
        wanted = str(uuid.UUID(text))
    except ValueError as error:
        raise bad_request(f"Bad Request - Error in query syntax: '{text}'.", "BadRequest_NotFound") from error
    for company in call.world.companies.values():
        if company.id == wanted:
            return company
    raise no_company(text)


def company_asked_for(call: Call) -> Company:
    """By `?company=` or the header `Company` (name or id), else the server's default, which is the first."""
    wanted = call.query.get("company") or call.headers.get("Company")
    if not wanted:
        return next(iter(call.world.companies.values()))
    name = text_literal(wanted) or wanted
    try:
        uuid.UUID(name)
    except ValueError:
        return company_by_name(call, name)
    return company_by_id(call, name)


def context_key(company: Company) -> str:
    """The company as `@odata.context` names it."""
    return "'" + quote(company.name.replace("'", "''"), safe="'.") + "'"


def no_environment(name: str) -> Refused:
    """The online host knows no such environment."""
    return Refused(404, "NoEnvironment", f"Environment '{name}' does not exist.")
