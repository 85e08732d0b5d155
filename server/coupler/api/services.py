"""What the blueprints are given to work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from flask import Flask, current_app

from coupler.engine.access import Access
from coupler.engine.connections import Connections
from coupler.engine.couplings import Couplings
from coupler.engine.deep_links import DeepLinks
from coupler.engine.directory import Directory
from coupler.engine.frame_hosts import FrameHosts
from coupler.engine.frame_sign_in import FrameSignIn
from coupler.engine.history import History
from coupler.engine.ports import Clock, IdempotencyStore, RecordUrls
from coupler.engine.rejections import Rejections
from coupler.engine.suggestions import Matching

_KEY = "coupler"


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether requests can be served. `connectors` is shown as it is and never makes us unready.

    It maps a name to seconds since that connector's last answer, None when it has not been asked yet.
    """

    database: bool
    migrations: bool
    connectors: Mapping[str, float | None]

    @property
    def is_ready(self) -> bool:
        """The database answers and has the schema this version needs."""
        return self.database and self.migrations


class ReadinessCheck(Protocol):
    """Looks whether requests can be served."""

    def __call__(self) -> Readiness:
        """Never raises for a database that is down."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases, and the few facts of this installation that answers carry."""

    couplings: Couplings
    deep_links: DeepLinks
    directory: Directory
    matching: Matching
    rejections: Rejections
    history: History
    connections: Connections
    access: Access
    frame_sign_in: FrameSignIn
    frame_hosts: FrameHosts
    record_urls: RecordUrls
    idempotency: IdempotencyStore
    readiness: ReadinessCheck
    clock: Clock
    public_url: str
    version: str

    @property
    def is_https(self) -> bool:
        """Whether browsers reach us encrypted: decides cookie names and HSTS."""
        return self.public_url.startswith("https:")


def provide(app: Flask, given: Services) -> None:
    """Make the services known to the blueprints of this application."""
    app.extensions[_KEY] = given


def services() -> Services:
    """Those of the application that answers this request."""
    return cast(Services, current_app.extensions[_KEY])
