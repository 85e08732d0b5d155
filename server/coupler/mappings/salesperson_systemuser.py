"""SALESPEOPLE: NAV Salesperson/Purchaser (table 13) <- CRM User, data only from CRM (domain section 4)."""

from __future__ import annotations

from types import MappingProxyType

from coupler.domain.mapping import (
    Condition,
    CrmTable,
    Direction,
    IntegrationFieldMapping,
    IntegrationTableMapping,
    MatchFields,
    NavTable,
    Transformation,
)

SALESPEOPLE = IntegrationTableMapping(
    name="SALESPEOPLE",
    direction=Direction.FROM_INTEGRATION_TABLE,
    nav=NavTable(
        name="salesperson",
        caption="Salesperson",
        number=13,
        key_field="Code",
        name_field="Name",
        card_page=5116,
        list_page=14,
        api_set="salespeoplePurchasers",
        api_names=MappingProxyType(
            {
                "Code": "code",
                "Name": "displayName",
                "E-Mail": "email",
                "Phone No.": "phoneNo",
                "Blocked": "blocked",
            }
        ),
        search_fields=("Code", "Name", "E-Mail"),
    ),
    crm=CrmTable(
        name="systemuser",
        caption="User",
        entity_set="systemusers",
        key_field="systemuserid",
        name_field="fullname",
        modified_on_field="modifiedon",
        filter=(
            Condition("isdisabled", False, "is disabled", "user_disabled"),
            Condition("islicensed", True, "has no license", "user_unlicensed"),
            Condition("isintegrationuser", False, "is an integration user", "integration_user"),
        ),
        search_fields=("fullname", "internalemailaddress", "domainname"),
    ),
    fields=(
        IntegrationFieldMapping(
            "E-Mail",
            "internalemailaddress",
            Direction.FROM_INTEGRATION_TABLE,
            transformation=Transformation.TRIM,
        ),
        IntegrationFieldMapping("Name", "fullname", Direction.FROM_INTEGRATION_TABLE),
        IntegrationFieldMapping("Phone No.", "mobilephone", Direction.FROM_INTEGRATION_TABLE),
    ),
    # The keys that make sense for people (domain Y-68), and the sign-in name for those without an e-mail.
    match=MatchFields(
        nav_email="E-Mail",
        crm_email="internalemailaddress",
        crm_sign_in="domainname",
        nav_phone="Phone No.",
        crm_phone="mobilephone",
    ),
)
