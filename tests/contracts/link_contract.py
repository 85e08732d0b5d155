"""What every store of links must answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.contracts.stores import MAPPING, SECRETS, Stores, connection, coupling, ended, new_id, synchronized

from coupler.engine.ports import LinkTarget


class LinkContract:
    """The one read behind an opening."""

    @pytest.fixture(autouse=True)
    def _connection(self, store: Stores) -> None:
        store.connections.add(connection("cronus"), SECRETS)

    def test_a_link_carries_the_coupling_and_its_connection(self, store: Stores) -> None:
        made = synchronized(coupling())
        assert store.couplings.insert(made, (), ())
        kept = store.connections.get("cronus")

        for found in (store.links.by_nav(MAPPING, made.nav_key), store.links.by_crm(MAPPING, made.crm_id)):
            assert found == [LinkTarget(made.id, made.nav_key, made.nav_name, made.crm_id, made.crm_name, kept)]

    def test_a_record_that_is_not_coupled_has_no_link(self, store: Stores) -> None:
        assert store.links.by_nav(MAPPING, "NOBODY") == []
        assert store.links.by_crm(MAPPING, new_id()) == []

    def test_links_come_from_every_enabled_connection_by_name(self, store: Stores) -> None:
        store.connections.add(connection("b-disabled", enabled=False), SECRETS)
        store.connections.add(connection("a-first"), SECRETS)
        user = new_id()
        for name in ("cronus", "b-disabled", "a-first"):
            assert store.couplings.insert(coupling("AH", user, connection=name), (), ())

        assert [target.connection.name for target in store.links.by_nav(MAPPING, "AH")] == ["a-first", "cronus"]
        assert [target.connection.name for target in store.links.by_crm(MAPPING, user)] == ["a-first", "cronus"]

    def test_a_link_is_never_stale(self, store: Stores) -> None:
        made = coupling("AH")
        assert store.couplings.insert(made, (), ())
        assert store.links.by_nav(MAPPING, "AH")[0].connection.title == "CRONUS International Ltd."

        kept = store.connections.get("cronus")
        store.connections.save(replace(kept, title="Renamed"), None)
        assert store.links.by_nav(MAPPING, "AH")[0].connection.title == "Renamed"

        store.connections.remove("cronus", kept.version + 1, ended)
        assert store.links.by_nav(MAPPING, "AH") == []

        store.connections.add(connection("cronus", title="Another"), SECRETS)
        assert store.couplings.insert(made, (), ())
        assert store.links.by_nav(MAPPING, "AH")[0].connection.title == "Another"
