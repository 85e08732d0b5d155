"""What every store of couplings and links must do."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.contracts.stores import MAPPING, NOW, SECRETS, Stores, connection, coupling, entry, new_id, synchronized

from coupler.domain.coupling import Coupling, Result, SideState, State
from coupler.domain.errors import ConnectionUnknown, InvalidInput, NotFound, Stale
from coupler.domain.history import Deed, Stage
from coupler.engine.ports import CouplingFilter, HistoryFilter

EVERYTHING = CouplingFilter()
RESULTS = st.sampled_from((None, Result.SUCCESS, Result.FAILURE))
HEALTH_WORDS = (
    "salesperson_gone",
    "user_gone",
    "user_disabled",
    "USER_GONE",
    "xuser_gone",
    'a "user_gone" b',
    "salesperson-gone",
)


@st.composite
def conditions(draw: st.DrawFn) -> Coupling:
    """A coupling in any condition."""
    return coupling(
        nav_key=new_id()[:18],
        nav=SideState(None, draw(RESULTS)),
        crm=SideState(None, draw(RESULTS)),
        last_synchronized_at=draw(st.sampled_from((None, NOW))),
        differs=draw(st.booleans()),
        skipped=draw(st.booleans()),
        health=tuple(draw(st.lists(st.sampled_from(HEALTH_WORDS), max_size=2))),
    )


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
        start = threading.Barrier(len(rivals))
        answers: list[bool] = []

        def rush(rival: Coupling) -> None:
            start.wait()
            answers.append(store.couplings.insert(rival, (), (entry(rival),)))

        _run([threading.Thread(target=rush, args=(rival,)) for rival in rivals])

        assert sorted(answers) == [False] * 15 + [True]
        assert len(store.couplings.find(EVERYTHING, 50, None)[0]) == 1
        assert len(store.history.find(HistoryFilter(), 50, None)[0]) == 1

    def test_n06_of_sixteen_who_move_one_user_at_once_exactly_one_wins(self, store: Stores) -> None:
        present = coupling("AH")
        assert store.couplings.insert(present, (), ())
        rivals = [coupling(f"S{number:02}", present.crm_id) for number in range(16)]
        start = threading.Barrier(len(rivals))
        answers: list[bool] = []

        def rush(rival: Coupling) -> None:
            start.wait()
            answers.append(store.couplings.insert(rival, (present,), ()))

        _run([threading.Thread(target=rush, args=(rival,)) for rival in rivals])

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

    def test_of_two_who_save_the_same_version_one_is_stale(self, store: Stores) -> None:
        made = coupling()
        assert store.couplings.insert(made, (), ())
        start = threading.Barrier(4)
        answers: list[str] = []

        def rush(name: str) -> None:
            start.wait()
            try:
                store.couplings.save(replace(made, crm_name=name), None)
                answers.append("saved")
            except Stale:
                answers.append("stale")

        _run([threading.Thread(target=rush, args=(f"Name {number}",)) for number in range(4)])

        assert sorted(answers) == ["saved", "stale", "stale", "stale"]

    def test_a_page_of_records_is_looked_up_at_once(self, store: Stores) -> None:
        made = [coupling(f"S{number}") for number in range(5)]
        for each in made:
            assert store.couplings.insert(each, (), ())
        keys, ids = ["S1", "S3", "NOBODY"], [made[0].crm_id, new_id()]

        assert store.couplings.by_nav_keys("cronus", MAPPING, keys) == {"S1": made[1], "S3": made[3]}
        assert store.couplings.by_crm_ids("cronus", MAPPING, ids) == {made[0].crm_id: made[0]}
        assert store.couplings.by_nav_keys("cronus", MAPPING, []) == {}

    def test_pages_by_cursor_hold_everything_once_in_the_order_of_ids(self, store: Stores) -> None:
        ids = sorted(new_id() for _ in range(7))
        for number, id_ in enumerate(reversed(ids)):
            assert store.couplings.insert(coupling(f"S{number}", id=id_), (), ())

        seen: list[str] = []
        cursor: str | None = None
        for _ in range(4):
            page, cursor = store.couplings.find(EVERYTHING, 3, cursor)
            seen.extend(found.id for found in page)
            if cursor is None:
                break

        assert seen == ids

    def test_a_page_that_is_full_to_the_last_has_no_next(self, store: Stores) -> None:
        for number in range(3):
            assert store.couplings.insert(coupling(f"S{number}"), (), ())

        assert store.couplings.find(EVERYTHING, 3, None)[1] is None

    @pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é", "..", "0" * 5000, "eyJpZCI6MX0"])
    def test_a_cursor_that_was_never_given_out_is_invalid(self, store: Stores, cursor: str) -> None:
        with pytest.raises(InvalidInput):
            store.couplings.find(EVERYTHING, 10, cursor)

    def test_a_cursor_of_the_history_is_none_of_the_couplings(self, store: Stores) -> None:
        for _ in range(2):
            store.history.add(entry(coupling()))
        _, cursor = store.history.find(HistoryFilter(), 1, None)

        with pytest.raises(InvalidInput):
            store.couplings.find(EVERYTHING, 1, cursor)

    def test_couplings_are_found_by_each_field(self, store: Stores) -> None:
        store.connections.add(connection("fabrikam"), SECRETS)
        here, there = coupling("AH"), coupling("BD", connection="fabrikam", mapping="CONTACT")
        for each in (here, there):
            assert store.couplings.insert(each, (), ())

        for which in (
            CouplingFilter(connections=frozenset({"cronus"})),
            CouplingFilter(mapping=MAPPING),
            CouplingFilter(nav_key="AH"),
            CouplingFilter(crm_id=here.crm_id),
        ):
            assert store.couplings.find(which, 10, None) == ([here], None)
        assert store.couplings.find(CouplingFilter(connections=frozenset()), 10, None) == ([], None)

    @pytest.mark.parametrize(
        ("text", "keys"),
        [
            ("annette", {"AH"}),
            ("ANNETTE H", {"AH"}),
            ("ah", {"AH"}),
            ("åsa", {"OE"}),
            ("ÖBERG", {"OE"}),
            ("strasse", {"ST"}),
            ("100%", {"PC"}),
            ("%", {"PC"}),
            ("_", {"US"}),
            ("\\", {"BS"}),
            ("o'neil", {"ON"}),
            ("nobody", set()),
            ("AHAnnette", set()),
        ],
    )
    def test_text_is_found_in_key_and_names_whatever_its_case_and_taken_literally(
        self, store: Stores, text: str, keys: set[str]
    ) -> None:
        people = {
            "AH": ("Annette Hill", "Annette Hill"),
            "OE": ("Asa Oeberg", "Åsa Öberg"),
            "ST": ("Jutta Straße", "J."),
            "PC": ("Mister 100%", "M."),
            "US": ("snake_case", "S."),
            "BS": ("back\\slash", "B."),
            "ON": ("Sinead O'Neil", "S."),
        }
        for key, (nav_name, crm_name) in people.items():
            assert store.couplings.insert(coupling(key, nav_name=nav_name, crm_name=crm_name), (), ())

        found, _ = store.couplings.find(CouplingFilter(text=text), 20, None)

        assert {each.nav_key for each in found} == keys

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(made=conditions())
    def test_the_state_to_filter_by_is_the_state_that_is_shown(self, store: Stores, made: Coupling) -> None:
        assert store.couplings.insert(made, (), ())

        among = {
            state: store.couplings.find(CouplingFilter(state=state, nav_key=made.nav_key), 5, None)[0]
            for state in State
        }

        assert among == {state: [made] if state is made.state else [] for state in State}

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(name=st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=60))
    def test_every_other_text_comes_back_as_it_was_and_is_found_by_itself(self, store: Stores, name: str) -> None:
        made = coupling(new_id()[:18], nav_name=name, base={"nav": {"Name": name}})
        assert store.couplings.insert(made, (), ())

        assert store.couplings.get(made.id) == made
        assert store.couplings.find(CouplingFilter(nav_key=made.nav_key, text=name), 5, None) == ([made], None)

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

    def test_a_link_carries_the_coupling_and_its_connection(self, store: Stores) -> None:
        made = synchronized(coupling())
        assert store.couplings.insert(made, (), ())
        kept = store.connections.get("cronus")

        for found in (store.links.by_nav(MAPPING, made.nav_key), store.links.by_crm(MAPPING, made.crm_id)):
            assert [(target.coupling, target.connection) for target in found] == [(made, kept)]

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

        store.connections.remove("cronus", kept.version + 1)
        assert store.links.by_nav(MAPPING, "AH") == []

        store.connections.add(connection("cronus", title="Another"), SECRETS)
        assert store.couplings.insert(made, (), ())
        assert store.links.by_nav(MAPPING, "AH")[0].connection.title == "Another"


def _run(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
