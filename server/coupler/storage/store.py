"""All stores over one database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine

from coupler.engine import ports, rejections, tickets
from coupler.storage.connections import ConnectionStore
from coupler.storage.couplings import CouplingStore
from coupler.storage.cursors import SealedCursors
from coupler.storage.engine import open_engine
from coupler.storage.history import HistoryStore
from coupler.storage.idempotency import IdempotencyStore
from coupler.storage.lengths import LengthCache
from coupler.storage.links import LinkStore
from coupler.storage.rejections import RejectionStore
from coupler.storage.secrets_box import SecretsBox
from coupler.storage.sessions import SessionStore
from coupler.storage.tickets import TicketStore
from coupler.storage.tokens import TokenStore


class Store:
    """The stores by topic, as engine.ports describes them. Creates no tables: that is schema.upgrade's."""

    def __init__(self, engine: Engine, box: SecretsBox, clock: ports.Clock) -> None:
        self.engine = engine
        self.couplings: ports.CouplingStore = CouplingStore(engine)
        self.links: ports.LinkStore = LinkStore(engine)
        self.rejections: rejections.RejectionStore = RejectionStore(engine)
        self.connections: ports.ConnectionStore = ConnectionStore(engine, box, clock)
        self.history: ports.HistoryStore = HistoryStore(engine)
        self.tokens: ports.TokenStore = TokenStore(engine)
        self.sessions: ports.SessionStore = SessionStore(engine)
        self.tickets: tickets.TicketStore = TicketStore(engine)
        self.lengths: ports.LengthCache = LengthCache(engine, clock)
        self.idempotency: ports.IdempotencyStore = IdempotencyStore(engine)
        self.cursors: ports.Seal = SealedCursors(box)

    @classmethod
    def open(cls, url: str, keys: Sequence[str], clock: ports.Clock) -> Store:
        """Raises SettingsError for a URL or key that cannot be used; connects only when first asked something."""
        box = SecretsBox(keys)
        return cls(open_engine(url), box, clock)

    def close(self) -> None:
        """Let go of the connections that are held."""
        self.engine.dispose()
