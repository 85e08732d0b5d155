"""Each rule for a CRM solution finds what it is for (surfaces 1.2, 1.3, 1.8)."""

from __future__ import annotations

import pytest
from tests.manifest.artefacts import built, part_named, parts_of, rules, rules_broken

from coupler.domain.errors import InvalidInput
from coupler.manifests import check

SOLUTION, CUSTOM, TYPES, LINK, PANE = "solution.xml", "customizations.xml", "[Content_Types]", "linkjs", "panejs"
BREAKAGES = [
    (SOLUTION, "<UniqueName>Coupler</UniqueName>", "", "children"),
    (SOLUTION, "<Managed>1</Managed>", "<Managed>2</Managed>", "enumeration"),
    (SOLUTION, "<Version>1.2.3.0</Version>", "<Version>1.2.3</Version>", "version"),
    (SOLUTION, 'SolutionPackageVersion="7.0"', 'SolutionPackageVersion="9.0"', "level"),
    (SOLUTION, ' generatedBy="OnPremise"', "", "attributes"),
    (SOLUTION, '<RootComponent type="1"', '<RootComponent behavior="1" type="1"', "level"),
    (SOLUTION, 'schemaName="systemuser"', 'schemaName="account"', "components"),
    (SOLUTION, "<CustomizationPrefix>coupler<", "<CustomizationPrefix>mscrmco<", "names"),
    (SOLUTION, "<CustomizationPrefix>coupler<", "<CustomizationPrefix>averylongone<", "names"),
    (SOLUTION, "<CustomizationOptionValuePrefix>48230<", "<CustomizationOptionValuePrefix>482<", "names"),
    (SOLUTION, "<AddressNumber>2<", "<AddressNumber>1<", "children"),
    (SOLUTION, "<MissingDependencies />", "<MissingDependencies /><Extra />", "order"),
    (SOLUTION, 'languagecode="1030"', 'languagecode="1031"', "labels"),
    (SOLUTION, "</SolutionManifest>", "", "xml"),
    (CUSTOM, "<Roles></Roles>\n  <Workflows></Workflows>", "<Workflows></Workflows><Roles></Roles>", "order"),
    (CUSTOM, "<ObjectTypeCode>8</ObjectTypeCode>", "", "children"),
    (CUSTOM, "<ObjectTypeCode>8<", "<ObjectTypeCode>user<", "attributes"),
    (CUSTOM, ' OriginalName="User"', "", "attributes"),
    (CUSTOM, "<WebResourceId>{", "<WebResourceId>{x", "names"),
    (CUSTOM, "<Name>coupler_/link.js<", "<Name>coupler_//link.js<", "names"),
    (CUSTOM, "<Name>coupler_/icon16.png<", "<Name>coupler_/icon32.png<", "unique"),
    (CUSTOM, "<WebResourceType>5<", "<WebResourceType>11<", "level"),
    (CUSTOM, "<FileName>/WebResources/coupler_linkjs", "<FileName>/WebResources/other_linkjs", "parts"),
    (CUSTOM, "<?xml", '<!DOCTYPE a [<!ENTITY b "c">]><?xml', "xml"),
    (CUSTOM, "<CustomActions>", "<LocLabels /><CustomActions>", "order"),
    (CUSTOM, "<DisplayRules />\n            <Actions>", "<Actions>", "children"),
    (CUSTOM, "<TabDisplayRules />", "", "children"),
    (CUSTOM, "</CommandUIDefinition>", "<CheckBox /></CommandUIDefinition>", "order"),
    (CUSTOM, "Controls._children", "Controls", "location"),
    (CUSTOM, " Alt=", " Other=", "attributes"),
    (CUSTOM, 'State="Create"', 'State="New"', "enumeration"),
    (CUSTOM, 'State="Create"', 'Status="Create"', "attributes"),
    (CUSTOM, 'AppliesTo="SelectedEntity"', 'AppliesTo="Selected"', "enumeration"),
    (CUSTOM, 'Value="FirstPrimaryItemId"', 'Value="FirstItemId"', "enumeration"),
    (CUSTOM, "<CrmParameter ", "<ClientParameter ", "children"),
    (CUSTOM, '<FormStateRule State="Create" InvertResult="true" />', "<MadeUpRule />", "children"),
    (CUSTOM, "<JavaScriptFunction FunctionName", "<Script /><JavaScriptFunction FunctionName", "children"),
    (CUSTOM, 'FunctionName="Coupler.openPartner"', 'FunctionName="Coupler.open-partner"', "enumeration"),
    (CUSTOM, 'FunctionName="Coupler.openPartner"', 'FunctionName="Coupler.openNothing"', "references"),
    (CUSTOM, 'Library="$webresource:coupler_/link.js"', 'Library="coupler_/link.js"', "references"),
    (CUSTOM, 'Image16by16="$webresource:coupler_/icon16.png"', 'Image16by16="$webresource:x_/i.png"', "references"),
    (CUSTOM, 'LabelText="$LocLabels:', 'LabelText="$LocLabels:x', "references"),
    (CUSTOM, 'LabelText="$LocLabels:', 'LabelText="', "references"),
    (CUSTOM, '.Command" Sequence', '.Commando" Sequence', "references"),
    (CUSTOM, '<EnableRule Id="coupler.systemuser.IsSaved" />', '<EnableRule Id="coupler.Other" />', "references"),
    (CUSTOM, '<LocLabel Id="coupler.systemuser.Form.DynamicsNAV.Tip"', '<LocLabel Id=""', "unique"),
    (CUSTOM, 'languagecode="1043" />', 'languagecode="1053" />', "labels"),
    (TYPES, 'Extension="xml"', 'Extension="js"', "parts"),
    (TYPES, "coupler_linkjs", "coupler_missing", "parts"),
    (LINK, '"use strict";', "", "es5"),
    (LINK, "var GUID", "const GUID", "es5"),
    (LINK, "function client() {", "const f = () => 1; function client() {", "es5"),
    (LINK, "function client() {", "var f = `x`; function client() {", "es5"),
    (LINK, "function client() {", "f(1, 2,); function client() {", "es5"),
    (LINK, "function client() {", "var a = b?.c; function client() {", "es5"),
    (LINK, "function client() {", "function client() {{", "balance"),
    (LINK, "function client() {", 'eval("1"); function client() {', "remote-code"),
    (LINK, "function client() {", 'document.write("1"); function client() {', "remote-code"),
    (LINK, "function client() {", 'open("https://evil.example"); function client() {', "address"),
    (LINK, '"backend": "https://coupler.example.com"', '"backend": "http://coupler.example.com"', "address"),
    (LINK, '"backend": "https://coupler.example.com", ', "", "address"),
    (PANE, "frame.src =", "frame.innerHTML = frame.src =", "remote-code"),
    ("icon16png", "PNG", "GIF", "types"),
]


