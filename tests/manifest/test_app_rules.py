"""Each rule for the AL app finds what it is for (surfaces 4.3, 4.5)."""

from __future__ import annotations

import pytest
from tests.manifest.artefacts import built, part_named, parts_of, rules, rules_broken

from coupler.manifests import check, load_surfaces

APP, LINKS, CARD, PANE, TABLE, SETUP = (
    "app.json", "CouplingLinks", "SalespersonCard", "SalespersonPane", "CouplerSetup.Table", "CouplerSetup.Page",
)  # fmt: skip
VARIANTS = [one.name for one in load_surfaces().variants]
BREAKAGES = [
    (APP, '"platform": "24.0.0.0",', "", "app"),
    (APP, '"version": "1.2.3.0"', '"version": "1.2.3"', "app"),
    (APP, '"runtime": "13.0"', '"runtime": "13"', "app"),
    (APP, '"id": "31eea16d', '"id": "31eea16e', "app"),
    (APP, '"from": 50140', '"from": 140', "ids"),
    (APP, '"from": 50140', '"from": "50140"', "ids"),
    (APP, '"to": 50149', '"to": 50139', "ids"),
    (APP, "{", "", "json"),
    (APP, '"from": 50140', '"from": 50141', "ids"),
    (APP, '"runtime": "13.0"', '"runtime": "6.0"', "runtime"),
    (APP, '"runtime": "13.0"', '"runtime": "7.0"', "viewer"),
    (LINKS, "codeunit 50140", "codeunit 60000", "ids"),
    (LINKS, 'codeunit 50140 "Coupling Links"', "codeunit 50140 CouplingLinks", "header"),
    (LINKS, '"Coupling Links"', '"A Name That Is Longer Than Thirty"', "names"),
    (LINKS, "    end;\n", "    end\n", "statements"),
    (LINKS, "    end;\n", "\n", "balance"),
    (LINKS, "RecordKey));", "RecordKey);", "balance"),
    (LINKS, "Hyperlink(PartnerAddress(TableName, RecordKey));", "if true Hyperlink('');", "balance"),
    (LINKS, "Position := 1;", "Position := 1", "statements"),
    (LINKS, "exit('');", "exit(');", "tokens"),
    (LINKS, "while Position <= StrLen(Value) do", "while Position <= StrLen(Value)", "balance"),
    (LINKS, "'/open/nav/'", "'https://evil.example/'", "address"),
    (LINKS, 'Record "Coupler Setup"', 'Record "Other Setup"', "references"),
    (LINKS, "NLD = 'Het", "SVE = 'Het", "labels"),
    (LINKS, "    procedure", "\tprocedure", "blanks"),
    (CARD, 'extends "Salesperson/Purchaser Card"', 'extends "Customer Card"', "pages"),
    (CARD, ' extends "Salesperson/Purchaser Card"', "", "header"),
    (CARD, "trigger OnAction", "trigger OnClick", "triggers"),
    (CARD, "Image = Refresh;", "Picture = Refresh;", "properties"),
    (CARD, "Image = Refresh;", "Image = Refresh", "properties"),
    (CARD, "CouplingLinks.OpenPartner('salesperson', Rec.Code);", "Hyperlink('x');", "address"),
    (CARD, "DEU = 'Benutzer'", "DEU = ''", "labels"),
    (CARD, "pageextension 50140", "pageextension 50141", "unique"),
    (CARD, 'part(CouplerPane; "Coupler Salesperson Pane")', 'part(CouplerPane; "Other Pane")', "references"),
    (CARD, "        }\n", "", "balance"),
    (PANE, "WebPageViewer", "OtherViewer", "viewer"),
    (PANE, "trigger ControlAddInReady", "trigger AddInReady", "triggers"),
    (TABLE, "Clustered = true;", "Clustered := true;", "properties"),
    (SETUP, "page 50140", "page 50141", "unique"),
    ("PermissionSet", '"COUPLER SETUP"', '"COUPLER SETUP AND MORE"', "names"),
]


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_whole_app_breaks_no_rule(variant: str) -> None:
    one = built("bc", variant)

    assert check(one.name, one.content) == []


@pytest.mark.parametrize(("part", "old", "new", "rule"), BREAKAGES, ids=lambda value: str(value)[:40])
def test_a_broken_app_is_found(part: str, old: str, new: str, rule: str) -> None:
    assert rule in rules_broken(built("bc", "bc24"), part, old, new)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("<ObjectID>50140<", "<ObjectID>18<", "ids"),
        ("<ExecutePermission>0</ExecutePermission>", "", "children"),
        ('RoleID="COUPLER"', 'RoleID="A ROLE WITH A VERY LONG NAME"', "names"),
        ("<PermissionSets>", "<PermissionSets><Other />", "order"),
        ("</PermissionSets>", "", "xml"),
    ],
)
def test_a_broken_permission_set_of_older_versions_is_found(old: str, new: str, rule: str) -> None:
    assert rule in rules_broken(built("bc", "nav2018"), "permissionsets.xml", old, new)


def test_no_app_has_what_came_after_its_version() -> None:
    for name in ("bc16", "bc13", "nav2018"):
        text = b"".join(parts_of(built("bc", name)).values())
        assert b"permissionset 5" not in text
        assert b'"Microsoft.Dynamics.Nav.Client.WebPageViewer"' in text
    assert b"Microsoft.Dynamics.Nav.Client" not in b"".join(parts_of(built("bc", "bc24")).values())
    for name, hears in (("bc24", True), ("bc18", True), ("bc16", False), ("bc13", False), ("nav2018", False)):
        assert (b"SubscribeToEvent" in b"".join(parts_of(built("bc", name)).values())) is hears
    assert b"DataClassification" not in b"".join(parts_of(built("bc", "nav2018")).values())


def test_a_page_of_the_list_that_is_not_extended_is_found() -> None:
    artefact = built("bc", "bc24")
    parts = parts_of(artefact)
    del parts[part_named(parts, "SalespersonList")]

    assert "pages" in rules(artefact, parts)
