"""What every store of couplings must find, page by page."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.contracts.stores import MAPPING, NOW, SECRETS, Stores, connection, coupling, entry, new_id

from coupler.domain.coupling import Coupling, Result, SideState, State
from coupler.domain.errors import InvalidInput
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


class FindingContract:
    """Lists of couplings."""

    @pytest.fixture(autouse=True)
    def _connection(self, store: Stores) -> None:
        store.connections.add(connection("cronus"), SECRETS)

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
