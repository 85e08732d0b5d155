"""Which connectors a connection gets, and how long they live."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from tests.connectors.conftest import json

from coupler.connectors import HttpConnectors, record_url
from coupler.connectors.bc.client import BcApi
from coupler.connectors.nav.client import NavPageService
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
from coupler.domain.errors import Unavailable
from coupler.domain.mapping import FieldOverride, MappingOverride, customize
from coupler.domain.records import RecordRef, System
from coupler.mappings import SALESPEOPLE

ID = "31914b34-be8d-4611-80d8-00155d892ddc"
TOKEN_URL = "https://login.test/token"
CONNECTION = Connection(
    "cronus",
    "Cronus",
    CrmOrganization(
        "https://org.test", "https://org.test/api/data/v9.2", SignIn(SignInKind.CLIENT_SECRET, TOKEN_URL, "c", "s")
    ),
    NavCompany(
        "https://nav.test",
        "https://nav.test/NAV/ODataV4",
        WebService.ODATA,
        WebClient.WEB2018,
        "CRONUS",
        SignIn(SignInKind.WEB_SERVICE_KEY, username="user"),
    ),
)


class StoppedClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 9, tzinfo=UTC)


class World:
    """A token service and a CRM in one; counts tokens, and how often secrets were asked for."""

    def __init__(self) -> None:
        self.tokens = 0
        self.asked: list[str] = []
        self.connectors = HttpConnectors(self.secrets, StoppedClock(), transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "login.test":
            self.tokens += 1
            return json({"access_token": "t", "token_type": "Bearer", "expires_in": 3599})
        return json({"UserId": ID})

    def secrets(self, name: str) -> Secrets:
        self.asked.append(name)
        return Secrets(crm={"client_secret": "s3cret-text"}, nav={"web_service_key": "k3y-text"})


def test_nothing_is_asked_or_sent_before_a_connector_is_used() -> None:
    world = World()

    world.connectors.crm(CONNECTION, SALESPEOPLE)

    assert world.tokens == 0


def test_a_connector_its_token_and_its_connections_are_kept() -> None:
    world = World()

    first = world.connectors.crm(CONNECTION, SALESPEOPLE)
    first.own_key()
    again = world.connectors.crm(CONNECTION, SALESPEOPLE)
    again.own_key()

    assert again is first
    assert (world.tokens, world.asked) == (1, ["cronus"])


def test_a_changed_connection_gets_new_connectors_and_new_secrets() -> None:
    world = World()
    old = world.connectors.crm(CONNECTION, SALESPEOPLE)
    old.own_key()

    world.connectors.crm(replace(CONNECTION, version=2), SALESPEOPLE).own_key()

    assert (world.tokens, len(world.asked)) == (2, 2)
    with pytest.raises(Unavailable, match="changed meanwhile"):
        old.read(ID)


def test_a_forgotten_connection_begins_anew() -> None:
    world = World()
    world.connectors.crm(CONNECTION, SALESPEOPLE).own_key()

    world.connectors.forget("cronus")
    world.connectors.forget("never heard of")
    world.connectors.crm(CONNECTION, SALESPEOPLE).own_key()

    assert world.tokens == 2


def test_a_customized_mapping_gets_its_own_connector_over_the_same_token() -> None:
    world = World()
    world.connectors.crm(CONNECTION, SALESPEOPLE).own_key()
    without_phone = customize(SALESPEOPLE, MappingOverride(fields={"Phone No.": FieldOverride(enabled=False)}))

    world.connectors.crm(CONNECTION, without_phone).own_key()

    assert world.tokens == 1


def test_the_web_service_decides_the_connector() -> None:
    world = World()
    by_api = replace(CONNECTION, name="bc", nav=replace(CONNECTION.nav, web_service=WebService.API, company_id=ID))

    assert isinstance(world.connectors.nav(CONNECTION, SALESPEOPLE), NavPageService)
    assert isinstance(world.connectors.nav(by_api, SALESPEOPLE), BcApi)
    assert world.connectors.company_id(CONNECTION) is None
    assert world.connectors.company_id(by_api) == ID


def test_ages_are_told_for_what_was_used() -> None:
    world = World()
    world.connectors.nav(CONNECTION, SALESPEOPLE)
    world.connectors.crm(CONNECTION, SALESPEOPLE).own_key()

    ages = world.connectors.ages()

    assert ages["cronus nav"] is None
    assert ages["cronus crm"] is not None


def test_after_closing_nothing_is_kept() -> None:
    world = World()
    connector = world.connectors.crm(CONNECTION, SALESPEOPLE)

    world.connectors.close()

    assert world.connectors.ages() == {}
    with pytest.raises(Unavailable):
        connector.own_key()


def test_t7_secrets_show_in_no_repr_of_what_is_kept() -> None:
    world = World()
    world.connectors.crm(CONNECTION, SALESPEOPLE).own_key()

    shown = repr(world.connectors) + repr(vars(world.connectors))

    assert "s3cret-text" not in shown
    assert "k3y-text" not in shown


def test_a_record_opens_in_its_own_system() -> None:
    assert record_url(CONNECTION, SALESPEOPLE, RecordRef(System.CRM, "systemuser", ID)).startswith("https://org.test/")
    assert record_url(CONNECTION, SALESPEOPLE, RecordRef(System.NAV, "salesperson", "PS")).startswith(
        "https://nav.test/"
    )
