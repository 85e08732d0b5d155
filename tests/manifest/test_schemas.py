"""The solution against Microsoft's own schemas, where a folder with them is named; they are not ours to ship."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.manifest.artefacts import built, parts_of

from coupler.domain.errors import InvalidInput
from coupler.manifests import check
from coupler.manifests.archive import packed

# A schema with the same shape of trouble as Microsoft's: another case in the include, anchors, a look-ahead.
MAIN = """<?xml version="1.0" encoding="utf-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:include schemaLocation="Names.xsd" />
  <xs:element name="ImportExportXml"><xs:complexType><xs:sequence>
    <xs:any processContents="lax" minOccurs="0" maxOccurs="{most}" />
  </xs:sequence></xs:complexType></xs:element>
  <xs:simpleType name="Percent"><xs:restriction base="xs:string"><xs:pattern value="^[0-9]+%$" /></xs:restriction>
  </xs:simpleType>
</xs:schema>"""
INCLUDED = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:simpleType name="Name">
  <xs:restriction base="xs:string"><xs:pattern value="(?!crm_)[a-z]+" /></xs:restriction></xs:simpleType></xs:schema>"""


def write_schemas(folder: Path, most: str) -> Path:
    (folder / "CustomizationsSolution.xsd").write_text(MAIN.format(most=most), encoding="utf-8")
    (folder / "names.xsd").write_text(INCLUDED, encoding="utf-8")
    return folder


@pytest.fixture
def microsofts() -> Path:
    """The folder `Schemas` of the Dynamics CRM 2015 SDK."""
    named = os.environ.get("CRM_SCHEMAS")  # noqa: TID251 - the tests' own switch
    if not named:
        pytest.skip("CRM_SCHEMAS names no folder with the schemas of the CRM SDK")
    return Path(named)


@pytest.mark.parametrize("changes", [{}, {"managed": False}, {"pane_button": False}], ids=str)
def test_microsofts_schemas_find_nothing(microsofts: Path, changes: dict[str, bool]) -> None:
    one = built("crm", **changes)

    assert check(one.name, one.content, schemas=microsofts) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'FunctionName="Coupler.openPartner"', b'FunctionName="not a function"'),
        (b"<ObjectTypeCode>8</ObjectTypeCode>", b""),
        (b'State="Create"', b'State="New"'),
        (b"<Roles></Roles>", b"<Rolls></Rolls>"),
    ],
)
def test_microsofts_schemas_find_what_is_wrong(microsofts: Path, old: bytes, new: bytes) -> None:
    one = built("crm")
    parts = parts_of(one)
    parts["customizations.xml"] = parts["customizations.xml"].replace(old, new, 1)

    assert "schema" in {found.rule for found in check(one.name, packed(parts), schemas=microsofts)}


def test_schemas_are_read_in_spite_of_their_case_and_their_patterns(tmp_path: Path) -> None:
    one = built("crm")

    assert check(one.name, one.content, schemas=write_schemas(tmp_path, "unbounded")) == []


def test_what_a_schema_finds_is_told(tmp_path: Path) -> None:
    one = built("crm")

    found = check(one.name, one.content, schemas=write_schemas(tmp_path, "1"))

    assert {finding.rule for finding in found} == {"schema"}
    assert "Roles" in found[0].detail


def test_a_folder_without_the_schemas_is_refused(tmp_path: Path) -> None:
    one = built("crm")

    with pytest.raises(InvalidInput, match="holds no CustomizationsSolution"):
        check(one.name, one.content, schemas=tmp_path)
