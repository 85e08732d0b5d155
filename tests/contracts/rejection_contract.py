"""What every store of rejected suggestions must do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.contracts.races import race
from tests.contracts.stores import MAPPING, NOW, SECRETS, Stores, connection, ended

from coupler.domain.errors import ConnectionUnknown, InvalidInput
from coupler.domain.matching import Rejection

ANNETTE = "31914b34-be8d-4611-80d8-00155d892ddc"
BEA = "41914b34-be8d-4611-80d8-00155d892ddc"


def rejection(nav_key: str = "AH", crm_id: str = ANNETTE, connection: str = "cronus") -> Rejection:
    return Rejection(connection, MAPPING, nav_key, crm_id, NOW, "user:annette")


class RejectionContract:
    """Pairs that somebody said are none (domain N-02)."""

    @pytest.fixture(autouse=True)
    def _connection(self, store: Stores) -> None:
        store.connections.add(connection("cronus"), SECRETS)

    def test_n02_a_rejected_pair_is_known_from_either_side(self, store: Stores) -> None:
        store.rejections.add([rejection(), rejection("BD")])

        assert store.rejections.of_nav("cronus", MAPPING, "AH") == [rejection()]
        assert store.rejections.of_crm("cronus", MAPPING, ANNETTE) == [rejection(), rejection("BD")]
        assert store.rejections.of_nav("cronus", MAPPING, "NOBODY") == []

    def test_rejecting_again_keeps_who_said_it_first(self, store: Stores) -> None:
        store.rejections.add([rejection()])
        store.rejections.add([replace(rejection(), at=NOW + timedelta(days=1), by="user:bea"), rejection("BD")])

        assert store.rejections.of_crm("cronus", MAPPING, ANNETTE) == [rejection(), rejection("BD")]

    def test_rejecting_nothing_is_no_error(self, store: Stores) -> None:
        store.rejections.add([])

    def test_another_connection_and_mapping_have_their_own(self, store: Stores) -> None:
        store.connections.add(connection("fabrikam"), SECRETS)
        store.rejections.add([rejection(), rejection(connection="fabrikam")])

        store.rejections.forget("fabrikam", MAPPING, "AH", None)

        assert store.rejections.of_nav("cronus", MAPPING, "AH") == [rejection()]
        assert store.rejections.of_nav("cronus", "CONTACT", "AH") == []
        assert store.rejections.of_nav("fabrikam", MAPPING, "AH") == []

    @pytest.mark.parametrize(
        ("nav_key", "crm_id", "left"),
        [
            ("AH", None, {("BD", ANNETTE)}),
            (None, ANNETTE, {("AH", BEA)}),
            ("AH", ANNETTE, {("AH", BEA), ("BD", ANNETTE)}),
            (None, None, {("AH", ANNETTE), ("AH", BEA), ("BD", ANNETTE)}),
        ],
    )
    def test_a_salesperson_a_user_or_one_pair_is_forgotten(
        self, store: Stores, nav_key: str | None, crm_id: str | None, left: set[tuple[str, str]]
    ) -> None:
        store.rejections.add([rejection(), rejection("AH", BEA), rejection("BD")])

        forgotten = store.rejections.forget("cronus", MAPPING, nav_key, crm_id)

        kept = [*store.rejections.of_nav("cronus", MAPPING, "AH"), *store.rejections.of_nav("cronus", MAPPING, "BD")]
        assert {(each.nav_key, each.crm_id) for each in kept} == left
        assert forgotten == 3 - len(left)
        assert store.rejections.forget("cronus", MAPPING, nav_key, crm_id) == 0

    def test_they_go_with_their_connection(self, store: Stores) -> None:
        store.rejections.add([rejection()])
        store.connections.remove("cronus", 1, ended)
        store.connections.add(connection("cronus"), SECRETS)

        assert store.rejections.of_nav("cronus", MAPPING, "AH") == []

    def test_they_need_their_connection(self, store: Stores) -> None:
        with pytest.raises(ConnectionUnknown):
            store.rejections.add([rejection(connection="nowhere")])

    def test_of_many_who_reject_the_same_at_once_one_is_kept(self, store: Stores) -> None:
        names = [f"user:{number}" for number in range(8)]

        race(names, lambda name: store.rejections.add([replace(rejection(), by=name)]))

        (kept,) = store.rejections.of_nav("cronus", MAPPING, "AH")
        assert kept.by in names

    @pytest.mark.parametrize("text", ["A\x00H", "A\ud800H", "x" * 100_000])
    def test_text_that_no_database_can_hold_is_invalid_input(self, store: Stores, text: str) -> None:
        with pytest.raises(InvalidInput):
            store.rejections.add([rejection(text)])
