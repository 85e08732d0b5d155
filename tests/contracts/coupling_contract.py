"""What every store of couplings and links must do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.contracts.races import race
from tests.contracts.stores import MAPPING, SECRETS, Stores, connection, coupling, entry, new_id, synchronized

from coupler.domain.errors import ConnectionUnknown, InvalidInput, NotFound, Stale
from coupler.domain.history import Deed, Stage
from coupler.engine.ports import CouplingFilter, HistoryFilter

EVERYTHING = CouplingFilter()


class CouplingContract:
    """Couplings and the links made from them."""

    @pytest.fixture(autouse=True)
    def _connection(self, store: Stores) -> None:
        store.connections.add(connection("cronus"), SECRETS)

    def test_what_was_inserted_comes_back_whole(self, store: Stores) -> None:
        made = synchronized(coupling())

        assert store.couplings.insert(made, (), ())

        assert store.couplings.get(made.id) == made
        assert store.couplings.by_nav("cronus", MAPPING, made.nav_key) == made
        assert store.couplings.by_crm("cronus", MAPPING, made.crm_id) == made

    def test_what_does_not_exist_is_not_found(self, store: Stores) -> None:
        with pytest.raises(NotFound):
            store.couplings.get(new_id())
        assert store.couplings.by_nav("cronus", MAPPING, "NOBODY") is None
        assert store.couplings.by_crm("cronus", MAPPING, new_id()) is None

    def test_r01_a_nav_record_has_one_partner_at_most(self, store: Stores) -> None:
        assert store.couplings.insert(coupling("AH"), (), ())
        assert not store.couplings.insert(coupling("AH"), (), ())

    def test_r01_a_crm_record_has_one_partner_at_most(self, store: Stores) -> None:
        user = new_id()
        assert store.couplings.insert(coupling("AH", user), (), ())
        assert not store.couplings.insert(coupling("BD", user), (), ())

    def test_the_same_pair_may_be_coupled_in_another_connection_and_another_mapping(self, store: Stores) -> None:
        store.connections.add(connection("fabrikam"), SECRETS)
        user = new_id()

        assert store.couplings.insert(coupling("AH", user), (), ())
        assert store.couplings.insert(coupling("AH", user, connection="fabrikam"), (), ())
        assert store.couplings.insert(coupling("AH", user, mapping="CONTACT"), (), ())

    def test_a_refused_insert_leaves_no_history_and_ends_nothing(self, store: Stores) -> None:
        taken, other = coupling("AH"), coupling("BD")
        assert store.couplings.insert(taken, (), ())
        assert store.couplings.insert(other, (), ())
        loser = coupling("AH")

        assert not store.couplings.insert(loser, (other,), (entry(loser),))

        assert store.couplings.get(other.id) == other
        assert store.history.find(HistoryFilter(), 10, None) == ([], None)

    def test_r03_moving_ends_the_old_couplings_and_makes_the_new_one_at_once(self, store: Stores) -> None:
        by_nav, by_crm = coupling("AH"), coupling("BD")
        assert store.couplings.insert(by_nav, (), ())
        assert store.couplings.insert(by_crm, (), ())
        moved = coupling("AH", by_crm.crm_id)
        entries = (entry(by_crm, Deed.UNCOUPLE), entry(moved, Deed.MOVE))

        assert store.couplings.insert(moved, (by_nav, by_crm), entries)

        assert store.couplings.find(EVERYTHING, 10, None) == ([moved], None)
        assert {found.deed for found in store.history.find(HistoryFilter(), 10, None)[0]} == {Deed.UNCOUPLE, Deed.MOVE}

    def test_nothing_moves_when_what_it_would_end_has_changed(self, store: Stores) -> None:
        present = coupling("AH")
        assert store.couplings.insert(present, (), ())
        store.couplings.save(present, None)
        moved = coupling("AH")

        assert not store.couplings.insert(moved, (present,), ())

        assert store.couplings.get(present.id).version == 2

    def test_a_coupling_needs_its_connection(self, store: Stores) -> None:
        with pytest.raises(ConnectionUnknown):
            store.couplings.insert(coupling(connection="nowhere"), (), ())

    def test_n06_of_sixteen_who_couple_one_user_at_once_exactly_one_wins(self, store: Stores) -> None:
        user = new_id()
        rivals = [coupling(f"S{number:02}", user) for number in range(16)]

        answers = race(rivals, lambda rival: store.couplings.insert(rival, (), (entry(rival),)))

        assert sorted(answers) == [False] * 15 + [True]
        assert len(store.couplings.find(EVERYTHING, 50, None)[0]) == 1
        assert len(store.history.find(HistoryFilter(), 50, None)[0]) == 1

    def test_n06_of_sixteen_who_move_one_user_at_once_exactly_one_wins(self, store: Stores) -> None:
        present = coupling("AH")
        assert store.couplings.insert(present, (), ())
        rivals = [coupling(f"S{number:02}", present.crm_id) for number in range(16)]

        answers = race(rivals, lambda rival: store.couplings.insert(rival, (present,), ()))

        assert sorted(answers) == [False] * 15 + [True]
        assert len(store.couplings.find(EVERYTHING, 50, None)[0]) == 1

    def test_removing_ends_it_and_writes_history(self, store: Stores) -> None:
        made = coupling()
        assert store.couplings.insert(made, (), ())
        ending = entry(made, Deed.UNCOUPLE)

        assert store.couplings.remove(made, ending)

        assert store.couplings.by_nav("cronus", MAPPING, made.nav_key) is None
        assert store.history.get(ending.id) == ending

    def test_removing_another_version_changes_nothing(self, store: Stores) -> None:
        made = coupling()
        assert store.couplings.insert(made, (), ())
        store.couplings.save(made, None)
        ending = entry(made, Deed.UNCOUPLE)

        assert not store.couplings.remove(made, ending)

        assert store.couplings.get(made.id).version == 2
        with pytest.raises(NotFound):
            store.history.get(ending.id)

    def test_saving_returns_and_keeps_the_next_version(self, store: Stores) -> None:
        made = coupling()
        assert store.couplings.insert(made, (), ())

        saved = store.couplings.save(synchronized(made), entry(made, Deed.SYNCHRONIZE))

        assert saved == replace(synchronized(made), version=2)
        assert store.couplings.get(made.id) == saved

    def test_saving_an_old_version_is_stale_and_writes_no_history(self, store: Stores) -> None:
        made = coupling()
        assert store.couplings.insert(made, (), ())
        store.couplings.save(made, None)
        late = entry(made, Deed.SYNCHRONIZE)

        with pytest.raises(Stale):
            store.couplings.save(synchronized(made), late)

        with pytest.raises(NotFound):
            store.history.get(late.id)

    def test_saving_closes_the_intent_that_was_written_before(self, store: Stores) -> None:
        made = coupling()
        assert store.couplings.insert(made, (), ())
        intent = entry(made, Deed.SYNCHRONIZE, Stage.INTENT)
        store.history.add(intent)

        store.couplings.save(made, replace(intent, stage=Stage.CONFIRMED, detail="done"))

        assert store.history.open_intents(made.id) == []
        assert store.history.get(intent.id) == replace(intent, stage=Stage.CONFIRMED, detail="done")

    def test_saving_with_an_intent_writes_both_or_neither(self, store: Stores) -> None:
        made = coupling()
        assert store.couplings.insert(made, (), ())
        first, late = (entry(made, Deed.SYNCHRONIZE, Stage.INTENT) for _ in range(2))

        saved = store.couplings.save(made, first)
        with pytest.raises(Stale):
            store.couplings.save(made, late)

        assert store.couplings.get(made.id) == saved
        assert store.history.open_intents(made.id) == [first]

    @pytest.mark.parametrize("concluded", [Stage.CONFIRMED, Stage.NOT_APPLIED])
    def test_saving_confirms_an_intent_whatever_a_reader_concluded_meanwhile(
        self, store: Stores, concluded: Stage
    ) -> None:
        made = coupling()
        assert store.couplings.insert(made, (), ())
        intent = entry(made, Deed.SYNCHRONIZE, Stage.INTENT)
        store.history.add(intent)
        store.history.close(replace(intent, stage=concluded))

        saved = store.couplings.save(synchronized(made), replace(intent, stage=Stage.CONFIRMED))

        assert store.couplings.get(made.id) == saved
        assert store.history.get(intent.id).stage is Stage.CONFIRMED

    def test_of_two_who_save_the_same_version_one_is_stale(self, store: Stores) -> None:
        made = coupling()
        assert store.couplings.insert(made, (), ())

        def save(name: str) -> str:
            try:
                store.couplings.save(replace(made, crm_name=name), None)
            except Stale:
                return "stale"
            return "saved"

        answers = race(("Ann", "Bea", "Cyd", "Dot"), save)

        assert sorted(answers) == ["saved", "stale", "stale", "stale"]

    def test_a_page_of_records_is_looked_up_at_once(self, store: Stores) -> None:
        made = [coupling(f"S{number}") for number in range(5)]
        for each in made:
            assert store.couplings.insert(each, (), ())
        keys, ids = ["S1", "S3", "NOBODY"], [made[0].crm_id, new_id()]

        assert store.couplings.by_nav_keys("cronus", MAPPING, keys) == {"S1": made[1], "S3": made[3]}
        assert store.couplings.by_crm_ids("cronus", MAPPING, ids) == {made[0].crm_id: made[0]}
        assert store.couplings.by_nav_keys("cronus", MAPPING, []) == {}

    @pytest.mark.parametrize("text", ["A\x00H", "A\ud800H"])
    def test_text_that_no_database_can_hold_is_invalid_input(self, store: Stores, text: str) -> None:
        with pytest.raises(InvalidInput):
            store.couplings.insert(coupling(nav_name=text), (), ())
        with pytest.raises(InvalidInput):
            store.couplings.insert(coupling(base={"nav": {"Name": text}}), (), ())
        with pytest.raises(InvalidInput):
            store.couplings.by_nav("cronus", MAPPING, text)
        with pytest.raises(InvalidInput):
            store.couplings.find(CouplingFilter(text=text), 10, None)
        with pytest.raises(InvalidInput):
            store.links.by_nav(MAPPING, text)

    def test_text_beyond_every_limit_is_invalid_input(self, store: Stores) -> None:
        with pytest.raises(InvalidInput):
            store.couplings.insert(coupling(nav_name="x" * 100_000), (), ())
