"""$metadata: lengths are read, never written down; nothing in it is ever expanded."""

from __future__ import annotations

import pytest

from coupler.connectors.nav.metadata import read_metadata
from coupler.connectors.odata import BrokenOff
from coupler.domain.errors import UnexpectedAnswer

CSDL = b"""<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="NAV" Alias="Self" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="Other"><Property Name="Code" Type="Edm.String" MaxLength="5"/></EntityType>
<EntityType Name="SalespersonCard"><Key><PropertyRef Name="Code"/></Key>
<Property Name="Code" Type="Edm.String" Nullable="false" MaxLength="20"/>
<Property Name="Name" Type="Edm.String" MaxLength="50"/>
<Property Name="Notes" Type="Edm.String" MaxLength="max"/>
<Property Name="Next" Type="Edm.Date"/></EntityType>
<EntityContainer Name="NAV"><EntitySet Name="SalespersonCard" EntityType="NAV.SalespersonCard"/>
<EntitySet Name="Cards" EntityType="Self.SalespersonCard"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""


@pytest.mark.parametrize("name", ["SalespersonCard", "Cards"])
def test_lengths_are_those_of_the_type_behind_the_set(name: str) -> None:
    found = read_metadata(CSDL, name)

    assert found.properties == {"Code": 20, "Name": 50, "Notes": None, "Next": None}
    assert found.sets == ("Cards", "SalespersonCard")


def test_s9_a_set_that_is_not_published_has_no_properties() -> None:
    assert read_metadata(CSDL, "salespersoncard").properties is None


def test_s20_a_document_that_breaks_off_is_an_outage() -> None:
    with pytest.raises(BrokenOff):
        read_metadata(CSDL[:600], "SalespersonCard")


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Sign in</body></html>", b"{}", b"<a><b></a>", b"<a/>"]
)  # fmt: skip
def test_s15_another_document_is_an_error(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_metadata(body, "SalespersonCard")


def test_a_document_type_is_refused_before_an_entity_can_be_expanded() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'

    with pytest.raises(UnexpectedAnswer, match="document type"):
        read_metadata(bomb, "SalespersonCard")
