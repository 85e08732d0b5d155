"""Secrets at rest (trust 3.3)."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, select, update
from tests.contracts.stores import SECRETS, connection, coupling, entry
from tests.fakes.clock import SteppedClock

from coupler.domain.connection import Secrets
from coupler.domain.errors import SettingsError, StorageError
from coupler.storage import Store, schema
from coupler.storage.engine import reading, writing
from coupler.storage.secrets_box import SecretsBox
from coupler.storage.tables import connections, metadata

OLD, NEW, FOREIGN = (Fernet.generate_key().decode() for _ in range(3))
CANARY = "canary-7f3a-S3cret-value"


def test_a_sealed_secret_opens_in_its_place_only() -> None:
    box = SecretsBox([NEW])
    sealed = box.seal(CANARY, "cronus", "crm", "client_secret")

    assert box.open(sealed, "cronus", "crm", "client_secret") == CANARY
    for place in (
        ("fabrikam", "crm", "client_secret"),
        ("cronus", "nav", "client_secret"),
        ("cronus", "crm", "private_key"),
        ("cronus", "crm"),
        ("cronus", "crm", "client_secret", CANARY),
    ):
        with pytest.raises(StorageError, match="belongs to another"):
            box.open(sealed, *place)


def test_sealing_twice_gives_different_texts_that_show_nothing() -> None:
    box = SecretsBox([NEW])
    first, second = box.seal(CANARY, "a", "crm", "s"), box.seal(CANARY, "a", "crm", "s")

    assert first != second
    assert CANARY.encode() not in base64.urlsafe_b64decode(first)


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    sealed_before = SecretsBox([OLD]).seal(CANARY, "cronus", "crm", "s")
    rotated = SecretsBox([NEW, OLD])

    assert rotated.open(sealed_before, "cronus", "crm", "s") == CANARY
    assert SecretsBox([NEW]).open(rotated.seal(CANARY, "cronus", "crm", "s"), "cronus", "crm", "s") == CANARY


def test_without_the_right_key_the_setting_to_look_at_is_named() -> None:
    sealed = SecretsBox([OLD]).seal(CANARY, "cronus", "crm", "s")

    with pytest.raises(StorageError, match="COUPLER_SECRET_KEYS does not hold the key") as caught:
        SecretsBox([NEW, FOREIGN]).open(sealed, "cronus", "crm", "s")
    assert CANARY not in str(caught.value)


def test_a_damaged_secret_does_not_open() -> None:
    box = SecretsBox([NEW])
    sealed = box.seal(CANARY, "cronus", "crm", "s")

    with pytest.raises(StorageError):
        box.open(sealed[:-8] + "AAAAAAA=", "cronus", "crm", "s")


@pytest.mark.parametrize("keys", [[], [""], ["not a key"], [NEW, "c2hvcnQ="], ["ä" * 44]])
def test_a_wrong_key_names_the_setting_and_how_to_make_one_and_does_not_show_it(keys: list[str]) -> None:
    with pytest.raises(SettingsError, match="COUPLER_SECRET_KEYS") as caught:
        SecretsBox(keys)

    assert "generate_key" in caught.value.message
    assert not any(key and key in caught.value.message for key in keys)


def test_no_secret_is_in_the_file_of_the_database(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/coupler.db", [NEW], SteppedClock())
    schema.upgrade(store.engine)
    store.connections.add(connection(), Secrets(crm={"client_secret": CANARY}, nav={"web_service_key": CANARY}))
    made = coupling()
    store.couplings.insert(made, (), (entry(made),))

    found = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert made.nav_key.encode() in found
    for form in (
        CANARY.encode(),
        CANARY.encode("utf-16-le"),
        base64.b64encode(CANARY.encode()),
        CANARY.encode().hex().encode(),
    ):
        assert form not in found
    store.close()


def test_no_secret_is_in_any_column(store: Store, engine: Engine) -> None:
    store.connections.add(connection(), Secrets(crm={"client_secret": CANARY}))

    with reading(engine) as database:
        everything = [row for table in metadata.sorted_tables for row in database.execute(select(table))]

    assert everything
    assert CANARY not in repr(everything)


def test_a_secret_that_was_copied_to_another_connection_does_not_open_there(store: Store, engine: Engine) -> None:
    store.connections.add(connection("cronus"), SECRETS)
    store.connections.add(connection("thief"), Secrets())
    with writing(engine) as database:
        stolen = select(connections.c.secrets).where(connections.c.name == "cronus").scalar_subquery()
        database.execute(update(connections).where(connections.c.name == "thief").values(secrets=stolen))

    assert store.connections.secrets("cronus") == SECRETS
    with pytest.raises(StorageError, match="belongs to another"):
        store.connections.secrets("thief")


def test_a_store_opened_with_another_key_says_so_and_keeps_working_otherwise(
    store: Store, migrated_url: str, clock: SteppedClock
) -> None:
    added = store.connections.add(connection(), SECRETS)
    other = Store.open(migrated_url, [FOREIGN], clock)

    assert other.connections.get("cronus") == added
    with pytest.raises(StorageError, match="COUPLER_SECRET_KEYS"):
        other.connections.secrets("cronus")
    assert other.connections.secret_names("cronus") == store.connections.secret_names("cronus")
    other.connections.save(added, SECRETS)
    assert other.connections.secrets("cronus") == SECRETS
    other.close()
