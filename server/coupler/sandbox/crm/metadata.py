"""What the organization says of itself: service document, CSDL, and entity definitions (protocols 1.1, 1.12)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from coupler.sandbox.crm.attributes import BY_LOGICAL_NAME, TABLES, Attribute, Kind, TableDefinition
from coupler.sandbox.crm.user_rows import ORGANIZATION_ID

if TYPE_CHECKING:
    from coupler.sandbox.world import World

_EDM: Mapping[Kind, str] = {
    "string": "Edm.String",
    "boolean": "Edm.Boolean",
    "picklist": "Edm.Int32",
    "integer": "Edm.Int32",
    "bigint": "Edm.Int64",
    "decimal": "Edm.Decimal",
    "guid": "Edm.Guid",
    "key": "Edm.Guid",
    "lookup": "Edm.Guid",
    "datetime": "Edm.DateTimeOffset",
}
_ATTRIBUTE_TYPES: Mapping[Kind, str] = {
    "string": "String",
    "boolean": "Boolean",
    "picklist": "Picklist",
    "integer": "Integer",
    "bigint": "BigInt",
    "decimal": "Decimal",
    "guid": "Uniqueidentifier",
    "key": "Uniqueidentifier",
    "lookup": "Lookup",
    "datetime": "DateTime",
}


def service_document(root: str) -> dict[str, Any]:
    """The entity sets."""
    sets = [*TABLES, "EntityDefinitions"]
    return {
        "@odata.context": f"{root}$metadata",
        "value": [{"name": name, "kind": "EntitySet", "url": name} for name in sorted(sets)],
    }


def csdl() -> str:
    """The `$metadata` document of what the sandbox has; lengths are in it."""
    types = "".join(_entity_type(table) for table in TABLES.values())
    sets = "".join(_entity_set(table) for table in TABLES.values())
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        '<Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
        '<EntityType Name="crmbaseentity" Abstract="true"/>'
        f"{types}"
        '<ComplexType Name="WhoAmIResponse">'
        '<Property Name="BusinessUnitId" Type="Edm.Guid" Nullable="false"/>'
        '<Property Name="UserId" Type="Edm.Guid" Nullable="false"/>'
        '<Property Name="OrganizationId" Type="Edm.Guid" Nullable="false"/></ComplexType>'
        '<Function Name="WhoAmI"><ReturnType Type="mscrm.WhoAmIResponse" Nullable="false"/></Function>'
        f'<EntityContainer Name="System">{sets}'
        '<FunctionImport Name="WhoAmI" Function="mscrm.WhoAmI"/></EntityContainer>'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )


def entity_definitions(world: World) -> list[dict[str, Any]]:
    """Every table as `EntityMetadata`."""
    return [_definition(world, table) for table in TABLES.values()]


def attribute_definitions(table: TableDefinition) -> list[dict[str, Any]]:
    """Every attribute of a table as `AttributeMetadata`, `@odata.type` saying of which kind."""
    return [_attribute(table, attribute) for attribute in table.attributes.values()]


def key_definitions(table: TableDefinition) -> list[dict[str, Any]]:
    """The alternate keys."""
    return [
        {
            "MetadataId": _metadata_id(table.logical, "key", name),
            "LogicalName": name,
            "SchemaName": name,
            "EntityLogicalName": table.logical,
            "KeyAttributes": [attribute],
            "EntityKeyIndexStatus": "Active",
        }
        for name, attribute in table.keys.items()
    ]


def _entity_type(table: TableDefinition) -> str:
    properties = "".join(_property(attribute) for attribute in table.attributes.values())
    navigation = "".join(
        f'<NavigationProperty Name="{attribute.logical}" Type="mscrm.{attribute.target}">'
        f'<ReferentialConstraint Property="{attribute.name}" ReferencedProperty="{attribute.target}id"/>'
        "</NavigationProperty>"
        for attribute in table.attributes.values()
        if attribute.kind == "lookup" and attribute.target in BY_LOGICAL_NAME
    )
    return (
        f'<EntityType Name="{table.logical}" BaseType="mscrm.crmbaseentity">'
        f'<Key><PropertyRef Name="{table.primary_id}"/></Key>{properties}{navigation}</EntityType>'
    )


def _property(attribute: Attribute) -> str:
    length = f' MaxLength="{attribute.length}"' if attribute.length else ""
    required = "" if attribute.nullable else ' Nullable="false"'
    return f'<Property Name={quoteattr(attribute.name)} Type="{_EDM[attribute.kind]}"{length}{required}/>'


def _entity_set(table: TableDefinition) -> str:
    bindings = "".join(
        f'<NavigationPropertyBinding Path="{attribute.logical}" Target="{target.entity_set}"/>'
        for attribute in table.attributes.values()
        if attribute.kind == "lookup" and (target := BY_LOGICAL_NAME.get(attribute.target or ""))
    )
    return f'<EntitySet Name="{table.entity_set}" EntityType="mscrm.{table.logical}">{bindings}</EntitySet>'


def _definition(world: World, table: TableDefinition) -> dict[str, Any]:
    tracking = table.logical == "systemuser" and world.switches.crm_change_tracking
    concurrency = table.logical == "systemuser" and world.switches.crm_optimistic_concurrency
    return {
        "MetadataId": _metadata_id(table.logical),
        "LogicalName": table.logical,
        "SchemaName": "".join(part.capitalize() for part in table.logical.split("_")),
        "EntitySetName": table.entity_set,
        "LogicalCollectionName": table.entity_set,
        "CollectionSchemaName": table.entity_set.capitalize(),
        "ObjectTypeCode": table.type_code,
        "PrimaryIdAttribute": table.primary_id,
        "PrimaryNameAttribute": table.primary_name,
        "ChangeTrackingEnabled": tracking,
        "CanChangeTrackingBeEnabled": _managed(tracking, "canchangetrackingbeenabled"),
        "IsOptimisticConcurrencyEnabled": concurrency,
        "IsCustomEntity": False,
        "IsPrivate": False,
        "OwnershipType": "BusinessOwned",
        "TableType": "Standard",
        "DisplayName": _label(table.display),
        "DisplayCollectionName": _label(f"{table.display}s"),
        "Description": _label(table.display),
    }


def _attribute(table: TableDefinition, attribute: Attribute) -> dict[str, Any]:
    kind = _ATTRIBUTE_TYPES[attribute.kind]
    shown: dict[str, Any] = {
        "@odata.type": f"#Microsoft.Dynamics.CRM.{kind}AttributeMetadata",
        "MetadataId": _metadata_id(table.logical, attribute.logical),
        "LogicalName": attribute.logical,
        "SchemaName": attribute.logical,
        "EntityLogicalName": table.logical,
        "AttributeType": kind,
        "AttributeTypeName": {"Value": f"{kind}Type"},
        "AttributeOf": None,
        "DisplayName": _label(attribute.logical),
        "IsPrimaryId": attribute.kind == "key",
        "IsPrimaryName": attribute.logical == table.primary_name,
        "IsValidForRead": True,
        "IsValidForCreate": attribute.write != "never",
        "IsValidForUpdate": attribute.write == "always",
        "RequiredLevel": _managed(
            "None" if attribute.nullable else "SystemRequired", "canmodifyrequirementlevelsettings"
        ),
    }
    if attribute.kind == "string":
        shown |= {"MaxLength": attribute.length, "Format": attribute.format, "FormatName": {"Value": attribute.format}}
    if attribute.kind == "lookup":
        shown["Targets"] = [attribute.target]
    if attribute.kind == "picklist":
        shown["OptionSet"] = _option_set(table, attribute)
    return shown


def _option_set(table: TableDefinition, attribute: Attribute) -> dict[str, Any]:
    return {
        "MetadataId": _metadata_id(table.logical, attribute.logical, "options"),
        "Name": f"{table.logical}_{attribute.logical}",
        "IsGlobal": False,
        "OptionSetType": "Picklist",
        "Options": [
            {"Value": value, "Label": _label(text), "Description": _label(""), "IsManaged": True}
            for value, text in attribute.labels.items()
        ],
    }


def _label(text: str) -> dict[str, Any]:
    label = {"Label": text, "LanguageCode": 1033, "IsManaged": True}
    return {"LocalizedLabels": [label], "UserLocalizedLabel": label}


def _managed(value: Any, name: str) -> dict[str, Any]:
    return {"Value": value, "CanBeChanged": False, "ManagedPropertyLogicalName": name}


def _metadata_id(*names: str) -> str:
    return str(uuid.uuid5(uuid.UUID(ORGANIZATION_ID), "/".join(names)))
