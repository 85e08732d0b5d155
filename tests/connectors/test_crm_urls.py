"""Deep links into CRM (contract 4, surfaces 2.2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coupler.connectors.crm.urls import record_url
from coupler.domain.connection import CrmOrganization, SignIn, SignInKind
from coupler.domain.errors import InvalidInput
from coupler.mappings import SALESPEOPLE

ID = "31914b34-be8d-4611-80d8-00155d892ddc"
ORGANIZATION = CrmOrganization(
    "https://org.crm4.dynamics.com", "https://org.crm4.dynamics.com/api/data/v9.2", SignIn(SignInKind.CLIENT_SECRET)
)
APP = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
BRACED = "%7B31914B34-BE8D-4611-80D8-00155D892DDC%7D"


@pytest.mark.parametrize(
    ("base", "app_id", "url"),
    [
        (
            "https://org.crm4.dynamics.com", None,
            f"https://org.crm4.dynamics.com/main.aspx?pagetype=entityrecord&etn=systemuser&id={BRACED}",
        ),
        (
            "https://crm.corp.local:5555/Org", None,
            f"https://crm.corp.local:5555/Org/main.aspx?pagetype=entityrecord&etn=systemuser&id={BRACED}",
        ),
        (
            "https://org.crm.dynamics.com/", f"{{{APP.upper()}}}",
            f"https://org.crm.dynamics.com/main.aspx?pagetype=entityrecord&etn=systemuser&id={BRACED}&appid={APP}",
        ),
    ],
)  # fmt: skip
def test_s02_the_form_of_a_user(base: str, app_id: str | None, url: str) -> None:
    assert record_url(replace(ORGANIZATION, base_url=base, app_id=app_id), SALESPEOPLE.crm, ID) == url


@pytest.mark.parametrize("form", [ID, ID.upper(), f"{{{ID}}}", ID.replace("-", "")])
def test_u9_every_form_of_a_guid_gives_the_same_link(form: str) -> None:
    assert record_url(ORGANIZATION, SALESPEOPLE.crm, form).endswith(BRACED)


@pytest.mark.parametrize("form", ["", "1", f"{ID}&appid=x", "javascript:alert(1)"])
def test_what_is_no_guid_gives_no_link(form: str) -> None:
    with pytest.raises(InvalidInput):
        record_url(ORGANIZATION, SALESPEOPLE.crm, form)
