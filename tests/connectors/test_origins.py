"""Nothing secret goes to a foreign address (protocols T12, trust 3.8)."""

from __future__ import annotations

import pytest

from coupler.connectors.origins import Root, shown
from coupler.domain.errors import InvalidInput, UnexpectedAnswer

ROOT = Root("https://org.crm4.dynamics.com/api/data/v9.2")


@pytest.mark.parametrize(
    "url",
    [
        "https://org.crm4.dynamics.com/api/data/v9.2",
        "https://org.crm4.dynamics.com/api/data/v9.2/systemusers?$skiptoken=%3Ca",
        "https://ORG.crm4.dynamics.com:443/api/data/V9.2/systemusers",
    ],
)
def test_t12_own_addresses(url: str) -> None:
    assert ROOT.require(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://org.crm4.dynamics.com/api/data/v9.2/systemusers",
        "https://evil.test/api/data/v9.2/systemusers",
        "https://org.crm4.dynamics.com.evil.test/api/data/v9.2/systemusers",
        "https://org.crm4.dynamics.com:444/api/data/v9.2/systemusers",
        "https://org.crm4.dynamics.com@evil.test/api/data/v9.2/systemusers",
        "https://user:pw@org.crm4.dynamics.com/api/data/v9.2/systemusers",
        "https://org.crm4.dynamics.com/other/systemusers",
        "https://org.crm4.dynamics.com/api/data/v9.20/systemusers",
        "https://org.crm4.dynamics.com/api/data/v9.2/../../../evil",
        "https://org.crm4.dynamics.com/api/data/v9.2/%2e%2e/%2E%2E/evil",
        "https://org.crm4.dynamics.com\\@evil.test/api/data/v9.2",
        "//evil.test/api/data/v9.2",
        "file:///etc/passwd",
        "https://[::1",
        "https://org.crm4.dynamics.com:99999/api/data/v9.2",
        "https://org.crm4.dynamics.com/api/data/v9.2/systemusers?$skiptoken=\n1",
        "https://org.crm4.dynamics.com/api/data/v9.2/systemusers\t",
        "https://org.crm4.dynamics.com/api/data/v9.2/" + "x" * 70_000,
        "",
    ],
)
def test_t12_foreign_addresses_are_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(UnexpectedAnswer):
        ROOT.require(url)


def test_t12_the_refusal_names_the_place_but_no_query_and_no_password() -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        ROOT.require("https://me:secret@evil.test/x?$skiptoken=private")

    assert "evil.test/x" in caught.value.message
    assert "secret" not in caught.value.message
    assert "private" not in caught.value.message


@pytest.mark.parametrize(
    "url", ["ftp://a.test", "https://a.test/", "https://u@a.test", "https://a.test/x?y=1", "https://a.test#x", "a.test"]
)
def test_a_root_is_a_plain_address(url: str) -> None:
    with pytest.raises(InvalidInput):
        Root(url)


def test_a_root_knows_host_port_and_whether_it_is_secure() -> None:
    assert (ROOT.host, ROOT.port, ROOT.is_secure) == ("org.crm4.dynamics.com", 443, True)
    assert (Root("http://[::1]:7048/NAV").host, Root("http://[::1]:7048/NAV").port) == ("::1", 7048)


def test_an_unreadable_address_is_shown_as_such() -> None:
    assert shown("https://[::1") == "an unreadable address"
