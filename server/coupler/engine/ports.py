"""What the use cases need from outside, as protocols beside their users."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from coupler.domain.access import Role
from coupler.domain.connection import Check, Connection, Secrets
from coupler.domain.coupling import Coupling, State
from coupler.domain.history import HistoryEntry
from coupler.domain.mapping import IntegrationTableMapping, MappingOverride
from coupler.domain.records import Record, RecordRef, System


class Clock(Protocol):
    """The time, as an argument."""

    def now(self) -> datetime:
        """Now, aware, in UTC."""
        ...


class Ids(Protocol):
    """Fresh identifiers."""

    def new(self) -> str:
        """A new GUID in canonical text, sortable by time of creation where the platform allows."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """Some records in the system's stable order; `cursor` continues, None means the end (protocols U4)."""

    records: tuple[Record, ...]
    cursor: str | None


class Seal(Protocol):
    """Hides a system's cursor from those it goes through: it is a link that, changed, would read something else."""

    def close(self, cursor: str, *place: str) -> str:
        """Unreadable text that opens in that place only."""
        ...

    def open(self, sealed: str, *place: str) -> str:
        """The cursor again; raises InvalidInput for what was not sealed for this place."""
        ...


class CrmConnector(Protocol):
    """Reads one CRM table for one mapping. It never writes."""

    def read(self, key: str) -> Record:
        """One record by GUID; raises RecordNotFound and the other ConnectorErrors."""
        ...

    def read_many(self, keys: Sequence[str]) -> Mapping[str, Record]:
        """Those that exist, by key, in as few calls as the protocol allows."""
        ...

    def page(self, text: str | None, size: int, cursor: str | None) -> Page:
        """A page of all records, or of those whose search fields contain `text`; unfiltered by the mapping."""
        ...

    def lengths(self) -> Mapping[str, int | None]:
        """MaxLength of the text attributes, from the metadata."""
        ...

    def own_key(self) -> str:
        """The GUID of the user this connection signs in as (WhoAmI), kept after the first call."""
        ...

    def check(self) -> Iterable[Check]:
        """The connection test of this side, line by line; stops talking after the first fatal line."""
        ...


class NavConnector(Protocol):
    """Reads and writes one NAV table for one mapping, fields named by their caption."""

    def read(self, key: str) -> Record:
        """One record by its primary key; raises RecordNotFound and the other ConnectorErrors."""
        ...

    def read_many(self, keys: Sequence[str]) -> Mapping[str, Record]:
        """Those that exist, by key."""
        ...

    def page(self, text: str | None, size: int, cursor: str | None) -> Page:
        """A page of all records, or of those whose search fields contain `text`."""
        ...

    def update(self, record: Record, changes: Mapping[str, str]) -> Record:
        """Write only `changes`, guarded by the ETag of `record`; returns the row as the server then holds it.

        Raises RecordChanged when the row moved, ValueRefused when its validation says no, and Unavailable with
        `outcome_unknown` when it cannot be known whether the write was applied. Never retries a write blindly.
        """
        ...

    def create(self, fields: Mapping[str, str]) -> Record:
        """Insert a row under a key chosen by us; raises DuplicateKey."""
        ...

    def lengths(self) -> Mapping[str, int | None]:
        """MaxLength of the text fields by caption, from $metadata."""
        ...

    def check(self) -> Iterable[Check]:
        """The connection test of this side, line by line; stops talking after the first fatal line."""
        ...


class Connectors(Protocol):
    """Makes (and keeps) the connectors of a connection."""

    def crm(self, connection: Connection, mapping: IntegrationTableMapping) -> CrmConnector:
        """The CRM side."""
        ...

    def nav(self, connection: Connection, mapping: IntegrationTableMapping) -> NavConnector:
        """The NAV side."""
        ...

    def company_id(self, connection: Connection) -> str | None:
        """The GUID of the connection's company where its web service has one, else None."""
        ...

    def forget(self, connection: str) -> None:
        """Drop what is kept for a connection that changed or went away."""
        ...


class RecordUrls(Protocol):
    """Builds deep links; pure, no network."""

    def __call__(self, connection: Connection, mapping: IntegrationTableMapping, ref: RecordRef) -> str:
        """The address that opens the record in its own system."""
        ...


@dataclass(frozen=True, slots=True)
class CouplingFilter:
    """Which couplings to list; None means any."""

    connections: frozenset[str] | None = None
    mapping: str | None = None
    nav_key: str | None = None
    crm_id: str | None = None
    state: State | None = None
    text: str | None = None


