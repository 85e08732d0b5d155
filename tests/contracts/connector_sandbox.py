"""The sandbox as connections of Coupler: which addresses and secrets belong to which version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from coupler.connectors import HttpConnectors
from coupler.connectors.transport import Limits
from coupler.domain.connection import (
    Connection,
    CrmOrganization,
    NavCompany,
    Secrets,
    SignIn,
    SignInKind,
    WebClient,
    WebService,
)

COMPANY = "A & B's Å"
QUICK = Limits(connect=5, read=20, whole=30, patience=0, attempts=1)


class WallClock:
    """The machine's clock: the sandbox has the same."""

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)


def sign_in(told: Mapping[str, Any]) -> SignIn:
    """By client secret, as the sandbox tells."""
    return SignIn(SignInKind.CLIENT_SECRET, told["token_url"], told["client_id"], told["scope"])


def connection(told: Mapping[str, Any], version: str, company: str = COMPANY) -> Connection:
    """`nav2016`, `nav2018` or `bc` over the page service, `api` over API v2.0."""
    crm = told["crm"]
    organization = CrmOrganization(crm["base_url"], crm["api_url"].rstrip("/"), sign_in(crm))
    if version == "api":
        bc = told["bc"]
        nav = NavCompany(bc["base_url"], bc["api_url"], WebService.API, WebClient.WEB2018, company, sign_in(bc))
    else:
        page = told["nav"]["profiles"][version]
        nav = NavCompany(
            page["base_url"], page["odata_url"], WebService.ODATA, WebClient.WEB2018, company, sign_in(page),
            service=page["service"],
        )  # fmt: skip
    return Connection(version, version, organization, nav)


def connectors(told: Mapping[str, Any], limits: Limits = QUICK) -> HttpConnectors:
    """Connectors with the sandbox's secrets; no patience, so that a test sees the first failure."""
    secret = {"client_secret": told["crm"]["client_secret"]}
    return HttpConnectors(lambda _name: Secrets(crm=secret, nav=secret), WallClock(), limits=limits)
