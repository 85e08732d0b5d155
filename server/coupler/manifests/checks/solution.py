"""Rules for a CRM solution: the zip, solution.xml, customizations.xml and the web resources (surfaces 1.2, 1.8, 7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from coupler.manifests.checks.findings import Fault, Finding, Parts, found, missing_label_faults, text_faults
from coupler.manifests.checks.ribbon import ribbon_faults
from coupler.manifests.checks.scripts import address_faults, es5_faults, function_names
from coupler.manifests.checks.xml import Child, order_faults, parse, text_of
from coupler.manifests.surfaces import Surfaces

CONTENT_TYPES, SOLUTION, CUSTOMIZATIONS = "[Content_Types].xml", "solution.xml", "customizations.xml"
TYPES_NAMESPACE = "{http://schemas.openxmlformats.org/package/2006/content-types}"
# CRM's default upload limit, and what a set of buttons needs of it (surfaces 1.2).
LARGEST, LARGEST_OF_OURS = 5 * 1024 * 1024, 50 * 1024
NAME = re.compile(r"[a-z][a-z0-9]{1,7}_(?:/?[A-Za-z0-9._]+)+\Z")
GUID = re.compile(r"\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?\Z")
VERSION = re.compile(r"[0-9]+(\.[0-9]+){3}\Z")
PREFIX = re.compile(r"(?!mscrm)[a-z][a-z0-9]{1,7}\Z", re.IGNORECASE)
# Types 11 and 12 exist from 9.0 only, and the solution is for 2015 as well.
OLD_TYPES = {str(number) for number in range(1, 11)}
SCRIPT = "3"

_MANIFEST: tuple[Child, ...] = (
    ("UniqueName", 1, 1), ("LocalizedNames", 1, 1), ("Descriptions", 1, 1), ("Version", 1, 1), ("Managed", 1, 1),
    ("ConfigurationPage", 0, 1), ("Publisher", 1, 1), ("RootComponents", 1, 1), ("MissingDependencies", 1, 1),
)  # fmt: skip
_PUBLISHER: tuple[Child, ...] = (
    ("UniqueName", 1, 1), ("LocalizedNames", 1, 1), ("Descriptions", 1, 1), ("EMailAddress", 1, 1),
    ("SupportingWebsiteUrl", 1, 1), ("CustomizationPrefix", 1, 1), ("CustomizationOptionValuePrefix", 1, 1),
    ("Addresses", 1, 1),
)  # fmt: skip
_CUSTOMIZATIONS: tuple[Child, ...] = (
    ("Entities", 1, 1), ("Roles", 0, 1), ("Workflows", 0, 1), ("FieldSecurityProfiles", 0, 1), ("Templates", 0, 1),
    ("RibbonDiffXml", 0, 1), ("EntityMaps", 0, 1), ("EntityRelationships", 0, 1), ("OrganizationSettings", 0, 1),
    ("optionsets", 0, 1), ("WebResources", 1, 1), ("Languages", 1, 1),
)  # fmt: skip
_ENTITY: tuple[Child, ...] = (("Name", 1, 1), ("ObjectTypeCode", 1, 1), ("RibbonDiffXml", 1, 1))
_WEB_RESOURCE: tuple[Child, ...] = (
    ("WebResourceId", 1, 1), ("Name", 1, 1), ("DisplayName", 1, 1), ("Description", 0, 1), ("SilverlightVersion", 0, 1),
    ("LanguageCode", 0, 1), ("WebResourceType", 1, 1), ("IntroducedVersion", 0, 1), ("IsEnabledForMobileClient", 0, 1),
    ("IsCustomizable", 0, 1), ("CanBeDeleted", 0, 1), ("IsHidden", 0, 1), ("FileName", 1, 1),
)  # fmt: skip


def findings(artefact: str, parts: Parts, surfaces: Surfaces) -> Iterator[Finding]:
    """Every broken rule."""
    roots: dict[str, Element] = {}
    for part in (CONTENT_TYPES, SOLUTION, CUSTOMIZATIONS):
        read = parse(parts[part]) if part in parts else ("parts", "is missing")
        if isinstance(read, tuple):
            yield from found(artefact, part, [read])
        else:
            roots[part] = read
            yield from found(artefact, part, text_faults(parts[part]))
    if len(roots) < 3:
        return
    manifest, custom = roots[SOLUTION], roots[CUSTOMIZATIONS]
    yield from found(artefact, SOLUTION, _manifest_faults(manifest, surfaces))
    yield from found(artefact, SOLUTION, _component_faults(manifest, custom))
    yield from found(artefact, CUSTOMIZATIONS, _customization_faults(custom, surfaces, _functions(custom, parts)))
    yield from found(artefact, CONTENT_TYPES, _part_faults(roots[CONTENT_TYPES], custom, parts))
    yield from _resource_findings(artefact, custom, parts)
    yield from found(artefact, "", _size_faults(parts))


def _manifest_faults(root: Element, surfaces: Surfaces) -> Iterator[Fault]:
    solution = root.find("SolutionManifest")
    if root.tag != "ImportExportXml" or solution is None:
        yield "children", "ImportExportXml must hold a SolutionManifest"
        return
    for name in ("version", "SolutionPackageVersion", "languagecode", "generatedBy"):
        if name not in root.attrib:
            yield "attributes", f"ImportExportXml has no {name}"
    if root.get("SolutionPackageVersion", "") != surfaces.crm["package_version"]:
        yield "level", f"SolutionPackageVersion is not {surfaces.crm['package_version']}: older servers would refuse it"
    yield from order_faults(solution, _MANIFEST)
    yield from _language_faults(solution.findall("LocalizedNames/LocalizedName"), surfaces, "the solution's name")
    if not VERSION.match(text_of(solution, "Version")):
        yield "version", "the version has not four numbers"
    if text_of(solution, "Managed") not in ("0", "1"):
        yield "enumeration", "Managed is neither 0 nor 1"
    publisher = solution.find("Publisher")
    if publisher is not None:
        yield from _publisher_faults(publisher)


def _publisher_faults(publisher: Element) -> Iterator[Fault]:
    yield from order_faults(publisher, _PUBLISHER)
    if not PREFIX.match(text_of(publisher, "CustomizationPrefix")):
        yield "names", "the publisher's prefix is not 2 to 8 letters and digits, beginning with a letter, not mscrm"
    number = text_of(publisher, "CustomizationOptionValuePrefix")
    if not number.isdigit() or not 10_000 <= int(number) <= 99_999:
        yield "names", "the option value prefix is not a number from 10000 to 99999"
    if [text_of(one, "AddressNumber") for one in publisher.findall("Addresses/Address")] != ["1", "2"]:
        yield "children", "the publisher has not the addresses 1 and 2"


def _component_faults(manifest: Element, custom: Element) -> Iterator[Fault]:
    roots = manifest.findall("SolutionManifest/RootComponents/RootComponent")
    if any("behavior" in one.attrib for one in roots):
        yield "level", "a root component has a behavior, which is unknown before 8.0"
    listed = sorted((one.get("type", ""), one.get("schemaName", "")) for one in roots)
    entities = [("1", text_of(one, "Name").lower()) for one in custom.findall("Entities/Entity")]
    resources = [("61", text_of(one, "Name")) for one in custom.findall("WebResources/WebResource")]
    if listed != sorted(entities + resources):
        yield "components", "the root components are not the entities and web resources of customizations.xml"


def _functions(custom: Element, parts: Parts) -> set[str]:
    """Names of `$webresource:` libraries with their functions: `library!Coupler.openPartner`."""
    names = set()
    for one in custom.findall("WebResources/WebResource"):
        if text_of(one, "WebResourceType") == SCRIPT:
            script = parts.get(text_of(one, "FileName").removeprefix("/"), b"").decode("utf-8", "replace")
            names |= {f"{text_of(one, 'Name')}!{function}" for function in function_names(script)}
    return names


def _customization_faults(custom: Element, surfaces: Surfaces, functions: set[str]) -> Iterator[Fault]:
    yield from order_faults(custom, _CUSTOMIZATIONS)
    resources = {text_of(one, "Name") for one in custom.findall("WebResources/WebResource")}
    for entity in custom.findall("Entities/Entity"):
        yield from order_faults(entity, _ENTITY)
        name = entity.find("Name")
        if name is not None and not {"LocalizedName", "OriginalName"} <= set(name.attrib):
            yield "attributes", "an entity's Name needs LocalizedName and OriginalName"
        if not text_of(entity, "ObjectTypeCode").isdigit():
            yield "attributes", "an entity's ObjectTypeCode is no number"
        ribbon = entity.find("RibbonDiffXml")
        if ribbon is not None:
            yield from ribbon_faults(ribbon, resources, functions, [str(one.lcid) for one in surfaces.languages])
    for resource in custom.findall("WebResources/WebResource"):
        yield from _web_resource_faults(resource)
    for path in ("WebResourceId", "Name", "FileName"):
        values = [text_of(one, path).lower() for one in custom.findall("WebResources/WebResource")]
        if len(set(values)) != len(values):
            yield "unique", f"two web resources share a {path}"


def _web_resource_faults(resource: Element) -> Iterator[Fault]:
    yield from order_faults(resource, _WEB_RESOURCE)
    name = text_of(resource, "Name")
    if not NAME.match(name) or "//" in name:
        yield "names", f"{name} is no name CRM takes for a web resource"
    if not GUID.match(text_of(resource, "WebResourceId")):
        yield "names", f"the id of {name} is no GUID"
    if text_of(resource, "WebResourceType") not in OLD_TYPES:
        yield "level", f"the type of {name} is unknown to CRM 2015"


def _part_faults(types: Element, custom: Element, parts: Parts) -> Iterator[Fault]:
    overrides = {one.get("PartName", "") for one in types.findall(f"{TYPES_NAMESPACE}Override")}
    files = {text_of(one, "FileName") for one in custom.findall("WebResources/WebResource")}
    inside = {f"/{name}" for name in parts if name not in (CONTENT_TYPES, SOLUTION, CUSTOMIZATIONS)}
    for what, others in (("content types", overrides), ("web resources", files)):
        for name in sorted(inside - others):
            yield "parts", f"{name} is in the zip but not among the {what}"
        for name in sorted(others - inside):
            yield "parts", f"{name} is among the {what} but not in the zip"
    defaults = {one.get("Extension") for one in types.findall(f"{TYPES_NAMESPACE}Default")}
    if defaults != {"xml"}:
        yield "parts", "the content types have not exactly one default, for xml"


def _resource_findings(artefact: str, custom: Element, parts: Parts) -> Iterator[Finding]:
    for one in custom.findall("WebResources/WebResource"):
        content = parts.get(text_of(one, "FileName").removeprefix("/"))
        name, kind = text_of(one, "Name"), text_of(one, "WebResourceType")
        if content is None:
            continue
        if kind == SCRIPT:
            script = content.decode("utf-8", "replace")
            yield from found(artefact, name, text_faults(content))
            yield from found(artefact, name, es5_faults(script))
            yield from found(artefact, name, address_faults(script))
        if kind == "5" and not content.startswith(b"\x89PNG\r\n\x1a\n"):
            yield Finding(artefact, name, "types", "is no PNG picture")


def _language_faults(elements: list[Element], surfaces: Surfaces, what: str) -> Iterator[Fault]:
    given = [one.get("languagecode", "") for one in elements if one.get("description", "").strip()]
    return missing_label_faults([str(one.lcid) for one in surfaces.languages], given, what)


def _size_faults(parts: Parts) -> Iterator[Fault]:
    size = sum(map(len, parts.values()))
    if size > LARGEST:
        yield "size", f"unpacks to {size} bytes, more than CRM takes by default"
    for name, content in parts.items():
        if len(content) > LARGEST_OF_OURS:
            yield "size", f"{name} has {len(content)} bytes, more than a set of buttons needs"
