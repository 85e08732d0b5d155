"""Each rule for C/AL text objects finds what it is for (surfaces 4.2, 4.5)."""

from __future__ import annotations

import pytest
from tests.manifest.artefacts import built, parts_of, rules, rules_broken

from coupler.manifests import check
from coupler.manifests.templates import cal_text

OBJECTS = "Coupler.txt"
BREAKAGES = [
    ("Opsaetning", "Opsætning", "ascii"),
    ("\r\n", "\n", "line-ends"),
    ("\r\n", "\r\r\n", "line-ends"),
    ("  PROPERTIES", "\tPROPERTIES", "blanks"),
    ("OBJECT Table 50140", "OBJECT Table 13", "ids"),
    ("OBJECT Page 50141", "OBJECT Page 50140", "unique"),
    ("OBJECT Codeunit 50140", "OBJECT Codeunit 50150", "references"),
    ("OBJECT Table 50140", "OBJECT Report 50140", "header"),
    ("Coupler Salesperson Pane", "Coupler Salesperson Pane Of Some Length", "names"),
    ("  FIELDGROUPS\r\n  {\r\n  }\r\n", "", "sections"),
    ("      HYPERLINK(PartnerAddress(TableName,RecordKey));\r\n    END;", "      HYPERLINK('');", "balance"),
    ("IF Address = '' THEN", "IF Address = ''", "balance"),
    ("DO BEGIN", "BEGIN", "balance"),
    ("EXIT('');", "EXIT(');", "tokens"),
    ("Clustered=Yes }", "Clustered=Yes", "balance"),
    ("  FIELDS\r\n  {", "  FIELDS\r\n  }", "balance"),
    ("{ 2   ;   ;Address", "{ 1   ;   ;Address", "unique"),
    ("PartnerAddress@3(", "PartnerAddress@2(", "unique"),
    ("PartnerAddress@3(", "PartnerAddress(", "ids"),
    ("OnDrillDown=", "OnClick=", "triggers"),
    ("CouplingLinks.OpenPartner('salesperson',Code);", "HYPERLINK('x');", "address"),
    ("NLD=Gebruiker", "SVE=Gebruiker", "labels"),
    ("NLD=Vul", "SVE=Vul", "labels"),
]


def test_the_whole_objects_break_no_rule() -> None:
    one = built("nav")

    assert check(one.name, one.content) == []


@pytest.mark.parametrize(("old", "new", "rule"), BREAKAGES, ids=lambda value: str(value)[:40])
def test_broken_objects_are_found(old: str, new: str, rule: str) -> None:
    assert rule in rules_broken(built("nav"), OBJECTS, old, new)


def test_the_objects_are_ascii_with_crlf() -> None:
    content = parts_of(built("nav"))[OBJECTS]

    assert content.isascii()
    assert content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r")


def test_no_page_of_microsoft_is_shipped() -> None:
    text = parts_of(built("nav"))[OBJECTS].decode()

    assert "OBJECT Page 5116" not in text
    assert "OBJECT Page 14" not in text
    assert "5116" in parts_of(built("nav"))["actions.md"].decode()


@pytest.mark.parametrize("name", ["5116", "CouplerDeleteCoupling", "CouplerUser"])
def test_a_recipe_that_leaves_something_out_is_found(name: str) -> None:
    artefact = built("nav")
    parts = parts_of(artefact)
    parts["actions.md"] = parts["actions.md"].replace(name.encode(), b"")

    assert "recipe" in rules(artefact, parts)


def test_a_missing_recipe_is_found() -> None:
    artefact = built("nav")
    parts = parts_of(artefact)
    del parts["actions.md"]

    assert rules(artefact, parts) == {"parts"}


def test_a_letter_without_ascii_spelling_stops_the_build_instead_of_becoming_another() -> None:
    assert cal_text("Ærø, Größe, déjà") == "Aeroe, Groesse, deja"
    with pytest.raises(UnicodeEncodeError):
        cal_text("Ω")
