"""The command line run in this process, against a running sandbox and a database of the test's own."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.databases import postgresql  # noqa: F401

from coupler.cli import cli
from coupler.cli.failures import run
from coupler.sandbox.server import Sandbox
from coupler.settings import SECRETS, VARIABLES

COUPLED, OTHER = "AH", "PS"


@dataclass(frozen=True, slots=True)
class Answer:
    """How a verb ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The JSON document on standard output."""
        return json.loads(self.out)

    @property
    def problem(self) -> Any:
        """The problem JSON on standard error."""
        return json.loads(self.err)


Coupler = Callable[..., Answer]


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    """One sandbox for all tests of this folder."""
    with Sandbox(people=40) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """The sandbox as if freshly started."""
    running_sandbox.world.reset()
    return running_sandbox


@pytest.fixture
def coupler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Coupler]:
    """Runs a verb on settings of its own; logging is put back afterwards."""
    for name in (*VARIABLES, *(f"{name}_FILE" for name in SECRETS)):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COUPLER_DATA_DIR", str(tmp_path / "data"))
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def call(*arguments: str) -> Answer:
        capfd.readouterr()
        code = run(cli, arguments)
        out, err = capfd.readouterr()
        return Answer(code, out, err)

    yield call
    root.handlers[:] = handlers
    root.setLevel(level)


def connection_body(sandbox: Sandbox, name: str = "cronus") -> dict[str, Any]:
    """A request body for the sandbox's NAV 2018."""
    crm, nav = sandbox.description["crm"], sandbox.description["nav"]
    return {
        "name": name,
        "crm": {"base_url": crm["base_url"], "api_url": crm["api_url"], "sign_in": sign_in(crm)},
        "nav": {
            "base_url": nav["base_url"],
            "service_url": nav["odata_url"],
            "company": nav["company"],
            "sign_in": sign_in(nav),
        },
    }


def sign_in(given: dict[str, Any]) -> dict[str, Any]:
    """The sign-in part of a body."""
    names = ("token_url", "client_id", "client_secret", "scope")
    return {"kind": "client_secret", **{name: given[name] for name in names}}


def write_json(path: Path, document: object) -> str:
    """A file with the document; its name."""
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


@pytest.fixture
def connected(coupler: Coupler, sandbox: Sandbox, tmp_path: Path) -> Coupler:
    """The command line with the connection `cronus`."""
    file = write_json(tmp_path / "cronus.json", connection_body(sandbox))
    assert coupler("connection", "add", "--file", file, "--no-test").code == 0
    return coupler


@pytest.fixture
def user_of(sandbox: Sandbox) -> Callable[[str], str]:
    """The CRM user's id of the person with that salesperson code."""

    def find(code: str) -> str:
        return next(person.id for person in sandbox.world.people if person.salesperson == code)

    return find