class CouplingStore(Protocol):
    """Live couplings. Uniqueness on both sides is the database's (domain R-01, N-06)."""

    def get(self, coupling: str) -> Coupling:
        """Raises NotFound."""
        ...

    def by_nav(self, connection: str, mapping: str, nav_key: str) -> Coupling | None:
        """The coupling of a NAV record in that connection."""
        ...

    def by_crm(self, connection: str, mapping: str, crm_id: str) -> Coupling | None:
        """The coupling of a CRM record in that connection."""
        ...

    def by_nav_keys(self, connection: str, mapping: str, keys: Sequence[str]) -> Mapping[str, Coupling]:
        """Couplings of a page of NAV records, by key, in one query."""
        ...

    def by_crm_ids(self, connection: str, mapping: str, ids: Sequence[str]) -> Mapping[str, Coupling]:
        """Couplings of a page of CRM records, by id, in one query."""
        ...

    def find(self, which: CouplingFilter, limit: int, cursor: str | None) -> tuple[Sequence[Coupling], str | None]:
        """A page in stable order (by id) and the cursor of the next."""
        ...

    def insert(self, coupling: Coupling, ends: Sequence[Coupling], entries: Sequence[HistoryEntry]) -> bool:
        """End some, insert one and write history, all or nothing; False when a constraint or a version says no."""
        ...

    def remove(self, coupling: Coupling, entry: HistoryEntry) -> bool:
        """End one in that version and write history; False when it changed or went meanwhile."""
        ...

    def save(self, coupling: Coupling, entry: HistoryEntry | None) -> Coupling:
        """Store it as the next version, with an entry, in one transaction; raises Stale unless its own is stored."""
        ...


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """What an opening needs of a coupling, with the connection it belongs to: from one read."""

    coupling: str
    nav_key: str
    nav_name: str
    crm_id: str
    crm_name: str
    connection: Connection


class LinkStore(Protocol):
    """The one indexed read behind an opening."""

    def by_nav(self, mapping: str, nav_key: str) -> Sequence[LinkTarget]:
        """Couplings of a NAV key in all enabled connections."""
        ...

    def by_crm(self, mapping: str, crm_id: str) -> Sequence[LinkTarget]:
        """Couplings of a CRM id in all enabled connections."""
        ...


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Which history entries to list; None means any."""

    connections: frozenset[str] | None = None
    coupling: str | None = None
    by: str | None = None
    since: datetime | None = None


class HistoryStore(Protocol):
    """Append-only; an entry's stage may move from intent to an end, nothing else ever changes."""

    def add(self, entry: HistoryEntry) -> None:
        """Write an entry in its own transaction, durable on return."""
        ...

    def close(self, entry: HistoryEntry) -> None:
        """Move an intent to the stage and detail of `entry`."""
        ...

    def get(self, entry: str) -> HistoryEntry:
        """Raises NotFound."""
        ...

    def open_intents(self, coupling: str) -> Sequence[HistoryEntry]:
        """Intents of a coupling that nobody closed, oldest first."""
        ...

    def undone_by(self, entry: str) -> HistoryEntry | None:
        """The confirmed entry that took this one back."""
        ...

    def find(self, which: HistoryFilter, limit: int, cursor: str | None) -> tuple[Sequence[HistoryEntry], str | None]:
        """A page, newest first, and the cursor of the next."""
        ...


class ConnectionStore(Protocol):
    """Connections and their encrypted secrets."""

    def get(self, name: str) -> Connection:
        """Raises ConnectionUnknown."""
        ...

    def all(self) -> Sequence[Connection]:
        """All, by name."""
        ...

    def add(self, connection: Connection, secrets: Secrets) -> Connection:
        """Raises InvalidInput when the name is taken."""
        ...

    def save(self, connection: Connection, secrets: Secrets | None) -> Connection:
        """Replace settings, and secrets of the same name when given; unused ones go. Decrypts nothing; raises Stale."""
        ...

    def remove(self, name: str, version: int, ended: Callable[[Coupling], HistoryEntry]) -> None:
        """Remove it and end its couplings with an entry each, in one transaction; raises Stale, ConnectionUnknown."""
        ...

    def secrets(self, name: str) -> Secrets:
        """Decrypted; raises StorageError when no key fits."""
        ...

    def secret_names(self, name: str) -> Mapping[System, tuple[str, ...]]:
        """Which secrets are kept, by side; decrypts nothing. Raises ConnectionUnknown."""
        ...

    def mapping_override(self, name: str, mapping: str) -> MappingOverride:
        """What was set for the mapping; an empty override when nothing was."""
        ...

    def save_mapping_override(self, name: str, mapping: str, override: MappingOverride) -> MappingOverride:
        """Store it; raises Stale unless the version is the stored one (0 for none). Returns the next version."""
        ...


