"""Tables and their attributes as data: types, lengths, who may write (protocols 1.6 for `systemuser`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from coupler.sandbox.filters import Field
from coupler.sandbox.filters import Kind as FilterKind

Kind = Literal["string", "boolean", "picklist", "integer", "bigint", "guid", "datetime", "lookup", "key", "decimal"]
Write = Literal["always", "create", "never"]

FILTER_KINDS: Mapping[Kind, FilterKind] = {
    "string": "text",
    "boolean": "boolean",
    "picklist": "number",
    "integer": "number",
    "bigint": "number",
    "decimal": "number",
    "guid": "guid",
    "datetime": "datetime",
    "lookup": "guid",
    "key": "guid",
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One column. `name` is its property in JSON; for a lookup that is `_x_value`, and `logical` is `x`.

    `labels` are the option labels, of a Boolean by 0 and 1. `target` is the table a lookup leads to.
    """

    name: str
    kind: Kind
    length: int | None = None
    write: Write = "always"
    nullable: bool = True
    default: Any = None
    labels: Mapping[int, str] = field(default_factory=dict)
    target: str | None = None
    format: str | None = None

    @property
    def logical(self) -> str:
        """The name in metadata."""
        return self.name[1:].removesuffix("_value") if self.kind == "lookup" else self.name

    @property
    def filter_field(self) -> Field:
        """What a filter must know of it."""
        return Field(FILTER_KINDS[self.kind], self.length)


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """A table as metadata tells of it. `keys` are alternate keys: name to attribute."""

    logical: str
    entity_set: str
    display: str
    type_code: int
    primary_name: str
    attributes: Mapping[str, Attribute]
    keys: Mapping[str, str] = field(default_factory=dict)
    privilege: str = ""

    @property
    def primary_id(self) -> str:
        """The key column."""
        return f"{self.logical}id"

    @property
    def fields(self) -> dict[str, Field]:
        """For compiling filters."""
        return {name: attribute.filter_field for name, attribute in self.attributes.items()}


def _text(name: str, length: int, write: Write = "always", format_: str = "Text") -> Attribute:
    return Attribute(name, "string", length, write, format=format_)


def _flag(name: str, off: str, on: str, write: Write = "always") -> Attribute:
    return Attribute(name, "boolean", None, write, nullable=False, default=False, labels={0: off, 1: on})


def _choice(name: str, labels: Mapping[int, str], write: Write = "always") -> Attribute:
    return Attribute(name, "picklist", None, write, nullable=False, default=0, labels=labels)


def _moment(name: str) -> Attribute:
    return Attribute(name, "datetime", None, "never")


def _lookup(name: str, target: str, write: Write = "never", *, nullable: bool = True) -> Attribute:
    return Attribute(f"_{name}_value", "lookup", None, write, nullable, target=target)


def _by_name(*attributes: Attribute) -> dict[str, Attribute]:
    return {attribute.name: attribute for attribute in attributes}


_CAL_TYPES = (
    "Professional",
    "Administrative",
    "Basic",
    "Device Professional",
    "Device Basic",
    "Essential",
    "Device Essential",
    "Enterprise",
    "Device Enterprise",
    "Sales",
    "Service",
    "Field Service",
    "Project Service",
)

