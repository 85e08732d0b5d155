"""What every store of connections must do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.contracts.stores import MAPPING, SECRETS, Stores, connection, coupling, ended, entry
from tests.fakes.clock import SteppedClock

from coupler.domain.connection import Secrets, SignIn, SignInKind
from coupler.domain.errors import ConnectionUnknown, InvalidInput, Stale
from coupler.domain.history import Deed
from coupler.domain.mapping import BlankRule, FieldOverride, MappingOverride, TruncationRule
from coupler.domain.records import System
from coupler.engine.ports import CouplingFilter, HistoryFilter

OVERRIDE = MappingOverride(
    enabled=False,
    fields={
        "Name": FieldOverride(blank=BlankRule.CLEAR, truncation=TruncationRule.REFUSE, enabled=True),
        "E-Mail": FieldOverride(),
    },
)


class ConnectionContract:
    """Connections, secrets, mapping overrides and the lengths of their fields."""

    def test_a_connection_comes_back_whole_with_its_first_version_and_time(
        self, store: Stores, clock: SteppedClock
    ) -> None:
        added = store.connections.add(connection(), SECRETS)

        assert added == replace(connection(), version=1, created_at=clock.now())
        assert store.connections.get("cronus") == added

    def test_all_connections_come_by_name(self, store: Stores) -> None:
        for name in ("b", "a-b", "ab", "a1"):
            store.connections.add(connection(name), SECRETS)

        assert [found.name for found in store.connections.all()] == ["a-b", "a1", "ab", "b"]

    def test_a_taken_name_is_invalid_input_and_leaves_the_first_as_it_was(self, store: Stores) -> None:
        first = store.connections.add(connection(), SECRETS)

        with pytest.raises(InvalidInput) as caught:
            store.connections.add(connection(title="Second"), Secrets(crm={"client_secret": "other"}))

        assert "name" in caught.value.errors
        assert store.connections.get("cronus") == first
        assert store.connections.secrets("cronus") == SECRETS

    def test_an_unknown_connection_is_unknown_everywhere(self, store: Stores) -> None:
        with pytest.raises(ConnectionUnknown):
            store.connections.get("nowhere")
        with pytest.raises(ConnectionUnknown):
            store.connections.secrets("nowhere")
        with pytest.raises(ConnectionUnknown):
            store.connections.secret_names("nowhere")
        with pytest.raises(ConnectionUnknown):
            store.connections.save(connection("nowhere"), SECRETS)
        with pytest.raises(ConnectionUnknown):
            store.connections.save(connection("nowhere"), None)
        with pytest.raises(ConnectionUnknown):
            store.connections.remove("nowhere", 1, ended)
        with pytest.raises(ConnectionUnknown):
            store.connections.save_mapping_override("nowhere", MAPPING, OVERRIDE)
        with pytest.raises(ConnectionUnknown):
            store.lengths.put("nowhere", "salesperson", {"Name": 50})

    def test_saving_counts_the_version_and_keeps_the_time_of_creation(self, store: Stores, clock: SteppedClock) -> None:
        added = store.connections.add(connection(), SECRETS)
        clock.advance(days=1)
        sign_in = SignIn(SignInKind.CERTIFICATE, token_url="https://login.example/t", client_id="x", resource="r")
        changed = replace(added, title="New", enabled=False, crm=replace(added.crm, sign_in=sign_in), created_at=None)

        saved = store.connections.save(changed, None)

        assert saved == replace(changed, version=2, created_at=added.created_at)
        assert store.connections.get("cronus") == saved

    def test_secrets_stay_unless_new_ones_are_given(self, store: Stores) -> None:
        added = store.connections.add(connection(), SECRETS)
        saved = store.connections.save(added, None)
        assert store.connections.secrets("cronus") == SECRETS

        store.connections.save(saved, Secrets(nav={"web_service_key": "new"}))
        assert store.connections.secrets("cronus") == Secrets(SECRETS.crm, {"web_service_key": "new"})

    def test_secrets_that_are_not_used_any_more_are_not_kept(self, store: Stores) -> None:
        added = store.connections.add(connection(), SECRETS)
        sign_in = SignIn(SignInKind.CERTIFICATE, token_url="https://login.example/t", client_id="x", resource="r")
        pem = {"certificate": "C", "private_key": "K"}

        store.connections.save(replace(added, crm=replace(added.crm, sign_in=sign_in)), Secrets(crm=pem))

        assert store.connections.secrets("cronus") == Secrets(pem, SECRETS.nav)
        names = {System.CRM: ("certificate", "private_key"), System.NAV: ("web_service_key",)}
        assert store.connections.secret_names("cronus") == names

    @pytest.mark.parametrize("version", [0, 2, 2**62])
    def test_another_version_is_stale(self, store: Stores, version: int) -> None:
        added = store.connections.add(connection(), SECRETS)

        with pytest.raises(Stale):
            store.connections.save(replace(added, version=version), None)
        with pytest.raises(Stale):
            store.connections.remove("cronus", version, ended)

        assert store.connections.get("cronus") == added

    def test_a_version_beyond_64_bits_is_invalid_input(self, store: Stores) -> None:
        store.connections.add(connection(), SECRETS)

        with pytest.raises(InvalidInput):
            store.connections.remove("cronus", 10**30, ended)

    def test_removing_takes_couplings_lengths_and_overrides_along_and_leaves_the_history(self, store: Stores) -> None:
        store.connections.add(connection(), SECRETS)
        store.connections.add(connection("other"), SECRETS)
        kept = coupling(connection="other")
        for made in (coupling(), kept):
            assert store.couplings.insert(made, (), (entry(made),))
        store.connections.save_mapping_override("cronus", MAPPING, OVERRIDE)
        store.lengths.put("cronus", "salesperson", {"Name": 50})

        store.connections.remove("cronus", 1, ended)
        store.connections.add(connection(), SECRETS)

        assert store.couplings.find(CouplingFilter(), 10, None) == ([kept], None)
        assert store.connections.mapping_override("cronus", MAPPING) == MappingOverride()
        assert store.lengths.get("cronus", "salesperson") is None
        assert len(store.history.find(HistoryFilter(), 10, None)[0]) == 3

    def test_every_coupling_of_a_removed_connection_has_an_entry_about_its_end(self, store: Stores) -> None:
        store.connections.add(connection(), SECRETS)
        many = [coupling(f"S{number:04}") for number in range(1_203)]
        for made in many:
            assert store.couplings.insert(made, (), ())

        store.connections.remove("cronus", 1, ended)

        found, _ = store.history.find(HistoryFilter(connections=frozenset({"cronus"})), 2_000, None)
        assert sorted((each.nav_key, each.deed) for each in found) == [(made.nav_key, Deed.UNCOUPLE) for made in many]

    def test_a_mapping_for_which_nothing_was_set_has_an_empty_override(self, store: Stores) -> None:
        assert store.connections.mapping_override("cronus", MAPPING) == MappingOverride(version=0)

    @pytest.mark.parametrize("override", [OVERRIDE, MappingOverride(), MappingOverride(fields={})])
    def test_an_override_comes_back_whole_with_its_next_version(self, store: Stores, override: MappingOverride) -> None:
        store.connections.add(connection(), SECRETS)

        first = store.connections.save_mapping_override("cronus", MAPPING, override)
        assert first == replace(override, version=1)
        assert store.connections.mapping_override("cronus", MAPPING) == first

        second = store.connections.save_mapping_override("cronus", MAPPING, replace(first, enabled=True))
        assert second.version == 2
        assert store.connections.mapping_override("cronus", MAPPING) == second

    @pytest.mark.parametrize("version", [0, 2])
    def test_an_override_of_another_version_is_stale(self, store: Stores, version: int) -> None:
        store.connections.add(connection(), SECRETS)
        first = store.connections.save_mapping_override("cronus", MAPPING, OVERRIDE)

        with pytest.raises(Stale):
            store.connections.save_mapping_override("cronus", MAPPING, MappingOverride(version=version))

        assert store.connections.mapping_override("cronus", MAPPING) == first

    def test_lengths_are_kept_for_a_day_and_replaced_by_newer_ones(self, store: Stores, clock: SteppedClock) -> None:
        store.connections.add(connection(), SECRETS)
        assert store.lengths.get("cronus", "salesperson") is None

        store.lengths.put("cronus", "salesperson", {"Name": 50, "Comment": None})
        clock.advance(hours=23)
        assert store.lengths.get("cronus", "salesperson") == {"Name": 50, "Comment": None}
        clock.advance(hours=2)
        assert store.lengths.get("cronus", "salesperson") is None

        store.lengths.put("cronus", "salesperson", {"Name": 100})
        assert store.lengths.get("cronus", "salesperson") == {"Name": 100}
        assert store.lengths.get("cronus", "systemuser") is None

    def test_lengths_of_a_connection_that_changed_are_forgotten_and_no_others(self, store: Stores) -> None:
        for name in ("cronus", "other"):
            store.connections.add(connection(name), SECRETS)
            store.lengths.put(name, "salesperson", {"Name": 50})

        store.lengths.forget("cronus")

        assert store.lengths.get("cronus", "salesperson") is None
        assert store.lengths.get("other", "salesperson") == {"Name": 50}

    def test_a_connection_may_bring_its_time_of_creation(self, store: Stores) -> None:
        then = datetime(2020, 1, 1, tzinfo=UTC)

        assert store.connections.add(connection(created_at=then), SECRETS).created_at == then
