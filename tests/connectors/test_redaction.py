"""No secret in a message, a log or a repr (protocols T7)."""

from __future__ import annotations

import logging

import httpx
import pytest
from tests.connectors.conftest import Vendor, json, make_http

from coupler.connectors.answers import Answer, Call
from coupler.connectors.oauth import Token
from coupler.connectors.redaction import Redactor

CANARY = "cAnArY.s3cret/with+chars=="
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "text",
    [
        f"client_secret={CANARY}",
        f'{{"access_token": "{CANARY}"}}',
        f"Authorization: Bearer {CANARY}",
        f"Set-Cookie: {CANARY}",
        f"see https://x.test/y?code={CANARY}&a=b",
        f"refresh_token={CANARY}&x=1",
        f"authvalue: '{CANARY}'",
        f"clientState={CANARY}",
    ],
)
def test_t7_secrets_are_masked_by_name(text: str) -> None:
    assert CANARY not in Redactor()(text)


def test_t7_known_secrets_are_masked_wherever_they_stand() -> None:
    assert Redactor.of([CANARY])(f"the proxy echoed {CANARY} back") == "the proxy echoed *** back"


def test_t7_tokens_are_masked_by_their_shape() -> None:
    assert Redactor()(f"got {JWT} here") == "got *** here"


def test_a_message_of_nav_is_left_readable() -> None:
    text = "Code must have a value in Salesperson/Purchaser: Code=JR. It cannot be zero or empty."

    assert Redactor()(text) == text


def test_t7_the_secret_shows_in_no_repr() -> None:
    for thing in (
        Redactor.of([CANARY]),
        Token(CANARY, 1.0),
        Call("POST", f"https://x.test?code={CANARY}", {"Authorization": CANARY}, CANARY.encode()),
        Answer(200, {"set-cookie": CANARY}, CANARY.encode()),
    ):
        assert CANARY not in repr(thing)


def test_t7_no_log_holds_an_address_or_a_header(caplog: pytest.LogCaptureFixture) -> None:
    vendor = Vendor([json({})])
    logging.getLogger("httpx").setLevel(logging.NOTSET)
    http = make_http(vendor, auth=httpx.BasicAuth("user", CANARY))

    with caplog.at_level(logging.DEBUG):
        http.call(Call("GET", f"https://vendor.test/api/x?$filter={CANARY}"), lambda answer: answer)

    assert len(vendor.requests) == 1
    assert "vendor.test" not in caplog.text


def test_t7_an_error_repeats_no_secret_the_far_side_echoed() -> None:
    vendor = Vendor([httpx.Response(403, text=f"<p>denied {CANARY} for https://a.test/b?c={CANARY}</p>")])

    with pytest.raises(Exception, match="denied") as caught:
        make_http(vendor, secrets=(CANARY,)).call(Call("GET", "https://vendor.test/api/x"), lambda answer: answer)

    assert CANARY not in str(caught.value)
