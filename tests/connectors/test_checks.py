"""What the connection test says of addresses that are not encrypted."""

from __future__ import annotations

import pytest
from tests.connectors.conftest import Vendor, json
from tests.fakes.clock import SteppedClock

from coupler.connectors.answers import Party
from coupler.connectors.checks import reach_steps, run
from coupler.connectors.http import Http
from coupler.connectors.oauth import TokenSource
from coupler.connectors.origins import Root
from coupler.domain.connection import Check, CheckStatus


def lines(address: str, token_url: str) -> dict[str, Check]:
    """The lines about reaching a service that answers at these addresses."""
    vendor = Vendor([json({"access_token": "t", "token_type": "Bearer", "expires_in": 3600})])
    http, tokens = (Http(Party("nav", "NAV"), Root(url), transport=vendor.transport) for url in (address, token_url))
    steps = reach_steps("nav", http, TokenSource(tokens, lambda: ""), SteppedClock())
    return {check.check: check for check in run(steps[1:])}


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("https://nav.example/ODataV4", CheckStatus.OK),
        ("http://nav.example:7048/ODataV4", CheckStatus.WARN),
        ("http://10.0.0.5/ODataV4", CheckStatus.WARN),
        ("http://localhost:7048/ODataV4", CheckStatus.OK),
        ("http://[::1]/ODataV4", CheckStatus.OK),
    ],
)
def test_n12_plain_http_to_another_machine_is_warned_of(address: str, status: CheckStatus) -> None:
    assert lines(address, "https://login.example/token")["nav.tls"].status is status
    token = lines("https://nav.example/ODataV4", address)["nav.token"]
    assert token.status is status
    assert bool(token.fix) is (status is CheckStatus.WARN)