@pytest.mark.parametrize(("part", "old", "new", "rule"), BREAKAGES, ids=lambda value: str(value)[:40])
def test_a_broken_solution_is_found(part: str, old: str, new: str, rule: str) -> None:
    assert rule in rules_broken(built("crm"), part, old, new)


def test_a_whole_solution_breaks_no_rule() -> None:
    for managed in (True, False):
        one = built("crm", managed=managed)
        assert check(one.name, one.content) == []


@pytest.mark.parametrize("part", [SOLUTION, CUSTOM, TYPES])
def test_a_missing_document_is_found(part: str) -> None:
    artefact = built("crm")
    parts = parts_of(artefact)
    del parts[part_named(parts, part)]

    if part == SOLUTION:
        with pytest.raises(InvalidInput, match="no artefact of Coupler"):
            rules(artefact, parts)
    else:
        assert rules(artefact, parts) == {"parts"}


def test_a_part_nobody_names_is_found() -> None:
    artefact = built("crm")

    assert rules(artefact, {**parts_of(artefact), "WebResources/extra": b""}) == {"parts"}


def test_a_solution_larger_than_crm_takes_is_found() -> None:
    artefact = built("crm")
    parts = parts_of(artefact)
    parts[part_named(parts, "panecss")] = b" " * (5 * 1024 * 1024)

    assert rules(artefact, parts) == {"size"}


def test_a_byte_order_mark_and_mixed_line_ends_are_found() -> None:
    artefact = built("crm")

    assert "encoding" in rules_broken(artefact, LINK, "// The buttons", "\ufeff// The buttons")
    assert "line-ends" in rules_broken(artefact, LINK, "\n", "\r\n")
