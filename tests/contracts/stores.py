"""What every store must offer, and believable things to put into it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

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
from coupler.domain.coupling import Coupling, Origin, Result, SideState
from coupler.domain.history import Deed, HistoryEntry, Stage
from coupler.engine import ports, rejections
from coupler.engine.tickets import TicketStore

MAPPING = "SALESPEOPLE"
NOW = datetime(2026, 11, 23, 9, 30, 15, 123456, tzinfo=UTC)
SECRETS = Secrets(crm={"client_secret": "crm-S3cret"}, nav={"web_service_key": "nav-K3y"})


class Stores(Protocol):
    """The store by topics, the real one and the one in memory."""

    @property
    def couplings(self) -> ports.CouplingStore: ...
    @property
    def links(self) -> ports.LinkStore: ...
    @property
    def rejections(self) -> rejections.RejectionStore: ...
    @property
    def connections(self) -> ports.ConnectionStore: ...
    @property
    def history(self) -> ports.HistoryStore: ...
    @property
    def tokens(self) -> ports.TokenStore: ...
    @property
    def sessions(self) -> ports.SessionStore: ...
    @property
    def tickets(self) -> TicketStore: ...
    @property
    def lengths(self) -> ports.LengthCache: ...
    @property
    def idempotency(self) -> ports.IdempotencyStore: ...


def new_id() -> str:
    """A GUID."""
    return str(uuid.uuid4())


def connection(name: str = "cronus", **changes: Any) -> Connection:
    """A connection with every setting that there is."""
    made = Connection(
        name=name,
        title="CRONUS International Ltd.",
        crm=CrmOrganization(
            base_url="https://cronus.crm4.example",
            api_url="https://cronus.api.crm4.example/api/data/v9.2",
            sign_in=SignIn(
                SignInKind.CLIENT_SECRET,
                token_url="https://login.example/token",
                client_id="31914b34-be8d-4611-80d8-00155d892ddc",
                scope="https://cronus.crm4.example/.default",
            ),
            app_id="b0f1aaae-7a0f-4f5e-8e0c-0f4e3a5a6c11",
        ),
        nav=NavCompany(
            base_url="https://nav.example:8080/DynamicsNAV110",
            service_url="https://nav.example:7048/DynamicsNAV110/ODataV4",
            web_service=WebService.ODATA,
            client=WebClient.WEB2018,
            company="A & B's Å",
            sign_in=SignIn(SignInKind.WEB_SERVICE_KEY, username="COUPLER"),
            tenant="default",
        ),
    )
    return replace(made, **changes)


def coupling(nav_key: str = "AH", crm_id: str | None = None, **changes: Any) -> Coupling:
    """A coupling that was never synchronized."""
    made = Coupling(
        id=new_id(),
        connection="cronus",
        mapping=MAPPING,
        nav_key=nav_key,
        crm_id=crm_id or new_id(),
        nav_name="Annette Hill",
        crm_name="Annette Hill",
        origin=Origin.MANUAL,
        created_at=NOW,
        created_by="user:annette",
    )
    return replace(made, **changes)


def synchronized(made: Coupling) -> Coupling:
    """The coupling with everything filled that a synchronization fills."""
    return replace(
        made,
        nav_stable_id="f3b8a3a1-6a0e-4df5-9a47-9f6a2b1f6f10",
        nav=SideState(NOW, Result.SUCCESS),
        crm=SideState(NOW, Result.FAILURE),
        base={"nav": {"Name": "Åsa \u200b O'Neil", "E-Mail": ""}, "crm": {"fullname": "Åsa 😀"}},
        last_synchronized_at=NOW,
        last_synchronized_by="user:annette",
        last_error={"code": "value_refused", "message": "Nein."},
        differs=True,
        skipped=True,
        health=("user_disabled", "user_unlicensed"),
    )


def ended(of: Coupling) -> HistoryEntry:
    """The entry about its end."""
    return entry(of, Deed.UNCOUPLE)


def entry(of: Coupling, deed: Deed = Deed.COUPLE, stage: Stage = Stage.CONFIRMED, **changes: Any) -> HistoryEntry:
    """A history entry of a coupling."""
    made = HistoryEntry(
        id=new_id(),
        at=NOW,
        by="user:annette",
        deed=deed,
        stage=stage,
        connection=of.connection,
        mapping=of.mapping,
        coupling=of.id,
        nav_key=of.nav_key,
        crm_id=of.crm_id,
        nav_name=of.nav_name,
        crm_name=of.crm_name,
        before={"Name": "Annette"},
        after={"Name": "Annette Hill", "changed": ["Name"], "count": 1, "blank": None},
        detail="by hand",
    )
    return replace(made, **changes)
