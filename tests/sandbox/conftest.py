"""One running sandbox per module, set back before each test, and callers that speak plain HTTP."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from coupler.sandbox.server import Sandbox


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(people=60, ports=(0, 0, 0, 0)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """The module's sandbox in its state at the start."""
    running.world.reset()
    return running


@pytest.fixture
def described(sandbox: Sandbox) -> dict[str, Any]:
    return sandbox.description


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.world.urls.control, timeout=10) as client:
        yield client


@pytest.fixture
def bearer(sandbox: Sandbox) -> Callable[[str], dict[str, str]]:
    """The Authorization header for one of `crm`, `nav`, `bc`, from the identity provider."""

    def header(system: str) -> dict[str, str]:
        asked = sandbox.description[system]
        answer = httpx.post(
            asked["token_url"],
            data={
                "grant_type": "client_credentials",
                "client_id": asked["client_id"],
                "client_secret": asked["client_secret"],
                "scope": asked["scope"],
            },
        )
        return {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}

    return header


@pytest.fixture
def nav(described: dict[str, Any]) -> Iterator[httpx.Client]:
    """A caller of the NAV port with user name and web service access key, which every version takes."""
    keys = described["nav"]
    with httpx.Client(base_url=keys["origin"], auth=(keys["username"], keys["web_service_key"]), timeout=10) as client:
        yield client


@pytest.fixture
def bc(described: dict[str, Any], bearer: Callable[[str], dict[str, str]]) -> Iterator[httpx.Client]:
    """A caller of API v2.0 with a bearer token."""
    with httpx.Client(base_url=described["bc"]["api_url"], headers=bearer("bc"), timeout=10) as client:
        yield client