class LengthCache(Protocol):
    """Field lengths read from a system's metadata, so that a synchronization need not ask again."""

    def forget(self, connection: str) -> None:
        """Drop what was read for a connection that changed."""
        ...

    def get(self, connection: str, table: str) -> Mapping[str, int | None] | None:
        """None when never read or older than a day."""
        ...

    def put(self, connection: str, table: str, lengths: Mapping[str, int | None]) -> None:
        """Keep them."""
        ...


@dataclass(frozen=True, slots=True)
class ApiToken:
    """An API token without its text, of which only a hash is kept."""

    id: str
    name: str
    role: Role
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    connections: frozenset[str] | None = None
    revoked_at: datetime | None = None


class TokenStore(Protocol):
    """API tokens by hash."""

    def add(self, token: ApiToken, digest: bytes) -> None:
        """Keep it."""
        ...

    def by_digest(self, digest: bytes) -> ApiToken | None:
        """One indexed read."""
        ...

    def all(self) -> Sequence[ApiToken]:
        """All, newest first, revoked ones included."""
        ...

    def revoke(self, token: str, at: datetime) -> ApiToken:
        """Raises NotFound."""
        ...


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """One started sign-in: used once, ten minutes at most, found by the hash of the browser's id and its state."""

    state: str
    nonce: str
    verifier: str = field(repr=False)
    return_to: str
    started_at: datetime
    ticket: bytes | None = None
    """Digest of the ticket this sign-in is to approve, for one begun by a pop-up of the pane."""


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person, found by the hash of an opaque id in a first-party cookie or a pane bearer."""

    subject: str
    name: str
    role: Role | None
    started_at: datetime
    expires_at: datetime


class SessionStore(Protocol):
    """Sign-in attempts and sessions, by SHA-256 digest of what the browser holds."""

    def begin(self, digest: bytes, attempt: SignInAttempt) -> None:
        """Keep an attempt."""
        ...

    def take_attempt(self, digest: bytes) -> SignInAttempt | None:
        """Return and burn it in one transaction."""
        ...

    def start(self, digest: bytes, session: Session, kind: str) -> None:
        """Keep a session; `kind` is `browser`, `pane` or `frame`."""
        ...

    def get(self, digest: bytes, kind: str) -> Session | None:
        """The session if it exists, whatever its expiry."""
        ...

    def end(self, digest: bytes) -> None:
        """Forget it."""
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an OpenID Connect provider says somebody is: stable subject, a name to show, the roles claim."""

    subject: str
    name: str
    roles: tuple[str, ...]


class IdentityProvider(Protocol):
    """The configured OpenID Connect provider."""

    def authorization_url(self, *, state: str, nonce: str, verifier: str, redirect_uri: str) -> str:
        """Where to send the browser: code flow with PKCE S256."""
        ...

    def redeem(self, *, code: str, nonce: str, verifier: str, redirect_uri: str) -> Identity:
        """Exchange the code and verify the ID token; raises NotSignedIn or Unavailable."""
        ...

    def verify(self, access_token: str) -> Identity:
        """Verify an access token for our audience: RS256, issuer, audience, expiry; raises NotSignedIn."""
        ...

    def end_session_url(self, return_to: str) -> str | None:
        """Where the provider signs the person out, if it tells."""
        ...


@dataclass(frozen=True, slots=True)
class IdempotentAnswer:
    """A stored answer to a POST with an Idempotency-Key."""

    request_hash: bytes
    status: int | None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class IdempotencyStore(Protocol):
    """Answers kept for 24 hours per actor and key."""

    def begin(self, actor: str, key: str, request_hash: bytes, at: datetime) -> IdempotentAnswer | None:
        """Claim the key: None when it is ours now, else what is stored (status None: still in progress)."""
        ...

    def finish(self, actor: str, key: str, answer: IdempotentAnswer) -> None:
        """Store the answer."""
        ...

    def abandon(self, actor: str, key: str) -> None:
        """Give the key back after a failure that should be repeatable."""
        ...