SYSTEMUSER = TableDefinition(
    logical="systemuser",
    entity_set="systemusers",
    display="User",
    type_code=8,
    primary_name="fullname",
    keys={"aadobjectid": "azureactivedirectoryobjectid"},
    privilege="prvReadUser",
    attributes=_by_name(
        Attribute("systemuserid", "key", None, "create", nullable=False),
        Attribute("ownerid", "guid", None, "never", nullable=False),
        _text("fullname", 200, "never"),
        _text("firstname", 256),
        _text("lastname", 256),
        _text("middlename", 50),
        _text("nickname", 50),
        _text("salutation", 20),
        _text("internalemailaddress", 100, format_="Email"),
        _text("personalemailaddress", 100, format_="Email"),
        _text("mobilephone", 64, format_="Phone"),
        _text("homephone", 50, format_="Phone"),
        _text("address1_telephone1", 64, format_="Phone"),
        _text("title", 128),
        _text("jobtitle", 100),
        _text("employeeid", 100),
        _text("domainname", 1024),
        _text("windowsliveid", 1024, format_="Email"),
        _flag("isdisabled", "Enabled", "Disabled"),
        _flag("islicensed", "No", "Yes"),
        _flag("isintegrationuser", "No", "Yes"),
        _flag("setupuser", "No", "Yes"),
        _choice(
            "accessmode",
            {
                0: "Read-Write",
                1: "Administrative",
                2: "Read",
                3: "Support User",
                4: "Non-interactive",
                5: "Delegated Admin",
            },
        ),
        _choice("caltype", dict(enumerate(_CAL_TYPES))),
        Attribute("applicationid", "guid", None, "create"),
        _text("applicationiduri", 1024, "never"),
        Attribute("azureactivedirectoryobjectid", "guid", None, "never"),
        _choice("azurestate", {0: "Exists", 1: "Soft deleted", 2: "Not found or hard deleted"}),
        _choice("deletedstate", {0: "Not deleted", 1: "Soft deleted"}, "never"),
        _moment("azuredeletedon"),
        Attribute("userlicensetype", "integer", None, nullable=False, default=0),
        _lookup("businessunitid", "businessunit", "always", nullable=False),
        _lookup("parentsystemuserid", "systemuser", "always"),
        _moment("createdon"),
        _moment("modifiedon"),
        _lookup("createdby", "systemuser"),
        _lookup("modifiedby", "systemuser"),
        _lookup("modifiedonbehalfby", "systemuser"),
        Attribute("versionnumber", "bigint", None, "never"),
        Attribute("organizationid", "guid", None, "never", nullable=False),
        _text("disabledreason", 500, "never"),
        Attribute("entityimageid", "guid", None, "never"),
        _text("entityimage_url", 200, "never", "Url"),
        Attribute("entityimage_timestamp", "bigint", None, "never"),
    ),
)

BUSINESSUNIT = TableDefinition(
    logical="businessunit",
    entity_set="businessunits",
    display="Business Unit",
    type_code=10,
    primary_name="name",
    privilege="prvReadBusinessUnit",
    attributes=_by_name(
        Attribute("businessunitid", "key", None, "never", nullable=False),
        _text("name", 160, "never"),
        _flag("isdisabled", "No", "Yes", "never"),
        _lookup("parentbusinessunitid", "businessunit"),
        _lookup("organizationid", "organization"),
        _moment("createdon"),
        _moment("modifiedon"),
        Attribute("versionnumber", "bigint", None, "never"),
    ),
)

ORGANIZATION = TableDefinition(
    logical="organization",
    entity_set="organizations",
    display="Organization",
    type_code=1019,
    primary_name="name",
    privilege="prvReadOrganization",
    attributes=_by_name(
        Attribute("organizationid", "key", None, "never", nullable=False),
        _text("name", 160, "never"),
        Attribute("expirechangetrackingindays", "integer", None, "never"),
        Attribute("fullnameconventioncode", "integer", None, "never"),
        Attribute("languagecode", "integer", None, "never"),
        Attribute("localeid", "integer", None, "never"),
        _moment("createdon"),
        _moment("modifiedon"),
        Attribute("versionnumber", "bigint", None, "never"),
    ),
)

SOLUTION = TableDefinition(
    logical="solution",
    entity_set="solutions",
    display="Solution",
    type_code=7100,
    primary_name="friendlyname",
    privilege="prvReadSolution",
    attributes=_by_name(
        Attribute("solutionid", "key", None, "never", nullable=False),
        _text("uniquename", 65, "never"),
        _text("friendlyname", 256, "never"),
        _text("version", 256, "never"),
        _flag("ismanaged", "Unmanaged", "Managed", "never"),
        _flag("isvisible", "No", "Yes", "never"),
        _moment("installedon"),
        _moment("createdon"),
        _moment("modifiedon"),
        Attribute("versionnumber", "bigint", None, "never"),
    ),
)

TABLES: Mapping[str, TableDefinition] = {
    table.entity_set: table for table in (SYSTEMUSER, BUSINESSUNIT, ORGANIZATION, SOLUTION)
}
BY_LOGICAL_NAME: Mapping[str, TableDefinition] = {table.logical: table for table in TABLES.values()}
