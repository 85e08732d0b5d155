"""`coupler demo` as a person starts it, and hands to look behind it."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

CRONUS = "CRONUS International Ltd."
AB = "A & B's Å"


def encoded(value: str) -> str:
    """Percent-encoded with nothing left as it is."""
    return quote(value, safe="")


def free_ports(count: int) -> int:
    """The first of `count` neighbouring ports nobody listens on."""
    for _ in range(50):
        with contextlib.ExitStack() as stack:
            first = stack.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                for following in range(1, count):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port + following))
            except (OSError, OverflowError):
                continue
            return port
    raise AssertionError("no free ports")


@dataclass(frozen=True)
class Pair:
    """A salesperson and a user of the sandbox who belong together."""

    code: str
    nav_name: str
    user: str
    crm_name: str
    email: str


@dataclass
class Demo:
    """The running demo: what it printed, its API and the sandbox's control."""

    said: dict[str, Any]
    api: httpx.Client = field(init=False)
    control: httpx.Client = field(init=False)
    given: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        bearer = {"Authorization": f"Bearer {self.said['tokens']['admin']}"}
        self.api = httpx.Client(base_url=f"{self.said['coupler']}/api/v1", headers=bearer, timeout=30, trust_env=False)
        self.control = httpx.Client(base_url=self.said["control"], timeout=30, trust_env=False)

    @property
    def url(self) -> str:
        """Coupler's address."""
        return str(self.said["coupler"])

    def salesperson(self, code: str, company: str = CRONUS) -> dict[str, Any]:
        """The NAV row as it is now."""
        rows = self.control.get("/state").json()["nav"][company]
        return next(row for row in rows if row["Code"] == code)

    def user(self, user: str) -> dict[str, Any]:
        """The CRM row as it is now."""
        rows = self.control.get("/state").json()["crm"]["systemusers"]
        return next(row for row in rows if row["systemuserid"] == user)

    def fresh_pair(self) -> Pair:
        """A salesperson and a user with the same e-mail, free in every connection and in step, given out once."""
        state = self.control.get("/state").json()
        coupled = self.couplings()
        taken = {c["crm"]["id"] for c in coupled} | {c["nav"]["key"] for c in coupled} | self.given
        emails = [row["internalemailaddress"] for row in state["crm"]["systemusers"]]
        for row in state["nav"][CRONUS]:
            if not row["E_Mail"] or row["Code"] in taken or not row["Code"].isalnum() or len(row["Code"]) > 10:
                continue
            fits = [u for u in state["crm"]["systemusers"] if u["internalemailaddress"] == row["E_Mail"]]
            if len(fits) != 1 or emails.count(row["E_Mail"]) != 1 or fits[0]["systemuserid"] in taken:
                continue
            user = fits[0]
            if user["isdisabled"] or not user["islicensed"] or user["isintegrationuser"]:
                continue
            if user["fullname"] != row["Name"] or not user["mobilephone"]:
                continue
            self.given |= {row["Code"], user["systemuserid"]}
            return Pair(row["Code"], row["Name"], user["systemuserid"], user["fullname"], row["E_Mail"])
        raise AssertionError("the sandbox has no such pair left")

    def couplings(self, **query: str) -> list[dict[str, Any]]:
        """All couplings that fit."""
        answer = self.api.get("/couplings", params={"limit": "200", **query})
        answer.raise_for_status()
        return list(answer.json())

    def couple(self, pair: Pair, *, synchronize: str = "no", connection: str = "cronus") -> dict[str, Any]:
        """Couple by the API."""
        body = {
            "connection": connection,
            "mapping": "SALESPEOPLE",
            "nav_key": pair.code,
            "crm_id": pair.user,
            "synchronize": synchronize,
        }
        answer = self.api.post("/couplings", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def change_user(self, user: str, **changes: object) -> None:
        """Change a CRM user behind everybody's back."""
        self.control.patch(f"/crm/systemusers/{user}", json=changes).raise_for_status()

    def change_salesperson(self, code: str, company: str = CRONUS, **changes: object) -> None:
        """Change a NAV salesperson behind everybody's back."""
        answer = self.control.patch(f"/nav/salespeople/{encoded(code)}", params={"company": company}, json=changes)
        answer.raise_for_status()

    def card(self, code: str, company: str = CRONUS, client: str = "DynamicsNAV110/") -> str:
        """The NAV page of a salesperson."""
        where = f"company={encoded(company)}&page=5116&mode=View"
        wanted = encoded(f"'Code' IS '{code}'")
        return f"{self.said['nav']}/{client}?{where}&filter={wanted}"

    def form(self, user: str) -> str:
        """The CRM page of a user."""
        return f"{self.said['crm']}/main.aspx?pagetype=entityrecord&etn=systemuser&id=%7B{user.upper()}%7D"

    def window(self, pair: Pair, company: str = CRONUS, **query: str) -> str:
        """The coupling page of a salesperson."""
        more = "".join(f"&{name}={encoded(value)}" for name, value in query.items())
        place = f"system=nav&table=salesperson&key={encoded(pair.code)}&company={encoded(company)}"
        return f"{self.url}/couple?{place}{more}"


@contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """Start `coupler demo --json`, wait for its line, end it as Ctrl+C would."""
    port = free_ports(5)
    command = [
        sys.executable,
        "-m",
        "coupler",
        "demo",
        "--json",
        "--port",
        str(port),
        "--data",
        str(folder),
        "--people",
        "300",
    ]
    with (folder / "demo.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, (folder / "demo.log").read_text()
        yield Demo(json.loads(line))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
