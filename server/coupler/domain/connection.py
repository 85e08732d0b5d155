"""One NAV company joined with one CRM organization: addresses, versions and how to sign in. Never a secret."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from coupler.domain.records import System

NAME_PATTERN = re.compile(r"^[a-z0-9][a-z0-9-]{0,39}$")


class SignInKind(StrEnum):
    """How Coupler proves itself to a system (protocols 2.2, 3.7)."""

    CLIENT_SECRET = "client_secret"  # noqa: S105 - the name of a way to sign in
    CERTIFICATE = "certificate"
    WEB_SERVICE_KEY = "web_service_key"


class WebService(StrEnum):
    """Which NAV / Business Central web service is used (protocols 3.1)."""

    ODATA = "odata"
    API = "api"


class WebClient(StrEnum):
    """Which address form opens a NAV / BC page (surfaces 3.2)."""

    WINDOWS = "windows"
    WEB2013 = "web2013"
    WEB2016 = "web2016"
    WEB2018 = "web2018"
    BC_ONLINE = "bc-online"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Everything about authentication but the secrets. `resource` is the AD FS form (protocols 2.7)."""

    kind: SignInKind
    token_url: str | None = None
    client_id: str | None = None
    scope: str | None = None
    resource: str | None = None
    username: str | None = None


@dataclass(frozen=True, slots=True)
class CrmOrganization:
    """`base_url` opens forms, `api_url` is the Web API root; neither ends in a slash."""

    base_url: str
    api_url: str
    sign_in: SignIn
    app_id: str | None = None


@dataclass(frozen=True, slots=True)
class NavCompany:
    """`base_url` is the web client's, `service_url` the OData V4 root or API v2.0 root; no trailing slash.

    `service` is the name page 5116 was published under (OData); `company_id` the GUID API v2.0 needs.
    """

    base_url: str
    service_url: str
    web_service: WebService
    client: WebClient
    company: str
    sign_in: SignIn
    company_id: str | None = None
    service: str = "SalespersonCard"
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """A named connection; `version` is its ETag."""

    name: str
    title: str
    crm: CrmOrganization
    nav: NavCompany
    enabled: bool = True
    version: int = 1
    created_at: datetime | None = None

    def sign_in(self, system: System) -> SignIn:
        """How Coupler signs in to that side."""
        return self.crm.sign_in if system is System.CRM else self.nav.sign_in

    def secrets_go_to(self, system: System) -> str | None:
        """The origin that side's secrets are sent to; None for a certificate's key, which never leaves."""
        sign_in = self.sign_in(system)
        if sign_in.kind is SignInKind.CERTIFICATE:
            return None
        if sign_in.kind is SignInKind.CLIENT_SECRET:
            return origin(sign_in.token_url or "")
        return origin(self.crm.api_url if system is System.CRM else self.nav.service_url)


def is_readable_on_its_way(address: str) -> bool:
    """Whether what is sent there crosses a network in clear: plain HTTP to another machine."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = host == "localhost"
    return parts.scheme == "http" and not is_here


def origin(address: str) -> str:
    """Scheme, host and port of an address that was checked."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()


SECRET_NAMES: Mapping[SignInKind, tuple[str, ...]] = {
    SignInKind.CLIENT_SECRET: ("client_secret",),
    SignInKind.CERTIFICATE: ("certificate", "private_key"),
    SignInKind.WEB_SERVICE_KEY: ("web_service_key",),
}


@dataclass(frozen=True, slots=True)
class Secrets:
    """Secret values of one connection, by side and name; their text never shows in a repr."""

    crm: Mapping[str, str] = field(default_factory=dict, repr=False)
    nav: Mapping[str, str] = field(default_factory=dict, repr=False)

    def of(self, system: System) -> Mapping[str, str]:
        """The secrets of that side."""
        return self.crm if system is System.CRM else self.nav


class CheckStatus(StrEnum):
    """Outcome of one line of the connection test."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    NOT_RUN = "not_run"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the connection test: what was found and, unless ok, what to do."""

    check: str
    status: CheckStatus
    detail: str
    fix: str = ""
