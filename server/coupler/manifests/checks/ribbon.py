"""Rules for RibbonDiffXml: order, required children, enumerations, and references (surfaces 1.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element

from coupler.manifests.checks.findings import Fault, missing_label_faults
from coupler.manifests.checks.xml import MANY, Child, order_faults

_RIBBON: tuple[Child, ...] = (
    ("CustomActions", 0, 1), ("Templates", 0, 1), ("CommandDefinitions", 0, 1), ("RuleDefinitions", 0, 1),
    ("LocLabels", 0, 1),
)  # fmt: skip
_MODELS: Mapping[str, tuple[Child, ...]] = {
    "CustomActions": (("CustomAction", 0, MANY), ("HideCustomAction", 0, MANY)),
    "CustomAction": (("CommandUIDefinition", 1, 1),),
    "CommandUIDefinition": (("Button", 1, 1),),
    "CommandDefinitions": (("CommandDefinition", 0, MANY),),
    "CommandDefinition": (("EnableRules", 1, 1), ("DisplayRules", 1, 1), ("Actions", 1, 1)),
    "RuleDefinitions": (("TabDisplayRules", 1, 1), ("DisplayRules", 1, 1), ("EnableRules", 1, 1)),
    "LocLabels": (("LocLabel", 0, MANY),),
    "LocLabel": (("Titles", 1, 1),),
    "Titles": (("Title", 1, MANY),),
}
CRM_PARAMETERS = frozenset((
    "PrimaryEntityTypeCode", "PrimaryEntityTypeName", "PrimaryItemIds", "FirstPrimaryItemId", "PrimaryControl",
    "PrimaryControlId", "SelectedEntityTypeCode", "SelectedEntityTypeName", "FirstSelectedItemId",
    "SelectedControl", "SelectedControlSelectedItemCount", "SelectedControlSelectedItemIds",
    "SelectedControlSelectedItemReferences", "SelectedControlAllItemCount", "SelectedControlAllItemIds",
    "SelectedControlAllItemReferences", "SelectedControlUnselectedItemCount", "SelectedControlUnselectedItemIds",
    "SelectedControlUnselectedItemReferences", "OrgName", "OrgLcid", "UserLcid", "CommandProperties",
))  # fmt: skip
_PARAMETERS = {"CrmParameter", "StringParameter", "IntParameter", "BoolParameter", "DecimalParameter"}
_ACTIONS = {"JavaScriptFunction", "Url", "OutlookCommand"}
# Rules of an EnableRule that the schema of 2015 knows, with the attributes that must be there.
_ENABLE_RULES: Mapping[str, tuple[str, ...]] = {
    "FormStateRule": ("State",), "SelectionCountRule": (), "CustomRule": ("FunctionName", "Library"),
    "RecordPrivilegeRule": ("PrivilegeType",), "ValueRule": ("Field", "Value"), "EntityRule": (),
    "PageRule": ("Address",), "SkuRule": ("Sku",), "CommandClientTypeRule": ("Type",), "CrmClientTypeRule": ("Type",),
    "CrmOfflineAccessStateRule": ("State",), "OrRule": (),
}  # fmt: skip
_ENUMERATIONS: Mapping[tuple[str, str], frozenset[str]] = {
    ("FormStateRule", "State"): frozenset({"Create", "Existing", "ReadOnly", "Disabled", "BulkEdit"}),
    ("SelectionCountRule", "AppliesTo"): frozenset({"PrimaryEntity", "SelectedEntity"}),
    ("CommandClientTypeRule", "Type"): frozenset({"Modern", "Refresh", "Legacy"}),
    ("CrmParameter", "Value"): CRM_PARAMETERS,
}
_FUNCTION = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*(\.[A-Za-z_$][A-Za-z0-9_$]*)*\Z")
_LOCATION = re.compile(r"Mscrm\.(Form|HomepageGrid|SubGrid)\.[a-z][a-z0-9_]*\.[A-Za-z.]+\.Controls\._children\Z")
_BUTTON = ("Command", "Sequence", "LabelText", "Alt", "ToolTipTitle", "TemplateAlias", "Image16by16", "Image32by32")


def ribbon_faults(
    ribbon: Element, resources: set[str], functions: set[str], languages: Sequence[str]
) -> Iterator[Fault]:
    """Every broken rule. `functions` are `library!function`, `languages` LCIDs as text."""
    yield from order_faults(ribbon, _RIBBON)
    for element in ribbon.iter():
        if element.tag in _MODELS:
            yield from order_faults(element, _MODELS[element.tag])
        yield from _attribute_faults(element)
        yield from _resource_faults(element, resources)
    yield from _id_faults(ribbon)
    yield from _reference_faults(ribbon)
    for function in ribbon.iter("JavaScriptFunction"):
        yield from _function_faults(function, functions)
    for label in ribbon.iter("LocLabel"):
        given = [one.get("languagecode", "") for one in label.iter("Title") if one.get("description", "").strip()]
        yield from missing_label_faults(languages, given, f"the label {label.get('Id')}")


def _attribute_faults(element: Element) -> Iterator[Fault]:
    for (tag, attribute), allowed in _ENUMERATIONS.items():
        value = element.get(attribute)
        if element.tag == tag and value is not None and value not in allowed:
            yield "enumeration", f"{tag} has {attribute} {value}, which CRM does not know"
    if element.tag == "CustomAction" and not _LOCATION.match(element.get("Location", "")):
        yield "location", f"{element.get('Location')} is no place for a button"
    if element.tag == "Button":
        for attribute in ("Id", *_BUTTON):
            if not element.get(attribute):
                yield "attributes", f"the button {element.get('Id')} has no {attribute}"
    if element.tag == "Actions":
        yield from (("children", f"Actions may not hold {one.tag}") for one in element if one.tag not in _ACTIONS)
    if element.tag == "EnableRule":
        yield from _enable_rule_faults(element)


def _enable_rule_faults(rule: Element) -> Iterator[Fault]:
    for child in rule:
        if child.tag not in _ENABLE_RULES:
            yield "children", f"EnableRule may not hold {child.tag}"
        for attribute in _ENABLE_RULES.get(child.tag, ()):
            if attribute not in child.attrib:
                yield "attributes", f"{child.tag} has no {attribute}"


def _resource_faults(element: Element, resources: set[str]) -> Iterator[Fault]:
    for attribute, value in element.attrib.items():
        name = value.removeprefix("$webresource:")
        if name != value and name not in resources:
            yield "references", f"{attribute} of {element.tag} names {value}, which is not in the solution"


def _id_faults(ribbon: Element) -> Iterator[Fault]:
    for tag in ("CustomAction", "Button", "CommandDefinition", "LocLabel"):
        ids = [one.get("Id", "") for one in ribbon.iter(tag)]
        if "" in ids or len(set(ids)) != len(ids):
            yield "unique", f"an Id of {tag} is missing or there twice"
    for kind in ("EnableRule", "DisplayRule"):
        ids = [one.get("Id", "") for one in ribbon.findall(f"RuleDefinitions/{kind}s/{kind}")]
        if "" in ids or len(set(ids)) != len(ids):
            yield "unique", f"an Id of {kind} is missing or there twice"


def _reference_faults(ribbon: Element) -> Iterator[Fault]:
    commands = {one.get("Id") for one in ribbon.iter("CommandDefinition")}
    labels = {one.get("Id") for one in ribbon.iter("LocLabel")}
    used = set()
    for button in ribbon.iter("Button"):
        used.add(button.get("Command"))
        if button.get("Command") not in commands:
            yield (
                "references",
                f"the button {button.get('Id')} has the command {button.get('Command')}, which is not defined",
            )
        for attribute in ("LabelText", "Alt", "ToolTipTitle", "ToolTipDescription"):
            value = button.get(attribute, "")
            name = value.removeprefix("$LocLabels:")
            if value and (name == value or name not in labels):
                yield "references", f"{attribute} of {button.get('Id')} is {value}, which is no label here"
    for command in sorted(str(one) for one in commands - used):
        yield "references", f"no button has the command {command}"
    for kind in ("EnableRule", "DisplayRule"):
        defined = {one.get("Id") for one in ribbon.findall(f"RuleDefinitions/{kind}s/{kind}")}
        for rule in ribbon.findall(f"CommandDefinitions/CommandDefinition/{kind}s/{kind}"):
            if rule.get("Id") not in defined and not str(rule.get("Id")).startswith("Mscrm."):
                yield "references", f"the rule {rule.get('Id')} is not defined"


def _function_faults(function: Element, functions: set[str]) -> Iterator[Fault]:
    name, library = function.get("FunctionName", ""), function.get("Library", "")
    if not _FUNCTION.match(name):
        yield "enumeration", f"{name} is no name of a function"
    if not library.startswith("$webresource:"):
        yield "references", f"{name} is in {library}, which is no web resource"
    elif f"{library.removeprefix('$webresource:')}!{name}" not in functions:
        yield "references", f"{library} has no function {name}"
    for child in function:
        if child.tag not in _PARAMETERS:
            yield "children", f"JavaScriptFunction may not hold {child.tag}"
        elif "Value" not in child.attrib:
            yield "attributes", f"{child.tag} has no Value"
