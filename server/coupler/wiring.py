"""The composition root: settings become a store, connectors and use cases. The only place that knows everybody."""

from __future__ import annotations

import getpass
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from coupler import __version__
from coupler.api.services import Readiness, Services
from coupler.connectors import HttpConnectors, record_url
from coupler.connectors.oidc import OpenIdProvider
from coupler.domain.access import Actor, Role
from coupler.domain.errors import StorageError
from coupler.engine.access import Access
from coupler.engine.connections import Connections
from coupler.engine.couplings import Couplings
from coupler.engine.deep_links import DeepLinks
from coupler.engine.directory import Directory
from coupler.engine.frame_hosts import FrameHosts
from coupler.engine.frame_sign_in import FrameSignIn
from coupler.engine.history import History
from coupler.engine.pairs import Pairs
from coupler.engine.rejections import Rejections
from coupler.engine.roster_cache import RosterCache
from coupler.engine.suggestions import Matching
from coupler.engine.synchronizer import Synchronizer
from coupler.settings import Settings, ensure_secret_keys
from coupler.storage import Store, schema


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)


class TimeOrderedIds:
    """UUIDs of version 7 (RFC 9562): milliseconds first, so that keys sort by age and indexes grow at one end."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock

    def new(self) -> str:
        """A fresh one in canonical text."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        bits = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
        return str(uuid.UUID(int=bits))


@dataclass(frozen=True, slots=True)
class App:
    """Everything a front end (web or command line) drives."""

    settings: Settings
    store: Store
    connectors: HttpConnectors
    couplings: Couplings
    connections: Connections
    directory: Directory
    matching: Matching
    rejections: Rejections
    deep_links: DeepLinks
    history: History
    access: Access
    provider: OpenIdProvider | None
    clock: SystemClock

    def services(self) -> Services:
        """What the web front end needs of it."""
        return Services(
            couplings=self.couplings,
            deep_links=self.deep_links,
            directory=self.directory,
            matching=self.matching,
            rejections=self.rejections,
            history=self.history,
            connections=self.connections,
            access=self.access,
            frame_sign_in=FrameSignIn(self.store.tickets, self.access, self.clock),
            frame_hosts=FrameHosts(self.store.connections, self.clock),
            record_urls=record_url,
            idempotency=self.store.idempotency,
            readiness=self._readiness,
            clock=self.clock,
            public_url=self.settings.public_url,
            version=__version__,
        )

    def _readiness(self) -> Readiness:
        try:
            current = schema.is_current(self.store.engine)
        except StorageError:
            return Readiness(database=False, migrations=False, connectors=self.connectors.ages())
        return Readiness(database=True, migrations=current, connectors=self.connectors.ages())

    def close(self) -> None:
        """Let go of sockets and database connections."""
        if self.provider is not None:
            self.provider.close()
        self.connectors.close()
        self.store.close()


def build(settings: Settings) -> App:
    """Compose the application. Connects to nothing but the database, and does not migrate it."""
    settings = ensure_secret_keys(settings)
    clock = SystemClock()
    ids = TimeOrderedIds(clock)
    store = Store.open(settings.database_url, settings.secret_keys, clock)
    connectors = HttpConnectors(store.connections.secrets, clock)
    pairs = Pairs(store.connections, connectors, store.lengths)
    synchronizer = Synchronizer(store.couplings, store.history, pairs, clock, ids)
    provider = _provider(settings, clock)
    return App(
        settings=settings,
        store=store,
        connectors=connectors,
        couplings=Couplings(store.couplings, pairs, synchronizer, clock, ids),
        connections=Connections(store.connections, connectors, store.lengths, clock, ids),
        directory=Directory(store.couplings, pairs, store.cursors),
        matching=Matching(store.couplings, store.rejections, pairs, RosterCache(clock)),
        rejections=Rejections(store.rejections, pairs, clock),
        deep_links=DeepLinks(store.links, record_url),
        history=History(store.history, store.couplings, pairs, clock, ids),
        access=Access(
            store.tokens,
            store.sessions,
            store.connections,
            provider,
            f"{settings.public_url}/auth/callback",
            clock,
            ids,
        ),
        provider=provider,
        clock=clock,
    )


def _provider(settings: Settings, clock: SystemClock) -> OpenIdProvider | None:
    oidc = settings.oidc
    if oidc is None:
        return None
    return OpenIdProvider(
        issuer=oidc.issuer,
        client_id=oidc.client_id,
        client_secret=oidc.client_secret,
        audience=oidc.audience,
        roles_claim=oidc.roles_claim,
        clock=clock,
    )


def cli_actor() -> Actor:
    """Whoever can run the command line here reads the database and its keys anyway: an administrator."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        name = "command line"
    return Actor(f"cli:{name}", f"{name} (command line)", Role.ADMIN)
